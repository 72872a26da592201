#pragma once

// An engine on a machine in memory, with a state machine that remembers what it was given.

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "engine/base/status.h"
#include "engine/node/engine.h"
#include "gtest/gtest.h"
#include "tests/support/memory_world.h"

namespace tidemark::tests {

// Keeps what it was given over crashes, as a durable state machine would.
class Ledger : public StateMachine {
 public:
  void Apply(const AppliedRecord& record, ApplyDone done) override {
    ++calls;
    if (on_apply) on_apply(record);
    if (fail > 0) {
      --fail;
      return done(MakeError(ErrorKind::kIoError, "not now"));
    }
    if (hold) {
      held.push_back({record.partition, std::string(AsText(record.payload)), std::move(done)});
      return;
    }
    Take(record.partition, std::string(AsText(record.payload)));
    done(absl::OkStatus());
    if (on_done) on_done(record);
  }
  PartitionIndex LastApplied(PartitionId partition) override {
    return PartitionIndex(records[partition.value()].size());
  }
  void Precommit(const AppliedRecord& record) override {
    if (on_precommit) on_precommit(record);
    precommitted.emplace_back(AsText(record.payload));
  }
  void TakeSnapshot(PartitionId partition, SnapshotDone done) override {
    ++snapshots;
    if (!takes_snapshots) return done(snapshot_refusal);
    done(LastApplied(partition));
  }
  void Drop(PartitionId partition) override { records.erase(partition.value()); }
  void Take(PartitionId partition, std::string payload) { records[partition.value()].push_back(std::move(payload)); }
  void Release() {
    std::deque<Held> now = std::move(held);
    held.clear();
    for (Held& h : now) {
      Take(h.partition, h.payload);
      h.done(absl::OkStatus());
    }
  }

  struct Held {
    PartitionId partition;
    std::string payload;
    ApplyDone done;
  };
  std::function<void(const AppliedRecord&)> on_apply;  // inside the call, first
  std::function<void(const AppliedRecord&)> on_done;   // last, where it did not hold or fail
  std::function<void(const AppliedRecord&)> on_precommit;
  std::map<uint64_t, std::vector<std::string>> records;
  std::deque<Held> held;
  std::vector<std::string> precommitted;
  bool takes_snapshots = true;
  absl::Status snapshot_refusal = MakeError(ErrorKind::kIoError, "not now");
  int snapshots = 0;
  bool hold = false;
  int fail = 0;
  int calls = 0;
};

class EngineFixture : public ::testing::Test {
 protected:
  EngineFixture() {
    options.store_id = {1, 2};
    options.log_segment_bytes = 64u << 10;
    options.partition_segment_bytes = 64u << 10;
    options.block_bytes = 512;
    options.max_payload_bytes = 4096;
  }

  // The error, or kNone.
  ErrorKind Recover(EngineOptions::Mode mode = EngineOptions::Mode::kExisting) {
    engine.reset();
    options.mode = mode;
    bool done = false;
    Engine::Recover(world.env(), options, ledger, [&](Engine::RecoverOutcome outcome) {
      done = true;
      report = outcome.report;
      status = outcome.engine.status();
      if (outcome.engine.ok()) engine = *std::move(outcome.engine);
    });
    EXPECT_TRUE(world.RunUntil([&] { return done; }));
    return KindOf(status);
  }
  void Create(uint64_t partitions = 2) {
    ASSERT_EQ(Recover(EngineOptions::Mode::kCreate), ErrorKind::kNone) << status;
    for (uint64_t p = 1; p <= partitions; ++p) ASSERT_TRUE(CreatePartition(p).ok());
  }
  absl::Status CreatePartition(uint64_t partition) {
    absl::optional<absl::Status> answer;
    engine->CreatePartition(PartitionId(partition), [&](const absl::Status& s) { answer = s; });
    world.RunUntil([&] { return answer.has_value(); });
    return *answer;
  }
  // Taken and acknowledged, or the refusal.
  absl::StatusOr<AppendResult> Append(uint64_t partition, const std::string& payload) {
    absl::optional<absl::StatusOr<AppendResult>> answer;
    engine->Append(PartitionId(partition), AsBytes(payload),
                   [&](absl::StatusOr<AppendResult> r) { answer = std::move(r); });
    world.RunUntil([&] { return answer.has_value(); });
    return *answer;
  }
  absl::Status Drop(uint64_t partition) {
    absl::optional<absl::Status> answer;
    engine->DropPartition(PartitionId(partition), [&](const absl::Status& s) { answer = s; });
    world.RunUntil([&] { return answer.has_value(); });
    return *answer;
  }
  void AppendMany(uint64_t partition, int count, size_t bytes = 100) {
    for (int i = 0; i < count; ++i)
      ASSERT_TRUE(Append(partition, std::string(bytes, static_cast<char>('a' + i % 26))).ok());
  }
  absl::StatusOr<Entry> Read(uint64_t partition, uint64_t index) {
    absl::optional<absl::StatusOr<Entry>> answer;
    engine->Read(PartitionId(partition), PartitionIndex(index),
                 [&](absl::StatusOr<Entry> e) { answer = std::move(e); });
    world.RunUntil([&] { return answer.has_value(); });
    return *answer;
  }
  absl::StatusOr<Entry> ReadEntry(uint64_t raft_index) {
    absl::optional<absl::StatusOr<Entry>> answer;
    engine->ReadEntry(RaftIndex(raft_index), [&](absl::StatusOr<Entry> e) { answer = std::move(e); });
    world.RunUntil([&] { return answer.has_value(); });
    return *answer;
  }
  absl::Status Flush() {
    absl::optional<absl::Status> answer;
    engine->Flush([&](const absl::Status& s) { answer = s; });
    world.RunUntil([&] { return answer.has_value(); });
    return *answer;
  }
  absl::StatusOr<RaftIndex> Truncate() {
    absl::optional<absl::StatusOr<RaftIndex>> answer;
    engine->TruncateNow([&](absl::StatusOr<RaftIndex> r) { answer = std::move(r); });
    world.RunUntil([&] { return answer.has_value(); });
    return *answer;
  }
  // All that was accepted is durable everywhere and applied.
  void Settle() {
    ASSERT_TRUE(world.RunUntil([&] { return engine->ladder().min_required == engine->ladder().appended.Next(); }))
        << engine->ladder().ToString();
  }
  void Kill() {
    engine.reset();
    world.Kill();
  }
  void PowerLoss(uint64_t keep_permille = 0) {
    engine.reset();
    world.PowerLoss(keep_permille, 0);
  }
  size_t Applied(uint64_t partition) { return ledger.records[partition].size(); }
  const PartitionLadder& At(uint64_t partition) { return engine->ladder().partitions[partition - 1]; }

  MemoryWorld world;
  EngineOptions options;
  Ledger ledger;
  RecoveryReport report;
  absl::Status status;
  std::unique_ptr<Engine> engine;
};

}  // namespace tidemark::tests
