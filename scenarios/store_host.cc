#include "scenarios/store_host.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/status.h"
#include "scenarios/store_options.h"
#include "scenarios/store_process.h"

namespace tidemark::scenarios {
namespace {

// The head of a file of the log repeats the names of all partitions, in an eighth of the file or a mebibyte.
LifeLimits LifeLimitsOf(const EngineOptions& options) {
  const uint64_t room = std::min<uint64_t>(options.log_segment_bytes / 128 - 3, 65'533);
  return {.payload_bytes = options.max_payload_bytes, .partitions = std::min<uint64_t>(options.max_partitions, room)};
}

constexpr uint16_t Number(TraceKind kind) { return static_cast<uint16_t>(kind); }

}  // namespace

StoreHost::StoreHost(const fault::Plan& plan, NodeId node, const Contract& contract, const PayloadSource& payloads,
                     RareStateWatch& watch, sim::Scheduler& scheduler)
    : plan_(plan),
      node_(node),
      contract_(contract),
      watch_(watch),
      scheduler_(scheduler),
      oracles_(model_, contract, payloads),
      machine_(node, plan.seed, plan.settings.DurationOf(fault::Setting::kApplyLatency), scheduler, oracles_),
      job_context_{plan, node, payloads, model_, oracles_},
      client_(job_context_, watch, scheduler) {}

StoreHost::~StoreHost() = default;

// --- the node's lives -----------------------------------------------------------------------------------

std::unique_ptr<sim::Process> StoreHost::StartProcess(sim::ProcessContext context) {
  machine_.Attach(context.env.executor, context.lag);
  ++starts_;
  auto process = std::make_unique<StoreProcess>(std::move(context), *this);
  process_ = process.get();
  return process;
}

void StoreHost::OnTrace(const sim::TraceRecord& record) {
  const TraceEvent& event = record.event;
  if (event.kind < TraceKind::kFirstSimulatorKind) {
    if (event.kind == TraceKind::kAppended) machine_.Prefetch(event.partition);
    oracles_.OnEvent(record.time, node_, event);
    if (event.kind == TraceKind::kRefused) client_.OnRefusedEvent(event.partition);
    if (event.kind == TraceKind::kPoisoned && process_ != nullptr) process_->OnFailed(event.partition);
    if (event.kind == TraceKind::kRotated && event.partition == kSystemPartition) {
      ForgetFilesFrom(RaftIndex(event.args[1]));
      file_bases_.push_back(RaftIndex(event.args[1]));
    }
    return;
  }
  switch (Number(event.kind)) {
    case sim::kDiskIssued:
    case sim::kDiskCompleted: return oracles_.OnDisk(node_, event);
    case sim::kFaultHit: return oracles_.OnFaultHit(node_, event);
    case sim::kProcessCrashed: return OnDown(record.time, DownReason::kCrash);
    case sim::kProcessExited: return OnDown(record.time, DownReason::kExit);
    case sim::kPowerLost: machine_.LosePower(event.args[0]); return OnDown(record.time, DownReason::kPowerLoss);
    case sim::kDiskLost: machine_.ForgetAll(); return OnDown(record.time, DownReason::kDiskLost);
    case sim::kDiskSwapped:
      machine_.ForgetAll();
      // A store that has not served yet is created on the other disk as another one: an id is drawn once a creation, so
      // that the first disk, when it returns, is told from the second.
      if (event.args[0] == 0 || !ever_served_) ++foreign_disks_;
      return OnDown(record.time, DownReason::kDiskLost);
    default: return;
  }
}

void StoreHost::OnInstantOver() {
  if (!oracles_.ladder_is_due(node_) || engine() == nullptr) return;
  oracles_.OnLadder(scheduler_.now(), node_, engine()->ladder());
}

void StoreHost::OnDown(Instant at, DownReason reason) {
  process_ = nullptr;
  machine_.Detach();
  client_.OnDown();
  oracles_.OnDown(at, node_, reason);
}

void StoreHost::OnHeal() {
  refusals_ = 0;
  if (gave_up()) Restart();
}

bool StoreHost::Restart() {
  if (process_ == nullptr) return false;
  process_->Exit();
  return true;
}

// --- what its process tells -------------------------------------------------------------------------------

void StoreHost::OnRecovered(Engine& engine, Executor& executor, const RecoveryReport& report) {
  ever_served_ = true;
  ++recoveries_;
  refusals_ = 0;
  last_refusal_ = absl::OkStatus();
  const Ladder& ladder = engine.ladder();
  oracles_.OnRecovered(scheduler_.now(), node_, ladder, report);
  oracles_.OnLifeLimits(node_, LifeLimitsOf(options()));
  watch_.OnRecovered(node_, report);
  for (const PartitionLadder& p : ladder.partitions) {
    if (engine.HasPartition(p.partition)) model_.PartitionCreated(p.partition);
  }
  ForgetLost(ladder);
  // A file that begins above the log's end takes no record: the next one begins a file of its own.
  ForgetFilesFrom(ladder.appended.Next().Next());
  client_.OnServing(engine, executor);
}

void StoreHost::ForgetFilesFrom(RaftIndex base) {
  while (!file_bases_.empty() && file_bases_.back() >= base) file_bases_.pop_back();
}

// Whoever waits for what the file would have to take was to be told.
void StoreHost::OnLeaving(PartitionId failed) {
  const absl::optional<uint64_t> operation = client_.OperationInVain(failed);
  if (!operation.has_value()) return;
  oracles_.Report({.oracle = "W1",
                   .what = "in vain",
                   .at = scheduler_.now(),
                   .node = node_,
                   .partition = failed,
                   .message = absl::StrCat("operation ", *operation, " waits for records of ", failed.ToString(),
                                           " that its file, which has failed, does not take in this life")});
}

// A medium that lies may cost a partition's creation: the store knows nothing of it, and cannot tell its machine. The
// next partition of that id starts anew.
void StoreHost::ForgetLost(const Ladder& ladder) {
  if (!contract_.of(node_).may_lose_silently) return;
  const auto is_there = [&](PartitionId id) {
    return std::any_of(ladder.partitions.begin(), ladder.partitions.end(),
                       [&](const PartitionLadder& p) { return p.partition == id; });
  };
  for (PartitionId id(1); id.value() <= model_.partitions(); id = id.Next()) {
    if (!is_there(id)) machine_.Forget(id);
  }
}

void StoreHost::OnRecoveryRefused(const absl::Status& status, const RecoveryReport& report) {
  ++refusals_;
  last_refusal_ = status;
  oracles_.OnRecoveryRefused(scheduler_.now(), node_, status);
  watch_.OnRecoveryRefused(node_, status, report);
}

void StoreHost::OnCreationAnswered(PartitionId partition, const Standing& asked, const absl::Status& status) {
  oracles_.OnTaken({.at = scheduler_.now(),
                    .node = node_,
                    .what = Taking::kCreate,
                    .partition = partition,
                    .asked = asked,
                    .status = status});
}

void StoreHost::OnPartitionCreated(PartitionId partition) {
  model_.PartitionCreated(partition);
  client_.OnPartitionsChanged();
}

void StoreHost::OnPartitionRefused(PartitionId partition, const absl::Status& status) {
  last_refusal_ = Annotate(status, partition.ToString());
}

EngineOptions StoreHost::options() const {
  EngineOptions options = StoreOptionsOf(plan_, node_, foreign_disks_, starts_);
  options.mode = ever_served_ ? EngineOptions::Mode::kExisting : EngineOptions::Mode::kCreate;
  return options;
}

// --- how it stands ----------------------------------------------------------------------------------------

const Engine* StoreHost::engine() const { return process_ == nullptr ? nullptr : process_->engine(); }

bool StoreHost::gave_up() const { return process_ != nullptr && process_->gave_up(); }

std::string StoreHost::DescribeLadder() const {
  if (engine() != nullptr) return absl::StrCat(node_.ToString(), " ", engine()->ladder().ToString());
  std::string text = absl::StrCat(node_.ToString(), process_ == nullptr ? " is down" : " does not serve");
  if (!last_refusal_.ok()) absl::StrAppend(&text, "; recovery refused: ", std::string(last_refusal_.message()));
  return text;
}

}  // namespace tidemark::scenarios
