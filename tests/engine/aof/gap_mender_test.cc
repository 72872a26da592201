// A damaged range below a promise, whose owner has another copy of what it held.

#include "engine/aof/gap_mender.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/engine/aof/aof_fixture.h"

namespace tidemark::aof {
namespace {

// An owner with copies of some records.
class Copies : public Replayed {
 public:
  void OnGap(Gap gap, GapDone done) override {
    gaps.push_back(gap);
    std::vector<std::string> payloads;
    for (Sequence i = gap.first; i <= gap.last; i = i.Next()) {
      if (copies.count(i.value()) == 0) return done(MakeError(ErrorKind::kCorruption, "no copy"));
      payloads.push_back(copies[i.value()]);
    }
    done(std::move(payloads));
  }

  std::map<uint64_t, std::string> copies;
  std::vector<Gap> gaps;
};

class GapMenderTest : public AofTest {
 protected:
  // Twelve records of several lengths, a batch each, in one file; the last batch is proven by nothing.
  void Build() {
    options_.segment_bytes = 32768;
    Open();
    for (int i = 1; i <= 12; ++i) {
      copies_[i] = "record " + std::to_string(i) + " " + std::string(i * 67, 'a' + i);
      AppendDurably(copies_[i]);
    }
    aof_.reset();
    world_->Kill();
  }
  void DamageRecord(int i) {
    const size_t at = world_->Content(Path(1)).find("record " + std::to_string(i) + " ");
    ASSERT_NE(at, std::string::npos);
    world_->Damage(Path(1), at);
  }
  absl::Status OpenWithCopies() {
    aof_.reset();
    replay_ = Copies();
    replay_.copies = copies_;
    absl::Status status = absl::UnknownError("still opening");
    bool done = false;
    Aof::Open(world_->env(), options_, replay_, *heard_, [&](absl::StatusOr<Opened> opened) {
      done = true;
      status = opened.status();
      if (!opened.ok()) return;
      aof_ = std::move(opened->aof);
      report_ = opened->report;
    });
    world_->RunUntil([&] { return done; });
    return status;
  }

  std::map<uint64_t, std::string> copies_;
  Copies replay_;
};

// Once the tail is proven, nothing but the repair syncs the file.
TEST_F(GapMenderTest, ARangeIsPutBackDurablyAndHeardInItsTurn) {
  Build();
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(Is(OpenWithCopies(), absl::StatusCode::kOk));
    aof_.reset();
    world_->Kill();
  }
  ASSERT_EQ(report_.reappended_records, 0u);
  for (int i : {3, 4, 5, 8}) DamageRecord(i);
  ASSERT_TRUE(Is(OpenWithCopies(), absl::StatusCode::kOk));
  ASSERT_EQ(replay_.gaps.size(), 2u);
  EXPECT_EQ(replay_.gaps[0].first, Sequence(3));
  EXPECT_EQ(replay_.gaps[0].last, Sequence(5));
  EXPECT_EQ(replay_.gaps[0].after, copies_[6]);
  EXPECT_EQ(replay_.records, copies_);
  ASSERT_EQ(report_.mended.size(), 2u);
  EXPECT_EQ(report_.mended[1].records, 1u);
  aof_.reset();
  world_->PowerLoss(0, 0);
  ASSERT_TRUE(Is(OpenWithCopies(), absl::StatusCode::kOk));
  EXPECT_TRUE(replay_.gaps.empty());
  EXPECT_EQ(replay_.records, copies_);
}

// What follows the range is looked at as far as the first record.
TEST_F(GapMenderTest, ARangeCostsNoPassOverTheFile) {
  constexpr uint64_t kFileBytes = 8u << 20;
  options_.segment_bytes = kFileBytes;
  options_.max_record_bytes = 60000;
  options_.max_batch_bytes = 65536;
  Open();
  for (int i = 1; i <= 100; ++i) {
    copies_[i] = "record " + std::to_string(i) + " " + std::string(50000, 'a');
    AppendDurably(copies_[i]);
  }
  aof_.reset();
  world_->Kill();
  DamageRecord(3);
  world_->ForgetReads();
  ASSERT_TRUE(Is(OpenWithCopies(), absl::StatusCode::kOk));
  ASSERT_EQ(replay_.gaps.size(), 1u);
  EXPECT_EQ(replay_.gaps[0].after, copies_[4]);
  EXPECT_EQ(replay_.records, copies_);
  EXPECT_LT(world_->bytes_read(Path(1)), kFileBytes + kFileBytes / 4);
}

TEST_F(GapMenderTest, WithoutACopyNothingIsWritten) {
  Build();
  DamageRecord(4);
  copies_.erase(4);
  const std::string before = world_->Content(Path(1));
  EXPECT_EQ(KindOf(OpenWithCopies()), ErrorKind::kCorruption);
  EXPECT_EQ(world_->Content(Path(1)), before);
}

TEST_F(GapMenderTest, WhatDoesNotFitIsNotWritten) {
  Build();
  DamageRecord(4);
  copies_[4] += std::string(600, 'z');
  const std::string before = world_->Content(Path(1));
  EXPECT_EQ(KindOf(OpenWithCopies()), ErrorKind::kCorruption);
  EXPECT_EQ(world_->Content(Path(1)), before);
}

// The owner could not tell whether a cut stood there.
TEST_F(GapMenderTest, WithoutARecordAfterItTheDamageStands) {
  Build();
  ASSERT_TRUE(Is(OpenWithCopies(), absl::StatusCode::kOk));  // the last record is written again, and sealed
  aof_.reset();
  world_->Kill();
  const std::string content = world_->Content(Path(1));
  world_->Damage(Path(1), content.rfind("record 12 "));
  EXPECT_EQ(KindOf(OpenWithCopies()), ErrorKind::kCorruption);
  EXPECT_TRUE(replay_.gaps.empty());
}

TEST_F(GapMenderTest, AFailedSyncIsNoRepair) {
  Build();
  DamageRecord(4);
  world_->FailSyncs(1);
  EXPECT_EQ(KindOf(OpenWithCopies()), ErrorKind::kIoError);
}

// Any one byte, anywhere in the file.
TEST_F(GapMenderTest, NothingWrongIsEverHeard) {
  Build();
  const std::string sound = world_->Content(Path(1));
  const size_t end = sound.find_last_not_of('\0') + 1;
  uint64_t mended = 0;
  for (size_t at = 0; at < end; at += 23) {
    SCOPED_TRACE(at);
    world_->SetContent(Path(1), sound);
    world_->Damage(Path(1), at);
    const absl::Status status = OpenWithCopies();
    if (!status.ok()) {
      EXPECT_LT(at, 512u) << "only the header has no copy: " << status;
      continue;
    }
    mended += report_.mended.size();
    std::map<uint64_t, std::string> expected = copies_;
    if (replay_.records.size() == 11) expected.erase(12);  // the last batch, which nothing proves
    EXPECT_EQ(replay_.records, expected);
    aof_.reset();
    world_->Kill();
  }
  EXPECT_GT(mended, 100u);
}

// The file before the last one was rightly removed: what allowed that stands behind the damage.
TEST_F(GapMenderTest, TheFloorIsFoundBehindTheDamage) {
  options_.segment_bytes = 8192;
  Open();
  uint64_t n = 0;
  const auto append = [&] {
    ++n;
    copies_[n] = "record " + std::to_string(n) + " " + std::string(600, 'x');
    AppendDurably(copies_[n]);
  };
  while (heard_->rotations.empty()) append();
  const uint64_t base = heard_->rotations[0].second;
  append();
  append();
  ASSERT_TRUE(Is(TruncatePrefix(base), absl::StatusCode::kOk));
  append();
  append();
  ASSERT_FALSE(world_->Has(Path(1)));
  Crash();
  const size_t at = world_->Content(Path(2)).find("record " + std::to_string(base + 1) + " ");
  ASSERT_NE(at, std::string::npos);
  world_->Damage(Path(2), at);
  ASSERT_TRUE(Is(OpenWithCopies(), absl::StatusCode::kOk));
  EXPECT_EQ(report_.mended.size(), 1u);
  EXPECT_EQ(report_.first, Sequence(base));
  for (uint64_t i = base; i <= n; ++i) EXPECT_EQ(*Read(i), copies_[i]);
}

}  // namespace
}  // namespace tidemark::aof
