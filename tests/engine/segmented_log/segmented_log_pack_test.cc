// Packs and the log that gets them: what does not fit it is refused whole, with a word on what would do.

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "engine/base/coding.h"
#include "engine/base/crc32c.h"
#include "engine/base/status.h"
#include "engine/segmented_log/log_pack.h"
#include "engine/segmented_log/roster_ahead.h"
#include "engine/segmented_log/segmented_log.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "tests/engine/segmented_log/log_rig.h"

namespace tidemark {
namespace {

constexpr StoreId kOwnStore{.high = 5, .low = 6};

// The records of a log, from r1 on, each as the next one of its partition.
class Records {
 public:
  void Add(uint64_t term, uint64_t partition, const std::string& payload) {
    Take({Term(term), PartitionId(partition), Next(partition), RecordKind::kData}, payload);
  }
  void Create(uint64_t term, uint64_t partition) { Control(term, RecordKind::kCreatePartition, partition); }
  void Drop(uint64_t term, uint64_t partition) { Control(term, RecordKind::kDropPartition, partition); }

  std::vector<RosterEntry> RosterAt(uint64_t base) const {
    RosterAhead roster;
    for (const Entry& entry : all) {
      if (entry.raft_index.value() < base) roster.Apply(entry.header, AsBytes(entry.payload));
    }
    return roster.Entries();
  }
  HeadNote Before(uint64_t first) const {
    return {first > 1 ? all[first - 2].header.term : Term(0), NodeId(0), RosterAt(first)};
  }
  std::string Pack(uint64_t first, uint64_t last) const { return Pack(first, last, Before(first)); }
  std::string Pack(uint64_t first, uint64_t last, const HeadNote& before, StoreId store = kOwnStore) const {
    LogPackBuilder builder(store, RaftIndex(first), before);
    for (uint64_t i = first; i <= last; ++i) builder.Add(all[i - 1].header, AsBytes(all[i - 1].payload));
    return builder.Finish();
  }

  std::vector<Entry> all;

 private:
  PartitionIndex Next(uint64_t partition) const {
    for (const RosterEntry& entry : RosterAt(all.size() + 1)) {
      if (entry.partition == PartitionId(partition)) return entry.next_index;
    }
    return PartitionIndex(1);
  }
  void Control(uint64_t term, RecordKind kind, uint64_t partition) {
    std::string payload(8, '\0');
    PutFixed64(reinterpret_cast<uint8_t*>(&payload[0]), partition);
    Take({Term(term), kSystemPartition, Next(0), kind}, payload);
  }
  void Take(const EntryHeader& header, const std::string& payload) {
    all.push_back({RaftIndex(all.size() + 1), header, payload});
  }
};

class Receiver : public tests::LogRig {
 public:
  // With the first `count` of the records.
  void Fill(const Records& records, uint64_t count) {
    EXPECT_TRUE(Open().ok());
    for (uint64_t i = 0; i < count; ++i) {
      held.all.push_back(records.all[i]);
      EXPECT_TRUE(log->Append(records.all[i].header, AsBytes(records.all[i].payload)).ok());
    }
    EXPECT_TRUE(Flush().ok());
  }
  absl::StatusOr<uint64_t> Apply(const std::string& pack) {
    return log->ApplyPack(AsBytes(pack), [this](RaftIndex index, const EntryView& entry) {
      held.all.push_back({index, entry.header, std::string(AsText(entry.payload))});
    });
  }
  std::vector<RosterEntry> RosterAt(RaftIndex base) override { return held.RosterAt(base.value()); }
  // Each record follows the ones before it.
  bool IsWhole() const {
    RosterAhead roster;
    Term before;
    for (const Entry& entry : held.all) {
      if (entry.header.term < before || !roster.Check(entry.header, AsBytes(entry.payload)).ok()) return false;
      roster.Apply(entry.header, AsBytes(entry.payload));
      before = entry.header.term;
    }
    return true;
  }

  Records held;
};

class PackTest : public ::testing::Test {
 protected:
  // r1, r2: partitions 1 and 2 are created. r3..r8: their records.
  PackTest() {
    records_.Create(1, 1);
    records_.Create(1, 2);
    for (int i = 0; i < 3; ++i) records_.Add(2, 1, "one");
    for (int i = 0; i < 3; ++i) records_.Add(3, 2, "two");
  }
  void ExpectRefused(const std::string& pack, const std::string& why, ErrorKind kind = ErrorKind::kRefused) {
    const RaftIndex last = receiver_.log->last();
    const absl::Status status = receiver_.Apply(pack).status();
    EXPECT_EQ(KindOf(status), kind) << status;
    EXPECT_TRUE(absl::StrContains(status.message(), why)) << status;
    EXPECT_EQ(receiver_.log->last(), last);
  }

  Records records_;
  Receiver receiver_;
};

TEST_F(PackTest, OneThatGoesOnWhereTheLogEndsIsTaken) {
  receiver_.Fill(records_, 5);
  EXPECT_EQ(*receiver_.Apply(records_.Pack(6, 8)), 3u);
  EXPECT_EQ(receiver_.held.all, records_.all);
  EXPECT_EQ(*receiver_.Apply(records_.Pack(1, 8)), 0u) << "all of it is there";
}

TEST_F(PackTest, OneBeyondTheEndIsRefusedWithWhatIsNeeded) {
  receiver_.Fill(records_, 5);
  ExpectRefused(records_.Pack(7, 8), "r6");
}

TEST_F(PackTest, OneThatDoesNotTellTheTermBeforeItIsRefused) {
  receiver_.Fill(records_, 5);
  HeadNote before = records_.Before(6);
  before.term = Term(0);
  ExpectRefused(records_.Pack(6, 8, before), "nothing shows that it goes on from r5");
  before = records_.Before(5);
  before.term = Term(0);
  EXPECT_EQ(*receiver_.Apply(records_.Pack(5, 8, before)), 3u) << "r5 itself shows it";
}

// Who begins there too may not know it; but what a snapshot stands for is committed, and the same for all.
TEST_F(PackTest, BehindASnapshotTheTermBeforeItNeedNotBeTold) {
  receiver_.Fill(records_, 5);
  receiver_.log->Compact(RaftIndex(6), Term(3), records_.RosterAt(7), RaftIndex(5), [](const absl::Status&) {});
  receiver_.held.all.push_back(records_.all[5]);
  HeadNote before = records_.Before(7);
  before.term = Term(0);
  EXPECT_EQ(*receiver_.Apply(records_.Pack(7, 8, before)), 2u);
}

TEST_F(PackTest, OneOfOtherPartitionsIsRefused) {
  receiver_.Fill(records_, 5);
  HeadNote before = records_.Before(6);
  before.roster.push_back({PartitionId(9), PartitionIndex(4)});
  ExpectRefused(records_.Pack(6, 8, before), "p9");
  before = records_.Before(6);
  before.roster.erase(before.roster.begin() + 1);
  ExpectRefused(records_.Pack(6, 8, before), "p1");
  before = records_.Before(6);
  before.roster[1].next_index = PartitionIndex(7);
  ExpectRefused(records_.Pack(6, 8, before), "p1");
}

// Its maker may not know how far one was that is dropped before its next record.
TEST_F(PackTest, APartitionThatIsDroppedNextMayBeToldWithoutItsPlace) {
  records_.Drop(3, 1);
  receiver_.Fill(records_, 8);
  HeadNote before = records_.Before(7);
  ASSERT_EQ(before.roster[1], (RosterEntry{PartitionId(1), PartitionIndex(4)}));
  before.roster[1].next_index = PartitionIndex(1);
  EXPECT_EQ(*receiver_.Apply(records_.Pack(7, 9, before)), 1u);
}

TEST_F(PackTest, OneWithMorePartitionsThanAHeadCanTellIsRefused) {
  receiver_.Fill(records_, 8);
  for (uint64_t p = 3; p < 30; ++p) records_.Create(3, p);
  ExpectRefused(records_.Pack(9, records_.all.size()), "max_head_note_bytes");
  EXPECT_EQ(*receiver_.Apply(records_.Pack(9, 12)), 4u);
}

std::string SealedAgain(std::string bytes) {
  uint8_t* const at = reinterpret_cast<uint8_t*>(&bytes[0]);
  PutFixed32(at + 76, Crc32c(AsBytes(bytes).subspan(0, 76)));
  PutFixed32(at + bytes.size() - 4, Crc32c(AsBytes(bytes).subspan(0, bytes.size() - 4)));
  return bytes;
}

Records AnyRecords() {
  Records records;
  uint64_t term = 1;
  records.Create(term, 1);
  const int count = *rc::gen::inRange(2, 16);
  for (int i = 0; i < count; ++i) {
    term += *rc::gen::element(0, 0, 0, 1);
    std::vector<uint64_t> there;
    for (const RosterEntry& entry : records.RosterAt(records.all.size() + 1)) {
      if (entry.partition != kSystemPartition) there.push_back(entry.partition.value());
    }
    const uint64_t partition = *rc::gen::inRange<uint64_t>(1, 5);
    const bool exists = std::find(there.begin(), there.end(), partition) != there.end();
    if (!exists) {
      records.Create(term, partition);
    } else if (*rc::gen::inRange(0, 6) == 0) {
      records.Drop(term, partition);
    } else {
      records.Add(term, partition, std::string(*rc::gen::inRange<size_t>(0, 20), 'p'));
    }
  }
  return records;
}

// Whatever a pack says, sealed as if that were right: the log afterwards is one that could have been written record by
// record, and what it had is as it was.
RC_GTEST_PROP(Pack, AMutatedOneFitsOrIsRefusedWhole, ()) {
  const Records records = AnyRecords();
  const uint64_t count = records.all.size();
  const uint64_t first = *rc::gen::inRange<uint64_t>(1, count + 1);
  const uint64_t last = *rc::gen::inRange<uint64_t>(first, count + 1);
  Receiver receiver;
  receiver.Fill(records, *rc::gen::inRange<uint64_t>(0, count + 1));
  HeadNote before = records.Before(first);
  if (*rc::gen::arbitrary<bool>()) before.term = Term(*rc::gen::inRange<uint64_t>(0, before.term.value() + 1));
  if (*rc::gen::arbitrary<bool>() && !before.roster.empty()) {
    RosterEntry& entry = before.roster[*rc::gen::inRange<size_t>(0, before.roster.size())];
    entry.next_index = PartitionIndex(*rc::gen::inRange<uint64_t>(1, 6));
  }
  std::string pack = records.Pack(first, last, before);
  const int changes = *rc::gen::inRange(0, 4);
  for (int i = 0; i < changes; ++i) {
    // Numbers stand in the first of eight bytes, mostly.
    const size_t at = *rc::gen::inRange<size_t>(0, pack.size() / 8) * 8 + *rc::gen::element<size_t>(0, 0, 0, 0, 4, 5);
    if (at < pack.size()) pack[at] = static_cast<char>(pack[at] + *rc::gen::element(-1, 1, 1, 2, 77));
  }
  if (changes > 0) pack = SealedAgain(std::move(pack));
  const std::vector<Entry> had = receiver.held.all;
  const absl::StatusOr<uint64_t> taken = receiver.Apply(pack);
  RC_CLASSIFY(taken.ok(), "taken");
  RC_CLASSIFY(taken.ok() && changes > 0, "changed and taken");
  RC_ASSERT(receiver.log->last().value() == receiver.held.all.size());
  RC_ASSERT(receiver.held.all.size() == had.size() + (taken.ok() ? *taken : 0));
  RC_ASSERT(std::equal(had.begin(), had.end(), receiver.held.all.begin()));
  RC_ASSERT(receiver.IsWhole());
  if (changes == 0 && first <= had.size() + 1 && before == records.Before(first)) RC_ASSERT(taken.ok());
  RC_ASSERT(receiver.Flush().ok());
  receiver.LosePower();
  RC_ASSERT(receiver.Open().ok());
  for (const Entry& entry : receiver.held.all) RC_ASSERT(receiver.visited[entry.raft_index.value()] == entry);
}

}  // namespace
}  // namespace tidemark
