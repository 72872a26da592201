#pragma once

// What an Aof must hold, kept beside a real one: every accepted change in order, and how many of them were
// promised durable. After a death the log must hold what it held after some number of changes, no fewer than
// were promised: nothing acknowledged is lost, nothing is invented, nothing is out of order.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/aof/aof.h"
#include "engine/aof/open_files.h"
#include "tests/support/memory_world.h"

namespace tidemark::aof {

using Content = std::map<uint64_t, std::string>;  // sequence -> payload

class LogModel : public Listener, public Replay {
 public:
  LogModel(uint64_t seed, Options options);
  ~LogModel() override;

  // --- one life ---
  // Opens and compares. `freeze_after`: dies after so many disk operations, if not 0, and false is returned.
  bool Open(uint64_t freeze_after = 0);
  bool is_open() const { return aof_ != nullptr; }
  void Append(uint64_t bytes);
  // So many in one call; each later one is shorter.
  void AppendAll(uint64_t records, uint64_t bytes);
  void Note(uint64_t bytes);
  void Cut(uint64_t records_back);
  void TruncatePrefix(uint64_t records);
  // Forgets all and goes on so many records above first(), or above the end.
  void Restart(uint64_t ahead, bool past_end);
  void Flush();
  // Another log uses its files, and only one may keep them open.
  void UseNeighbour();
  void Read(uint64_t which);
  // Up to so many from there on. The answer comes while the log goes on, and is of what it holds then.
  void ReadLater(uint64_t which, uint64_t count);
  // Every record, so many at a time: reads of several files at once.
  void ReadAll(uint64_t at_once);
  void RunSteps(uint64_t steps);
  // Until everything accepted is durable, or the log is full or poisoned.
  void RunUntilQuiet();

  // --- deaths and damage ---
  void Kill();
  void LosePower(uint64_t keep_permille, uint64_t garbage_permille);
  tests::MemoryWorld& world() { return *world_; }
  Aof& aof() { return *aof_; }

  // The first thing that was wrong; "" while all is well.
  const std::string& wrong() const { return wrong_; }
  uint64_t checked_records() const { return checked_records_; }
  // Over all openings.
  uint64_t skipped_files() const { return skipped_files_; }
  uint64_t found_in_memory() const { return found_in_memory_; }
  // Expects that opening fails only because of what the test did to the disk.
  bool open_may_fail = false;
  absl::Status last_open;
  OpenReport report;

  // Listener
  void OnDurable(Sequence through) override;
  void OnFailed(const absl::Status&) override { failed_ = true; }
  void OnFull(bool) override {}
  std::string HeadNote(Sequence) override { return "head"; }
  void OnRotated(uint64_t, Sequence) override {}
  // Replay
  void OnHeadNote(ByteSpan, Sequence) override { ++head_notes_; }
  void OnRecord(Sequence sequence, ByteSpan payload, Location at) override;
  void OnNote(ByteSpan note, Sequence last) override;
  void OnCut(Sequence new_end) override;
  void OnFloor(Sequence first) override;

 private:
  struct Change {
    uint64_t sequence = 0;  // appended; or, for a cut, the new end
    bool is_cut = false;
    std::string payload;
    bool is_restart = false;  // a cut that leaves nothing
  };
  struct NoteState {
    uint64_t last = 0;  // lowered by cuts
    uint64_t change = 0;
  };

  class Neighbour : public OpenFiles::Owner {
   public:
    bool CloseFiles() override { return true; }
  };

  void Wrong(const std::string& what);
  std::string NextPayload(uint64_t bytes);
  bool Took(const absl::StatusOr<Sequence>& first);
  void Appended(std::string payload);
  void Promise(uint64_t changes) { promised_changes_ = std::max(promised_changes_, changes); }
  static void Apply(const Change& change, Content* content);
  void CheckRecovered();
  void ReadSkipped();
  absl::StatusOr<std::string> ReadNow(uint64_t sequence);
  void CheckNotes();
  void CheckRungs();
  void CheckMemory();

  Options options_;
  std::unique_ptr<tests::MemoryWorld> world_;
  const std::shared_ptr<OpenFiles> open_files_;
  Neighbour neighbour_;
  OpenFiles::Place neighbour_place_;
  std::unique_ptr<Aof> aof_;
  std::string wrong_;
  bool failed_ = false;
  uint64_t next_payload_ = 1;
  uint64_t checked_records_ = 0;
  uint64_t skipped_files_ = 0;
  uint64_t found_in_memory_ = 0;  // durable ones
  uint64_t openings_ = 0;

  Content base_;                            // when this life began
  uint64_t base_end_ = 0;                   // the last record then
  std::vector<Change> changes_;             // since
  uint64_t promised_changes_ = 0;           // of changes_
  Content now_;                             // base_ and all changes_
  std::map<uint64_t, uint64_t> change_of_;  // sequence -> changes_ up to its appending
  uint64_t end_ = 0;                        // the last record of now_
  uint64_t floor_asked_ = 1;
  uint64_t floor_promised_ = 1;
  std::map<std::string, NoteState> notes_;  // accepted

  Content replayed_;
  uint64_t unread_to_ = 0;  // of what was found, the records up to here were not looked at
  std::map<std::string, uint64_t> replayed_notes_;
  uint64_t replayed_floor_ = 1;
  uint64_t head_notes_ = 0;
};

}  // namespace tidemark::aof
