// What an append costs before anything is durable: Engine::Append, against memcpy and CRC-32C of the same payload.
//
//   bazel run --config=opt //tools/bench/log_bench:append_bench [DIR]
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

// Nanoseconds a record, each a median over the slices.
void Compare(Engine& engine, EventLoop& loop, size_t record_bytes) {
  const size_t records = kSliceBytes / record_bytes;
  const std::string payloads(kPayloadBytes, 'p');
  size_t next = 0;
  const auto next_slice = [&] {
    return AsBytes(payloads).subspan(kSliceBytes * (next++ % (kPayloadBytes / kSliceBytes)), kSliceBytes);
  };
  AlignedBuffer copy;
  copy.Resize(kSliceBytes);
  std::vector<double> floor, append, sealing;
  uint32_t crc = 0;
  for (int slice = 0; slice < kSlices; ++slice) {
    size_t left = records;
    ByteSpan source = next_slice();
    auto began = SteadyClock::now();
    for (size_t i = 0; i < records; ++i) {
      const ByteSpan payload = source.subspan(i * record_bytes, record_bytes);
      std::memcpy(copy.data() + i * record_bytes, payload.data(), payload.size());
      crc ^= Crc32c(ByteSpan(copy.data() + i * record_bytes, record_bytes));
    }
    floor.push_back(Since(began, records));
    source = next_slice();
    began = SteadyClock::now();
    for (size_t i = 0; i < records; ++i) {
      engine.Append(PartitionId(1), source.subspan(i * record_bytes, record_bytes),
                    [&left](const absl::StatusOr<AppendResult>& result) {
                      CHECK(result.ok()) << result.status();
                      --left;
                    });
    }
    append.push_back(Since(began, records));
    sealing.push_back(Sealing(source, record_bytes));
    CHECK(loop.RunUntil([&] { return left == 0 && engine.ladder().min_required == engine.ladder().appended.Next(); }));
  }
  const double least = Median(floor);
  absl::PrintF("%6d B  memcpy + CRC-32C %6.0f ns  Append %6.0f ns  ratio %.2f  sealing %6.0f ns  both %.2f   (%08x)\n",
               record_bytes, least, Median(append), Median(append) / least, Median(sealing),
               (Median(append) + Median(sealing)) / least, crc);
}

void Main(const std::string& parent) {
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
    for (size_t record_bytes : {128, 1024, 16384, 262144}) Compare(*engine, real->loop(), record_bytes);
  }
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace tidemark

int main(int argc, char** argv) { tidemark::Main(argc > 1 ? argv[1] : "."); }
