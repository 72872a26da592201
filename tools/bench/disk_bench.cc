// What the real backend costs over the kernel: one durable append (write, then sync the data) into a zero-filled
// file, by a bare pwrite + fdatasync loop (the floor) and through File::Write + File::SyncData on the event loop.
//
// Floor and backend alternate within each iteration, because a disk's speed drifts by more than the difference; the
// result is the ratio of their medians. Files lie in $BENCH_DIR, else in /tmp: say where your store will be.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "benchmark/benchmark.h"
#include "engine/backend/event_loop.h"
#include "engine/backend/real_env.h"
#include "engine/backend/system_clock.h"
#include "engine/base/bytes.h"
#include "engine/base/check.h"
#include "engine/env/disk.h"

namespace tidemark {
namespace {

constexpr uint64_t kFileBytes = 16 << 20;

double Median(std::vector<int64_t>& samples) {
  const auto middle = samples.begin() + samples.size() / 2;
  std::nth_element(samples.begin(), middle, samples.end());
  return static_cast<double>(*middle);
}

// A scratch directory with one zero-filled file for each side.
class Bench {
 public:
  explicit Bench(bool direct) : root_(FreshDirectory()), real_(*RealEnv::Create({.root = root_, .seed = 1})) {
    file_ = ZeroFilled("backend", direct);
    ZeroFilled("floor", false);
    floor_fd_ = ::open((root_ + "/floor").c_str(), O_RDWR | (direct && file_->alignment() > 1 ? O_DIRECT : 0));
    CHECK_GE(floor_fd_, 0) << root_;
  }
  ~Bench() {
    ::close(floor_fd_);
    busy_.clear();
    file_.reset();
    std::filesystem::remove_all(root_);
  }

  void FloorAppend(uint64_t offset, ByteSpan bytes) {
    CHECK_EQ(::pwrite(floor_fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset)), bytes.size());
    CHECK_EQ(::fdatasync(floor_fd_), 0);
  }
  void BackendAppend(uint64_t offset, ByteSpan bytes) {
    bool durable = false;
    file_->Write(offset, {bytes}, [&](absl::StatusOr<size_t> put) {
      CHECK(put.ok() && *put == bytes.size()) << put.status();
      file_->SyncData([&](absl::Status synced) {
        CHECK(synced.ok()) << synced;
        durable = true;
      });
    });
    CHECK(real_->loop().RunUntil([&] { return durable; }));
  }
  // From now on `count` more files write and sync one block after another whenever the loop runs.
  void KeepBusy(int count) {
    block_.Resize(4096);
    for (int i = 0; i < count; ++i) busy_.push_back(ZeroFilled(std::to_string(i), false));
    for (const auto& file : busy_) AppendForever(file.get(), 0);
  }

 private:
  void AppendForever(File* file, uint64_t offset) {
    const ByteSpan block = block_.span();
    file->Write(offset, {block}, [=, this](absl::StatusOr<size_t> put) {
      CHECK(put.ok()) << put.status();
      file->SyncData([=, this](absl::Status synced) {
        CHECK(synced.ok()) << synced;
        AppendForever(file, (offset + block.size()) % kFileBytes);
      });
    });
  }
  static std::string FreshDirectory() {
    const char* parent = std::getenv("BENCH_DIR");
    std::string path = std::string(parent == nullptr ? "/tmp" : parent) + "/disk-bench-XXXXXX";
    CHECK(mkdtemp(path.data()) != nullptr) << path;
    return path;
  }
  std::unique_ptr<File> ZeroFilled(absl::string_view name, bool direct) {
    std::unique_ptr<File> file;
    real_->env().disk.Open(name, {.mode = OpenOptions::Mode::kCreateNew, .direct = direct}, [&](auto opened) {
      CHECK(opened.ok()) << opened.status();
      file = *std::move(opened);
      file->Preallocate(kFileBytes, [&](absl::Status grown) {
        CHECK(grown.ok()) << grown;
        file->SyncAll([](absl::Status synced) { CHECK(synced.ok()) << synced; });
      });
    });
    CHECK(!real_->loop().RunUntil([] { return false; }));
    return file;
  }

  const std::string root_;
  const std::unique_ptr<RealEnv> real_;
  std::unique_ptr<File> file_;
  int floor_fd_ = -1;
  AlignedBuffer block_;
  std::vector<std::unique_ptr<File>> busy_;
};

void DurableAppend(benchmark::State& state, bool direct) {
  Bench bench(direct);
  SystemClock clock;
  AlignedBuffer bytes;
  bytes.Resize(static_cast<size_t>(state.range(0)));
  std::vector<int64_t> floor, backend;
  uint64_t offset = 0;
  for (auto _ : state) {
    const Instant start = clock.Now();
    bench.FloorAppend(offset, bytes.span());
    const Instant middle = clock.Now();
    bench.BackendAppend(offset, bytes.span());
    const Instant end = clock.Now();
    floor.push_back((middle - start).nanos());
    backend.push_back((end - middle).nanos());
    offset = (offset + bytes.size()) % kFileBytes;
  }
  const double floor_ns = Median(floor), backend_ns = Median(backend);
  state.counters["floor_us"] = floor_ns / 1000;
  state.counters["backend_us"] = backend_ns / 1000;
  state.counters["ratio"] = backend_ns / floor_ns;
}
BENCHMARK_CAPTURE(DurableAppend, buffered, false)->RangeMultiplier(16)->Range(4096, 1 << 20)->UseRealTime();
BENCHMARK_CAPTURE(DurableAppend, direct, true)->RangeMultiplier(16)->Range(4096, 1 << 20)->UseRealTime();

// One file appends durably while others do so without pause on the same loop, as a log among its partitions: what
// it waits for is the disk, as long as the pool has a thread
// for it (compare UV_THREADPOOL_SIZE=4 in the environment).
void DurableAppendAmongBusyFiles(benchmark::State& state) {
  Bench bench(/*direct=*/false);
  bench.KeepBusy(static_cast<int>(state.range(0)));
  AlignedBuffer bytes;
  bytes.Resize(4096);
  uint64_t offset = 0;
  for (auto _ : state) {
    bench.BackendAppend(offset, bytes.span());
    offset = (offset + bytes.size()) % kFileBytes;
  }
}
BENCHMARK(DurableAppendAmongBusyFiles)->Arg(0)->Arg(4)->Arg(16)->UseRealTime();

void PostedTask(benchmark::State& state) {
  const auto loop = *EventLoop::Create();
  for (auto _ : state) {
    int left = 1000;
    for (int i = 0; i < 1000; ++i) loop->Post([&left] { --left; });
    CHECK(loop->RunUntil([&] { return left == 0; }));
  }
  state.SetItemsProcessed(state.iterations() * 1000);
}
BENCHMARK(PostedTask);

void BlockingCallRoundTrip(benchmark::State& state) {
  const auto loop = *EventLoop::Create();
  for (auto _ : state) {
    bool done = false;
    loop->RunBlocking([] { return true; }, [&done](bool result) { done = result; });
    CHECK(loop->RunUntil([&] { return done; }));
  }
}
BENCHMARK(BlockingCallRoundTrip)->UseRealTime();

}  // namespace
}  // namespace tidemark
