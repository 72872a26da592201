// W1: a barrier passes only once each of its partitions has applied all its records up to the barrier's place; a
// follower gets records that are applied, from the one it asked for on, without a gap, and no more than it asked for; a
// flush is done once the log has made durable what it had taken, and each partition's file what it had been given.
// That each is the right record is judged as for any reader.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "scenarios/oracles/all_oracles.h"
#include "scenarios/oracles/oracle_infos.h"

namespace tidemark::scenarios {
namespace {

class WaitersKept : public Oracle {
 public:
  explicit WaitersKept(const OracleContext& context) : Oracle(kWaitersKept, 0, context) {}

  void OnBarrier(const BarrierPassed& b) override {
    for (const PartitionId partition : b.partitions) {
      const PartitionIndex applied = b.rungs.partition(partition).applied.index;
      const ModelRecord* next = model().At(partition, applied.Next());
      if (next == nullptr || next->raft_index > b.through) continue;
      Report({.what = "barrier",
              .at = b.at,
              .node = b.node,
              .partition = partition,
              .raft_index = next->raft_index,
              .partition_index = applied.Next(),
              .message = absl::StrCat("a barrier at ", b.through.ToString(), " passed although ", partition.ToString(),
                                      " has applied only ", applied.ToString(), "; its ", applied.Next().ToString(),
                                      " is ", next->raft_index.ToString())});
    }
  }
  void OnFollowed(const Followed& f) override {
    if (f.entries.empty()) return Complain(f, "without any record");
    if (f.entries.size() > f.max_records) return Complain(f, "with more records than it asked for");
    uint64_t bytes = 0;
    for (size_t i = 0; i < f.entries.size(); ++i) {
      const Entry& entry = f.entries[i];
      if (entry.header.partition != f.partition || entry.header.partition_index != f.from.Plus(i)) {
        return Complain(f, absl::StrCat("with ", entry.header.partition.ToString(), "/",
                                        entry.header.partition_index.ToString(), " as record ", i));
      }
      bytes += entry.payload.size();
    }
    if (f.entries.size() > 1 && bytes > f.max_bytes) return Complain(f, "with more bytes than it asked for");
    if (f.from.Plus(f.entries.size() - 1) > f.rungs.partition(f.partition).applied.index) {
      Complain(f, "with records that are not applied");
    }
  }

  void OnFlushed(const Flushed& f) override {
    if (f.rungs.durable() < f.appended) {
      Report({.at = f.at,
              .node = f.node,
              .raft_index = f.rungs.durable().Next(),
              .message = absl::StrCat("a flush was answered although the log, which had taken ", f.appended.ToString(),
                                      ", is durable only to ", f.rungs.durable().ToString())});
    }
    for (const auto& [partition, through] : f.forwarded) {
      const PartitionIndex durable = f.rungs.partition(partition).durable.index;
      if (durable >= through) continue;
      Report({.at = f.at,
              .node = f.node,
              .partition = partition,
              .partition_index = durable.Next(),
              .message = absl::StrCat("a flush was answered although the file of ", partition.ToString(),
                                      ", which had been given ", through.ToString(), ", is durable only to ",
                                      durable.ToString())});
    }
  }

 private:
  void Complain(const Followed& f, const std::string& what) {
    Report({.what = "follower",
            .at = f.at,
            .node = f.node,
            .partition = f.partition,
            .partition_index = f.from,
            .message = absl::StrCat("a follower of ", f.partition.ToString(), " from ", f.from.ToString(),
                                    " was answered ", what, "; the partition has applied ",
                                    f.rungs.partition(f.partition).applied.index.ToString())});
  }
};

}  // namespace

std::unique_ptr<Oracle> MakeWaitersKept(const OracleContext& context) { return std::make_unique<WaitersKept>(context); }

}  // namespace tidemark::scenarios
