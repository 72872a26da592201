// What an append costs before anything is durable: Engine::Append, against memcpy and CRC-32C of the same payload.
//
//   bazel run --config=opt //tools/bench/log_bench:append_bench [DIR]
//
// Appends come in slices of 1 MiB of payload, each in one go; between slices, outside the measured time, the loop runs
// until all is durable. Payloads lie in memory that is larger than the caches, as records that just arrived would not.

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "engine/backend/real_env.h"
#include "engine/backend/tracers.h"
#include "engine/base/bytes.h"
#include "engine/base/check.h"
#include "engine/base/crc32c.h"
#include "engine/node/engine.h"

namespace tidemark {
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr size_t kSliceBytes = 1u << 20;
constexpr int kSlices = 200;

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

// Nanoseconds a record, each a median over the slices.
void Compare(Engine& engine, EventLoop& loop, size_t record_bytes) {
  const size_t records = kSliceBytes / record_bytes;
  std::string payloads(kSliceBytes, 'p');
  AlignedBuffer copy;
  copy.Resize(kSliceBytes);
  std::vector<double> floor, append;
  uint32_t crc = 0;
  for (int slice = 0; slice < kSlices; ++slice) {
    size_t left = records;
    auto began = SteadyClock::now();
    for (size_t i = 0; i < records; ++i) {
      const ByteSpan payload = AsBytes(payloads).subspan(i * record_bytes, record_bytes);
      std::memcpy(copy.data() + i * record_bytes, payload.data(), payload.size());
      crc ^= Crc32c(ByteSpan(copy.data() + i * record_bytes, record_bytes));
    }
    floor.push_back(Since(began, records));
    began = SteadyClock::now();
    for (size_t i = 0; i < records; ++i) {
      engine.Append(PartitionId(1), AsBytes(payloads).subspan(i * record_bytes, record_bytes),
                    [&left](const absl::StatusOr<AppendResult>& result) {
                      CHECK(result.ok()) << result.status();
                      --left;
                    });
    }
    append.push_back(Since(began, records));
    CHECK(loop.RunUntil([&] { return left == 0 && engine.ladder().min_required == engine.ladder().appended.Next(); }));
  }
  absl::PrintF("%5d B  memcpy + CRC-32C %6.0f ns  Append %6.0f ns  ratio %.2f   (%08x)\n", record_bytes, Median(floor),
               Median(append), Median(append) / Median(floor), crc);
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
