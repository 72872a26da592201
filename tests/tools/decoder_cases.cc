// Writes logs that the engine made, as directories of files, each with what the engine itself reads in it
// (expected.jsonl): for a decoder in another language to agree with.
//
//   decoder_cases OUT_DIRECTORY
//
// Random lives of a log (rotation, cuts, notes, truncation, failed syncs, full disks, deaths), ended by a power loss;
// the same with a damaged byte or a missing file; and the logs of the two owners.

#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/aof/aof.h"
#include "engine/base/check.h"
#include "engine/base/random.h"
#include "engine/base/status.h"
#include "tests/engine/aof/story.h"
#include "tests/engine/partition/partition_rig.h"
#include "tests/engine/segmented_log/log_rig.h"
#include "tests/support/memory_world.h"

namespace tidemark {
namespace {

using aof::Location;
using tests::MemoryWorld;

std::string Hex(ByteSpan bytes) { return absl::BytesToHexString(AsText(bytes)); }

std::string RecordLine(const std::string& owner, Sequence sequence, ByteSpan payload) {
  std::string line = absl::StrCat("{\"record\":", sequence.value());
  if (owner == "segmented") {
    const EntryView entry = *DecodeEntry(payload);
    absl::StrAppend(&line, ",\"term\":", entry.header.term.value(), ",\"partition\":", entry.header.partition.value(),
                    ",\"index\":", entry.header.partition_index.value(), ",\"kind\":\"",
                    RecordKindName(entry.header.kind), "\",\"promise\":\"",
                    entry.header.promise == Promise::kAtSafe ? "at_safe" : "at_durable", "\"");
    payload = entry.payload;
  } else if (owner == "partition") {
    const PartitionRecordView record = *DecodePartitionRecord(payload);
    absl::StrAppend(&line, ",\"raft_index\":", record.header.raft_index.value(),
                    ",\"term\":", record.header.term.value());
    payload = record.payload;
  }
  return absl::StrCat(line, ",\"payload\":\"", Hex(payload), "\"}");
}

std::string NoteLine(const std::string& owner, Sequence last, ByteSpan note) {
  if (owner != "partition") return absl::StrCat("{\"note\":", last.value(), ",\"payload\":\"", Hex(note), "\"}");
  const Checkpoint checkpoint = *DecodeCheckpoint(note);
  return absl::StrCat("{\"note\":", last.value(), ",\"durable\":", checkpoint.durable.value(),
                      ",\"next_index\":", checkpoint.next_index.value(), ",\"applied\":", checkpoint.applied.value(),
                      "}");
}

// What the engine finds, as the decoder prints it.
class Finding : public aof::Replay, public aof::Listener {
 public:
  Finding(MemoryWorld& world, const aof::Options& options, std::string owner) : owner_(std::move(owner)) {
    bool done = false;
    absl::StatusOr<aof::Opened> result = absl::UnknownError("");
    aof::Aof::Open(world.env(), options, *this, *this, [&](absl::StatusOr<aof::Opened> opened) {
      result = std::move(opened);
      done = true;
    });
    world.RunUntil([&] { return done; });
    CHECK(done);
    if (!result.ok()) {
      verdict_ = KindOf(result.status()) == ErrorKind::kCorruption    ? "corrupt"
                 : KindOf(result.status()) == ErrorKind::kLostRecords ? "lost"
                 : KindOf(result.status()) == ErrorKind::kNoStore     ? "no_store"
                                                                      : result.status().ToString();
      records_.clear();
      notes_.clear();
    } else {
      report_ = result->report;
      verdict_ = report_.torn_bytes > 0 ? "torn" : "intact";
      found_ = true;
    }
    if (result.ok()) result->aof.reset();
    world.Kill();
  }

  void Print(std::ostream& out) const {
    for (const auto& [sequence, line] : records_) out << line << "\n";
    for (const std::string& line : notes_) out << line << "\n";
    out << "{\"verdict\":\"" << verdict_ << "\"";
    if (found_) {
      out << ",\"first\":" << report_.first.value() << ",\"last\":" << report_.last.value()
          << ",\"records\":" << report_.records << ",\"proven\":" << report_.proven.value()
          << ",\"torn_bytes\":" << report_.torn_bytes;
    }
    out << "}\n";
  }

  void OnHeadNote(ByteSpan, Sequence) override {}
  void OnRecord(Sequence sequence, ByteSpan payload, Location) override {
    records_[sequence.value()] = RecordLine(owner_, sequence, payload);
  }
  void OnNote(ByteSpan note, Sequence last) override { notes_.push_back(NoteLine(owner_, last, note)); }
  void OnCut(Sequence new_end) override { records_.erase(records_.upper_bound(new_end.value()), records_.end()); }
  void OnFloor(Sequence first) override { records_.erase(records_.begin(), records_.lower_bound(first.value())); }
  void OnDurable(Sequence) override {}
  void OnFailed(const absl::Status&) override {}
  void OnFull(bool) override {}
  std::string HeadNote(Sequence) override { return ""; }
  void OnRotated(uint64_t, Sequence) override {}

 private:
  const std::string owner_;
  std::map<uint64_t, std::string> records_;
  std::vector<std::string> notes_;
  aof::OpenReport report_;
  std::string verdict_;
  bool found_ = false;
};

class Cases {
 public:
  explicit Cases(std::string root) : root_(std::move(root)) {}

  // Writes the files of the log as they are, then lets the engine open them: OUT/<name>.<owner>/...
  void Add(const std::string& name, const std::string& owner, MemoryWorld& world, const aof::Options& options) {
    const std::string directory = absl::StrCat(root_, "/", name, ".", owner);
    CHECK_EQ(std::system(absl::StrCat("mkdir -p '", directory, "'").c_str()), 0);
    for (const std::string& file : world.Names(options.directory)) {
      std::ofstream(absl::StrCat(directory, "/", file), std::ios::binary)
          << world.Content(options.directory + "/" + file);
    }
    std::ofstream expected(directory + "/expected.jsonl");
    aof::Options existing = options;
    existing.mode = aof::Options::Mode::kExisting;
    existing.scan_sealed = true;  // the decoder reads all
    Finding(world, existing, owner).Print(expected);
    CHECK(expected.good()) << directory;
  }

 private:
  const std::string root_;
};

void AddLives(Cases& cases) {
  for (uint64_t seed = 1; seed <= 80; ++seed) {
    const aof::Story story = aof::RandomStory(seed);
    std::unique_ptr<MemoryWorld> world = aof::Remains(story);
    if (world == nullptr) continue;
    const aof::Options options = aof::OptionsOf(story);
    std::unique_ptr<MemoryWorld> damaged = world->Clone(seed);
    cases.Add(absl::StrCat("life", seed), "none", *world, options);
    // One byte flipped in what was written, of some file; now and then a file gone.
    Draws draws(RandomKey(seed).Fork("damage"));
    const std::vector<std::string> names = damaged->Names(options.directory);
    const std::string path = options.directory + "/" + names[draws.Uniform(names.size())];
    if (draws.Chance(150)) {
      damaged->Erase(path);
    } else {
      const std::string content = damaged->Content(path);
      const size_t written = content.find_last_not_of('\0');
      const size_t end = written == std::string::npos ? content.size() : written + 1;
      damaged->Damage(path, draws.Uniform(end), static_cast<uint8_t>(1 + draws.Uniform(255)));
    }
    cases.Add(absl::StrCat("damaged", seed), "none", *damaged, options);
  }
}

void AddSegmentedLog(Cases& cases) {
  tests::LogRig rig;
  rig.roster = {{PartitionId(1), PartitionIndex(1)}, {PartitionId(2), PartitionIndex(9)}};
  CHECK(rig.Open().ok());
  CHECK(rig.log->AppendControl(Term(1), PartitionIndex(1), RecordKind::kTermStarted, {}).ok());
  for (int i = 0; i < 60; ++i) {
    CHECK(rig.Append(1 + i % 2, std::string(i * 5, 'a' + i % 26), 1 + i / 20).ok());
    if (i % 3 != 0) continue;
    CHECK(rig.Flush().ok());
  }
  const EntryHeader at_safe{Term(3), PartitionId(2), PartitionIndex(39), RecordKind::kData, Promise::kAtSafe};
  CHECK(rig.log->Append(at_safe, AsBytes("promised at safe")).ok());
  CHECK(rig.Flush().ok());
  CHECK(rig.log->TruncateSuffix(RaftIndex(50)).ok());
  CHECK(rig.Append(1, "in place of 51", 4).ok());
  CHECK(rig.TruncatePrefix(30).ok());
  rig.LosePower();
  cases.Add("log", "segmented", *rig.world, rig.options);
}

void AddPartitionLog(Cases& cases) {
  tests::PartitionRig rig;
  CHECK(rig.Open().ok());
  for (uint64_t i = 1; i <= 50; ++i) {
    CHECK(rig.Forward(i, 3 * i, std::string(i * 6, 'a' + i % 26), 1 + i / 10).ok());
    if (i % 4 != 0) continue;
    CHECK(rig.Flush().ok());
    rig.checkpoint = {RaftIndex(3 * i), PartitionIndex(i + 1), RaftIndex(3 * (i - 2))};
  }
  CHECK(rig.CutBack(44).ok());
  CHECK(rig.Forward(45, 200, "another 45", 9).ok());
  CHECK(rig.Flush().ok());
  rig.LosePower();
  cases.Add("p-0000000007", "partition", *rig.world, rig.options);
}

}  // namespace
}  // namespace tidemark

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: decoder_cases OUT_DIRECTORY\n";
    return 2;
  }
  tidemark::Cases cases(argv[1]);
  tidemark::AddLives(cases);
  tidemark::AddSegmentedLog(cases);
  tidemark::AddPartitionLog(cases);
  return 0;
}
