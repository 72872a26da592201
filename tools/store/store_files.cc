#include "tools/store/store_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/backend/posix_error.h"
#include "engine/base/status.h"

namespace tidemark::tools {

StoreFiles::StoreFiles(std::string root, std::shared_ptr<BlockingTree> tree, FileDescriptor directory)
    : root_(std::move(root)), tree_(std::move(tree)), directory_(std::move(directory)) {}

absl::StatusOr<std::unique_ptr<StoreFiles>> StoreFiles::Open(const std::string& root) {
  ASSIGN_OR_RETURN(std::shared_ptr<BlockingTree> tree, BlockingTree::Open(root));
  FileDescriptor directory(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0) return ErrnoError(errno, absl::StrCat("open root directory ", root));
  return std::unique_ptr<StoreFiles>(new StoreFiles(root, std::move(tree), std::move(directory)));
}

absl::StatusOr<std::vector<DirectoryEntry>> StoreFiles::List(absl::string_view path) const {
  return tree_->List(std::string(path));
}

absl::StatusOr<std::unique_ptr<BlockingFile>> StoreFiles::OpenFile(absl::string_view path) const {
  const std::string name = absl::StrCat(root_, "/", path);
  FileDescriptor file(::openat(directory_.get(), std::string(path).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (file.get() < 0) return ErrnoError(errno, absl::StrCat("open ", name));
  struct stat info;
  if (::fstat(file.get(), &info) != 0) return ErrnoError(errno, absl::StrCat("fstat ", name));
  if (!S_ISREG(info.st_mode)) {
    return MakeError(ErrorKind::kIoError, absl::StatusCode::kFailedPrecondition,
                     absl::StrCat(name, " is not a regular file"));
  }
  return std::make_unique<BlockingFile>(std::move(file), name, 1);
}

absl::Status StoreFiles::LockStore(Lock lock) {
  const int how = lock == Lock::kShared ? LOCK_SH : LOCK_EX;
  if (::flock(directory_.get(), how | LOCK_NB) == 0) return absl::OkStatus();
  return ErrnoError(errno, absl::StrCat("lock directory ", root_));
}

}  // namespace tidemark::tools
