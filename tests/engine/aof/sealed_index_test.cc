// Sealed files that opening skips: what it reads, what it still finds, and what a read finds later.

#include "engine/aof/sealed_index.h"

#include <vector>

#include "absl/types/optional.h"
#include "tests/engine/aof/many_files.h"

namespace tidemark::aof {
namespace {

class SealedIndexTest : public ManyFilesTest {
 protected:
  SealedIndexTest() { options_.scan_sealed = false; }
};

TEST_F(SealedIndexTest, SealedFilesAreNotReadAtOpen) {
  Open();
  FillFiles(5);
  const uint64_t base = BaseOf(5);
  Crash();
  world_->ForgetReads();
  Open();
  for (uint64_t id = 1; id <= 4; ++id) EXPECT_EQ(CountReads(Path(id)), 4096u) << "the head of file " << id;
  EXPECT_EQ(report_.skipped_files, 4u);
  EXPECT_EQ(report_.skipped_to, Sequence(base - 1));
  EXPECT_EQ(report_.files, 5u);
  EXPECT_EQ(report_.records, base);
  EXPECT_EQ(replayed_.records.begin()->first, base) << "the first record of the last file";
  EXPECT_EQ(aof_->first(), Sequence(1));
  EXPECT_EQ(aof_->appended(), Sequence(base));
}

TEST_F(SealedIndexTest, TheFileWithTheLastRecordIsRead) {
  Open();
  FillFiles(4);
  ASSERT_TRUE(Is(aof_->TruncateSuffix(Sequence(BaseOf(4) - 1)), absl::StatusCode::kOk));
  ASSERT_TRUE(Is(Flush(), absl::StatusCode::kOk));
  const uint64_t last = BaseOf(4) - 1;
  const uint64_t base = BaseOf(3);
  Crash();
  Open();
  EXPECT_EQ(report_.skipped_files, 2u);
  EXPECT_EQ(replayed_.records.begin()->first, base);
  EXPECT_EQ(replayed_.records.rbegin()->first, last);
  ReadAll();
}

TEST_F(SealedIndexTest, AFileIsReadOnceWhenOneOfItsRecordsIsRead) {
  Open();
  FillFiles(4);
  const uint64_t base = BaseOf(3);
  Crash();
  Open();
  world_->ForgetReads();
  EXPECT_EQ(*Read(base), Payload(base));
  EXPECT_GE(CountReads(Path(3)), 4096u);
  EXPECT_EQ(CountReads(Path(1)), 0u);
  EXPECT_EQ(CountReads(Path(2)), 0u);
  const uint64_t scanned = CountReads(Path(3));
  EXPECT_EQ(*Read(base + 1), Payload(base + 1));
  EXPECT_LE(CountReads(Path(3)), scanned + 4096) << "only the record";
  ReadAll();
}

TEST_F(SealedIndexTest, ReadsOfOneFileWaitForOneScan) {
  Open();
  FillFiles(3);
  Crash();
  Open();
  world_->ForgetReads();
  int answered = 0;
  for (uint64_t n = 1; n <= 5; ++n) {
    aof_->Read(Sequence(n), [&, n](absl::StatusOr<std::string> payload) {
      EXPECT_EQ(*payload, Payload(n));
      ++answered;
    });
  }
  world_->RunUntil([&] { return answered == 5; });
  EXPECT_EQ(answered, 5);
  EXPECT_LE(CountReads(Path(1)), world_->Content(Path(1)).size() + 5 * 4096);
}

TEST_F(SealedIndexTest, ARangeEndsWithItsFile) {
  Open();
  FillFiles(3);
  const uint64_t base = BaseOf(2);
  Crash();
  Open();
  const std::vector<Record> records = ReadRange(base - 2, 100);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[1].payload, Payload(base - 1));
  EXPECT_GT(ReadRange(base, 100).size(), 2u);
}

TEST_F(SealedIndexTest, DamageIsFoundByTheReadAndConcernsItsFileOnly) {
  Open();
  FillFiles(4);
  const uint64_t base = BaseOf(2);
  const uint64_t next = BaseOf(3);
  Crash();
  world_->Damage(Path(2), 1024 + 100);
  Open();
  for (uint64_t n = base; n < next; ++n) EXPECT_EQ(KindOf(Read(n).status()), ErrorKind::kCorruption) << n;
  EXPECT_EQ(*Read(base - 1), Payload(base - 1));
  EXPECT_EQ(*Read(next), Payload(next));
  AppendDurably("goes on");
  Crash();
  options_.scan_sealed = true;
  EXPECT_EQ(KindOf(TryOpen()), ErrorKind::kCorruption) << "an opening that reads all still finds it";
}

TEST_F(SealedIndexTest, AReadThatFailsMayBeTriedAgain) {
  Open();
  FillFiles(3);
  Crash();
  Open();
  world_->FailReads(1);
  EXPECT_EQ(KindOf(Read(1).status()), ErrorKind::kIoError);
  EXPECT_EQ(*Read(1), Payload(1));
}

TEST_F(SealedIndexTest, AShortFileIsDamageWhenItIsRead) {
  Open();
  FillFiles(3);
  Crash();
  world_->SetContent(Path(1), world_->Content(Path(1)).substr(0, 4096));
  Open();
  EXPECT_EQ(KindOf(Read(1).status()), ErrorKind::kCorruption);
}

TEST_F(SealedIndexTest, AFileInAnothersPlaceIsDamageWhenItIsRead) {
  Open();
  FillFiles(4);
  const uint64_t base = BaseOf(2);
  Crash();
  Open();
  world_->SetContent(Path(2), world_->Content(Path(1)));
  EXPECT_EQ(KindOf(Read(base).status()), ErrorKind::kCorruption);
}

TEST_F(SealedIndexTest, HeadsAreCheckedAtOpen) {
  Open();
  FillFiles(4);
  Crash();
  const std::string whole = world_->Content(Path(2));
  world_->Damage(Path(2), 70);
  EXPECT_EQ(KindOf(TryOpen()), ErrorKind::kCorruption);
  world_->SetContent(Path(2), whole);
  world_->Erase(Path(3));
  EXPECT_EQ(KindOf(TryOpen()), ErrorKind::kLostRecords);
}

TEST_F(SealedIndexTest, WhereTheLastFileIsDamagedAllIsRead) {
  Open();
  FillFiles(3);
  const uint64_t base = BaseOf(3);
  AppendDurably(Payload(base + 1));
  AppendDurably(Payload(base + 2));
  Crash();
  world_->Damage(Path(3), 512 + 100);
  EXPECT_EQ(KindOf(TryOpen()), ErrorKind::kCorruption);
  EXPECT_EQ(replayed_.records.begin()->first, 1u);
}

TEST_F(SealedIndexTest, ACutMayReachIntoASkippedFile) {
  for (const bool loaded : {false, true}) {
    world_ = std::make_unique<tests::MemoryWorld>();
    Open();
    FillFiles(4);
    const uint64_t new_end = BaseOf(2) + 2;
    Crash();
    Open();
    if (loaded) {
      EXPECT_TRUE(Read(new_end).ok());
    }
    ASSERT_TRUE(Is(aof_->TruncateSuffix(Sequence(new_end)), absl::StatusCode::kOk));
    EXPECT_EQ(KindOf(Read(new_end + 1).status()), ErrorKind::kTruncated);
    EXPECT_EQ(*Read(new_end), Payload(new_end));
    Append(Payload(new_end + 1));
    ReadAll();
    AppendDurably(Payload(new_end + 2));
    ReadAll();
    EXPECT_EQ(ReadRange(new_end - 1, 100).size(), 2u) << "what follows is in another file";
    LosePower();
    Open();
    EXPECT_EQ(report_.skipped_files, 4u);
    EXPECT_EQ(replayed_.records.begin()->first, new_end + 1);
    ReadAll();
    Crash();
  }
}

TEST_F(SealedIndexTest, ACutAloneInTheLastFileMayReachIntoASkippedOne) {
  Open();
  FillFiles(4);
  const uint64_t new_end = BaseOf(2) + 2;
  CutOnAFullDisk(new_end);
  LosePower();
  world_->SetCapacity(~uint64_t{0});
  Open();
  EXPECT_EQ(aof_->appended(), Sequence(new_end));
  EXPECT_EQ(report_.skipped_files, 1u) << "the file of the last record is read";
  EXPECT_EQ(replayed_.records.rbegin()->first, new_end);
  ReadAll();
  AppendDurably(Payload(new_end + 1));
  LosePower();
  Open();
  ReadAll();
}

TEST_F(SealedIndexTest, ARecordThatIsCutAndReplacedWhileItsFileIsReadComesAsItIsNow) {
  Open();
  FillFiles(4);
  const uint64_t new_end = BaseOf(2);
  Crash();
  Open();
  absl::StatusOr<std::string> replaced, cut;
  int answered = 0;
  aof_->Read(Sequence(new_end + 1), [&](absl::StatusOr<std::string> payload) {
    replaced = std::move(payload);
    ++answered;
  });
  aof_->Read(Sequence(new_end + 2), [&](absl::StatusOr<std::string> payload) {
    cut = std::move(payload);
    ++answered;
  });
  ASSERT_TRUE(Is(aof_->TruncateSuffix(Sequence(new_end)), absl::StatusCode::kOk));
  Append("new");
  world_->RunUntil([&] { return answered == 2; });
  EXPECT_EQ(*replaced, "new");
  EXPECT_EQ(KindOf(cut.status()), ErrorKind::kTruncated);
}

TEST_F(SealedIndexTest, TheFloorMayRiseOverSkippedFiles) {
  Open();
  FillFiles(5);
  const uint64_t floor = BaseOf(3) + 1;
  Crash();
  Open();
  EXPECT_TRUE(Read(1).ok());
  bool answered = false;
  aof_->Read(Sequence(BaseOf(2) + 8), [&](absl::StatusOr<std::string>) { answered = true; });
  ASSERT_TRUE(Is(TruncatePrefix(floor), absl::StatusCode::kOk));
  world_->RunUntil([&] { return answered; });
  EXPECT_TRUE(answered);
  EXPECT_FALSE(world_->Has(Path(2)));
  EXPECT_EQ(KindOf(Read(floor - 1).status()), ErrorKind::kTruncated);
  ReadAll();
  LosePower();
  Open();
  EXPECT_EQ(report_.skipped_files, 2u);
  EXPECT_EQ(aof_->first(), Sequence(floor));
  ReadAll();
}

TEST_F(SealedIndexTest, ALogStartedAgainForgetsThem) {
  Open();
  FillFiles(4);
  Crash();
  Open();
  EXPECT_TRUE(Read(1).ok());
  ASSERT_TRUE(Is(Wait([this](DiskDone done) { aof_->Restart(Sequence(3), std::move(done)); }), absl::StatusCode::kOk));
  for (uint64_t n = 3; n < 8; ++n) AppendDurably(Payload(n));
  ReadAll();
  EXPECT_EQ(KindOf(Read(2).status()), ErrorKind::kTruncated);
}

TEST_F(SealedIndexTest, WhatWasSkippedCanBeChecked) {
  const auto check = [this] { return Wait([this](DiskDone done) { aof_->CheckSkipped(std::move(done)); }); };
  Open();
  ASSERT_TRUE(Is(check(), absl::StatusCode::kOk)) << "nothing was skipped";
  FillFiles(5);
  Crash();
  Open();
  world_->ForgetReads();
  ASSERT_TRUE(Is(check(), absl::StatusCode::kOk));
  for (uint64_t id = 1; id <= 4; ++id) EXPECT_GT(CountReads(Path(id)), 4096u) << id;
  EXPECT_EQ(CountReads(Path(5)), 0u);
  world_->ForgetReads();
  ASSERT_TRUE(Is(check(), absl::StatusCode::kOk));
  EXPECT_EQ(CountReads(Path(1)), 0u) << "it is known by now";
  ReadAll();
  Crash();
  world_->Damage(Path(4), 1024 + 100);
  Open();
  EXPECT_EQ(KindOf(check()), ErrorKind::kCorruption);
}

// File 4 holds what was cut from the first one, and ends before that did.
TEST_F(SealedIndexTest, AFileThatReplacesTheMiddleOfAnotherIsCheckedToo) {
  Open();
  FillFiles(3);
  ASSERT_TRUE(Is(aof_->TruncateSuffix(Sequence(2)), absl::StatusCode::kOk));
  while (heard_->rotations.size() + 1 < 5) AppendDurably(std::string(1000, 'y'));
  ASSERT_EQ(BaseOf(4), 3u);
  ASSERT_LT(BaseOf(5), BaseOf(2));
  Crash();
  world_->Damage(Path(4), 512 + 100);
  Open();
  ASSERT_EQ(report_.skipped_files, 4u);
  EXPECT_EQ(KindOf(Wait([this](DiskDone done) { aof_->CheckSkipped(std::move(done)); })), ErrorKind::kCorruption);
}

TEST_F(SealedIndexTest, WhatIsGoneNeedNotCheckOut) {
  Open();
  FillFiles(5);
  const uint64_t floor = BaseOf(4);
  Crash();
  world_->Damage(Path(1), 1024 + 100);
  Open();
  absl::optional<absl::Status> checked;
  aof_->CheckSkipped([&](absl::Status status) { checked = std::move(status); });
  aof_->TruncatePrefix(Sequence(floor), [](absl::Status) {});
  world_->RunUntil([&] { return checked.has_value(); });
  EXPECT_TRUE(Is(*checked, absl::StatusCode::kOk));
}

TEST_F(SealedIndexTest, WhatIsBeingReadIsDroppedWithTheLog) {
  Open();
  FillFiles(3);
  Crash();
  Open();
  bool answered = false;
  aof_->Read(Sequence(1), [&](absl::StatusOr<std::string>) { answered = true; });
  world_->Step();
  aof_.reset();
  world_->RunReady();
  EXPECT_FALSE(answered);
}

}  // namespace
}  // namespace tidemark::aof
