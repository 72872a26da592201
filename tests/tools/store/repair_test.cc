// Repairs on the real disk: what is changed was copied, and a second repair finds nothing to do.

#include "tools/store/repair.h"

#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/backend/event_loop.h"
#include "engine/backend/posix_disk.h"
#include "engine/base/status.h"
#include "gtest/gtest.h"
#include "tests/tools/store/store_fixture.h"
#include "tools/store/guarded_disk.h"
#include "tools/store/survey_text.h"

namespace tidemark::tools {
namespace {

using tests::FreshDirectory;
using tests::ReadTree;
using tests::StoreMaker;
using tests::Survey;

constexpr char kLogFile[] = "log/00000000000000000001.aof";
constexpr char kP1File[] = "p-0000000001/00000000000000000001.aof";

class RepairTest : public ::testing::Test {
 protected:
  RepairTest() : maker(FreshDirectory("repair") + "/store"), root(maker.root()) {
    EXPECT_TRUE(maker.Open().ok());
    for (uint64_t p = 1; p <= 2; ++p) EXPECT_TRUE(maker.Create(p).ok());
    for (int round = 0; round < 3; ++round) {  // the later batches promise the first ones
      for (uint64_t p = 1; p <= 2; ++p) EXPECT_TRUE(maker.Append(p, 10).ok());
      EXPECT_TRUE(maker.Flush().ok());
    }
    maker.Close();
  }

  RepairPlan Plan(RepairOptions options = {}) {
    files = *StoreFiles::Open(root);
    absl::StatusOr<RepairPlan> plan = PlanRepair(*files, options);
    EXPECT_TRUE(plan.ok()) << plan.status();
    return *std::move(plan);
  }
  // Plans, keeps a copy, applies; the copy's directory.
  std::string Repair(RepairOptions options = {}) {
    const RepairPlan plan = Plan(options);
    const auto before = ReadTree(root);
    const absl::StatusOr<std::string> copy = CopyDirectoryFor(root);
    EXPECT_TRUE(copy.ok()) << copy.status();
    EXPECT_TRUE(KeepCopy(plan, *copy).ok());
    EXPECT_EQ(ReadTree(root), before) << "changed before the copy was whole";
    const absl::StatusOr<RecoveryRun> run = ApplyRepair(plan);
    EXPECT_TRUE(run.ok() && run->status.ok()) << run.status();
    ExpectCopied(before, *copy);
    return *copy;
  }
  // Whatever is not what it was before stands in the copy as it was.
  void ExpectCopied(const std::map<std::string, std::string>& before, const std::string& copy) {
    const auto after = ReadTree(root);
    const auto kept = ReadTree(copy);
    for (const auto& [path, content] : before) {
      const auto now = after.find(path);
      if (now != after.end() && now->second == content) continue;
      ASSERT_EQ(kept.count(path), 1u) << path << " changed, and there is no copy";
      EXPECT_TRUE(kept.at(path) == content) << path;
    }
    EXPECT_TRUE(absl::StrContains(kept.at("RESTORE.txt"), "copied before"));
  }
  StoreVerdict Verdict() {
    const auto survey = Survey(root);
    EXPECT_TRUE(survey.ok());
    return survey->verdict();
  }
  void TearTail() { tests::Flip(root + "/" + kLogFile, 60'000); }

  StoreMaker maker;
  const std::string root;
  std::unique_ptr<StoreFiles> files;
};

TEST_F(RepairTest, CutsATornTailAndThenFindsNothingToDo) {
  TearTail();
  EXPECT_EQ(Verdict(), StoreVerdict::kTornTail);
  const std::string copy = Repair();
  EXPECT_TRUE(absl::EndsWith(copy, "store.before-repair-1"));
  EXPECT_EQ(Verdict(), StoreVerdict::kSound);
  EXPECT_TRUE(Plan().changes.empty());
  ASSERT_TRUE(maker.Open().ok());
  EXPECT_TRUE(maker.Append(1, 5).ok());
}

TEST_F(RepairTest, RemakesADamagedPartitionFromTheLog) {
  tests::Flip(root + "/" + kP1File, 600);
  EXPECT_EQ(Verdict(), StoreVerdict::kDamaged);
  const RepairPlan plan = Plan();
  ASSERT_TRUE(plan.recovery.ok()) << plan.recovery;
  EXPECT_TRUE(absl::StrContains(plan.report.ToString(), "rebuilt from the log"));
  Repair();
  // Its records are forwarded again by the program that owns the store.
  EXPECT_EQ(Verdict(), StoreVerdict::kSound);
  const auto survey = Survey(root);
  EXPECT_EQ(survey->partitions[0].behind, 30u);
  EXPECT_TRUE(Plan().changes.empty());
  ASSERT_TRUE(maker.Open().ok());
  ASSERT_TRUE(maker.Flush().ok());
  maker.Close();
  EXPECT_EQ(Survey(root)->partitions[0].behind, 0u);
}

TEST_F(RepairTest, RefusesWhatRecoveryRefusesAndSaysWhatToDo) {
  tests::Flip(root + "/" + kLogFile, 600);
  const RepairPlan plan = Plan();
  EXPECT_EQ(KindOf(plan.recovery), ErrorKind::kCorruption);
  EXPECT_TRUE(plan.changes.empty());
  EXPECT_FALSE(Advice(plan).empty());
  const auto before = ReadTree(root);
  EXPECT_FALSE(ApplyRepair(plan).ok());
  EXPECT_EQ(ReadTree(root), before);
}

TEST_F(RepairTest, CutsPartitionsBackWhereALostTailIsAccepted) {
  const std::string earlier = FreshDirectory("earlier");
  tests::CopyTree(root + "/log", earlier);
  ASSERT_TRUE(maker.Open().ok());
  for (int round = 0; round < 2; ++round) {  // the second one's checkpoint names the first one's records
    ASSERT_TRUE(maker.Append(1, 10).ok());
    ASSERT_TRUE(maker.Flush().ok());
  }
  maker.Close();
  tests::CopyTree(earlier, root + "/log");
  EXPECT_EQ(KindOf(Plan().recovery), ErrorKind::kLostRecords);
  const std::vector<std::string> advice = Advice(Plan());
  ASSERT_FALSE(advice.empty());
  EXPECT_TRUE(absl::StrContains(advice.back(), "--accept-lost-tail"));
  Repair({.accept_lost_tail = true});
  EXPECT_EQ(Verdict(), StoreVerdict::kSound) << FindingsText(*Survey(root));
  EXPECT_TRUE(Plan().recovery.ok()) << "once accepted, it is not asked again: " << Plan().recovery;
}

// The snapshot has what is below; how far the machine is beyond it, nobody knows here.
TEST_F(RepairTest, CutsBackAPartitionThatASnapshotHadCut) {
  ASSERT_TRUE(maker.Open().ok());
  ASSERT_TRUE(maker.Append(1, 3000).ok());
  ASSERT_TRUE(maker.Snapshot(1).ok());
  ASSERT_TRUE(maker.Append(1, 10).ok());
  ASSERT_TRUE(maker.Flush().ok());
  maker.Close();
  const std::string earlier = FreshDirectory("earlier");
  tests::CopyTree(root + "/log", earlier);
  ASSERT_TRUE(maker.Open().ok());
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(maker.Append(1, 10).ok());
    ASSERT_TRUE(maker.Flush().ok());
  }
  maker.Close();
  ASSERT_EQ(ReadTree(root).count("p-0000000001/00000000000000000001.aof"), 0u) << "the snapshot took it";
  std::filesystem::remove_all(root + "/log");
  tests::CopyTree(earlier, root + "/log");
  Repair({.accept_lost_tail = true});
  EXPECT_EQ(Verdict(), StoreVerdict::kSound) << FindingsText(*Survey(root));
}

TEST_F(RepairTest, RemovesAFileUnderConstruction) {
  tests::WriteFile(root + "/log/00000000000000000009.new", "half");
  const std::string copy = Repair();
  EXPECT_EQ(tests::ReadFile(copy + "/log/00000000000000000009.new"), "half");
  EXPECT_EQ(ReadTree(root).count("log/00000000000000000009.new"), 0u);
}

TEST_F(RepairTest, TakesTheNextFreeNameForTheCopy) {
  TearTail();
  EXPECT_TRUE(absl::EndsWith(Repair(), ".before-repair-1"));
  TearTail();
  EXPECT_TRUE(absl::EndsWith(Repair(), ".before-repair-2"));
}

TEST_F(RepairTest, ChangesNothingWhereTheCopyCannotBeKept) {
  TearTail();
  const auto before = ReadTree(root);
  EXPECT_TRUE(absl::IsAlreadyExists(KeepCopy(Plan(), root)));
  EXPECT_FALSE(KeepCopy(Plan(), root + "/no/such/place").ok());
  EXPECT_EQ(ReadTree(root), before);
}

TEST_F(RepairTest, AStoreInUseIsLocked) {
  ASSERT_TRUE(maker.Open().ok());
  const auto reader = StoreFiles::Open(root);
  EXPECT_EQ(KindOf((*reader)->LockStore(StoreFiles::Lock::kShared)), ErrorKind::kLocked);
  EXPECT_EQ(KindOf((*reader)->LockStore(StoreFiles::Lock::kExclusive)), ErrorKind::kLocked);
  maker.Close();
  EXPECT_TRUE((*reader)->LockStore(StoreFiles::Lock::kShared).ok());
  EXPECT_EQ(KindOf(maker.Open()), ErrorKind::kLocked) << "what is being verified is not opened";
}

// --- the guard ---------------------------------------------------------------------------------------------------

class GuardedDiskTest : public RepairTest {
 protected:
  template <typename Call>
  absl::Status Wait(Call call) {
    absl::optional<absl::Status> answer;
    call([&](auto result) { answer = StatusOf(result); });
    loop->RunUntil([&] { return answer.has_value(); });
    return answer.value_or(absl::CancelledError("it never answered"));
  }
  static absl::Status StatusOf(const absl::Status& status) { return status; }
  template <typename T>
  static absl::Status StatusOf(const absl::StatusOr<T>& result) {
    return result.status();
  }

  const std::unique_ptr<EventLoop> loop = *EventLoop::Create();
  const std::unique_ptr<PosixDisk> posix = *PosixDisk::Create(*loop, root);
  GuardedDisk disk{*posix, {kLogFile}};
};

TEST_F(GuardedDiskTest, RefusesToTouchWhatWasNotCopied) {
  const auto before = ReadTree(root);
  std::unique_ptr<File> file;
  ASSERT_TRUE(Wait([&](auto done) {
                disk.Open(kP1File, {}, [&file, done](absl::StatusOr<std::unique_ptr<File>> opened) mutable {
                  file = *std::move(opened);
                  done(absl::OkStatus());
                });
              }).ok());
  const std::string text = "no";
  const ByteSpan parts[] = {AsBytes(text)};
  EXPECT_EQ(KindOf(Wait([&](auto done) { file->Write(0, parts, done); })), ErrorKind::kRefused);
  EXPECT_EQ(KindOf(Wait([&](auto done) { file->WriteAndSync(0, parts, done); })), ErrorKind::kRefused);
  EXPECT_EQ(KindOf(Wait([&](auto done) { file->Truncate(0, done); })), ErrorKind::kRefused);
  EXPECT_EQ(KindOf(Wait([&](auto done) { file->Preallocate(1 << 20, done); })), ErrorKind::kRefused);
  EXPECT_EQ(KindOf(Wait([&](auto done) { disk.Remove(kP1File, done); })), ErrorKind::kRefused);
  EXPECT_EQ(KindOf(Wait([&](auto done) { disk.Rename(kP1File, "x", done); })), ErrorKind::kRefused);
  EXPECT_EQ(KindOf(Wait([&](auto done) { disk.Rename(kLogFile, kP1File, done); })), ErrorKind::kRefused);
  EXPECT_FALSE(Wait([&](auto done) { disk.Remove("p-0000000001", done); }).ok());
  EXPECT_EQ(ReadTree(root), before);
}

TEST_F(GuardedDiskTest, LetsCopiedAndNewFilesBeChanged) {
  EXPECT_TRUE(Wait([&](auto done) { disk.Rename(kLogFile, "log/moved", done); }).ok());
  EXPECT_TRUE(Wait([&](auto done) { disk.Remove("log/moved", done); }).ok());
  EXPECT_TRUE(Wait([&](auto done) { disk.Open("new", {.mode = OpenOptions::Mode::kCreateNew}, done); }).ok());
  EXPECT_TRUE(Wait([&](auto done) { disk.Remove("new", done); }).ok());
}

TEST_F(GuardedDiskTest, DoesNothingOnceStopped) {
  disk.Stop();
  EXPECT_TRUE(absl::IsCancelled(Wait([&](auto done) { disk.Remove(kLogFile, done); })));
  EXPECT_EQ(ReadTree(root).count(kLogFile), 1u);
}

}  // namespace
}  // namespace tidemark::tools
