#include "engine/node/spill.h"

#include <algorithm>

#include "absl/types/optional.h"
#include "engine/base/status.h"
#include "engine/node/file_options.h"
#include "engine/node/spill_record.h"
#include "gtest/gtest.h"
#include "tests/support/memory_world.h"

namespace tidemark::tests {
namespace {

class SpillTest : public ::testing::Test {
 protected:
  SpillTest() {
    engine_options.store_id = {1, 2};
    engine_options.partition_segment_bytes = 64u << 10;
    engine_options.block_bytes = 512;
    engine_options.max_payload_bytes = 4096;
  }
  absl::Status Open() {
    spill.reset();
    aof::Options options = SpillFileOptions(engine_options);
    options.mode = aof::Options::Mode::kCreateIfMissing;
    absl::optional<absl::Status> status;
    Spill::Open(world.env(), options, [&](absl::StatusOr<std::unique_ptr<Spill>> opened) {
      status = opened.status();
      if (opened.ok()) spill = *std::move(opened);
    });
    EXPECT_TRUE(world.RunUntil([&] { return status.has_value(); }));
    return *status;
  }
  // Record `index` of the partition stands at 10 * index + partition in the log.
  absl::Status Add(uint64_t partition, uint64_t index, const std::string& payload) {
    EntryHeader header;
    header.term = Term(3);
    header.partition = PartitionId(partition);
    header.partition_index = PartitionIndex(index);
    return spill->Add(RaftIndex(10 * index + partition), {header, AsBytes(payload)});
  }
  void Flush() {
    absl::optional<absl::Status> status;
    spill->Flush([&](const absl::Status& s) { status = s; });
    ASSERT_TRUE(world.RunUntil([&] { return status.has_value(); }));
    ASSERT_TRUE(status->ok()) << *status;
  }
  absl::StatusOr<Entry> Read(uint64_t partition, uint64_t index) {
    absl::optional<absl::StatusOr<Entry>> entry;
    spill->Read(PartitionId(partition), PartitionIndex(index), [&](absl::StatusOr<Entry> e) { entry = std::move(e); });
    EXPECT_TRUE(world.RunUntil([&] { return entry.has_value(); }));
    return *std::move(entry);
  }
  bool Holds(uint64_t partition, uint64_t index) { return spill->Holds(PartitionId(partition), PartitionIndex(index)); }
  void PowerLoss() {
    spill.reset();
    world.PowerLoss(/*keep_permille=*/0, /*garbage_permille=*/0);
  }

  MemoryWorld world;
  EngineOptions engine_options;
  std::unique_ptr<Spill> spill;
};

TEST_F(SpillTest, WhatWasFlushedIsReadBackAfterPowerLoss) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Add(1, 4, "four").ok());
  ASSERT_TRUE(Add(2, 9, "nine").ok());
  Flush();
  PowerLoss();
  ASSERT_TRUE(Open().ok());
  const absl::StatusOr<Entry> entry = Read(2, 9);
  ASSERT_TRUE(entry.ok()) << entry.status();
  EXPECT_EQ(entry->payload, "nine");
  EXPECT_EQ(entry->raft_index, RaftIndex(92));
  EXPECT_EQ(entry->header.term, Term(3));
  EXPECT_EQ(spill->Find(PartitionId(1), PartitionIndex(4))->raft_index, RaftIndex(41));
  EXPECT_EQ(spill->live_bytes(), 2 * Spill::FrameBytes(4));
}

TEST_F(SpillTest, WhatIsNotHereIsToldApartFromDamage) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Add(1, 4, "four").ok());
  Flush();
  EXPECT_EQ(KindOf(Read(1, 5).status()), ErrorKind::kTruncated);
  EXPECT_EQ(spill->Find(PartitionId(2), PartitionIndex(4)), nullptr);
  const std::string path = "spill/00000000000000000001.aof";
  world.Damage(path, world.Content(path).find("four"));
  EXPECT_EQ(KindOf(Read(1, 4).status()), ErrorKind::kCorruption);
}

TEST_F(SpillTest, TheNewestCopyCounts) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Add(1, 4, "of a partition that was dropped").ok());
  ASSERT_TRUE(Add(1, 4, "of its successor").ok());
  Flush();
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(Read(1, 4)->payload, "of its successor");
  EXPECT_EQ(spill->live_bytes(), Spill::FrameBytes(16));
}

TEST_F(SpillTest, WhatIsForgottenIsGone) {
  ASSERT_TRUE(Open().ok());
  for (uint64_t i = 1; i <= 5; ++i) ASSERT_TRUE(Add(1, i, "x").ok() && Add(2, i, "y").ok());
  Flush();
  spill->ForgetThrough(PartitionId(1), PartitionIndex(2));
  spill->ForgetFrom(PartitionId(2), PartitionIndex(4));
  spill->KeepOnly([](PartitionId, PartitionIndex index) { return index != PartitionIndex(3); });
  EXPECT_FALSE(Holds(1, 2) || Holds(1, 3) || Holds(2, 3) || Holds(2, 4) || Holds(2, 5));
  EXPECT_TRUE(Holds(1, 4) && Holds(1, 5) && Holds(2, 1) && Holds(2, 2));
  EXPECT_EQ(spill->live_bytes(), 4 * Spill::FrameBytes(1));
}

// One record stays for ever while thousands come and go behind it.
TEST_F(SpillTest, ItStaysSmallThoughItsFirstRecordIsNeededForEver) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Add(1, 1, std::string(1000, 'a')).ok());
  for (uint64_t i = 1; i <= 3000; ++i) {
    ASSERT_TRUE(Add(2, i, std::string(1000, 'b')).ok());
    if (i % 10 == 0) {
      Flush();
      spill->ForgetThrough(PartitionId(2), PartitionIndex(i));
    }
  }
  world.RunReady();
  EXPECT_LE(spill->file_bytes(), 4 * engine_options.partition_segment_bytes);
  EXPECT_EQ(Read(1, 1)->payload, std::string(1000, 'a'));
  PowerLoss();
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(Read(1, 1)->payload, std::string(1000, 'a'));
}

TEST_F(SpillTest, ARecordThatMovesWhileItIsReadIsReadWhereItGoes) {
  engine_options.max_known_records = 0;  // a read scans the file first
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Add(1, 1, "needed").ok());
  for (uint64_t i = 1; i <= 100; ++i) ASSERT_TRUE(Add(2, i, std::string(1000, 'b')).ok());
  Flush();
  const std::string file = "spill/" + world.Names("spill").front();
  world.HangOpensOf(file);
  absl::optional<absl::StatusOr<Entry>> entry;
  spill->Read(PartitionId(1), PartitionIndex(1), [&](absl::StatusOr<Entry> e) { entry = std::move(e); });
  ASSERT_TRUE(Add(1, 1, "needed").ok());
  spill->ForgetThrough(PartitionId(2), PartitionIndex(100));
  ASSERT_TRUE(world.RunUntil([&] { return !world.Has(file); })) << "it is given up where it was";
  EXPECT_FALSE(entry.has_value());
  world.ReleaseOpens();
  ASSERT_TRUE(world.RunUntil([&] { return entry.has_value(); }));
  ASSERT_TRUE(entry->ok()) << entry->status();
  EXPECT_EQ((*entry)->payload, "needed");
}

// The copy that moves is needed where it was until it is durable where it goes.
TEST_F(SpillTest, ARecordThatMovesSurvivesPowerLossAtEveryOperation) {
  for (uint64_t at = 1; at < 60; ++at) {
    for (const std::string& name : world.Names("spill")) world.Erase("spill/" + name);
    ASSERT_TRUE(Open().ok());
    ASSERT_TRUE(Add(1, 1, "needed").ok());
    for (uint64_t i = 1; i <= 30; ++i) ASSERT_TRUE(Add(2, i, std::string(1000, 'b')).ok());
    Flush();
    world.FreezeAtOperation(world.operations() + at);
    spill->ForgetThrough(PartitionId(2), PartitionIndex(30));
    world.RunReady();
    spill.reset();
    world.PowerLoss();
    ASSERT_TRUE(Open().ok());
    ASSERT_TRUE(Read(1, 1).ok()) << "frozen at operation " << at;
    spill.reset();
  }
}

TEST(SpillRecordTest, WhatNobodySpillsIsRefused) {
  EntryHeader header;
  header.partition = PartitionId(7);
  header.partition_index = PartitionIndex(1);
  uint8_t bytes[kSpillRecordHeaderBytes];
  EncodeSpillRecordHeader(RaftIndex(5), header, bytes);
  const absl::StatusOr<SpillRecordView> sound = DecodeSpillRecord(ByteSpan(bytes, sizeof(bytes)));
  ASSERT_TRUE(sound.ok()) << sound.status();
  EXPECT_EQ(sound->raft_index, RaftIndex(5));
  EXPECT_EQ(sound->entry.header, header);
  EXPECT_EQ(KindOf(DecodeSpillRecord(ByteSpan(bytes, sizeof(bytes) - 1)).status()), ErrorKind::kCorruption);
  EncodeSpillRecordHeader(RaftIndex(0), header, bytes);
  EXPECT_EQ(KindOf(DecodeSpillRecord(ByteSpan(bytes, sizeof(bytes))).status()), ErrorKind::kCorruption);
  header.kind = RecordKind::kDropPartition;
  EncodeSpillRecordHeader(RaftIndex(5), header, bytes);
  EXPECT_EQ(KindOf(DecodeSpillRecord(ByteSpan(bytes, sizeof(bytes))).status()), ErrorKind::kCorruption);
}

}  // namespace
}  // namespace tidemark::tests
