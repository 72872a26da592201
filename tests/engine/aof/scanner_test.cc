// What of one file counts: each kind of tail, and each kind of evidence.

#include "engine/aof/scanner.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "engine/base/status.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "tests/engine/aof/file_builder.h"

namespace tidemark::aof {
namespace {

// "2@512 4@1024 end 2048", with "junk 3072", "promised", or "corrupt 1024 by 2048".
std::string Scan(const FileBuilder& file, uint64_t sealed_at = 0, uint64_t step = 1 << 20) {
  const uint64_t limit = sealed_at > 0 ? sealed_at : file.header.segment_bytes;
  Scanner scanner(file.header, {.from = file.header.header_bytes, .limit = limit, .sealed = sealed_at > 0}, Sequence(0),
                  Sequence(1));
  std::string found;
  uint64_t window = 0;
  for (;;) {
    const uint64_t start = scanner.offset();
    switch (scanner.Next(file.span().subspan(start, std::min(window, limit - start)))) {
      case Scanner::Step::kBatch:
        absl::StrAppend(&found, scanner.last().value(), "@", scanner.batch().offset, " ");
        window = 0;
        break;
      case Scanner::Step::kNeedMore:
        EXPECT_LE(scanner.offset() + scanner.needed(), limit);
        window = std::max(scanner.needed(), std::min(step, limit - scanner.offset()));
        break;
      case Scanner::Step::kGoBack: window = 0; break;
      case Scanner::Step::kEnd:
        absl::StrAppend(&found, "end ", scanner.end());
        if (scanner.junk_end() > 0) absl::StrAppend(&found, " junk ", scanner.junk_end());
        return absl::StrCat(found, " promised ", scanner.promised_offset());
      case Scanner::Step::kCorrupt:
        EXPECT_EQ(KindOf(scanner.status()), ErrorKind::kCorruption);
        return absl::StrCat(found, "corrupt ", scanner.corrupt_offset(), " by ", scanner.corrupt_promise());
    }
  }
}

FileBuilder Three() {
  FileBuilder file;
  file.Add({.payloads = {"a", "b"}});
  file.Add({.payloads = {"c"}});
  file.Add({.payloads = {"d"}});
  return file;
}

TEST(Scanner, AnEmptyFileEndsAtItsHeader) { EXPECT_EQ(Scan(FileBuilder()), "end 512 promised 512"); }

TEST(Scanner, OnlyZerosAreTheCleanEnd) { EXPECT_EQ(Scan(Three()), "2@512 3@1024 4@1536 end 2048 promised 1536"); }

TEST(Scanner, ADamagedLastBatchIsATornTail) {
  FileBuilder file = Three();
  file.Ruin(1540);
  EXPECT_EQ(Scan(file), "2@512 3@1024 end 1536 junk 2048 promised 1024");
}

TEST(Scanner, ADamagedBatchThatALaterOnePromisedIsCorrupt) {
  FileBuilder first = Three();
  first.Ruin(520);
  EXPECT_EQ(Scan(first), "corrupt 512 by 1024");
  FileBuilder second = Three();
  second.Ruin(1030);
  EXPECT_EQ(Scan(second), "2@512 corrupt 1024 by 1536");
}

TEST(Scanner, JunkBehindTheEndIsATornTail) {
  FileBuilder file = Three();
  file.Ruin(4096 + 10, 700);
  EXPECT_EQ(Scan(file), "2@512 3@1024 4@1536 end 2048 junk 5120 promised 1536");
}

TEST(Scanner, EvidenceBehindAnyAmountOfZerosCounts) {
  FileBuilder file = Three();
  file.end = 7680;
  file.Add({.payloads = {"e"}});
  EXPECT_EQ(Scan(file), "2@512 3@1024 4@1536 corrupt 2048 by 7680");
}

TEST(Scanner, ABatchThatPromisesNoMoreIsNoEvidence) {
  FileBuilder file = Three();
  file.end = 7680;
  file.Add({.payloads = {"e"}, .promised = 1536});
  EXPECT_EQ(Scan(file), "2@512 3@1024 4@1536 end 2048 junk 8192 promised 1536");
}

TEST(Scanner, ABridgeGoesOverWhatItMakesVoid) {
  FileBuilder file = Three();
  file.last = Sequence(3);
  file.Add({.payloads = {"d again"}, .cut = Cut{Sequence(3), 1536}, .promised = 1536});
  EXPECT_EQ(Scan(file), "2@512 3@1024 4@1536 4@2048 end 2560 promised 1536");
  file.Ruin(1540);
  EXPECT_EQ(Scan(file), "2@512 3@1024 4@2048 end 2560 promised 1536");
  file.Ruin(1030);
  EXPECT_EQ(Scan(file), "2@512 corrupt 1024 by 1536");
}

TEST(Scanner, AnOrdinaryCutBridgesNothing) {
  FileBuilder file = Three();
  file.Add({.payloads = {}, .cut = Cut{Sequence(2), file.end}});
  EXPECT_EQ(Scan(file), "2@512 3@1024 4@1536 2@2048 end 2560 promised 2048");
  file.Ruin(1540);
  EXPECT_EQ(Scan(file), "2@512 3@1024 corrupt 1536 by 2048");
}

TEST(Scanner, ASealedFileIsWholeUpToItsEndAndNotReadBeyond) {
  FileBuilder file = Three();
  file.Ruin(2048, 100);
  EXPECT_EQ(Scan(file, 2048), "2@512 3@1024 4@1536 end 2048 promised 1536");
  file.Ruin(1540);
  EXPECT_EQ(Scan(file, 2048), "2@512 3@1024 corrupt 1536 by 2048");
}

TEST(Scanner, ASealedFileThatEndsEarlyIsCorrupt) {
  EXPECT_EQ(Scan(Three(), 2560), "2@512 3@1024 4@1536 corrupt 2048 by 2560");
}

// What a later batch claims of the earlier ones, with checksums that hold.
TEST(Scanner, ABatchThatDoesNotFollowIsCorrupt) {
  const BatchOf cases[] = {
      {.payloads = {"x"}, .first_record = Sequence(6), .last = Sequence(6)},  // a gap
      {.payloads = {"x"}, .first_record = Sequence(4), .last = Sequence(4)},  // again
      {.payloads = {}, .last = Sequence(5)},                                  // a record that is not there
      {.payloads = {}, .cut = Cut{Sequence(5), 2048}},                        // a cut upwards
      {.payloads = {}, .cut = Cut{Sequence(2), 1024}, .promised = 1024},      // voids what was promised
      {.payloads = {"x"}, .promised_sequence = Sequence(3)},                  // another last record
  };
  for (const BatchOf& what : cases) {
    FileBuilder file = Three();
    file.Add(what);
    EXPECT_EQ(Scan(file), "2@512 3@1024 4@1536 corrupt 2048 by 0") << &what - cases;
  }
}

TEST(Scanner, AFloorThatSinksIsCorrupt) {
  FileBuilder file = Three();
  file.Add({.payloads = {}, .floor = Sequence(3)});
  file.Add({.payloads = {"x"}, .floor = Sequence(2)});
  EXPECT_EQ(Scan(file), "2@512 3@1024 4@1536 4@2048 corrupt 2560 by 0");
}

TEST(Scanner, SilentBatchesAreKnown) {
  FileBuilder file = Three();
  file.Add({.payloads = {}});
  Scanner scanner(file.header, {.from = 512, .limit = 8192, .sealed = false}, Sequence(0), Sequence(1));
  while (scanner.Next(file.span().subspan(scanner.offset())) != Scanner::Step::kEnd) {
  }
  EXPECT_EQ(scanner.silent_from(), 2048u);
  EXPECT_EQ(scanner.promised_offset(), 2048u);
  EXPECT_EQ(scanner.end(), 2560u);
}

// How many bytes the scanner is shown, where it gets what it asks for and not more: what its work is bounded by.
uint64_t BytesShown(const FileBuilder& file, Scanner::Step ends_in) {
  Scanner scanner(file.header, {.from = 512, .limit = file.header.segment_bytes}, Sequence(0), Sequence(1));
  uint64_t shown = 0;
  for (uint64_t window = 0;;) {
    shown += window;
    const Scanner::Step step = scanner.Next(file.span().subspan(scanner.offset(), window));
    if (step == Scanner::Step::kEnd || step == Scanner::Step::kCorrupt) {
      EXPECT_EQ(step, ends_in);
      return shown;
    }
    window = step == Scanner::Step::kNeedMore ? scanner.needed() : 0;
  }
}

// Payloads that look like the start of a batch at every block, each with a length that reaches far.
TEST(Scanner, ClaimsBehindDamageCostNoMoreThanTheirBytes) {
  for (const FrameType type : {FrameType::kRecord, FrameType::kNote}) {
    FileBuilder file(512, 1u << 20);
    file.header.max_record_bytes = 1u << 19;
    file.end = 1024;
    const uint64_t evidence = (1u << 20) - 512;
    for (uint64_t at = file.end; at < evidence; at += 512) {
      const uint64_t length = std::min<uint64_t>(1u << 19, evidence - at - kFrameHeaderBytes);
      EncodeFrameHeader(static_cast<uint32_t>(length), Sequence(1), type,
                        reinterpret_cast<uint8_t*>(file.bytes.data()) + at);
    }
    file.Ruin(512);
    EXPECT_LE(BytesShown(file, Scanner::Step::kEnd), 2u << 20);
    file.end = evidence;
    file.Add({.payloads = {"promises all below"}});
    EXPECT_LE(BytesShown(file, Scanner::Step::kCorrupt), 2u << 20);
  }
}

// Each record begins at a block, and all of them are sound but the first.
TEST(Scanner, ALargeBatchWhoseFirstRecordIsDamagedCostsNoMoreThanItsBytes) {
  FileBuilder file(512, 1u << 20);
  file.Add({.payloads = std::vector<std::string>(2000, std::string(512 - kFrameHeaderBytes, 'p'))});
  file.Ruin(512);
  EXPECT_LE(BytesShown(file, Scanner::Step::kEnd), 2u << 20);
}

// However the bytes are fed, the verdict is the same.
RC_GTEST_PROP(Scanner, TheVerdictDoesNotDependOnTheWindow, ()) {
  FileBuilder file;
  const int batches = *rc::gen::inRange(0, 6);
  for (int i = 0; i < batches; ++i) file.Add({.payloads = {std::string(*rc::gen::inRange<size_t>(0, 700), 'p')}});
  const int flips = *rc::gen::inRange(0, 4);
  for (int i = 0; i < flips; ++i) file.Ruin(512 + *rc::gen::inRange<uint64_t>(0, 7680));
  RC_ASSERT(Scan(file, 0, 1) == Scan(file));
  RC_ASSERT(Scan(file, 0, 700) == Scan(file));
}

}  // namespace
}  // namespace tidemark::aof
