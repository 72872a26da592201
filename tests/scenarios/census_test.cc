#include "scenarios/census.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tidemark::scenarios {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

size_t Row(fault::FaultKind kind) { return static_cast<size_t>(kind); }
size_t Row(RareState state) { return static_cast<size_t>(state); }

Census OneRun() {
  Census census;
  census.runs = 1;
  census.events = 50;
  census.appended = 7;
  census.acknowledged = 6;
  census.applied = 5;
  census.recoveries = 2;
  census.simulated = Duration::Millis(3);
  return census;
}

TEST(Census, RunsAddUp) {
  Census sum = OneRun();
  sum.Add(OneRun());
  EXPECT_EQ(sum.runs, 2u);
  EXPECT_EQ(sum.events, 100u);
  EXPECT_EQ(sum.appended, 14u);
  EXPECT_EQ(sum.acknowledged, 12u);
  EXPECT_EQ(sum.applied, 10u);
  EXPECT_EQ(sum.recoveries, 4u);
  EXPECT_EQ(sum.simulated, Duration::Millis(6));
}

TEST(Census, AFaultThatOneRunOrderedAndAnotherFiredIsNotMissed) {
  Census ordered = OneRun(), fired = OneRun();
  ordered.ordered[Row(fault::FaultKind::kBitRot)] = 1;
  EXPECT_THAT(ordered.Missed({}), ElementsAre("bit_rot"));
  fired.ordered[Row(fault::FaultKind::kBitRot)] = 1;
  fired.fired[Row(fault::FaultKind::kBitRot)] = 1;
  ordered.Add(fired);
  EXPECT_THAT(ordered.Missed({}), IsEmpty());
  EXPECT_EQ(ordered.ordered[Row(fault::FaultKind::kBitRot)], 2u);
}

TEST(Census, OnlyStatesThatMustBeReachedAreMissed) {
  Census census = OneRun();
  census.reached[Row(RareState::kTornTail)] = 1;
  const RareState must[] = {RareState::kTornTail, RareState::kRedo};
  EXPECT_THAT(census.Missed(must), ElementsAre("redo"));
}

}  // namespace
}  // namespace tidemark::scenarios
