#pragma once

// Where the records of sealed segment files are whose places are not known otherwise: opening did not look at them
// (Options::scan_sealed), or they were let go (Options::max_known_records). A file is scanned, whole, when the first of
// its records is read; reads of it wait meanwhile. Then it costs 8 bytes a record, as the others do, until too many are
// known: the file that was used least recently is forgotten first.
//
// A file that does not check out gives nothing: what stands behind the damage may make void what stands before it. It
// is scanned again by the next read, for what was read may have been wrong, not what is there.

#include <cstdint>
#include <list>
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
      : env_(env),
        log_id_(options.log_id),
        directory_(options.directory),
        direct_(options.direct),
        most_(options.max_known_records) {}

  // The records of a file by their places, void ones at its end possibly among them; null while they are not known.
  // Valid until the executor's next task. The file is the one used most recently now.
  const RecordIndex* Find(uint64_t file_id);
  // `segment` has a successor. `done`: Find knows the file, unless it was forgotten meanwhile; kCorruption naming file
  // and offset, or an error of the device. Dropped when this is destroyed.
  void Load(const Segment& segment, DiskDone done);
  // Whether the last scan of a file that is not known found it damaged.
  bool damaged(uint64_t file_id) const;
  // The file is gone.
  void Forget(uint64_t file_id);
  // Nothing is known any more. Not while it is busy.
  void LetGo();

  // A file is open.
  bool busy() const { return loading_ > 0; }

 private:
  struct Places {
    std::shared_ptr<const RecordIndex> known;  // null while it is loaded, and where it is damaged
    std::vector<DiskDone> waiters;
    bool forgotten = false;
    bool damaged = false;                // by the last scan
    std::list<uint64_t>::iterator used;  // in by_use_, once known
  };

  void OnOpened(const Segment& segment, absl::StatusOr<std::unique_ptr<File>> file);
  void OnScanned(const Segment& segment, const Scanner& scanner, std::shared_ptr<RecordIndex> places,
                 absl::Status status);
  void Finish(uint64_t file_id, std::shared_ptr<const RecordIndex> places, absl::Status status);
  void Drop(uint64_t file_id);
  void Trace(TraceKind kind, uint64_t a, uint64_t b, uint64_t c = 0);

  const Env env_;
  const uint64_t log_id_;
  const std::string directory_;
  const bool direct_;
  const uint64_t most_;
  absl::btree_map<uint64_t, Places> files_;  // by file id
  size_t loading_ = 0;                       // Invariant: so many of them have waiters
  std::list<uint64_t> by_use_;               // the known ones, the one used most recently last
  // Their places. Invariant: at most most_, or those of one file.
  uint64_t known_ = 0;
};

}  // namespace tidemark::aof
