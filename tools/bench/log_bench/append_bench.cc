// What an append costs before anything is durable: Engine::Append, and Engine::AppendBatch with 100 records a call,
// against memcpy and CRC-32C of the same payload.
//
//   bazel run --config=opt //tools/bench/log_bench:append_bench [DIR [RECORD_BYTES [SLICES]]]
//
// Appends come in slices of 1 MiB of payload, each in one go; between slices, outside the measured time, the loop runs
// until all is durable. Payloads lie in memory that is larger than the caches, as records that just arrived would not.
// An append does not compute the checksum of its frame: the batch does when it gets its place in the file, just before
// it is written. What that costs is measured by itself, and both together against the floor, too.

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "engine/aof/batch.h"
#include "engine/aof/format.h"
#include "engine/backend/real_env.h"
#include "engine/backend/tracers.h"
#include "engine/base/bytes.h"
#include "engine/base/check.h"
#include "engine/base/crc32c.h"
#include "engine/base/ids.h"
#include "engine/node/engine.h"
#include "engine/segmented_log/entry.h"

namespace tidemark {
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr size_t kSliceBytes = 1u << 20;
constexpr int kSlices = 200;
constexpr size_t kBatchRecords = 100;
// Whoever comes second would find in the caches what the first has read.
constexpr size_t kPayloadBytes = 64 * kSliceBytes;

class NothingKept final : public StateMachine {
 public:
  void Apply(const AppliedRecord&, ApplyDone done) override { done(absl::OkStatus()); }
  PartitionIndex LastApplied(PartitionId) override { return PartitionIndex(0); }
};

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}
double Since(SteadyClock::time_point began, size_t records) {
  return std::chrono::duration<double, std::nano>(SteadyClock::now() - began).count() / static_cast<double>(records);
}

// What it takes to give a batch with such records its place, with all checksums.
double Sealing(ByteSpan payloads, size_t record_bytes) {
  constexpr uint8_t kHeader[kEntryHeaderBytes] = {};
  const size_t records = kSliceBytes / record_bytes;
  aof::Batch batch;
  for (size_t i = 0; i < records; ++i) {
    const ByteSpan parts[] = {kHeader, payloads.subspan(i * record_bytes, record_bytes)};
    batch.AddRecord(Sequence(i + 1), parts);
  }
  const auto began = SteadyClock::now();
  batch.Place({.salt = aof::FrameSalt({1, 2}, 0, 1),
               .offset = 4096,
               .block_bytes = 4096,
               .promised_offset = 4096,
               .promised_sequence = Sequence(0),
               .last = Sequence(records),
               .first = Sequence(1)});
  return Since(began, records);
}

// One engine and what is measured of it.
class Bench {
 public:
  Bench(Engine& engine, EventLoop& loop, int slices) : engine_(engine), loop_(loop), slices_(slices) {
    copy_.Resize(kSliceBytes);
  }

  // Nanoseconds a record, each a median over the slices.
  void Compare(size_t record_bytes) {
    const size_t records = kSliceBytes / record_bytes;
    const bool has_batches = records >= kBatchRecords;
    std::vector<double> floor, append, batch, sealing;
    for (int slice = 0; slice < slices_; ++slice) {
      floor.push_back(Floor(NextSlice(), record_bytes));
      append.push_back(Append(NextSlice(), record_bytes));
      if (has_batches) batch.push_back(AppendBatches(NextSlice(), record_bytes));
      sealing.push_back(Sealing(NextSlice(), record_bytes));
    }
    const double least = Median(floor);
    const double seal = Median(sealing);
    absl::PrintF("%6d B  memcpy + CRC-32C %6.0f ns  sealing %6.0f ns   (%08x)\n", record_bytes, least, seal, crc_);
    Print("one a call", Median(append), seal, least);
    if (has_batches) Print(absl::StrFormat("%d a call", kBatchRecords), Median(batch), seal, least);
  }

 private:
  static void Print(const std::string& name, double append, double seal, double least) {
    absl::PrintF("          %-12s %6.0f ns  ratio %.2f  with sealing %.2f\n", name, append, append / least,
                 (append + seal) / least);
  }

  ByteSpan NextSlice() {
    return AsBytes(payloads_).subspan(kSliceBytes * (next_++ % (kPayloadBytes / kSliceBytes)), kSliceBytes);
  }

  double Floor(ByteSpan source, size_t record_bytes) {
    const auto began = SteadyClock::now();
    for (size_t at = 0; at < kSliceBytes; at += record_bytes) {
      std::memcpy(copy_.data() + at, source.data() + at, record_bytes);
      crc_ ^= Crc32c(ByteSpan(copy_.data() + at, record_bytes));
    }
    return Since(began, kSliceBytes / record_bytes);
  }

  double Append(ByteSpan source, size_t record_bytes) {
    size_t left = kSliceBytes / record_bytes;
    const auto began = SteadyClock::now();
    for (size_t at = 0; at < kSliceBytes; at += record_bytes) {
      engine_.Append(PartitionId(1), source.subspan(at, record_bytes),
                     [&left](const absl::StatusOr<AppendResult>& result) {
                       CHECK(result.ok()) << result.status();
                       --left;
                     });
    }
    const double took = Since(began, kSliceBytes / record_bytes);
    Settle(left);
    return took;
  }

  // The list of what goes into a call is made anew for each, as a client would.
  double AppendBatches(ByteSpan source, size_t record_bytes) {
    size_t left = kSliceBytes / record_bytes;
    std::vector<ByteSpan> batch;
    batch.reserve(kBatchRecords);
    const auto began = SteadyClock::now();
    for (size_t at = 0; at < kSliceBytes;) {
      batch.clear();
      for (; batch.size() < kBatchRecords && at < kSliceBytes; at += record_bytes) {
        batch.push_back(source.subspan(at, record_bytes));
      }
      engine_.AppendBatch(PartitionId(1), batch, [&left](const absl::StatusOr<AppendBatchResult>& result) {
        CHECK(result.ok()) << result.status();
        left -= result->records;
      });
    }
    const double took = Since(began, kSliceBytes / record_bytes);
    Settle(left);
    return took;
  }

  // Until all is durable, forwarded and applied, `left` by then 0.
  void Settle(const size_t& left) {
    CHECK(
        loop_.RunUntil([&] { return left == 0 && engine_.ladder().min_required == engine_.ladder().appended.Next(); }));
  }

  Engine& engine_;
  EventLoop& loop_;
  const int slices_;
  const std::string payloads_ = std::string(kPayloadBytes, 'p');
  size_t next_ = 0;
  AlignedBuffer copy_;
  uint32_t crc_ = 0;
};

void Main(const std::string& parent, const std::vector<size_t>& sizes, int slices) {
  std::string root = parent + "/append-bench-XXXXXX";
  CHECK(::mkdtemp(root.data()) != nullptr) << root;
  {
    const std::unique_ptr<RealEnv> real = *RealEnv::Create({.root = root, .seed = 1});
    NullTracer tracer;
    const Env doors = real->env();
    const Env env{doors.clock, doors.executor, doors.disk, tracer, doors.random};
    NothingKept machine;
    EngineOptions options;
    options.store_id = {1, 2};
    options.mode = EngineOptions::Mode::kCreate;
    std::unique_ptr<Engine> engine;
    bool created = false;
    Engine::Recover(env, options, machine, [&](Engine::RecoverOutcome outcome) {
      engine = std::move(outcome.engine).value();
      engine->CreatePartition(PartitionId(1), [&](const absl::Status& status) { created = status.ok(); });
    });
    CHECK(real->loop().RunUntil([&] { return created; }));
    Bench bench(*engine, real->loop(), slices);
    for (size_t record_bytes : sizes) bench.Compare(record_bytes);
  }
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace tidemark

int main(int argc, char** argv) {
  std::vector<size_t> sizes = {128, 1024, 16384, 262144};
  if (argc > 2) sizes = {std::stoul(argv[2])};
  tidemark::Main(argc > 1 ? argv[1] : ".", sizes, argc > 3 ? std::stoi(argv[3]) : tidemark::kSlices);
}
