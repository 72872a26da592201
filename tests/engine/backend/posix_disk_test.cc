// What PosixDisk does beyond env/disk.h: the kernel's errors, other processes, life and death of its parts.

#include "engine/backend/posix_disk.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "engine/backend/blocking_file.h"
#include "engine/backend/blocking_tree.h"
#include "engine/backend/event_loop.h"
#include "engine/backend/file_descriptor.h"
#include "engine/backend/posix_error.h"
#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "gtest/gtest.h"

namespace tidemark {
namespace {

std::string FreshDirectory() {
  std::string path = ::testing::TempDir() + "/posix-disk-XXXXXX";
  EXPECT_NE(mkdtemp(path.data()), nullptr) << path;
  return path;
}

iovec Vector(absl::string_view text) { return {const_cast<char*>(text.data()), text.size()}; }

struct ErrnoCase {
  int error;
  absl::StatusCode code;
  ErrorKind kind;
  const char* name;
};

TEST(ErrnoErrorTest, EachErrnoHasItsCodeKindAndName) {
  const ErrnoCase cases[] = {
      {ENOENT, absl::StatusCode::kNotFound, ErrorKind::kNone, "ENOENT"},
      {EEXIST, absl::StatusCode::kAlreadyExists, ErrorKind::kNone, "EEXIST"},
      {ENOTDIR, absl::StatusCode::kFailedPrecondition, ErrorKind::kNone, "ENOTDIR"},
      {ENOSPC, absl::StatusCode::kResourceExhausted, ErrorKind::kDiskFull, "ENOSPC"},
      {EDQUOT, absl::StatusCode::kResourceExhausted, ErrorKind::kDiskFull, "EDQUOT"},
      {EMFILE, absl::StatusCode::kResourceExhausted, ErrorKind::kRefused, "EMFILE"},
      {EWOULDBLOCK, absl::StatusCode::kFailedPrecondition, ErrorKind::kLocked, "EAGAIN"},
      {EROFS, absl::StatusCode::kPermissionDenied, ErrorKind::kIoError, "EROFS"},
      {EIO, absl::StatusCode::kUnavailable, ErrorKind::kIoError, "EIO"},
      {ESTALE, absl::StatusCode::kUnavailable, ErrorKind::kIoError, "ESTALE"},
      {123456, absl::StatusCode::kUnavailable, ErrorKind::kIoError, "123456"},
  };
  for (const ErrnoCase& c : cases) {
    const absl::Status status = ErrnoError(c.error, "pwrite x");
    EXPECT_EQ(status.code(), c.code) << status;
    EXPECT_EQ(KindOf(status), c.kind) << status;
    EXPECT_NE(status.message().find(c.name), absl::string_view::npos) << status;
    EXPECT_EQ(status.message().find("pwrite x: "), 0u) << status;
  }
}

TEST(BlockingFileTest, AFullDeviceIsDiskFullAndNamesPathOffsetAndLength) {
  FileDescriptor fd(::open("/dev/full", O_RDWR));
  ASSERT_GE(fd.get(), 0);
  BlockingFile file(std::move(fd), "/dev/full", 1);
  const auto put = file.Write(40, {Vector("abc")});
  EXPECT_EQ(KindOf(put.status()), ErrorKind::kDiskFull) << put.status();
  EXPECT_NE(put.status().message().find("/dev/full at offset 40, 3 bytes"), absl::string_view::npos) << put.status();
}

// RLIMIT_FSIZE makes the kernel cut a write short at the limit and refuse the next one.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    old_handler_ = ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &old_limit_);
    const rlimit limit = {bytes, old_limit_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_limit_);
    ::signal(SIGXFSZ, old_handler_);
  }

 private:
  rlimit old_limit_;
  void (*old_handler_)(int);
};

class BlockingTreeTest : public ::testing::Test {
 protected:
  BlockingTreeTest() : tree_(*BlockingTree::Open(FreshDirectory())) {}

  std::shared_ptr<BlockingFile> Create(const std::string& path) {
    auto file = tree_->OpenFile(path, {.mode = OpenOptions::Mode::kCreateNew});
    EXPECT_TRUE(file.ok()) << file.status();
    return *file;
  }

  std::shared_ptr<BlockingTree> tree_;
};

TEST_F(BlockingTreeTest, AWriteCutShortByTheKernelSaysHowMuchWasTaken) {
  auto file = Create("f");
  const std::string content(6000, 'x');
  {
    const FileSizeLimit limit(4096);
    const auto put = file->Write(1000, {Vector(content)});
    ASSERT_TRUE(put.ok()) << put.status();
    EXPECT_EQ(*put, 3096u);
    const auto rest = file->Write(4096, {Vector(content)});
    EXPECT_EQ(rest.status().code(), absl::StatusCode::kInvalidArgument) << rest.status();
    EXPECT_EQ(KindOf(rest.status()), ErrorKind::kRefused);
  }
  EXPECT_EQ(*file->Size(), 4096u);
}

// The limit falls between two system calls of one write: the first counts, the second's error waits for the next write.
TEST_F(BlockingTreeTest, AWriteInSeveralSystemCallsReportsWhatWasTakenBeforeAnError) {
  auto file = Create("f");
  const std::string content(1024, 'x');
  BlockingFile::Parts parts;
  for (int i = 0; i < 1500; ++i) parts.push_back(Vector(absl::string_view(content).substr(0, 4)));
  const FileSizeLimit limit(4096);
  const auto put = file->Write(0, parts);
  ASSERT_TRUE(put.ok()) << put.status();
  EXPECT_EQ(*put, 4096u);
}

TEST_F(BlockingTreeTest, APreallocationThatFailsLeavesTheOldContent) {
  auto file = Create("f");
  ASSERT_TRUE(file->Write(0, {Vector("content")}).ok());
  {
    const FileSizeLimit limit(4096);
    EXPECT_FALSE(file->Preallocate(10'000).ok());
  }
  std::string content(7, '\0');
  ASSERT_TRUE(file->Read(0, MutableByteSpan(reinterpret_cast<uint8_t*>(content.data()), 7)).ok());
  EXPECT_EQ(content, "content");
}

TEST_F(BlockingTreeTest, AnErrorOfTheKernelIsNotAnInvitationToCrash) {
  BlockingFile read_only(FileDescriptor(::open("/dev/null", O_RDONLY)), "read-only", 1);
  EXPECT_FALSE(read_only.Write(0, {Vector("x")}).ok());
  EXPECT_FALSE(read_only.Truncate(1).ok());
  BlockingFile pipe_end(FileDescriptor([] {
                          int ends[2];
                          EXPECT_EQ(::pipe(ends), 0);
                          ::close(ends[1]);
                          return ends[0];
                        }()),
                        "pipe", 1);
  uint8_t byte;
  EXPECT_EQ(KindOf(pipe_end.Read(0, MutableByteSpan(&byte, 1)).status()), ErrorKind::kIoError);
  EXPECT_FALSE(pipe_end.SyncData().ok());
}

class PosixDiskTest : public ::testing::Test {
 protected:
  PosixDiskTest() : root_(FreshDirectory()), loop_(*EventLoop::Create()), disk_(*PosixDisk::Create(*loop_, root_)) {}

  void RunUntilIdle() {
    EXPECT_FALSE(loop_->RunUntil([] { return false; }));
  }
  absl::StatusOr<std::unique_ptr<DirectoryLock>> Lock() {
    absl::optional<absl::StatusOr<std::unique_ptr<DirectoryLock>>> lock;
    disk_->LockDirectory("", [&](auto result) { lock.emplace(std::move(result)); });
    RunUntilIdle();
    return *std::move(lock);
  }
  std::unique_ptr<File> Create(absl::string_view path) {
    std::unique_ptr<File> file;
    disk_->Open(path, {.mode = OpenOptions::Mode::kCreateNew}, [&](auto result) { file = *std::move(result); });
    RunUntilIdle();
    return file;
  }

  const std::string root_;
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<PosixDisk> disk_;
};

TEST_F(PosixDiskTest, AMissingRootIsNotFoundAndNamed) {
  const auto disk = PosixDisk::Create(*loop_, root_ + "/missing");
  EXPECT_EQ(disk.status().code(), absl::StatusCode::kNotFound);
  EXPECT_NE(disk.status().message().find("/missing"), absl::string_view::npos) << disk.status();
}

TEST_F(PosixDiskTest, TheRootIsHeldThoughItsNameIsGivenAway) {
  ASSERT_EQ(::rename(root_.c_str(), (root_ + "-moved").c_str()), 0);
  Create("f");
  EXPECT_EQ(::access((root_ + "-moved/f").c_str(), F_OK), 0);
}

TEST_F(PosixDiskTest, ADestroyedDiskDropsItsCompletionsUnrun) {
  bool ran = false;
  auto owned = std::make_shared<int>(1);
  disk_->Open("f", {.mode = OpenOptions::Mode::kCreateNew}, [&ran, owned](auto) { ran = true; });
  disk_->List("", [&ran, owned](auto) { ran = true; });
  disk_->LockDirectory("", [&ran, owned](auto) { ran = true; });
  disk_->Rename("/bad", "f", [&ran, owned](absl::Status) { ran = true; });
  disk_.reset();
  RunUntilIdle();
  EXPECT_FALSE(ran);
  EXPECT_EQ(owned.use_count(), 1);
}

TEST_F(PosixDiskTest, AFileAndALockOutliveTheirDisk) {
  auto file = Create("f");
  auto lock = Lock();
  ASSERT_TRUE(lock.ok()) << lock.status();
  disk_.reset();
  absl::Status synced = absl::UnknownError("not run");
  file->SyncAll([&](absl::Status status) { synced = status; });
  RunUntilIdle();
  EXPECT_TRUE(synced.ok()) << synced;
  disk_ = *PosixDisk::Create(*loop_, root_);
  EXPECT_EQ(KindOf(Lock().status()), ErrorKind::kLocked);
}

// Waits for a child and returns what it exited with.
int ExitCode(pid_t child) {
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

// What its holder left under way may still change something.
TEST_F(PosixDiskTest, ALockThatIsGivenBackStaysUntilItsCallsHaveEnded) {
  auto file = Create("f");
  auto lock = Lock();
  ASSERT_TRUE(lock.ok()) << lock.status();
  bool allocated = false;
  file->Preallocate(256u << 20, [&](const absl::Status&) { allocated = true; });
  lock->reset();
  const absl::StatusOr<std::shared_ptr<BlockingTree>> tree = BlockingTree::Open(root_);
  EXPECT_EQ(KindOf((*tree)->LockDirectory("").status()), ErrorKind::kLocked);
  EXPECT_TRUE(Lock().ok()) << "it waits for its own disk's calls";
  EXPECT_TRUE(allocated);
}

TEST_F(PosixDiskTest, AnotherProcessIsRefusedTheLock) {
  auto lock = Lock();
  ASSERT_TRUE(lock.ok()) << lock.status();
  auto try_lock_in_child = [this] {
    const pid_t child = ::fork();
    if (child == 0) {
      auto tree = BlockingTree::Open(root_);
      ::_exit(KindOf((*tree)->LockDirectory("").status()) == ErrorKind::kLocked ? 1 : 0);
    }
    return ExitCode(child);
  };
  EXPECT_EQ(try_lock_in_child(), 1);
  lock->reset();
  EXPECT_EQ(try_lock_in_child(), 0);
}

// A child made while the lock was held shares the locked descriptor; releasing must not wait for its death.
TEST_F(PosixDiskTest, AChildDoesNotKeepALockThatWasReleased) {
  auto lock = Lock();
  ASSERT_TRUE(lock.ok()) << lock.status();
  int gate[2];
  ASSERT_EQ(::pipe(gate), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(gate[1]);
    char byte;
    ::_exit(static_cast<int>(::read(gate[0], &byte, 1)));
  }
  lock->reset();
  EXPECT_TRUE(Lock().ok());
  ::close(gate[0]);
  ::close(gate[1]);
  EXPECT_EQ(ExitCode(child), 0);
}

}  // namespace
}  // namespace tidemark
