#include "scenarios/oracles/file_bounds.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/node/recovery_report.h"

namespace tidemark::scenarios {
namespace {

// The file of the first record, and the last one.
constexpr uint64_t kSegments = 2;
// One made ahead, or a spare that is to replace the other; and the spare.
constexpr uint64_t kOthers = 2;
// A file is left where the next batch, of up to half a file, does not fit, and its head takes up to an eighth.
constexpr uint64_t kSpread = 3;
// The spill keeps as much that is dead as all that is live.
constexpr uint64_t kSpillSpread = 2 * kSpread;

template <typename Id>
Id Find(const absl::btree_map<PartitionId, Id>& of, PartitionId partition) {
  const auto found = of.find(partition);
  return found == of.end() ? Id() : found->second;
}

}  // namespace

struct FileBounds::Judging {
  NodeId node;
  const DiskUse& use;
  const Rungs& rungs;
  const RecordModel& model;
  const Contract& contract;
  std::vector<TooMuch>& found;

  const FileLimits& limits() const { return contract.file_limits(); }
  // The partition's records from `from` to `through`, as files take them.
  uint64_t Content(PartitionId partition, PartitionIndex from, PartitionIndex through) const {
    uint64_t bytes = 0;
    for (PartitionIndex i = std::max(from, PartitionIndex(1)); i <= through; i = i.Next()) {
      const ModelRecord* record = model.At(partition, i);
      bytes += limits().record_overhead_bytes + (record == nullptr ? 0 : record->bytes);
    }
    return bytes;
  }
  uint64_t LogContent(RaftIndex from) const {
    uint64_t bytes = 0;
    for (RaftIndex i = from; i <= rungs.appended(); i = i.Next()) {
      const ModelRecord* record = model.RecordInLog(i);
      bytes += limits().record_overhead_bytes + (record == nullptr ? 0 : record->bytes);
    }
    return bytes;
  }
  void CheckBytes(PartitionId partition, absl::string_view what, const DiskUse::Files& files, uint64_t limit,
                  uint64_t file_bytes) const {
    if (files.segment_bytes > limit) {
      found.push_back({partition, absl::StrCat("after all is done ", what, " takes ", files.segment_bytes,
                                               " bytes of the disk; its records and limits allow ", limit)});
    }
    if (files.other_bytes > kOthers * file_bytes) {
      found.push_back({partition, absl::StrCat("after all is done ", what, " has spares and files in the making of ",
                                               files.other_bytes, " bytes; its limits allow ", kOthers * file_bytes)});
    }
  }
  void CheckDead(PartitionId partition, absl::string_view what, const DiskUse::Files& files, const Bases& bases,
                 uint64_t first) const {
    for (const uint64_t id : files.file_ids) {
      for (auto later = bases.upper_bound(id); later != bases.end(); ++later) {
        if (later->second > first) continue;
        found.push_back({partition, absl::StrCat("after all is done ", what, " still has its file ", id,
                                                 ", although its file ", later->first, " begins at record ",
                                                 later->second, " and nobody needs one below ", first)});
        return;
      }
    }
  }
};

// --- what happens --------------------------------------------------------------------------------------------

void FileBounds::OnEvent(const TraceEvent& event) {
  switch (event.kind) {
    case TraceKind::kRotated: {
      Bases& bases = bases_[event.partition];
      bases.erase(bases.lower_bound(event.args[0]), bases.end());
      bases[event.args[0]] = event.args[1];
      return;
    }
    case TraceKind::kSpilled: spilled_[event.partition] = PartitionIndex(event.args[1]); return;
    case TraceKind::kPartitionDropped:
    case TraceKind::kPartitionRemoved: return ForgetPartition(event.partition);
    default: return;
  }
}

void FileBounds::ForgetPartition(PartitionId partition) {
  bases_.erase(partition);
  cuts_.erase(partition);
  spilled_.erase(partition);
  kept_.erase(partition);
}

void FileBounds::OnDown(DownReason reason, const RecordModel& model) {
  cuts_.clear();
  spilled_.clear();
  if (reason == DownReason::kDiskLost) {
    bases_.clear();
    kept_.clear();
  }
  End& end = ends_.emplace_back();
  end.log = model.LastLog();
  for (PartitionId id(1); id.value() <= model.partitions(); id = id.Next()) end.partitions.push_back(model.Last(id));
}

// Files that a recovery did not find are not there: others may take their numbers, and nobody tells where the first
// one of a log begins.
void FileBounds::OnRecovered(const Ladder& ladder, const RecoveryReport& report) {
  absl::btree_map<PartitionId, Bases> before = std::exchange(bases_, {});
  const auto keep = [&](PartitionId id, uint64_t last_file_id) {
    const auto found = before.find(id);
    if (found == before.end()) return;
    found->second.erase(found->second.upper_bound(last_file_id), found->second.end());
    bases_.insert(*found);
  };
  keep(kSystemPartition, report.log.last_file_id);
  for (const PartitionRecovery& p : report.partitions) keep(p.partition, p.file.last_file_id);
  for (const PartitionLadder& p : ladder.partitions) spilled_[p.partition] = p.spilled_index;
}

void FileBounds::OnMachineSnapshot(const MachineSnapshot& s, const Rungs& rungs) {
  if (!s.ok) return;
  const PartitionRungs& p = rungs.partition(s.partition);
  const PartitionIndex first = std::min({s.through, p.applied.index, p.durable.index});
  cuts_[s.partition] = {std::max(first, Find(cuts_, s.partition).first), p.forwarded.index};
}

// --- what is too much -------------------------------------------------------------------------------------------

std::vector<TooMuch> FileBounds::Check(NodeId node, const DiskUse& use, const Rungs& rungs, const RecordModel& model,
                                       const Contract& contract) const {
  std::vector<TooMuch> found;
  const Judging j{node, use, rungs, model, contract, found};
  CheckLog(j);
  for (const auto& [partition, files] : use.partitions) {
    if (rungs.partition(partition).known) CheckPartition(j, partition, files);
  }
  CheckSpill(j);
  return found;
}

// Where the log truncates itself, a partition that does not apply lets go of what is beyond hold_records.
void FileBounds::CheckLog(const Judging& j) const {
  RaftIndex first = j.rungs.truncated().Next();
  if (j.limits().log_truncates_itself) {
    const uint64_t last = j.rungs.appended().value();
    first = std::max({first, j.rungs.min_required(), RaftIndex(last - std::min(last, j.limits().hold_records) + 1)});
  }
  j.CheckDead(kSystemPartition, "the log", j.use.log, Find(bases_, kSystemPartition), first.value());
  const uint64_t ends = std::count_if(ends_.begin(), ends_.end(), [&](const End& end) { return end.log >= first; });
  const uint64_t file = j.limits().log_segment_bytes;
  j.CheckBytes(kSystemPartition, "the log", j.use.log, (kSegments + ends) * file + kSpread * j.LogContent(first), file);
}

void FileBounds::CheckPartition(const Judging& j, PartitionId partition, const DiskUse::Files& files) const {
  const std::string what = absl::StrCat("the file of ", partition.ToString());
  const PartitionIndex first = std::max(j.rungs.partition(partition).truncated.Next(), Find(cuts_, partition).first);
  j.CheckDead(partition, what, files, Find(bases_, partition), first.value());
  j.CheckBytes(partition, what, files,
               std::min(RoomFor(j, partition, first, j.rungs.partition(partition).appended.index, files.segment_bytes),
                        Grown(j, partition, files.segment_bytes)),
               j.limits().partition_segment_bytes);
}

uint64_t FileBounds::RoomFor(const Judging& j, PartitionId partition, PartitionIndex from, PartitionIndex through,
                             uint64_t used) const {
  const uint64_t ends = std::count_if(ends_.begin(), ends_.end(), [&](const End& end) {
    return partition.value() <= end.partitions.size() && end.partitions[partition.value() - 1] >= from;
  });
  const uint64_t room = (kSegments + ends) * j.limits().partition_segment_bytes;
  return room >= used ? room : room + kSpread * j.Content(partition, from, through);
}

// A file that has grown by snapshot_bytes since the last snapshot has asked for the next one; the first of a life takes
// all of it for grown. A machine that is stuck for ever answers none.
uint64_t FileBounds::Grown(const Judging& j, PartitionId partition, uint64_t used) const {
  const uint64_t snapshot = j.limits().snapshot_bytes;
  if (snapshot == 0) return Limits::kNone;
  if (j.contract.IsStuck(j.node, partition)) {
    return 3 * snapshot + j.limits().backlog_bytes +
           RoomFor(j, partition, Find(kept_, partition).Next(), j.rungs.partition(partition).appended.index, used);
  }
  const auto cut = cuts_.find(partition);
  if (cut == cuts_.end()) return snapshot;
  return snapshot + RoomFor(j, partition, cut->second.first, cut->second.forwarded, used);
}

void FileBounds::CheckSpill(const Judging& j) const {
  uint64_t live = 0;
  for (const auto& [partition, through] : spilled_) {
    if (j.rungs.partition(partition).known)
      live += j.Content(partition, j.rungs.partition(partition).durable.index.Next(), through);
  }
  const uint64_t ends = live > 0 ? ends_.size() : 0;
  const uint64_t file = j.limits().partition_segment_bytes;
  j.CheckBytes(kSystemPartition, "the spill", j.use.spill, (kSegments + ends) * file + kSpillSpread * live, file);
}

}  // namespace tidemark::scenarios
