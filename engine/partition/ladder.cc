#include "engine/partition/ladder.h"

#include "absl/strings/str_cat.h"

namespace tidemark {

absl::string_view NeedReasonName(NeedReason reason) {
  switch (reason) {
    case NeedReason::kNone: return "none";
    case NeedReason::kForward: return "forward";
    case NeedReason::kSync: return "sync";
    case NeedReason::kApply: return "apply";
    case NeedReason::kCreate: return "create";
    case NeedReason::kDrop: return "drop";
  }
  return "unknown";
}

std::string Ladder::ToString() const {
  std::string text = absl::StrCat("appended ", appended.ToString(), " durable ", durable.ToString(), " committed ",
                                  committed.ToString(), " safe ", safe.ToString(), " min_required ",
                                  min_required.ToString());
  if (reason != NeedReason::kNone) absl::StrAppend(&text, " (", holder.ToString(), " ", NeedReasonName(reason), ")");
  absl::StrAppend(&text, " truncated ", truncated.ToString());
  for (const PartitionLadder& p : partitions) {
    if (p.dropped) continue;
    absl::StrAppend(&text, "; ", p.partition.ToString(), " appended ", p.appended.ToString(), "/",
                    p.appended_index.ToString(), " forwarded ", p.forwarded.ToString(), "/",
                    p.forwarded_index.ToString());
    absl::StrAppend(&text, " durable ", p.partition_durable.ToString(), "/", p.durable_index.ToString(), " applied ",
                    p.applied.ToString(), "/", p.applied_index.ToString());
    if (p.reason != NeedReason::kNone) {
      absl::StrAppend(&text, " needs ", p.min_required.ToString(), " to ", NeedReasonName(p.reason));
    }
    if (p.spilled_index > p.durable_index) absl::StrAppend(&text, " spilled ", p.spilled_index.ToString());
    if (p.stopped != ErrorKind::kNone) absl::StrAppend(&text, " STOPPED ", ErrorKindName(p.stopped));
  }
  return text;
}

}  // namespace tidemark
