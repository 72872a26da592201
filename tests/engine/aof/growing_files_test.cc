// A log whose files begin small and grow: engine/aof/core_write.cc (Rotate), core_truncate.cc (the spare).

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/engine/aof/aof_fixture.h"

namespace tidemark::aof {
namespace {

class GrowingFilesTest : public AofTest {
 protected:
  GrowingFilesTest() {
    options_.segment_bytes = 32768;
    options_.first_segment_bytes = 4096;
  }

  uint64_t SizeOf(const std::string& name) const {
    return world_->Content(absl::StrCat(options_.directory, "/", name)).size();
  }
  uint64_t SizeOf(uint64_t file_id) const { return world_->Content(Path(file_id)).size(); }
  void Fill(int count) {
    for (int i = 0; i < count; ++i) AppendDurably(std::string(900, 'x'));
    world_->RunReady();
  }
  uint64_t LastFile() const {
    uint64_t last = 0;
    for (uint64_t id = 1; id < 100; ++id) last = world_->Has(Path(id)) ? id : last;
    return last;
  }
  bool HasSpare() const { return world_->Has(absl::StrCat(options_.directory, "/spare")); }
  void FillTheDisk() {
    world_->SetCapacity(world_->used_bytes());
    for (int i = 0; i < 80 && TryAppend(std::string(900, 'x')).ok(); ++i) world_->RunReady();
    ASSERT_TRUE(aof_->full());
  }
  // One cut after another on a disk that is full, until the reserved blocks, and the spare, are used up. The last one
  // waits.
  void UseUpTheHeadRoom() {
    Fill(60);
    FillTheDisk();
    for (int cuts = 1; cut_waits_ == 0; ++cuts) {
      ASSERT_LT(cuts, 80);
      ASSERT_TRUE(Is(aof_->TruncateSuffix(aof_->appended().Prev()), absl::StatusCode::kOk));
      ++cut_waits_;
      aof_->Flush([this](absl::Status status) { cut_waits_ -= status.ok(); });
      world_->RunReady();
    }
    ASSERT_FALSE(HasSpare());
    ASSERT_EQ(SizeOf(LastFile()), 32768u);
  }

  int cut_waits_ = 0;
};

TEST_F(GrowingFilesTest, EachFileIsTwiceAsLargeAsTheOneBefore) {
  Open();
  EXPECT_EQ(SizeOf(1), 4096u);
  EXPECT_EQ(SizeOf("spare"), 4096u);
  Fill(60);
  std::vector<uint64_t> sizes;
  for (uint64_t id = 1; world_->Has(Path(id)); ++id) sizes.push_back(SizeOf(id));
  EXPECT_EQ(sizes, (std::vector<uint64_t>{4096, 8192, 16384, 32768, 32768}));
  EXPECT_EQ(SizeOf("spare"), 32768u);
}

TEST_F(GrowingFilesTest, ABatchThatNeedsALargerFileGetsOne) {
  options_.max_record_bytes = 20000;
  options_.max_batch_bytes = 24000;
  Open();
  AppendDurably(std::string(20000, 'x'));
  EXPECT_GE(SizeOf(2), 20000u);
  EXPECT_LE(SizeOf(2), 32768u);
  Open();
  EXPECT_EQ(replayed_.records[1].size(), 20000u);
}

// Whatever the moment of a crash: the last file never outgrows the head-room.
TEST_F(GrowingFilesTest, TheSpareGrowsFirst) {
  for (uint64_t operation = 1; operation < 120; ++operation) {
    world_ = std::make_unique<tests::MemoryWorld>(operation);
    Open();
    world_->FreezeAtOperation(world_->operations() + operation);
    for (int i = 0; i < 12; ++i) Append(std::string(900, 'x'));
    Flush().IgnoreError();
    aof_.reset();
    world_->PowerLoss();
    world_->FreezeAtOperation(0);
    EXPECT_GE(SizeOf("spare"), SizeOf(LastFile())) << "after operation " << operation;
    Open();
    aof_.reset();
    world_->Kill();
  }
}

TEST_F(GrowingFilesTest, OnAFullDiskALogStillCutsAndTruncates) {
  Open();
  Fill(10);
  world_->SetCapacity(world_->used_bytes());
  for (int i = 0; i < 40 && TryAppend(std::string(900, 'x')).ok(); ++i) world_->RunReady();
  ASSERT_TRUE(aof_->full());
  const Sequence last = aof_->durable();
  ASSERT_TRUE(Is(aof_->TruncateSuffix(Sequence(last.value() - 1)), absl::StatusCode::kOk));
  EXPECT_TRUE(Is(TruncatePrefix(last.value() - 1), absl::StatusCode::kOk));
  Open();
  EXPECT_EQ(replayed_.records.size(), 1u);
}

// Whatever fits the last file: its copy, which carries a cut besides, fits a file of the same size.
TEST_F(GrowingFilesTest, NoCopyOfATailNeedsALargerFile) {
  options_.segment_bytes = options_.first_segment_bytes = 8192;
  options_.max_record_bytes = 8000;
  options_.max_batch_bytes = 8192;
  options_.segment_bytes = 32768;
  const uint64_t room = 8192 - HeaderBytes(head_note_.size(), 512) - kReservedBlocks * 512;
  for (uint64_t spare_bytes = 0; spare_bytes <= 64; spare_bytes += 8) {
    world_ = std::make_unique<tests::MemoryWorld>(1);
    Open();
    AppendDurably(std::string(room - kCommitFrameBytes - kFrameHeaderBytes - spare_bytes, 'x'));
    const uint64_t size = SizeOf(world_->Has(Path(2)) ? 2 : 1);
    Crash();
    Open();
    const uint64_t last = world_->Has(Path(3)) ? 3 : world_->Has(Path(2)) ? 2 : 1;
    EXPECT_EQ(SizeOf(last), size) << spare_bytes << " bytes to spare";
    EXPECT_GE(SizeOf("spare"), size) << spare_bytes;
    Crash();
  }
}

// Nothing is left of the head-room, and the last file has no room for the copy of what it does not prove.
TEST_F(GrowingFilesTest, OnAFullDiskAnUnprovenTailNeedsTheSmallestFileOnly) {
  Open();
  UseUpTheHeadRoom();
  const uint64_t last_file = LastFile();
  const Sequence durable = aof_->durable();
  Crash();
  world_->SetCapacity(world_->used_bytes());
  EXPECT_TRUE(Is(TryOpen(), absl::StatusCode::kResourceExhausted));
  world_->SetCapacity(world_->used_bytes() + 8192);
  Open();
  EXPECT_LE(SizeOf(last_file + 1), 8192u);
  EXPECT_EQ(aof_->appended(), durable.Next()) << "the cut that waited is not there";
  EXPECT_TRUE(Is(TruncatePrefix(aof_->appended().value()), absl::StatusCode::kOk));
  LosePower();
  Open();
  AppendDurably("goes on");
}

TEST_F(GrowingFilesTest, ASpareForSmallerFilesIsReplaced) {
  options_.first_segment_bytes = 0;
  options_.segment_bytes = 8192;
  Open();
  AppendDurably("x");
  world_->RunReady();
  EXPECT_EQ(SizeOf("spare"), 8192u);
  options_.segment_bytes = 32768;
  Open();
  world_->RunReady();
  EXPECT_EQ(SizeOf("spare"), 32768u);
}

TEST_F(GrowingFilesTest, ASpareThatCouldNotBeMadeIsMadeWithTheNextFile) {
  Open();
  Fill(60);  // the files have their full size: none asks for a larger spare
  FillTheDisk();
  const Sequence last = aof_->durable();
  for (uint64_t cut = 1; HasSpare(); ++cut) {
    ASSERT_LT(cut, 20u) << "the spare is not used up";
    ASSERT_TRUE(Is(aof_->TruncateSuffix(Sequence(last.value() - cut)), absl::StatusCode::kOk));
    ASSERT_TRUE(Is(Flush(), absl::StatusCode::kOk));
  }
  ASSERT_FALSE(aof_->full());
  world_->SetCapacity(1u << 30);
  Fill(80);
  EXPECT_TRUE(HasSpare());
}

TEST_F(GrowingFilesTest, WithoutASpareACutWaitsForTheSmallestFileOnly) {
  Open();
  UseUpTheHeadRoom();
  const Sequence end = aof_->appended();
  world_->SetCapacity(world_->used_bytes() + 4096);
  world_->RunUntil([this] { return cut_waits_ == 0; });
  ASSERT_EQ(cut_waits_, 0);
  EXPECT_EQ(SizeOf(LastFile()), 4096u);
  LosePower(0);
  Open();
  EXPECT_EQ(aof_->appended(), end);
}

TEST_F(GrowingFilesTest, WithoutASpareAFloorWaitsForTheSmallestFileOnly) {
  Open();
  UseUpTheHeadRoom();
  world_->SetCapacity(world_->used_bytes() + 4096);
  EXPECT_TRUE(Is(TruncatePrefix(aof_->durable().value()), absl::StatusCode::kOk));
  EXPECT_FALSE(world_->Has(Path(1)));
  EXPECT_FALSE(aof_->full());
  AppendDurably("there is space again");
}

TEST_F(GrowingFilesTest, WithoutASpareALogStartsAgainInTheSmallestFile) {
  Open();
  UseUpTheHeadRoom();
  world_->SetCapacity(world_->used_bytes() + 4096);
  EXPECT_TRUE(
      Is(Wait([this](DiskDone done) { aof_->Restart(Sequence(1000), std::move(done)); }), absl::StatusCode::kOk));
  EXPECT_EQ(SizeOf(LastFile()), 4096u);
  AppendDurably("new");
}

// What waits may be asked for again and again meanwhile.
TEST_F(GrowingFilesTest, ADiskThatHasNoRoomForTheSmallestFileIsAskedOnceInAWhile) {
  Open();
  UseUpTheHeadRoom();
  const uint64_t operations = world_->operations();
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(Is(aof_->TruncateSuffix(aof_->appended().Prev()), absl::StatusCode::kOk));
    world_->RunReady();
  }
  EXPECT_EQ(world_->operations(), operations);
  EXPECT_TRUE(aof_->full());
}

TEST_F(GrowingFilesTest, TheSpareGrowsFirstAfterTheSmallestFileToo) {
  options_.first_segment_bytes = 8192;
  Open();
  UseUpTheHeadRoom();
  world_->SetCapacity(world_->used_bytes() + 4096);
  world_->RunUntil([this] { return cut_waits_ == 0; });
  ASSERT_EQ(SizeOf(LastFile()), 4096u);
  Crash();
  const uint64_t smallest = LastFile();
  const std::unique_ptr<tests::MemoryWorld> start = world_->Clone(1);
  for (uint64_t operation = 1; operation < 100; ++operation) {
    world_ = start->Clone(operation);
    world_->SetCapacity(1u << 30);
    Open();
    world_->FreezeAtOperation(world_->operations() + operation);
    for (int i = 0; i < 12; ++i) Append(std::string(900, 'x'));
    Flush().IgnoreError();
    aof_.reset();
    world_->PowerLoss();
    world_->FreezeAtOperation(0);
    EXPECT_TRUE(!HasSpare() || SizeOf("spare") >= SizeOf(LastFile())) << "after operation " << operation;
    EXPECT_TRUE(!world_->Has(Path(smallest + 1)) || SizeOf(smallest + 1) >= 8192) << "as large as a first one";
    Open();
    aof_.reset();
    world_->Kill();
  }
}

}  // namespace
}  // namespace tidemark::aof
