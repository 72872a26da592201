// The bytes of version 1, as files (trailing zeros left out): the writer still makes exactly these, the reader still
// reads them. When this fails, either the change was wrong, or the format has a new version and these files stay.

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/engine/aof/aof_fixture.h"

namespace tidemark::aof {
namespace {

class Golden : public AofTest {
 protected:
  // A life with everything in it.
  void Live() {
    Open();
    AppendDurably("the first record");
    AppendDurably("");
    ASSERT_TRUE(aof_->AppendNote(AsBytes("a note")).ok());
    Append("two in");
    AppendDurably("one batch");
    AppendDurably(std::string(1000, 'L'));
    ASSERT_TRUE(aof_->TruncateSuffix(Sequence(4)).ok());
    AppendDurably("in place of the long one");
    ASSERT_TRUE(TruncatePrefix(2).ok());
    Crash();
    head_note_ = "the second file's head note";
    Open();  // the tail is written again, and sealed
    Crash();
    Open();  // the seal is found, and made void
    for (int i = 0; i < 7; ++i) AppendDurably(std::string(460 + i, static_cast<char>('a' + i)));
    AppendDurably("the first of the second file");
    Crash();
  }
  static std::string FileName(uint64_t id) { return absl::StrCat("tests/engine/aof/golden/", Digits(id), ".aof"); }
  static std::string Kept(uint64_t id) {
    std::ifstream file(FileName(id), std::ios::binary);
    std::stringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
  }
  static std::string Trimmed(std::string bytes) {
    bytes.resize(bytes.find_last_not_of('\0') + 1);
    return bytes;
  }
  // Where the test leaves what the writer makes now.
  static void Leave(uint64_t id, const std::string& bytes) {
    const char* const outputs = std::getenv("TEST_UNDECLARED_OUTPUTS_DIR");
    if (outputs != nullptr) std::ofstream(absl::StrCat(outputs, "/", Digits(id), ".aof"), std::ios::binary) << bytes;
  }
};

TEST_F(Golden, TheWriterMakesTheseBytes) {
  Live();
  ASSERT_EQ(world_->Names("p-7").size(), 3u);  // two files and the spare
  for (uint64_t id : {1, 2}) {
    const std::string now = Trimmed(world_->Content(Path(id)));
    Leave(id, now);
    EXPECT_TRUE(now == Kept(id)) << FileName(id) << ": " << now.size() << " bytes made, " << Kept(id).size()
                                 << " expected";
  }
}

TEST_F(Golden, TheReaderReadsTheseBytes) {
  Open();  // makes the directory
  Crash();
  for (uint64_t id : {1, 2}) {
    std::string bytes = Kept(id);
    ASSERT_FALSE(bytes.empty()) << FileName(id);
    bytes.resize(options_.segment_bytes);
    world_->SetContent(Path(id), bytes);
  }
  Open();
  EXPECT_EQ(report_.first, Sequence(2));
  EXPECT_EQ(report_.last, Sequence(13));
  EXPECT_EQ(report_.torn_bytes, 0u);
  EXPECT_EQ(replayed_.head_notes, (std::vector<std::string>{"head", "the second file's head note"}));
  EXPECT_EQ(replayed_.notes[0].second, "a note");
  EXPECT_EQ(replayed_.records[2], "");
  EXPECT_EQ(replayed_.records[3], "two in");
  EXPECT_EQ(replayed_.records[5], "in place of the long one");
  EXPECT_EQ(replayed_.records[6], std::string(460, 'a'));
  EXPECT_EQ(replayed_.records[13], "the first of the second file");
}

}  // namespace
}  // namespace tidemark::aof
