#pragma once

// What Bazel offers a test program, and what it wants back: shards, run numbers, the XML of results, and the directory
// whose files are kept with a failure. Outside Bazel everything is absent, and nothing is written.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace tidemark::scenarios {

struct TestShard {
  uint64_t index = 0;
  uint64_t total = 1;
};
// Also tells Bazel that sharding is understood.
TestShard TakeTestShard();

// 1, 2, 3, ... under --runs_per_test; else 1.
uint64_t TestRunNumber();

// What TIDEMARK_SEEDS_PERCENT says, from 1 to 1,000,000; else 100.
uint64_t SeedsPercent();

// Where files to keep go; empty: nowhere.
std::string UndeclaredOutputs();
// Writes into UndeclaredOutputs(). Returns the path; empty when it could not.
std::string KeepFile(absl::string_view name, absl::string_view content);

struct TestCase {
  std::string name;
  double seconds = 0;
  std::string failure;  // empty: passed
};
// Writes $XML_OUTPUT_FILE.
void WriteTestXml(absl::string_view suite, const std::vector<TestCase>& cases);

}  // namespace tidemark::scenarios
