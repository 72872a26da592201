#pragma once

// A disk that does what another one does, and says how long each write and sync took. Names, reads and
// everything else pass through unseen.

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "engine/base/time.h"
#include "engine/env/clock.h"
#include "engine/env/disk.h"

namespace tidemark {

class MeteredDisk final : public Disk {
 public:
  // Told when a call has completed, in the task that completes it. `path` is the file's as it was opened.
  class Observer {
   public:
    virtual ~Observer() = default;
    virtual void OnWrite(absl::string_view path, uint64_t bytes, Duration took) = 0;
    // Both in one call; how long each took is not known.
    virtual void OnWriteAndSync(absl::string_view path, uint64_t bytes, Duration took) = 0;
    // SyncData and SyncAll.
    virtual void OnSync(absl::string_view path, Duration took) = 0;
    // A write or sync answered with an error.
    virtual void OnError(absl::string_view path) = 0;
  };

  // All outlive the disk and its files.
  MeteredDisk(Disk& disk, Clock& clock, Observer& observer) : disk_(disk), clock_(clock), observer_(observer) {}

  void Open(absl::string_view path, OpenOptions options, OpenDone done) override;
  void MakeDirectory(absl::string_view path, DiskDone done) override { disk_.MakeDirectory(path, std::move(done)); }
  void List(absl::string_view path, ListDone done) override { disk_.List(path, std::move(done)); }
  void Rename(absl::string_view from, absl::string_view to, DiskDone done) override {
    disk_.Rename(from, to, std::move(done));
  }
  void Remove(absl::string_view path, DiskDone done) override { disk_.Remove(path, std::move(done)); }
  void SyncDirectory(absl::string_view path, DiskDone done) override { disk_.SyncDirectory(path, std::move(done)); }
  void LockDirectory(absl::string_view path, LockDone done) override { disk_.LockDirectory(path, std::move(done)); }
  void Space(SpaceDone done) override { disk_.Space(std::move(done)); }

 private:
  Disk& disk_;
  Clock& clock_;
  Observer& observer_;
};

}  // namespace tidemark
