// What becomes of names: lost, kept or brought back by power loss, one by one; and operations on them that fail.

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/status.h"
#include "gtest/gtest.h"
#include "sim/sim_disk.h"
#include "tests/sim/disk_rig.h"

namespace tidemark::sim {
namespace {

using fault::FaultKind;

TEST(SimDiskNamesTest, ANameIsLostWithoutADirectorySync) {
  std::set<bool> survived;
  for (uint64_t key = 0; key < kKeys; ++key) {
    DiskRig rig;
    auto file = rig.Create("f");
    ASSERT_TRUE(rig.Write(*file, 0, "synced").ok());
    ASSERT_TRUE(rig.SyncAll(*file).ok());
    file.reset();
    rig.PowerLoss(Rules(0, 0, 500), key);
    survived.insert(rig.Exists("f"));
  }
  EXPECT_EQ(survived.size(), 2u);
}

TEST(SimDiskNamesTest, ARenameIsOldOrNewNeverNeither) {
  std::set<std::string> seen;
  for (uint64_t key = 0; key < kKeys; ++key) {
    DiskRig rig;
    rig.CreateDurable("target", "old");
    rig.CreateDurable("source", "new");
    ASSERT_TRUE(rig.Rename("source", "target").ok());
    rig.PowerLoss(Rules(0, 0, 500), key);
    ASSERT_TRUE(rig.Exists("target"));
    seen.insert(rig.Content("target") + (rig.Exists("source") ? "+source" : ""));
  }
  EXPECT_EQ(seen, (std::set<std::string>{"old+source", "new"}));
}

TEST(SimDiskNamesTest, ASyncedRemovalStaysRemoved) {
  DiskRig rig;
  rig.CreateDurable("f", "x");
  ASSERT_TRUE(rig.Remove("f").ok());
  ASSERT_TRUE(rig.SyncDirectory("").ok());
  rig.PowerLoss(Rules(0, 0, 0), 1);
  EXPECT_FALSE(rig.Exists("f"));
}

TEST(SimDiskNamesTest, AnUnsyncedRemovalMayComeBack) {
  DiskRig rig;
  rig.CreateDurable("f", "x");
  ASSERT_TRUE(rig.Remove("f").ok());
  EXPECT_FALSE(rig.Exists("f"));
  rig.PowerLoss(Rules(0, 0, 0), 1);
  EXPECT_EQ(rig.Content("f"), "x");
}

TEST(SimDiskNamesTest, ARemovedFileComesBackWithoutWhatWasNotSynced) {
  DiskRig rig;
  auto file = rig.CreateDurable("f", "x");
  ASSERT_TRUE(rig.Write(*file, 0, "y and more").ok());
  ASSERT_TRUE(rig.Remove("f").ok());
  file.reset();
  rig.PowerLoss(Rules(0, 0, 0), 1);
  EXPECT_EQ(rig.Content("f"), "x");
}

TEST(SimDiskNamesTest, AReplacedFileComesBackWithoutWhatWasNotSynced) {
  DiskRig rig;
  auto target = rig.CreateDurable("target", "x");
  rig.CreateDurable("source", "new");
  ASSERT_TRUE(rig.Write(*target, 0, "y and more").ok());
  ASSERT_TRUE(rig.Rename("source", "target").ok());
  target.reset();
  rig.PowerLoss(Rules(0, 0, 0), 1);
  EXPECT_EQ(rig.Content("target"), "x");
}

TEST(SimDiskNamesTest, ARemovedFileComesBackWithoutWhatAFailedSyncDropped) {
  DiskRig rig(1, PlanOf(FaultKind::kFailedSync, 1));
  auto file = rig.Create("f");
  ASSERT_TRUE(rig.Write(*file, 0, "y and more").ok());
  EXPECT_FALSE(rig.SyncAll(*file).ok());
  ASSERT_TRUE(rig.Write(*file, 0, "x").ok());
  ASSERT_TRUE(rig.SyncData(*file).ok());
  ASSERT_TRUE(rig.SyncDirectory("").ok());
  ASSERT_TRUE(rig.Remove("f").ok());
  file.reset();
  rig.PowerLoss(Rules(0, 0, 0), 1);
  EXPECT_EQ(rig.Content("f"), "x");
}

TEST(SimDiskNamesTest, ACreationMayBeKeptWithoutTheRemovalAndTheContentThatFollowed) {
  std::set<std::string> seen;
  for (uint64_t key = 0; key < kKeys; ++key) {
    DiskRig rig;
    auto file = rig.Create("f");
    ASSERT_TRUE(rig.Write(*file, 0, "lost").ok());
    ASSERT_TRUE(rig.Remove("f").ok());
    file.reset();
    rig.PowerLoss(Rules(0, 0, 500), key);
    if (rig.Exists("f")) seen.insert(rig.Content("f").substr(0, 1));
  }
  EXPECT_EQ(seen, (std::set<std::string>{"", std::string(1, '\0')})) << "of any length, of no content";
}

TEST(SimDiskNamesTest, WhatAgesAMediumStrikesFilesWhoseRemovalIsNotDurable) {
  DiskRig rig;
  rig.CreateDurable("f", Sectors("ab"));
  ASSERT_TRUE(rig.Remove("f").ok());
  EXPECT_EQ(rig.disk().Rot("f", 1, RandomKey(2), 1), 1u);
  EXPECT_EQ(rig.disk().AddLatentErrors("f", 1, RandomKey(4), 9), 1u);
  ASSERT_TRUE(rig.SyncDirectory("").ok());
  EXPECT_EQ(rig.disk().Rot("f", 1, RandomKey(2), 1), 0u);
  EXPECT_EQ(rig.disk().AddLatentErrors("f", 1, RandomKey(4), 9), 0u);
}

TEST(SimDiskNamesTest, AFileInALostDirectoryIsLost) {
  DiskRig rig;
  ASSERT_TRUE(rig.MakeDirectory("d").ok());
  auto file = rig.Create("d/f");
  ASSERT_TRUE(rig.SyncDirectory("d").ok());
  file.reset();
  rig.PowerLoss(Rules(0, 0, 0), 1);
  EXPECT_FALSE(rig.Exists("d/f"));
}

TEST(SimDiskNamesTest, AFailedDirectorySyncMakesNoNameDurable) {
  DiskRig rig(1, PlanOf(FaultKind::kFailedSync, 1));
  rig.Create("f").reset();
  EXPECT_EQ(KindOf(rig.SyncDirectory("")), ErrorKind::kIoError);
  EXPECT_TRUE(rig.Exists("f"));
  rig.PowerLoss(Rules(0, 0, 0), 1);
  EXPECT_FALSE(rig.Exists("f"));
}

TEST(SimDiskNamesTest, ALaterDirectorySyncCoversWhatAFailedOneDidNot) {
  DiskRig rig(1, PlanOf(FaultKind::kFailedSync, 1));
  rig.Create("f").reset();
  EXPECT_FALSE(rig.SyncDirectory("").ok());
  EXPECT_TRUE(rig.SyncDirectory("").ok());
  rig.PowerLoss(Rules(0, 0, 0), 1);
  EXPECT_TRUE(rig.Exists("f"));
}

TEST(SimDiskNamesTest, ALyingDirectorySyncMakesNoNameDurable) {
  DiskRig rig(1, PlanOf(FaultKind::kLostSync, 1));
  rig.Create("f").reset();
  EXPECT_TRUE(rig.SyncDirectory("").ok());
  rig.PowerLoss(Rules(0, 0, 0), 1);
  EXPECT_FALSE(rig.Exists("f"));
}

TEST(SimDiskNamesTest, AnOperationOnANameThatFailsHasNoEffect) {
  fault::Plan plan = PlanOf(FaultKind::kFailedName, 0, Duration::Seconds(2));
  plan.faults[0].at = Instant() + Duration::Seconds(1);
  DiskRig rig(1, plan);
  auto file = rig.CreateDurable("f", "x");
  rig.scheduler().AdvanceTo(plan.faults[0].at);
  EXPECT_EQ(KindOf(rig.Open("new", OpenOptions::Mode::kCreateNew).status()), ErrorKind::kIoError);
  EXPECT_EQ(KindOf(rig.Open("f").status()), ErrorKind::kIoError);
  EXPECT_EQ(KindOf(rig.MakeDirectory("d")), ErrorKind::kIoError);
  EXPECT_EQ(KindOf(rig.Rename("f", "g")), ErrorKind::kIoError);
  EXPECT_EQ(KindOf(rig.Remove("f")), ErrorKind::kIoError);
  EXPECT_EQ(KindOf(rig.Preallocate(*file, 8192)), ErrorKind::kIoError);
  absl::Status listed;
  rig.disk().List("", [&](auto entries) { listed = entries.status(); });
  rig.Run();
  EXPECT_EQ(KindOf(listed), ErrorKind::kIoError);
  EXPECT_TRUE(rig.SyncDirectory("").ok());
  EXPECT_TRUE(rig.Write(*file, 0, "y").ok());
  EXPECT_EQ(rig.disk().names().List(""), (std::vector<DirectoryEntry>{{"f", false}}));
  EXPECT_EQ(rig.disk().names().FileAt("f")->image.size(), 1u);
}

TEST(SimDiskNamesTest, ANameOperationThatIsToFailDoesNotHappenAtACrashEither) {
  for (uint64_t key = 0; key < kKeys; ++key) {
    DiskRig rig(1, PlanOf(FaultKind::kFailedName));
    rig.disk().MakeDirectory("d", [](const absl::Status&) {});
    rig.ProcessCrash(key);
    EXPECT_FALSE(rig.disk().names().Exists("d"));
  }
}

}  // namespace
}  // namespace tidemark::sim
