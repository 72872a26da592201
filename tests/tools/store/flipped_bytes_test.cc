// Random bytes of a store are changed: the survey never crashes, never calls sound what is not, and its verdict is the
// one that the engine's own recovery comes to.

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "tests/tools/store/store_fixture.h"
#include "tools/store/repair.h"
#include "tools/store/survey_text.h"

namespace tidemark::tools {
namespace {

using tests::StoreMaker;

struct Range {
  uint64_t from;
  uint64_t to;
};

// A store with several files, truncated ones behind it, cuts and seals; and which of its bytes nobody reads.
struct Original {
  std::string root;
  std::vector<std::string> paths;                   // of its segment files
  std::map<std::string, std::vector<Range>> voids;  // by path
};

void NoteVoids(const AofSurvey& file, Original& original) {
  for (const SegmentSurvey& segment : file.segments) {
    original.paths.push_back(segment.path);
    std::vector<Range>& voids = original.voids[segment.path];
    if (segment.dead) {
      voids.push_back({0, segment.file_bytes});
      continue;
    }
    for (const auto& [from, to] : segment.content.voids) voids.push_back({from, to});
    voids.push_back({segment.limit, segment.file_bytes});
  }
}

const Original& TheOriginal() {
  static const Original* const original = [] {
    auto* made = new Original{.root = tests::FreshDirectory("original"), .paths = {}, .voids = {}};
    StoreMaker maker(made->root);
    for (int life = 0; life < 4; ++life) {
      EXPECT_TRUE(maker.Open().ok());
      for (uint64_t p = 1; p <= 2; ++p) {
        if (life == 0) {
          EXPECT_TRUE(maker.Create(p).ok());
        }
        EXPECT_TRUE(maker.Append(p, 60, 200).ok());
      }
      if (life == 2) {
        EXPECT_TRUE(maker.Truncate().ok());
      }
    }
    EXPECT_TRUE(maker.Flush().ok());
    maker.Close();
    const auto survey = tests::Survey(made->root);
    EXPECT_TRUE(survey.ok() && survey->verdict() == StoreVerdict::kSound) << FindingsText(*survey);
    NoteVoids(survey->log.file, *made);
    for (const PartitionSurvey& p : survey->partitions) NoteVoids(p.file, *made);
    return made;
  }();
  return *original;
}

bool IsVoid(const Original& original, const std::string& path, uint64_t offset) {
  const std::vector<Range>& voids = original.voids.at(path);
  return std::any_of(voids.begin(), voids.end(), [&](const Range& r) { return offset >= r.from && offset < r.to; });
}

struct Change {
  std::string path;
  uint64_t offset;
  uint8_t bits;
};

void Check(const std::vector<Change>& changes) {
  const Original& original = TheOriginal();
  static const std::string root = tests::FreshDirectory("flipped");
  tests::CopyTree(original.root, root);
  bool all_void = true;
  std::string told;
  std::map<std::pair<std::string, uint64_t>, int> flipped;
  for (const Change& change : changes) {
    tests::Flip(root + "/" + change.path, change.offset, change.bits);
    flipped[{change.path, change.offset}] ^= change.bits;
    absl::StrAppend(&told, change.path, " offset ", change.offset, " ^ ", change.bits, "\n");
  }
  for (const auto& [place, bits] : flipped) {
    if (bits != 0 && !IsVoid(original, place.first, place.second)) all_void = false;
  }
  const absl::StatusOr<StoreSurvey> survey = tests::Survey(root);
  ASSERT_TRUE(survey.ok()) << survey.status() << "\n" << told;
  const std::string text = FindingsText(*survey);
  if (survey->verdict() == StoreVerdict::kSound) {
    ASSERT_TRUE(all_void) << "called sound, and it is not:\n" << told;
  }
  if (all_void) {
    ASSERT_EQ(survey->verdict(), StoreVerdict::kSound) << told << text;
  }
  JsonWriter json;
  json.BeginObject();
  SurveyJson(*survey, json);
  json.End();
  const auto files = StoreFiles::Open(root);
  const absl::StatusOr<RepairPlan> plan = PlanRepair(**files, {});
  ASSERT_TRUE(plan.ok()) << plan.status();
  if (survey->verdict() <= StoreVerdict::kTornTail) {
    ASSERT_TRUE(plan->recovery.ok()) << told << text << plan->recovery;
  } else {
    // Damage is never passed over in silence: refused, or repaired and told.
    const std::string report = plan->report.ToString();
    const bool told_repair = absl::StrContains(report, "rebuilt") || absl::StrContains(report, "repaired");
    ASSERT_TRUE(!plan->recovery.ok() || told_repair) << told << text << report;
  }
}

// Most bytes of a store are zeros behind its end: half of the changes fall on what was written.
rc::Gen<Change> Changes() {
  return rc::gen::exec([] {
    const Original& original = TheOriginal();
    Change change;
    change.path = *rc::gen::elementOf(original.paths);
    const std::string content = tests::ReadFile(original.root + "/" + change.path);
    const uint64_t end = *rc::gen::arbitrary<bool>() ? content.size() : content.find_last_not_of('\0') + 1;
    change.offset = *rc::gen::inRange<uint64_t>(0, std::max<uint64_t>(end, 1));
    change.bits = static_cast<uint8_t>(*rc::gen::inRange<int>(1, 256));
    return change;
  });
}

RC_GTEST_PROP(FlippedBytes, AreSeenUnlessNobodyReadsThem, ()) {
  const size_t count = *rc::gen::elementOf(std::vector<size_t>{1, 1, 1, 2, 5});
  const auto changes = *rc::gen::container<std::vector<Change>>(count, Changes());
  Check(changes);
  RC_ASSERT(!::testing::Test::HasFailure());
}

// Each byte of a head block, and of the first blocks.
TEST(FlippedBytes, AreSeenInEveryHead) {
  for (const std::string& path : TheOriginal().paths) {
    for (uint64_t offset = 0; offset < 700; offset += 23) {
      Check({{path, offset, 0x10}});
      if (HasFatalFailure()) return;
    }
  }
}

}  // namespace
}  // namespace tidemark::tools
