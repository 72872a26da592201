// A world: what its faults do to nodes, disks and events under way.

#include "sim/world.h"

#include <memory>

#include "gtest/gtest.h"

namespace tidemark::sim {
namespace {

// Lists its disk's root for ever: an operation is always under way.
class Busy final : public Process {
 public:
  explicit Busy(ProcessContext context) : env_(context.env) { List(); }
  bool recovering() const override { return false; }

 private:
  void List() {
    env_.disk.List("", [this](absl::StatusOr<std::vector<DirectoryEntry>>) { List(); });
  }
  Env env_;
};

fault::Fault At(int ms, uint64_t id, fault::FaultKind kind) {
  fault::Fault fault;
  fault.id = id;
  fault.kind = kind;
  fault.at = Instant() + Duration::Millis(ms);
  return fault;
}

TEST(WorldTest, EventsOfALostDiskMeetNobody) {
  fault::Plan plan;
  for (int n = 1; n <= 20; ++n)
    plan.faults.push_back(At(10 * n, static_cast<uint64_t>(n), fault::FaultKind::kDiskLoss));
  World world(plan, [](ProcessContext context) { return std::make_unique<Busy>(std::move(context)); }, {});
  while (world.now() < Instant() + Duration::Millis(300)) ASSERT_TRUE(world.Step());
  EXPECT_EQ(world.node(0).life(), 21u);
  EXPECT_EQ(world.FaultHits().at(20), 1u);
}

TEST(WorldTest, SwappedDisksKeepTheirEventsToThemselves) {
  fault::Plan plan;
  plan.settings.Set(fault::Setting::kNodes, 2);
  plan.faults.push_back(At(10, 1, fault::FaultKind::kDiskSwap));
  plan.faults.back().params.Set(fault::Param::kWith, 2);
  World world(plan, [](ProcessContext context) { return std::make_unique<Busy>(std::move(context)); }, {});
  SimDisk* const first = &world.node(0).disk();
  while (world.now() < Instant() + Duration::Millis(30)) ASSERT_TRUE(world.Step());
  EXPECT_EQ(&world.node(1).disk(), first);
  EXPECT_EQ(world.node(0).life() + world.node(1).life(), 4u);
}

}  // namespace
}  // namespace tidemark::sim
