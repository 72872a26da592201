#include "sim/trace.h"

#include <algorithm>
#include <bit>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace tidemark::sim {
namespace {

constexpr TraceKindInfo kNames[] = {
    {"node_started", {"life"}},
    {"process_crashed", {"life", "in_recovery"}},
    {"power_lost", {"life", "in_recovery", "pieces_kept", "pieces_lost"}},
    {"disk_lost", {}},
    {"disk_swapped", {"with"}},
    {"paused", {}},
    {"resumed", {}},
    {"process_exited", {"life"}},
    {"fault_began", {"fault_id", "kind"}},
    {"fault_ended", {"fault_id", "kind"}},
    {"fault_hit", {"fault_id", "path_hash", "offset", "length"}},
    {"healed", {}},
    {"disk_issued", {"op", "path_hash", "offset", "length"}},
    {"disk_completed", {"op", "path_hash", "offset", "result"}},
    {"note", {"what", "a", "b", "c"}},
};

void AppendFields(const TraceRecord& r, std::vector<std::pair<std::string, std::string>>& out) {
  const TraceKindInfo& info = NameOf(r.event.kind);
  out.emplace_back("time", r.time.ToString());
  out.emplace_back("node", r.node.ToString());
  out.emplace_back("event", std::string(info.name));
  out.emplace_back("partition", r.event.partition.ToString());
  for (int i = 0; i < TraceEvent::kMaxArgs; ++i) {
    if (info.args[i].empty() && r.event.args[i] == 0) continue;
    out.emplace_back(info.args[i].empty() ? absl::StrCat("arg", i) : std::string(info.args[i]),
                     absl::StrCat(r.event.args[i]));
  }
}

}  // namespace

void Digest::Fold(uint64_t word) {
  low = std::rotl(low ^ word, 29) * 0x9E3779B97F4A7C15u;
  high = std::rotl(high + word, 37) * 0xC2B2AE3D27D4EB4Fu ^ low;
}

std::string Digest::ToString() const { return absl::StrFormat("%016x%016x", high, low); }

const TraceKindInfo& NameOf(TraceKind kind) {
  const size_t row = static_cast<size_t>(kind);
  const size_t first = static_cast<size_t>(TraceKind::kFirstSimulatorKind);
  if (row >= first && row - first < std::size(kNames)) return kNames[row - first];
  return InfoOf(kind);
}

bool operator==(const TraceRecord& a, const TraceRecord& b) {
  return a.ordinal == b.ordinal && a.time == b.time && a.node == b.node && a.event.kind == b.event.kind &&
         a.event.partition == b.event.partition && a.event.args == b.event.args;
}

std::string TraceRecord::ToString() const {
  const TraceKindInfo& info = NameOf(event.kind);
  std::string out = absl::StrFormat("%6d %6d.%06dms %s %s", ordinal, time.nanos() / 1'000'000, time.nanos() % 1'000'000,
                                    node == NodeId(0) ? "world" : node.ToString(), std::string(info.name));
  if (event.partition != kSystemPartition) absl::StrAppend(&out, " ", event.partition.ToString());
  for (int i = 0; i < TraceEvent::kMaxArgs; ++i) {
    if (!info.args[i].empty()) absl::StrAppend(&out, " ", info.args[i], "=", event.args[i]);
  }
  return out;
}

void Trace::Emit(Instant time, NodeId node, const TraceEvent& event) {
  ++count_;
  digest_.Fold(static_cast<uint64_t>(time.nanos()));
  digest_.Fold(node.value() << 16 | static_cast<uint64_t>(event.kind));
  digest_.Fold(event.partition.value());
  for (uint64_t arg : event.args) digest_.Fold(arg);
  if (count_ % kCheckpointEvery == 0) checkpoints_.push_back(digest_);
  const TraceRecord record{count_, time, node, event};
  if (keep_all_ || records_.size() < kRingSize) {
    records_.push_back(record);
  } else {
    records_[(count_ - 1) % kRingSize] = record;
  }
  for (TraceObserver* observer : observers_) observer->OnTrace(record);
}

std::vector<TraceRecord> Trace::Records() const {
  std::vector<TraceRecord> out = records_;
  if (!keep_all_ && count_ > kRingSize) std::rotate(out.begin(), out.begin() + count_ % kRingSize, out.end());
  return out;
}

std::string FirstDifference(const std::vector<TraceRecord>& a, const std::vector<TraceRecord>& b) {
  const size_t common = std::min(a.size(), b.size());
  for (size_t i = 0; i < common; ++i) {
    if (a[i] == b[i]) continue;
    std::vector<std::pair<std::string, std::string>> left, right;
    AppendFields(a[i], left);
    AppendFields(b[i], right);
    std::string out = absl::StrCat("first difference at event ", i + 1, ":\n");
    for (size_t f = 0; f < std::max(left.size(), right.size()); ++f) {
      const std::string l = f < left.size() ? absl::StrCat(left[f].first, "=", left[f].second) : "-";
      const std::string r = f < right.size() ? absl::StrCat(right[f].first, "=", right[f].second) : "-";
      absl::StrAppend(&out, l == r ? "    " : "  ! ", l, l == r ? "" : absl::StrCat("   |   ", r), "\n");
    }
    return out;
  }
  if (a.size() == b.size()) return "";
  const bool a_longer = a.size() > b.size();
  return absl::StrCat("the ", a_longer ? "second" : "first", " run ended after event ", common,
                      "; the other went on with:\n  ", (a_longer ? a : b)[common].ToString(), "\n");
}

}  // namespace tidemark::sim
