#pragma once

// The unproven tail: batches at or above the highest promise may live in the page cache only (a failed
// sync marks pages clean), and may have been acknowledged all the same. So opening never rewrites them in
// place and never believes them: it writes them again, as one batch that makes the old ones void, after
// everything that is not zero. All or nothing: either the old batches count, or the copy does.
//
// Once the copy is synced, a batch that holds nothing but says so (the seal) follows: the next opening then finds all
// of the log proven and writes nothing, however often the process is restarted. The seal itself is then unproven, but
// of no worth: the first batch of the new life makes it void.

#include <cstdint>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "engine/aof/batch.h"
#include "engine/aof/log_state.h"
#include "engine/aof/options.h"
#include "engine/env/env.h"

namespace tidemark::aof {

// What the scan of the last file found; see Scanner.
struct Tail {
  FileHeader header;  // of the last file
  uint64_t promised_offset = 0;
  Sequence promised_sequence;
  uint64_t end = 0;
  uint64_t junk_end = 0;  // 0: none
  uint64_t silent_from = 0;
  // All that says anything is proven.
  bool clean() const { return junk_end == 0 && silent_from <= promised_offset; }
};

struct Repaired {
  uint64_t records = 0;  // written again
  uint64_t notes = 0;
  uint64_t new_file_id = 0;  // not 0: there was no room in the last file, this one was made
  bool used_spare = false;
};

// Makes the tail durable and proven, and moves state.index, state.table, state.file and the offsets on to it.
// `head_note` is called if a new file must be made. `alive` is checked after each step; `state` lives as long as it
// does.
void RepairTail(const Env& env, std::weak_ptr<void> alive, const Options& options, const Tail& tail, LogState& state,
                absl::AnyInvocable<std::string(Sequence)> head_note,
                absl::AnyInvocable<void(absl::StatusOr<Repaired>)> done);

}  // namespace tidemark::aof
