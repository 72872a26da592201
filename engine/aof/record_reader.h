#pragma once

// Reads records of segment files back, verified, one device read for a run of neighbours.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "engine/aof/record_index.h"
#include "engine/aof/segment_table.h"
#include "engine/base/ids.h"
#include "engine/env/disk.h"

namespace tidemark::aof {

struct Record {
  Sequence sequence;
  std::string payload;
};
using ReadRangeDone = absl::AnyInvocable<void(absl::StatusOr<std::vector<Record>>)>;

class RecordReader : public std::enable_shared_from_this<RecordReader> {
 public:
  RecordReader(Disk& disk, std::string directory, bool direct)
      : disk_(disk), directory_(std::move(directory)), direct_(direct) {}

  // Records from, from + 1, ... of one file; `places` ascend. kCorruption names the file and offset.
  // Dropped when the reader is destroyed.
  void Read(const Segment& segment, Sequence from, std::vector<RecordIndex::Entry> places, ReadRangeDone done);

  bool busy() const { return !requests_.empty(); }
  // Lets go of the file that is open, if any.
  void Close() { open_file_.reset(); }
  // The files up to this one are removed: one that stayed open would keep its space.
  void Forget(uint64_t through_file_id);

 private:
  struct Request {
    Segment segment;
    Sequence from;
    std::vector<RecordIndex::Entry> places;
    ReadRangeDone done;
    uint64_t start = 0;  // of the device read
    std::shared_ptr<File> file;
  };

  void OnOpened(uint64_t id, absl::StatusOr<std::unique_ptr<File>> file);
  void StartRead(uint64_t id);
  void Finish(uint64_t id, absl::StatusOr<ByteSpan> bytes);
  absl::StatusOr<std::vector<Record>> Verify(const Request& request, absl::StatusOr<ByteSpan> bytes) const;

  Disk& disk_;
  const std::string directory_;
  const bool direct_;
  // The file read last stays open: neighbours are read one after another.
  uint64_t open_file_id_ = 0;
  std::shared_ptr<File> open_file_;
  uint64_t forgotten_through_ = 0;  // Invariant: open_file_id_ is above it while open_file_ is set.
  uint64_t next_request_ = 1;
  absl::btree_map<uint64_t, Request> requests_;  // under way
};

}  // namespace tidemark::aof
