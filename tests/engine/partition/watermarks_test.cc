// The ladder against a model that keeps every record with its state, and looks through all of them for the lowest
// that is still needed.

#include "engine/partition/watermarks.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/base/check.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace tidemark {
namespace {

class Events : public Tracer {
 public:
  void Emit(const TraceEvent& event) override { events.push_back(event); }
  std::vector<TraceEvent> events;
};

// Records of the partition from `first` on, whose raft indices are those from `raft_index` on.
void SetAppended(Watermarks& marks, size_t slot, PartitionIndex first, RaftIndex raft_index, uint64_t count = 1) {
  marks.SetAppended(slot, first, count,
                    [raft_index](uint64_t i) { return OutstandingRecord{.raft_index = raft_index.Plus(i)}; });
}

// One node with some partitions: legal steps only, chosen by numbers.
class Model {
 public:
  explicit Model(size_t partitions) {
    for (size_t i = 0; i < partitions; ++i) {
      marks_.AddPartition(PartitionId(i + 1), RaftIndex(0));
      slots_.emplace_back();
    }
  }

  void Step(uint64_t what, uint64_t n) {
    const size_t slot = n % slots_.size();
    switch (what % 9) {
      case 0: return AppendControl();
      case 1:
      case 2: return Append(slot, what % 9 == 1 ? 1 : n % 5 + 1);
      case 3: return Durable(n);
      case 4: return Forward(slot);
      case 5: return PartitionDurable(slot, n);
      case 6: return Apply(slot);
      case 7: return Truncate(n);
      case 8: return Rollback(n);
    }
  }

  void Check() {
    marks_.UpdateMinRequired();
    const Ladder& ladder = marks_.ladder();
    uint64_t lowest = durable_ + 1;
    uint64_t holder = 0;
    NeedReason why = NeedReason::kNone;
    for (size_t s = 0; s < slots_.size(); ++s) {
      const auto [need, reason] = Need(s);
      RC_ASSERT(marks_.partition(s).reason == reason);
      if (need == 0) continue;
      RC_ASSERT(marks_.partition(s).min_required == RaftIndex(need));
      if (need >= lowest) continue;
      lowest = need;
      holder = s + 1;
      why = reason;
    }
    RC_ASSERT(ladder.min_required == RaftIndex(lowest));
    RC_ASSERT(ladder.holder == PartitionId(holder));
    RC_ASSERT(ladder.reason == why);
    RC_ASSERT(ladder.safe == RaftIndex(Safe()));
    RC_ASSERT(ladder.safe.value() >= safe_before_);
    safe_before_ = ladder.safe.value();
    RC_ASSERT(ladder.truncated < ladder.min_required);
    RC_ASSERT(ladder.min_required <= ladder.durable.Next());
    for (size_t s = 0; s < slots_.size(); ++s) CheckSlot(s);
  }

 private:
  struct Slot {
    std::vector<uint64_t> records;  // raft index of partition index i + 1
    uint64_t forwarded = 0;         // partition indices
    uint64_t durable = 0;
    uint64_t applied = 0;
  };

  std::pair<uint64_t, NeedReason> Need(size_t s) const {
    const Slot& slot = slots_[s];
    for (uint64_t index = 1; index <= slot.records.size(); ++index) {
      if (index > slot.forwarded) return {slot.records[index - 1], NeedReason::kForward};
      if (index > slot.durable) return {slot.records[index - 1], NeedReason::kSync};
      if (index > slot.applied) return {slot.records[index - 1], NeedReason::kApply};
    }
    return {0, NeedReason::kNone};
  }
  // Looks at every record.
  uint64_t Safe() const {
    for (uint64_t safe = 0;; ++safe) {
      if (safe == durable_) return safe;
      for (const Slot& slot : slots_) {
        for (uint64_t index = slot.durable + 1; index <= slot.records.size(); ++index) {
          if (slot.records[index - 1] == safe + 1) return safe;
        }
      }
    }
  }
  void CheckSlot(size_t s) const {
    const Slot& slot = slots_[s];
    const PartitionLadder& p = marks_.partition(s);
    const auto raft = [&](uint64_t index) { return RaftIndex(index == 0 ? 0 : slot.records[index - 1]); };
    RC_ASSERT(p.appended == raft(slot.records.size()));
    RC_ASSERT(p.appended_index == PartitionIndex(slot.records.size()));
    RC_ASSERT(p.forwarded == raft(slot.forwarded));
    RC_ASSERT(p.partition_durable == raft(slot.durable));
    RC_ASSERT(p.applied == raft(slot.applied));
    for (uint64_t base = durable_ + 1; base <= appended_ + 1; ++base) {
      const uint64_t next =
          1 + std::count_if(slot.records.begin(), slot.records.end(), [&](uint64_t r) { return r < base; });
      RC_ASSERT(marks_.NextIndexAt(s, RaftIndex(base)) == PartitionIndex(next));
    }
  }

  void AppendControl() { marks_.SetAppended(RaftIndex(++appended_)); }
  void Append(size_t s, uint64_t count) {
    SetAppended(marks_, s, PartitionIndex(slots_[s].records.size() + 1), RaftIndex(appended_ + 1), count);
    for (; count > 0; --count) slots_[s].records.push_back(++appended_);
  }
  void Durable(uint64_t n) {
    if (durable_ == appended_) return;
    durable_ += 1 + n % (appended_ - durable_);
    marks_.SetDurable(RaftIndex(durable_));
    committed_ = durable_ - n % 3 % (durable_ - committed_ + 1);
    if (RaftIndex(committed_) > marks_.ladder().committed) marks_.SetCommitted(RaftIndex(committed_));
  }
  void Forward(size_t s) {
    Slot& slot = slots_[s];
    if (slot.forwarded == slot.records.size() || slot.records[slot.forwarded] > committed_) return;
    marks_.SetForwarded(s, PartitionIndex(++slot.forwarded));
  }
  void PartitionDurable(size_t s, uint64_t n) {
    Slot& slot = slots_[s];
    if (slot.durable == slot.forwarded) return;
    slot.durable += 1 + n % (slot.forwarded - slot.durable);
    marks_.SetPartitionDurable(s, PartitionIndex(slot.durable));
  }
  void Apply(size_t s) {
    Slot& slot = slots_[s];
    if (slot.applied == slot.forwarded) return;
    const uint64_t raft_index = slot.records[slot.applied];
    marks_.SetApplied(s, PartitionIndex(++slot.applied), RaftIndex(raft_index), 0);
  }
  void Truncate(uint64_t n) {
    marks_.UpdateMinRequired();
    const uint64_t limit = marks_.ladder().min_required.value() - 1;
    if (limit <= truncated_) return;
    truncated_ += 1 + n % (limit - truncated_);
    marks_.SetTruncated(RaftIndex(truncated_));
  }
  void Rollback(uint64_t n) {
    marks_.UpdateMinRequired();
    // What min_required says must stay true: nothing at or above it is rolled back below it.
    const uint64_t floor = std::max(committed_, marks_.ladder().min_required.value() - 1);
    if (floor >= appended_) return;
    appended_ = floor + n % (appended_ - floor + 1);
    durable_ = std::min(durable_, appended_);
    for (Slot& slot : slots_) {
      while (!slot.records.empty() && slot.records.back() > appended_) slot.records.pop_back();
    }
    marks_.Rollback(RaftIndex(appended_));
    safe_before_ = 0;
  }

  Events events_;
  Watermarks marks_{events_};
  std::vector<Slot> slots_;
  uint64_t appended_ = 0;
  uint64_t durable_ = 0;
  uint64_t committed_ = 0;
  uint64_t truncated_ = 0;
  uint64_t safe_before_ = 0;
};

RC_GTEST_PROP(Watermarks, AgreeWithAModelThatLooksThroughAllRecords, ()) {
  Model model(*rc::gen::inRange<size_t>(1, 6));
  const auto steps = *rc::gen::scale(5, rc::gen::container<std::vector<std::pair<uint64_t, uint64_t>>>(rc::gen::pair(
                                            rc::gen::inRange<uint64_t>(0, 1000), rc::gen::inRange<uint64_t>(0, 1000))));
  for (const auto& [what, n] : steps) {
    model.Step(what, n);
    model.Check();
  }
}

TEST(Watermarks, AWaitingCreationHoldsTheLog) {
  Events events;
  Watermarks marks(events);
  marks.SetAppended(RaftIndex(1));
  marks.SetAppended(RaftIndex(2));
  const size_t slot = marks.AddPartition(PartitionId(5), RaftIndex(2));
  marks.SetDurable(RaftIndex(2));
  marks.UpdateMinRequired();
  EXPECT_EQ(marks.ladder().min_required, RaftIndex(2));
  EXPECT_EQ(marks.ladder().holder, PartitionId(5));
  marks.FinishCreation(slot);
  marks.UpdateMinRequired();
  EXPECT_EQ(marks.ladder().min_required, RaftIndex(3));
}

TEST(Watermarks, RecoveryTakesUpWhereTheFilesEnd) {
  Events events;
  Watermarks marks(events);
  marks.Recover(RaftIndex(20), RaftIndex(4));
  RecoveredPartition found{.partition = PartitionId(1),
                           .durable_index = PartitionIndex(3),
                           .durable = RaftIndex(9),
                           .applied_index = PartitionIndex(2),
                           .applied = RaftIndex(7),
                           .truncated_index = {},
                           .spilled_index = {},
                           .in_log = {}};
  found.in_log.first = PartitionIndex(2);
  for (uint64_t raft_index : {7, 9, 12, 20}) found.in_log.records.PushBack({.raft_index = RaftIndex(raft_index)});
  const size_t slot = marks.RecoverPartition(std::move(found));
  marks.UpdateMinRequired();
  EXPECT_EQ(marks.ladder().min_required, RaftIndex(9)) << "durable in the file, not yet applied";
  EXPECT_EQ(marks.partition(slot).appended_index, PartitionIndex(5));
  EXPECT_EQ(marks.partition(slot).forwarded, RaftIndex(9));
  EXPECT_EQ(marks.ladder().safe, RaftIndex(11)) << "12 is not in the file";
  marks.SetApplied(slot, PartitionIndex(3), RaftIndex(9), 0);
  marks.UpdateMinRequired();
  EXPECT_EQ(marks.ladder().min_required, RaftIndex(12));
  EXPECT_EQ(marks.ladder().reason, NeedReason::kForward);
}

// A broken chain stops the process, with all numbers in the message.
class WatermarksCheck : public ::testing::Test {
 protected:
  static void Throw(const CheckFailure& failure) { throw std::runtime_error(failure.message); }
  void SetUp() override {
    before_ = SetCheckFailureHandler(&Throw);
    slot_ = marks_.AddPartition(PartitionId(1), RaftIndex(0));
    SetAppended(marks_, slot_, PartitionIndex(1), RaftIndex(1));
    SetAppended(marks_, slot_, PartitionIndex(2), RaftIndex(2));
  }
  void TearDown() override { SetCheckFailureHandler(before_); }
  template <typename Call>
  std::string FailureOf(Call call) {
    try {
      call();
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  }

  CheckFailureHandler before_ = nullptr;
  Events events_;
  Watermarks marks_{events_};
  size_t slot_ = 0;
};

TEST_F(WatermarksCheck, NothingIsForwardedBeforeItIsDurable) {
  EXPECT_NE(FailureOf([&] { marks_.SetForwarded(slot_, PartitionIndex(1)); }).find("out of order"), std::string::npos);
}
TEST_F(WatermarksCheck, DurableDoesNotPassAppended) {
  EXPECT_NE(FailureOf([&] { marks_.SetDurable(RaftIndex(3)); }).find("appended r2 durable r3"), std::string::npos);
}
TEST_F(WatermarksCheck, CommittedDoesNotPassDurable) {
  EXPECT_NE(FailureOf([&] { marks_.SetCommitted(RaftIndex(1)); }), "");
}
TEST_F(WatermarksCheck, NoRungGoesBack) {
  marks_.SetDurable(RaftIndex(2));
  EXPECT_NE(FailureOf([&] { marks_.SetDurable(RaftIndex(1)); }).find("went back"), std::string::npos);
}
TEST_F(WatermarksCheck, NothingNeededIsTruncated) {
  marks_.SetDurable(RaftIndex(2));
  EXPECT_NE(FailureOf([&] { marks_.SetTruncated(RaftIndex(1)); }), "");
}
TEST_F(WatermarksCheck, NothingIsAppliedTwiceOrOutOfOrder) {
  marks_.SetDurable(RaftIndex(2));
  marks_.SetCommitted(RaftIndex(2));
  marks_.SetForwarded(slot_, PartitionIndex(1));
  marks_.SetApplied(slot_, PartitionIndex(1), RaftIndex(1), 0);
  EXPECT_NE(FailureOf([&] { marks_.SetApplied(slot_, PartitionIndex(1), RaftIndex(1), 0); }), "");
  EXPECT_NE(FailureOf([&] { marks_.SetApplied(slot_, PartitionIndex(3), RaftIndex(3), 0); }), "");
}
TEST_F(WatermarksCheck, NothingCommittedIsRolledBack) {
  marks_.SetDurable(RaftIndex(2));
  marks_.SetCommitted(RaftIndex(2));
  EXPECT_NE(FailureOf([&] { marks_.Rollback(RaftIndex(1)); }).find("committed"), std::string::npos);
}

}  // namespace
}  // namespace tidemark
