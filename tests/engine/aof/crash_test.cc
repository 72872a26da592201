// A small life of a log, ended after every single disk operation, with the medium keeping nothing, everything, or
// some of what was not synced; then the opening after it, ended after every operation of its own. What was acknowledged
// is there.

#include <functional>
#include <string>

#include "gtest/gtest.h"
#include "tests/engine/aof/log_model.h"
#include "tests/support/effort.h"

namespace tidemark::aof {
namespace {

struct Medium {
  uint64_t keep_permille;
  uint64_t garbage_permille;
  uint64_t seed;
};
constexpr Medium kMedia[] = {{0, 0, 1}, {1000, 0, 1}, {500, 0, 2}, {500, 300, 3}, {800, 100, 4}, {200, 500, 5}};

Options LifeOptions(bool scan_sealed) {
  Options options;
  options.scan_sealed = scan_sealed;
  options.store_id = {.high = 3, .low = 4};
  options.log_id = 1;
  options.directory = "log";
  options.mode = Options::Mode::kCreateIfMissing;
  options.block_bytes = 512;
  options.max_record_bytes = 1100;
  options.max_batch_bytes = 2400;
  options.max_head_note_bytes = 64;
  options.segment_bytes = 8192;
  return options;
}

// Append, note, cut, rotate, truncate.
void FirstLife(LogModel& log) {
  for (int i = 0; i < 3; ++i) log.Append(300), log.RunUntilQuiet();
  log.Note(20);
  log.Append(1000);
  log.Append(1000);
  log.RunUntilQuiet();
  log.Cut(2);
  log.Append(50);
  log.RunUntilQuiet();
  for (int i = 0; i < 14; ++i) log.Append(900), log.RunUntilQuiet();
  log.TruncatePrefix(14);
  log.RunUntilQuiet();
  log.RunSteps(60);
  log.Append(10);
  log.Cut(1);
  log.RunUntilQuiet();
  for (int i = 0; i < 3; ++i) log.Append(1000), log.RunUntilQuiet();
  log.RunSteps(60);
}

void SecondLife(LogModel& log) {
  log.Append(700);
  log.RunUntilQuiet();
  log.Append(1000);
  log.TruncatePrefix(3);
  log.RunUntilQuiet();
}

// Lives until operation `crash_at` (0: to the end), loses power, dies in each opening after `opening_crash_at`
// operations, lives on. Returns whether the life and the opening were really cut short.
struct CutShort {
  bool life = false;
  bool opening = false;
};
CutShort Live(const Medium& medium, bool scan_sealed, const std::function<void(LogModel&)>& life, uint64_t crash_at,
              uint64_t opening_crash_at) {
  LogModel log(medium.seed, LifeOptions(scan_sealed));
  EXPECT_TRUE(log.Open());
  CutShort cut;
  if (crash_at > 0) log.world().FreezeAtOperation(log.world().operations() + crash_at);
  life(log);
  cut.life = log.world().frozen();
  log.LosePower(medium.keep_permille, medium.garbage_permille);
  if (opening_crash_at > 0) {
    cut.opening = !log.Open(opening_crash_at);
    if (cut.opening) log.LosePower(medium.keep_permille, medium.garbage_permille);
  }
  if (!log.is_open()) log.Open();
  if (log.is_open()) SecondLife(log);
  log.LosePower(medium.keep_permille, medium.garbage_permille);
  log.Open();
  EXPECT_EQ(log.wrong(), "") << "keep " << medium.keep_permille << " garbage " << medium.garbage_permille
                             << " crash at " << crash_at << ", in opening at " << opening_crash_at;
  return cut;
}

// Whether opening reads sealed files.
class Crash : public ::testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(ScanSealed, Crash, ::testing::Bool());

TEST_P(Crash, AfterEveryOperationOfALifeWhatWasPromisedIsThere) {
  for (const Medium& medium : kMedia) {
    uint64_t crash_at = 1;
    while (Live(medium, GetParam(), FirstLife, crash_at, 0).life && !testing::Test::HasFailure()) ++crash_at;
    if (testing::Test::HasFailure()) return;
    EXPECT_GT(crash_at, 50u) << "the life has become too short to prove much";
  }
}

TEST_P(Crash, TheLifeRotatesAndRemovesFiles) {
  LogModel log(1, LifeOptions(GetParam()));
  ASSERT_TRUE(log.Open());
  FirstLife(log);
  EXPECT_FALSE(log.world().Has("log/00000000000000000001.aof"));
  EXPECT_TRUE(log.world().Has("log/00000000000000000003.aof"));
  log.LosePower(0, 0);
  ASSERT_TRUE(log.Open());
  EXPECT_EQ(log.skipped_files() > 0, !GetParam());
}

TEST_P(Crash, AndAgainAfterEveryOperationOfTheOpening) {
  for (const Medium& medium : kMedia) {
    for (uint64_t crash_at = 1;; crash_at += tests::StrideOf(3)) {
      bool life_cut = true;
      for (uint64_t opening_crash_at = 1; !testing::Test::HasFailure(); ++opening_crash_at) {
        const CutShort cut = Live(medium, GetParam(), FirstLife, crash_at, opening_crash_at);
        life_cut = cut.life;
        if (!cut.opening) break;
      }
      if (!life_cut || testing::Test::HasFailure()) break;
    }
  }
}

TEST_P(Crash, AfterEveryOperationOfTheCreation) {
  for (const Medium& medium : kMedia) {
    for (uint64_t crash_at = 1;; ++crash_at) {
      LogModel log(medium.seed, LifeOptions(GetParam()));
      const bool created = log.Open(crash_at);
      if (!created) {
        log.LosePower(medium.keep_permille, medium.garbage_permille);
        ASSERT_TRUE(log.Open());
      }
      SecondLife(log);
      ASSERT_EQ(log.wrong(), "") << crash_at;
      if (created) break;
    }
  }
}

// Each sync of an opening fails once; the process starts again on what the cache says, lives on, and the power goes.
TEST_P(Crash, AfterAFailedSyncOfTheOpening) {
  for (const Medium& medium : kMedia) {
    for (int after = 0; after < 6; ++after) {
      LogModel log(medium.seed, LifeOptions(GetParam()));
      ASSERT_TRUE(log.Open());
      log.Append(300);  // the file has room for the next life: nothing is put right by a new one
      log.RunUntilQuiet();
      log.Append(100);
      log.RunUntilQuiet();
      log.Kill();
      log.open_may_fail = true;
      log.world().FailSyncs(1, after);
      log.Open();
      log.Kill();
      log.world().FailSyncs(0);
      log.open_may_fail = false;
      ASSERT_TRUE(log.Open()) << log.wrong();
      SecondLife(log);
      log.LosePower(medium.keep_permille, medium.garbage_permille);
      ASSERT_TRUE(log.Open()) << log.wrong();
      ASSERT_EQ(log.wrong(), "") << "failed sync " << after;
    }
  }
}

// The process dies, the machine does not: everything written is there, synced or not.
TEST_P(Crash, OfTheProcessAfterEveryOperation) {
  for (uint64_t crash_at = 1;; ++crash_at) {
    LogModel log(1, LifeOptions(GetParam()));
    ASSERT_TRUE(log.Open());
    log.world().FreezeAtOperation(log.world().operations() + crash_at);
    FirstLife(log);
    const bool cut = log.world().frozen();
    log.Kill();
    ASSERT_TRUE(log.Open()) << log.wrong();
    ASSERT_EQ(log.wrong(), "") << crash_at;
    if (!cut) break;
  }
}

}  // namespace
}  // namespace tidemark::aof
