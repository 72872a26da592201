// What engine/env/disk.h promises about the content of files, on every implementation.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/env/disk.h"
#include "gtest/gtest.h"
#include "tests/conformance/conformance_test_fixture.h"

namespace tidemark::conformance {
namespace {

constexpr uint64_t kBeyondOffsets = uint64_t{1} << 63;

std::string Zeros(size_t count) { return std::string(count, '\0'); }

std::string Pattern(size_t bytes, uint8_t salt = 0) {
  std::string text(bytes, '\0');
  for (size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>(i * 131 + i / 251 + salt);
  return text;
}

template <typename World>
class DiskFiles : public ConformanceTest<World> {
 protected:
  using Transferred = absl::StatusOr<size_t>;

  // A buffer that says when it is let go of.
  struct Loan {
    explicit Loan(size_t bytes, bool* returned) : returned(returned) { buffer.Resize(bytes); }
    ~Loan() { *returned = true; }
    AlignedBuffer buffer;
    bool* returned;
  };
};

TYPED_TEST_SUITE(DiskFiles, Worlds, WorldNames);

TYPED_TEST(DiskFiles, ReadGivesWhatWasWritten) {
  auto file = this->Create("f");
  const std::string content = Pattern(100'000);
  this->Write(*file, 0, content);
  EXPECT_EQ(this->Read(*file, 0, content.size()), content);
  EXPECT_EQ(this->Read(*file, 4095, 2), content.substr(4095, 2));
  EXPECT_EQ(this->SizeOf(*file), content.size());
}

TYPED_TEST(DiskFiles, ReadIsShortAtTheEndOnly) {
  auto file = this->Create("f", "0123456789");
  EXPECT_EQ(this->Read(*file, 0, 10), "0123456789");
  EXPECT_EQ(this->Read(*file, 7, 10), "789");
  EXPECT_EQ(this->Read(*file, 10, 10), "");
  EXPECT_EQ(this->Read(*file, 1'000'000, 10), "");
  EXPECT_EQ(this->Read(*file, 3, 0), "");
}

TYPED_TEST(DiskFiles, PartsAreWrittenOneAfterAnother) {
  auto file = this->Create("f");
  const std::string parts[] = {"one", "", "two", Pattern(5000), ""};
  std::vector<ByteSpan> spans;
  for (const std::string& part : parts) spans.push_back(AsBytes(part));
  const auto put = this->TryWrite(*file, 2, spans);
  ASSERT_TRUE(put.ok()) << put.status();
  EXPECT_EQ(*put, 5006u);
  EXPECT_EQ(this->ReadAll("f"), absl::StrCat(Zeros(2), "onetwo", Pattern(5000)));
}

TYPED_TEST(DiskFiles, AWriteMayHaveThousandsOfParts) {
  auto file = this->Create("f");
  const std::string content = Pattern(3 * 5000);
  std::vector<ByteSpan> spans;
  for (size_t i = 0; i < content.size(); i += 3) spans.push_back(AsBytes(content).subspan(i, 3));
  const auto put = this->TryWrite(*file, 0, spans);
  ASSERT_TRUE(put.ok()) << put.status();
  EXPECT_EQ(*put, content.size());
  EXPECT_EQ(this->ReadAll("f"), content);
}

TYPED_TEST(DiskFiles, AWriteOfNothingIsAWriteOfZeroBytes) {
  auto file = this->Create("f", "abc");
  const auto none = this->TryWrite(*file, 10, {});
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_EQ(*none, 0u);
  EXPECT_EQ(this->SizeOf(*file), 3u);
}

TYPED_TEST(DiskFiles, TheSpansOfAWriteAreCopied) {
  auto file = this->Create("f");
  const std::string content = "content";
  auto spans = std::make_unique<std::vector<ByteSpan>>(2, AsBytes(content));
  bool written = false;
  file->Write(0, *spans, [&](absl::StatusOr<size_t> put) { written = put.ok(); });
  spans->assign(2, ByteSpan());
  spans.reset();
  this->RunUntil([&] { return written; });
  EXPECT_EQ(this->ReadAll("f"), "contentcontent");
}

TYPED_TEST(DiskFiles, AWriteReplacesOnlyItsRange) {
  auto file = this->Create("f", "0123456789");
  this->Write(*file, 3, "abc");
  EXPECT_EQ(this->ReadAll("f"), "012abc6789");
  this->Write(*file, 8, "xyz");
  EXPECT_EQ(this->ReadAll("f"), "012abc67xyz");
}

TYPED_TEST(DiskFiles, AGapBeforeAWriteReadsAsZeros) {
  auto file = this->Create("f", "ab");
  this->Write(*file, 10'000, "z");
  EXPECT_EQ(this->ReadAll("f"), absl::StrCat("ab", Zeros(9998), "z"));
}

TYPED_TEST(DiskFiles, PreallocateGrowsWithZerosAndKeepsContent) {
  auto file = this->Create("f", "head");
  EXPECT_OK(this->Preallocate(*file, 3'000'001));
  EXPECT_EQ(this->SizeOf(*file), 3'000'001u);
  EXPECT_EQ(this->ReadAll("f"), absl::StrCat("head", Zeros(3'000'001 - 4)));
}

TYPED_TEST(DiskFiles, PreallocateNeverShrinks) {
  auto file = this->Create("f", "0123456789");
  EXPECT_OK(this->Preallocate(*file, 4));
  EXPECT_OK(this->Preallocate(*file, 10));
  EXPECT_OK(this->Preallocate(*file, 0));
  EXPECT_EQ(this->ReadAll("f"), "0123456789");
}

TYPED_TEST(DiskFiles, TruncateCutsAndExtendsWithZeros) {
  auto file = this->Create("f", "0123456789");
  EXPECT_OK(this->Truncate(*file, 4));
  EXPECT_EQ(this->ReadAll("f"), "0123");
  EXPECT_OK(this->Truncate(*file, 8));
  EXPECT_EQ(this->ReadAll("f"), absl::StrCat("0123", Zeros(4)));
  EXPECT_OK(this->Truncate(*file, 0));
  EXPECT_EQ(this->SizeOf(*file), 0u);
}

// What was cut must not come back when the file grows over it again.
TYPED_TEST(DiskFiles, CutBytesNeverComeBack) {
  auto file = this->Create("f", Pattern(20'000));
  EXPECT_OK(this->Truncate(*file, 100));
  this->Write(*file, 15'000, "z");
  EXPECT_EQ(this->ReadAll("f"), absl::StrCat(Pattern(100), Zeros(14'900), "z"));
  EXPECT_OK(this->Truncate(*file, 50));
  EXPECT_OK(this->Preallocate(*file, 5'000));
  EXPECT_EQ(this->ReadAll("f"), absl::StrCat(Pattern(50), Zeros(4'950)));
}

TYPED_TEST(DiskFiles, SyncsOfAHealthyDiskSucceedAndChangeNothing) {
  auto file = this->Create("f", "content");
  EXPECT_OK(this->SyncData(*file));
  EXPECT_OK(this->SyncAll(*file));
  EXPECT_OK(this->SyncDirectory(""));
  EXPECT_EQ(this->ReadAll("f"), "content");
}

TYPED_TEST(DiskFiles, WriteAndSyncWritesTheParts) {
  auto file = this->Create("f", "0123456789");
  EXPECT_EQ(*this->TryWriteAndSync(*file, 3, {AsBytes("ab"), AsBytes("c")}), 3u);
  EXPECT_EQ(this->ReadAll("f"), "012abc6789");
  EXPECT_CODE(this->TryWriteAndSync(*file, kBeyondOffsets, {AsBytes("ab")}), kInvalidArgument);
}

TYPED_TEST(DiskFiles, RangesThatEndBeyondTwoToThe63AreInvalidArgument) {
  auto file = this->Create("f", "abc");
  uint8_t byte[2] = {};
  for (const uint64_t offset : {kBeyondOffsets, kBeyondOffsets - 1, ~uint64_t{0}}) {
    EXPECT_CODE(this->TryRead(*file, offset, MutableByteSpan(byte, 2)), kInvalidArgument);
    EXPECT_CODE(this->TryWrite(*file, offset, {ByteSpan(byte, 2)}), kInvalidArgument);
  }
  EXPECT_CODE(this->Preallocate(*file, kBeyondOffsets), kInvalidArgument);
  EXPECT_CODE(this->Truncate(*file, kBeyondOffsets), kInvalidArgument);
  EXPECT_EQ(this->ReadAll("f"), "abc");
}

TYPED_TEST(DiskFiles, CallsOnDisjointRangesMayBeInFlightTogether) {
  auto file = this->Create("f");
  const std::string block = Pattern(4096);
  int left = 64;
  for (int i = 0; i < 64; ++i) {
    const ByteSpan part = AsBytes(block);
    file->Write(i * block.size(), {part}, [&left](absl::StatusOr<size_t> put) {
      EXPECT_EQ(put.value_or(0), 4096u) << put.status();
      --left;
    });
  }
  this->RunUntil([&] { return left == 0; });
  for (int i = 0; i < 64; ++i) ASSERT_EQ(this->Read(*file, i * block.size(), block.size()), block);
}

TYPED_TEST(DiskFiles, ACompletionMayCallAgainAndCloseItsFile) {
  auto file = this->Create("f");
  const std::string content = "content";
  const ByteSpan part = AsBytes(content);
  bool over = false;
  file->Write(0, {part}, [&](absl::StatusOr<size_t> put) {
    EXPECT_OK(put);
    file->SyncData([&](absl::Status synced) {
      EXPECT_OK(synced);
      file.reset();
      over = true;
    });
  });
  this->RunUntil([&] { return over; });
  EXPECT_EQ(this->ReadAll("f"), "content");
}

TYPED_TEST(DiskFiles, ClosingAFileDestroysItsCompletionsUnrun) {
  auto file = this->Create("f", Pattern(100'000));
  bool read_returned = false, write_returned = false, sync_returned = false, ran = false;
  auto into = std::make_unique<typename TestFixture::Loan>(100'000, &read_returned);
  auto from = std::make_unique<typename TestFixture::Loan>(100'000, &write_returned);
  auto witness = std::make_unique<typename TestFixture::Loan>(1, &sync_returned);
  const MutableByteSpan target = into->buffer.mutable_span();
  const ByteSpan source = from->buffer.span();
  file->Read(0, target, [&ran, into = std::move(into)](absl::StatusOr<size_t>) { ran = true; });
  file->Write(0, {source}, [&ran, from = std::move(from)](absl::StatusOr<size_t>) { ran = true; });
  file->SyncAll([&ran, witness = std::move(witness)](absl::Status) { ran = true; });
  file.reset();
  this->RunUntil([&] { return read_returned && write_returned && sync_returned; });
  EXPECT_FALSE(ran);
}

TYPED_TEST(DiskFiles, ACompletionOwnedByItsFileIsFreedWithIt) {
  auto file = std::make_shared<std::unique_ptr<File>>(this->Create("f"));
  bool returned = false;
  auto loan = std::make_unique<typename TestFixture::Loan>(4096, &returned);
  const ByteSpan source = loan->buffer.span();
  (*file)->Write(0, {source}, [file, loan = std::move(loan)](absl::StatusOr<size_t>) mutable { file->reset(); });
  file.reset();
  this->RunUntil([&] { return returned; });
}

TYPED_TEST(DiskFiles, ADyingProcessDestroysCompletionsUnrun) {
  auto file = this->Create("f");
  bool returned = false, ran = false;
  auto loan = std::make_unique<typename TestFixture::Loan>(1'000'000, &returned);
  const ByteSpan source = loan->buffer.span();
  file->Write(0, {source}, [&ran, loan = std::move(loan)](absl::StatusOr<size_t>) { ran = true; });
  file.reset();
  this->world().KillProcess();
  EXPECT_TRUE(returned);
  this->RunFor(Duration::Millis(1));
  EXPECT_FALSE(ran);
}

TYPED_TEST(DiskFiles, AnyWriteCompletedBeforeTheProcessDiedIsReadAfterwards) {
  auto file = this->Create("f");
  EXPECT_OK(this->Preallocate(*file, 65'536));
  for (int i = 0; i < 16; ++i) this->Write(*file, i * 4096, Pattern(4096, i));
  file.reset();
  this->world().KillProcess();
  auto reopened = this->OpenExisting("f");
  for (int i = 0; i < 16; ++i) EXPECT_EQ(this->Read(*reopened, i * 4096, 4096), Pattern(4096, i)) << i;
}

TYPED_TEST(DiskFiles, APlainFileTakesAnyAlignment) { EXPECT_EQ(this->Create("f")->alignment(), 1u); }

TYPED_TEST(DiskFiles, ADirectFileTransfersAlignedBlocks) {
  auto file = this->Create("f", "", /*direct=*/true);
  const size_t alignment = file->alignment();
  ASSERT_TRUE(alignment > 0 && alignment <= AlignedBuffer::kAlignment && (alignment & (alignment - 1)) == 0)
      << alignment;
  EXPECT_OK(this->Preallocate(*file, 16 * 4096));
  AlignedBuffer out, in;
  out.Append(AsBytes(Pattern(3 * 4096)));
  in.Resize(3 * 4096);
  const auto put = this->TryWrite(*file, 4096, {out.span().subspan(0, 4096), out.span().subspan(4096)});
  ASSERT_TRUE(put.ok()) << put.status();
  EXPECT_OK(this->SyncData(*file));
  const auto got = this->TryRead(*file, 4096, in.mutable_span());
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_EQ(AsText(in.span()), AsText(out.span()));
  EXPECT_EQ(this->SizeOf(*file), 16 * 4096u);
}

TYPED_TEST(DiskFiles, ADirectReadStopsAtAnEndInsideABlock) {
  this->Create("f", Pattern(6000));
  auto file = this->Open("f", {.direct = true});
  ASSERT_TRUE(file.ok()) << file.status();
  AlignedBuffer in;
  in.Resize(4 * 4096);
  const auto got = this->TryRead(**file, 4096, in.mutable_span());
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_EQ(AsText(in.span().subspan(0, *got)), Pattern(6000).substr(4096));
}

TYPED_TEST(DiskFiles, AMisalignedTransferOnADirectFileIsInvalidArgument) {
  auto file = this->Create("f", "", /*direct=*/true);
  const size_t alignment = file->alignment();
  if (alignment == 1) GTEST_SKIP() << "no direct I/O here: the file is a plain one";
  EXPECT_OK(this->Preallocate(*file, 4 * alignment));
  AlignedBuffer buffer;
  buffer.Resize(2 * alignment);
  const MutableByteSpan whole = buffer.mutable_span();
  EXPECT_CODE(this->TryRead(*file, 1, whole), kInvalidArgument);
  EXPECT_CODE(this->TryRead(*file, 0, whole.subspan(1, alignment)), kInvalidArgument);
  EXPECT_CODE(this->TryRead(*file, 0, whole.subspan(0, alignment - 1)), kInvalidArgument);
  EXPECT_CODE(this->TryWrite(*file, alignment / 2, {whole}), kInvalidArgument);
  EXPECT_CODE(this->TryWrite(*file, 0, {whole.subspan(0, 8), whole.subspan(8)}), kInvalidArgument);
  EXPECT_CODE(this->Preallocate(*file, 4 * alignment + 1), kInvalidArgument);
  EXPECT_EQ(this->SizeOf(*file), 4 * alignment);
}

TYPED_TEST(DiskFiles, DirectAndPlainOpensOfAFileSeeTheSameBytes) {
  auto plain = this->Create("f", Pattern(8192));
  auto direct = this->Open("f", {.direct = true});
  ASSERT_TRUE(direct.ok()) << direct.status();
  AlignedBuffer block;
  block.Append(AsBytes(Pattern(4096, 7)));
  ASSERT_TRUE(this->TryWrite(**direct, 4096, {block.span()}).ok());
  EXPECT_EQ(this->Read(*plain, 0, 10'000), absl::StrCat(Pattern(4096), Pattern(4096, 7)));
  this->Write(*plain, 100, "plain");
  ASSERT_TRUE(this->TryRead(**direct, 0, block.mutable_span()).ok());
  EXPECT_EQ(AsText(block.span().subspan(100, 5)), "plain");
}

TYPED_TEST(DiskFiles, ErrorsOfTransfersNameTheFileAndTheOffset) {
  auto file = this->Create("some-file");
  uint8_t byte = 0;
  const absl::Status status = StatusOf(this->TryWrite(*file, kBeyondOffsets, {ByteSpan(&byte, 1)}));
  EXPECT_NE(status.message().find("some-file"), absl::string_view::npos) << status;
  EXPECT_NE(status.message().find("9223372036854775808"), absl::string_view::npos) << status;
}

}  // namespace
}  // namespace tidemark::conformance
