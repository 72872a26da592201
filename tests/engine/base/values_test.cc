// The small value types: ids, time, bytes, coding.

#include <array>
#include <sstream>
#include <type_traits>

#include "engine/base/bytes.h"
#include "engine/base/coding.h"
#include "engine/base/ids.h"
#include "engine/base/time.h"
#include "gtest/gtest.h"

namespace tidemark {
namespace {

TEST(IdsTest, DifferentNumbersAreDifferentTypes) {
  EXPECT_FALSE((std::is_convertible_v<RaftIndex, PartitionIndex>));
  EXPECT_FALSE((std::is_convertible_v<uint64_t, RaftIndex>));
  EXPECT_FALSE((std::is_convertible_v<Term, uint64_t>));
}

TEST(IdsTest, StepsAndPrints) {
  std::ostringstream out;
  out << RaftIndex(4).Next() << " " << PartitionId(3) << " " << PartitionIndex(9).Plus(2);
  EXPECT_EQ(out.str(), "r5 p3 i11");
  EXPECT_EQ(RaftIndex(0).Prev(), RaftIndex(0));
  EXPECT_LT(Term(1), Term(2));
}

TEST(TimeTest, PrintsTheShortestExactUnit) {
  EXPECT_EQ(Duration::Seconds(3).ToString(), "3s");
  EXPECT_EQ(Duration::Millis(1500).ToString(), "1500ms");
  EXPECT_EQ(Duration::Micros(20).ToString(), "20us");
  EXPECT_EQ(Duration::Nanos(1'001).ToString(), "1001ns");
  EXPECT_EQ(Duration().ToString(), "0s");
  EXPECT_EQ((Instant() + Duration::Millis(2) - Duration::Micros(1)).ToString(), "1999us");
}

TEST(CodingTest, IsLittleEndian) {
  std::array<uint8_t, 8> bytes = {};
  PutFixed64(bytes.data(), 0x0102030405060708u);
  EXPECT_EQ(bytes, (std::array<uint8_t, 8>{8, 7, 6, 5, 4, 3, 2, 1}));
  EXPECT_EQ(GetFixed64(bytes.data()), 0x0102030405060708u);
  EXPECT_EQ(GetFixed32(bytes.data()), 0x05060708u);
  EXPECT_EQ(GetFixed16(bytes.data()), 0x0708u);
}

TEST(BytesTest, BufferKeepsContentAndAlignmentAsItGrows) {
  AlignedBuffer buffer;
  for (int i = 0; i < 3000; ++i) buffer.Append(AsBytes("0123456789"));
  EXPECT_EQ(buffer.size(), 30'000u);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer.data()) % AlignedBuffer::kAlignment, 0u);
  EXPECT_EQ(AsText(buffer.span().subspan(29'990, 10)), "0123456789");
}

TEST(BytesTest, ResizeZeroesOnlyWhatIsNew) {
  AlignedBuffer buffer;
  buffer.Append(AsBytes("abcdef"));
  buffer.Resize(3);
  buffer.Resize(6);
  EXPECT_EQ(AsText(buffer.span()), absl::string_view("abc\0\0\0", 6));
}

TEST(BytesTest, EmptyAppendIsNothing) {
  AlignedBuffer buffer;
  buffer.Append(ByteSpan());
  EXPECT_TRUE(buffer.empty());
}

TEST(BytesTest, AlignmentHelpers) {
  EXPECT_EQ(AlignUp(0, 512), 0u);
  EXPECT_EQ(AlignUp(1, 512), 512u);
  EXPECT_EQ(AlignUp(512, 512), 512u);
  EXPECT_EQ(AlignDown(1023, 512), 512u);
  EXPECT_TRUE(IsAligned(4096, 512));
  EXPECT_FALSE(IsAligned(4097, 512));
}

}  // namespace
}  // namespace tidemark
