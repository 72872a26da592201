// A process that works on the disk is killed (SIGKILL) at a random place. Whatever it was told had completed is
// there afterwards, synced or not: completion survives the death of the process, and its lock dies with it.
//
// The child runs cycles of: create <n>.new, write, rename to <n>, remove <n - 3>. It reports each completion through
// a pipe, one byte a step, so that what the parent has read had completed. It is this program started anew (threads
// do not survive a fork).

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/backend/real_env.h"
#include "engine/base/bytes.h"
#include "engine/base/random.h"
#include "engine/base/status.h"
#include "gtest/gtest.h"

namespace tidemark {
namespace {

constexpr char kWorkerFlag[] = "--worker";
constexpr size_t kContentBytes = 1'000'000;  // long enough for a kill to fall inside a write
constexpr int kStepsPerCycle = 4;
constexpr int kKept = 3;

std::string ContentOf(int cycle) {
  std::string content;
  while (content.size() < kContentBytes) absl::StrAppend(&content, "cycle ", cycle, ";");
  return content;
}

// The child. Never returns: it works until it is killed.
class Worker {
 public:
  Worker(const std::string& root, int report_fd) : report_fd_(report_fd), real_(*RealEnv::Create({.root = root})) {}

  [[noreturn]] void Work() {
    real_->env().disk.LockDirectory("", [this](auto lock) {
      lock_ = *std::move(lock);
      StartCycle();
    });
    real_->loop().Run();
    ::_exit(3);
  }

 private:
  Disk& disk() { return real_->env().disk; }
  void Report(const absl::Status& status) {
    const char step = 's';
    if (!status.ok() || ::write(report_fd_, &step, 1) != 1) ::_exit(2);
  }

  void StartCycle() {
    ++cycle_;
    content_ = ContentOf(cycle_);
    disk().Open(absl::StrCat(cycle_, ".new"), {.mode = OpenOptions::Mode::kCreateNew}, [this](auto file) {
      Report(file.status());
      file_ = *std::move(file);
      WriteContent();
    });
  }
  void WriteContent() {
    const ByteSpan parts[] = {AsBytes(content_).subspan(0, 7), AsBytes(content_).subspan(7)};
    file_->Write(0, parts, [this](absl::StatusOr<size_t> put) {
      Report(put.status());
      file_.reset();
      GiveName();
    });
  }
  void GiveName() {
    disk().Rename(absl::StrCat(cycle_, ".new"), absl::StrCat(cycle_), [this](absl::Status status) {
      Report(status);
      RemoveOld();
    });
  }
  void RemoveOld() {
    if (cycle_ <= kKept) {
      Report(absl::OkStatus());
      return StartCycle();
    }
    disk().Remove(absl::StrCat(cycle_ - kKept), [this](absl::Status status) {
      Report(status);
      StartCycle();
    });
  }

  const int report_fd_;
  const std::unique_ptr<RealEnv> real_;
  std::unique_ptr<DirectoryLock> lock_;
  std::unique_ptr<File> file_;
  std::string content_;
  int cycle_ = 0;
};

// Reads until the other end is closed.
int CountSteps(int fd) {
  int steps = 0;
  char buffer[256];
  for (ssize_t got; (got = ::read(fd, buffer, sizeof(buffer))) > 0;) steps += static_cast<int>(got);
  return steps;
}

// Lets a worker take at least `steps_wanted` steps, kills it, and returns how many it reported.
int WorkAndKill(const std::string& root, int steps_wanted) {
  int report[2];
  EXPECT_EQ(::pipe(report), 0);
  const std::string report_fd = absl::StrCat(report[1]);
  const pid_t child = ::fork();
  if (child == 0) {
    ::execl("/proc/self/exe", "process_death_test", kWorkerFlag, root.c_str(), report_fd.c_str(), nullptr);
    ::_exit(4);
  }
  ::close(report[1]);
  int steps = 0;
  for (char step; steps < steps_wanted && ::read(report[0], &step, 1) == 1;) ++steps;
  EXPECT_EQ(::kill(child, SIGKILL), 0);
  steps += CountSteps(report[0]);
  ::close(report[0]);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "exit code " << WEXITSTATUS(status);
  return steps;
}

class ProcessDeathTest : public ::testing::TestWithParam<int> {
 protected:
  absl::StatusOr<std::string> ReadAll(Disk& disk, const std::string& path) {
    absl::StatusOr<std::string> content = absl::UnknownError("never completed");
    std::unique_ptr<File> file;
    std::vector<uint8_t> into(2 * kContentBytes);
    disk.Open(path, {}, [&](auto opened) {
      if (!opened.ok()) {
        content = opened.status();
        return;
      }
      file = *std::move(opened);
      file->Read(0, absl::MakeSpan(into), [&](absl::StatusOr<size_t> got) {
        if (got.ok()) content = std::string(into.begin(), into.begin() + *got);
      });
    });
    real_->loop().RunUntil([] { return false; });
    return content;
  }

  std::unique_ptr<RealEnv> real_;
};

TEST_P(ProcessDeathTest, WhatCompletedIsThereAfterAKill) {
  std::string root = ::testing::TempDir() + "/process-death-XXXXXX";
  ASSERT_NE(mkdtemp(root.data()), nullptr);
  const int steps = WorkAndKill(root, 1 + static_cast<int>(RandomKey(GetParam()).UniformAt(0, 40)));
  real_ = *RealEnv::Create({.root = root});
  Disk& disk = real_->env().disk;

  // What the pipe holds was reported; the one step after it may have been taken as well, in part or whole: a removal
  // takes one of the kKept newest only after the next cycle has renamed.
  const int renamed = (steps + 1) / kStepsPerCycle;
  const int removed = steps / kStepsPerCycle - kKept;
  for (int cycle = std::max(1, renamed - kKept + 1); cycle <= renamed; ++cycle) {
    const auto content = ReadAll(disk, absl::StrCat(cycle));
    ASSERT_TRUE(content.ok()) << content.status() << " after " << steps << " steps";
    EXPECT_TRUE(*content == ContentOf(cycle)) << cycle << " has " << content->size() << " bytes after " << steps;
  }
  if (steps % kStepsPerCycle == 2) {
    // Written, and the rename was asked for but not reported.
    auto content = ReadAll(disk, absl::StrCat(renamed + 1, ".new"));
    if (absl::IsNotFound(content.status())) content = ReadAll(disk, absl::StrCat(renamed + 1));
    ASSERT_TRUE(content.ok()) << content.status() << " after " << steps << " steps";
    EXPECT_TRUE(*content == ContentOf(renamed + 1)) << content->size() << " bytes after " << steps << " steps";
  }
  for (int cycle = 1; cycle <= removed; ++cycle) {
    EXPECT_TRUE(absl::IsNotFound(ReadAll(disk, absl::StrCat(cycle)).status())) << cycle << " after " << steps;
  }
  bool locked = false;
  disk.LockDirectory("", [&](auto lock) { locked = lock.ok(); });
  real_->loop().RunUntil([] { return false; });
  EXPECT_TRUE(locked) << "the dead process still holds its lock";
}

INSTANTIATE_TEST_SUITE_P(Kills, ProcessDeathTest, ::testing::Range(1, 13));

}  // namespace
}  // namespace tidemark

int main(int argc, char** argv) {
  if (argc == 4 && std::strcmp(argv[1], tidemark::kWorkerFlag) == 0) {
    tidemark::Worker(argv[2], std::atoi(argv[3])).Work();
  }
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
