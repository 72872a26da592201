#pragma once

// The real Disk: a directory of the machine, through the kernel's file calls. Each call goes
// to a pool thread of the loop, blocks there, and completes as a task of the loop.
//
//   PosixDisk / PosixFile   here: on the loop's thread; check paths, own `done`
//   BlockingTree / -File    on the pool threads; hold the descriptors
//
// A directory's lock that is given back stays locked until the calls that were made under it, and change something,
// have ended: nobody finds a write of the last holder on its way.
//
// A call in flight shares the descriptor, so that destroying a File never takes it from
// under the kernel: the last call to finish closes it. What syncs promise is what fsync and
// fdatasync promise; Preallocate and direct I/O are in blocking_file.cc and blocking_tree.cc.

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/backend/blocking_tree.h"
#include "engine/backend/event_loop.h"
#include "engine/env/disk.h"

namespace tidemark {

// The loop outlives the disk, its files and its locks; files and locks may outlive the disk.
class PosixDisk final : public Disk {
 public:
  class Lock;
  struct LockState;
  struct Locks;
  // `root` is a path of the operating system, of a directory that exists; else an error that names it. Blocks.
  static absl::StatusOr<std::unique_ptr<PosixDisk>> Create(EventLoop& loop, const std::string& root);

  void Open(absl::string_view path, OpenOptions options, OpenDone done) override;
  void MakeDirectory(absl::string_view path, DiskDone done) override;
  void List(absl::string_view path, ListDone done) override;
  void Rename(absl::string_view from, absl::string_view to, DiskDone done) override;
  void Remove(absl::string_view path, DiskDone done) override;
  void SyncDirectory(absl::string_view path, DiskDone done) override;
  void LockDirectory(absl::string_view path, LockDone done) override;
  void Space(SpaceDone done) override;

 private:
  PosixDisk(EventLoop& loop, std::shared_ptr<BlockingTree> tree);
  void LockWhenFree(absl::string_view path, int tries, LockDone done);

  EventLoop& loop_;
  const std::shared_ptr<BlockingTree> tree_;
  const std::shared_ptr<Locks> locks_;
  // Dies with the disk: a completion that finds it gone is dropped.
  const std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace tidemark
