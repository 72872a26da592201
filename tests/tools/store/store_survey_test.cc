// A sound store, and every way to damage it: what a survey says of each, and that the engine's own recovery agrees.

#include "tools/store/store_survey.h"

#include <filesystem>
#include <functional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/base/status.h"
#include "gtest/gtest.h"
#include "tests/tools/store/store_fixture.h"
#include "tools/store/repair.h"
#include "tools/store/survey_text.h"

namespace tidemark::tools {
namespace {

using tests::CopyTree;
using tests::Flip;
using tests::FreshDirectory;
using tests::ReadFile;
using tests::Remove;
using tests::StoreMaker;
using tests::Survey;
using tests::WriteFile;

namespace fs = std::filesystem;

constexpr char kLogPath[] = "/log/00000000000000000001.aof";
constexpr char kP1Path[] = "/p-0000000001/00000000000000000001.aof";

// Made once; tests work on copies.
struct Stores {
  std::string early;      // partitions 1 to 3, 20 records each, whole in their files
  std::string full;       // the same, later: 200 each, several log files
  std::string foreign;    // as early, of another store
  std::string other;      // as early, same ids, other payloads
  std::string dropped;    // as early, and partition 2 was dropped
  std::string restarted;  // as early, opened three times more: with copied tails, cuts and seals
};

std::string Make(const std::string& name, const std::function<void(StoreMaker&)>& fill) {
  StoreMaker maker(FreshDirectory(name));
  fill(maker);
  maker.Close();
  return maker.root();
}

void FillEarly(StoreMaker& maker, size_t bytes = 40) {
  ASSERT_TRUE(maker.Open().ok());
  for (uint64_t p = 1; p <= 3; ++p) {
    ASSERT_TRUE(maker.Create(p).ok());
    ASSERT_TRUE(maker.Append(p, 20, bytes).ok());
  }
  ASSERT_TRUE(maker.Flush().ok());
}

const Stores& All() {
  static const Stores* const stores = [] {
    auto* made = new Stores;
    made->early = Make("early", [](StoreMaker& maker) { FillEarly(maker); });
    made->full = Make("full", [](StoreMaker& maker) {
      maker.options.auto_truncate = false;
      FillEarly(maker);
      for (int round = 0; round < 18; ++round) {
        for (uint64_t p = 1; p <= 3; ++p) ASSERT_TRUE(maker.Append(p, 10, 300).ok());
      }
      ASSERT_TRUE(maker.Flush().ok());
    });
    made->foreign = Make("foreign", [](StoreMaker& maker) {
      maker.options.store_id = {7, 8};
      FillEarly(maker);
    });
    made->other = Make("other", [](StoreMaker& maker) { FillEarly(maker, 41); });
    made->dropped = Make("dropped", [](StoreMaker& maker) {
      FillEarly(maker);
      ASSERT_TRUE(maker.Drop(2).ok());
    });
    made->restarted = Make("restarted", [](StoreMaker& maker) {
      FillEarly(maker);
      for (int life = 0; life < 3; ++life) {
        ASSERT_TRUE(maker.Open().ok());
        ASSERT_TRUE(maker.Append(1, 3).ok());
      }
      ASSERT_TRUE(maker.Flush().ok());
    });
    return made;
  }();
  return *stores;
}

// Where the first batch of the file begins, and the last.
uint64_t HeaderEnd(const std::string&) { return 512; }
uint64_t End(const std::string& file) {
  const std::string content = ReadFile(file);
  return (content.find_last_not_of('\0') / 512 + 1) * 512;
}

std::string LastLogFile(const std::string& root) {
  std::string last;
  for (const auto& entry : fs::directory_iterator(root + "/log")) {
    if (absl::EndsWith(entry.path().string(), ".aof")) last = std::max(last, entry.path().string());
  }
  return last;
}

struct Case {
  const char* name;
  const std::string Stores::*store;
  void (*damage)(const std::string& root);
  StoreVerdict verdict;
  const char* kind;  // of the first finding; "" for none
  const char* part;  // of the findings as text
  bool recovers;     // by itself
};

const Case kCases[] = {
    {"Untouched", &Stores::early, [](const std::string&) {}, StoreVerdict::kSound, "", "verdict sound", true},
    {"ManyFiles", &Stores::full, [](const std::string&) {}, StoreVerdict::kSound, "", "", true},
    {"Restarted", &Stores::restarted, [](const std::string&) {}, StoreVerdict::kSound, "", "", true},
    {"Dropped", &Stores::dropped, [](const std::string&) {}, StoreVerdict::kSound, "", "", true},
    {"ForeignFileBeside", &Stores::early,
     [](const std::string& root) {
       WriteFile(root + "/notes.txt", "mine");
       WriteFile(root + "/log/notes.txt", "mine");
     },
     StoreVerdict::kSound, "", "", true},
    {"FileUnderConstruction", &Stores::early,
     [](const std::string& root) { WriteFile(root + "/log/00000000000000000009.new", "half"); }, StoreVerdict::kSound,
     "", "", true},
    {"JunkBehindTheLastBatch", &Stores::early,
     [](const std::string& root) { Flip(root + kLogPath, End(root + kLogPath) + 700); }, StoreVerdict::kTornTail,
     "torn_tail", "which nothing promised", true},
    {"LastBatchOfAPartitionTorn", &Stores::early,
     [](const std::string& root) { Flip(root + kP1Path, End(root + kP1Path) - 500); }, StoreVerdict::kTornTail,
     "torn_tail", "p-0000000001/00000000000000000001.aof offset", true},
    {"PromisedBatchOfTheLog", &Stores::early,
     [](const std::string& root) { Flip(root + kLogPath, HeaderEnd(root) + 30); }, StoreVerdict::kDamaged, "corruption",
     "evidence: the batch at offset", false},
    {"HeaderOfTheLog", &Stores::early, [](const std::string& root) { Flip(root + kLogPath, 60); },
     StoreVerdict::kDamaged, "corruption", "checksum", false},
    {"SealedLogFile", &Stores::full, [](const std::string& root) { Flip(root + kLogPath, 40000); },
     StoreVerdict::kDamaged, "corruption", "unreadable here: r", true},  // the partitions have copies
    {"TruncatedLogFile", &Stores::early, [](const std::string& root) { fs::resize_file(root + kLogPath, 9000); },
     StoreVerdict::kDamaged, "corruption", "the file ends at offset 9000, but should reach to 65536", false},
    {"EmptiedLogFile", &Stores::early, [](const std::string& root) { fs::resize_file(root + kLogPath, 0); },
     StoreVerdict::kDamaged, "corruption", "inside its header", false},
    {"MissingLogFileInTheMiddle", &Stores::full,
     [](const std::string& root) { Remove(root + "/log/00000000000000000002.aof"); }, StoreVerdict::kDamaged,
     "lost_records", "the file is missing", false},
    {"MissingLastLogFile", &Stores::full, [](const std::string& root) { Remove(LastLogFile(root)); },
     StoreVerdict::kDamaged, "lost_records", "the log has lost records that it had promised", false},
    {"MissingLogFiles", &Stores::early, [](const std::string& root) { Remove(root + kLogPath); },
     StoreVerdict::kDamaged, "lost_records", "holds no segment file", false},
    {"MissingLog", &Stores::early, [](const std::string& root) { Remove(root + "/log"); }, StoreVerdict::kDamaged,
     "lost_records", "holds no segment file", false},
    {"DamagedPartition", &Stores::full, [](const std::string& root) { Flip(root + kP1Path, HeaderEnd(root) + 90); },
     StoreVerdict::kDamaged, "corruption", "p-0000000001/", true},
    {"MissingPartition", &Stores::early, [](const std::string& root) { Remove(root + "/p-0000000002"); },
     StoreVerdict::kDamaged, "lost_records", "recovery makes it anew", true},
    {"EmptyPartitionDirectory", &Stores::early,
     [](const std::string& root) { fs::create_directory(root + "/p-0000000077"); }, StoreVerdict::kTornTail,
     "unfinished", "does not know", true},
    {"PartitionBehind", &Stores::full,
     [](const std::string& root) { CopyTree(All().early + "/p-0000000001", root + "/p-0000000001"); },
     StoreVerdict::kSound, "", "", true},
    {"PartitionAhead", &Stores::full, [](const std::string& root) { CopyTree(All().early + "/log", root + "/log"); },
     StoreVerdict::kDamaged, "lost_records", "the log has lost records that it had promised", false},
    {"PartitionOfAnotherStore", &Stores::early,
     [](const std::string& root) { CopyTree(All().foreign + "/p-0000000001", root + "/p-0000000001"); },
     StoreVerdict::kDamaged, "wrong_store", "it belongs to store 00000000000000070000000000000008", false},
    {"PartitionInAnothersPlace", &Stores::early,
     [](const std::string& root) { CopyTree(root + "/p-0000000002", root + "/p-0000000001"); }, StoreVerdict::kDamaged,
     "wrong_store", "log 2, not to log 1", false},
    {"LogFileOfAnotherStore", &Stores::early,
     [](const std::string& root) { fs::copy_file(All().foreign + kLogPath, root + "/log/00000000000000000002.aof"); },
     StoreVerdict::kDamaged, "wrong_store", "it belongs to store 00000000000000070000000000000008 log 0, not to store",
     false},
    {"OtherPayloads", &Stores::early,
     [](const std::string& root) { CopyTree(All().other + "/p-0000000001", root + "/p-0000000001"); },
     StoreVerdict::kDamaged, "disagreement", "41 bytes of payload in the file, 40 in the log", true},
    {"UnfinishedDrop", &Stores::dropped,
     [](const std::string& root) { CopyTree(All().early + "/p-0000000002", root + "/p-0000000002"); },
     StoreVerdict::kTornTail, "unfinished", "it was dropped", false},
    {"UnfinishedDropOfDamagedFiles", &Stores::dropped,
     [](const std::string& root) {
       CopyTree(All().early + "/p-0000000002", root + "/p-0000000002");
       Flip(root + "/p-0000000002/00000000000000000001.aof", 60);
     },
     StoreVerdict::kTornTail, "unfinished", "it was dropped", false},
    {"DirectoryInAFilesPlace", &Stores::early,
     [](const std::string& root) {
       Remove(root + kP1Path);
       fs::create_directory(root + kP1Path);
     },
     StoreVerdict::kUnreadable, "unreadable", "is not a regular file", false},
};

class StoreSurveyTest : public ::testing::TestWithParam<Case> {};

TEST_P(StoreSurveyTest, SaysWhatIsWrong) {
  const Case& c = GetParam();
  const std::string root = FreshDirectory("damaged");
  CopyTree(All().*c.store, root);
  c.damage(root);
  const auto before = tests::ReadTree(root);
  const absl::StatusOr<StoreSurvey> survey = Survey(root);
  ASSERT_TRUE(survey.ok()) << survey.status();
  const std::string text = FindingsText(*survey);
  EXPECT_EQ(survey->verdict(), c.verdict) << SurveyText(*survey) << text;
  EXPECT_EQ(survey->findings.empty() ? "" : FindingKindName(survey->findings[0].kind), c.kind) << text;
  EXPECT_TRUE(absl::StrContains(text, c.part)) << text;

  const auto files = StoreFiles::Open(root);
  const absl::StatusOr<RepairPlan> plan = PlanRepair(**files, {});
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->recovery.ok(), c.recovers) << plan->recovery << "\n" << text;
  EXPECT_EQ(tests::ReadTree(root), before) << "it was changed";
}

INSTANTIATE_TEST_SUITE_P(Cases, StoreSurveyTest, ::testing::ValuesIn(kCases),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(StoreSurvey, EmptyDirectoryIsNoStore) {
  EXPECT_EQ(KindOf(Survey(FreshDirectory("empty")).status()), ErrorKind::kNoStore);
  EXPECT_TRUE(absl::IsNotFound(Survey("no/such/place").status()));
}

TEST(StoreSurvey, CountsWhatIsThere) {
  const absl::StatusOr<StoreSurvey> survey = Survey(All().full);
  ASSERT_TRUE(survey.ok()) << survey.status();
  EXPECT_EQ(survey->store_id.ToString(), "11112222333344445555666677778888");
  EXPECT_GT(survey->log.file.segments.size(), 3u);
  uint64_t records = 0;
  for (const SegmentSurvey& segment : survey->log.file.segments) records += segment.records;
  EXPECT_EQ(records, survey->log.file.records);
  EXPECT_EQ(survey->log.last(), RaftIndex(survey->log.file.records));
  ASSERT_EQ(survey->partitions.size(), 3u);
  for (const PartitionSurvey& p : survey->partitions) {
    EXPECT_EQ(p.last(), PartitionIndex(200));
    EXPECT_EQ(p.compared, 200u);
    EXPECT_EQ(p.behind, 0u);
    ASSERT_TRUE(p.checkpoint.has_value());
    EXPECT_LE(p.checkpoint->next_index, PartitionIndex(201));
  }
}

TEST(StoreSurvey, NamesTheRecordsThatADamagedBatchHeld) {
  const std::string root = FreshDirectory("lost");
  CopyTree(All().full, root);
  const auto whole = Survey(root);
  Flip(root + kLogPath, 40000);
  const auto survey = Survey(root);
  ASSERT_TRUE(survey.ok() && whole.ok());
  ASSERT_EQ(survey->findings.size(), 1u);
  const Finding& finding = survey->findings[0];
  ASSERT_TRUE(finding.lost.has_value());
  EXPECT_EQ(finding.lost->last.value() - finding.lost->first.value(), 9u) << "a batch has ten records";
  EXPECT_EQ(survey->log.file.records, whole->log.file.records - 10);
  EXPECT_EQ(survey->log.last(), whole->log.last()) << "what follows is read all the same";
  EXPECT_TRUE(finding.promised_offset.has_value());
}

TEST(StoreSurvey, ListsRecords) {
  const auto files = StoreFiles::Open(All().early);
  SurveyOptions options{.only = PartitionId(2)};
  options.list = {.wanted = true, .from = Sequence(19), .limit = 10, .payload_bytes = 9};
  const auto survey = SurveyStore(**files, options);
  ASSERT_TRUE(survey.ok() && survey->partitions.size() == 1);
  const std::vector<ListedRecord>& records = survey->partitions[0].records;
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].partition_index, PartitionIndex(19));
  EXPECT_EQ(records[1].payload_bytes, 40u);
  EXPECT_EQ(records[1].payload, "record 40");
  EXPECT_TRUE(survey->log.records.empty());
}

TEST(StoreSurvey, VoidRangesAreTold) {
  const auto survey = Survey(All().restarted);
  ASSERT_TRUE(survey.ok());
  EXPECT_GT(survey->log.file.segments.back().content.void_bytes(), 0u);
}

}  // namespace
}  // namespace tidemark::tools
