#include "scenarios/report.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/env/tracer.h"
#include "scenarios/oracles/all_oracles.h"

namespace tidemark::scenarios {
namespace {

constexpr size_t kEventsShown = 16;
constexpr size_t kLaddersShown = 6;
constexpr size_t kLadderChars = 480;
constexpr size_t kFaultsShown = 8;
constexpr size_t kCauseLines = 8;

std::string Shortened(std::string text, size_t chars) {
  if (text.size() <= chars) return text;
  text.resize(chars);
  return text + " ...";
}

const OracleInfo* FindOracle(absl::string_view id) {
  for (const OracleInfo& info : OracleInfos()) {
    if (info.id == id) return &info;
  }
  return nullptr;
}

// --- the events that matter ---------------------------------------------------------------------------------

bool IsAboutRecord(const TraceEvent& event) {
  switch (event.kind) {
    case TraceKind::kAppended:
    case TraceKind::kForwarded:
    case TraceKind::kApplyStarted:
    case TraceKind::kApplied:
    case TraceKind::kAcknowledged: return true;
    default: return false;
  }
}

// A rung that moved over a raft index: args are from, to.
bool Passes(const TraceEvent& event, RaftIndex index) {
  switch (event.kind) {
    case TraceKind::kDurable:
    case TraceKind::kCommitted:
    case TraceKind::kMinRequired:
    case TraceKind::kTruncatedPrefix:
    case TraceKind::kTruncatedSuffix:
    case TraceKind::kPartitionDurable: {
      const auto [low, high] = std::minmax(event.args[0], event.args[1]);
      return low < index.value() && index.value() <= high;
    }
    default: return false;
  }
}

// The life of the node and its store, and faults: always worth a line.
bool IsLife(const TraceEvent& event) {
  if (event.kind >= TraceKind::kRecoveryStarted && event.kind < TraceKind::kFirstSimulatorKind) {
    return event.kind != TraceKind::kRecoveryPhase && event.kind != TraceKind::kRotated;
  }
  const auto number = static_cast<uint16_t>(event.kind);
  return number >= sim::kNodeStarted && number <= sim::kHealed;
}

// 3: of the violated record; 2: of the node's life or a fault; 1: of the violated partition; 0: neither.
int Weight(const sim::TraceRecord& record, const Violation& violation) {
  const TraceEvent& event = record.event;
  if (violation.node.value() != 0 && record.node != violation.node) return 0;
  const bool of_partition = event.partition == violation.partition;
  if (violation.raft_index.value() != 0) {
    if (IsAboutRecord(event) && RaftIndex(event.args[0]) == violation.raft_index) return 3;
    const bool of_log_or_partition = event.partition == kSystemPartition || of_partition ||
                                     event.kind == TraceKind::kMinRequired;
    if (of_log_or_partition && Passes(event, violation.raft_index)) return 3;
  }
  if (IsLife(event)) return 2;
  return of_partition && violation.partition != kSystemPartition ? 1 : 0;
}

// The heaviest events before the violation, the latest of equal ones, in order.
std::vector<const sim::TraceRecord*> EventsThatMatter(const RunResult& result) {
  const Violation nowhere;
  const Violation& violation = result.verdict.violation.has_value() ? *result.verdict.violation : nowhere;
  std::vector<std::pair<int, const sim::TraceRecord*>> weighed;
  for (const sim::TraceRecord& record : result.trace) {
    if (result.verdict.violation.has_value() && record.time > violation.at) break;
    weighed.emplace_back(Weight(record, violation), &record);
  }
  // The last few events of all, whatever they are: what the node was doing.
  for (size_t i = weighed.size() - std::min<size_t>(weighed.size(), 4); i < weighed.size(); ++i) weighed[i].first = 4;
  std::stable_sort(weighed.begin(), weighed.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second->ordinal > b.second->ordinal;
  });
  while (!weighed.empty() && (weighed.size() > kEventsShown || weighed.back().first == 0)) weighed.pop_back();
  std::vector<const sim::TraceRecord*> events;
  for (const auto& [weight, record] : weighed) events.push_back(record);
  std::sort(events.begin(), events.end(), [](const auto* a, const auto* b) { return a->ordinal < b->ordinal; });
  return events;
}

// --- the sections -----------------------------------------------------------------------------------------

void AppendCause(const Verdict& verdict, std::string* text) {
  if (const OracleInfo* info = FindOracle(verdict.oracle); info != nullptr) {
    absl::StrAppend(text, info->id, " ", info->name, ": ", info->truth, "\n");
  } else if (verdict.oracle == "CHECK") {
    absl::StrAppend(text, "CHECK: an invariant that the code itself states\n");
  } else if (verdict.oracle == "EXCEPTION") {
    absl::StrAppend(text, "EXCEPTION: neither the engine nor what runs it throws one\n");
  }
  std::vector<absl::string_view> lines = absl::StrSplit(absl::string_view(verdict.cause), '\n', absl::SkipEmpty());
  for (size_t i = 0; i < std::min(lines.size(), kCauseLines); ++i) absl::StrAppend(text, "  ", lines[i], "\n");
}

void AppendLadders(const RunResult& result, std::string* text) {
  absl::StrAppend(text, "ladder\n");
  for (size_t i = 0; i < std::min(result.ladders.size(), kLaddersShown); ++i) {
    absl::StrAppend(text, "  ", Shortened(result.ladders[i], kLadderChars), "\n");
  }
  if (result.ladders.size() > kLaddersShown) {
    absl::StrAppend(text, "  ... and ", result.ladders.size() - kLaddersShown, " more nodes\n");
  }
}

void AppendEvents(const RunResult& result, std::string* text) {
  const std::vector<const sim::TraceRecord*> events = EventsThatMatter(result);
  absl::StrAppend(text, "events (", events.size(), " of ", result.census.events, ")\n");
  for (const sim::TraceRecord* record : events) absl::StrAppend(text, "  ", record->ToString(), "\n");
}

void AppendFaults(const fault::Plan& plan, const RunResult& result, std::string* text) {
  size_t shown = 0, hidden = 0, silent = 0;
  std::string lines;
  for (const fault::Fault& fault : plan.faults) {
    const auto hits = result.fault_hits.find(fault.id);
    if (hits == result.fault_hits.end() || hits->second == 0) {
      ++silent;
    } else if (shown < kFaultsShown) {
      ++shown;
      absl::StrAppend(&lines, "  ", fault.at.ToString(), " ", fault.node.ToString(), " ",
                      fault::InfoOf(fault.kind).name, " (fault ", fault.id, ") ", hits->second,
                      hits->second == 1 ? " time\n" : " times\n");
    } else {
      ++hidden;
    }
  }
  absl::StrAppend(text, "faults that acted (", silent, " others did not)\n", lines);
  if (hidden > 0) absl::StrAppend(text, "  ... and ", hidden, " more\n");
}

}  // namespace

std::string ReplayCommand(const fault::Plan& plan, const Verdict& verdict, const ReportOptions& options) {
  // One run alone passes.
  const absl::string_view twice = verdict.kind == VerdictKind::kNondeterminism ? " --twice" : "";
  if (!options.plan_path.empty()) return absl::StrCat("./tidemark replay ", options.plan_path, twice);
  return absl::StrCat("./tidemark replay --scenario ", plan.scenario, " --seed ", plan.seed, twice);
}

std::string Report(const fault::Plan& plan, const RunResult& result, const ReportOptions& options) {
  std::string text =
      absl::StrCat(VerdictName(result.verdict.kind), ": scenario ", plan.scenario, ", seed ", plan.seed, "\n");
  AppendCause(result.verdict, &text);
  AppendLadders(result, &text);
  AppendEvents(result, &text);
  AppendFaults(plan, result, &text);
  absl::StrAppend(&text, "again   ", ReplayCommand(plan, result.verdict, options), "\n");
  absl::StrAppend(&text, "digest  ", result.digest.ToString(), "\n");
  return text;
}

}  // namespace tidemark::scenarios
