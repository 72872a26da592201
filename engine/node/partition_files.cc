#include "engine/node/partition_files.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/partition/partition_log.h"

namespace tidemark {
namespace {

class Removal : public std::enable_shared_from_this<Removal> {
 public:
  Removal(Disk& disk, std::weak_ptr<void> alive, std::string directory, bool keep_directory, DiskDone done)
      : disk_(disk),
        alive_(std::move(alive)),
        directory_(std::move(directory)),
        keep_directory_(keep_directory),
        done_(std::move(done)) {}

  void Start() { disk_.List(directory_, Then(&Removal::OnListed)); }

 private:
  template <typename Result>
  absl::AnyInvocable<void(Result)> Then(void (Removal::*step)(Result)) {
    return [self = shared_from_this(), step](Result result) {
      if (!self->alive_.expired()) (self.get()->*step)(std::move(result));
    };
  }

  void OnListed(absl::StatusOr<std::vector<DirectoryEntry>> entries) {
    if (absl::IsNotFound(entries.status())) return disk_.SyncDirectory("", std::move(done_));
    if (!entries.ok()) return done_(entries.status());
    for (const DirectoryEntry& entry : *entries) names_.push_back(entry.name);
    RemoveNext(absl::OkStatus());
  }
  void RemoveNext(absl::Status status) {
    if (!status.ok() && !absl::IsNotFound(status)) return done_(status);
    if (names_.empty()) return disk_.SyncDirectory(directory_, Then(&Removal::OnEmptied));
    const std::string path = absl::StrCat(directory_, "/", names_.back());
    names_.pop_back();
    disk_.Remove(path, Then(&Removal::RemoveNext));
  }
  void OnEmptied(absl::Status status) {
    if (!status.ok() || keep_directory_) return done_(status);
    disk_.Remove(directory_, Then(&Removal::OnRemoved));
  }
  void OnRemoved(absl::Status status) {
    if (absl::IsFailedPrecondition(status)) return Start();  // something came into it meanwhile
    if (!status.ok() && !absl::IsNotFound(status)) return done_(status);
    disk_.SyncDirectory("", std::move(done_));
  }

  Disk& disk_;
  const std::weak_ptr<void> alive_;
  const std::string directory_;
  const bool keep_directory_;
  DiskDone done_;
  std::vector<std::string> names_;
};

}  // namespace

void RemovePartitionFiles(Disk& disk, std::weak_ptr<void> alive, PartitionId partition, bool keep_directory,
                          DiskDone done) {
  RemoveLogDirectory(disk, std::move(alive), PartitionLog::DirectoryOf(partition), keep_directory, std::move(done));
}

void RemoveLogDirectory(Disk& disk, std::weak_ptr<void> alive, std::string directory, bool keep_directory,
                        DiskDone done) {
  std::make_shared<Removal>(disk, std::move(alive), std::move(directory), keep_directory, std::move(done))->Start();
}

}  // namespace tidemark
