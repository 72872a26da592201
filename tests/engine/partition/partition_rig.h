#pragma once

// A partition's file in a MemoryWorld, with calls that wait: for tests of the file and of its bytes.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "engine/partition/partition_log.h"
#include "tests/support/memory_world.h"

namespace tidemark::tests {

class PartitionRig : public PartitionLog::Listener {
 public:
  PartitionRig() {
    options.store_id = {.high = 5, .low = 6};
    options.log_id = 7;
    options.directory = PartitionLog::DirectoryOf(PartitionId(7));
    options.mode = aof::Options::Mode::kCreateIfMissing;
    options.segment_bytes = 8192;
    options.block_bytes = 512;
    options.max_record_bytes = 1000;
    options.max_batch_bytes = 2048;
    options.max_head_note_bytes = 256;
  }
  ~PartitionRig() override {
    log.reset();
    world->Kill();
  }

  absl::Status Open() {
    log.reset();
    absl::Status result = absl::UnknownError("opening did not finish");
    bool done = false;
    PartitionLog::Open(world->env(), options, [&](absl::StatusOr<PartitionLog::Opened> opened) {
      done = true;
      result = opened.status();
      if (!opened.ok()) return;
      log = std::move(opened->log);
      report = opened->report;
      log->SetListener(*this, kSlot);
    });
    world->RunUntil([&] { return done; });
    return result;
  }
  absl::Status Forward(uint64_t index, uint64_t raft_index, const std::string& payload, uint64_t term = 1) {
    return log->Forward(PartitionIndex(index), {RaftIndex(raft_index), Term(term), RecordKind::kData},
                        AsBytes(payload));
  }
  absl::Status Flush() {
    return Wait([this](DiskDone done) { log->Flush(std::move(done)); });
  }
  absl::Status CutBack(uint64_t new_end) {
    return Wait([this, new_end](DiskDone done) { log->CutBack(PartitionIndex(new_end), std::move(done)); });
  }
  absl::StatusOr<std::vector<Entry>> Entries(uint64_t from, uint64_t count) {
    absl::StatusOr<std::vector<Entry>> result = absl::UnknownError("reading did not finish");
    bool done = false;
    log->Entries(PartitionIndex(from), count, 1u << 20, [&](absl::StatusOr<std::vector<Entry>> entries) {
      result = std::move(entries);
      done = true;
    });
    world->RunUntil([&] { return done; });
    return result;
  }
  void LosePower(uint64_t keep_permille = 500, uint64_t garbage_permille = 200) {
    log.reset();
    world->PowerLoss(keep_permille, garbage_permille);
  }

  void OnPartitionDurable(size_t slot, PartitionIndex through) override {
    heard_slot = slot;
    durable = through;
  }
  void OnPartitionFailed(size_t, const absl::Status& why) override { failures.push_back(why); }
  void OnPartitionFull(size_t, bool) override {}
  Checkpoint CheckpointOf(size_t) override { return checkpoint; }

  static constexpr size_t kSlot = 3;
  std::unique_ptr<MemoryWorld> world = std::make_unique<MemoryWorld>();
  aof::Options options;
  std::unique_ptr<PartitionLog> log;
  aof::OpenReport report;
  size_t heard_slot = 0;
  PartitionIndex durable;
  std::vector<absl::Status> failures;
  Checkpoint checkpoint;

 private:
  template <typename Call>
  absl::Status Wait(Call call) {
    auto result = std::make_shared<absl::Status>(absl::UnknownError("did not finish"));
    auto done = std::make_shared<bool>(false);
    call([result, done](absl::Status status) {
      *result = std::move(status);
      *done = true;
    });
    world->RunUntil([done] { return *done; });
    return *result;
  }
};

}  // namespace tidemark::tests
