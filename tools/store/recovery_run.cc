#include "tools/store/recovery_run.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/types/optional.h"
#include "engine/apply/state_machine.h"
#include "engine/backend/system_clock.h"
#include "engine/backend/tracers.h"
#include "engine/base/bytes.h"
#include "engine/env/env.h"
#include "engine/node/engine.h"
#include "engine/segmented_log/entry.h"

namespace tidemark::tools {
namespace {

constexpr uint64_t kSegmentAlignment = 4096;

// What recovery asks of a state machine is only how far it is: at least as far as the snapshot below which its
// partition's file was cut, else as far as the file where nothing is wrong with it.
class StandIn final : public StateMachine {
 public:
  explicit StandIn(const StoreSurvey& survey) : survey_(survey) {}
  void Apply(const AppliedRecord&, ApplyDone) override {}
  PartitionIndex LastApplied(PartitionId partition) override {
    for (const PartitionSurvey& p : survey_.partitions) {
      if (p.partition != partition) continue;
      return p.file.whole() ? p.last() : PartitionIndex(p.file.first.value()).Prev();
    }
    return PartitionIndex(0);
  }

 private:
  const StoreSurvey& survey_;
};

const aof::FileHeader* NewestHeader(const AofSurvey& file) {
  for (auto segment = file.segments.rbegin(); segment != file.segments.rend(); ++segment) {
    if (segment->header.has_value()) return &*segment->header;
  }
  return nullptr;
}

}  // namespace

EngineOptions StoredOptions(const StoreSurvey& survey, bool accept_lost_tail) {
  EngineOptions options;
  options.store_id = survey.store_id;
  options.accept_lost_tail = accept_lost_tail;
  options.auto_truncate = false;
  options.snapshot_bytes = 0;
  options.scan_partition_files = true;
  if (const aof::FileHeader* log = NewestHeader(survey.log.file); log != nullptr) {
    options.log_segment_bytes = log->segment_bytes;
    options.block_bytes = log->block_bytes;
    options.max_payload_bytes = std::max<uint32_t>(log->max_record_bytes, kEntryHeaderBytes + 1) - kEntryHeaderBytes;
  }
  for (const PartitionSurvey& p : survey.partitions) {
    if (const aof::FileHeader* newest = NewestHeader(p.file); newest != nullptr) {
      options.partition_segment_bytes = newest->segment_bytes;
    }
  }
  // Files that are made anew must take the largest record.
  const uint64_t least =
      AlignUp(std::max<uint64_t>(8 * uint64_t{options.max_payload_bytes}, 64u << 10), kSegmentAlignment);
  options.log_segment_bytes = std::max(options.log_segment_bytes, least);
  options.partition_segment_bytes = std::max(options.partition_segment_bytes, least);
  return options;
}

RecoveryRun RunRecovery(EventLoop& loop, Disk& disk, const StoreSurvey& survey, const EngineOptions& options,
                        absl::FunctionRef<void()> stop) {
  SystemClock clock;
  NullTracer tracer;
  const Env env{.clock = clock, .executor = loop, .disk = disk, .tracer = tracer, .random = RandomKey(1)};
  StandIn machine(survey);
  absl::optional<Engine::RecoverOutcome> outcome;
  Engine::Recover(env, options, machine, [&](Engine::RecoverOutcome recovered) {
    stop();
    outcome = std::move(recovered);
  });
  if (!loop.RunUntil([&] { return outcome.has_value(); })) {
    return {absl::InternalError("recovery came to a standstill"), RecoveryReport()};
  }
  return {outcome->engine.status(), std::move(outcome->report)};
}

}  // namespace tidemark::tools
