// A store whose log has let go of records that one partition's file lacks: the spill has them.

#include "tools/store/spill_survey.h"

#include <filesystem>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "tests/engine/node/hanging_file_fixture.h"
#include "tests/tools/store/store_fixture.h"
#include "tools/store/store_survey.h"
#include "tools/store/survey_text.h"

namespace tidemark::tools {
namespace {

class SpillSurveyTest : public tests::HangingFileFixture {
 protected:
  // What power loss leaves, on the real disk.
  std::string Store(const std::string& name) {
    HangUntilTheLogLetsGo();
    PowerLoss();
    const std::string root = tests::FreshDirectory(name);
    for (const std::string directory : {"log", "p-0000000001", "p-0000000002", "spill"}) {
      std::filesystem::create_directory(root + "/" + directory);
      for (const std::string& file : world.Names(directory)) {
        const std::string path = directory + "/" + file;
        tests::WriteFile(root + "/" + path, world.Content(path));
      }
    }
    return root;
  }
};

TEST_F(SpillSurveyTest, RecordsInTheSpillAreNotMissed) {
  const absl::StatusOr<StoreSurvey> survey = tests::Survey(Store("spilled"));
  ASSERT_TRUE(survey.ok()) << survey.status();
  EXPECT_LE(survey->verdict(), StoreVerdict::kTornTail) << FindingsText(*survey);
  ASSERT_TRUE(survey->spill.has_value());
  EXPECT_GT(survey->partitions[0].spilled, 30u);
  EXPECT_EQ(survey->partitions[1].spilled, 0u);
  EXPECT_TRUE(absl::StrContains(SurveyText(*survey), "of them in the spill only")) << SurveyText(*survey);
}

TEST_F(SpillSurveyTest, WithoutTheSpillTheyAreMissed) {
  const std::string root = Store("unspilled");
  std::filesystem::remove_all(root + "/spill");
  const absl::StatusOr<StoreSurvey> survey = tests::Survey(root);
  ASSERT_TRUE(survey.ok()) << survey.status();
  EXPECT_EQ(survey->verdict(), StoreVerdict::kDamaged);
  EXPECT_TRUE(absl::StrContains(FindingsText(*survey), "the log has its records only from i51 on"))
      << FindingsText(*survey);
}

TEST_F(SpillSurveyTest, DamageOfTheSpillIsFound) {
  const std::string root = Store("damaged_spill");
  const std::string file = root + "/spill/00000000000000000001.aof";
  tests::Flip(file, tests::ReadFile(file).find(Payload(45)));
  const absl::StatusOr<StoreSurvey> survey = tests::Survey(root);
  ASSERT_TRUE(survey.ok()) << survey.status();
  EXPECT_EQ(survey->verdict(), StoreVerdict::kDamaged) << FindingsText(*survey);
}

}  // namespace
}  // namespace tidemark::tools
