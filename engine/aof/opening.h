#pragma once

// Opens the directory of an Aof: finds what counts, makes it durable, removes what does not count.
//
//   List        segment files, spare, files under construction (removed); SyncNames
//   Create      or, where there is a log:
//   OpenLast    the last file's header; ProbeFloor its batches if it seems to need an earlier file: where is the floor?
//   WalkBack    headers back to the file that holds the floor. One missing on the way: kLostRecords
//   Skip        unless Options::scan_sealed, the files before the one that holds the last record stay unread
//   ScanAll     those files in order, to the owner's Replay; promised damage: put back (gap_mender.h), or kCorruption
//   Settle      writes the unproven tail again (tail_repair.h)
//   RemoveDead  files below the floor
//
// Whenever it stops, by an error or a crash, opening again finds the same records: nothing is overwritten but what is
// damaged, a file is removed only once the floor above it is durable.

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/aof/listener.h"
#include "engine/aof/log_state.h"
#include "engine/aof/options.h"
#include "engine/aof/replay.h"
#include "engine/aof/report.h"
#include "engine/aof/scanner.h"
#include "engine/aof/tail_repair.h"
#include "engine/env/env.h"

namespace tidemark::aof {

class Opening : public std::enable_shared_from_this<Opening> {
 public:
  // A state exactly when the report is OK.
  using Done = absl::AnyInvocable<void(absl::StatusOr<OpenReport>, std::unique_ptr<LogState>)>;

  // Held by a shared_ptr; its callbacks keep it alive until `done` has run.
  Opening(const Env& env, Options options, Replay& replay, Listener& listener, Done done)
      : env_(env), options_(std::move(options)), replay_(&replay), listener_(listener), done_(std::move(done)) {}
  void Start();

 private:
  struct OpenFileState {
    std::shared_ptr<File> file;  // null: its header is all that is read of it
    FileHeader header;
  };

  template <typename Result>
  absl::AnyInvocable<void(Result)> Then(void (Opening::*step)(Result)) {
    return [self = shared_from_this(), step](Result result) { (self.get()->*step)(std::move(result)); };
  }

  void OnListed(absl::StatusOr<std::vector<DirectoryEntry>> entries);
  void RemoveNext(absl::Status status);
  void OnDirectoryMade(absl::Status status);
  void SyncParent();
  void Create(absl::Status status);
  void OnSpareMade(absl::Status status);
  void MakeFirstFile();
  void OnFirstFileMade(absl::StatusOr<std::shared_ptr<File>> file);
  void MeasureSpare();
  void OnSpareOpened(absl::StatusOr<std::unique_ptr<File>> spare);
  void OnSpareMeasured(absl::StatusOr<uint64_t> size);
  void SyncNames();
  void OpenLast(absl::Status status);
  void OpenFile(uint64_t id);
  void OnFileOpened(absl::StatusOr<std::unique_ptr<File>> file);
  void OnHeader(absl::StatusOr<FileHeader> header);
  void ProbeFloor();
  void Probe(uint64_t from, Sequence last);
  void OnProbed(absl::Status status);
  void WalkBack();
  bool MaySkipOldest() const;
  bool Skip();
  bool CheckEnd(const FileHeader& header, uint64_t end);
  void ScanAll();
  void ScanNext();
  void Scan();
  void CutTo(Sequence new_end);
  void TakeBatch(const BatchView& batch);
  void OnScanned(absl::Status status);
  void OnDamage(absl::Status damage);
  void OnMended(absl::Status damage, absl::Status mended);
  void Settle();
  void OnRepaired(absl::StatusOr<Repaired> repaired);
  void RemoveDead();
  void SyncRemoved();
  void OnRemovedSynced(absl::Status status);
  void Serve();
  std::string HeadNote(Sequence base);
  void Trace(TraceKind kind, uint64_t a, uint64_t b = 0, uint64_t c = 0, uint64_t d = 0);
  void FailAt(uint64_t file_id, const absl::Status& status);
  void Fail(const absl::Status& status);
  void Finish(const absl::Status& status);

  const Env env_;
  const Options options_;
  Replay* const replay_;
  Listener& listener_;
  Done done_;

  std::vector<uint64_t> ids_;           // of segment files in the directory, ascending
  std::vector<std::string> to_remove_;  // names
  void (Opening::*then_)() = nullptr;   // after to_remove_
  uint64_t opening_id_ = 0;
  std::deque<OpenFileState> files_;  // the ones needed and not yet scanned or skipped, oldest first
  std::shared_ptr<Scanner> scanner_;
  uint64_t scan_limit_ = 0;    // of the file that is being scanned
  bool scan_sealed_ = false;   // likewise
  uint64_t mended_to_ = 0;     // likewise: up to here damage was put back
  absl::Status probe_damage_;  // the first of the last file, found while looking for the floor
  Sequence probed_last_;       // the log's last record, as found then
  Tail tail_;
  LogState state_;
  OpenReport report_;
};

}  // namespace tidemark::aof
