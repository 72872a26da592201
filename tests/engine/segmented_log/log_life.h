#pragma once

// A segmented log beside a naive model of it: a list of changes, each carried out on a map, and how many of them were
// promised durable. After a death the log must hold what some number of changes make, no fewer than promised.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "engine/segmented_log/segmented_log.h"
#include "engine/segmented_log/verdict_range.h"
#include "tests/support/memory_world.h"

namespace tidemark::tests {

class LogLife : public LogListener, public LogVisitor {
 public:
  explicit LogLife(uint64_t seed, aof::Options options);
  ~LogLife() override;

  // --- the log's calls, with arguments made from any numbers ---
  void Append(uint64_t bytes);
  void Create();
  void Drop(uint64_t which);
  void Overwrite(uint64_t back, uint64_t entries);
  void Cut(uint64_t back);
  void TruncatePrefix(uint64_t records);
  // A snapshot within the log, of a record that the log has otherwise, or beyond its end.
  void Compact(uint64_t which, uint64_t ahead);
  void Pack(uint64_t from, uint64_t max_bytes);
  void ApplyPack(uint64_t back, uint64_t entries);
  void Read(uint64_t from, uint64_t max_records);
  // Judged when the answer comes, be that after the next calls.
  void Judge(uint64_t from, uint64_t records);
  void Commit(uint64_t records);
  void Flush();
  void RunSteps(uint64_t steps);

  // --- death and birth ---
  void Kill();
  void LosePower(uint64_t keep_permille, uint64_t garbage_permille);
  // False: it died again, after so many operations if that is not 0, or could not.
  bool Open(uint64_t freeze_after = 0);
  bool is_open() const { return log_ != nullptr; }
  SegmentedLog& log() { return *log_; }
  MemoryWorld& world() { return *world_; }
  const absl::Status& last_open() const { return last_open_; }

  // The first thing that was wrong; "" while all is well.
  const std::string& wrong() const { return wrong_; }
  // What was looked at, so that a test can see that it was not idle.
  struct Seen {
    uint64_t records = 0, packs = 0, restarts = 0, overwrites = 0, notes = 0, openings = 0, verdicts = 0;
  };
  const Seen& seen() const { return seen_; }

  // LogListener
  void OnLogDurable(RaftIndex through) override;
  void OnLogFailed(const absl::Status&) override {}
  void OnLogFull(bool) override {}
  std::vector<RosterEntry> RosterAt(RaftIndex base) override;
  // LogVisitor
  absl::Status OnHeadNote(const HeadNote& note, RaftIndex base) override;
  absl::Status OnEntry(RaftIndex index, const EntryView& entry) override;
  void OnCut(RaftIndex new_end) override;
  void OnFloor(RaftIndex first) override;

 private:
  // All records since the log began, or began anew; those below the floor too.
  struct Content {
    uint64_t begin = 1;
    std::vector<RosterEntry> roster;  // as of `begin`
    std::map<uint64_t, Entry> records;
    uint64_t last() const { return records.empty() ? begin - 1 : records.rbegin()->first; }
    std::vector<RosterEntry> RosterAt(uint64_t base) const;
    friend bool operator==(const Content&, const Content&) = default;
  };
  enum class Kind { kAppend, kCut, kRestart };
  struct Change {
    Kind kind = Kind::kAppend;
    uint64_t index = 0;  // of the record; the new end; the new first
    Entry entry;
    std::vector<RosterEntry> roster;
  };

  void Wrong(const std::string& what);
  void Make(Change change);
  void Control(RecordKind kind, PartitionId partition);
  static void Carry(const Change& change, Content* content);
  EntryHeader NextHeader(PartitionId partition, RecordKind kind, uint64_t term) const;
  std::pair<EntryHeader, std::string> NewRecord(uint64_t bytes, uint64_t term) const;
  bool IsRefusalFair(const absl::Status& status) const;
  bool IsDroppedBeforeItsNextRecord(PartitionId partition, uint64_t from) const;
  void CheckVerdicts(uint64_t from, uint64_t to, const std::vector<VerdictRange>& ranges);
  bool IsRosterAt(uint64_t from, std::vector<RosterEntry> told) const;
  void CheckLog();
  void CheckRecovered();
  void CheckJoiner(const std::string& pack, uint64_t from, uint64_t last);
  uint64_t floor() const { return log_->first().value(); }

  const aof::Options options_;
  std::unique_ptr<MemoryWorld> world_;
  std::unique_ptr<SegmentedLog> log_;
  std::string wrong_;
  Seen seen_;
  absl::Status last_open_;

  Content base_;                 // when this life began
  std::vector<Change> changes_;  // since
  uint64_t promised_ = 0;        // of changes_
  Content now_;
  std::map<uint64_t, uint64_t> change_of_;
  uint64_t term_ = 1;
  uint64_t committed_ = 0;
  uint64_t floor_asked_ = 1;
  uint64_t floor_promised_ = 1;
  uint64_t payloads_ = 0;

  Content visited_;
  bool noted_ = false;
  uint64_t visited_floor_ = 1;
  bool torn_ = false;  // this life began with a torn tail, and nothing before it was given up since
};

}  // namespace tidemark::tests
