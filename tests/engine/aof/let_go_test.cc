// A log that holds few places of its records: what it lets go, what it finds again, and what it never needs to.

#include "engine/aof/let_go.h"

#include <algorithm>
#include <vector>

#include "absl/types/optional.h"
#include "engine/aof/open_files.h"
#include "engine/base/random.h"
#include "tests/engine/aof/many_files.h"

namespace tidemark::aof {
namespace {

class LetGoTest : public ManyFilesTest {
 protected:
  LetGoTest() { options_.max_known_records = 0; }

  // The files of such events since the last call.
  std::vector<uint64_t> Files(TraceKind kind) {
    std::vector<uint64_t> files;
    for (const TraceEvent& event : world_->events) {
      if (event.kind == kind) files.push_back(event.args[0]);
    }
    world_->events.clear();
    return files;
  }
  std::vector<uint64_t> Scanned() { return Files(TraceKind::kSealedFileRead); }
  std::vector<uint64_t> LetGo() { return Files(TraceKind::kPlacesLetGo); }
  using Ids = std::vector<uint64_t>;
};

// Takes the place of one that is idle.
class OtherLog : public OpenFiles::Owner {
 public:
  bool CloseFiles() override { return true; }
};

TEST_F(LetGoTest, TheOldestSealedFilesGoWhenAFileIsSealed) {
  options_.max_known_records = 30;
  Open();
  FillFiles(3);
  ASSERT_LE(BaseOf(3), 30u);
  EXPECT_EQ(LetGo(), Ids{});
  FillFiles(4);
  ASSERT_GT(BaseOf(4), 31u);
  EXPECT_EQ(LetGo(), Ids{1});
  FillFiles(6);
  EXPECT_EQ(LetGo(), (Ids{2, 3}));
  for (uint64_t n = BaseOf(4); n <= aof_->appended().value(); ++n) EXPECT_EQ(*Read(n), Payload(n));
  EXPECT_EQ(Scanned(), Ids{}) << "those are held";
  EXPECT_EQ(*Read(BaseOf(4) - 1), Payload(BaseOf(4) - 1));
  EXPECT_EQ(*Read(BaseOf(3)), Payload(BaseOf(3)));
  EXPECT_EQ(Scanned(), Ids{3});
}

TEST_F(LetGoTest, WithinTheBudgetNothingGoes) {
  options_.max_known_records = 1000;
  Open();
  FillFiles(6);
  ReadAll();
  EXPECT_EQ(LetGo(), Ids{});
}

TEST_F(LetGoTest, OfNoneAllowedTheLastFileAndTheOneReadAreHeld) {
  Open();
  FillFiles(4);
  EXPECT_EQ(LetGo(), (Ids{1, 2, 3}));
  ReadAll();
  EXPECT_EQ(Scanned(), (Ids{1, 2, 3})) << "each once, as they are read in order";
  AppendDurably(Payload(aof_->appended().value() + 1));
  ReadAll();
  EXPECT_EQ(Scanned(), (Ids{1, 2, 3})) << "and again";
}

TEST_F(LetGoTest, TheFileUsedLeastRecentlyIsForgottenFirst) {
  options_.max_known_records = 30;
  Open();
  FillFiles(8);
  const uint64_t first = 1, second = BaseOf(2), third = BaseOf(3);
  world_->events.clear();
  for (const uint64_t n : {first, second, first + 1, third, first + 2, third + 1}) EXPECT_EQ(*Read(n), Payload(n));
  EXPECT_EQ(Scanned(), (Ids{1, 2, 3})) << "the second one went for the third";
  EXPECT_EQ(*Read(second + 1), Payload(second + 1));
  EXPECT_EQ(LetGo(), Ids{1});
}

TEST_F(LetGoTest, AnOpeningThatReadsAllHoldsNoMore) {
  Open();
  FillFiles(5);
  Crash();
  world_->events.clear();
  Open();
  EXPECT_EQ(LetGo(), (Ids{1, 2, 3, 4}));
  EXPECT_EQ(replayed_.records.size(), aof_->appended().value());
  EXPECT_EQ(report_.skipped_files, 0u);
  EXPECT_EQ(report_.skipped_to, Sequence(0));
  world_->ForgetReads();
  EXPECT_TRUE(Is(Wait([this](DiskDone done) { aof_->CheckSkipped(std::move(done)); }), absl::StatusCode::kOk));
  EXPECT_EQ(CountReads(Path(1)), 0u) << "nothing was skipped";
  ReadAll();
  EXPECT_EQ(Scanned(), (Ids{1, 2, 3, 4}));
}

TEST_F(LetGoTest, WhatOpeningSkippedIsCheckedWithNoPlacesHeld) {
  options_.scan_sealed = false;
  Open();
  FillFiles(5);
  Crash();
  Open();
  EXPECT_EQ(report_.skipped_files, 4u);
  world_->events.clear();
  EXPECT_TRUE(Is(Wait([this](DiskDone done) { aof_->CheckSkipped(std::move(done)); }), absl::StatusCode::kOk));
  EXPECT_EQ(Scanned(), (Ids{1, 2, 3, 4}));
}

TEST_F(LetGoTest, WhatThisLifeWroteNeedsNoCheck) {
  options_.scan_sealed = false;
  Open();
  FillFiles(5);
  const uint64_t new_end = BaseOf(2) + 2, end = aof_->appended().value();
  Crash();
  Open();
  ASSERT_TRUE(Is(aof_->TruncateSuffix(Sequence(new_end)), absl::StatusCode::kOk));
  for (uint64_t n = new_end + 1; n < end + 30; ++n) AppendDurably(Payload(n));
  world_->events.clear();
  EXPECT_TRUE(Is(Wait([this](DiskDone done) { aof_->CheckSkipped(std::move(done)); }), absl::StatusCode::kOk));
  EXPECT_EQ(Scanned(), (Ids{1, 2})) << "not the files that were let go since";
}

TEST_F(LetGoTest, ACutMayReachIntoAFileThatWasLetGo) {
  for (const bool loaded : {false, true}) {
    world_ = std::make_unique<tests::MemoryWorld>();
    Open();
    FillFiles(4);
    const uint64_t new_end = BaseOf(2) + 2;
    if (loaded) {
      EXPECT_TRUE(Read(new_end).ok());
    }
    ASSERT_TRUE(Is(aof_->TruncateSuffix(Sequence(new_end)), absl::StatusCode::kOk));
    EXPECT_EQ(KindOf(Read(new_end + 1).status()), ErrorKind::kTruncated);
    EXPECT_EQ(*Read(new_end), Payload(new_end));
    Append(Payload(new_end + 1));
    ReadAll();
    FillFiles(7);
    ReadAll();
    ASSERT_TRUE(Is(aof_->TruncateSuffix(Sequence(new_end - 1)), absl::StatusCode::kOk));
    for (uint64_t n = new_end; n < new_end + 30; ++n) AppendDurably(Payload(n));
    ReadAll();
    LosePower();
    Open();
    ReadAll();
    Crash();
  }
}

TEST_F(LetGoTest, ACutAloneMayReachIntoAFileThatWasLetGo) {
  Open();
  FillFiles(4);
  const uint64_t new_end = BaseOf(2) + 2;
  CutOnAFullDisk(new_end);
  ReadAll();
  world_->SetCapacity(~uint64_t{0});
  aof_->RetryNow();
  world_->RunUntil([&] { return !aof_->full(); });
  for (uint64_t n = new_end + 1; n < new_end + 30; ++n) AppendDurably(Payload(n));
  ReadAll();
}

TEST_F(LetGoTest, AFileMayGoWhileItIsRead) {
  Open();
  FillFiles(5);
  const uint64_t floor = BaseOf(3) + 1;
  int answered = 0;
  for (const uint64_t n : {uint64_t{1}, BaseOf(2) + 1, floor - 1, floor}) {
    aof_->Read(Sequence(n), [&, n](absl::StatusOr<std::string> payload) {
      ++answered;
      if (n == floor) {
        EXPECT_EQ(*payload, Payload(n));
      } else {
        EXPECT_TRUE(payload.ok() || KindOf(payload.status()) == ErrorKind::kTruncated) << payload.status();
      }
    });
  }
  ASSERT_TRUE(Is(TruncatePrefix(floor), absl::StatusCode::kOk));
  world_->RunUntil([&] { return answered == 4; });
  EXPECT_EQ(answered, 4);
  EXPECT_FALSE(world_->Has(Path(2)));
  ReadAll();
}

// The new file of before is made while the log starts again, below where that file begins: what waits for the next one
// has its place in memory.
TEST_F(LetGoTest, ALogThatStartsAgainWhileAFileIsMadeKeepsWhatItTakes) {
  bool begun = false;
  for (uint64_t steps = 0; steps < 60; ++steps) {
    world_ = std::make_unique<tests::MemoryWorld>();
    Open();
    FillFiles(2);
    const uint64_t files = heard_->rotations.size();
    world_->events.clear();
    for (int i = 0; i < 20; ++i) Append(Payload(aof_->appended().value() + 1));
    for (uint64_t i = 0; i < steps; ++i) world_->Step();
    const bool between = heard_->rotations.size() == files;
    aof_->Restart(Sequence(2), [](absl::Status) {});
    for (uint64_t n = 2; n < 12; ++n) Append(Payload(n));
    for (int i = 0; i < 100; ++i) {
      world_->Step();
      for (uint64_t n = 2; n < 12; ++n) ASSERT_EQ(*Read(n), Payload(n)) << steps;
    }
    begun = begun || (between && Files(TraceKind::kRotated).size() == 2);
    EXPECT_EQ(heard_->rotations.size(), between ? files + 1 : files + 2) << "the owner hears of what it asked for";
    aof_.reset();
    world_->Kill();
  }
  EXPECT_TRUE(begun);
}

TEST_F(LetGoTest, DamageConcernsTheWholeFileOnceItIsScanned) {
  Open();
  FillFiles(4);
  const uint64_t base = BaseOf(2), next = BaseOf(3);
  world_->Damage(Path(2), 1024 + 100);
  EXPECT_EQ(aof_->DamagedThrough(Sequence(base)), Sequence(base)) << "nobody knows yet";
  for (uint64_t n = base; n < next; ++n) {
    EXPECT_EQ(KindOf(Read(n).status()), ErrorKind::kCorruption) << n;
    EXPECT_EQ(aof_->DamagedThrough(Sequence(n)), Sequence(next - 1));
  }
  EXPECT_EQ(*Read(next), Payload(next));
  EXPECT_EQ(aof_->DamagedThrough(Sequence(next)), Sequence(next));
  world_->Damage(Path(2), 1024 + 100);
  EXPECT_EQ(*Read(base), Payload(base)) << "it was only read wrongly";
  EXPECT_EQ(aof_->DamagedThrough(Sequence(base)), Sequence(base));
  world_->Damage(Path(4), 512 + 100);
  EXPECT_EQ(KindOf(Read(BaseOf(4)).status()), ErrorKind::kCorruption);
  EXPECT_EQ(aof_->DamagedThrough(Sequence(BaseOf(4))), Sequence(BaseOf(4))) << "of a file whose places are held";
}

TEST_F(LetGoTest, ReadsInAnyOrderFindWhatIsThere) {
  for (const uint64_t most : {0u, 10u, 40u}) {
    world_ = std::make_unique<tests::MemoryWorld>();
    options_.max_known_records = most;
    Open();
    FillFiles(9);
    Draws draws(RandomKey(most).Fork("reads"));
    size_t answered = 0;
    for (size_t asked = 1; asked <= 400; ++asked) {
      const uint64_t n = draws.Between(1, aof_->appended().value());
      aof_->Read(Sequence(n), [&answered, n](absl::StatusOr<std::string> payload) {
        ++answered;
        ASSERT_TRUE(payload.ok()) << payload.status();
        EXPECT_EQ(*payload, Payload(n));
      });
      const size_t under_way = draws.Uniform(6);
      world_->RunUntil([&] { return answered + under_way >= asked; });
    }
    world_->RunUntil([&] { return answered == 400; });
    EXPECT_EQ(answered, 400u);
    Crash();
  }
}

// Another log takes its place among the open files, whenever that is.
TEST_F(LetGoTest, AnIdleLogHoldsItsLastFileOnly) {
  OtherLog owner;
  options_.max_known_records = 1000;
  options_.open_files = std::make_shared<OpenFiles>(1);
  OpenFiles::Place other(options_.open_files, owner);
  Open();
  FillFiles(4);
  EXPECT_EQ(LetGo(), Ids{});
  world_->RunUntil([&] { return aof_->pending_bytes() == 0; });
  other.Used();
  EXPECT_EQ(LetGo(), (Ids{1, 2, 3}));
  ReadAll();
  AppendDurably(Payload(aof_->appended().value() + 1));
  ReadAll();
  aof_.reset();
}

TEST_F(LetGoTest, ClosedFilesAreForgottenAndFoundAgain) {
  OtherLog owner;
  options_.max_known_records = 1000;
  options_.scan_sealed = false;
  options_.open_files = std::make_shared<OpenFiles>(1);
  OpenFiles::Place other(options_.open_files, owner);
  Open();
  FillFiles(4);
  Crash();
  Open();
  world_->events.clear();
  EXPECT_EQ(*Read(1), Payload(1));
  EXPECT_EQ(*Read(2), Payload(2));
  EXPECT_EQ(Scanned(), Ids{1});
  other.Used();
  EXPECT_EQ(*Read(2), Payload(2));
  EXPECT_EQ(Scanned(), Ids{1});
  for (uint64_t steps = 0; steps < 12; ++steps) {
    absl::optional<absl::StatusOr<std::string>> read;
    aof_->Read(Sequence(3 + steps % 2), [&](absl::StatusOr<std::string> payload) { read = std::move(payload); });
    for (uint64_t i = 0; i < steps; ++i) world_->Step();
    for (int i = 0; i < 30 && !read.has_value(); ++i) {
      other.Used();
      world_->Step();
    }
    ASSERT_TRUE(read.has_value()) << "it never came to an end";
    EXPECT_EQ(**read, Payload(3 + steps % 2));
  }
  aof_.reset();
}

TEST(LetGo, TheTableSaysWhatIsKept) {
  SegmentTable table;
  FileHeader header;
  header.segment_bytes = 8192;
  header.header_bytes = header.block_bytes = 512;
  for (const auto& [file_id, base] : {std::pair{1, 1}, {2, 11}, {3, 21}, {4, 31}}) {
    header.file_id = static_cast<uint64_t>(file_id);
    header.base = Sequence(static_cast<uint64_t>(base));
    table.Add(header);
  }
  const struct {
    uint64_t known_from, most, kept_from;
  } cases[] = {{1, 30, 1},  {1, 29, 11},  {1, 20, 11}, {1, 19, 21}, {1, 9, 31},  {1, 0, 31},  {5, 26, 5},
               {5, 25, 11}, {21, 10, 21}, {21, 9, 31}, {31, 0, 31}, {35, 0, 35}, {40, 3, 40}, {1, ~uint64_t{0}, 1}};
  for (const auto& row : cases) {
    EXPECT_EQ(table.KnownFromWithin(Sequence(row.known_from), row.most), Sequence(row.kept_from))
        << row.known_from << " " << row.most;
  }
  EXPECT_EQ(table.EndOf(table.Holding(Sequence(12))), Sequence(21));
  table.CutTo(Sequence(14));
  EXPECT_EQ(table.EndOf(table.Holding(Sequence(12))), Sequence(15));
  EXPECT_EQ(table.KnownFromWithin(Sequence(1), 9), Sequence(11));
  EXPECT_EQ(table.KnownFromWithin(Sequence(1), 3), Sequence(15)) << "records from there on are in the last file";
}

TEST_F(ManyFilesTest, AFileThatIsRemovedGivesItsSpaceBackThoughItWasReadLast) {
  Open();
  FillFiles(4);
  EXPECT_EQ(*Read(1), Payload(1));
  const uint64_t used = world_->used_bytes();
  ASSERT_TRUE(Is(TruncatePrefix(BaseOf(2)), absl::StatusCode::kOk));
  EXPECT_FALSE(world_->Has(Path(1)));
  EXPECT_EQ(world_->used_bytes(), used - options_.segment_bytes);
}

// It is opened for the read, and gone by then: that is no answer about the record.
TEST_F(LetGoTest, AReadWhoseFileGoesMeanwhileIsOfATruncatedRecord) {
  options_.max_known_records = 1000;
  Open();
  FillFiles(3);
  ASSERT_EQ(*Read(BaseOf(2)), Payload(BaseOf(2)));  // whose file stays open for reads
  world_->HangOpensOf(Path(1));
  absl::optional<absl::StatusOr<std::string>> read;
  aof_->Read(Sequence(2), [&](absl::StatusOr<std::string> payload) { read = std::move(payload); });
  ASSERT_TRUE(Is(TruncatePrefix(BaseOf(2)), absl::StatusCode::kOk));
  ASSERT_FALSE(world_->Has(Path(1)));
  world_->ReleaseOpens();
  ASSERT_TRUE(world_->RunUntil([&] { return read.has_value(); }));
  EXPECT_EQ(KindOf(read->status()), ErrorKind::kTruncated) << read->status();
}

TEST_F(LetGoTest, AReadWhoseFileIsReplacedMeanwhileGetsTheNewRecord) {
  options_.max_known_records = 1000;
  Open();
  FillFiles(3);
  ASSERT_EQ(*Read(BaseOf(2)), Payload(BaseOf(2)));
  world_->HangOpensOf(Path(1));
  absl::optional<absl::StatusOr<std::string>> read;
  aof_->Read(Sequence(2), [&](absl::StatusOr<std::string> payload) { read = std::move(payload); });
  ASSERT_TRUE(Is(Wait([&](DiskDone done) { aof_->Restart(Sequence(1), std::move(done)); }), absl::StatusCode::kOk));
  AppendDurably("new 1");
  AppendDurably("new 2");
  ASSERT_FALSE(world_->Has(Path(1)));
  world_->ReleaseOpens();
  ASSERT_TRUE(world_->RunUntil([&] { return read.has_value(); }));
  ASSERT_TRUE(read->ok()) << read->status();
  EXPECT_EQ(**read, "new 2");
}

}  // namespace
}  // namespace tidemark::aof
