// What the log says it has: over damage, errors, truncation and replacement, before and during the call.

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/base/status.h"
#include "engine/segmented_log/segmented_log.h"
#include "engine/segmented_log/verdict_range.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "tests/engine/segmented_log/log_rig.h"

namespace tidemark {
namespace {

using Ranges = std::vector<VerdictRange>;
using enum RecordVerdict;

VerdictRange Of(uint64_t first, uint64_t last, RecordVerdict verdict) {
  return {RaftIndex(first), RaftIndex(last), verdict};
}

// A log whose record i says "record i;" and more.
class Rig : public tests::LogRig {
 public:
  static std::string Payload(uint64_t index, uint64_t bytes = 100) {
    return absl::StrCat("record ", index, ";", std::string(bytes, 'x'));
  }
  void AppendDurably(uint64_t records, uint64_t bytes = 100) {
    for (uint64_t i = 0; i < records; ++i) {
      ASSERT_TRUE(Append(1, Payload(log->last().value() + 1, bytes)).ok());
      ASSERT_TRUE(i % 4 != 3 || Flush().ok());
    }
    ASSERT_TRUE(Flush().ok());
  }
  static NewEntry New(uint64_t term) {
    return {{Term(term), PartitionId(1), PartitionIndex(1), RecordKind::kData}, {}};
  }
  // One bit of the record's payload.
  void Rot(uint64_t index) {
    for (const std::string& name : world->Names("log")) {
      const std::string path = absl::StrCat("log/", name);
      const size_t at = world->Content(path).find(absl::StrCat("record ", index, ";"));
      if (at != std::string::npos) return world->Damage(path, at + 1);
    }
    FAIL() << "no record " << index;
  }

  struct Answer {
    bool done = false;
    absl::Status status;
    Ranges ranges;
  };
  // Its fields are set when it is given.
  std::shared_ptr<Answer> Ask(uint64_t from, uint64_t to) {
    auto answer = std::make_shared<Answer>();
    log->Verdicts(RaftIndex(from), RaftIndex(to), [answer](absl::StatusOr<Ranges> ranges) {
      answer->done = true;
      answer->status = ranges.status();
      if (ranges.ok()) answer->ranges = *std::move(ranges);
    });
    EXPECT_FALSE(answer->done) << "inside the call";
    return answer;
  }
  Ranges Wait(const std::shared_ptr<Answer>& answer) {
    world->RunUntil([&] { return answer->done; });
    EXPECT_TRUE(answer->done && answer->status.ok()) << answer->status;
    return answer->ranges;
  }
  Ranges Verdicts(uint64_t from, uint64_t to) { return Wait(Ask(from, to)); }
};

class VerdictsTest : public ::testing::Test {
 protected:
  void Open(uint64_t records = 0) {
    ASSERT_TRUE(rig_.Open().ok());
    rig_.AppendDurably(records);
  }
  void OpenWithEverySecondDamaged() {
    rig_.options.segment_bytes = 4u << 20;
    ASSERT_TRUE(rig_.Open().ok());
    rig_.AppendDurably(9000, 1);
    const std::string path = absl::StrCat("log/", rig_.world->Names("log").front());
    std::string bytes = rig_.world->Content(path);
    size_t at = 0;
    for (uint64_t index = 2; index <= 9000; index += 2) {
      at = bytes.find(absl::StrCat("record ", index, ";"), at);
      ASSERT_NE(at, std::string::npos);
      bytes[at] ^= 1;
    }
    rig_.world->SetContent(path, bytes);
  }
  SegmentedLog& log() { return *rig_.log; }
  Ranges Verdicts(uint64_t from, uint64_t to) { return rig_.Verdicts(from, to); }

  Rig rig_;
};

TEST_F(VerdictsTest, AnEmptyLogNeverHadAnything) {
  Open();
  EXPECT_EQ(Verdicts(1, 9), (Ranges{Of(1, 9, kNeverHad)}));
  EXPECT_EQ(Verdicts(5, 4), Ranges{});
  EXPECT_EQ(Verdicts(0, 0), (Ranges{Of(0, 0, kTruncated)}));
}

TEST_F(VerdictsTest, GoneThereAndNotYetThere) {
  Open(100);
  ASSERT_TRUE(rig_.TruncatePrefix(30).ok());
  EXPECT_EQ(Verdicts(1, 120), (Ranges{Of(1, 29, kTruncated), Of(30, 100, kHave), Of(101, 120, kNeverHad)}));
  EXPECT_EQ(Verdicts(3, 29), (Ranges{Of(3, 29, kTruncated)}));
  EXPECT_EQ(Verdicts(30, 30), (Ranges{Of(30, 30, kHave)}));
  EXPECT_EQ(Verdicts(101, 101), (Ranges{Of(101, 101, kNeverHad)}));
  EXPECT_EQ(Verdicts(0, RaftIndex::Max().value()).back(), Of(101, RaftIndex::Max().value(), kNeverHad));
}

TEST_F(VerdictsTest, OneRecordOfABatchIsDamaged) {
  Open(100);
  rig_.Rot(50);
  EXPECT_EQ(Verdicts(1, 100), (Ranges{Of(1, 49, kHave), Of(50, 50, kDamaged), Of(51, 100, kHave)}));
  EXPECT_EQ(Verdicts(50, 50), (Ranges{Of(50, 50, kDamaged)}));
}

TEST_F(VerdictsTest, AFileCutShortIsDamage) {
  Open(100);
  const std::string path = absl::StrCat("log/", rig_.world->Names("log").front());
  rig_.world->SetContent(path, rig_.world->Content(path).substr(0, 2048));
  const Ranges ranges = Verdicts(1, 100);
  ASSERT_EQ(ranges.size(), 3u);
  EXPECT_EQ(ranges[1].verdict, kDamaged);
  EXPECT_EQ(ranges[2].verdict, kHave);
}

TEST_F(VerdictsTest, TheDevicesErrorIsNoVerdict) {
  Open(100);
  rig_.world->FailReads(1);
  const auto answer = rig_.Ask(1, 100);
  rig_.world->RunReady();
  EXPECT_EQ(KindOf(answer->status), ErrorKind::kIoError);
  EXPECT_EQ(Verdicts(1, 100), (Ranges{Of(1, 100, kHave)}));
}

TEST_F(VerdictsTest, RecordsInMemoryAreThere) {
  Open(10);
  ASSERT_TRUE(rig_.Append(1, "not durable").ok());
  const auto answer = rig_.Ask(1, 12);
  EXPECT_EQ(rig_.Wait(answer), (Ranges{Of(1, 11, kHave), Of(12, 12, kNeverHad)}));
}

TEST_F(VerdictsTest, AnOverwrittenSuffixWasNeverHad) {
  Open(100);
  rig_.Rot(90);
  ASSERT_TRUE(log().OverwriteFrom(RaftIndex(80), {{rig_.New(2), rig_.New(2)}}, RaftIndex(79)).ok());
  ASSERT_TRUE(rig_.Flush().ok());
  EXPECT_EQ(Verdicts(70, 100), (Ranges{Of(70, 81, kHave), Of(82, 100, kNeverHad)}));
}

TEST_F(VerdictsTest, ASnapshotBeyondTheEndTruncatesAll) {
  Open(50);
  rig_.Rot(20);
  bool compacted = false;
  log().Compact(RaftIndex(70), Term(1), {}, RaftIndex(50), [&](absl::Status status) { compacted = status.ok(); });
  EXPECT_EQ(Verdicts(1, 90), (Ranges{Of(1, 70, kTruncated), Of(71, 90, kNeverHad)})) << "at once";
  rig_.world->RunUntil([&] { return compacted; });
  rig_.AppendDurably(3);
  EXPECT_EQ(Verdicts(1, 90), (Ranges{Of(1, 70, kTruncated), Of(71, 73, kHave), Of(74, 90, kNeverHad)}));
}

// Each at every step of the call: the answer is of the moment when it is given.
TEST_F(VerdictsTest, TheLogMayChangeMeanwhile) {
  const struct {
    const char* what;
    void (*change)(Rig& rig);
    Ranges expected;
  } cases[] = {
      {"append",
       [](Rig& rig) { ASSERT_TRUE(rig.Append(1, "more").ok()); },
       {Of(1, 29, kHave), Of(30, 30, kDamaged), Of(31, 61, kHave), Of(62, 70, kNeverHad)}},
      {"cut",
       [](Rig& rig) { ASSERT_TRUE(rig.log->TruncateSuffix(RaftIndex(20)).ok()); },
       {Of(1, 20, kHave), Of(21, 70, kNeverHad)}},
      {"overwrite",
       [](Rig& rig) { ASSERT_TRUE(rig.log->OverwriteFrom(RaftIndex(30), {{rig.New(2)}}, RaftIndex(29)).ok()); },
       {Of(1, 30, kHave), Of(31, 70, kNeverHad)}},
      {"truncate",
       [](Rig& rig) { rig.log->TruncatePrefix(RaftIndex(40), [](absl::Status) {}); },
       {Of(1, 39, kTruncated), Of(40, 60, kHave), Of(61, 70, kNeverHad)}},
      {"compact within",
       [](Rig& rig) { rig.log->Compact(RaftIndex(60), Term(1), {}, RaftIndex(60), [](absl::Status) {}); },
       {Of(1, 60, kTruncated), Of(61, 70, kNeverHad)}},
      {"compact beyond",
       [](Rig& rig) { rig.log->Compact(RaftIndex(65), Term(1), {}, RaftIndex(60), [](absl::Status) {}); },
       {Of(1, 65, kTruncated), Of(66, 70, kNeverHad)}},
  };
  for (const auto& c : cases) {
    bool finished = false;
    for (int step = 0; !finished; ++step) {
      rig_.log.reset();
      rig_.world = std::make_unique<tests::MemoryWorld>();
      Open(60);
      rig_.Rot(30);
      const auto answer = rig_.Ask(1, 70);
      for (int i = 0; i < step && !answer->done; ++i) rig_.world->Step();
      finished = answer->done;
      if (finished) break;
      c.change(rig_);
      EXPECT_EQ(rig_.Wait(answer), c.expected) << c.what << " at step " << step;
      ASSERT_LT(step, 1000);
    }
  }
}

TEST_F(VerdictsTest, ManyDamagedRecordsEndTheAnswerEarly) {
  OpenWithEverySecondDamaged();
  uint64_t from = 1;
  int answers = 0;
  for (; from <= 9000; ++answers) {
    for (const VerdictRange& range : Verdicts(from, 9000)) {
      ASSERT_EQ(range, Of(from, from, from % 2 == 1 ? kHave : kDamaged));
      ++from;
    }
  }
  EXPECT_EQ(answers, 3);
}

// What it takes away leaves room for more, which is read: nobody may be told that it was never here.
TEST_F(VerdictsTest, ATruncationMeanwhileLeavesNoRecordUnread) {
  OpenWithEverySecondDamaged();
  const auto answer = rig_.Ask(1, 9010);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(rig_.world->Step());
  bool truncated = false;
  log().TruncatePrefix(RaftIndex(101), [&](const absl::Status&) { truncated = true; });
  const Ranges ranges = rig_.Wait(answer);
  EXPECT_TRUE(truncated);
  ASSERT_GT(ranges.size(), 4000u);
  for (const VerdictRange& range : ranges)
    EXPECT_TRUE(range.verdict != kNeverHad || range.first > log().last()) << range;
}

// Where its records are is found by a scan of the file, which does not check out: one scan says it of all of them.
TEST_F(VerdictsTest, AFileThatWasLetGoIsDamagedAsAWhole) {
  rig_.options.max_known_records = 0;
  Open(200);
  uint64_t first = 0, next = 0, scans = 0;
  for (const TraceEvent& event : rig_.world->events) {
    if (event.kind != TraceKind::kRotated) continue;
    if (event.args[0] == 2) first = event.args[1];
    if (event.args[0] == 3) next = event.args[1];
  }
  ASSERT_GT(next, first + 10);
  rig_.Rot(first + 7);
  rig_.world->events.clear();
  EXPECT_EQ(Verdicts(1, 200), (Ranges{Of(1, first - 1, kHave), Of(first, next - 1, kDamaged), Of(next, 200, kHave)}));
  for (const TraceEvent& event : rig_.world->events) scans += event.kind == TraceKind::kCorruptionFound ? 1 : 0;
  EXPECT_EQ(scans, 1u);
}

// The last batch is damaged before anything proved it: recovery cannot tell it from a torn one, and cuts it.
TEST_F(VerdictsTest, WhatWasCutAsTornIsNotDenied) {
  Open(7);
  ASSERT_TRUE(rig_.Append(1, Rig::Payload(8)).ok());
  ASSERT_TRUE(rig_.Append(1, Rig::Payload(9)).ok());
  ASSERT_TRUE(rig_.Flush().ok());
  ASSERT_EQ(rig_.durable, RaftIndex(9)) << "promised";
  rig_.Rot(9);
  rig_.log.reset();
  rig_.world->Kill();
  ASSERT_TRUE(rig_.Open().ok());
  ASSERT_EQ(log().last(), RaftIndex(7));
  const Ranges ranges = Verdicts(1, 1000);
  ASSERT_EQ(ranges.size(), 3u);
  EXPECT_EQ(ranges[0], Of(1, 7, kHave));
  EXPECT_EQ(ranges[1].verdict, kDamaged);
  EXPECT_GE(ranges[1].last, RaftIndex(9));
  EXPECT_LT(ranges[1].last, RaftIndex(7 + 20)) << "no more than the torn bytes can hold";
  EXPECT_EQ(ranges[2].verdict, kNeverHad);

  rig_.AppendDurably(1);
  EXPECT_EQ(Verdicts(8, 9), (Ranges{Of(8, 8, kHave), Of(9, 9, kDamaged)}));
  ASSERT_TRUE(log().OverwriteFrom(RaftIndex(8), {{rig_.New(2)}}, RaftIndex(7)).ok());
  EXPECT_EQ(Verdicts(8, 9), (Ranges{Of(8, 8, kHave), Of(9, 9, kNeverHad)})) << "it followed one that was voided";
}

RC_GTEST_PROP(Verdicts, SaysOfEachRecordWhatHappenedToIt, ()) {
  Rig rig;
  const uint64_t records = *rc::gen::inRange<uint64_t>(0, 150);
  RC_ASSERT(rig.Open().ok());
  for (uint64_t i = 0; i < records; ++i) rig.AppendDurably(1, *rc::gen::inRange<uint64_t>(0, 600));
  const auto rotten = *rc::gen::container<std::set<uint64_t>>(rc::gen::inRange<uint64_t>(1, records + 1));
  const uint64_t floor = *rc::gen::inRange<uint64_t>(1, records + 2);
  for (uint64_t index : rotten) {
    if (index <= records) rig.Rot(index);
  }
  RC_ASSERT(rig.TruncatePrefix(floor).ok());
  const uint64_t from = *rc::gen::inRange<uint64_t>(0, records + 5);
  const uint64_t to = *rc::gen::inRange<uint64_t>(from, records + 9);
  Ranges expected;
  for (uint64_t i = from; i <= to; ++i) {
    const RecordVerdict verdict = i < floor ? kTruncated : i > records ? kNeverHad : rotten.count(i) ? kDamaged : kHave;
    if (!expected.empty() && expected.back().verdict == verdict) {
      expected.back().last = RaftIndex(i);
    } else {
      expected.push_back(Of(i, i, verdict));
    }
  }
  RC_ASSERT(rig.Verdicts(from, to) == expected);
}

}  // namespace
}  // namespace tidemark
