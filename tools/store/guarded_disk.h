#pragma once

// A disk that lets only named files of another one be changed: those of which a copy was kept, and those made through
// it. Whatever else is written, cut, renamed or removed is refused, so that a repair cannot touch what it did not
// announce. After Stop nothing reaches the disk any more.

#include <memory>
#include <set>
#include <string>
#include <utility>

#include "engine/env/disk.h"

namespace tidemark::tools {

// The disk outlives this, and this what was opened from it.
class GuardedDisk final : public Disk {
 public:
  GuardedDisk(Disk& disk, std::set<std::string> may_change) : disk_(disk), may_change_(std::move(may_change)) {}
  // From now on no call does anything, or completes. What is under way on the disk still happens.
  void Stop() { running_ = false; }

  void Open(absl::string_view path, OpenOptions options, OpenDone done) override;
  void MakeDirectory(absl::string_view path, DiskDone done) override;
  void List(absl::string_view path, ListDone done) override;
  void Rename(absl::string_view from, absl::string_view to, DiskDone done) override;
  void Remove(absl::string_view path, DiskDone done) override;
  void SyncDirectory(absl::string_view path, DiskDone done) override;
  // Whoever made the guard holds the real lock.
  void LockDirectory(absl::string_view path, LockDone done) override;
  void Space(SpaceDone done) override;

 private:
  class GuardedFile;
  bool MayChange(const std::string& path) const { return may_change_.count(path) > 0; }
  // Completes `done` with a refusal, as the disk would: in a later task.
  void Refuse(const std::string& path, DiskDone done);

  Disk& disk_;
  std::set<std::string> may_change_;
  bool running_ = true;
};

}  // namespace tidemark::tools
