// A file that is read in pieces: what is scanned does not depend on where they end, nor on when they come.

#include "engine/aof/file_scan.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "engine/aof/scanner.h"
#include "engine/base/check.h"
#include "engine/base/status.h"
#include "engine/env/disk.h"
#include "gtest/gtest.h"
#include "tests/engine/aof/file_builder.h"

namespace tidemark::aof {
namespace {

constexpr uint64_t kSegmentBytes = 2u << 20;

// Reads are answered when the test says so.
class SlowFile final : public File {
 public:
  explicit SlowFile(std::string bytes) : content(std::move(bytes)) {}

  struct Asked {
    uint64_t offset;
    MutableByteSpan into;
    TransferDone done;
  };
  void AnswerNext() {
    Asked asked = std::move(reads.front());
    reads.pop_front();
    if (fail_from.has_value() && asked.offset + asked.into.size() > *fail_from) {
      return asked.done(MakeError(ErrorKind::kIoError, "bad sector"));
    }
    const size_t bytes =
        asked.offset < content.size() ? std::min<size_t>(asked.into.size(), content.size() - asked.offset) : 0;
    std::memcpy(asked.into.data(), content.data() + asked.offset, bytes);
    asked.done(bytes);
  }

  size_t alignment() const override { return 4096; }
  void Read(uint64_t offset, MutableByteSpan into, TransferDone done) override {
    EXPECT_TRUE(IsAligned(offset, 4096) && IsAligned(into.size(), 4096)) << offset << ", " << into.size();
    reads.push_back({offset, into, std::move(done)});
  }
  void Write(uint64_t, absl::Span<const ByteSpan>, TransferDone) override { CHECK(false) << "a scan writes"; }
  void SyncData(DiskDone) override { CHECK(false) << "a scan syncs"; }
  void SyncAll(DiskDone) override { CHECK(false) << "a scan syncs"; }
  void Preallocate(uint64_t, DiskDone) override { CHECK(false) << "a scan grows the file"; }
  void Truncate(uint64_t, DiskDone) override { CHECK(false) << "a scan cuts the file"; }
  void Size(absl::AnyInvocable<void(absl::StatusOr<uint64_t>)>) override { CHECK(false) << "a scan asks the size"; }

  std::deque<Asked> reads;
  absl::optional<uint64_t> fail_from;
  std::string content;
};

class FileScanTest : public ::testing::Test {
 protected:
  // Batches of about 45 KB each, up to `bytes`.
  void Fill(uint64_t bytes) {
    while (builder.end < bytes) {
      BatchOf batch;
      for (int i = 0; i < 50; ++i) batch.payloads.push_back(std::string(900, static_cast<char>('a' + i % 26)));
      starts.push_back(builder.Add(batch));
    }
  }
  void Start() {
    file = std::make_shared<SlowFile>(builder.bytes.substr(0, file_bytes));
    const Scanner::Range range{.from = builder.header.header_bytes, .limit = limit};
    ScanFile(
        file, std::make_shared<Scanner>(builder.header, range, Sequence(0), Sequence(1)), limit,
        [this](const BatchView& batch) {
          seen.push_back(batch.offset);
          return seen.size() < enough;
        },
        [this](absl::Status status) {
          EXPECT_FALSE(outcome.has_value());
          outcome = std::move(status);
        });
  }
  // A damaged batch, and one of several pieces that makes it void.
  void AddBridge() {
    builder.Add({.payloads = {"damaged"}});
    BatchOf bridge{.payloads = {}, .cut = Cut{Sequence(0), 4096}, .promised = 4096, .promised_sequence = Sequence(0)};
    for (int i = 0; i < 900; ++i) bridge.payloads.push_back(std::string(900, 'b'));
    starts.push_back(builder.Add(bridge));
    builder.Ruin(4100);
  }
  // The first read that goes back is under way.
  void RunUntilItGoesBack() {
    for (uint64_t to = 0; !file->reads.empty() && file->reads.front().offset >= to; file->AnswerNext()) {
      to = file->reads.front().offset;
    }
    ASSERT_FALSE(file->reads.empty());
  }
  void Finish() {
    while (!file->reads.empty()) file->AnswerNext();
    ASSERT_TRUE(outcome.has_value());
  }

  FileBuilder builder{4096, kSegmentBytes};
  uint64_t limit = kSegmentBytes;
  uint64_t file_bytes = kSegmentBytes;
  std::shared_ptr<SlowFile> file;
  std::vector<uint64_t> starts, seen;
  size_t enough = 1u << 30;  // batches
  absl::optional<absl::Status> outcome;
};

TEST_F(FileScanTest, EveryBatchIsSeenOnceInOrder) {
  Fill(1500 << 10);
  Start();
  Finish();
  EXPECT_TRUE(outcome->ok()) << *outcome;
  EXPECT_EQ(seen, starts);
}

// Each piece that cuts it off is looked at from its start: twice as much each time, and all in all it is read twice.
TEST_F(FileScanTest, ABatchOfManyPiecesIsSeenInFewOfThem) {
  constexpr uint64_t kBytes = 48u << 20;
  builder = FileBuilder(4096, kBytes + (1u << 20));
  builder.header.max_record_bytes = kBytes;
  BatchOf batch;
  for (int i = 0; i < 3; ++i) batch.payloads.push_back(std::string(kBytes / 3, static_cast<char>('a' + i)));
  starts.push_back(builder.Add(batch));
  limit = file_bytes = kBytes + (1u << 20);
  Start();
  size_t reads = 0;
  for (; !file->reads.empty(); ++reads) file->AnswerNext();
  EXPECT_LE(reads, 9u);
  EXPECT_EQ(seen, starts);
}

TEST_F(FileScanTest, TheNextPieceIsReadWhileOneIsScanned) {
  Fill(1500 << 10);
  Start();
  ASSERT_EQ(file->reads.size(), 1u);
  file->AnswerNext();
  EXPECT_FALSE(seen.empty());
  ASSERT_EQ(file->reads.size(), 1u);
  const size_t before = seen.size();
  file->AnswerNext();
  EXPECT_GT(seen.size(), before);
  Finish();
  EXPECT_EQ(seen, starts);
}

TEST_F(FileScanTest, ABatchLargerThanAPieceIsSeen) {
  BatchOf large;
  for (int i = 0; i < 900; ++i) large.payloads.push_back(std::string(900, 'l'));
  starts.push_back(builder.Add(large));
  Fill(1500 << 10);
  Start();
  Finish();
  EXPECT_TRUE(outcome->ok()) << *outcome;
  EXPECT_EQ(seen, starts);
}

TEST_F(FileScanTest, WhoHasSeenEnoughIsDone) {
  Fill(1500 << 10);
  enough = 2;
  Start();
  file->AnswerNext();
  ASSERT_TRUE(outcome.has_value());
  EXPECT_TRUE(outcome->ok()) << *outcome;
  EXPECT_EQ(seen, std::vector<uint64_t>(starts.begin(), starts.begin() + 2));
  EXPECT_EQ(file->reads.size(), 1u) << "the one ahead, which nobody hears of";
  file->AnswerNext();
}

TEST_F(FileScanTest, ABatchThatWasPassedIsReadAgainWhereItDecides) {
  AddBridge();
  Fill(1500 << 10);
  Start();
  Finish();
  EXPECT_TRUE(outcome->ok()) << *outcome;
  EXPECT_EQ(seen, starts);
}

// After a failed sync the page cache may show what the device does not have, until the page goes.
TEST_F(FileScanTest, ABatchThatReadsDifferentlyTheSecondTimeDecidesNothing) {
  AddBridge();
  Start();
  RunUntilItGoesBack();
  file->content[starts[0] + 4] ^= 1;
  Finish();
  EXPECT_TRUE(outcome->ok()) << *outcome;
  EXPECT_TRUE(seen.empty());
}

TEST_F(FileScanTest, AFileShorterThanItsHeaderSaysIsDamaged) {
  Fill(1500 << 10);
  file_bytes = 1000 << 10;
  Start();
  Finish();
  EXPECT_EQ(KindOf(*outcome), ErrorKind::kCorruption);
  EXPECT_NE(outcome->message().find("the file ends at offset 1024000"), std::string::npos) << *outcome;
}

TEST_F(FileScanTest, AnErrorIsToldAfterTheBatchesBeforeIt) {
  Fill(1500 << 10);
  Start();
  file->fail_from = 1 << 20;
  Finish();
  EXPECT_EQ(KindOf(*outcome), ErrorKind::kIoError);
  ASSERT_FALSE(seen.empty());
  EXPECT_GT(seen.back(), 700u << 10);  // of the last piece before the error
  EXPECT_LT(seen.back(), 1u << 20);
}

TEST_F(FileScanTest, WhatIsReadBeyondTheEndIsHeardByNobody) {
  Fill(1500 << 10);
  builder.Ruin(starts[1] + 100);  // the third batch promised it
  Start();
  file->fail_from = 300 << 10;
  file->AnswerNext();
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(KindOf(*outcome), ErrorKind::kCorruption);
  EXPECT_EQ(seen, std::vector<uint64_t>({starts[0]}));
  ASSERT_EQ(file->reads.size(), 1u);
  file->AnswerNext();
}

}  // namespace
}  // namespace tidemark::aof
