#include "sim/sparse_bytes.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace tidemark::sim {
namespace {

constexpr uint64_t kPage = SparseBytes::kPageBytes;
constexpr uint64_t kBlock = SparseBytes::kBlockBytes;
constexpr size_t kSize = 2 * kBlock;

std::string ContentOf(const SparseBytes& bytes) {
  std::string content(kSize, '?');
  bytes.Read(0, MutableByteSpan(reinterpret_cast<uint8_t*>(content.data()), kSize));
  return content;
}

// What it should be, in one piece.
struct Image {
  SparseBytes bytes;
  std::string model = std::string(kSize, '\0');

  void Write(uint64_t offset, const std::string& data) {
    bytes.Write(offset, AsBytes(data));
    model.replace(offset, data.size(), data);
  }
  void WriteSharing(uint64_t offset, uint64_t length, const Image& other, uint64_t from) {
    bytes.WriteSharing(offset, length, other.bytes, from);
    model.replace(offset, length, other.model.substr(from, length));
  }
};

TEST(SparseBytes, WhatWasNeverWrittenIsZero) {
  Image image;
  image.Write(2 * kPage + 5, "x");
  EXPECT_EQ(ContentOf(image.bytes), image.model);
  EXPECT_TRUE(image.bytes.IsZero(0, 2 * kPage + 5));
  EXPECT_FALSE(image.bytes.IsZero(0, 2 * kPage + 6));
  EXPECT_EQ(image.bytes.end(), kBlock);
}

TEST(SparseBytes, AWriteToASharedPageIsSeenByItsOwnerAlone) {
  Image cache, medium;
  cache.Write(0, std::string(kPage, 'a'));
  medium.WriteSharing(0, kPage, cache, 0);
  cache.Write(7, "b");
  EXPECT_EQ(ContentOf(cache.bytes), cache.model);
  EXPECT_EQ(ContentOf(medium.bytes), medium.model);
}

TEST(SparseBytes, ACutOfASharedPageIsSeenByItsOwnerAlone) {
  Image cache, medium;
  cache.Write(0, std::string(kPage, 'a'));
  medium.bytes.Assign(cache.bytes);
  medium.bytes.ZeroFrom(1);
  EXPECT_EQ(ContentOf(cache.bytes), cache.model);
  EXPECT_EQ(ContentOf(medium.bytes), "a" + std::string(kSize - 1, '\0'));
}

TEST(SparseBytes, ZerosBehindTheLastByteCostNothing) {
  Image image;
  image.Write(0, "x");
  image.Write(kBlock, "y");
  image.bytes.ZeroFrom(kBlock);
  EXPECT_EQ(image.bytes.end(), kBlock);
}

TEST(SparseBytes, ABlockThatIsCutThroughStays) {
  Image image;
  image.Write(kBlock + 2 * kPage, "x");
  image.bytes.ZeroFrom(kBlock + 1);
  EXPECT_EQ(image.bytes.end(), 2 * kBlock);
  EXPECT_TRUE(image.bytes.IsZero(0, kSize));
}

RC_GTEST_PROP(SparseBytes, ThreeThatShareActLikeThreeThatDoNot, ()) {
  std::array<Image, 3> images;
  const int steps = *rc::gen::inRange(1, 60);
  for (int i = 0; i < steps; ++i) {
    Image& to = images[*rc::gen::inRange(0, 3)];
    const Image& from = images[*rc::gen::inRange(0, 3)];
    // Pages are met whole often: that is where they are shared.
    const auto place = [](uint64_t room) {
      const bool whole = *rc::gen::inRange(0, 2) == 0;
      return whole ? kPage * *rc::gen::inRange<uint64_t>(0, room / kPage + 1)
                   : *rc::gen::inRange<uint64_t>(0, room + 1);
    };
    const uint64_t size = place(3 * kPage);
    const uint64_t offset = place(kSize - size);
    const std::string data(size, static_cast<char>(*rc::gen::inRange(0, 3)));
    switch (*rc::gen::inRange(0, 4)) {
      case 0: to.Write(offset, data); break;
      case 1:
        if (&to != &from) to.WriteSharing(offset, size, from, place(kSize - size));
        break;
      case 2:
        to.bytes.ZeroFrom(offset);
        std::fill(to.model.begin() + static_cast<ptrdiff_t>(offset), to.model.end(), '\0');
        break;
      default: to.bytes.Assign(from.bytes); to.model = std::string(from.model);
    }
    for (const Image& image : images) RC_ASSERT(ContentOf(image.bytes) == image.model);
  }
}

}  // namespace
}  // namespace tidemark::sim
