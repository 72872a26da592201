// Durable append on the real disk: Tidemark beside the floor of this disk and beside the logs of RocksDB, LevelDB and
// SQLite, all at the same durability (fdatasync before an append is acknowledged).
//
//   bazel run --config=opt //tools/bench/log_bench -- [--dir=DIR] [--rounds=5] [--millis=400] [--only=PART]
//       [--rivals=0]
//
// In each round the contenders run one after the other, so that a disk whose speed drifts drifts for all; the table
// gives medians over the rounds, and the least and largest of the ratio within a round. One round before those is not
// counted: memory and files grow to their usual size in it. The floor writes as many bytes a sync as Tidemark did in
// the same round; 'two copies' and 'new blocks' are floors too, for stores that write each byte more than once
// (floor.cc). Between runs nothing is left under way: what Tidemark's partition files had still to sync is told apart,
// as the time until the store had settled. DIR must lie on the disk that is meant; it is emptied afterwards. PART of a
// case's name: 'partitions 1;' for all with one partition.

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "engine/base/bytes.h"
#include "engine/base/check.h"
#include "tools/bench/log_bench/contender.h"

namespace tidemark::bench {
namespace {

struct Flags {
  std::string dir = ".";
  std::string only;
  uint32_t rounds = 5;
  uint32_t millis = 400;
  uint32_t rivals = 1;
};

Flags ParseFlags(int argc, char** argv) {
  Flags flags;
  for (int i = 1; i < argc; ++i) {
    absl::string_view arg = argv[i];
    const bool ok = absl::ConsumePrefix(&arg, "--dir=")      ? (flags.dir = std::string(arg), true)
                    : absl::ConsumePrefix(&arg, "--only=")   ? (flags.only = std::string(arg), true)
                    : absl::ConsumePrefix(&arg, "--rounds=") ? absl::SimpleAtoi(arg, &flags.rounds)
                    : absl::ConsumePrefix(&arg, "--millis=") ? absl::SimpleAtoi(arg, &flags.millis)
                    : absl::ConsumePrefix(&arg, "--rivals=") ? absl::SimpleAtoi(arg, &flags.rivals)
                                                             : false;
    CHECK(ok && flags.rounds > 0) << argv[i];
  }
  return flags;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// What one contender did over the rounds of a case.
struct Row {
  std::string name;
  std::unique_ptr<Contender> contender;
  std::vector<double> rate, p50, p99, ratio;

  void Forget() {
    for (std::vector<double>* column : {&rate, &p50, &p99, &ratio}) column->clear();
  }

  void Add(Result result, double records_per_count) {
    rate.push_back(static_cast<double>(result.records) * records_per_count / result.seconds);
    std::sort(result.latency_ns.begin(), result.latency_ns.end());
    const size_t n = result.latency_ns.size();
    p50.push_back(static_cast<double>(result.latency_ns[n / 2]) / 1000);
    p99.push_back(static_cast<double>(result.latency_ns[n * 99 / 100]) / 1000);
  }
};

std::string NameOf(const Load& load) {
  const std::string shape = load.batch > 0 ? absl::StrCat("batch ", load.batch)
                                           : absl::StrCat("in flight ", load.in_flight);
  return absl::StrCat(load.record_bytes, " B, ", shape, ", partitions ", load.partitions, ";");
}

class Case {
 public:
  Case(const Flags& flags, const Load& load) : flags_(flags), load_(load) {
    Add("floor", [](const std::string& dir) { return OpenFloor(dir, FloorKind::kOnce); });
    Add("tidemark", [&](const std::string& dir) { return OpenTidemark(dir, load); });
    Add("two copies", [](const std::string& dir) { return OpenFloor(dir, FloorKind::kTwoCopies); });
    Add("new blocks", [](const std::string& dir) { return OpenFloor(dir, FloorKind::kNewBlocks); });
    if (flags.rivals == 0 || load.partitions > 1) return;
    Add("rocksdb", [](const std::string& dir) { return OpenRocksDb(dir); });
    Add("leveldb", [](const std::string& dir) { return OpenLevelDb(dir); });
    Add("sqlite", [](const std::string& dir) { return OpenSqlite(dir); });
  }
  ~Case() {
    rows_.clear();
    std::filesystem::remove_all(root_);
  }

  void Run() {
    const Nanos duration = std::chrono::milliseconds(flags_.millis);
    for (uint32_t round = 0; round <= flags_.rounds; ++round) {
      if (round == 1) Forget();
      Result own = rows_[1].contender->Run(load_, duration);
      const double records_per_sync = static_cast<double>(own.records) / static_cast<double>(own.syncs);
      Load same_bytes;
      same_bytes.record_bytes = static_cast<uint32_t>(AlignUp(own.synced_bytes / own.syncs, 4096));
      bytes_per_sync_ = same_bytes.record_bytes;
      settle_.push_back(own.settle_seconds);
      refusals_ += own.refusals;
      rows_[1].Add(std::move(own), 1);
      for (size_t i : kFloors) rows_[i].Add(rows_[i].contender->Run(same_bytes, duration), records_per_sync);
      for (size_t i = kRivals; i < rows_.size(); ++i) rows_[i].Add(rows_[i].contender->Run(load_, duration), 1);
      for (Row& row : rows_) row.ratio.push_back(row.rate.back() / rows_[0].rate.back());
    }
  }

  void Print() const {
    absl::PrintF("%s %d bytes a sync; settled %.0f ms after each run of %d ms; %d refusals\n", NameOf(load_),
                 bytes_per_sync_, Median(settle_) * 1000, flags_.millis, refusals_);
    for (const Row& row : rows_) {
      absl::PrintF("  %-10s %10.0f records/s  p50 %8.0f us  p99 %8.0f us  of the floor %5.2f (%.2f to %.2f)\n",
                   row.name, Median(row.rate), Median(row.p50), Median(row.p99), Median(row.ratio),
                   *std::min_element(row.ratio.begin(), row.ratio.end()),
                   *std::max_element(row.ratio.begin(), row.ratio.end()));
    }
    std::fflush(stdout);
  }

 private:
  void Forget() {
    for (Row& row : rows_) row.Forget();
    settle_.clear();
    refusals_ = 0;
  }

  template <typename Open>
  void Add(const std::string& name, Open open) {
    if (root_.empty()) {
      root_ = absl::StrCat(flags_.dir, "/log-bench-XXXXXX");
      CHECK(::mkdtemp(root_.data()) != nullptr) << root_;
    }
    const std::string dir = absl::StrCat(root_, "/", name);
    std::filesystem::create_directory(dir);
    rows_.emplace_back();
    rows_.back().name = name;
    rows_.back().contender = open(dir);
  }

  // Places in rows_; tidemark's is 1.
  static constexpr size_t kFloors[] = {0, 2, 3};
  static constexpr size_t kRivals = 4;

  const Flags& flags_;
  const Load load_;
  std::string root_;
  std::vector<Row> rows_;
  uint32_t bytes_per_sync_ = 0;
  std::vector<double> settle_;
  uint64_t refusals_ = 0;  // in all rounds
};

void Main(const Flags& flags) {
  for (uint32_t partitions : {1, 64, 1024}) {
    for (uint32_t record_bytes : {128, 1024}) {
      std::vector<Load> loads;
      for (uint32_t in_flight : {1, 8, 64, 256}) loads.push_back({record_bytes, in_flight, 0, partitions});
      loads.push_back({record_bytes, 100, 100, partitions});
      for (const Load& load : loads) {
        if (!absl::StrContains(NameOf(load), flags.only)) continue;
        Case one(flags, load);
        one.Run();
        one.Print();
      }
    }
  }
}

}  // namespace
}  // namespace tidemark::bench

int main(int argc, char** argv) { tidemark::bench::Main(tidemark::bench::ParseFlags(argc, argv)); }
