#include "engine/aof/turns.h"

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/memory_world.h"

namespace tidemark::aof {
namespace {

class TurnsTest : public ::testing::Test {
 protected:
  static constexpr Duration kGap = Duration::Millis(5);

  TurnsTest() {
    turns->SetLogBusy([this] { return log_busy; });
  }

  // The turn is kept until `held` is cleared.
  void Ask(const std::string& who, bool urgent = false) { turns->Request(urgent, Keep(who)); }
  void AskBackground(const std::string& who) { turns->RequestBackground(Keep(who)); }
  Turns::Granted Keep(const std::string& who) {
    return [this, who](Turns::Turn turn) {
      granted.push_back(who);
      held.push_back(std::make_unique<Turns::Turn>(std::move(turn)));
    };
  }
  std::vector<std::string> TakeGranted() { return std::exchange(granted, {}); }

  using Names = std::vector<std::string>;
  tests::MemoryWorld world;
  std::shared_ptr<Turns> turns = std::make_shared<Turns>(world.env(), 2, kGap);
  bool log_busy = false;
  Names granted;
  std::vector<std::unique_ptr<Turns::Turn>> held;
};

TEST_F(TurnsTest, NeverInsideTheRequest) {
  Ask("a");
  EXPECT_EQ(TakeGranted(), Names());
  world.RunReady();
  EXPECT_EQ(TakeGranted(), Names({"a"}));
}

TEST_F(TurnsTest, OnlySoManyAtATimeInOrder) {
  for (const char* who : {"a", "b", "c", "d"}) Ask(who);
  world.RunReady();
  EXPECT_EQ(TakeGranted(), Names({"a", "b"}));
  held.erase(held.begin());
  world.RunReady();
  EXPECT_EQ(TakeGranted(), Names({"c"}));
}

TEST_F(TurnsTest, OverdueOnesKeepNobodyWaiting) {
  const Instant began = world.Now();
  for (const char* who : {"hangs", "hangs too", "c", "d", "e"}) Ask(who);
  world.RunReady();
  EXPECT_EQ(TakeGranted(), Names({"hangs", "hangs too"}));
  ASSERT_TRUE(world.RunUntil([&] { return granted.size() == 2; }));
  EXPECT_EQ(world.Now() - began, Turns::kOverdue);
  EXPECT_EQ(TakeGranted(), Names({"c", "d"}));
  held.erase(held.begin());  // one that hung gives back what it no longer has
  world.RunReady();
  EXPECT_EQ(TakeGranted(), Names());
  held.pop_back();
  world.RunReady();
  EXPECT_EQ(TakeGranted(), Names({"e"}));
}

TEST_F(TurnsTest, WaitingForAnOverdueOneDoesNotStretchTheGap) {
  log_busy = true;
  for (const char* who : {"hangs", "b", "c", "d"}) Ask(who);
  ASSERT_TRUE(world.RunUntil([&] { return granted.size() == 2; }));
  world.RunReady();  // both are taken: the next waits until the first is overdue
  held.pop_back();
  const Instant before = world.Now();
  ASSERT_TRUE(world.RunUntil([&] { return granted.size() == 3; }));
  EXPECT_LE(world.Now() - before, kGap);
}

TEST_F(TurnsTest, NoTimerIsLeftOnceNobodyWaits) {
  for (const char* who : {"a", "b", "c"}) Ask(who);
  world.RunReady();
  held.clear();
  const Instant before = world.Now();
  while (world.Step()) {
  }
  EXPECT_EQ(TakeGranted(), Names({"a", "b", "c"}));
  EXPECT_EQ(world.Now(), before);
}

TEST_F(TurnsTest, UrgentOnesGoFirst) {
  for (const char* who : {"a", "b", "c"}) Ask(who);
  Ask("urgent", /*urgent=*/true);
  world.RunReady();
  EXPECT_EQ(TakeGranted(), Names({"urgent", "a"}));
}

TEST_F(TurnsTest, BesideABusyLogTheyKeepAGap) {
  log_busy = true;
  const Instant began = world.Now();
  for (const char* who : {"a", "b"}) Ask(who);
  world.RunReady();
  EXPECT_EQ(TakeGranted(), Names({"a"}));
  ASSERT_TRUE(world.RunUntil([&] { return !granted.empty(); }));
  EXPECT_EQ(world.Now() - began, kGap);
}

TEST_F(TurnsTest, UrgentOnesKeepNoGap) {
  log_busy = true;
  Ask("a");
  world.RunReady();
  Ask("urgent", /*urgent=*/true);
  world.RunReady();
  EXPECT_EQ(TakeGranted(), Names({"a", "urgent"}));
}

TEST_F(TurnsTest, WhatNobodyWaitsForBeginsWhenNobodyWaits) {
  log_busy = true;
  for (const char* who : {"a", "b"}) Ask(who);
  AskBackground("ahead");
  world.RunReady();
  EXPECT_EQ(TakeGranted(), Names({"a"}));  // b keeps the gap
  ASSERT_TRUE(world.RunUntil([&] { return granted.size() == 2; }));
  EXPECT_EQ(TakeGranted(), Names({"b", "ahead"}));
}

TEST_F(TurnsTest, WhatNobodyWaitsForTakesNobodysTurn) {
  for (const char* who : {"ahead", "ahead too"}) AskBackground(who);
  world.RunReady();
  EXPECT_EQ(TakeGranted(), Names({"ahead"}));
  for (const char* who : {"a", "b"}) Ask(who);
  world.RunReady();
  EXPECT_EQ(TakeGranted(), Names({"a", "b"}));
  held.erase(held.begin());
  world.RunReady();
  EXPECT_EQ(TakeGranted(), Names({"ahead too"}));
}

TEST_F(TurnsTest, AFileThatHangsKeepsNoOtherFromBeingMadeAhead) {
  for (const char* who : {"hangs", "ahead"}) AskBackground(who);
  world.RunReady();
  bool waited = false;
  world.ScheduleAfter(Turns::kOverdue, [&] { waited = true; });
  ASSERT_TRUE(world.RunUntil([&] { return waited; }));
  EXPECT_EQ(TakeGranted(), Names({"hangs"}));
  Ask("a");
  world.RunReady();
  EXPECT_EQ(TakeGranted(), Names({"a", "ahead"}));
  held.clear();  // the one that hung, too
  AskBackground("ahead too");
  world.RunReady();
  EXPECT_EQ(TakeGranted(), Names({"ahead too"}));
}

TEST_F(TurnsTest, AfterCloseNobodyIsGranted) {
  Ask("a");
  AskBackground("ahead");
  turns->Close();
  world.RunReady();
  EXPECT_EQ(TakeGranted(), Names());
}

TEST_F(TurnsTest, TurnMayOutliveWhoAskedAndWhoGrants) {
  Ask("a");
  world.RunReady();
  turns.reset();
  held.clear();
}

}  // namespace
}  // namespace tidemark::aof
