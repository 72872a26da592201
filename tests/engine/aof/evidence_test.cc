// Torn, corrupt or lost: what opening says of damage at each kind of place, and that it never serves a wrong record and
// never loses a promised one in silence. Every byte of a small log is flipped once.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/aof/batch_parser.h"
#include "tests/engine/aof/aof_fixture.h"
#include "tests/support/effort.h"

namespace tidemark::aof {
namespace {

class Evidence : public AofTest {
 protected:
  struct Place {
    std::string path;
    uint64_t offset = 0;
    uint64_t end = 0;
    absl::optional<Cut> cut;
    uint64_t records = 0;
  };

  // Two and a half files with all there is in them: notes, a cut, a floor, a repaired tail with junk in it, a seal, and
  // a last batch that nothing proves.
  void Build() {
    Open();
    for (int i = 1; i <= 14; ++i) AppendDurably(std::string(700 + i, 'a' + i));
    EXPECT_TRUE(aof_->AppendNote(AsBytes("a note")).ok());
    AppendDurably("x");
    EXPECT_TRUE(aof_->TruncateSuffix(Sequence(13)).ok());
    AppendDurably("in place of 14");
    EXPECT_TRUE(TruncatePrefix(3).ok());
    // A write that is torn, and the repair.
    Append(std::string(900, 'u'));
    world_->RunUntil([this] { return world_->Content(LastPath()).find("uuuu") != std::string::npos; });
    Crash();
    const std::string torn = world_->Content(LastPath());
    world_->Damage(LastPath(), torn.find("uuuu"));
    Open();
    Crash();
    Open();
    for (int i = 0; i < 6; ++i) AppendDurably(std::string(600 + i, 'A' + i));
    AppendDurably("the last one, which nothing proves");
    Crash();
    Learn();
  }

  std::string LastPath() const { return options_.directory + "/" + world_->Names(options_.directory)[Files() - 1]; }
  size_t Files() const {
    size_t files = 0;
    for (const std::string& name : world_->Names(options_.directory)) files += name.find(".aof") != std::string::npos;
    return files;
  }

  // Finds every batch, and what the log holds.
  void Learn() {
    pristine_ = world_->Clone(1);
    for (size_t i = 0; i < Files(); ++i) {
      const std::string path = options_.directory + "/" + world_->Names(options_.directory)[i];
      const std::string bytes = world_->Content(path);
      headers_[path] = *DecodeHeader(AsBytes(bytes));
      const FileGeometry geometry(headers_[path], bytes.size());
      for (uint64_t at = headers_[path].header_bytes; at < bytes.size();) {
        const ParsedBatch parsed = ParseBatch(geometry, at, AsBytes(bytes).subspan(at));
        if (parsed.state == BatchState::kValid) {
          batches_.push_back({path, at, parsed.batch.end, parsed.batch.cut, parsed.batch.records});
          at = parsed.batch.end;
        } else {
          at += 512;
        }
      }
    }
    last_path_ = LastPath();
    Open();
    whole_ = replayed_.records;
    notes_ = replayed_.notes;
    Crash();
  }

  // The end of what counts in a file.
  uint64_t LiveEnd(const std::string& path) const {
    if (path == last_path_) return batches_.back().end;
    return std::next(headers_.find(path))->second.previous_end;
  }
  // A later batch of the same file says that nothing is live at the batch that this byte is in.
  bool IsVoid(const std::string& path, uint64_t offset) const {
    uint64_t start = offset / 512 * 512;
    for (const Place& batch : batches_) {
      if (batch.path == path && batch.offset <= offset && offset < batch.end) start = batch.offset;
    }
    for (const Place& batch : batches_) {
      if (batch.path == path && batch.offset > start && batch.cut.has_value() && batch.cut->void_from <= start)
        return true;
    }
    return false;
  }
  enum class Expected { kWhole, kCorrupt, kTornButWhole, kLastBatchGone };
  Expected ExpectedAt(const std::string& path, uint64_t offset) const {
    if (offset < headers_.at(path).header_bytes) return Expected::kCorrupt;
    const bool is_last = path == last_path_;
    if (offset >= LiveEnd(path)) return is_last ? Expected::kTornButWhole : Expected::kWhole;
    if (IsVoid(path, offset)) return Expected::kWhole;
    return is_last && offset >= batches_.back().offset ? Expected::kLastBatchGone : Expected::kCorrupt;
  }

  void CheckFlip(const std::string& path, uint64_t offset, uint8_t flip) {
    world_->Kill();
    world_ = pristine_->Clone(offset + 1);
    world_->Damage(path, offset, flip);
    const absl::Status status = TryOpen();
    const Expected expected = ExpectedAt(path, offset);
    ++seen_[expected];
    const std::string where = absl::StrCat(path, " offset ", offset, ": ", status.ToString());
    if (expected == Expected::kCorrupt) {
      ASSERT_EQ(KindOf(status), ErrorKind::kCorruption) << where;
      return;
    }
    ASSERT_TRUE(status.ok()) << where;
    std::map<uint64_t, std::string> records = whole_;
    if (expected == Expected::kLastBatchGone) records.erase(std::prev(records.end()));
    ASSERT_EQ(replayed_.records, records) << where;
    ASSERT_EQ(report_.torn_bytes > 0, expected == Expected::kTornButWhole || expected == Expected::kLastBatchGone)
        << where;
    aof_.reset();
  }

  std::unique_ptr<tests::MemoryWorld> pristine_;
  std::map<std::string, FileHeader> headers_;
  std::vector<Place> batches_;
  std::string last_path_;
  std::map<uint64_t, std::string> whole_;
  std::vector<std::pair<uint64_t, std::string>> notes_;
  std::map<Expected, uint64_t> seen_;
};

TEST_F(Evidence, EveryByteFlippedOnceIsToldForWhatItIs) {
  Build();
  ASSERT_GE(headers_.size(), 2u);
  const uint64_t step = tests::EffortPercent() < 100 ? 5 : 1;  // odd: each bit has its turn
  for (const auto& [path, header] : headers_) {
    for (uint64_t at = 0; at < header.segment_bytes; at += step) {
      CheckFlip(path, at, static_cast<uint8_t>(1 << (at % 8)));
      if (HasFatalFailure()) return;
    }
  }
  // Each answer was due somewhere.
  for (Expected expected : {Expected::kWhole, Expected::kCorrupt, Expected::kTornButWhole, Expected::kLastBatchGone}) {
    EXPECT_GT(seen_[expected], 100 / step) << static_cast<int>(expected);
  }
}

TEST_F(Evidence, ASectorOfGarbageIsToldForWhatItIs) {
  Build();
  for (const auto& [path, header] : headers_) {
    for (uint64_t at = 0; at < header.segment_bytes; at += 512) {
      world_->Kill();
      world_ = pristine_->Clone(at);
      for (uint64_t i = 0; i < 512; ++i) world_->Damage(path, at + i, static_cast<uint8_t>(1 + (i * 7 + at) % 255));
      const absl::Status status = TryOpen();
      if (ExpectedAt(path, at) == Expected::kCorrupt) {
        EXPECT_EQ(KindOf(status), ErrorKind::kCorruption) << path << " " << at << status;
      } else {
        EXPECT_TRUE(status.ok()) << path << " " << at << status;
      }
    }
  }
}

TEST_F(Evidence, DamageNamesFileOffsetAndPromise) {
  Build();
  world_ = pristine_->Clone(1);
  world_->Damage(last_path_, headers_[last_path_].header_bytes + 30);
  const absl::Status status = TryOpen();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  for (const char* part : {"p-7", ".aof", "offset 512", "promised that all below offset"}) {
    EXPECT_NE(status.message().find(part), absl::string_view::npos) << part << " is not in: " << status;
  }
}

TEST_F(Evidence, AMissingFileInTheMiddleIsLostRecords) {
  Build();
  world_ = pristine_->Clone(1);
  world_->Erase(headers_.begin()->first);
  EXPECT_EQ(KindOf(TryOpen()), ErrorKind::kLostRecords);
}

TEST_F(Evidence, AMissingLastFileLooksLikeAnEarlierEnd) {
  Build();
  world_ = pristine_->Clone(1);
  world_->Erase(last_path_);
  Open();
  for (const auto& [sequence, payload] : replayed_.records) EXPECT_EQ(whole_[sequence], payload);
  EXPECT_LT(replayed_.records.size(), whole_.size());
}

TEST_F(Evidence, AFileThatIsTooShortIsCorrupt) {
  Build();
  world_ = pristine_->Clone(1);
  world_->SetContent(last_path_, world_->Content(last_path_).substr(0, 4096));
  EXPECT_EQ(KindOf(TryOpen()), ErrorKind::kCorruption);
}

TEST_F(Evidence, AFileOfAnotherNameIsCorrupt) {
  Build();
  world_ = pristine_->Clone(1);
  world_->SetContent(Path(900), world_->Content(last_path_));
  EXPECT_EQ(KindOf(TryOpen()), ErrorKind::kCorruption);
}

// The floor is in a batch of the last file; the files below it are gone, rightly. Damage must not be told as a missing
// file.
TEST_F(Evidence, DamageThatHidesTheFloorIsCorruptionAndNotAMissingFile) {
  Open();
  for (int i = 0; i < 20; ++i) AppendDurably(std::string(700, 'a'));
  const uint64_t base = heard_->rotations.back().second;
  ASSERT_TRUE(TruncatePrefix(base + 1).ok());
  AppendDurably("more");
  AppendDurably("and more");
  Crash();
  ASSERT_EQ(Files(), 1u);
  const std::string path = LastPath();
  world_->Damage(path, 600);
  EXPECT_EQ(KindOf(TryOpen()), ErrorKind::kCorruption);
}

// Fsync that answered OK and did nothing: detected where later promises stand, never served wrong.
TEST_F(Evidence, ALyingSyncIsFoundOutByTheNextPromise) {
  Open();
  AppendDurably("one");
  world_->LoseSyncs(1);
  AppendDurably("two: its sync lies");
  LosePower(/*keep=*/0, /*garbage=*/0);
  Open();
  EXPECT_EQ(replayed_.records.size(), 1u);
  world_->LoseSyncs(1);
  AppendDurably("two again: its sync lies");
  // The next batch is synced alone: what the lie covered is not in its pages any more.
  const std::string before = world_->Content(Path(1));
  AppendDurably("three");
  Crash();
  std::string bytes = world_->Content(Path(1));
  const size_t lied = bytes.find("two again") / 512 * 512;
  bytes.replace(lied, 512, std::string(512, '\0'));
  world_->SetContent(Path(1), bytes);
  EXPECT_EQ(KindOf(TryOpen()), ErrorKind::kCorruption);
}

}  // namespace
}  // namespace tidemark::aof
