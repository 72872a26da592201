#include <sqlite3.h>

#include "engine/base/check.h"
#include "tools/bench/log_bench/contender.h"
#include "tools/bench/log_bench/threads.h"

namespace tidemark::bench {
namespace {

// Write-ahead log, synced at each commit. One writer at a time is all that SQLite has: more in flight stand in line,
// so one thread commits one transaction after another.
class Sqlite final : public Contender {
 public:
  explicit Sqlite(const std::string& directory) {
    CHECK_EQ(sqlite3_open((directory + "/sqlite").c_str(), &db_), SQLITE_OK);
    Do("PRAGMA journal_mode=WAL");
    Do("PRAGMA synchronous=FULL");
    Do("CREATE TABLE log (id INTEGER PRIMARY KEY, payload BLOB)");
    CHECK_EQ(sqlite3_prepare_v2(db_, "INSERT INTO log (payload) VALUES (?)", -1, &insert_, nullptr), SQLITE_OK);
  }
  ~Sqlite() override {
    sqlite3_finalize(insert_);
    sqlite3_close(db_);
  }

  Result Run(const Load& load, Nanos duration) override {
    const std::string value(load.record_bytes, 'v');
    Load one_writer = load;
    one_writer.in_flight = 1;
    return RunThreads(one_writer, duration, [&](uint64_t, uint32_t records) {
      if (records > 1) Do("BEGIN");
      for (uint32_t i = 0; i < records; ++i) {
        sqlite3_bind_blob(insert_, 1, value.data(), static_cast<int>(value.size()), SQLITE_STATIC);
        CHECK_EQ(sqlite3_step(insert_), SQLITE_DONE) << sqlite3_errmsg(db_);
        sqlite3_reset(insert_);
      }
      if (records > 1) Do("COMMIT");
    });
  }

 private:
  void Do(const char* sql) {
    CHECK_EQ(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db_);
  }

  sqlite3* db_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
};

}  // namespace

std::unique_ptr<Contender> OpenSqlite(const std::string& directory) { return std::make_unique<Sqlite>(directory); }

}  // namespace tidemark::bench
