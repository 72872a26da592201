#include "scenarios/test_outputs.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

namespace tidemark::scenarios {
namespace {

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

uint64_t NumberIn(const char* name, uint64_t otherwise) {
  uint64_t value;
  return absl::SimpleAtoi(Environment(name), &value) ? value : otherwise;
}

bool WriteFile(const std::string& path, absl::string_view content) {
  std::ofstream file(path, std::ios::binary);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  return file.good();
}

// XML 1.0 allows no control characters but tab and newline.
std::string Escape(absl::string_view text) {
  std::string clean(text);
  std::replace_if(
      clean.begin(), clean.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t'; },
      '?');
  return absl::StrReplaceAll(clean, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}});
}

}  // namespace

TestShard TakeTestShard() {
  if (const std::string status = Environment("TEST_SHARD_STATUS_FILE"); !status.empty()) WriteFile(status, "");
  TestShard shard;
  shard.total = std::max<uint64_t>(1, NumberIn("TEST_TOTAL_SHARDS", 1));
  shard.index = std::min(NumberIn("TEST_SHARD_INDEX", 0), shard.total - 1);
  return shard;
}

uint64_t TestRunNumber() { return std::max<uint64_t>(1, NumberIn("TEST_RANDOM_SEED", 1)); }

uint64_t SeedsPercent() { return std::clamp<uint64_t>(NumberIn("TIDEMARK_SEEDS_PERCENT", 100), 1, 1'000'000); }

std::string UndeclaredOutputs() { return Environment("TEST_UNDECLARED_OUTPUTS_DIR"); }

std::string KeepFile(absl::string_view name, absl::string_view content) {
  const std::string directory = UndeclaredOutputs();
  if (directory.empty()) return "";
  const std::string path = absl::StrCat(directory, "/", name);
  return WriteFile(path, content) ? path : "";
}

void WriteTestXml(absl::string_view suite, const std::vector<TestCase>& cases) {
  const std::string path = Environment("XML_OUTPUT_FILE");
  if (path.empty()) return;
  const auto failures = std::count_if(cases.begin(), cases.end(), [](const TestCase& c) { return !c.failure.empty(); });
  std::string xml = absl::StrFormat(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"%s\" tests=\"%d\" failures=\"%d\" "
      "errors=\"0\">\n",
      Escape(suite), cases.size(), failures);
  for (const TestCase& test : cases) {
    absl::StrAppendFormat(&xml, "<testcase classname=\"%s\" name=\"%s\" time=\"%.3f\">", Escape(suite),
                          Escape(test.name), test.seconds);
    if (!test.failure.empty()) {
      absl::StrAppend(&xml, "<failure message=\"", Escape(test.failure.substr(0, test.failure.find('\n'))), "\">",
                      Escape(test.failure), "</failure>");
    }
    absl::StrAppend(&xml, "</testcase>\n");
  }
  absl::StrAppend(&xml, "</testsuite>\n</testsuites>\n");
  WriteFile(path, xml);
}

}  // namespace tidemark::scenarios
