#include "engine/aof/file_names.h"

#include "gtest/gtest.h"

namespace tidemark::aof {
namespace {

TEST(FileNames, IdsHaveTwentyDigits) {
  EXPECT_EQ(SegmentName(7), "00000000000000000007.aof");
  EXPECT_EQ(NewSegmentName(7), "00000000000000000007.new");
  EXPECT_EQ(SegmentName(~uint64_t{0}), "18446744073709551615.aof");
  EXPECT_EQ(ParseSegmentName(SegmentName(~uint64_t{0})), ~uint64_t{0});
}

TEST(FileNames, OnlyOneSpellingIsASegment) {
  EXPECT_EQ(ParseSegmentName("00000000000000000007.aof"), 7u);
  for (const char* name : {"7.aof", "00000000000000000000.aof", "00000000000000000007.new", "00000000000000000007.aof~",
                           "+0000000000000000007.aof", " 0000000000000000007.aof", "18446744073709551616.aof",
                           "000000000000000000007.aof", "0000000000000000000x.aof", ".aof", ""}) {
    EXPECT_FALSE(ParseSegmentName(name).has_value()) << name;
  }
}

TEST(FileNames, WhatIsUnderConstructionIsKnown) {
  EXPECT_TRUE(IsUnderConstruction("00000000000000000007.new"));
  EXPECT_TRUE(IsUnderConstruction("spare.new"));
  for (const char* name : {"spare", "7.new", "00000000000000000007.aof", "my.new"}) {
    EXPECT_FALSE(IsUnderConstruction(name)) << name;
  }
}

TEST(FileNames, PathsAreJoinedAndParted) {
  EXPECT_EQ(JoinPath("a/b", "c"), "a/b/c");
  EXPECT_EQ(ParentPath("a/b/c"), "a/b");
  EXPECT_EQ(ParentPath("a"), "");
}

}  // namespace
}  // namespace tidemark::aof
