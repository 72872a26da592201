#include "leveldb/db.h"

#include "engine/base/check.h"
#include "leveldb/options.h"
#include "leveldb/write_batch.h"
#include "tools/bench/log_bench/contender.h"
#include "tools/bench/log_bench/threads.h"

namespace tidemark::bench {
namespace {

// Tuned for its log: large memtables, so that none is flushed during a run.
class LevelDb final : public Contender {
 public:
  explicit LevelDb(const std::string& directory) {
    leveldb::Options options;
    options.create_if_missing = true;
    options.write_buffer_size = size_t{1} << 30;
    options.compression = leveldb::kNoCompression;
    leveldb::DB* db = nullptr;
    const leveldb::Status status = leveldb::DB::Open(options, directory, &db);
    CHECK(status.ok()) << status.ToString();
    db_.reset(db);
  }

  Result Run(const Load& load, Nanos duration) override {
    leveldb::WriteOptions durable;
    durable.sync = true;
    const std::string value(load.record_bytes, 'v');
    return RunThreads(load, duration, [&](uint64_t ordinal, uint32_t records) {
      leveldb::WriteBatch batch;
      for (uint32_t i = 0; i < records; ++i) {
        const uint64_t key = __builtin_bswap64(ordinal + i);
        batch.Put(leveldb::Slice(reinterpret_cast<const char*>(&key), sizeof(key)), value);
      }
      const leveldb::Status status = db_->Write(durable, &batch);
      CHECK(status.ok()) << status.ToString();
    });
  }

 private:
  std::unique_ptr<leveldb::DB> db_;
};

}  // namespace

std::unique_ptr<Contender> OpenLevelDb(const std::string& directory) { return std::make_unique<LevelDb>(directory); }

}  // namespace tidemark::bench
