#pragma once

// A store's life told line by line, to hand to the oracles. Each verb says what a correct store would say
// (right raft indices, payload checksums, rungs); a test then tells one thing wrong. Broken() names the oracle.

#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/crc32c.h"
#include "engine/base/random.h"
#include "engine/base/status.h"
#include "engine/segmented_log/entry.h"
#include "fault/plan.h"
#include "scenarios/contract.h"
#include "scenarios/oracles/oracle_set.h"
#include "scenarios/workload/payload.h"
#include "scenarios/workload/record_model.h"
#include "sim/trace.h"

namespace tidemark::scenarios {

inline constexpr NodeId kNode{1};

class Story {
 public:
  // `kind`: a fault that the plan orders once, so that the contract allows for it. It has hit whatever there is.
  explicit Story(std::vector<fault::FaultKind> kinds = {}) : Story(std::move(kinds), Values()) {}
  using Values = std::vector<std::pair<fault::Setting, int64_t>>;
  explicit Story(const Values& settings) : contract_(PlanWith({}, settings)) {}
  Story(std::vector<fault::FaultKind> kinds, const Values& settings) : contract_(PlanWith(kinds, settings)) {
    if (!kinds.empty()) HitAnything();
  }
  // No fault has hit anything yet.
  explicit Story(const fault::Plan& plan) : contract_(plan) {}
  static Values RollsBack() { return {{fault::Setting::kRecoveryPolicy, 1}}; }

  // --- a correct store's life ----------------------------------------------------
  void Start(uint64_t partitions = 2) {
    for (uint64_t p = 1; p <= partitions; ++p) {
      PartitionLadder ladder;
      ladder.partition = PartitionId(p);
      disk_.partitions.push_back(ladder);
      model_.PartitionCreated(PartitionId(p));
    }
    Recover();
  }
  // The client sends, the store takes. Returns the payload.
  std::string Append(uint64_t partition) {
    const std::string payload = Send(partition);
    const Placed placed{++appended_, ++last_[partition], payload};
    records_[{partition, placed.index}] = placed;
    Emit(TraceKind::kAppended, partition, {placed.raft, placed.index, payload.size(), Crc32c(AsBytes(payload))});
    return payload;
  }
  std::string Send(uint64_t partition) {
    const RecordName name{7, ordinal_++};
    std::string payload(24, '\0');
    payloads_.Fill(name, MutableByteSpan(reinterpret_cast<uint8_t*>(payload.data()), payload.size()));
    model_.Sent(PartitionId(partition), name, static_cast<uint32_t>(payload.size()), Crc32c(AsBytes(payload)));
    return payload;
  }
  // Everything appended becomes durable in the log.
  void Durable() { DurableTo(appended_); }
  void DurableTo(uint64_t to) {
    SyncLog(to);
    Commit(to);
  }
  void SyncLog(uint64_t to) {
    Write();
    SyncLog();
    Emit(TraceKind::kDurable, 0, {disk_.durable.value(), to});
    disk_.durable = RaftIndex(to);
  }
  void Commit(uint64_t to) {
    Emit(TraceKind::kCommitted, 0, {disk_.committed.value(), to});
    disk_.committed = RaftIndex(to);
  }
  // What the disk is seen to do for the log's files: `moved` of 100 bytes are written, or it is synced.
  void Write(uint64_t file = 1, uint64_t moved = 100) { OnDisk(sim::kOpWrite, file, moved); }
  // Likewise for a file of the log (0) or of a partition, which is under construction, perhaps: only issued, or
  // answered.
  void Touch(uint64_t op, uint64_t owner, uint64_t file, const std::string& suffix = "aof", bool answered = true,
             uint64_t result = 100) {
    const uint64_t hash = HashName(PathOf(owner, file, suffix));
    set_.OnDisk(kNode, {.kind = static_cast<TraceKind>(sim::kDiskIssued), .partition = {}, .args = {op, hash, 0, 100}});
    if (!answered) return;
    set_.OnDisk(kNode,
                {.kind = static_cast<TraceKind>(sim::kDiskCompleted), .partition = {}, .args = {op, hash, 0, result}});
  }
  // The plan's fault of that id hits a file of the log (0) or of a partition; or something else.
  void Hit(uint64_t owner, uint64_t file = 1, uint64_t fault_id = 0) { Hit(PathOf(owner, file, "aof"), fault_id); }
  void HitAnything() { Hit("spill", 0); }
  void Hit(const std::string& path, uint64_t fault_id) {
    set_.OnFaultHit(
        kNode,
        {.kind = static_cast<TraceKind>(sim::kFaultHit), .partition = {}, .args = {fault_id, HashName(path), 0, 1}});
  }
  void SyncLog() { SyncFile(1); }
  void SyncFile(uint64_t file) { OnDisk(sim::kOpSyncData, file, 0); }
  void Ack(uint64_t partition, uint64_t index) {
    const Placed& placed = records_[{partition, index}];
    Emit(TraceKind::kAcknowledged, partition, {placed.raft, index});
    model_.Acknowledged(PartitionId(partition), *PayloadSource::NameIn(AsBytes(placed.payload)), PartitionIndex(index),
                        RaftIndex(placed.raft));
  }
  void Forward(uint64_t partition, uint64_t index) {
    Emit(TraceKind::kForwarded, partition, {records_[{partition, index}].raft, index, 0});
  }
  void Sync(uint64_t partition, uint64_t index) {
    PartitionLadder& p = disk_.partitions[partition - 1];
    const uint64_t raft = records_[{partition, index}].raft;
    Emit(TraceKind::kPartitionDurable, partition, {p.partition_durable.value(), raft, index});
    p.partition_durable = RaftIndex(raft);
    p.durable_index = PartitionIndex(index);
  }
  void Apply(uint64_t partition, uint64_t index) {
    StartApply(partition, index, records_[{partition, index}].payload);
    EndApply(partition, index);
  }
  void StartApply(uint64_t partition, uint64_t index, const std::string& payload) {
    const uint64_t raft = records_[{partition, index}].raft;
    Emit(TraceKind::kApplyStarted, partition, {raft, index, 0});
    set_.OnApply(StepAt(partition, index, AsBytes(payload)));
  }
  void EndApply(uint64_t partition, uint64_t index, bool ok = true) {
    ApplyStep step = StepAt(partition, index, {});
    step.ok = ok;
    set_.OnApplyDone(step);
    if (!ok) return;
    const uint64_t raft = records_[{partition, index}].raft;
    Emit(TraceKind::kApplied, partition, {raft, index, 0});
    disk_.partitions[partition - 1].applied = RaftIndex(raft);
    disk_.partitions[partition - 1].applied_index = PartitionIndex(index);
  }
  // The machine has a durable snapshot; the file is cut below it.
  void Snapshot(uint64_t partition, uint64_t through) {
    set_.OnSnapshot(kNode, PartitionId(partition), PartitionIndex(through));
  }
  void CutFile(uint64_t partition, uint64_t through) {
    PartitionLadder& p = disk_.partitions[partition - 1];
    Emit(TraceKind::kPartitionTruncated, partition, {p.truncated_index.value(), through});
    p.truncated_index = PartitionIndex(through);
  }
  // The last of the partitions: its drop is accepted, becomes durable, is carried out.
  void DropSent(uint64_t partition) { model_.DropSent(PartitionId(partition)); }
  void Dropped(uint64_t partition) {
    Dropping(partition);
    Drop(partition);
    Removed(partition);
  }
  void Dropping(uint64_t partition) {
    Emit(TraceKind::kAppended, 0, {++appended_, 1, 8, 0});
    Emit(TraceKind::kPartitionDropping, partition, {appended_});
  }
  void Drop(uint64_t partition) {
    Durable();
    Emit(TraceKind::kPartitionDropped, partition, {appended_});
    set_.OnMachineDrop(now_, kNode, PartitionId(partition));
  }
  void Removed(uint64_t partition) {
    Emit(TraceKind::kPartitionRemoved, partition, {appended_});
    disk_.partitions.pop_back();
    last_[partition] = 0;
    std::erase_if(records_, [&](const auto& record) { return record.first.first == partition; });
  }
  // Who asked for the drop of that partition is told that it is done.
  void DropDone(uint64_t partition, uint64_t incarnation = 0) {
    set_.OnDropDone(now_, kNode, PartitionId(partition), incarnation);
  }
  void MachineForgets(uint64_t partition) { set_.OnMachineDrop(now_, kNode, PartitionId(partition)); }
  void CreateAgain(uint64_t partition) {
    model_.CreateSent(PartitionId(partition));
    model_.PartitionCreated(PartitionId(partition));
    disk_.partitions.emplace_back();
    disk_.partitions.back().partition = PartitionId(partition);
  }
  void MinRequired(uint64_t to, uint64_t holder = 0, NeedReason reason = NeedReason::kNone) {
    Emit(TraceKind::kMinRequired, holder, {disk_.min_required.value(), to, static_cast<uint64_t>(reason)});
    disk_.min_required = RaftIndex(to);
  }
  // At the end of an instant the ladder says so.
  void ShowLadder(uint64_t min_required, uint64_t holder, NeedReason reason) {
    Ladder ladder = disk_;
    ladder.min_required = RaftIndex(min_required);
    ladder.holder = PartitionId(holder);
    ladder.reason = reason;
    set_.OnLadder(now_, kNode, ladder);
  }
  bool ladder_is_due() { return set_.ladder_is_due(kNode); }
  // The partition's records up to this index are in the spill.
  void Spill(uint64_t partition, uint64_t raft_index, uint64_t index) {
    Emit(TraceKind::kSpilled, partition, {raft_index, index});
  }
  void Truncate(uint64_t to) {
    Emit(TraceKind::kTruncatedPrefix, 0, {disk_.truncated.value(), to});
    disk_.truncated = RaftIndex(to);
  }
  // A record's whole way: taken, durable, acknowledged, forwarded, synced, applied, no longer needed.
  void Settle(uint64_t partition) {
    Append(partition);
    Durable();
    const uint64_t index = last_[partition];
    Ack(partition, index);
    Forward(partition, index);
    Sync(partition, index);
    Apply(partition, index);
    MinRequired(appended_ + 1);
  }
  void Crash(DownReason reason = DownReason::kPowerLoss) { set_.OnDown(now_, kNode, reason); }
  // The state machines keep nothing over a crash: they want everything again.
  void MachinesForget() {
    for (PartitionLadder& p : disk_.partitions) {
      p.applied = RaftIndex(0);
      p.applied_index = PartitionIndex(0);
    }
  }
  // What is durable comes back, and `survivors` more records of the log that were not.
  void Recover(uint64_t survivors = 0) { RecoverAs(Recovered(survivors)); }
  // The ladder of that recovery.
  Ladder Recovered(uint64_t survivors = 0) const {
    Ladder ladder = disk_;
    ladder.durable = ladder.committed = ladder.appended = RaftIndex(disk_.durable.value() + survivors);
    for (PartitionLadder& p : ladder.partitions) {
      for (const auto& [place, placed] : records_) {
        if (place.first != p.partition.value() || placed.raft > ladder.appended.value()) continue;
        p.appended_index = PartitionIndex(place.second);
        p.appended = RaftIndex(placed.raft);
      }
      p.forwarded = p.partition_durable;
      p.forwarded_index = p.durable_index;
    }
    return ladder;
  }
  void RecoverAs(const Ladder& ladder, const RecoveryReport& report = {}) {
    set_.OnRecovered(now_, kNode, ladder, report);
    disk_ = ladder;
    appended_ = ladder.appended.value();
    for (const PartitionLadder& p : ladder.partitions) {
      last_[p.partition.value()] = p.appended_index.value();
      set_.OnApplyPosition(kNode, p.partition, p.applied_index);
    }
  }
  // In this life a payload may have so many bytes.
  void PayloadLimit(uint64_t bytes) { set_.OnLifeLimits(kNode, {.payload_bytes = bytes}); }
  // In this life there may be so many partitions.
  void PartitionLimit(uint64_t partitions) { set_.OnLifeLimits(kNode, {.partitions = partitions}); }
  void Refuse(ErrorKind kind) { set_.OnRecoveryRefused(now_, kNode, MakeError(kind, "as told")); }

  // --- readers ---------------------------------------------------------------------
  void Read(uint64_t partition, uint64_t index, const std::string& payload) {
    ReadBack read = ReadAt(partition, index);
    read.payload = AsBytes(payload);
    read.committed = disk_.committed;
    set_.OnReadBack(read);
  }
  void ReadFails(uint64_t partition, uint64_t index, ErrorKind kind) {
    ReadBack read = ReadAt(partition, index);
    read.status = MakeError(kind, "as told");
    set_.OnReadBack(read);
  }
  void ReadLogFails(uint64_t raft, ErrorKind kind) {
    ReadBack read{.at = now_,
                  .node = kNode,
                  .from_log = true,
                  .promised = RaftIndex(raft) <= model_.PromisedLog(),
                  .raft_index = RaftIndex(raft),
                  .status = MakeError(kind, "as told"),
                  .truncated = disk_.truncated};
    set_.OnReadBack(read);
  }

  // --- those who wait ----------------------------------------------------------------
  // A barrier over partitions of that incarnation passes.
  void Barrier(const std::vector<PartitionId>& partitions, uint64_t through, uint64_t incarnation = 0) {
    std::vector<AskedPartition> asked;
    for (const PartitionId p : partitions) asked.push_back({p, incarnation});
    set_.OnBarrier(now_, kNode, asked, RaftIndex(through));
  }
  // A follower of the partition from `from` on, who asked for two records, is given these.
  void Followed(uint64_t partition, uint64_t from, const std::vector<uint64_t>& indices) {
    std::vector<Entry> entries;
    for (const uint64_t index : indices) {
      const Placed& placed = records_[{partition, index}];
      entries.push_back({RaftIndex(placed.raft),
                         {Term(1), PartitionId(partition), PartitionIndex(index), RecordKind::kData},
                         placed.payload});
    }
    set_.OnFollowed(now_, kNode, PartitionId(partition), PartitionIndex(from), 2, 1u << 20, entries);
  }
  // A flush that was asked for when the log had taken so much, and one partition's file had been given so much, is
  // done.
  void Flushed(uint64_t appended, uint64_t partition, uint64_t forwarded) {
    const std::pair<PartitionId, PartitionIndex> file{PartitionId(partition), PartitionIndex(forwarded)};
    set_.OnFlushed(now_, kNode, RaftIndex(appended), absl::MakeConstSpan(&file, 1));
  }
  // A truncation, asked for when so much was needed, is answered.
  void TruncatedNow(uint64_t min_required, uint64_t answer) {
    set_.OnTruncated(now_, kNode, RaftIndex(min_required), RaftIndex(answer));
  }
  // The machine answers a snapshot: it has all up to there; 0: it fails.
  void MachineSnapshot(uint64_t partition, uint64_t through) {
    set_.OnMachineSnapshot({.at = now_,
                            .node = kNode,
                            .partition = PartitionId(partition),
                            .ok = through > 0,
                            .through = PartitionIndex(through)});
  }
  // A snapshot that was asked for that long ago, when the partition had applied so much and its file was durable so
  // far, is answered.
  void SnapshotDue(uint64_t partition, Duration ago, uint64_t applied, uint64_t durable) {
    set_.OnSnapshotDue(now_, kNode, PartitionId(partition), now_ - ago, PartitionIndex(applied),
                       PartitionIndex(durable));
  }
  // A call about the first partition, or about none, is answered with an error.
  void CallFails(Call call, const absl::Status& status, bool all_there = true) {
    const PartitionId first(1);
    const bool about_one = call == Call::kSnapshot || call == Call::kBarrier;
    set_.OnCallFailed({.at = now_,
                       .node = kNode,
                       .call = call,
                       .status = status,
                       .asked = now_,
                       .partitions = absl::MakeConstSpan(&first, about_one ? 1 : 0),
                       .all_there = all_there});
  }
  // A place in the log is asked for, for the partition, and is answered at once.
  void Asked(Taking what, uint64_t partition, const absl::Status& status, uint64_t bytes = 24) {
    Answered(what, partition, StandingOf(partition), status, bytes);
  }
  // Records of one call, of so many bytes each.
  void AskedForAll(uint64_t partition, uint64_t records, uint64_t bytes, const absl::Status& status) {
    set_.OnTaken({.at = now_,
                  .node = kNode,
                  .what = Taking::kAppend,
                  .partition = PartitionId(partition),
                  .records = records,
                  .bytes = records * bytes,
                  .longest = bytes,
                  .asked = StandingOf(partition),
                  .status = status});
  }
  Standing StandingOf(uint64_t partition) { return set_.StandingOf(kNode, PartitionId(partition)); }
  void Answered(Taking what, uint64_t partition, const Standing& asked, const absl::Status& status,
                uint64_t bytes = 24) {
    set_.OnTaken({.at = now_,
                  .node = kNode,
                  .what = what,
                  .partition = PartitionId(partition),
                  .bytes = bytes,
                  .longest = bytes,
                  .asked = asked,
                  .status = status});
  }
  void Wait(Duration time) { now_ = now_ + time; }
  void Uses(const DiskUse& use) { set_.OnDiskUse(now_, kNode, use); }

  // --- anything at all ---------------------------------------------------------------
  void Emit(TraceKind kind, uint64_t partition, std::vector<uint64_t> args) {
    TraceEvent event{.kind = kind, .partition = PartitionId(partition), .args = {}};
    for (size_t i = 0; i < args.size(); ++i) event.args[i] = args[i];
    set_.OnEvent(now_, kNode, event);
  }

  RecordModel& model() { return model_; }
  std::string payload(uint64_t partition, uint64_t index) { return records_[{partition, index}].payload; }
  // The id of the first oracle that objected, and what it said; "" for none.
  std::string Broken() const { return violations().empty() ? "" : std::string(violations()[0].oracle); }
  std::string Message() const { return violations().empty() ? "" : violations()[0].message; }
  const std::vector<Violation>& violations() const { return set_.violations().violations(); }

 private:
  struct Placed {
    uint64_t raft = 0;
    uint64_t index = 0;
    std::string payload;
  };
  static fault::Plan PlanWith(const std::vector<fault::FaultKind>& kinds, const Values& settings = {}) {
    fault::Plan plan;
    for (const auto& [setting, value] : settings) plan.settings.Set(setting, value);
    for (const fault::FaultKind kind : kinds) {
      plan.faults.emplace_back();
      plan.faults.back().kind = kind;
    }
    return plan;
  }
  static std::string PathOf(uint64_t owner, uint64_t file, const std::string& suffix) {
    char path[64];
    const size_t length = owner == 0 ? std::snprintf(path, sizeof(path), "log/")
                                     : std::snprintf(path, sizeof(path), "p-%010d/", static_cast<int>(owner));
    std::snprintf(path + length, sizeof(path) - length, "%020d.%s", static_cast<int>(file), suffix.c_str());
    return path;
  }
  ApplyStep StepAt(uint64_t partition, uint64_t index, ByteSpan payload) {
    return {.at = now_,
            .node = kNode,
            .partition = PartitionId(partition),
            .index = PartitionIndex(index),
            .raft_index = RaftIndex(records_[{partition, index}].raft),
            .payload = payload};
  }
  void OnDisk(uint64_t op, uint64_t file, uint64_t moved) {
    const uint64_t path = HashName("log/0000000000000000000" + std::to_string(file) + ".aof");
    for (const uint16_t kind : {sim::kDiskIssued, sim::kDiskCompleted}) {
      const uint64_t bytes = kind == sim::kDiskIssued ? 100 : moved;
      set_.OnDisk(kNode, {.kind = static_cast<TraceKind>(kind), .partition = {}, .args = {op, path, 0, bytes}});
    }
  }
  ReadBack ReadAt(uint64_t partition, uint64_t index) {
    return {.at = now_,
            .node = kNode,
            .promised = PartitionIndex(index) <= model_.Promised(PartitionId(partition)),
            .partition = PartitionId(partition),
            .index = PartitionIndex(index),
            .raft_index = RaftIndex(records_[{partition, index}].raft),
            .truncated = disk_.truncated,
            .partition_truncated = disk_.partitions[partition - 1].truncated_index};
  }

  Instant now_;
  Contract contract_;
  PayloadSource payloads_{42};
  RecordModel model_;
  OracleSet set_{model_, contract_, payloads_};
  Ladder disk_;
  uint64_t appended_ = 0;
  uint32_t ordinal_ = 0;
  std::map<uint64_t, uint64_t> last_;
  std::map<std::pair<uint64_t, uint64_t>, Placed> records_;
};

// Some settled records, so that there is something to lose.
inline Story& Settled(Story& story, int records = 6) {
  story.Start();
  for (int i = 0; i < records; ++i) story.Settle(1 + i % 2);
  return story;
}

// The ladder of a recovery that lost the last record of the log (partition 2's third).
inline Ladder WithoutLast(const Story& story) {
  Ladder ladder = story.Recovered();
  ladder.appended = ladder.durable = ladder.committed = RaftIndex(5);
  ladder.min_required = RaftIndex(6);
  ladder.partitions[1].appended_index = ladder.partitions[1].durable_index = PartitionIndex(2);
  ladder.partitions[1].appended = ladder.partitions[1].partition_durable = RaftIndex(4);
  return ladder;
}

// Two partitions; the first has settled so many records.
inline Story& SettledInOne(Story& story, int records) {
  story.Start();
  for (int i = 0; i < records; ++i) story.Settle(1);
  return story;
}

}  // namespace tidemark::scenarios
