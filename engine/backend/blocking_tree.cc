#include "engine/backend/blocking_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "engine/backend/posix_error.h"
#include "engine/base/bytes.h"
#include "engine/base/status.h"

namespace tidemark {
namespace {

constexpr mode_t kFileMode = 0640;
constexpr mode_t kDirectoryMode = 0750;

const char* AtPath(const std::string& path) { return path.empty() ? "." : path.c_str(); }

int OpenAt(int directory, const char* path, int flags, mode_t mode = 0) {
  int fd = ::openat(directory, path, flags | O_CLOEXEC, mode);
  while (fd < 0 && errno == EINTR) fd = ::openat(directory, path, flags | O_CLOEXEC, mode);
  return fd;
}

// Turns O_DIRECT on and returns the alignment it asks for; 1 and a plain descriptor where the file system has no
// direct I/O, or wants more than AlignedBuffer gives. Set after opening: an open with O_CREAT | O_DIRECT that
// fails may leave the file behind.
size_t MakeDirect(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_DIRECT) != 0) return 1;
  size_t alignment = AlignedBuffer::kAlignment;  // a kernel that does not say: the page size suits every device we know
  struct statx info;
  if (::statx(fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &info) == 0 && (info.stx_mask & STATX_DIOALIGN) != 0) {
    alignment = std::max(info.stx_dio_mem_align, info.stx_dio_offset_align);
  }
  const bool usable = alignment > 0 && alignment <= AlignedBuffer::kAlignment && (alignment & (alignment - 1)) == 0;
  if (usable) return alignment;
  ::fcntl(fd, F_SETFL, flags);
  return 1;
}

// Follows a link, which only a person can have put there.
bool IsDirectory(int parent, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN && entry.d_type != DT_LNK) return entry.d_type == DT_DIR;
  struct stat info;
  return ::fstatat(parent, entry.d_name, &info, 0) == 0 && S_ISDIR(info.st_mode);
}

}  // namespace

BlockingTree::BlockingTree(FileDescriptor root, std::string name) : root_(std::move(root)), name_(std::move(name)) {}

absl::StatusOr<std::shared_ptr<BlockingTree>> BlockingTree::Open(const std::string& root) {
  FileDescriptor fd(OpenAt(AT_FDCWD, root.c_str(), O_RDONLY | O_DIRECTORY));
  if (fd.get() < 0) {
    const int error = errno;
    return ErrnoError(error, absl::StrCat("open root directory ", root));
  }
  return std::shared_ptr<BlockingTree>(new BlockingTree(std::move(fd), root));
}

absl::StatusOr<std::shared_ptr<BlockingFile>> BlockingTree::OpenFile(const std::string& path,
                                                                     OpenOptions options) const {
  const int creation = options.mode == OpenOptions::Mode::kCreateNew ? O_CREAT | O_EXCL : 0;
  FileDescriptor fd(OpenAt(root_.get(), AtPath(path), O_RDWR | creation, kFileMode));
  if (fd.get() < 0) return Failed("open", path);
  const size_t alignment = options.direct ? MakeDirect(fd.get()) : 1;
  return std::make_shared<BlockingFile>(std::move(fd), FullName(path), alignment);
}

absl::Status BlockingTree::MakeDirectory(const std::string& path) const {
  if (::mkdirat(root_.get(), path.c_str(), kDirectoryMode) != 0) return Failed("mkdir", path);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<DirectoryEntry>> BlockingTree::List(const std::string& path) const {
  ASSIGN_OR_RETURN(FileDescriptor directory, OpenDirectory("list", path));
  DIR* stream = ::fdopendir(directory.get());
  if (stream == nullptr) return Failed("fdopendir", path);
  const int fd = directory.release();
  absl::Cleanup close = [stream] { ::closedir(stream); };
  std::vector<DirectoryEntry> entries;
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(stream);
    if (entry == nullptr && errno != 0) return Failed("readdir", path);
    if (entry == nullptr) break;
    const absl::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    entries.push_back({std::string(name), IsDirectory(fd, *entry)});
  }
  std::sort(entries.begin(), entries.end(),
            [](const DirectoryEntry& a, const DirectoryEntry& b) { return a.name < b.name; });
  return entries;
}

absl::Status BlockingTree::Rename(const std::string& from, const std::string& to) const {
  struct stat info;
  if (::fstatat(root_.get(), from.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return Failed("rename", from);
  if (S_ISDIR(info.st_mode)) return ErrnoError(EISDIR, absl::StrCat("rename ", FullName(from), ", files only"));
  if (::renameat(root_.get(), from.c_str(), root_.get(), to.c_str()) != 0) {
    const int error = errno;
    return ErrnoError(error, absl::StrCat("rename ", FullName(from), " to ", FullName(to)));
  }
  return absl::OkStatus();
}

absl::Status BlockingTree::Remove(const std::string& path) const {
  if (::unlinkat(root_.get(), path.c_str(), 0) == 0) return absl::OkStatus();
  if (errno != EISDIR) return Failed("unlink", path);
  if (::unlinkat(root_.get(), path.c_str(), AT_REMOVEDIR) != 0) return Failed("rmdir", path);
  return absl::OkStatus();
}

absl::Status BlockingTree::SyncDirectory(const std::string& path) const {
  ASSIGN_OR_RETURN(const FileDescriptor directory, OpenDirectory("sync directory", path));
  int result = ::fsync(directory.get());
  while (result != 0 && errno == EINTR) result = ::fsync(directory.get());
  if (result != 0) return Failed("fsync directory", path);
  return absl::OkStatus();
}

// flock belongs to the open file, so that a second lock is refused within one process too.
absl::StatusOr<FileDescriptor> BlockingTree::LockDirectory(const std::string& path) const {
  ASSIGN_OR_RETURN(FileDescriptor directory, OpenDirectory("lock", path));
  if (::flock(directory.get(), LOCK_EX | LOCK_NB) != 0) return Failed("lock directory", path);
  return directory;
}

absl::StatusOr<DiskSpace> BlockingTree::Space() const {
  struct statvfs info;
  if (::fstatvfs(root_.get(), &info) != 0) return Failed("statvfs", "");
  return DiskSpace{.free_bytes = uint64_t{info.f_bavail} * info.f_frsize,
                   .total_bytes = uint64_t{info.f_blocks} * info.f_frsize};
}

absl::StatusOr<FileDescriptor> BlockingTree::OpenDirectory(absl::string_view call, const std::string& path) const {
  FileDescriptor fd(OpenAt(root_.get(), AtPath(path), O_RDONLY | O_DIRECTORY));
  if (fd.get() < 0) return Failed(call, path);
  return fd;
}

absl::Status BlockingTree::Failed(absl::string_view call, const std::string& path) const {
  const int error = errno;
  return ErrnoError(error, absl::StrCat(call, " ", FullName(path)));
}

std::string BlockingTree::FullName(const std::string& path) const {
  return path.empty() ? name_ : absl::StrCat(name_, "/", path);
}

}  // namespace tidemark
