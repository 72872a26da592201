#pragma once

// Looks at the directory of one append-only file without changing it, and says what is there: each segment file, what
// it holds, what is promised in it, and what is wrong. It follows the steps of engine/aof/opening.h (which files are
// needed, where each must end, what the verdict on a bad batch is), with the engine's own decoders; but it does not
// stop at the first damage.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "engine/aof/format.h"
#include "engine/aof/replay.h"
#include "engine/aof/store_id.h"
#include "engine/base/ids.h"
#include "tools/store/finding.h"
#include "tools/store/segment_scan.h"
#include "tools/store/store_files.h"

namespace tidemark::tools {

// Hears what the file holds, as the engine's owner of it would when it opens it.
class SurveyReplay : public aof::Replay {
 public:
  // Records up to `last` can not be read; what follows goes on behind it.
  virtual void OnMissing(Sequence last) = 0;
};

struct SegmentSurvey {
  std::string path;  // from the store's root
  uint64_t file_id = 0;
  uint64_t file_bytes = 0;                                 // its length
  absl::optional<aof::FileHeader> header = absl::nullopt;  // none: it is damaged, or could not be read
  // Wholly below the floor: nobody reads it, recovery removes it. Its content was not looked at.
  bool dead = false;
  // It has a successor, which says that it is live up to here and durable.
  bool sealed = false;
  uint64_t limit = 0;
  SegmentContent content;  // of a file with a header that is not dead
  uint64_t records = 0;    // live ones, at or above the floor
  Sequence first_live;     // records from here on, up to the next file's, are in this one
  // Bytes of batches that count.
  uint64_t used_bytes() const { return content.end - header->header_bytes - content.void_bytes(); }
};

struct AofSurvey {
  std::string directory;
  bool exists = false;                  // the directory
  std::vector<SegmentSurvey> segments;  // by file id
  bool has_spare = false;
  std::vector<std::string> unfinished;  // segment files under construction: left by a crash, or prepared ahead
  std::vector<std::string> foreign;     // names that mean nothing here
  Sequence first{1};                    // the floor
  Sequence last;                        // first - 1: no record
  uint64_t records = 0;                 // live ones that can be read
  Sequence proven;                      // the last record that evidence on disk proves durable
  std::vector<Finding> findings;
  // Everything in [first, last] was told to the replay.
  bool whole() const { return VerdictOf(findings) <= StoreVerdict::kTornTail; }
};

struct AofIdentity {
  absl::optional<StoreId> store_id = absl::nullopt;  // none: whichever it is
  uint64_t log_id = 0;
};

AofSurvey SurveyAof(const StoreFiles& files, const std::string& directory, const AofIdentity& identity,
                    SurveyReplay& replay);

// The store ids in the headers of the directory that can be read, newest file first.
std::vector<StoreId> FindStoreIds(const StoreFiles& files, const std::string& directory);

}  // namespace tidemark::tools
