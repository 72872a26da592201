#include "engine/segmented_log/verdict_range.h"

#include "gtest/gtest.h"

namespace tidemark {
namespace {

using Ranges = std::vector<VerdictRange>;
using enum RecordVerdict;

VerdictRanges Sample() {
  VerdictRanges ranges;
  ranges.Add(RaftIndex(1), RaftIndex(3), kTruncated);
  ranges.Add(RaftIndex(4), RaftIndex(6), kHave);
  ranges.Add(RaftIndex(7), RaftIndex(6), kDamaged);
  ranges.Add(RaftIndex(7), RaftIndex(7), kHave);
  ranges.Add(RaftIndex(8), RaftIndex(9), kDamaged);
  return ranges;
}

TEST(VerdictRanges, EqualNeighboursAreOne) {
  EXPECT_EQ(Sample().Take(), (Ranges{{RaftIndex(1), RaftIndex(3), kTruncated},
                                     {RaftIndex(4), RaftIndex(7), kHave},
                                     {RaftIndex(8), RaftIndex(9), kDamaged}}));
}

TEST(VerdictRanges, TruncationTakesThePlaceOfWhatIsBelow) {
  const struct {
    uint64_t end;
    Ranges expected;
  } cases[] = {
      {1, Sample().Take()},
      {4, Sample().Take()},
      {6,
       {{RaftIndex(1), RaftIndex(5), kTruncated},
        {RaftIndex(6), RaftIndex(7), kHave},
        {RaftIndex(8), RaftIndex(9), kDamaged}}},
      {8, {{RaftIndex(1), RaftIndex(7), kTruncated}, {RaftIndex(8), RaftIndex(9), kDamaged}}},
      {10, {{RaftIndex(1), RaftIndex(9), kTruncated}}},
      {99, {{RaftIndex(1), RaftIndex(9), kTruncated}}},
  };
  for (const auto& c : cases) {
    VerdictRanges ranges = Sample();
    ranges.TruncateBelow(RaftIndex(c.end));
    EXPECT_EQ(ranges.Take(), c.expected) << "below " << c.end;
  }
}

}  // namespace
}  // namespace tidemark
