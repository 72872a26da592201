#include "scenarios/check_trap.h"

#include <string>
#include <thread>

#include "gtest/gtest.h"

namespace tidemark::scenarios {
namespace {

// The message of the CHECK that failed under a trap; "" when none did.
std::string Trapped(int value) {
  const CheckTrap trap;
  try {
    CHECK_EQ(value, 1) << "of the test";
  } catch (const CheckFailed& failed) {
    EXPECT_NE(failed.where.find("check_trap_test.cc:"), std::string::npos) << failed.where;
    return failed.message;
  }
  return "";
}

TEST(CheckTrap, AFailedCheckIsThrownWithItsPlaceAndNumbers) {
  EXPECT_EQ(Trapped(1), "");
  EXPECT_EQ(Trapped(2), "CHECK failed: value == 1 (2 vs. 1) of the test");
}

TEST(CheckTrap, TrapsNest) {
  const CheckTrap outer;
  EXPECT_NE(Trapped(2), "");
  EXPECT_THROW(CHECK(false), CheckFailed);
}

TEST(CheckTrap, EveryThreadHasItsOwn) {
  std::string caught;
  std::thread other([&] { caught = Trapped(3); });
  other.join();
  EXPECT_NE(caught, "");
}

TEST(CheckTrapDeathTest, WithoutATrapTheProcessStops) {
  (void)Trapped(2);
  EXPECT_DEATH(CHECK(false) << "nobody listens", "nobody listens");
}

}  // namespace
}  // namespace tidemark::scenarios
