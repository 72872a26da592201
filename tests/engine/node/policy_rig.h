#pragma once

// A store that lives, dies at a chosen disk operation, and comes back under either policy: what its clients were told
// is compared with what it has. The state machine keeps what it applied, so a record that was applied and taken back
// shows.

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/engine/node/engine_fixture.h"

namespace tidemark::tests {

class PolicyRig {
 public:
  using Policy = EngineOptions::Recovery;

  explicit PolicyRig(Policy policy) {
    options.store_id = {1, 2};
    options.log_segment_bytes = 64u << 10;
    options.partition_segment_bytes = 64u << 10;
    options.block_bytes = 512;
    options.max_payload_bytes = 4096;
    options.recovery = policy;
    options.mode = EngineOptions::Mode::kCreate;
  }

  // --- lives ---
  // The error, or kNone. kPoisoned: the world froze on the way.
  ErrorKind Recover() {
    engine.reset();
    bool done = false;
    Engine::Recover(world->env(), options, ledger, [&](Engine::RecoverOutcome outcome) {
      done = true;
      report = outcome.report;
      status = outcome.engine.status();
      if (outcome.engine.ok()) engine = *std::move(outcome.engine);
    });
    world->RunUntil([&] { return done; });
    options.mode = EngineOptions::Mode::kExisting;
    return done ? KindOf(status) : ErrorKind::kPoisoned;
  }
  void PowerLoss(uint64_t keep_permille) {
    engine.reset();
    waiting = 0;
    world->FreezeAtOperation(0);
    world->PowerLoss(keep_permille, 0);
  }
  // Stands still with the disk operation that is `operations` from now.
  void FreezeAfter(uint64_t operations) { world->FreezeAtOperation(world->operations() + operations); }
  bool Run() {
    return world->RunUntil([&] { return waiting == 0; });
  }
  bool Settle() {
    return world->RunUntil([&] { return engine->ladder().min_required == engine->ladder().appended.Next(); });
  }

  // --- clients ---
  void Append(uint64_t partition, size_t bytes = 20) {
    NamePayload(partition, bytes);
    ++waiting;
    engine->Append(PartitionId(partition), AsBytes(sent[partition].back()),
                   [this, partition](absl::StatusOr<AppendResult> result) {
                     --waiting;
                     if (result.ok()) OnAcknowledged(partition, result->partition_index.value());
                   });
  }
  void AppendBatch(uint64_t partition, size_t records, size_t bytes = 20) {
    std::vector<std::string>& all = sent[partition];
    for (size_t i = 0; i < records; ++i) NamePayload(partition, bytes);
    std::vector<ByteSpan> payloads;
    for (size_t i = all.size() - records; i < all.size(); ++i) payloads.push_back(AsBytes(all[i]));
    ++waiting;
    engine->AppendBatch(PartitionId(partition), payloads, [this, partition](absl::StatusOr<AppendBatchResult> result) {
      --waiting;
      if (result.ok()) OnAcknowledged(partition, result->first_partition_index.value() + result->records - 1);
    });
  }
  void Create(uint64_t partition) {
    ++waiting;
    engine->CreatePartition(PartitionId(partition), [this, partition](const absl::Status& answer) {
      --waiting;
      if (answer.ok()) alive.insert(partition);
    });
  }
  // Nobody knows from here on, until it is answered, whether the partition is there.
  void Drop(uint64_t partition) {
    dropping.insert(partition);
    alive.erase(partition);
    acked.erase(partition);
    ++waiting;
    engine->DropPartition(PartitionId(partition), [this, partition](const absl::Status& answer) {
      --waiting;
      if (answer.ok()) dropped.insert(partition);
    });
  }
  std::string Read(uint64_t partition, uint64_t index) {
    std::string payload = "no answer";
    bool done = false;
    engine->Read(PartitionId(partition), PartitionIndex(index), [&](absl::StatusOr<Entry> entry) {
      done = true;
      payload = entry.ok() ? entry->payload : entry.status().ToString();
    });
    world->RunUntil([&] { return done; });
    return payload;
  }

  // --- what must hold after a recovery ---
  const PartitionLadder* At(uint64_t partition) const {
    for (const PartitionLadder& p : engine->ladder().partitions) {
      if (p.partition == PartitionId(partition) && !p.dropped) return &p;
    }
    return nullptr;
  }
  void CheckPromises() {
    for (const auto& [partition, through] : acked) {
      ASSERT_NE(At(partition), nullptr) << "p" << partition << " is gone";
      EXPECT_GE(At(partition)->appended_index, PartitionIndex(through)) << "p" << partition << " lost records";
    }
    for (uint64_t partition : alive) EXPECT_TRUE(engine->HasPartition(PartitionId(partition))) << "p" << partition;
    for (uint64_t partition : dropped) EXPECT_FALSE(engine->HasPartition(PartitionId(partition))) << "p" << partition;
  }
  // All that is there is what was sent, in that order, applied once.
  void CheckContent() {
    ASSERT_TRUE(Settle()) << engine->ladder().ToString();
    for (const PartitionLadder& p : engine->ladder().partitions) {
      if (p.dropped) continue;
      const uint64_t id = p.partition.value();
      std::vector<std::string> expected = sent[id];
      ASSERT_LE(p.appended_index.value(), expected.size());
      expected.resize(p.appended_index.value());
      EXPECT_EQ(ledger.records[id], expected) << "p" << id;
      for (uint64_t i = 1; i <= expected.size(); ++i) EXPECT_EQ(Read(id, i), expected[i - 1]);
      sent[id] = expected;  // what did not stay never was
    }
  }

  void NamePayload(uint64_t partition, size_t bytes) {
    std::string payload = std::to_string(partition) + "/" + std::to_string(sent[partition].size() + 1) + " ";
    payload.resize(std::max(bytes, payload.size()), 'x');
    sent[partition].push_back(std::move(payload));
  }
  void OnAcknowledged(uint64_t partition, uint64_t through) {
    if (dropping.count(partition) == 0) acked[partition] = std::max(acked[partition], through);
  }

  std::unique_ptr<MemoryWorld> world = std::make_unique<MemoryWorld>();
  EngineOptions options;
  Ledger ledger;
  RecoveryReport report;
  absl::Status status;
  std::unique_ptr<Engine> engine;
  uint64_t waiting = 0;
  std::map<uint64_t, std::vector<std::string>> sent;  // of each partition
  std::map<uint64_t, uint64_t> acked;                 // the highest index
  std::set<uint64_t> alive;                           // creations that were answered
  std::set<uint64_t> dropping;
  std::set<uint64_t> dropped;  // drops that were answered
};

}  // namespace tidemark::tests
