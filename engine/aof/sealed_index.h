#pragma once

// Where the records are that opening did not look at (Options::scan_sealed): those of sealed segment files. A file is
// scanned, whole, when the first of its records is read; reads of it wait meanwhile. Then it costs 8 bytes a record, as
// the others do.
//
// A file that does not check out gives nothing: what stands behind the damage may make void what stands before it. It
// is scanned again by the next read, for what was read may have been wrong, not what is there.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/aof/options.h"
#include "engine/aof/record_index.h"
#include "engine/aof/scanner.h"
#include "engine/aof/segment_table.h"
#include "engine/env/disk.h"
#include "engine/env/env.h"

namespace tidemark::aof {

class SealedIndex : public std::enable_shared_from_this<SealedIndex> {
 public:
  SealedIndex(const Env& env, const Options& options)
      : env_(env), log_id_(options.log_id), directory_(options.directory), direct_(options.direct) {}

  // The records of a file by their places, void ones at its end possibly among them; null while they are not known.
  const RecordIndex* Find(uint64_t file_id) const;
  // `segment` has a successor. `done`: Find knows the file, unless it was forgotten meanwhile; kCorruption naming file
  // and offset, or an error of the device. Dropped when this is destroyed.
  void Load(const Segment& segment, DiskDone done);
  // The file is gone.
  void Forget(uint64_t file_id);

  // A file is open.
  bool busy() const { return loading_ > 0; }

 private:
  struct Places {
    std::shared_ptr<const RecordIndex> known;  // null while it is loaded
    std::vector<DiskDone> waiters;
    bool forgotten = false;
  };

  void OnOpened(const Segment& segment, absl::StatusOr<std::unique_ptr<File>> file);
  void OnScanned(const Segment& segment, const Scanner& scanner, std::shared_ptr<RecordIndex> places,
                 absl::Status status);
  void Finish(uint64_t file_id, std::shared_ptr<const RecordIndex> places, absl::Status status);
  void Trace(TraceKind kind, uint64_t a, uint64_t b, uint64_t c = 0);

  const Env env_;
  const uint64_t log_id_;
  const std::string directory_;
  const bool direct_;
  absl::btree_map<uint64_t, Places> files_;  // by file id
  size_t loading_ = 0;                       // Invariant: so many of them have waiters
};

}  // namespace tidemark::aof
