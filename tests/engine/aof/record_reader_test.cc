// Records read back from a file: neighbours in one read, and nothing served that does not check out.

#include "engine/aof/record_reader.h"

#include <memory>
#include <string>
#include <vector>

#include "engine/base/status.h"
#include "gtest/gtest.h"
#include "tests/engine/aof/file_builder.h"
#include "tests/support/memory_world.h"

namespace tidemark::aof {
namespace {

class RecordReaderTest : public ::testing::Test {
 protected:
  RecordReaderTest() {
    file_.Add({.payloads = {"one", std::string(600, '2')}});
    file_.Add({.payloads = {"three"}, .notes = {"note"}});
    table_.Add(file_.header);
    Store();
  }
  ~RecordReaderTest() override {
    reader_.reset();
    world_.Kill();
  }
  void Store() { world_.SetContent("d/00000000000000000001.aof", file_.bytes); }
  // The places of the records 1, 2, 3.
  static std::vector<RecordIndex::Entry> Places() {
    const uint64_t second_batch = 512 + BatchBytes(FrameBytes(3) + FrameBytes(600), 512);
    return {{512, 3}, {512 + FrameBytes(3), 600}, {second_batch + FrameBytes(4), 5}};
  }
  absl::StatusOr<std::vector<Record>> Read(uint64_t from, std::vector<RecordIndex::Entry> places) {
    absl::StatusOr<std::vector<Record>> result = absl::UnknownError("not done");
    reader_->Read(table_.back(), Sequence(from), std::move(places), [&](auto r) { result = std::move(r); });
    world_.RunReady();
    return result;
  }

  FileBuilder file_;
  SegmentTable table_;
  tests::MemoryWorld world_;
  std::shared_ptr<RecordReader> reader_ = std::make_shared<RecordReader>(world_, "d", false);
};

TEST_F(RecordReaderTest, NeighboursTakeOneRead) {
  const uint64_t before = world_.operations();
  const auto records = Read(1, Places());
  ASSERT_TRUE(records.ok()) << records.status();
  ASSERT_EQ(records->size(), 3u);
  EXPECT_EQ((*records)[0].payload, "one");
  EXPECT_EQ((*records)[1].payload, std::string(600, '2'));
  EXPECT_EQ((*records)[2].sequence, Sequence(3));
  EXPECT_EQ(world_.operations() - before, 2u);  // open, read
  ASSERT_TRUE(Read(1, Places()).ok());
  EXPECT_EQ(world_.operations() - before, 3u) << "the file stays open";
}

TEST_F(RecordReaderTest, AnotherRecordThanTheOneAskedForIsDamage) {
  EXPECT_EQ(KindOf(Read(2, {Places()[0]}).status()), ErrorKind::kCorruption);
  EXPECT_EQ(KindOf(Read(1, {{512, 4}}).status()), ErrorKind::kCorruption);
  EXPECT_EQ(KindOf(Read(2, {{Places()[2].offset - FrameBytes(4), 4}}).status()), ErrorKind::kCorruption) << "a note";
  EXPECT_EQ(KindOf(Read(4, {{4096, 1}}).status()), ErrorKind::kCorruption) << "zeros";
  EXPECT_EQ(KindOf(Read(4, {{1 << 20, 1}}).status()), ErrorKind::kCorruption) << "beyond the end";
}

TEST_F(RecordReaderTest, DamageNamesTheFileAndTheOffset) {
  file_.Ruin(530);
  Store();
  const absl::Status status = Read(1, {Places()[0]}).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kCorruption);
  EXPECT_NE(status.message().find("00000000000000000001.aof: record 1 at offset 512"), absl::string_view::npos)
      << status;
}

TEST_F(RecordReaderTest, ErrorsOfTheDeviceArePassedOn) {
  world_.FailReads(1);
  EXPECT_EQ(KindOf(Read(1, Places()).status()), ErrorKind::kIoError);
  EXPECT_TRUE(Read(1, Places()).ok());
}

TEST_F(RecordReaderTest, ADestroyedReaderAnswersNobody) {
  bool called = false;
  reader_->Read(table_.back(), Sequence(1), Places(), [&](auto) { called = true; });
  reader_.reset();
  world_.RunReady();
  EXPECT_FALSE(called);
}

TEST_F(RecordReaderTest, AForgottenFileIsLetGo) {
  ASSERT_TRUE(Read(1, Places()).ok());
  world_.Remove("d/00000000000000000001.aof", [](const absl::Status&) {});
  world_.SyncDirectory("d", [](const absl::Status&) {});
  world_.RunReady();
  EXPECT_GT(world_.used_bytes(), 0u) << "it is open";
  reader_->Forget(1);
  EXPECT_EQ(world_.used_bytes(), 0u);
}

TEST_F(RecordReaderTest, AFileThatIsForgottenWhileItIsOpenedIsReadAndLetGo) {
  bool called = false;
  reader_->Read(table_.back(), Sequence(1), Places(), [&](const auto& records) { called = records.ok(); });
  world_.Remove("d/00000000000000000001.aof", [](const absl::Status&) {});
  world_.SyncDirectory("d", [](const absl::Status&) {});
  reader_->Forget(1);
  world_.RunReady();
  EXPECT_TRUE(called);
  EXPECT_EQ(world_.used_bytes(), 0u);
}

}  // namespace
}  // namespace tidemark::aof
