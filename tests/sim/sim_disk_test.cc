// The disk contract, row by row: what may happen happens under some key, what must not never does.

#include "sim/sim_disk.h"

#include <set>
#include <string>

#include "engine/base/status.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "tests/sim/disk_rig.h"

namespace tidemark::sim {
namespace {

using fault::Fault;
using fault::FaultKind;
using fault::Param;

TEST(SimDiskTest, SyncedDataSurvivesPowerLoss) {
  for (uint64_t key = 0; key < kKeys; ++key) {
    DiskRig rig;
    rig.CreateDurable("f", Sectors("abc"));
    rig.PowerLoss(Rules(0, 1000, 0), key);
    EXPECT_EQ(rig.Content("f"), Sectors("abc"));
  }
}

TEST(SimDiskTest, UnsyncedSectorsAreOldNewOrGarbageEachOnItsOwn) {
  std::set<char> first, last;
  std::set<std::string> outcomes;
  for (uint64_t key = 0; key < kKeys; ++key) {
    DiskRig rig;
    auto file = rig.CreateDurable("f", Sectors("abc"));
    ASSERT_TRUE(rig.Write(*file, 0, Sectors("ABC")).ok());
    file.reset();
    rig.PowerLoss(Rules(500, 500, 0), key);
    const std::string got = rig.Content("f");
    std::string kinds;
    for (int s = 0; s < 3; ++s) {
      const std::string sector = got.substr(s * 512, 512);
      kinds += sector == Sectors(std::string(1, "abc"[s]))   ? 'o'
               : sector == Sectors(std::string(1, "ABC"[s])) ? 'n'
                                                             : 'g';
    }
    outcomes.insert(kinds);
  }
  EXPECT_GT(outcomes.size(), 15u);
  EXPECT_TRUE(outcomes.contains("non") || outcomes.contains("gon") || outcomes.contains("ogn"));
}

TEST(SimDiskTest, WithoutGarbageEverySectorIsOldOrNew) {
  for (uint64_t key = 0; key < kKeys; ++key) {
    DiskRig rig;
    auto file = rig.CreateDurable("f", Sectors("ab"));
    ASSERT_TRUE(rig.Write(*file, 100, std::string(700, 'X')).ok());
    file.reset();
    rig.PowerLoss(Rules(500, 0, 0), key);
    const std::string got = rig.Content("f");
    const std::string fresh = Sectors("ab").replace(100, 700, std::string(700, 'X'));
    for (int s = 0; s < 2; ++s) {
      const std::string sector = got.substr(s * 512, 512);
      EXPECT_TRUE(sector == Sectors("ab").substr(s * 512, 512) || sector == fresh.substr(s * 512, 512))
          << key << " " << s;
    }
  }
}

TEST(SimDiskTest, AByteTearLeavesAPrefix) {
  std::set<size_t> lengths;
  for (uint64_t key = 0; key < kKeys; ++key) {
    DiskRig rig;
    auto file = rig.CreateDurable("f", std::string(1024, '.'));
    ASSERT_TRUE(rig.Write(*file, 0, std::string(1024, 'X')).ok());
    file.reset();
    rig.PowerLoss(Rules(0, 0, 0, LossRules::Tear::kByte), key);
    const std::string got = rig.Content("f");
    const size_t prefix = got.find('.');
    EXPECT_EQ(got.substr(prefix), std::string(1024 - prefix, '.'));
    lengths.insert(prefix % 512);
  }
  EXPECT_GT(lengths.size(), 30u);
}

// Whole pages, which the cache and the medium share once they are synced.
TEST(SimDiskTest, WhatIsWrittenOverSyncedPagesIsLostWithoutASync) {
  DiskRig rig;
  const std::string synced(3 * 4096, 's');
  auto file = rig.CreateDurable("f", synced);
  ASSERT_TRUE(rig.Write(*file, 0, std::string(4096, 'X')).ok());
  ASSERT_TRUE(rig.Write(*file, 4100, "X").ok());
  ASSERT_TRUE(rig.Truncate(*file, 2 * 4096 + 1).ok());
  file.reset();
  rig.PowerLoss(Rules(0, 0, 0), 1);
  EXPECT_EQ(rig.Content("f"), synced);
}

TEST(SimDiskTest, ProcessCrashKeepsTheCache) {
  DiskRig rig;
  auto file = rig.Create("f");
  ASSERT_TRUE(rig.Write(*file, 0, "not synced").ok());
  file.reset();
  rig.ProcessCrash(5);
  EXPECT_EQ(rig.Content("f"), "not synced");
}

TEST(SimDiskTest, AnOperationUnderWayAtACrashHappensOrDoesNot) {
  std::set<std::string> seen;
  for (uint64_t key = 0; key < kKeys; ++key) {
    DiskRig rig;
    auto file = rig.CreateDurable("f", "....");
    const ByteSpan part = AsBytes("XXXX");
    bool ran = false;
    file->Write(0, {part}, [&](auto) { ran = true; });
    rig.ProcessCrash(key);
    file.reset();
    rig.Run();
    EXPECT_FALSE(ran);
    seen.insert(rig.Content("f"));
  }
  EXPECT_TRUE(seen.contains("...."));
  EXPECT_TRUE(seen.contains("XXXX"));
  EXPECT_TRUE(seen.contains("X...") || seen.contains("XX..") || seen.contains("XXX."));
}

TEST(SimDiskTest, UnsyncedLengthIsLost) {
  DiskRig rig;
  auto file = rig.CreateDurable("f", "12345678");
  ASSERT_TRUE(rig.Preallocate(*file, 8192).ok());
  file.reset();
  rig.PowerLoss(Rules(0, 0, 0), 1);
  EXPECT_EQ(rig.Content("f"), "12345678");
}

TEST(SimDiskTest, AFailedSyncDropsThePagesAndReportsCleanAfterwards) {
  DiskRig rig(1, PlanOf(FaultKind::kFailedSync, 1));
  auto file = rig.Create("f");
  ASSERT_TRUE(rig.Write(*file, 0, "doomed").ok());
  EXPECT_EQ(KindOf(rig.SyncAll(*file)), ErrorKind::kIoError);
  EXPECT_TRUE(rig.SyncAll(*file).ok());
  ASSERT_TRUE(rig.SyncDirectory("").ok());
  file.reset();
  rig.ProcessCrash(1);
  ASSERT_TRUE(rig.Exists("f"));
  rig.PowerLoss(Rules(1000, 0, 1000), 1);
  EXPECT_EQ(rig.Content("f").find("doomed"), std::string::npos);
}

TEST(SimDiskTest, ALyingSyncMakesNothingDurable) {
  fault::Plan plan = PlanOf(FaultKind::kLostSync, 1);
  plan.faults[0].files = "f";
  DiskRig rig(1, plan);
  auto file = rig.Create("f");
  ASSERT_TRUE(rig.SyncDirectory("").ok());
  ASSERT_TRUE(rig.Write(*file, 0, "gone").ok());
  EXPECT_TRUE(rig.SyncAll(*file).ok());
  file.reset();
  rig.PowerLoss(Rules(0, 0, 0), 1);
  EXPECT_EQ(rig.Content("f"), "");
}

TEST(SimDiskTest, APhantomWriteNeverReachesTheMedium) {
  DiskRig rig(1, PlanOf(FaultKind::kPhantomWrite, 1));
  auto file = rig.Create("f");
  ASSERT_TRUE(rig.SyncDirectory("").ok());
  ASSERT_TRUE(rig.Write(*file, 0, "phantom").ok());
  ASSERT_TRUE(rig.Write(*file, 7, "real").ok());
  ASSERT_TRUE(rig.SyncAll(*file).ok());
  file.reset();
  rig.PowerLoss(Rules(0, 0, 0), 1);
  EXPECT_EQ(rig.Content("f"), std::string(7, '\0') + "real");
}

TEST(SimDiskTest, AMisdirectedWriteLandsElsewhere) {
  DiskRig rig(3, PlanOf(FaultKind::kMisdirectedWrite, 1));
  auto file = rig.Create("f");
  ASSERT_TRUE(rig.SyncDirectory("").ok());
  ASSERT_TRUE(rig.Preallocate(*file, 8192).ok());
  ASSERT_TRUE(rig.Write(*file, 2048, std::string(512, 'M')).ok());
  ASSERT_TRUE(rig.SyncAll(*file).ok());
  file.reset();
  rig.PowerLoss(Rules(0, 0, 0), 1);
  const std::string got = rig.Content("f", 8192);
  const size_t at = got.find('M');
  ASSERT_NE(at, std::string::npos);
  EXPECT_NE(at, 2048u);
  EXPECT_EQ(got.substr(at, 512), std::string(512, 'M'));
}

TEST(SimDiskTest, AShortWriteMovesFewer) {
  DiskRig rig(1, PlanOf(FaultKind::kShortWrite, 1));
  auto file = rig.Create("f");
  const auto moved = rig.Write(*file, 0, std::string(1000, 'x'));
  ASSERT_TRUE(moved.ok());
  EXPECT_LT(*moved, 1000u);
  EXPECT_EQ(rig.Content("f").size(), *moved);
}

TEST(SimDiskTest, ReadErrorsPassAndLatentErrorsStayUntilRewritten) {
  DiskRig rig(1, PlanOf(FaultKind::kReadError, 1));
  auto file = rig.CreateDurable("f", Sectors("abcd"));
  EXPECT_EQ(KindOf(rig.ReadBack(*file, 0, 8).status()), ErrorKind::kIoError);
  EXPECT_EQ(*rig.ReadBack(*file, 0, 2), "aa");
  EXPECT_EQ(rig.disk().AddLatentErrors("f", 1, RandomKey(4), 9), 1u);
  EXPECT_EQ(KindOf(rig.ReadBack(*file, 0, 2048).status()), ErrorKind::kIoError);
  EXPECT_EQ(KindOf(rig.ReadBack(*file, 0, 2048).status()), ErrorKind::kIoError);
  ASSERT_TRUE(rig.Write(*file, 0, Sectors("efgh")).ok());
  EXPECT_EQ(*rig.ReadBack(*file, 0, 2048), Sectors("efgh"));
}

TEST(SimDiskTest, RotFlipsOneBitAndPersists) {
  DiskRig rig;
  auto file = rig.CreateDurable("f", Sectors("ab"));
  ASSERT_EQ(rig.disk().Rot("f", 1, RandomKey(2), 1), 1u);
  const std::string rotten = rig.Content("f");
  int bits = 0;
  for (size_t i = 0; i < rotten.size(); ++i)
    bits += __builtin_popcount(static_cast<uint8_t>(rotten[i] ^ Sectors("ab")[i]));
  EXPECT_EQ(bits, 1);
  file.reset();
  rig.PowerLoss(Rules(0, 0, 0), 1);
  EXPECT_EQ(rig.Content("f"), rotten);
}

TEST(SimDiskTest, AFullDiskRefusesAndTakesUpAgain) {
  DiskRig rig(1, {}, 16384);
  auto file = rig.Create("f");
  ASSERT_TRUE(rig.Preallocate(*file, 12288).ok());
  auto other = rig.Create("g");
  EXPECT_EQ(KindOf(rig.Preallocate(*other, 8192)), ErrorKind::kDiskFull);
  EXPECT_TRUE(rig.Write(*file, 8000, "inside what is owned").ok());
  ASSERT_TRUE(rig.Remove("f").ok());
  ASSERT_TRUE(rig.SyncDirectory("").ok());
  file.reset();
  EXPECT_TRUE(rig.Preallocate(*other, 8192).ok());
}

TEST(SimDiskTest, ARemovedFileKeepsItsSpaceWhileItIsOpen) {
  DiskRig rig(1, {}, 16384);
  auto file = rig.Create("f");
  ASSERT_TRUE(rig.Preallocate(*file, 12288).ok());
  auto other = rig.Create("g");
  ASSERT_TRUE(rig.Remove("f").ok());
  ASSERT_TRUE(rig.SyncDirectory("").ok());
  EXPECT_EQ(KindOf(rig.Preallocate(*other, 8192)), ErrorKind::kDiskFull);
  file.reset();
  EXPECT_TRUE(rig.Preallocate(*other, 8192).ok());
}

TEST(SimDiskTest, AWriteIntoAnAlmostFullDiskIsCutShort) {
  DiskRig rig(1, {}, 4096);
  auto file = rig.Create("f");
  EXPECT_EQ(*rig.Write(*file, 0, std::string(6000, 'x')), 4096u);
  EXPECT_EQ(KindOf(rig.Write(*file, 4096, "y").status()), ErrorKind::kDiskFull);
}

TEST(SimDiskTest, LocksDieWithTheProcess) {
  DiskRig rig;
  absl::Status second;
  std::unique_ptr<DirectoryLock> held;
  rig.disk().LockDirectory("", [&](auto lock) { held = *std::move(lock); });
  rig.Run();
  rig.disk().LockDirectory("", [&](auto lock) { second = lock.status(); });
  rig.Run();
  EXPECT_EQ(KindOf(second), ErrorKind::kLocked);
  rig.ProcessCrash(1);
  rig.disk().LockDirectory("", [&](auto lock) { second = lock.status(); });
  held.reset();  // of the dead process: releases nothing
  rig.Run();
  EXPECT_TRUE(second.ok());
}

TEST(SimDiskTest, PreallocationCostsNoMemory) {
  DiskRig rig(1, {}, uint64_t{1} << 40);
  auto file = rig.Create("f");
  ASSERT_TRUE(rig.Preallocate(*file, uint64_t{1} << 30).ok());
  EXPECT_EQ(rig.disk().names().FileAt("f")->image.medium().end(), 0u);
}

// Removing one fault leaves the hits of the others as they were.
RC_GTEST_PROP(DiskPolicyProperty, FaultsDrawIndependently, (uint64_t seed, uint8_t rate)) {
  fault::Plan both = PlanOf(FaultKind::kReadError);
  both.seed = seed;
  both.faults[0].params.Set(Param::kRate, rate);
  fault::Plan alone = both;
  Fault other = both.faults[0];
  other.id = 2;
  other.kind = FaultKind::kDiskSpike;
  both.faults.insert(both.faults.begin(), other);
  fault::DiskPolicy with(both, NodeId(1)), without(alone, NodeId(1));
  for (uint64_t i = 0; i < 50; ++i) {
    const fault::DiskOp op{fault::DiskOpKind::kRead, "f", HashName("f"), 0, 10, i, Instant()};
    RC_ASSERT(with.Decide(op).effect == without.Decide(op).effect);
  }
}

// Without faults the disk is a plain array of bytes.
RC_GTEST_PROP(SimDiskProperty, EqualsAPlainModel, (uint64_t seed)) {
  DiskRig rig(seed);
  auto file = rig.Create("f");
  std::string model;
  const auto steps = *rc::gen::container<std::vector<std::tuple<uint16_t, uint16_t, bool>>>(rc::gen::tuple(
      rc::gen::inRange<uint16_t>(0, 9000), rc::gen::inRange<uint16_t>(1, 3000), rc::gen::arbitrary<bool>()));
  for (const auto& [offset, length, sync] : steps) {
    const std::string bytes(length, static_cast<char>('a' + offset % 26));
    RC_ASSERT(*rig.Write(*file, offset, bytes) == length);
    if (model.size() < size_t{offset} + length) model.resize(size_t{offset} + length);
    model.replace(offset, length, bytes);
    if (sync) RC_ASSERT(rig.SyncAll(*file).ok());
    RC_ASSERT(*rig.ReadBack(*file, 0, 20'000) == model);
  }
}

}  // namespace
}  // namespace tidemark::sim
