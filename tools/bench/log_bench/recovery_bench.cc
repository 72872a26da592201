// How fast a log that was not closed is read again, with a warm cache: Tidemark, RocksDB, LevelDB and SQLite, with the
// same records of 1 KiB in their logs. Then, how long Tidemark takes to start where its log is truncated as it goes, as
// it is in use, by what its partitions hold.
//
//   bazel run --config=opt //tools/bench/log_bench:recovery_bench [DIR [MIB]]
//
// In the comparison Tidemark keeps its whole log. The first figure counts the log's bytes over the time of the whole
// recovery, the second over the time of its log phase.

#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "engine/backend/real_env.h"
#include "engine/base/bytes.h"
#include "engine/base/check.h"
#include "engine/node/engine.h"
#include "leveldb/db.h"
#include "leveldb/write_batch.h"
#include "rocksdb/db.h"
#include "rocksdb/write_batch.h"

namespace tidemark {
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr size_t kRecordBytes = 1024;
constexpr size_t kBatch = 1000;
constexpr uint64_t kBehindMost = 12 * kBatch;  // records that partitions may lack

double Seconds(SteadyClock::time_point began) {
  return std::chrono::duration<double>(SteadyClock::now() - began).count();
}
void Print(const char* name, size_t records, double seconds, const std::string& more = "") {
  absl::PrintF("%-9s %6.2f GB/s  %8.0f ms%s\n", name, static_cast<double>(records * kRecordBytes) / seconds / 1e9,
               seconds * 1000, more);
  std::fflush(stdout);
}

class NothingKept final : public StateMachine {
 public:
  void Apply(const AppliedRecord&, ApplyDone done) override { done(absl::OkStatus()); }
  PartitionIndex LastApplied(PartitionId partition) override {
    return has.empty() ? PartitionIndex(0) : has[partition.value() - 1];
  }
  std::vector<PartitionIndex> has;
};

struct Holding {
  size_t records = 0;
  uint32_t partitions = 1;
  bool whole_log = false;
};
struct Start {
  double seconds = 0;
  RecoveryReport report;
};

class TidemarkStore {
 public:
  TidemarkStore(const std::string& dir, const Holding& holding)
      : holding_(holding), real_(*RealEnv::Create({.root = dir, .seed = 1})) {
    Open(EngineOptions::Mode::kCreate);
    uint32_t left = holding.partitions;
    for (uint32_t p = 1; p <= holding.partitions; ++p) {
      engine_->CreatePartition(PartitionId(p), [&left](const absl::Status& status) { left -= status.ok() ? 1 : 0; });
    }
    CHECK(real_->loop().RunUntil([&] { return left == 0; }));
    Fill();
  }

  Start Restart() {
    machine_.has.clear();
    for (const PartitionLadder& p : engine_->ladder().partitions) machine_.has.push_back(p.applied_index);
    engine_.reset();
    const auto began = SteadyClock::now();
    Start start;
    start.report = Open(EngineOptions::Mode::kExisting);
    start.seconds = Seconds(began);
    return start;
  }

 private:
  RecoveryReport Open(EngineOptions::Mode mode) {
    EngineOptions options;
    options.store_id = {1, 2};
    options.mode = mode;
    options.auto_truncate = !holding_.whole_log;
    RecoveryReport report;
    Engine::Recover(real_->env(), options, machine_, [&](Engine::RecoverOutcome outcome) {
      engine_ = std::move(outcome.engine).value();
      report = outcome.report;
    });
    CHECK(real_->loop().RunUntil([&] { return engine_ != nullptr; }));
    return report;
  }

  // Every partition gets the same number of records.
  void Fill() {
    const std::string value(kRecordBytes, 'v');
    for (size_t done = 0; done < holding_.records; done += kBatch) {
      size_t left = kBatch;
      for (size_t i = 0; i < kBatch; ++i) {
        engine_->Append(PartitionId(1 + (done + i) % holding_.partitions), AsBytes(value),
                        [&left](const absl::StatusOr<AppendResult>& result) {
                          CHECK(result.ok()) << result.status();
                          --left;
                        });
      }
      // No faster than the partitions' files: the store would refuse.
      const Ladder& ladder = engine_->ladder();
      CHECK(real_->loop().RunUntil(
          [&] { return left == 0 && ladder.appended.value() < ladder.min_required.value() + kBehindMost; }));
    }
    CHECK(real_->loop().RunUntil([&] { return engine_->ladder().min_required == engine_->ladder().appended.Next(); }));
    real_->loop().RunUntil([] { return false; });
  }

  const Holding holding_;
  NothingKept machine_;
  const std::unique_ptr<RealEnv> real_;
  std::unique_ptr<Engine> engine_;
};

void Tidemark(const std::string& dir, size_t records) {
  TidemarkStore store(dir, {.records = records, .whole_log = true});
  store.Restart();  // warms the cache
  const Start start = store.Restart();
  const Duration log_phase = start.report.phase_duration[static_cast<int>(RecoveryPhase::kLog)];
  const double log_ms = static_cast<double>(log_phase.nanos()) / 1e6;
  Print("tidemark", records, start.seconds,
        absl::StrFormat("; the log alone %.2f GB/s", static_cast<double>(records * kRecordBytes) / log_ms / 1e6));
}

void TidemarkInUse(const std::string& dir, const Holding& holding) {
  TidemarkStore store(dir, holding);
  store.Restart();
  absl::PrintF("start with %5d partitions that hold %5d MiB: %6.0f ms\n", holding.partitions,
               holding.records * kRecordBytes >> 20, store.Restart().seconds * 1000);
  std::fflush(stdout);
}

void RocksDb(const std::string& dir, size_t records) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.write_buffer_size = size_t{8} << 30;
  options.avoid_flush_during_shutdown = true;
  options.avoid_flush_during_recovery = true;
  const std::string value(kRecordBytes, 'v');
  for (int round = 0; round < 2; ++round) {
    rocksdb::DB* db = nullptr;
    const auto began = SteadyClock::now();
    CHECK(rocksdb::DB::Open(options, dir, &db).ok()) << dir;
    const std::unique_ptr<rocksdb::DB> owned(db);
    if (round == 1) return Print("rocksdb", records, Seconds(began));
    for (size_t done = 0; done < records; done += kBatch) {
      rocksdb::WriteBatch batch;
      for (size_t i = 0; i < kBatch; ++i) batch.Put(absl::StrFormat("%016d", done + i), value);
      CHECK(db->Write(rocksdb::WriteOptions(), &batch).ok()) << dir;
    }
  }
}

// Its memtable, and with it the log that is read again, holds no more than 1 GiB.
void LevelDb(const std::string& dir, size_t records) {
  leveldb::Options options;
  options.create_if_missing = true;
  options.write_buffer_size = size_t{1} << 30;
  records = std::min(records, size_t{800} << 10);
  const std::string value(kRecordBytes, 'v');
  for (int round = 0; round < 2; ++round) {
    leveldb::DB* db = nullptr;
    const auto began = SteadyClock::now();
    CHECK(leveldb::DB::Open(options, dir, &db).ok()) << dir;
    const std::unique_ptr<leveldb::DB> owned(db);
    if (round == 1) return Print("leveldb", records, Seconds(began));
    for (size_t done = 0; done < records; done += kBatch) {
      leveldb::WriteBatch batch;
      for (size_t i = 0; i < kBatch; ++i) batch.Put(absl::StrFormat("%016d", done + i), value);
      CHECK(db->Write(leveldb::WriteOptions(), &batch).ok()) << dir;
    }
  }
}

void Sqlite(const std::string& dir, size_t records) {
  const std::string value(kRecordBytes, 'v');
  for (int round = 0; round < 2; ++round) {
    sqlite3* db = nullptr;
    const auto began = SteadyClock::now();
    CHECK_EQ(sqlite3_open((dir + "/sqlite").c_str(), &db), SQLITE_OK);
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    const auto run = [db](const char* sql) {
      CHECK_EQ(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sql;
    };
    if (round == 1) {
      run("SELECT max(id) FROM log");
      Print("sqlite", records, Seconds(began));
    } else {
      run("PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; PRAGMA synchronous=OFF");
      run("CREATE TABLE log (id INTEGER PRIMARY KEY, payload BLOB)");
      sqlite3_stmt* insert = nullptr;
      CHECK_EQ(sqlite3_prepare_v2(db, "INSERT INTO log (payload) VALUES (?)", -1, &insert, nullptr), SQLITE_OK);
      for (size_t done = 0; done < records; done += kBatch) {
        run("BEGIN");
        for (size_t i = 0; i < kBatch; ++i) {
          sqlite3_bind_blob(insert, 1, value.data(), static_cast<int>(value.size()), SQLITE_STATIC);
          CHECK_EQ(sqlite3_step(insert), SQLITE_DONE);
          sqlite3_reset(insert);
        }
        run("COMMIT");
      }
      sqlite3_finalize(insert);
    }
    sqlite3_close(db);
    // As after a crash: the index over the log is made anew from the log.
    std::filesystem::remove(dir + "/sqlite-shm");
  }
}

void Main(const std::string& parent, size_t mib) {
  std::string root = parent + "/recovery-bench-XXXXXX";
  CHECK(::mkdtemp(root.data()) != nullptr) << root;
  const size_t records = AlignDown((mib << 20) / kRecordBytes, 8) / kBatch * kBatch;
  const struct {
    const char* name;
    void (*run)(const std::string& dir, size_t records);
  } contenders[] = {{"tidemark", Tidemark}, {"rocksdb", RocksDb}, {"leveldb", LevelDb}, {"sqlite", Sqlite}};
  for (const auto& contender : contenders) {
    const std::string dir = root + "/" + contender.name;
    std::filesystem::create_directory(dir);
    contender.run(dir, records);
    std::filesystem::remove_all(dir);
  }
  for (const uint32_t partitions : {1, 64, 4096}) {
    for (const size_t part : {16, 1}) {
      const std::string dir = root + "/in-use";
      std::filesystem::create_directory(dir);
      TidemarkInUse(dir, {.records = records / part, .partitions = partitions});
      std::filesystem::remove_all(dir);
    }
  }
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace tidemark

int main(int argc, char** argv) {
  uint64_t mib = 1024;
  if (argc > 2) {
    CHECK(absl::SimpleAtoi(argv[2], &mib)) << argv[2];
  }
  tidemark::Main(argc > 1 ? argv[1] : ".", mib);
}
