#include "scenarios/runner.h"

#include <algorithm>
#include <exception>
#include <memory>
#include <typeinfo>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "scenarios/check_trap.h"
#include "scenarios/contract.h"
#include "scenarios/liveness.h"
#include "scenarios/rare_state_watch.h"
#include "scenarios/store_host.h"
#include "sim/world.h"

namespace tidemark::scenarios {
namespace {

using fault::Fault;
using fault::Plan;
using fault::Setting;

// How often the liveness phase asks what is missing: at first, and at most.
constexpr Duration kAskFirst = Duration::Millis(1);
constexpr Duration kAskLast = Duration::Millis(500);
// How long after the end of all work files may still be on their way out.
constexpr Duration kDiskUseTime = Duration::Seconds(2);

// One run, in the order in which it happens.
class Stage final : private sim::TraceObserver {
 public:
  Stage(const Plan& plan, const RunOptions& options);

  void Go();
  RunResult TakeResult(Verdict verdict);
  // What the oracles and the census make of it.
  Verdict Judge() const;

 private:
  void SafetyPhase();
  void Heal();
  void LivenessPhase();
  void ComeToRest();
  void CleanRestart();
  void CheckDiskUse(bool restarted);

  void OnTrace(const sim::TraceRecord& record) override;
  // Steps until `done`, the deadline, or a broken truth. Returns whether `done`.
  template <typename Done>
  bool StepUntil(Instant deadline, Done done);
  // The same, for a `done` that is dear: asked now and then.
  template <typename Done>
  bool StepUntilSettled(Instant deadline, Done done);
  void ReportStuck();
  bool Violated() const;
  bool AllServeOrGaveUp() const;
  bool ClientsDone() const;
  bool IsFilledAndStuck(const StoreHost& host) const;
  absl::optional<Violation> Missing(const StoreHost& host) const;
  void Complain(StoreHost& host, std::string message);
  bool AnyUsesTooMuch(bool restarted);
  bool OwesRoom(const StoreHost& host, bool restarted) const;
  DiskUse DiskUseOf(const StoreHost& host);
  static Instant FaultsPast(const Plan& plan);
  static uint64_t EventsAllowed(const Plan& plan);

  const Plan& plan_;
  const uint64_t max_events_;
  const Contract contract_;
  const PayloadSource payloads_;
  RareStateWatch watch_;
  // By node id - 1. Before the world, so that they outlive the processes in it.
  std::vector<std::unique_ptr<StoreHost>> hosts_;
  sim::World world_;
  Instant stepped_at_;
  uint64_t steps_at_once_ = 0;  // at that instant
};

Stage::Stage(const Plan& plan, const RunOptions& options)
    : plan_(plan),
      max_events_(options.max_events > 0 ? options.max_events : EventsAllowed(plan)),
      contract_(plan),
      payloads_(plan.seed),
      world_(plan,
             [this](sim::ProcessContext context) {
               StoreHost& host = *hosts_[context.node.value() - 1];
               return host.StartProcess(std::move(context));
             },
             {.keep_whole_trace = options.keep_whole_trace}) {
  for (size_t i = 0; i < world_.nodes(); ++i) {
    hosts_.push_back(
        std::make_unique<StoreHost>(plan, NodeId(i + 1), contract_, payloads_, watch_, world_.scheduler()));
  }
  world_.trace().Observe(this);
  if (options.observer != nullptr) world_.trace().Observe(options.observer);
}

// --- the phases -------------------------------------------------------------------------------------------

void Stage::Go() {
  SafetyPhase();
  if (!Violated()) Heal();
  if (!Violated()) LivenessPhase();
  if (!Violated()) CheckDiskUse(/*restarted=*/false);
  if (!Violated()) CleanRestart();
  if (!Violated()) CheckDiskUse(/*restarted=*/true);
}

// Clients work and faults strike, until both are through, or time is up.
void Stage::SafetyPhase() {
  for (const auto& host : hosts_) host->client().Start();
  const Instant quiet = FaultsPast(plan_);
  StepUntil(Instant() + plan_.settings.DurationOf(Setting::kSafetyTime),
            [&] { return world_.now() >= quiet && ClientsDone() && AllServeOrGaveUp(); });
}

// Nothing goes wrong any more, and clients ask for nothing more.
void Stage::Heal() {
  world_.Heal();
  for (const auto& host : hosts_) {
    host->client().Stop();
    host->OnHeal();
  }
}

// First what was begun comes to its end, though nothing new comes that could push it; then each partition takes one
// record more.
void Stage::LivenessPhase() {
  ComeToRest();
  if (Violated()) return;
  for (const auto& host : hosts_) host->client().Probe();
  ComeToRest();
}

// V1. Due from a store to which the plan's damage leaves everything; any other one is given the time, and may refuse.
void Stage::ComeToRest() {
  const Instant deadline = world_.now() + plan_.settings.DurationOf(Setting::kLivenessTime);
  const auto settled = [&] {
    return std::none_of(hosts_.begin(), hosts_.end(), [&](const auto& host) { return Missing(*host).has_value(); });
  };
  if (StepUntilSettled(deadline, settled) || Violated()) return;
  const Duration allowed = plan_.settings.DurationOf(Setting::kLivenessTime);
  for (const auto& host : hosts_) {
    absl::optional<Violation> missing = Missing(*host);
    if (!missing.has_value() || !contract_.of(host->node()).owes_everything()) continue;
    missing->message = absl::StrCat(allowed.ToString(), " after the heal ", missing->message);
    host->oracles().Report(*std::move(missing));
  }
}

// One more restart, of a store that is at rest, and a reader of all that is promised.
void Stage::CleanRestart() {
  const Duration allowed = plan_.settings.DurationOf(Setting::kLivenessTime);
  for (const auto& host : hosts_) {
    host->client().Stop();
    if (host->engine() != nullptr) host->Restart();
  }
  StepUntil(world_.now() + Duration::Millis(2), [] { return false; });
  StepUntil(world_.now() + allowed, [&] { return AllServeOrGaveUp(); });
  for (const auto& host : hosts_) {
    if (host->engine() != nullptr) host->client().Reread();
  }
  StepUntil(world_.now() + allowed, [&] { return ClientsDone(); });
  if (Violated()) return;
  for (const auto& host : hosts_) {
    if (!contract_.of(host->node()).owes_everything()) continue;
    if (host->engine() == nullptr) {
      Complain(*host, absl::StrCat(allowed.ToString(), " after a restart at rest ", host->DescribeLadder()));
    } else if (!host->client().done()) {
      Complain(*host, absl::StrCat(allowed.ToString(), " after a restart at rest a read is not answered"));
    }
  }
}

void Stage::Complain(StoreHost& host, std::string message) {
  host.oracles().Report({.oracle = "V1", .at = world_.now(), .node = host.node(), .message = std::move(message)});
}

// V2. What is too much may just be on its way out.
void Stage::CheckDiskUse(bool restarted) {
  StepUntilSettled(world_.now() + kDiskUseTime, [&] { return !AnyUsesTooMuch(restarted); });
  for (const auto& host : hosts_) {
    if (OwesRoom(*host, restarted)) host->oracles().OnDiskUse(world_.now(), host->node(), DiskUseOf(*host));
  }
}

bool Stage::AnyUsesTooMuch(bool restarted) {
  return std::any_of(hosts_.begin(), hosts_.end(), [&](const auto& host) {
    return OwesRoom(*host, restarted) && host->oracles().UsesTooMuch(host->node(), DiskUseOf(*host));
  });
}

// A file that could not be removed may wait for the next start.
bool Stage::OwesRoom(const StoreHost& host, bool restarted) const {
  const NodeContract& owed = contract_.of(host.node());
  return owed.owes_everything() && (restarted || !owed.may_stumble);
}

// "p-0000000007/..." is of a partition, "spill/..." of the spill, anything else counts as the log's.
DiskUse Stage::DiskUseOf(const StoreHost& host) {
  DiskUse use;
  world_.node(host.node().value() - 1).disk().names().ForEachFile([&](absl::string_view path, const auto& file) {
    uint64_t id = 0;
    const absl::string_view directory = path.substr(0, path.find('/'));
    DiskUse::Files* files = directory == "spill" ? &use.spill : &use.log;
    if (absl::StartsWith(directory, "p-") && absl::SimpleAtoi(directory.substr(2), &id)) {
      if (use.partitions.empty() || use.partitions.back().first != PartitionId(id))
        use.partitions.emplace_back(PartitionId(id), DiskUse::Files());
      files = &use.partitions.back().second;
    }
    absl::string_view name = path.substr(path.find('/') + 1);
    uint64_t file_id = 0;
    if (!absl::ConsumeSuffix(&name, ".aof") || !absl::SimpleAtoi(name, &file_id)) {
      files->other_bytes += file->image.allocated();
      return;
    }
    files->segment_bytes += file->image.allocated();
    files->file_ids.push_back(file_id);
  });
  return use;
}

Verdict Stage::Judge() const {
  const Violation* first = nullptr;
  uint64_t acknowledged = 0;
  bool waited = false;
  for (const auto& host : hosts_) {
    acknowledged += host->client().acknowledged();
    waited = waited || host->client().could_only_probe() || IsFilledAndStuck(*host);
    if (!host->violated()) continue;
    const Violation& violation = host->oracles().violations().violations().front();
    if (first == nullptr || violation.at < first->at) first = &violation;
  }
  if (first != nullptr)
    return {VerdictOf(first->oracle), std::string(first->oracle), first->message, *first, std::string(first->what)};
  // A store may refuse from the first moment on, where the plan damages its disk that early. And faults may keep
  // partitions from being made for as long as they last: that clients found none is what the store owes, then.
  if (acknowledged > 0 || waited || !contract_.owes_everything()) return {};
  return {VerdictKind::kVacuous, "S1",
          absl::StrCat("no record of a client was acknowledged; ", hosts_.front()->DescribeLadder()), absl::nullopt};
}

// Whether a partition whose machine never answers has records that a recovery served: their acknowledgements may have
// died with the process, and it takes only so many.
bool Stage::IsFilledAndStuck(const StoreHost& host) const {
  for (PartitionId p(1); p.value() <= host.model().partitions(); p = p.Next()) {
    if (contract_.IsStuck(host.node(), p) && host.model().Promised(p) > PartitionIndex(0)) return true;
  }
  return false;
}

// --- stepping ---------------------------------------------------------------------------------------------

template <typename Done>
bool Stage::StepUntil(Instant deadline, Done done) {
  for (;;) {
    if (done()) return true;
    if (Violated() || world_.next() > deadline || !world_.Step()) return false;
    if (world_.next() > world_.now()) {
      for (const auto& host : hosts_) host->OnInstantOver();
    }
    steps_at_once_ = world_.now() == stepped_at_ ? steps_at_once_ + 1 : 0;
    stepped_at_ = world_.now();
    if (world_.trace().count() > max_events_ || steps_at_once_ > max_events_) ReportStuck();
  }
}

// Whatever the store may refuse, it may not spin.
void Stage::ReportStuck() {
  hosts_.front()->oracles().Report(
      {.oracle = "V1",
       .what = "stuck",
       .at = world_.now(),
       .message = absl::StrCat("the run is stuck: more than ", max_events_,
                               " events, in all or of one instant, and the time is only ", world_.now().ToString())});
}

template <typename Done>
bool Stage::StepUntilSettled(Instant deadline, Done done) {
  Duration pause = kAskFirst;
  for (;;) {
    if (done()) return true;
    if (world_.next() > deadline) return false;
    const Instant ask = std::min(deadline, std::max(world_.now() + pause, world_.next()));
    StepUntil(ask, [] { return false; });
    if (Violated()) return false;
    pause = std::min(kAskLast, pause * 2);
  }
}

void Stage::OnTrace(const sim::TraceRecord& record) {
  watch_.OnTrace(record);
  if (record.node.value() > 0) hosts_[record.node.value() - 1]->OnTrace(record);
}

bool Stage::Violated() const {
  return std::any_of(hosts_.begin(), hosts_.end(), [](const auto& host) { return host->violated(); });
}

bool Stage::ClientsDone() const {
  return std::all_of(hosts_.begin(), hosts_.end(),
                     [](const auto& host) { return host->client().done() || host->gave_up(); });
}

bool Stage::AllServeOrGaveUp() const {
  return std::all_of(hosts_.begin(), hosts_.end(),
                     [](const auto& host) { return host->engine() != nullptr || host->gave_up(); });
}

absl::optional<Violation> Stage::Missing(const StoreHost& host) const {
  if (host.gave_up() && !contract_.of(host.node()).owes_everything()) return absl::nullopt;
  return MissingAfterHeal(host, world_.now());
}

uint64_t Stage::EventsAllowed(const Plan& plan) {
  uint64_t steps = 0;
  for (const fault::Operation& op : plan.operations) steps += op.Steps();
  return 2'000'000 + 200 * steps;
}

Instant Stage::FaultsPast(const Plan& plan) {
  Instant past;
  for (const Fault& fault : plan.faults) {
    past = std::max(past, fault::InfoOf(fault.kind).windowed ? fault.end() : fault.at);
  }
  return past;
}

// --- the result -------------------------------------------------------------------------------------------

RunResult Stage::TakeResult(Verdict verdict) {
  RunResult result;
  result.verdict = std::move(verdict);
  result.digest = world_.trace().digest();
  result.checkpoints = world_.trace().checkpoints();
  result.trace = world_.trace().Records();
  result.fault_hits = world_.FaultHits();
  Census& census = result.census;
  census.runs = 1;
  census.events = world_.trace().count();
  census.simulated = world_.now() - Instant();
  for (const auto& host : hosts_) {
    census.appended += host->model().placed();
    census.acknowledged += host->model().acknowledged();
    census.applied += host->machine().completed();
    census.recoveries += host->recoveries();
    result.ladders.push_back(host->DescribeLadder());
  }
  for (const Fault& fault : plan_.faults) {
    census.ordered[static_cast<size_t>(fault.kind)] = 1;
    if (result.fault_hits[fault.id] > 0) census.fired[static_cast<size_t>(fault.kind)] = 1;
  }
  for (int i = 0; i < kRareStateCount; ++i) census.reached[i] = watch_.reached(static_cast<RareState>(i)) ? 1 : 0;
  return result;
}

}  // namespace

RunResult Run(const Plan& plan, const RunOptions& options) {
  const CheckTrap trap;
  const auto stage = std::make_unique<Stage>(plan, options);
  try {
    stage->Go();
  } catch (const CheckFailed& failed) {
    return stage->TakeResult(
        {VerdictKind::kCrash, "CHECK", absl::StrCat(failed.where, ": ", failed.message), absl::nullopt, failed.where});
  } catch (const std::exception& thrown) {
    return stage->TakeResult({VerdictKind::kCrash, "EXCEPTION", absl::StrCat("an exception: ", thrown.what()),
                              absl::nullopt, typeid(thrown).name()});
  }
  return stage->TakeResult(stage->Judge());
}

RunResult WithWholeTrace(const fault::Plan& plan, RunResult result) {
  RunResult whole = Run(plan, {.keep_whole_trace = true});
  if (whole.digest == result.digest) result.trace = std::move(whole.trace);
  return result;
}

RunResult RunTwice(const Plan& plan, const RunOptions& options) {
  RunResult first = Run(plan, options);
  const RunResult second = Run(plan, options);
  if (first.digest == second.digest) return first;
  const RunResult a = Run(plan, {.keep_whole_trace = true});
  const RunResult b = Run(plan, {.keep_whole_trace = true});
  std::string cause = sim::FirstDifference(a.trace, b.trace);
  if (cause.empty()) {
    cause = absl::StrCat("digests ", first.digest.ToString(), " and ", second.digest.ToString(),
                         " differed once; two more runs agreed");
  }
  first.verdict = {VerdictKind::kNondeterminism, "", std::move(cause), absl::nullopt};
  return first;
}

}  // namespace tidemark::scenarios
