// The unproven tail: copied, bridged, sealed; all or nothing.

#include "engine/aof/tail_repair.h"

#include "tests/engine/aof/aof_fixture.h"

namespace tidemark::aof {
namespace {

class TailRepairTest : public AofTest {
 protected:
  std::string Content(uint64_t id = 1) const { return world_->Content(Path(id)); }
  // Where in the file the text is, each time.
  size_t Count(const std::string& text) const {
    size_t count = 0;
    for (size_t at = Content().find(text); at != std::string::npos; at = Content().find(text, at + 1)) ++count;
    return count;
  }
};

TEST_F(TailRepairTest, TheLastBatchIsCopiedWithItsNotes) {
  Open();
  AppendDurably("proven");
  ASSERT_TRUE(aof_->AppendNote(AsBytes("note")).ok());
  Append("unproven 1");
  AppendDurably("unproven 2");
  Crash();
  Open();
  EXPECT_EQ(report_.proven, Sequence(1));
  EXPECT_EQ(report_.reappended_records, 2u);
  EXPECT_EQ(report_.reappended_notes, 1u);
  EXPECT_EQ(Count("unproven 2"), 2u);
  EXPECT_EQ(*Read(2), "unproven 1");
  EXPECT_EQ(*Read(3), "unproven 2");
}

TEST_F(TailRepairTest, NotesDoNotMultiplyHoweverOftenItIsInterrupted) {
  Open();
  AppendDurably("proven");
  ASSERT_TRUE(aof_->AppendNote(AsBytes("note")).ok());
  AppendDurably("unproven");
  Crash();
  const std::unique_ptr<tests::MemoryWorld> start = world_->Clone(1);
  uint64_t copied = 0;
  for (uint64_t death = 1; death < 20; ++death) {
    world_ = start->Clone(death);
    for (int i = 0; i < 4; ++i) {
      world_->FreezeAtOperation(world_->operations() + death);
      TryOpen().IgnoreError();
      Crash();
    }
    Open();
    copied = std::max(copied, report_.reappended_notes);
    EXPECT_LE(report_.reappended_notes, 1u) << death;
    EXPECT_EQ(*Read(2), "unproven");
    Crash();
  }
  EXPECT_EQ(copied, 1u);
}

TEST_F(TailRepairTest, WhatItReplacedMayRot) {
  Open();
  AppendDurably("proven");
  AppendDurably("unproven");
  Crash();
  Open();
  AppendDurably("later");
  Crash();
  for (uint64_t at = 1024; at < 1536; ++at) world_->Damage(Path(1), at, 0xA5);
  Open();
  EXPECT_EQ(replayed_.records.size(), 3u);
  EXPECT_EQ(*Read(2), "unproven");
}

TEST_F(TailRepairTest, AfterTheSealDamageIsCorruptionAndNoTornTail) {
  Open();
  AppendDurably("the only one");
  Crash();
  Open();
  Crash();
  const size_t copy = Content().rfind("the only one");
  world_->Damage(Path(1), copy);
  EXPECT_EQ(KindOf(TryOpen()), ErrorKind::kCorruption);
}

TEST_F(TailRepairTest, ASealThatWasNeverSyncedIsNotPromised) {
  Open();
  AppendDurably("one");
  Crash();
  Open();
  Crash();
  // The seal is the last block; a crash of the machine takes it before the next life.
  const std::string sealed = Content();
  const size_t seal = sealed.find_last_not_of('\0') / 512 * 512;
  Open();
  AppendDurably("two");
  Crash();
  for (size_t at = seal; at < seal + 512; ++at) world_->Damage(Path(1), at, 0x33);
  Open();
  EXPECT_EQ(replayed_.records.size(), 2u);
}

TEST_F(TailRepairTest, JunkIsBridged) {
  Open();
  AppendDurably("one");
  AppendDurably("two");
  Crash();
  Open();
  Crash();
  const size_t end = Content().find_last_not_of('\0') / 512 * 512 + 512;
  for (size_t at = end + 512; at < end + 700; ++at) world_->Damage(Path(1), at, 0x77);
  Open();
  EXPECT_EQ(report_.torn_offset, end);
  EXPECT_EQ(report_.torn_bytes, 1024u);
  AppendDurably("three");
  Crash();
  Open();
  EXPECT_EQ(report_.torn_bytes, 0u) << "told once";
  EXPECT_EQ(replayed_.records.size(), 3u);
}

TEST_F(TailRepairTest, ATailThatDoesNotFitGoesToANewFile) {
  Open();
  // Fills the first file so that the last batch cannot be copied in it.
  while (world_->Names("p-7").size() < 3 && Content().find_last_not_of('\0') < 6500)
    AppendDurably(std::string(900, 'x'));
  const uint64_t last = aof_->durable().value();
  Crash();
  Open();
  EXPECT_EQ(report_.last_file_id, 2u);
  EXPECT_EQ(report_.last, Sequence(last));
  EXPECT_EQ(*Read(last), std::string(900, 'x'));
  LosePower();
  Open();
  EXPECT_EQ(report_.records, last);
  EXPECT_EQ(report_.reappended_records, 0u);
}

// The head note is as large as the log was then, whatever the options have room for now.
TEST_F(TailRepairTest, TheHeadOfANewFileMayRepeatMoreThanTheOptionsAllowNow) {
  head_note_ = std::string(options_.max_head_note_bytes + 500, 'n');
  Open();
  while (world_->Names("p-7").size() < 3 && Content().find_last_not_of('\0') < 6500)
    AppendDurably(std::string(900, 'x'));
  const uint64_t last = aof_->durable().value();
  Crash();
  Open();
  EXPECT_EQ(report_.last_file_id, 2u);
  LosePower();
  Open();
  EXPECT_EQ(replayed_.head_notes.back(), head_note_);
  EXPECT_EQ(*Read(last), std::string(900, 'x'));
}

TEST_F(TailRepairTest, OnAFullDiskTheSpareTakesTheTail) {
  Open();
  while (Content().find_last_not_of('\0') < 6500) AppendDurably(std::string(900, 'x'));
  world_->RunReady();
  const uint64_t last = aof_->durable().value();
  Crash();
  world_->SetCapacity(world_->used_bytes());
  Open();
  EXPECT_TRUE(report_.used_spare);
  EXPECT_EQ(report_.last, Sequence(last));
}

TEST_F(TailRepairTest, ASpareOfSmallerFilesThanTheOptionsAskForIsTakenAsItIs) {
  Open();
  while (Content().find_last_not_of('\0') < 6500) AppendDurably(std::string(900, 'x'));
  world_->RunReady();
  const uint64_t last = aof_->durable().value();
  Crash();
  world_->SetCapacity(world_->used_bytes());
  options_.segment_bytes = 32768;
  Open();
  EXPECT_TRUE(report_.used_spare);
  EXPECT_EQ(*Read(last), std::string(900, 'x'));
}

TEST_F(TailRepairTest, ACutInTheTailIsCopiedToo) {
  Open();
  for (int i = 1; i <= 4; ++i) AppendDurably("record " + std::to_string(i));
  ASSERT_TRUE(aof_->TruncateSuffix(Sequence(2)).ok());
  ASSERT_TRUE(Flush().ok());
  Crash();
  Open();
  EXPECT_EQ(report_.last, Sequence(2));
  EXPECT_EQ(report_.proven, Sequence(2));
  Crash();
  Open();
  EXPECT_EQ(report_.last, Sequence(2));
  EXPECT_EQ(Append("another 3"), Sequence(3));
}

}  // namespace
}  // namespace tidemark::aof
