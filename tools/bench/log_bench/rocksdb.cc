#include "rocksdb/db.h"

#include "engine/base/check.h"
#include "rocksdb/options.h"
#include "rocksdb/write_batch.h"
#include "tools/bench/log_bench/contender.h"
#include "tools/bench/log_bench/threads.h"

namespace tidemark::bench {
namespace {

// Tuned for its log: large memtables, so that none is flushed during a run, and log files used again.
class RocksDb final : public Contender {
 public:
  explicit RocksDb(const std::string& directory) {
    rocksdb::Options options;
    options.create_if_missing = true;
    options.write_buffer_size = size_t{1} << 30;
    options.compression = rocksdb::kNoCompression;
    options.recycle_log_file_num = 2;
    rocksdb::DB* db = nullptr;
    const rocksdb::Status status = rocksdb::DB::Open(options, directory, &db);
    CHECK(status.ok()) << status.ToString();
    db_.reset(db);
  }

  Result Run(const Load& load, Nanos duration) override {
    rocksdb::WriteOptions durable;
    durable.sync = true;
    const std::string value(load.record_bytes, 'v');
    return RunThreads(load, duration, [&](uint64_t ordinal, uint32_t records) {
      rocksdb::WriteBatch batch;
      for (uint32_t i = 0; i < records; ++i) {
        const uint64_t key = __builtin_bswap64(ordinal + i);
        batch.Put(rocksdb::Slice(reinterpret_cast<const char*>(&key), sizeof(key)), value);
      }
      const rocksdb::Status status = db_->Write(durable, &batch);
      CHECK(status.ok()) << status.ToString();
    });
  }

 private:
  std::unique_ptr<rocksdb::DB> db_;
};

}  // namespace

std::unique_ptr<Contender> OpenRocksDb(const std::string& directory) { return std::make_unique<RocksDb>(directory); }

}  // namespace tidemark::bench
