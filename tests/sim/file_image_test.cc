// Syncs that complete in another order than they were called in: what any of them promised stays.

#include "sim/file_image.h"

#include <string>

#include "engine/base/bytes.h"
#include "gtest/gtest.h"

namespace tidemark::sim {
namespace {

// A sync that was called, and completes later.
struct Called {
  uint64_t mark;
  uint64_t size;
};

class FileImageTest : public testing::Test {
 protected:
  void Write(uint64_t offset, const std::string& text) {
    image_.Write(offset, AsBytes(text), FileImage::Fate::kNormal, 0);
  }
  Called Call() const { return {image_.Mark(), image_.size()}; }
  void CompleteAll(Called call) { image_.Sync(call.mark, /*with_length=*/true, call.size); }
  void CompleteData(Called call) { image_.Sync(call.mark, /*with_length=*/false, call.size); }

  FileImage image_;
};

TEST_F(FileImageTest, AnOlderSyncThatCompletesLaterLeavesTheNewersLength) {
  Write(0, "old");
  const Called older = Call();
  Write(3, " and new");
  CompleteAll(Call());
  CompleteAll(older);
  EXPECT_EQ(image_.durable_size(), 11u);
}

TEST_F(FileImageTest, AnOlderSyncThatCompletesLaterLeavesTheDataOfANewerOneReadable) {
  Write(0, "old");
  const Called older = Call();
  Write(3, " and new");
  CompleteData(Call());
  CompleteAll(older);
  EXPECT_EQ(image_.durable_size(), 11u);
}

TEST_F(FileImageTest, AnOlderSyncThatCompletesLaterStillCarriesItsOwnLength) {
  image_.Resize(4096);
  const Called older = Call();
  Write(0, "data");
  CompleteData(Call());
  EXPECT_EQ(image_.durable_size(), 4u);
  CompleteAll(older);
  EXPECT_EQ(image_.durable_size(), 4096u);
}

TEST_F(FileImageTest, AnOlderSyncThatCompletesLaterDoesNotUndoACut) {
  image_.Resize(4096);
  const Called older = Call();
  image_.Resize(100);
  CompleteAll(Call());
  CompleteAll(older);
  EXPECT_EQ(image_.durable_size(), 100u);
}

TEST_F(FileImageTest, ASyncAfterACutMakesTheCutDurable) {
  image_.Resize(4096);
  CompleteAll(Call());
  image_.Resize(100);
  CompleteAll(Call());
  EXPECT_EQ(image_.durable_size(), 100u);
}

}  // namespace
}  // namespace tidemark::sim
