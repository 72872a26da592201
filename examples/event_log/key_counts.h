#pragma once

// The example's state machine: per partition, how many events each key has. An event is a line whose first word is
// its key.
//
// The counts live in memory; now and then all of them go to one small file, with how far each partition was applied:
// "<file>.new" is written and synced, then renamed over the old file. A crash leaves the old file or the new one, and
// the engine applies again what came after it.

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "engine/apply/state_machine.h"
#include "engine/backend/event_loop.h"
#include "engine/base/ids.h"

namespace tidemark::examples {

class KeyCounts final : public StateMachine {
 public:
  struct Partition {
    PartitionIndex applied;
    std::map<std::string, uint64_t> counts;  // by key
  };

  // `file` is a path of the operating system. The loop outlives this.
  KeyCounts(EventLoop& loop, std::string file) : loop_(loop), file_(std::move(file)) {}

  // Before the engine recovers: takes over what the file says. No file is no counts.
  absl::Status Load();
  // Makes the counts durable, while none is saving(). Blocks.
  absl::Status Save() const;
  // A thread of the loop's pool does: both would write the same new file.
  bool saving() const { return saving_; }

  void Apply(const AppliedRecord& record, ApplyDone done) override;
  PartitionIndex LastApplied(PartitionId partition) override;

  const std::map<PartitionId, Partition>& partitions() const { return partitions_; }

 private:
  static constexpr uint64_t kSaveEvery = 1000;  // events

  std::string ToText() const;
  void SaveAside();

  EventLoop& loop_;
  const std::string file_;
  std::map<PartitionId, Partition> partitions_;
  uint64_t unsaved_ = 0;
  bool saving_ = false;
};

}  // namespace tidemark::examples
