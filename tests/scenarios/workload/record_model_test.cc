#include "scenarios/workload/record_model.h"

#include <string>

#include "gtest/gtest.h"
#include "scenarios/workload/payload.h"

namespace tidemark::scenarios {
namespace {

constexpr PartitionId kP1{1};
constexpr RecordName kFirst{1, 0}, kSecond{1, 1};

std::string PayloadOf(const PayloadSource& source, RecordName name, size_t bytes) {
  std::string payload(bytes, '\0');
  source.Fill(name, MutableByteSpan(reinterpret_cast<uint8_t*>(payload.data()), payload.size()));
  return payload;
}

TEST(PayloadSource, ARecordCarriesItsName) {
  const PayloadSource source(1);
  const std::string payload = PayloadOf(source, {3, 17}, 100);
  EXPECT_EQ(PayloadSource::NameIn(AsBytes(payload)), (RecordName{3, 17}));
  EXPECT_TRUE(source.Matches({3, 17}, AsBytes(payload)));
}

TEST(PayloadSource, EverySingleByteCounts) {
  const PayloadSource source(1);
  const std::string payload = PayloadOf(source, {3, 17}, 41);
  for (size_t i = 0; i < payload.size(); ++i) {
    std::string damaged = payload;
    damaged[i] ^= 1;
    EXPECT_FALSE(source.Matches({3, 17}, AsBytes(damaged))) << "byte " << i;
  }
}

TEST(PayloadSource, SeedsAndOrdinalsGiveDifferentBytes) {
  EXPECT_NE(PayloadOf(PayloadSource(1), {3, 17}, 64), PayloadOf(PayloadSource(2), {3, 17}, 64));
  EXPECT_NE(PayloadOf(PayloadSource(1), {3, 17}, 64).substr(8), PayloadOf(PayloadSource(1), {3, 18}, 64).substr(8));
}

TEST(PayloadSource, AShortPayloadHasNoName) { EXPECT_FALSE(PayloadSource::NameIn(AsBytes("1234567")).has_value()); }

TEST(RecordModel, RecordsArePlacedInTheOrderTheyWereSent) {
  RecordModel model;
  model.Sent(kP1, kFirst, 10, 111);
  model.Sent(kP1, kSecond, 20, 222);
  EXPECT_EQ(model.Placed(kP1, RaftIndex(1), PartitionIndex(1), 10, 111), Placement::kMatches);
  EXPECT_EQ(model.Placed(kP1, RaftIndex(2), PartitionIndex(2), 20, 222), Placement::kMatches);
  EXPECT_EQ(model.At(kP1, PartitionIndex(2))->name, kSecond);
  EXPECT_EQ(model.AtLog(RaftIndex(2))->index, PartitionIndex(2));
}

TEST(RecordModel, ARefusedRecordIsNotExpectedAnyMore) {
  RecordModel model;
  model.Sent(kP1, kFirst, 10, 111);
  model.Sent(kP1, kSecond, 20, 222);
  EXPECT_TRUE(model.Refused(kP1, kFirst));
  EXPECT_EQ(model.Placed(kP1, RaftIndex(1), PartitionIndex(1), 20, 222), Placement::kMatches);
  EXPECT_FALSE(model.WasSent(kFirst));
  EXPECT_FALSE(model.Refused(kP1, kSecond)) << "it was taken";
}

TEST(RecordModel, AnAcknowledgementMustNameThePlace) {
  RecordModel model;
  model.Sent(kP1, kFirst, 10, 111);
  model.Placed(kP1, RaftIndex(1), PartitionIndex(1), 10, 111);
  EXPECT_FALSE(model.Acknowledged(kP1, kFirst, PartitionIndex(2), RaftIndex(1)));
  EXPECT_FALSE(model.Acknowledged(kP1, kSecond, PartitionIndex(1), RaftIndex(1)));
  EXPECT_FALSE(model.Acknowledged(kP1, kFirst, PartitionIndex(1), RaftIndex(9)));
  EXPECT_EQ(model.Promised(kP1), PartitionIndex(0));
  EXPECT_TRUE(model.Acknowledged(kP1, kFirst, PartitionIndex(1), RaftIndex(1)));
  EXPECT_EQ(model.Promised(kP1), PartitionIndex(1));
}

TEST(RecordModel, ARecoveryDropsWhatIsAboveItsEndAndPromisesTheRest) {
  RecordModel model;
  for (uint32_t i = 0; i < 5; ++i) {
    model.Sent(kP1, {1, i}, 10, i);
    model.Placed(kP1, RaftIndex(i + 1), PartitionIndex(i + 1), 10, i);
  }
  model.Down();
  model.Recovered(RaftIndex(3));
  model.Recovered(kP1, PartitionIndex(3));
  EXPECT_EQ(model.Promised(kP1), PartitionIndex(3));
  EXPECT_EQ(model.At(kP1, PartitionIndex(4)), nullptr);
  EXPECT_EQ(model.AtLog(RaftIndex(4)), nullptr);
}

TEST(RecordModel, WhatOneRecoveryDidNotSeeTheNextOneMaySeeUntilAPlaceIsTaken) {
  RecordModel model;
  for (uint32_t i = 0; i < 5; ++i) {
    model.Sent(kP1, {1, i}, 10, i);
    model.Placed(kP1, RaftIndex(i + 1), PartitionIndex(i + 1), 10, i);
  }
  const auto recover = [&](uint64_t last) {
    model.Down();
    model.Recovered(RaftIndex(last));
    model.Recovered(kP1, PartitionIndex(last));
  };
  recover(3);
  EXPECT_EQ(model.Last(kP1), PartitionIndex(3));
  EXPECT_EQ(model.LastUnseen(kP1), PartitionIndex(5));
  recover(4);
  ASSERT_NE(model.At(kP1, PartitionIndex(4)), nullptr);
  EXPECT_EQ(model.At(kP1, PartitionIndex(4))->crc, 3u);
  EXPECT_EQ(model.AtLog(RaftIndex(4))->index, PartitionIndex(4));
  EXPECT_EQ(model.LastUnseen(kP1), PartitionIndex(5));
  model.PlacedControl(RaftIndex(5));
  EXPECT_EQ(model.LastUnseen(kP1), PartitionIndex(4));
}

TEST(RecordModel, ADroppedPartitionStartsAnewAndTheLogRemembersTheOldOne) {
  RecordModel model;
  model.PartitionCreated(kP1);
  model.Sent(kP1, kFirst, 10, 111);
  model.Placed(kP1, RaftIndex(1), PartitionIndex(1), 10, 111);
  model.DropSent(kP1);
  EXPECT_TRUE(model.MayVanish(kP1));
  model.PlacedControl(RaftIndex(2));
  model.PartitionDropped(kP1);
  EXPECT_TRUE(model.IsDropped(kP1));
  EXPECT_FALSE(model.MayExist(kP1));
  EXPECT_EQ(model.Last(kP1), PartitionIndex(0));
  EXPECT_EQ(model.LastBeforeDrop(kP1), PartitionIndex(1));
  model.PlacedControl(RaftIndex(3));
  model.CreateSent(kP1);
  model.PartitionCreated(kP1);
  EXPECT_FALSE(model.IsDropped(kP1));
  model.Sent(kP1, kSecond, 20, 222);
  EXPECT_EQ(model.Placed(kP1, RaftIndex(4), PartitionIndex(1), 20, 222), Placement::kMatches);
  EXPECT_EQ(model.RecordInLog(RaftIndex(1))->name, kFirst);
  EXPECT_EQ(model.RecordInLog(RaftIndex(4))->name, kSecond);
  EXPECT_EQ(model.RecordInLog(RaftIndex(2)), nullptr);
  EXPECT_TRUE(model.WasSent(kFirst));
}

TEST(RecordModel, ARecoveryShowsWhatBecameOfADrop) {
  for (const bool gone : {false, true}) {
    RecordModel model;
    model.PartitionCreated(kP1);
    model.DropSent(kP1);
    model.Down();
    gone ? model.PartitionLost(kP1) : model.Recovered(kP1, PartitionIndex(0));
    EXPECT_EQ(model.IsDropped(kP1), gone);
    EXPECT_FALSE(model.MayVanish(kP1));
    EXPECT_EQ(model.Incarnation(kP1), gone ? 1u : 0u);
  }
}

TEST(RecordModel, ACreationThatNeverHappenedIsNoDrop) {
  RecordModel model;
  model.CreateSent(kP1);
  model.Down();
  model.PartitionLost(kP1);
  EXPECT_FALSE(model.IsDropped(kP1));
  EXPECT_FALSE(model.MayExist(kP1));
}

TEST(RecordModel, ControlRecordsTakePlacesOfTheLogOnly) {
  RecordModel model;
  model.PlacedControl(RaftIndex(1));
  model.Sent(kP1, kFirst, 10, 111);
  EXPECT_EQ(model.Placed(kP1, RaftIndex(2), PartitionIndex(1), 10, 111), Placement::kMatches);
  EXPECT_EQ(model.AtLog(RaftIndex(1))->partition, kSystemPartition);
}

}  // namespace
}  // namespace tidemark::scenarios
