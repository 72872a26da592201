// The disk in memory over a real one: what engine/env/disk.h says, and that the real one never changes.

#include "tools/store/overlay_disk.h"

#include <filesystem>

#include "absl/types/optional.h"
#include "engine/backend/event_loop.h"
#include "gtest/gtest.h"
#include "tests/tools/store/store_fixture.h"

namespace tidemark::tools {
namespace {

using Kind = FileChange::Kind;

class OverlayDiskTest : public ::testing::Test {
 protected:
  OverlayDiskTest() {
    std::filesystem::create_directory(root + "/d");
    tests::WriteFile(root + "/d/a", std::string(5000, 'a'));
    tests::WriteFile(root + "/d/b", "bb");
    before = tests::ReadTree(root);
  }
  ~OverlayDiskTest() override { EXPECT_EQ(tests::ReadTree(root), before) << "the real disk was changed"; }

  template <typename Result, typename Call>
  Result Wait(Call call) {
    absl::optional<Result> answer;
    call([&](Result result) { answer = std::move(result); });
    EXPECT_FALSE(answer.has_value()) << "inside the call";
    loop->RunUntil([&] { return answer.has_value(); });
    return *std::move(answer);
  }
  template <typename Call>
  absl::Status Do(Call call) {
    return Wait<absl::Status>(std::move(call));
  }
  std::unique_ptr<File> Open(const std::string& path, OpenOptions options = {}) {
    auto file = Wait<absl::StatusOr<std::unique_ptr<File>>>([&](auto done) { disk.Open(path, options, done); });
    EXPECT_TRUE(file.ok()) << file.status();
    return file.ok() ? *std::move(file) : nullptr;
  }
  std::string Read(File& file, uint64_t offset, size_t bytes) {
    std::string text(bytes, '?');
    const MutableByteSpan into(reinterpret_cast<uint8_t*>(text.data()), bytes);
    const auto got = Wait<absl::StatusOr<size_t>>([&](auto done) { file.Read(offset, into, done); });
    text.resize(got.value_or(0));
    return text;
  }
  void Write(File& file, uint64_t offset, const std::string& text) {
    const ByteSpan parts[] = {AsBytes(text)};
    const auto put = Wait<absl::StatusOr<size_t>>([&](auto done) { file.Write(offset, parts, done); });
    EXPECT_EQ(put.value_or(0), text.size());
  }
  std::vector<std::string> List(const std::string& path) {
    std::vector<std::string> names;
    const auto entries = Wait<absl::StatusOr<std::vector<DirectoryEntry>>>([&](auto done) { disk.List(path, done); });
    EXPECT_TRUE(entries.ok()) << entries.status();
    for (const DirectoryEntry& entry : *entries) names.push_back(entry.name);
    return names;
  }

  const std::string root = tests::FreshDirectory("overlay");
  std::map<std::string, std::string> before;
  const std::unique_ptr<StoreFiles> files = *StoreFiles::Open(root);
  const std::unique_ptr<EventLoop> loop = *EventLoop::Create();
  OverlayDisk disk{*loop, *files};
};

TEST_F(OverlayDiskTest, ShowsWhatWasWrittenOverWhatWasThere) {
  const auto file = Open("d/a");
  Write(*file, 4090, "0123456789");
  EXPECT_EQ(Read(*file, 4088, 14), "aa0123456789aa");
  EXPECT_EQ(Read(*file, 4990, 100), std::string(10, 'a'));
  EXPECT_EQ(Read(*Open("d/a"), 4090, 3), "012");
  Write(*file, 6000, "z");
  EXPECT_EQ(Read(*file, 4999, 3), std::string("a\0\0", 3));
  EXPECT_EQ(Read(*file, 5999, 9), std::string("\0z", 2));
  EXPECT_EQ(disk.Changes(), (std::vector<FileChange>{{Kind::kChanged, "d/a"}}));
}

TEST_F(OverlayDiskTest, CutBytesDoNotComeBack) {
  const auto file = Open("d/a");
  Write(*file, 100, "written");
  EXPECT_TRUE(Do([&](auto done) { file->Truncate(103, done); }).ok());
  EXPECT_TRUE(Do([&](auto done) { file->Preallocate(200, done); }).ok());
  EXPECT_EQ(Read(*file, 99, 6), std::string("awri\0\0", 6));
  EXPECT_EQ(Wait<absl::StatusOr<uint64_t>>([&](auto done) { file->Size(done); }).value_or(0), 200u);
}

TEST_F(OverlayDiskTest, NamesComeAndGo) {
  EXPECT_TRUE(Do([&](auto done) { disk.Remove("d/b", done); }).ok());
  EXPECT_TRUE(absl::IsNotFound(Do([&](auto done) { disk.Remove("d/b", done); })));
  EXPECT_TRUE(Do([&](auto done) { disk.Rename("d/a", "d/c", done); }).ok());
  EXPECT_TRUE(Do([&](auto done) { disk.MakeDirectory("e", done); }).ok());
  Write(*Open("e/new", {.mode = OpenOptions::Mode::kCreateNew}), 0, "new");
  EXPECT_EQ(List(""), (std::vector<std::string>{"d", "e"}));
  EXPECT_EQ(List("d"), (std::vector<std::string>{"c"}));
  EXPECT_EQ(Read(*Open("d/c"), 0, 2), "aa");
  EXPECT_EQ(Read(*Open("e/new"), 0, 9), "new");
  EXPECT_EQ(disk.Changes(),
            (std::vector<FileChange>{
                {Kind::kRemoved, "d/a"}, {Kind::kRemoved, "d/b"}, {Kind::kCreated, "d/c"}, {Kind::kCreated, "e/new"}}));
  EXPECT_TRUE(absl::IsFailedPrecondition(Do([&](auto done) { disk.Remove("d", done); })));
  EXPECT_TRUE(Do([&](auto done) { disk.Remove("d/c", done); }).ok());
  EXPECT_TRUE(Do([&](auto done) { disk.Remove("d", done); }).ok());
  EXPECT_EQ(List(""), (std::vector<std::string>{"e"}));
}

TEST_F(OverlayDiskTest, AReplacedFileIsChanged) {
  EXPECT_TRUE(Do([&](auto done) { disk.Rename("d/a", "d/b", done); }).ok());
  EXPECT_EQ(disk.Changes(), (std::vector<FileChange>{{Kind::kRemoved, "d/a"}, {Kind::kChanged, "d/b"}}));
}

TEST_F(OverlayDiskTest, ReadingChangesNothing) {
  const auto file = Open("d/a");
  Read(*file, 0, 100);
  EXPECT_TRUE(Do([&](auto done) { file->SyncAll(done); }).ok());
  EXPECT_TRUE(Do([&](auto done) { disk.SyncDirectory("d", done); }).ok());
  EXPECT_TRUE(disk.Changes().empty());
}

TEST_F(OverlayDiskTest, RefusesWhatADiskRefuses) {
  const auto open = [&](const std::string& path, OpenOptions options) {
    return Wait<absl::StatusOr<std::unique_ptr<File>>>([&](auto done) { disk.Open(path, options, done); }).status();
  };
  EXPECT_TRUE(absl::IsNotFound(open("d/none", {})));
  EXPECT_TRUE(absl::IsFailedPrecondition(open("d", {})));
  EXPECT_TRUE(absl::IsAlreadyExists(open("d/a", {.mode = OpenOptions::Mode::kCreateNew})));
  EXPECT_TRUE(absl::IsInvalidArgument(open("d/../a", {})));
  EXPECT_TRUE(absl::IsAlreadyExists(Do([&](auto done) { disk.MakeDirectory("d", done); })));
}

TEST_F(OverlayDiskTest, DoesNothingOnceStopped) {
  disk.Stop();
  bool heard = false;
  disk.Remove("d/a", [&](const absl::Status&) { heard = true; });
  loop->RunUntil([] { return false; });
  EXPECT_FALSE(heard);
  EXPECT_TRUE(disk.Changes().empty());
}

}  // namespace
}  // namespace tidemark::tools
