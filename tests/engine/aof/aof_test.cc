// The Aof as its owner sees it: appending, reading, reopening, truncating.

#include "tests/engine/aof/aof_fixture.h"

namespace tidemark::aof {
namespace {

TEST_F(AofTest, ANewLogIsEmpty) {
  Open();
  EXPECT_TRUE(report_.created);
  EXPECT_EQ(aof_->first(), Sequence(1));
  EXPECT_EQ(aof_->appended(), Sequence(0));
  EXPECT_EQ(aof_->durable(), Sequence(0));
}

TEST_F(AofTest, ARecordIsDurableAfterItsBatchIsSynced) {
  Open();
  EXPECT_EQ(Append("one"), Sequence(1));
  EXPECT_EQ(aof_->durable(), Sequence(0));
  world_->RunReady();
  EXPECT_EQ(heard_->durable, Sequence(1));
  EXPECT_EQ(aof_->durable(), Sequence(1));
}

TEST_F(AofTest, RecordsSurvivePowerLossOnceDurable) {
  Open();
  for (int i = 1; i <= 40; ++i) AppendDurably(std::string(i * 7, 'a' + i % 26));
  LosePower();
  Open();
  ASSERT_EQ(replayed_.records.size(), 40u);
  for (int i = 1; i <= 40; ++i) EXPECT_EQ(replayed_.records[i], std::string(i * 7, 'a' + i % 26));
  EXPECT_GT(report_.files, 1u);
}

TEST_F(AofTest, ReadsComeFromMemoryAndFromDisk) {
  Open();
  AppendDurably("on disk");
  Append("in memory");
  EXPECT_EQ(*Read(2), "in memory");
  EXPECT_EQ(*Read(1), "on disk");
  EXPECT_EQ(KindOf(Read(3).status()), ErrorKind::kTruncated);
}

TEST_F(AofTest, MemoryHasWhatIsOnItsWayAndTheNewest) {
  options_.recent_bytes = 1200;
  Open();
  const auto in_memory = [this](uint64_t sequence) {
    ByteSpan payload;
    return aof_->FindInMemory(Sequence(sequence), &payload) ? std::string(AsText(payload)) : "";
  };
  for (int i = 1; i <= 5; ++i) AppendDurably(std::string(400, 'a' + i));
  EXPECT_EQ(in_memory(5), std::string(400, 'a' + 5));
  EXPECT_EQ(in_memory(4), std::string(400, 'a' + 4));
  EXPECT_EQ(in_memory(1), "") << "it made room";
  Append("six");
  EXPECT_EQ(in_memory(6), "six");
  world_->Step();
  EXPECT_EQ(in_memory(6), "six") << "on its way";
  ASSERT_TRUE(aof_->TruncateSuffix(Sequence(4)).ok());
  Append("another five");
  EXPECT_EQ(in_memory(5), "another five");
  EXPECT_EQ(in_memory(6), "");
  ASSERT_TRUE(Flush().ok());
  EXPECT_EQ(in_memory(5), "another five");
  aof_->ReleaseMemory(Sequence(6));
  EXPECT_EQ(in_memory(5), "");
  EXPECT_EQ(*Read(5), "another five");
}

TEST_F(AofTest, MemoryHasTheNewestThoughTheirPlacesAreLetGo) {
  options_.recent_bytes = 100'000;
  options_.max_known_records = 0;
  Open();
  while (heard_->rotations.size() < 2) AppendDurably(std::string(700, 'a'));
  ByteSpan payload;
  for (uint64_t i = 1; i <= aof_->appended().value(); ++i) {
    ASSERT_TRUE(aof_->FindInMemory(Sequence(i), &payload)) << i;
    EXPECT_EQ(AsText(payload), std::string(700, 'a'));
  }
}

TEST_F(AofTest, MemoryForgetsWhatALogThatStartsAgainHad) {
  options_.recent_bytes = 100'000;
  Open();
  for (int i = 1; i <= 5; ++i) AppendDurably("old " + std::to_string(i));
  Append("old 6");
  world_->Step();  // on its way
  ASSERT_TRUE(Wait([&](DiskDone done) { aof_->Restart(Sequence(3), std::move(done)); }).ok());
  for (int i = 3; i <= 7; ++i) AppendDurably("new " + std::to_string(i));
  ByteSpan payload;
  for (uint64_t i = 3; i <= 7; ++i) {
    ASSERT_TRUE(aof_->FindInMemory(Sequence(i), &payload)) << i;
    EXPECT_EQ(AsText(payload), "new " + std::to_string(i));
  }
}

TEST_F(AofTest, OpeningAgainAndAgainWritesNothingMore) {
  Open();
  AppendDurably("one");
  AppendDurably("two");
  for (int i = 0; i < 3; ++i) {
    Crash();
    Open();
    EXPECT_EQ(report_.reappended_records, i == 0 ? 1u : 0u);
    EXPECT_EQ(replayed_.records.size(), 2u);
  }
  const std::string before = world_->Content(Path(1));
  for (int i = 0; i < 100; ++i) {
    LosePower();
    Open();
    EXPECT_EQ(report_.proven, Sequence(2));
  }
  EXPECT_EQ(world_->Content(Path(1)), before);
  EXPECT_EQ(report_.files, 1u);
}

TEST_F(AofTest, ARecordThatIsLongerThanTheLastFileAllowsGoesToANewFile) {
  Open();
  AppendDurably(std::string(1000, 'a'));
  options_.max_record_bytes = 1800;
  Open();
  AppendDurably(std::string(1000, 'b'));
  EXPECT_FALSE(world_->Has(Path(2))) << "the file takes what its own header allows";
  AppendDurably(std::string(1001, 'c'));
  EXPECT_TRUE(world_->Has(Path(2)));
  EXPECT_EQ(*Read(3), std::string(1001, 'c'));
  AppendDurably("d");
  LosePower(0);
  Open();
  EXPECT_EQ(replayed_.records[3], std::string(1001, 'c'));
  EXPECT_EQ(replayed_.records.size(), 4u);
}

TEST_F(AofTest, ANoteThatIsLongerThanTheLastFileAllowsGoesToANewFile) {
  Open();
  AppendDurably("a");
  options_.max_record_bytes = 1800;
  Open();
  const std::string note(1800, 'n');
  ASSERT_TRUE(aof_->AppendNote(AsBytes(note)).ok());
  ASSERT_TRUE(Is(Flush(), absl::StatusCode::kOk));
  LosePower(0);
  Open();
  EXPECT_EQ(replayed_.notes.size(), 1u);
}

TEST_F(AofTest, ARangeEndsBeforeARecordThatIsDamaged) {
  Open();
  for (int i = 1; i <= 5; ++i) AppendDurably("record " + std::to_string(i));
  world_->Damage(Path(1), world_->Content(Path(1)).find("record 4"));
  for (const uint64_t from : {1, 3, 4, 5}) {
    absl::StatusOr<std::vector<Record>> read = absl::UnknownError("still reading");
    bool done = false;
    aof_->ReadRange(Sequence(from), 10, 1000, [&](absl::StatusOr<std::vector<Record>> records) {
      read = std::move(records);
      done = true;
    });
    ASSERT_TRUE(world_->RunUntil([&] { return done; }));
    if (from == 4) {
      EXPECT_EQ(KindOf(read.status()), ErrorKind::kCorruption);
    } else {
      ASSERT_TRUE(read.ok()) << read.status();
      EXPECT_EQ(read->size(), from == 5 ? 1 : 4 - from);
    }
  }
}

}  // namespace
}  // namespace tidemark::aof
