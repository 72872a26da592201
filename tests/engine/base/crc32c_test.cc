#include "engine/base/crc32c.h"

#include <string>
#include <vector>

#include "engine/base/coding.h"
#include "engine/base/random.h"
#include "gtest/gtest.h"

namespace tidemark {
namespace {

// RFC 3720 (iSCSI), appendix B.4.
TEST(Crc32cTest, MatchesTheStandardVectors) {
  const std::vector<uint8_t> zeros(32, 0x00), ones(32, 0xFF);
  std::vector<uint8_t> up(32), down(32);
  for (int i = 0; i < 32; ++i) {
    up[i] = static_cast<uint8_t>(i);
    down[i] = static_cast<uint8_t>(31 - i);
  }
  EXPECT_EQ(Crc32c(zeros), 0x8A9136AAu);
  EXPECT_EQ(Crc32c(ones), 0x62A8AB43u);
  EXPECT_EQ(Crc32c(up), 0x46DD794Eu);
  EXPECT_EQ(Crc32c(down), 0x113FDB5Cu);
  EXPECT_EQ(Crc32c(AsBytes("123456789")), 0xE3069283u);
}

TEST(Crc32cTest, ExtendingEqualsChecksummingTheWhole) {
  const std::string text = "a record climbs a ladder of watermarks";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    const uint32_t first = Crc32c(AsBytes(absl::string_view(text).substr(0, cut)));
    EXPECT_EQ(ExtendCrc32c(first, AsBytes(absl::string_view(text).substr(cut))), Crc32c(AsBytes(text))) << cut;
  }
}

TEST(Crc32cTest, NothingAddsNothing) { EXPECT_EQ(ExtendCrc32c(0x1234u, ByteSpan()), 0x1234u); }

TEST(Crc32cTest, ANumberCountsAsItsEightBytes) {
  Draws draws(RandomKey(1).Fork("numbers"));
  for (int i = 0; i < 1000; ++i) {
    const uint32_t crc = static_cast<uint32_t>(draws.Bits());
    const uint64_t value = i < 64 ? uint64_t{1} << i : draws.Bits();
    uint8_t bytes[8];
    PutFixed64(bytes, value);
    ASSERT_EQ(ExtendCrc32cFixed64(crc, value), ExtendCrc32c(crc, ByteSpan(bytes, 8))) << crc << " " << value;
  }
}

TEST(Crc32cTest, TheChecksumOfAWholeIsMadeOfThoseOfItsParts) {
  Draws draws(RandomKey(2).Fork("parts"));
  std::string text(70000, '\0');
  for (char& byte : text) byte = static_cast<char>(draws.Bits());
  const ByteSpan whole = AsBytes(text);
  for (size_t cut : {0, 1, 7, 8, 255, 256, 257, 4096, 65535, 65536, 65537, 69999, 70000}) {
    const uint32_t first = Crc32c(whole.subspan(0, cut)), second = Crc32c(whole.subspan(cut));
    EXPECT_EQ(ShiftCrc32c(first, text.size() - cut) ^ second, Crc32c(whole)) << cut;
  }
}

TEST(Crc32cTest, ShiftsAddUp) {
  Draws draws(RandomKey(3).Fork("shifts"));
  for (int i = 0; i < 200; ++i) {
    const uint32_t crc = static_cast<uint32_t>(draws.Bits());
    const uint64_t a = draws.Bits() >> (25 + i % 38), b = draws.Bits() >> (25 + i % 31);
    ASSERT_EQ(ShiftCrc32c(ShiftCrc32c(crc, a), b), ShiftCrc32c(crc, a + b)) << crc << " " << a << " " << b;
  }
}

}  // namespace
}  // namespace tidemark
