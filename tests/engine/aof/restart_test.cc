// Restart: all or nothing, whenever the machine dies.

#include "engine/base/ids.h"
#include "engine/base/status.h"
#include "tests/engine/aof/aof_fixture.h"

namespace tidemark::aof {
namespace {

class RestartTest : public AofTest {
 protected:
  absl::Status Restart(uint64_t base) {
    return Wait([this, base](DiskDone done) { aof_->Restart(Sequence(base), std::move(done)); });
  }
  void Fill(int records) {
    for (int i = 0; i < records; ++i) AppendDurably(absl::StrCat("old", i, std::string(400, 'x')));
  }
};

TEST_F(RestartTest, ForgetsAllAndGoesOnThere) {
  Open();
  Fill(40);
  ASSERT_TRUE(Is(Restart(1000), absl::StatusCode::kOk));
  EXPECT_EQ(aof_->first(), Sequence(1000));
  EXPECT_EQ(aof_->durable(), Sequence(999));
  EXPECT_EQ(world_->Names("p-7").size(), 2u) << "one file and the spare";
  EXPECT_EQ(Append("new"), Sequence(1000));
  ASSERT_TRUE(Is(Flush(), absl::StatusCode::kOk));
  LosePower();
  Open();
  EXPECT_EQ(replayed_.records, (std::map<uint64_t, std::string>{{1000, "new"}}));
}

TEST_F(RestartTest, MayGoOnBelowItsOldEnd) {
  Open();
  Fill(40);
  ASSERT_TRUE(Is(Restart(7), absl::StatusCode::kOk));
  AppendDurably("seven");
  LosePower();
  Open();
  EXPECT_EQ(replayed_.records, (std::map<uint64_t, std::string>{{7, "seven"}}));
}

// Its new file is the answer, not the batch that was on its way.
TEST_F(RestartTest, AtItsFirstRecordIsDoneWhenItIsDurable) {
  Open();
  Append("old");
  world_->Step();
  world_->Step();
  ASSERT_GT(aof_->pending_bytes(), 0u) << "a batch is on its way";
  ASSERT_TRUE(Is(Restart(1), absl::StatusCode::kOk));
  LosePower(1000, 0);
  Open();
  EXPECT_TRUE(replayed_.records.empty());
  EXPECT_EQ(aof_->appended(), Sequence(0));
}

TEST_F(RestartTest, IsRefusedBelowTheFloor) {
  Open();
  Fill(20);
  ASSERT_TRUE(Is(TruncatePrefix(10), absl::StatusCode::kOk));
  EXPECT_EQ(KindOf(Restart(9)), ErrorKind::kRefused);
  EXPECT_EQ(aof_->appended(), Sequence(20));
}

TEST_F(RestartTest, OldDamageDoesNotMatterAfterwards) {
  Open();
  Fill(3);
  LosePower();
  const std::string whole = world_->Content(Path(1));
  Open();
  ASSERT_TRUE(Is(Restart(50), absl::StatusCode::kOk));
  Crash();
  std::string damaged = whole;
  damaged[600] ^= 0x10;
  world_->SetContent(Path(1), damaged);
  Open();
  EXPECT_EQ(aof_->first(), Sequence(50));
  EXPECT_FALSE(world_->Has(Path(1)));
}

TEST_F(RestartTest, WorksOnAFullDiskFromTheSpare) {
  Open();
  Fill(3);
  world_->SetCapacity(world_->used_bytes());
  for (int i = 0; i < 60 && TryAppend(std::string(900, 'f')).ok(); ++i) {
    world_->RunUntil([&] { return aof_->full() || aof_->pending_bytes() == 0; });
  }
  world_->RunReady();
  ASSERT_TRUE(aof_->full());
  EXPECT_TRUE(Is(Restart(500), absl::StatusCode::kOk));
  world_->RunReady();
  EXPECT_FALSE(aof_->full());
  AppendDurably("new");
}

TEST_F(RestartTest, OfTwoTheLaterCountsForBoth) {
  Open();
  Fill(3);
  int done = 0;
  aof_->Restart(Sequence(10), [&](absl::Status status) { done += status.ok(); });
  for (int i = 0; i < 4; ++i) world_->Step();
  aof_->Restart(Sequence(20), [&](absl::Status status) { done += status.ok(); });
  EXPECT_EQ(Append("new"), Sequence(20));
  ASSERT_TRUE(Is(Flush(), absl::StatusCode::kOk));
  world_->RunReady();
  EXPECT_EQ(done, 2);
  LosePower();
  Open();
  EXPECT_EQ(replayed_.records, (std::map<uint64_t, std::string>{{20, "new"}}));
}

// The owner may know more than when it asked first: who else is in the roster, for one.
TEST_F(RestartTest, OfTwoAtTheSameRecordTheLaterOnesHeadNoteCounts) {
  Open();
  Fill(3);
  int done = 0;
  heard_->head_note = "first";
  aof_->Restart(Sequence(10), [&](absl::Status status) { done += status.ok(); });
  for (int i = 0; i < 4; ++i) world_->Step();
  ASSERT_TRUE(world_->Has(absl::StrCat("p-7/", Digits(2), ".new"))) << "its file is on its way";
  heard_->head_note = "second";
  aof_->Restart(Sequence(10), [&](absl::Status status) { done += status.ok(); });
  EXPECT_EQ(Append("new"), Sequence(10));
  ASSERT_TRUE(Is(Flush(), absl::StatusCode::kOk));
  world_->RunReady();
  EXPECT_EQ(done, 2);
  EXPECT_EQ(heard_->rotations, (std::vector<std::pair<uint64_t, uint64_t>>{{3, 10}})) << "only of the one that counts";
  LosePower();
  Open();
  EXPECT_EQ(replayed_.head_notes, std::vector<std::string>{"second"});
  EXPECT_EQ(replayed_.records, (std::map<uint64_t, std::string>{{10, "new"}}));
}

// Dies at each operation of the disk, by a kill or by power loss, and again at each one of the next opening.
TEST_F(RestartTest, LeavesTheOldLogOrTheNewOneWhereverItDies) {
  Open();
  Fill(20);
  Crash();
  const std::unique_ptr<tests::MemoryWorld> start = world_->Clone(1);
  uint64_t cases = 0;
  bool finished = false;
  for (uint64_t first_death = 1; !finished; ++first_death) {
    for (uint64_t variant = 0; variant < 6; ++variant) {
      world_ = start->Clone(100 * first_death + variant);
      Open();
      const uint64_t base = variant % 2 == 0 ? 100 : 5;
      world_->FreezeAtOperation(world_->operations() + first_death);
      bool durable = false;
      aof_->Restart(Sequence(base), [&](absl::Status status) { durable = status.ok(); });
      Append("new");
      world_->RunUntil([&] { return world_->frozen() || (aof_->durable() >= Sequence(base) && durable); });
      const bool promised = durable;
      finished = !world_->frozen();
      if (variant % 3 == 0) {
        Crash();
      } else {
        LosePower(variant * 160, 100);
      }
      world_->FreezeAtOperation(world_->operations() + 1 + variant);
      TryOpen().IgnoreError();
      LosePower(500, 100);
      world_->FreezeAtOperation(0);
      Open();
      const bool is_new = aof_->first() == Sequence(base);
      EXPECT_TRUE(is_new || !promised) << "death " << first_death << " variant " << variant;
      if (is_new) {
        EXPECT_LE(replayed_.records.size(), 1u);
        if (!replayed_.records.empty()) {
          EXPECT_EQ(replayed_.records.at(base), "new");
        }
      } else {
        EXPECT_EQ(aof_->first(), Sequence(1));
        EXPECT_EQ(replayed_.records.size(), 20u);
        EXPECT_EQ(replayed_.records.rbegin()->second.substr(0, 5), "old19");
      }
      ++cases;
    }
  }
  EXPECT_GT(cases, 40u);
}

}  // namespace
}  // namespace tidemark::aof
