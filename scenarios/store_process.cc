#include "scenarios/store_process.h"

#include <algorithm>
#include <utility>

#include "engine/base/status.h"
#include "scenarios/store_host.h"

namespace tidemark::scenarios {
namespace {

constexpr uint64_t kCreationsInflight = 16;
constexpr uint64_t kHopelessTries = 3;
constexpr uint64_t kTries = 12;
constexpr Duration kRetryMin = Duration::Millis(1);
constexpr Duration kRetryMax = Duration::Millis(64);
// How long a process goes on with a partition file that failed.
constexpr Duration kPatience = Duration::Millis(20);
constexpr Duration kCreateAgain = Duration::Millis(5);

// Whether the same answer is to be expected from the same disk.
bool IsHopeless(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kCorruption:
    case ErrorKind::kLostRecords:
    case ErrorKind::kNoStore:
    case ErrorKind::kWrongStore:
    case ErrorKind::kStoreExists:
    case ErrorKind::kNotSupported:
    case ErrorKind::kRefused: return true;
    default: return false;
  }
}

}  // namespace

StoreProcess::StoreProcess(sim::ProcessContext context, StoreHost& host) : context_(std::move(context)), host_(host) {
  context_.env.executor.Post([this] { Recover(); });
}

StoreProcess::~StoreProcess() = default;

void StoreProcess::Recover() {
  Engine::Recover(context_.env, host_.options(), host_.machine(),
                  [this](Engine::RecoverOutcome outcome) { OnOutcome(std::move(outcome)); });
}

void StoreProcess::OnOutcome(Engine::RecoverOutcome outcome) {
  if (!outcome.engine.ok()) {
    host_.OnRecoveryRefused(outcome.engine.status(), outcome.report);
    return OnRefused(outcome.engine.status());
  }
  engine_ = *std::move(outcome.engine);
  host_.OnRecovered(*engine_, context_.env.executor, outcome.report);
  CreatePartitions();
}

void StoreProcess::OnRefused(const absl::Status& status) {
  const uint64_t tries = host_.refusals();
  // The next start takes other options.
  const bool changes = KindOf(status) == ErrorKind::kRefused &&
                       host_.plan().settings[fault::Setting::kChangeOptions] != 0;
  if (tries >= (IsHopeless(KindOf(status)) && !changes ? kHopelessTries : kTries)) {
    gave_up_ = true;
    return;
  }
  ExitAfter(std::min(kRetryMax, kRetryMin * (int64_t{1} << std::min<uint64_t>(tries, 8))));
}

void StoreProcess::OnFailed(PartitionId partition) {
  if (partition == kSystemPartition) return Exit();
  const uint64_t incarnation = host_.model().Incarnation(partition);
  context_.env.executor.ScheduleAfter(kPatience, [this, partition, incarnation] {
    // One that was created since is another partition, with another file.
    if (!ending_ && host_.model().Incarnation(partition) == incarnation) host_.OnLeaving(partition);
    Exit();
  });
}

void StoreProcess::ExitAfter(Duration delay) {
  context_.env.executor.ScheduleAfter(delay, [this] { Exit(); });
}

void StoreProcess::Exit() {
  if (std::exchange(ending_, true)) return;
  context_.exit();
}

void StoreProcess::CreatePartitions() {
  const uint64_t partitions = static_cast<uint64_t>(host_.plan().settings[fault::Setting::kPartitions]);
  while (creating_ < kCreationsInflight && next_to_create_.value() <= partitions) {
    const PartitionId partition = next_to_create_;
    next_to_create_ = next_to_create_.Next();
    if (engine_->HasPartition(partition) || !host_.Wants(partition)) continue;
    ++creating_;
    Create(partition);
  }
}

void StoreProcess::Create(PartitionId partition) {
  host_.OnCreating(partition);
  const Standing standing = host_.oracles().StandingOf(host_.node(), partition);
  engine_->CreatePartition(partition, [this, partition, standing](const absl::Status& status) {
    host_.OnCreationAnswered(partition, standing, status);
    OnCreated(partition, status);
  });
}

void StoreProcess::OnCreated(PartitionId partition, const absl::Status& status) {
  if (status.ok() || absl::IsAlreadyExists(status)) {
    --creating_;
    host_.OnPartitionCreated(partition);
    return CreatePartitions();
  }
  host_.OnPartitionRefused(partition, status);
  if (KindOf(status) == ErrorKind::kPoisoned) return ExitAfter(kPatience);  // in another life
  if (KindOf(status) == ErrorKind::kRefused) {
    --creating_;  // never
    return CreatePartitions();
  }
  context_.env.executor.ScheduleAfter(kCreateAgain, [this, partition] { Create(partition); });
}

}  // namespace tidemark::scenarios
