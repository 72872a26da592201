#include "engine/node/engine.h"

#include <utility>

#include "engine/node/coordinator.h"
#include "engine/node/recovery.h"

namespace tidemark {

void Engine::Recover(const Env& env, const EngineOptions& options, StateMachine& machine,
                     absl::AnyInvocable<void(RecoverOutcome)> done) {
  std::make_shared<Recovery>(env, options, machine, std::move(done))->Start();
}

Engine::Engine(std::unique_ptr<Coordinator> coordinator) : coordinator_(std::move(coordinator)) {}
Engine::~Engine() = default;

void Engine::CreatePartition(PartitionId partition, CreateDone done) {
  coordinator_->CreatePartition(partition, std::move(done));
}
void Engine::DropPartition(PartitionId partition, CreateDone done) {
  coordinator_->DropPartition(partition, std::move(done));
}
void Engine::Follow(PartitionId partition, PartitionIndex from, uint64_t max_records, uint64_t max_bytes,
                    EntriesDone done) {
  coordinator_->Follow(partition, from, max_records, max_bytes, std::move(done));
}
void Engine::Barrier(const std::vector<PartitionId>& partitions, RaftIndex through, CreateDone done) {
  coordinator_->Barrier(partitions, through, std::move(done));
}
void Engine::Append(PartitionId partition, ByteSpan payload, AppendDone done) {
  coordinator_->Append(partition, payload, std::move(done));
}
void Engine::AppendBatch(PartitionId partition, absl::Span<const ByteSpan> payloads, AppendBatchDone done) {
  coordinator_->AppendBatch(partition, payloads, std::move(done));
}
void Engine::Read(PartitionId partition, PartitionIndex index, EntryDone done) {
  coordinator_->Read(partition, index, std::move(done));
}
void Engine::ReadEntry(RaftIndex index, EntryDone done) { coordinator_->ReadEntry(index, std::move(done)); }
void Engine::SnapshotNow(PartitionId partition, CreateDone done) {
  coordinator_->SnapshotNow(partition, std::move(done));
}
void Engine::TruncateNow(TruncateDone done) { coordinator_->TruncateNow(std::move(done)); }
void Engine::Flush(CreateDone done) { coordinator_->Flush(std::move(done)); }
void Engine::RetryNow() { coordinator_->RetryNow(); }
const Ladder& Engine::ladder() const { return coordinator_->ladder(); }
void Engine::Prefetch(PartitionId partition) const { coordinator_->Prefetch(partition); }
bool Engine::HasPartition(PartitionId partition) const { return coordinator_->HasPartition(partition); }
bool Engine::poisoned() const { return coordinator_->poisoned(); }
bool Engine::full() const { return coordinator_->full(); }
Term Engine::term() const { return coordinator_->term(); }

}  // namespace tidemark
