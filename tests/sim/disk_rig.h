#pragma once

// A simulated disk on a bench: no world, no plan but the faults a test asks for, and calls that wait.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/base/time.h"
#include "fault/disk_policy.h"
#include "fault/plan.h"
#include "sim/sim_disk.h"

namespace tidemark::sim {

// Seeds that a test tries.
inline constexpr uint64_t kKeys = 64;

inline LossRules Rules(uint64_t keep, uint64_t garbage, uint64_t names,
                       LossRules::Tear tear = LossRules::Tear::kSector) {
  return {keep, garbage, names, tear, 512};
}

// One fault, of all files.
inline fault::Plan PlanOf(fault::FaultKind kind, int64_t count = 0, Duration length = Duration::Seconds(3600)) {
  fault::Fault fault;
  fault.id = 1;
  fault.kind = kind;
  fault.length = length;
  fault.params.Set(fault::Param::kCount, count);
  fault::Plan plan;
  plan.faults.push_back(fault);
  return plan;
}

// 512 bytes of each letter.
inline std::string Sectors(const std::string& letters) {
  std::string out;
  for (char c : letters) out += std::string(512, c);
  return out;
}

class DiskRig {
 public:
  explicit DiskRig(uint64_t seed = 1, fault::Plan plan = {}, uint64_t capacity_bytes = 1u << 20)
      : plan_((plan.seed = seed, std::move(plan))),
        scheduler_(seed),
        clock_(scheduler_),
        executor_(scheduler_, clock_),
        trace_(true),
        host_{scheduler_, executor_, trace_, NodeId(1)},
        policy_(plan_, NodeId(1)),
        disk_(DiskOptions{capacity_bytes, Duration::Micros(20), Duration::Micros(10), Duration::Micros(100)},
              RandomKey(seed)) {
    disk_.Attach(&host_, &policy_, nullptr);
  }

  SimDisk& disk() { return disk_; }
  Trace& trace() { return trace_; }
  Scheduler& scheduler() { return scheduler_; }
  SimExecutor& executor() { return executor_; }
  void Run() {
    while (!scheduler_.idle()) scheduler_.Step();
  }

  std::unique_ptr<File> Create(absl::string_view path) { return *Open(path, OpenOptions::Mode::kCreateNew); }
  absl::StatusOr<std::unique_ptr<File>> Open(absl::string_view path,
                                             OpenOptions::Mode mode = OpenOptions::Mode::kExisting) {
    std::optional<absl::StatusOr<std::unique_ptr<File>>> result;
    disk_.Open(path, {mode, false}, [&](auto r) { result = std::move(r); });
    Run();
    return *std::move(result);
  }
  // A file of that name, durable, with the content synced.
  std::unique_ptr<File> CreateDurable(absl::string_view path, absl::string_view content) {
    std::unique_ptr<File> file = Create(path);
    (void)Write(*file, 0, content);
    (void)SyncAll(*file);
    (void)SyncDirectory("");
    return file;
  }
  absl::StatusOr<size_t> Write(File& file, uint64_t offset, absl::string_view bytes) {
    std::optional<absl::StatusOr<size_t>> result;
    const ByteSpan part = AsBytes(bytes);
    file.Write(offset, {part}, [&](auto r) { result = r; });
    Run();
    return *result;
  }
  absl::StatusOr<std::string> ReadBack(File& file, uint64_t offset, size_t length) {
    std::string out(length, '?');
    std::optional<absl::StatusOr<size_t>> result;
    file.Read(offset, MutableByteSpan(reinterpret_cast<uint8_t*>(out.data()), out.size()), [&](auto r) { result = r; });
    Run();
    if (!result->ok()) return result->status();
    out.resize(**result);
    return out;
  }
  std::string Content(absl::string_view path, size_t length = 1 << 16) { return *ReadBack(**Open(path), 0, length); }
  bool Exists(absl::string_view path) { return Open(path).ok(); }

  absl::Status SyncData(File& file) {
    return Wait([&](DiskDone done) { file.SyncData(std::move(done)); });
  }
  absl::Status SyncAll(File& file) {
    return Wait([&](DiskDone done) { file.SyncAll(std::move(done)); });
  }
  absl::Status Preallocate(File& file, uint64_t size) {
    return Wait([&](DiskDone done) { file.Preallocate(size, std::move(done)); });
  }
  absl::Status Truncate(File& file, uint64_t size) {
    return Wait([&](DiskDone done) { file.Truncate(size, std::move(done)); });
  }
  absl::Status SyncDirectory(absl::string_view path) {
    return Wait([&](DiskDone done) { disk_.SyncDirectory(path, std::move(done)); });
  }
  absl::Status MakeDirectory(absl::string_view path) {
    return Wait([&](DiskDone done) { disk_.MakeDirectory(path, std::move(done)); });
  }
  absl::Status Rename(absl::string_view from, absl::string_view to) {
    return Wait([&](DiskDone done) { disk_.Rename(from, to, std::move(done)); });
  }
  absl::Status Remove(absl::string_view path) {
    return Wait([&](DiskDone done) { disk_.Remove(path, std::move(done)); });
  }
  uint64_t FreeBytes() {
    uint64_t free = 0;
    disk_.Space([&](auto space) { free = space->free_bytes; });
    Run();
    return free;
  }

  LossCount PowerLoss(LossRules rules, uint64_t key) {
    const LossCount count = disk_.PowerLoss(rules, RandomKey(key));
    executor_.Clear();
    return count;
  }
  void ProcessCrash(uint64_t key) {
    disk_.ProcessCrash(RandomKey(key));
    executor_.Clear();
  }

 private:
  template <typename Call>
  absl::Status Wait(Call call) {
    std::optional<absl::Status> result;
    call([&](absl::Status status) { result = status; });
    Run();
    return *result;
  }

  const fault::Plan plan_;
  Scheduler scheduler_;
  SimClock clock_;
  SimExecutor executor_;
  Trace trace_;
  DiskHost host_;
  fault::DiskPolicy policy_;
  SimDisk disk_;
};

}  // namespace tidemark::sim
