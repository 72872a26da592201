#include "engine/env/disk_path.h"

#include <string>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace tidemark {
namespace {

TEST(DiskPathTest, PathsWithinTheRule) {
  for (const std::string path : {"a", "a/b/c", "...", "a..b", " ", "\xff"}) {
    EXPECT_TRUE(CheckDiskEntryPath(path).ok()) << path << CheckDiskEntryPath(path);
  }
  EXPECT_TRUE(CheckDiskPath(std::string(255, 'x')).ok());
}

TEST(DiskPathTest, TheRootIsAPathButNotAnEntry) {
  EXPECT_TRUE(CheckDiskPath("").ok());
  EXPECT_TRUE(absl::IsInvalidArgument(CheckDiskEntryPath("")));
}

TEST(DiskPathTest, ErrorsNameThePathAndTheRuleItBreaks) {
  const struct {
    std::string path;
    const char* why;
  } cases[] = {
      {"/a", "empty component"},         {"a/", "empty component"},
      {"a//b", "empty component"},       {"./a", "not allowed"},
      {"a/..", "not allowed"},           {std::string("a\0b", 3), "NUL"},
      {std::string(256, 'x'), "is 255"}, {std::string(4001, 'x'), "is 4000"},
  };
  for (const auto& c : cases) {
    const absl::Status status = CheckDiskPath(c.path);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << c.why;
    EXPECT_NE(status.message().find(c.why), absl::string_view::npos) << status;
    EXPECT_EQ(status.message().find("path \""), 0u) << status;
  }
}

}  // namespace
}  // namespace tidemark
