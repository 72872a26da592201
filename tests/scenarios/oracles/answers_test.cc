// W1: what who asks for a place in the log is told. For each answer a standing that it contradicts, and one that it
// does not.

#include "scenarios/oracles/answers.h"

#include <utility>

#include "absl/status/status.h"
#include "engine/base/status.h"
#include "gtest/gtest.h"
#include "tests/scenarios/oracles/story.h"

namespace tidemark::scenarios {
namespace {

constexpr Taking kAll[] = {Taking::kAppend, Taking::kCreate, Taking::kDrop};

absl::Status Refused(absl::StatusCode code) { return MakeError(ErrorKind::kRefused, code, "as told"); }
const absl::StatusCode kTryAgain = absl::StatusCode::kResourceExhausted;
const absl::StatusCode kNever = absl::StatusCode::kInvalidArgument;

// What the oracles make of it, asked of a store with two partitions, of which the first has settled a record.
std::string Verdict(Taking what, uint64_t partition, const absl::Status& status, uint64_t bytes = 24) {
  Story story;
  SettledInOne(story, 1).PayloadLimit(100);
  story.Asked(what, partition, status, bytes);
  return story.Broken();
}

TEST(W1Answers, ARefusalThatALimitLetsGoOfMustSaySo) {
  EXPECT_EQ(Verdict(Taking::kAppend, 1, Refused(kTryAgain), 100), "");
  EXPECT_EQ(Verdict(Taking::kAppend, 1, Refused(kNever), 100), "W1");
}

TEST(W1Answers, APayloadThatNeverFitsMustBeToldSo) {
  EXPECT_EQ(Verdict(Taking::kAppend, 1, Refused(kNever), 101), "");
  EXPECT_EQ(Verdict(Taking::kAppend, 1, Refused(kTryAgain), 101), "W1");
}

TEST(W1Answers, ABatchThatNeverFitsMustBeToldSo) {
  const std::pair<fault::Setting, int64_t> limits[] = {{fault::Setting::kMaxUnappliedRecords, 4},
                                                       {fault::Setting::kMaxUnappliedBytes, 99},
                                                       {fault::Setting::kMaxTotalUnappliedBytes, 99},
                                                       {fault::Setting::kMaxRetainedRecords, 4},
                                                       {fault::Setting::kMaxLagRecords, 4}};
  for (const auto& limit : limits) {
    for (const absl::StatusCode code : {kTryAgain, kNever}) {
      Story fits(Story::Values{limit});
      SettledInOne(fits, 1).AskedForAll(1, 4, 24, Refused(code));
      EXPECT_EQ(fits.Broken(), code == kTryAgain ? "" : "W1") << InfoOf(limit.first).name;
      Story larger(Story::Values{limit});
      SettledInOne(larger, 1).AskedForAll(1, 5, 24, Refused(code));
      EXPECT_EQ(larger.Broken(), code == kNever ? "" : "W1") << InfoOf(limit.first).name;
    }
    Story taken(Story::Values{limit});
    SettledInOne(taken, 1).AskedForAll(1, 5, 24, absl::OkStatus());
    EXPECT_EQ(taken.Broken(), "W1") << InfoOf(limit.first).name;
  }
  Story empty;
  SettledInOne(empty, 1).AskedForAll(1, 0, 0, Refused(kNever));
  EXPECT_EQ(empty.Broken(), "");
  empty.AskedForAll(1, 0, 0, absl::OkStatus());
  EXPECT_EQ(empty.Broken(), "W1");
}

TEST(W1Answers, OnlyAnUnknownPartitionIsNotFound) {
  for (const Taking what : {Taking::kAppend, Taking::kDrop}) {
    EXPECT_EQ(Verdict(what, 3, absl::NotFoundError("as told")), "");
    EXPECT_EQ(Verdict(what, 3, absl::OkStatus()), "W1");
    EXPECT_EQ(Verdict(what, 1, absl::NotFoundError("as told")), "W1");
    EXPECT_EQ(Verdict(what, 1, absl::OkStatus()), "");
  }
  EXPECT_EQ(Verdict(Taking::kAppend, 3, Refused(kNever), 101), "W1") << "whatever its size";
  EXPECT_EQ(Verdict(Taking::kCreate, 3, absl::NotFoundError("as told")), "W1");
}

TEST(W1Answers, OnlyAPartitionThatIsThereAlreadyExists) {
  EXPECT_EQ(Verdict(Taking::kCreate, 1, absl::AlreadyExistsError("as told")), "");
  EXPECT_EQ(Verdict(Taking::kCreate, 1, absl::OkStatus()), "W1");
  EXPECT_EQ(Verdict(Taking::kCreate, 3, absl::AlreadyExistsError("as told")), "W1");
  EXPECT_EQ(Verdict(Taking::kCreate, 3, absl::OkStatus()), "");
}

TEST(W1Answers, APartitionThatIsOnItsWayIsThereAndTakesNothing) {
  Story story;
  SettledInOne(story, 1).DropSent(2);
  story.Dropping(2);
  for (const bool created : {false, true}) {
    story.Asked(Taking::kCreate, 2, absl::AlreadyExistsError("as told"));
    story.Asked(Taking::kAppend, 2, absl::NotFoundError("as told"));
    story.Asked(Taking::kDrop, 2, absl::NotFoundError("as told"));
    if (created) break;
    story.Drop(2);
    story.Asked(Taking::kCreate, 2, absl::AlreadyExistsError("its files are there"));
    story.Removed(2);
    story.Asked(Taking::kCreate, 2, absl::OkStatus());
    story.CreateAgain(2);
    story.Emit(TraceKind::kPartitionCreating, 2, {2});
  }
  EXPECT_EQ(story.Broken(), "") << story.Message();
  story.Emit(TraceKind::kPartitionCreated, 2, {2});
  story.Asked(Taking::kAppend, 2, absl::NotFoundError("as told"));
  EXPECT_EQ(story.Broken(), "W1") << story.Message();
}

TEST(W1Answers, ACreationIsRefusedForTooManyPartitionsOnly) {
  for (const uint64_t most : {2, 3}) {
    Story story;
    story.Start();
    story.PartitionLimit(most);
    story.Asked(Taking::kCreate, 3, Refused(kTryAgain));
    EXPECT_EQ(story.Broken(), most == 2 ? "" : "W1") << story.Message();
    Story taken;
    taken.Start();
    taken.PartitionLimit(most);
    taken.Asked(Taking::kCreate, 3, absl::OkStatus());
    EXPECT_EQ(taken.Broken(), most == 3 ? "" : "W1") << taken.Message();
    Story never;
    never.Start();
    never.PartitionLimit(most);
    never.Asked(Taking::kCreate, 3, Refused(kNever));
    EXPECT_EQ(never.Broken(), "W1") << "one may go";
  }
  EXPECT_EQ(Verdict(Taking::kDrop, 1, Refused(kTryAgain)), "W1");
}

TEST(W1Answers, AFullDiskIsNamedWhileTheLogIsFullAndOnlyThen) {
  for (const Taking what : kAll) {
    const uint64_t partition = what == Taking::kCreate ? 3 : 1;
    const absl::Status full = MakeError(ErrorKind::kDiskFull, "as told");
    EXPECT_EQ(Verdict(what, partition, full), "W1");
    for (const bool partitions_only : {false, true}) {
      Story story;
      story.Start();
      story.Emit(TraceKind::kFull, partitions_only ? 1 : 0, {});
      story.Asked(what, partition, full);
      EXPECT_EQ(story.Broken(), partitions_only ? "W1" : "") << story.Message();
    }
    Story space;
    space.Start();
    space.Emit(TraceKind::kFull, 0, {});
    space.Emit(TraceKind::kSpaceAgain, 0, {});
    space.Asked(what, partition, absl::OkStatus());
    EXPECT_EQ(space.Broken(), "") << space.Message();
    space.Asked(what, partition, full);
    EXPECT_EQ(space.Broken(), "W1");
  }
}

TEST(W1Answers, AFailedLogIsNamedAndNothingElse) {
  const absl::Status poisoned = MakeError(ErrorKind::kPoisoned, "as told");
  for (const Taking what : kAll) {
    const uint64_t partition = what == Taking::kCreate ? 3 : 1;
    EXPECT_EQ(Verdict(what, partition, poisoned), "W1");
    for (const absl::Status& status : {absl::OkStatus(), absl::NotFoundError("as told"), Refused(kTryAgain)}) {
      Story story;
      story.Start();
      story.Emit(TraceKind::kPoisoned, 0, {});
      story.Asked(what, partition, poisoned);
      EXPECT_EQ(story.Broken(), "") << story.Message();
      story.Asked(what, partition, status);
      EXPECT_EQ(story.Broken(), "W1") << status;
    }
  }
}

// A file that cannot be made is tried again; the log has taken the creation.
TEST(W1Answers, OnlyTheLogsFailureIsAnswered) {
  for (const Taking what : kAll) {
    for (const bool log_fails : {false, true}) {
      Story story;
      story.Start();
      const uint64_t partition = what == Taking::kCreate ? 3 : 1;
      const Standing asked = story.StandingOf(partition);
      story.Emit(TraceKind::kPoisoned, log_fails ? kSystemPartition.value() : partition, {});
      story.Answered(what, partition, asked, MakeError(ErrorKind::kPoisoned, "as told"));
      EXPECT_EQ(story.Broken(), log_fails ? "" : "W1") << story.Message();
    }
  }
}

}  // namespace
}  // namespace tidemark::scenarios
