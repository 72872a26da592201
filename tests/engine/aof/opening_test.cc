// Opening: what a directory may hold, and what opening makes of it.

#include "engine/aof/opening.h"

#include "tests/engine/aof/aof_fixture.h"

namespace tidemark::aof {
namespace {

class OpeningTest : public AofTest {};

TEST_F(OpeningTest, ANewLogHasOneFileAndASpare) {
  Open();
  EXPECT_EQ(world_->Names("p-7"), (std::vector<std::string>{Digits(1) + ".aof", "spare"}));
  EXPECT_EQ(world_->Content("p-7/spare"), std::string(8192, '\0'));
}

TEST_F(OpeningTest, ModesSayWhatMayBeThere) {
  options_.mode = Options::Mode::kExisting;
  EXPECT_EQ(KindOf(TryOpen()), ErrorKind::kNoStore);
  options_.mode = Options::Mode::kCreate;
  Open();
  Crash();
  EXPECT_EQ(KindOf(TryOpen()), ErrorKind::kStoreExists);
  options_.mode = Options::Mode::kExisting;
  Open();
  EXPECT_FALSE(report_.created);
}

TEST_F(OpeningTest, AnEmptyDirectoryIsNoStore) {
  options_.mode = Options::Mode::kExisting;
  world_->MakeDirectory("p-7", [](absl::Status) {});
  world_->RunReady();
  EXPECT_EQ(KindOf(TryOpen()), ErrorKind::kNoStore);
}

TEST_F(OpeningTest, AnotherStoreOrLogIsTold) {
  Open();
  Crash();
  const Options right = options_;
  options_.store_id.low ^= 1;
  EXPECT_EQ(KindOf(TryOpen()), ErrorKind::kWrongStore);
  options_ = right;
  ++options_.log_id;
  EXPECT_EQ(KindOf(TryOpen()), ErrorKind::kWrongStore);
  options_ = right;
  Open();
}

TEST_F(OpeningTest, FilesUnderConstructionAreRemovedAndOthersLeftAlone) {
  Open();
  AppendDurably("kept");
  Crash();
  world_->SetContent("p-7/" + Digits(2) + ".new", "half a header");
  world_->SetContent("p-7/spare.new", "");
  world_->SetContent("p-7/notes.txt", "mine");
  Open();
  EXPECT_EQ(world_->Names("p-7"), (std::vector<std::string>{Digits(1) + ".aof", "notes.txt", "spare"}));
  EXPECT_EQ(report_.removed_files, 2u);
  EXPECT_EQ(replayed_.records[1], "kept");
}

TEST_F(OpeningTest, AMissingSpareIsMadeAgain) {
  Open();
  Crash();
  world_->Erase("p-7/spare");
  Open();
  world_->RunReady();
  EXPECT_TRUE(world_->Has("p-7/spare"));
}

TEST_F(OpeningTest, OtherSizesApplyToNewFilesOnly) {
  Open();
  AppendDurably("small blocks");
  Crash();
  options_.block_bytes = 4096;
  options_.segment_bytes = 32768;
  Open();
  while (heard_->rotations.empty()) AppendDurably(std::string(900, 'x'));
  const uint64_t records = aof_->durable().value();
  ASSERT_EQ(heard_->rotations.size(), 1u);
  EXPECT_EQ(world_->Content(Path(1)).size(), 8192u);
  EXPECT_EQ(world_->Content(Path(2)).size(), 32768u);
  LosePower();
  Open();
  EXPECT_EQ(replayed_.records.size(), records);
}

TEST_F(OpeningTest, DeadFilesThatACrashLeftAreRemoved) {
  Open();
  for (int i = 0; i < 20; ++i) AppendDurably(std::string(700, 'x'));
  const std::string first = world_->Content(Path(1));
  ASSERT_TRUE(TruncatePrefix(15).ok());
  Crash();
  world_->SetContent(Path(1), first);  // as if the removal had been lost
  Open();
  EXPECT_FALSE(world_->Has(Path(1)));
  EXPECT_EQ(report_.first, Sequence(15));
}

TEST_F(OpeningTest, DamageBelowTheFloorHarmsNobody) {
  Open();
  for (int i = 0; i < 20; ++i) AppendDurably(std::string(700, 'x'));
  const std::string first = world_->Content(Path(1));
  ASSERT_TRUE(TruncatePrefix(15).ok());
  Crash();
  world_->SetContent(Path(1), std::string(first.size(), '#'));
  Open();
  EXPECT_EQ(replayed_.records.size(), 6u);
}

TEST_F(OpeningTest, AnErrorOfTheDiskIsToldAndTheNextTryWorks) {
  Open();
  AppendDurably("one");
  Crash();
  world_->FailReads(1);
  EXPECT_EQ(KindOf(TryOpen()), ErrorKind::kIoError);
  world_->FailSyncs(1);
  EXPECT_EQ(KindOf(TryOpen()), ErrorKind::kIoError);
  Open();
  EXPECT_EQ(replayed_.records[1], "one");
}

TEST_F(OpeningTest, AWrongOptionIsRefusedWithItsName) {
  options_.block_bytes = 1000;
  const absl::Status status = TryOpen();
  EXPECT_EQ(KindOf(status), ErrorKind::kRefused);
  EXPECT_NE(status.message().find("block_bytes = 1000"), absl::string_view::npos) << status;
}

TEST_F(OpeningTest, CreatingOnAFullDiskIsToldAndLeavesNoStore) {
  world_->SetCapacity(10000);  // the spare fits, the file does not
  EXPECT_EQ(KindOf(TryOpen()), ErrorKind::kDiskFull);
  world_->SetCapacity(~uint64_t{0});
  Open();
  EXPECT_TRUE(report_.created);
}

TEST_F(OpeningTest, BlocksThatAreTooSmallToBeWrittenDirectlyAreNamed) {
  Open();
  AppendDurably("x");
  Crash();
  world_->SetAlignment(4096);
  options_.block_bytes = 4096;
  options_.segment_bytes = 64u << 10;
  options_.direct = true;
  const absl::Status status = TryOpen();
  EXPECT_EQ(KindOf(status), ErrorKind::kRefused);
  EXPECT_NE(status.message().find("aof option direct: its blocks are of 512 bytes"), absl::string_view::npos) << status;
}

// Nothing is in it.
TEST_F(OpeningTest, ASpareThatCannotBeLookedAtIsReplaced) {
  Open();
  AppendDurably("x");
  Crash();
  world_->FailNamesOf("p-7/spare", 1);
  Open();
  world_->RunReady();
  EXPECT_TRUE(world_->Has("p-7/spare"));
  EXPECT_EQ(*Read(1), "x");
}

}  // namespace
}  // namespace tidemark::aof
