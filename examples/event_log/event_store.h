#pragma once

// A partitioned event log in a directory: the engine on the real disk, with KeyCounts as its state machine.
// Everything here runs on one thread. Opening and closing block; appends are acknowledged while the loop runs.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/backend/real_env.h"
#include "engine/base/ids.h"
#include "engine/node/engine.h"
#include "examples/event_log/key_counts.h"

namespace tidemark::examples {

class EventStore {
 public:
  // Opens the store in `directory`, or creates directory and store. Every acknowledged event is there again, and
  // counted.
  static absl::StatusOr<std::unique_ptr<EventStore>> Open(const std::string& directory);
  // Without Close: as if the process had died.
  ~EventStore();

  // Makes partitions 1 to `count` where they do not exist. Blocks.
  absl::Status CreatePartitions(uint64_t count);
  // `done` with OK: the event survives power loss.
  void Append(PartitionId partition, absl::string_view event, AppendDone done);
  // At most `count` of the partition's newest events, oldest first. Blocks.
  absl::StatusOr<std::vector<std::string>> Tail(PartitionId partition, uint64_t count);
  // Waits until all events are counted, and saves the counts: the next opening has little to do. Blocks.
  absl::Status Close();

  EventLoop& loop() { return real_->loop(); }
  const Engine& engine() const { return *engine_; }
  const KeyCounts& counts() const { return counts_; }

 private:
  EventStore(std::unique_ptr<RealEnv> real, const std::string& directory);
  absl::Status Recover(EngineOptions::Mode mode);
  absl::Status WaitUntilApplied();

  // In the order of construction; the engine goes first.
  const std::unique_ptr<RealEnv> real_;
  KeyCounts counts_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace tidemark::examples
