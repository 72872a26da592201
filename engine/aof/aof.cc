#include "engine/aof/aof.h"

#include <utility>

#include "engine/aof/core.h"
#include "engine/aof/opening.h"

namespace tidemark::aof {

void Aof::Open(const Env& env, Options options, Replay& replay, Listener& listener, OpenDone done) {
  auto opened = [env, options, &listener, done = std::move(done)](absl::StatusOr<OpenReport> report,
                                                                  std::unique_ptr<LogState> state) mutable {
    if (!report.ok()) return done(report.status());
    auto core = std::make_shared<Core>(env, std::move(options), listener, std::move(*state));
    core->Start();
    done(Opened{.aof = std::unique_ptr<Aof>(new Aof(std::move(core))), .report = *report});
  };
  std::make_shared<Opening>(env, options, replay, listener, std::move(opened))->Start();
}

Aof::Aof(std::shared_ptr<Core> core) : core_(std::move(core)) {}

Aof::~Aof() { core_->Close(); }

absl::StatusOr<Sequence> Aof::Append(absl::Span<const ByteSpan> payload_parts) { return core_->Append(payload_parts); }
absl::StatusOr<Sequence> Aof::AppendAll(const NewRecords& records) { return core_->AppendAll(records); }
absl::Status Aof::AppendNote(ByteSpan note) { return core_->AppendNote(note); }
absl::Status Aof::TruncateSuffix(Sequence new_end) { return core_->TruncateSuffix(new_end); }
void Aof::TruncatePrefix(Sequence new_first, DiskDone done) { core_->TruncatePrefix(new_first, std::move(done)); }
void Aof::Restart(Sequence base, DiskDone done) { core_->Restart(base, std::move(done)); }
void Aof::WriteNow() { core_->WriteNow(); }
void Aof::Flush(DiskDone done) { core_->Flush(std::move(done)); }
void Aof::RetryNow() { core_->RetryNow(); }
void Aof::Prefetch(int steps) const { steps == 0 ? tidemark::Prefetch(this) : core_->Prefetch(steps - 1); }

void Aof::Read(Sequence sequence, ReadDone done) {
  core_->ReadRange(sequence, 1, 0, [done = std::move(done)](absl::StatusOr<std::vector<Record>> records) mutable {
    if (!records.ok()) return done(records.status());
    done(std::move(records->front().payload));
  });
}
void Aof::ReadRange(Sequence from, uint64_t max_records, uint64_t max_bytes, ReadRangeDone done) {
  core_->ReadRange(from, max_records, max_bytes, std::move(done));
}
bool Aof::FindInMemory(Sequence sequence, ByteSpan* payload) const { return core_->FindInMemory(sequence, payload); }
void Aof::PinMemory() { core_->PinMemory(); }
void Aof::UnpinMemory() { core_->UnpinMemory(); }
void Aof::ReleaseMemory(Sequence first) { core_->ReleaseMemory(first); }
Sequence Aof::DamagedThrough(Sequence sequence) const { return core_->DamagedThrough(sequence); }
void Aof::CheckSkipped(DiskDone done) { core_->CheckSkipped(std::move(done)); }

Sequence Aof::first() const { return core_->first(); }
Sequence Aof::appended() const { return core_->appended(); }
Sequence Aof::durable() const { return core_->durable(); }
bool Aof::poisoned() const { return core_->poisoned(); }
bool Aof::full() const { return core_->full(); }
uint64_t Aof::pending_bytes() const { return core_->pending_bytes(); }
uint64_t Aof::file_bytes() const { return core_->file_bytes(); }

}  // namespace tidemark::aof
