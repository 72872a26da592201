#include "fault/nearest_name.h"

#include <string>

#include "gtest/gtest.h"

namespace tidemark::fault {
namespace {

TEST(NearestNameTest, ANearNameIsSuggested) {
  EXPECT_EQ(SuggestName("apend", {"read", "append"}), "; did you mean 'append'?");
  EXPECT_EQ(SuggestName("torn-tail", {"torn_tail", "torn_head"}), "; did you mean 'torn_tail'?");
}

TEST(NearestNameTest, NothingNearListsThemAll) {
  EXPECT_EQ(SuggestName("explode", {"read", "append"}), " (one of: read, append)");
  EXPECT_EQ(SuggestName(std::string(100'000, 'x'), {"read"}), " (one of: read)");
}

}  // namespace
}  // namespace tidemark::fault
