#include <algorithm>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "engine/backend/real_env.h"
#include "engine/backend/tracers.h"
#include "engine/base/bytes.h"
#include "engine/base/check.h"
#include "engine/base/time.h"
#include "engine/metrics/metered_disk.h"
#include "engine/node/engine.h"
#include "tools/bench/log_bench/contender.h"

namespace tidemark::bench {
namespace {

// Counts what the log's file alone writes and syncs.
class LogSyncs final : public MeteredDisk::Observer {
 public:
  void OnWrite(absl::string_view path, uint64_t bytes, Duration) override {
    if (absl::StartsWith(path, "log/")) written += bytes;
  }
  void OnWriteAndSync(absl::string_view path, uint64_t bytes, Duration took) override {
    OnWrite(path, bytes, took);
    OnSync(path, took);
  }
  void OnSync(absl::string_view path, Duration) override { ++(absl::StartsWith(path, "log/") ? syncs : other_syncs); }
  void OnError(absl::string_view path) override { CHECK(false) << "disk error on " << std::string(path); }

  uint64_t written = 0;
  uint64_t syncs = 0;
  uint64_t other_syncs = 0;
};

class NothingKept final : public StateMachine {
 public:
  void Apply(const AppliedRecord&, ApplyDone done) override { done(absl::OkStatus()); }
  PartitionIndex LastApplied(PartitionId) override { return PartitionIndex(0); }
};

// Room for the largest rate of a run, and small partition files: with the default of 16 MiB each, and a spare, 1,024 of
// them would take 32 GiB.
EngineOptions OptionsFor(const Load& load) {
  EngineOptions options;
  options.store_id = {1, 2};
  options.mode = EngineOptions::Mode::kCreate;
  options.max_payload_bytes = 8u << 10;
  options.partition_segment_bytes = load.partitions > 64 ? 256u << 10 : load.partitions > 1 ? 1u << 20 : 16u << 20;
  return options;
}

class Tidemark final : public Contender {
 public:
  Tidemark(const std::string& directory, const Load& load)
      : real_(*RealEnv::Create({.root = directory, .seed = 1})), disk_(real_->env().disk, real_->env().clock, syncs_) {
    const Env real = real_->env();
    const Env env{real.clock, real.executor, disk_, tracer_, real.random};
    bool opened = false;
    Engine::Recover(env, OptionsFor(load), machine_, [&](Engine::RecoverOutcome outcome) {
      CHECK(outcome.engine.ok()) << outcome.engine.status();
      engine_ = *std::move(outcome.engine);
      opened = true;
    });
    CHECK(real_->loop().RunUntil([&] { return opened; }));
    uint32_t left = load.partitions;
    for (uint32_t p = 1; p <= load.partitions; ++p) {
      engine_->CreatePartition(PartitionId(p), [&](const absl::Status& created) {
        CHECK(created.ok()) << created;
        --left;
      });
    }
    CHECK(real_->loop().RunUntil([&] { return left == 0; }));
    Settle();
  }

  Result Run(const Load& load, Nanos duration) override {
    payload_.assign(load.record_bytes, 'v');
    result_ = Result();
    load_ = load;
    const uint64_t syncs_before = syncs_.syncs, bytes_before = syncs_.written;
    began_ = SteadyClock::now();
    end_ = began_ + duration;
    over_ = false;
    clients_.assign(load.batch > 0 ? 1 : load.in_flight, Client{.began = began_});
    batch_.assign(load.batch, AsBytes(payload_));
    for (size_t client = 0; client < clients_.size(); ++client) Begin(client);
    CHECK(real_->loop().RunUntil([&] { return under_way_ == 0; }));
    result_.seconds = std::chrono::duration<double>(SteadyClock::now() - began_).count();
    result_.syncs = syncs_.syncs - syncs_before;
    result_.synced_bytes = syncs_.written - bytes_before;
    const auto stopped = SteadyClock::now();
    Settle();
    result_.settle_seconds = std::chrono::duration<double>(SteadyClock::now() - stopped).count();
    return std::move(result_);
  }

 private:
  struct Client {
    PartitionId partition = {};
    SteadyClock::time_point began = {};
  };
  // To ask what time it is costs a third of an append: of many clients one in so many does.
  static constexpr size_t kClientsPerClock = 8;

  // Until nothing is left to do: partition files are synced, files of the next rotation are made. Whoever runs next has
  // the disk to himself.
  void Settle() {
    real_->loop().RunUntil([] { return false; });
  }

  void Begin(size_t client) {
    ++under_way_;
    clients_[client].partition = PartitionId(1 + next_++ % load_.partitions);
    Append(client);
  }

  // A record, or a batch of them. Until it is taken: a store that is behind refuses, and the wait is the client's.
  void Append(size_t client) {
    if (load_.batch > 0) {
      return engine_->AppendBatch(
          clients_[client].partition, batch_,
          [this, client](const absl::StatusOr<AppendBatchResult>& result) { OnAnswer(client, result.status()); });
    }
    engine_->Append(clients_[client].partition, AsBytes(payload_),
                    [this, client](const absl::StatusOr<AppendResult>& result) { OnAnswer(client, result.status()); });
  }

  void OnAnswer(size_t client, const absl::Status& status) {
    if (absl::IsResourceExhausted(status)) {
      ++result_.refusals;
      real_->env().executor.ScheduleAfter(Duration::Millis(1), [this, client] { Append(client); });
      return;
    }
    CHECK(status.ok()) << status;
    result_.records += std::max<size_t>(load_.batch, 1);
    --under_way_;
    if (client % kClientsPerClock == 0) {
      const auto now = SteadyClock::now();
      result_.latency_ns.push_back((now - std::exchange(clients_[client].began, now)).count());
      over_ = now >= end_;
    }
    if (!over_) Begin(client);
  }

  LogSyncs syncs_;
  NullTracer tracer_;
  NothingKept machine_;
  const std::unique_ptr<RealEnv> real_;
  MeteredDisk disk_;
  std::unique_ptr<Engine> engine_;

  Load load_;
  std::vector<Client> clients_;
  std::string payload_;
  std::vector<ByteSpan> batch_;
  Result result_;
  SteadyClock::time_point began_, end_;
  bool over_ = false;
  size_t under_way_ = 0;
  uint64_t next_ = 0;
};

}  // namespace

std::unique_ptr<Contender> OpenTidemark(const std::string& directory, const Load& load) {
  return std::make_unique<Tidemark>(directory, load);
}

}  // namespace tidemark::bench
