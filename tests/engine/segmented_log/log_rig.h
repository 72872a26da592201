#pragma once

// A segmented log in a MemoryWorld, with calls that wait: for tests of the log and of its bytes.

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "engine/segmented_log/segmented_log.h"
#include "tests/support/memory_world.h"

namespace tidemark::tests {

class LogRig : public LogListener, public LogVisitor {
 public:
  LogRig() {
    options.store_id = {.high = 5, .low = 6};
    options.log_id = 0;
    options.directory = "log";
    options.mode = aof::Options::Mode::kCreateIfMissing;
    options.segment_bytes = 8192;
    options.block_bytes = 512;
    options.max_record_bytes = 1000;
    options.max_batch_bytes = 2048;
    options.max_head_note_bytes = 256;
    options.recent_bytes = 4096;
  }
  ~LogRig() override {
    log.reset();
    world->Kill();
  }

  absl::Status Open() {
    log.reset();
    visited.clear();
    head_notes.clear();
    durable = RaftIndex(0);
    absl::Status result = absl::UnknownError("opening did not finish");
    bool done = false;
    SegmentedLog::Open(world->env(), options, *this, *this, [&](absl::StatusOr<SegmentedLog::Opened> opened) {
      done = true;
      result = opened.status();
      if (!opened.ok()) return;
      log = std::move(opened->log);
      report = opened->report;
    });
    world->RunUntil([&] { return done; });
    return result;
  }
  // A client's record: the partition's next one.
  absl::StatusOr<RaftIndex> Append(uint64_t partition, const std::string& payload, uint64_t term = 1) {
    PartitionIndex& index = next_index[partition];
    absl::StatusOr<RaftIndex> taken =
        log->Append({Term(term), PartitionId(partition), index.Next(), RecordKind::kData}, AsBytes(payload));
    if (taken.ok()) index = index.Next();
    return taken;
  }
  absl::Status Flush() {
    return Wait([this](DiskDone done) { log->Flush(std::move(done)); });
  }
  absl::Status TruncatePrefix(uint64_t first) {
    return Wait([this, first](DiskDone done) { log->TruncatePrefix(RaftIndex(first), std::move(done)); });
  }
  absl::StatusOr<Entry> EntryAt(uint64_t index) {
    absl::StatusOr<Entry> result = absl::UnknownError("reading did not finish");
    bool done = false;
    log->EntryAt(RaftIndex(index), [&](absl::StatusOr<Entry> entry) {
      result = std::move(entry);
      done = true;
    });
    world->RunUntil([&] { return done; });
    return result;
  }
  void LosePower(uint64_t keep_permille = 500, uint64_t garbage_permille = 200) {
    log.reset();
    world->PowerLoss(keep_permille, garbage_permille);
  }

  // LogListener
  void OnLogDurable(RaftIndex through) override { durable = through; }
  void OnLogFailed(const absl::Status& why) override { failures.push_back(why); }
  void OnLogFull(bool) override {}
  std::vector<RosterEntry> RosterAt(RaftIndex) override { return roster; }
  // LogVisitor
  absl::Status OnHeadNote(const HeadNote& note, RaftIndex base) override {
    head_notes.push_back({base, note});
    return visit_answer;
  }
  absl::Status OnEntry(RaftIndex index, const EntryView& entry) override {
    visited[index.value()] = {index, entry.header, std::string(AsText(entry.payload))};
    return visit_answer;
  }
  void OnCut(RaftIndex new_end) override { visited.erase(visited.upper_bound(new_end.value()), visited.end()); }
  void OnFloor(RaftIndex first) override { visited.erase(visited.begin(), visited.lower_bound(first.value())); }

  std::unique_ptr<MemoryWorld> world = std::make_unique<MemoryWorld>();
  aof::Options options;
  std::unique_ptr<SegmentedLog> log;
  aof::OpenReport report;
  std::map<uint64_t, Entry> visited;
  std::vector<std::pair<RaftIndex, HeadNote>> head_notes;
  absl::Status visit_answer;
  std::vector<RosterEntry> roster;
  std::map<uint64_t, PartitionIndex> next_index;  // of the last record appended
  RaftIndex durable;
  std::vector<absl::Status> failures;

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
