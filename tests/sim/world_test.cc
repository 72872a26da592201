#include "sim/world.h"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/base/bytes.h"
#include "fault/plan.h"
#include "gtest/gtest.h"

namespace tidemark::sim {
namespace {

using fault::Fault;
using fault::FaultKind;
using fault::Param;
using fault::Plan;
using fault::Setting;

// What the processes of a test did, over all lives.
struct Diary {
  std::vector<std::string> found;  // how many names each life found on its disk, by node: "n1:2"
  uint64_t writes = 0;             // that completed
  uint64_t ticks = 0;
};

// Looks at its disk, makes a file, and then writes to it and ticks every millisecond for ever.
class Writer final : public Process {
 public:
  Writer(const ProcessContext& context, Diary& diary) : env_(context.env), diary_(diary) {
    block_.Resize(4096);
    env_.disk.List("", [this, node = context.node](absl::StatusOr<std::vector<DirectoryEntry>> names) {
      diary_.found.push_back(node.ToString() + ":" + std::to_string(names.ok() ? names->size() : 99));
      Open(names.ok() && names->empty() ? OpenOptions::Mode::kCreateNew : OpenOptions::Mode::kExisting);
    });
    Tick();
  }
  bool recovering() const override { return false; }

 private:
  void Open(OpenOptions::Mode mode) {
    OpenOptions options;
    options.mode = mode;
    env_.disk.Open("file", options, [this](absl::StatusOr<std::unique_ptr<File>> file) {
      ASSERT_TRUE(file.ok()) << file.status();
      file_ = *std::move(file);
      Write();
    });
  }
  void Write() {
    file_->Write(0, {block_.span()}, [this](absl::StatusOr<size_t>) {
      ++diary_.writes;
      Write();
    });
  }
  void Tick() {
    env_.executor.ScheduleAfter(Duration::Millis(1), [this] {
      ++diary_.ticks;
      Tick();
    });
  }

  const Env env_;
  Diary& diary_;
  AlignedBuffer block_;
  std::unique_ptr<File> file_;
};

Fault At(int64_t ms, FaultKind kind, int64_t length_ms = 0) {
  Fault fault;
  fault.id = static_cast<uint64_t>(ms);
  fault.kind = kind;
  fault.at = Instant() + Duration::Millis(ms);
  fault.length = Duration::Millis(length_ms);
  return fault;
}

class WorldTest : public testing::Test {
 protected:
  void RunFor(int64_t ms) {
    if (world_ == nullptr) {
      world_ = std::make_unique<World>(
          plan_, [this](ProcessContext context) { return std::make_unique<Writer>(context, diary_); }, WorldOptions());
    }
    while (world_->next() <= Instant() + Duration::Millis(ms)) ASSERT_TRUE(world_->Step());
  }

  Plan plan_;
  Diary diary_;
  std::unique_ptr<World> world_;
};

TEST_F(WorldTest, ANodeStartsWithTheFirstStep) {
  RunFor(10);
  EXPECT_EQ(diary_.found, std::vector<std::string>{"n1:0"});
  EXPECT_GT(diary_.writes, 100u);
}

TEST_F(WorldTest, ACrashedNodeComesBackToItsDisk) {
  plan_.faults = {At(5, FaultKind::kProcessCrash)};
  RunFor(20);
  EXPECT_EQ(diary_.found, (std::vector<std::string>{"n1:0", "n1:1"}));
  EXPECT_EQ(world_->node(0).life(), 2u);
  EXPECT_EQ(world_->FaultHits().at(5), 1u);
}

// A write is under way at any time: its completion finds the old disk gone from the node.
TEST_F(WorldTest, ANodeThatLostItsDiskComesBackToAnEmptyOne) {
  plan_.faults = {At(5, FaultKind::kDiskLoss), At(15, FaultKind::kDiskLoss)};
  RunFor(30);
  EXPECT_EQ(diary_.found, (std::vector<std::string>{"n1:0", "n1:0", "n1:0"}));
}

TEST_F(WorldTest, SwappedDisksKeepWhatTheyHold) {
  plan_.settings.Set(Setting::kNodes, 2);
  Fault lost = At(5, FaultKind::kDiskLoss);
  lost.params.Set(Param::kDown, Duration::Seconds(1).nanos());
  Fault swapped = At(8, FaultKind::kDiskSwap);
  swapped.params.Set(Param::kWith, 2);
  plan_.faults = {lost, swapped};
  RunFor(20);
  ASSERT_EQ(diary_.found.size(), 4u);
  EXPECT_EQ(std::set<std::string>(diary_.found.begin() + 2, diary_.found.end()),
            (std::set<std::string>{"n1:1", "n2:0"}));
}

TEST_F(WorldTest, ADiskThatNobodyHasToSwapForDoesNotCountAsSwapped) {
  Fault with_nobody = At(5, FaultKind::kDiskSwap), with_itself = At(8, FaultKind::kDiskSwap);
  with_nobody.params.Set(Param::kWith, 7);
  with_itself.params.Set(Param::kWith, 1);
  plan_.faults = {with_nobody, with_itself};
  RunFor(20);
  EXPECT_EQ(world_->node(0).life(), 1u);
  EXPECT_EQ(world_->FaultHits(), (std::map<uint64_t, uint64_t>{{5, 0}, {8, 0}}));
}

TEST_F(WorldTest, APausedNodeStandsStillAndGoesOn) {
  plan_.faults = {At(5, FaultKind::kPause, 10)};
  RunFor(14);
  EXPECT_LE(diary_.ticks, 5u);
  RunFor(20);
  EXPECT_GT(diary_.ticks, 8u);
  EXPECT_EQ(world_->node(0).life(), 1u);
}

TEST_F(WorldTest, AHealEndsFaultsAndLaterOnesDoNotBegin) {
  plan_.faults = {At(5, FaultKind::kDiskStall, 20), At(9, FaultKind::kProcessCrash)};
  RunFor(7);
  const uint64_t before = diary_.writes;
  world_->Heal();
  RunFor(60);
  EXPECT_GT(diary_.writes, before + 100);
  EXPECT_EQ(world_->node(0).life(), 1u);
}

TEST_F(WorldTest, AnIdleWorldJumps) {
  plan_.faults = {At(3'600'000, FaultKind::kClockJump)};
  World world(
      plan_, [](ProcessContext) { return nullptr; }, WorldOptions());
  uint64_t steps = 0;
  while (world.Step()) ++steps;
  EXPECT_GE(world.now(), Instant() + Duration::Seconds(3'600));
  EXPECT_LE(steps, 3u);
}

TEST_F(WorldTest, ThePlanAloneDecidesTheDigest) {
  plan_.faults = {At(5, FaultKind::kPowerLoss), At(12, FaultKind::kDiskStall, 3)};
  RunFor(40);
  const Digest first = world_->trace().digest();
  world_.reset();
  RunFor(40);
  EXPECT_EQ(world_->trace().digest(), first);
  world_.reset();
  plan_.seed = 2;
  RunFor(40);
  EXPECT_NE(world_->trace().digest(), first);
}

}  // namespace
}  // namespace tidemark::sim
