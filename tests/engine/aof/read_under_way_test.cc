// Reads while the log changes: the answer is of the log as it is when it comes.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/base/ids.h"
#include "engine/base/status.h"
#include "tests/engine/aof/aof_fixture.h"

namespace tidemark::aof {
namespace {

class ReadUnderWayTest : public AofTest {
 protected:
  void SetUp() override {
    Open();
    for (int i = 1; i <= 5; ++i) AppendDurably(absl::StrCat("old ", i));
    world_->RunReady();
  }
  void Begin(uint64_t from, uint64_t count) {
    aof_->ReadRange(Sequence(from), count, 1000, [this](absl::StatusOr<std::vector<Record>> result) {
      ASSERT_EQ(answers_, 0);
      ++answers_;
      answer_ = std::move(result);
    });
  }
  absl::Status Cut(uint64_t new_end) { return aof_->TruncateSuffix(Sequence(new_end)); }
  // "<number>: <payload>" of each, or the kind of the error.
  std::string End() {
    world_->RunUntil([this] { return answers_ > 0; });
    if (!answer_.ok()) return std::string(ErrorKindName(KindOf(answer_.status())));
    std::string all;
    for (const Record& record : *answer_) absl::StrAppend(&all, record.sequence.value(), ": ", record.payload, "; ");
    return all;
  }

  int answers_ = 0;
  absl::StatusOr<std::vector<Record>> answer_ = absl::UnknownError("still reading");
};

TEST_F(ReadUnderWayTest, OfARecordThatIsCutFindsNothing) {
  Begin(5, 1);
  ASSERT_TRUE(Cut(4).ok());
  EXPECT_EQ(End(), "truncated");
}

TEST_F(ReadUnderWayTest, OfARecordThatIsReplacedFindsTheNewOne) {
  Begin(4, 9);
  ASSERT_TRUE(Cut(3).ok());
  Append("new");
  EXPECT_EQ(End(), "4: new; ");
}

TEST_F(ReadUnderWayTest, OfARecordThatIsReplacedAndDurableFindsTheNewOne) {
  world_->HangOpensOf(Path(1));
  Begin(4, 1);
  ASSERT_TRUE(Cut(3).ok());
  AppendDurably("new");
  world_->HangOpensOf("");
  world_->ReleaseOpens();
  EXPECT_EQ(End(), "4: new; ");
}

TEST_F(ReadUnderWayTest, ARangeEndsWhereTheLogWasCut) {
  Begin(2, 4);
  ASSERT_TRUE(Cut(4).ok());
  ASSERT_TRUE(Cut(3).ok());
  Append("new");
  ASSERT_TRUE(Cut(3).ok());
  Append("newer");
  EXPECT_EQ(End(), "2: old 2; 3: old 3; ");
}

TEST_F(ReadUnderWayTest, ACutBehindTheRangeLeavesItWhole) {
  Begin(2, 3);
  ASSERT_TRUE(Cut(4).ok());
  EXPECT_EQ(End(), "2: old 2; 3: old 3; 4: old 4; ");
}

TEST_F(ReadUnderWayTest, OfALogThatStartsAgainFindsWhatItHoldsThen) {
  Begin(3, 2);
  aof_->Restart(Sequence(2), [](const absl::Status&) {});
  Append("new 2");
  Append("new 3");
  EXPECT_EQ(End(), "3: new 3; ");
}

TEST_F(ReadUnderWayTest, OfALogThatStartsAgainBehindItFindsNothing) {
  Begin(3, 2);
  aof_->Restart(Sequence(4), [](const absl::Status&) {});
  Append("new 4");
  EXPECT_EQ(End(), "truncated");
}

TEST_F(ReadUnderWayTest, OfARecordThatFallsBelowTheFloorFindsNothing) {
  Begin(3, 2);
  aof_->TruncatePrefix(Sequence(4), [](const absl::Status&) {});
  EXPECT_EQ(End(), "truncated");
}

TEST_F(ReadUnderWayTest, FromMemoryIsNoOther) {
  Append("old 6");
  Append("old 7");
  Begin(6, 2);
  ASSERT_TRUE(Cut(5).ok());
  Append("new 6");
  EXPECT_EQ(End(), "6: new 6; ");
}

TEST_F(ReadUnderWayTest, OfARecordThatComesFindsIt) {
  Begin(6, 1);
  Append("new 6");
  EXPECT_EQ(End(), "6: new 6; ");
}

TEST_F(ReadUnderWayTest, BegunAfterTheCutIsLeftAlone) {
  world_->HangOpensOf(Path(1));
  aof_->Read(Sequence(5), [](const absl::StatusOr<std::string>&) {});
  ASSERT_TRUE(Cut(4).ok());
  AppendDurably("new");
  world_->HangOpensOf("");
  Begin(5, 1);
  EXPECT_EQ(End(), "5: new; ") << "while the other one waits";
  world_->ReleaseOpens();
  world_->RunReady();
}

}  // namespace
}  // namespace tidemark::aof
