#include "engine/base/random.h"

#include <map>

#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace tidemark {
namespace {

// Known answers: a compiler or platform that differs here would change every plan.
TEST(RandomTest, KnownAnswersNeverChange) {
  EXPECT_EQ(MixBits(0), 0xE220A8397B1DCDAFu);  // SplitMix64's published first output for seed 0
  EXPECT_EQ(HashName(""), 0xCBF29CE484222325u);
  EXPECT_EQ(HashName("a"), 0xAF63DC4C8601EC8Cu);  // FNV-1a's published vector
  EXPECT_EQ(RandomKey(1).Fork("disk").Fork(7).BitsAt(3), 0x8424CF90115EB610u);
}

TEST(RandomTest, ScaleCoversTheRangeAndNoMore) {
  EXPECT_EQ(ScaleBits(0, 10), 0u);
  EXPECT_EQ(ScaleBits(~uint64_t{0}, 10), 9u);
  EXPECT_EQ(ScaleBits(uint64_t{1} << 63, 10), 5u);
}

TEST(RandomTest, DrawsAreSpreadEvenly) {
  const RandomKey key(42);
  std::map<uint64_t, int> hits;
  for (uint64_t i = 0; i < 60'000; ++i) ++hits[key.UniformAt(i, 6)];
  ASSERT_EQ(hits.size(), 6u);
  for (const auto& [face, count] : hits) EXPECT_NEAR(count, 10'000, 500) << face;
}

TEST(RandomTest, ChanceIsInThousandths) {
  const RandomKey key(7);
  int hits = 0;
  for (uint64_t i = 0; i < 100'000; ++i) hits += key.ChanceAt(i, 250) ? 1 : 0;
  EXPECT_NEAR(hits, 25'000, 700);
  EXPECT_FALSE(key.ChanceAt(1, 0));
  EXPECT_TRUE(key.ChanceAt(1, 1000));
}

RC_GTEST_PROP(RandomProperty, AChoiceDependsOnItsKeyAlone, (uint64_t seed, uint64_t entity, uint64_t ordinal)) {
  const RandomKey key = RandomKey(seed).Fork("domain").Fork(entity);
  const uint64_t alone = key.BitsAt(ordinal);
  Draws others(RandomKey(seed).Fork("domain").Fork(entity + 1));
  others.Bits();
  RC_ASSERT(key.BitsAt(ordinal) == alone);
  RC_ASSERT(key.BitsAt(ordinal + 1) != alone);
}

RC_GTEST_PROP(RandomProperty, ForksDiffer, (uint64_t seed, uint64_t a, uint64_t b)) {
  RC_PRE(a != b);
  const RandomKey key(seed);
  RC_ASSERT(key.Fork(a) != key.Fork(b));
  RC_ASSERT(key.Fork("x") != key.Fork("y"));
  RC_ASSERT(key.Fork(a).Fork(b) != key.Fork(b).Fork(a));
}

RC_GTEST_PROP(RandomProperty, BetweenIncludesBothEnds, (uint64_t seed, uint32_t low, uint16_t span)) {
  const RandomKey key(seed);
  for (uint64_t i = 0; i < 20; ++i) {
    const uint64_t drawn = key.BetweenAt(i, low, uint64_t{low} + span);
    RC_ASSERT(drawn >= low);
    RC_ASSERT(drawn <= uint64_t{low} + span);
  }
}

}  // namespace
}  // namespace tidemark
