#include "engine/node/spill.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "engine/aof/replay.h"
#include "engine/base/check.h"
#include "engine/base/status.h"

namespace tidemark {

// Listens to the AOF while it opens.
class Spill::Visit : public aof::Replay {
 public:
  explicit Visit(Spill& spill) : spill_(spill) {}

  void OnHeadNote(ByteSpan, Sequence) override {}
  void OnRecord(Sequence sequence, ByteSpan payload, aof::Location) override {
    const absl::StatusOr<SpillRecordView> record = DecodeSpillRecord(payload);
    if (!record.ok()) {
      if (status_.ok()) status_ = Annotate(record.status(), sequence.ToString());
      return;
    }
    const OutstandingRecord outstanding{record->raft_index, static_cast<uint32_t>(record->entry.payload.size()),
                                        spill_.tracer_.PayloadCrc(record->entry.payload)};
    found_[sequence] = {{record->entry.header.partition, record->entry.header.partition_index}, outstanding};
  }
  void OnNote(ByteSpan, Sequence) override {}
  void OnCut(Sequence new_end) override { found_.erase(found_.upper_bound(new_end), found_.end()); }
  void OnFloor(Sequence first) override { found_.erase(found_.begin(), found_.lower_bound(first)); }
  absl::Status Verdict() override { return status_; }

  void Finish() {
    for (const auto& [sequence, found] : found_) spill_.Note(sequence, found.first, found.second);
  }

 private:
  Spill& spill_;
  absl::btree_map<Sequence, std::pair<Key, OutstandingRecord>> found_;
  absl::Status status_;
};

void Spill::Open(const Env& env, const aof::Options& options, OpenDone done) {
  std::unique_ptr<Spill> spill(new Spill(env.tracer));
  auto visit = std::make_unique<Visit>(*spill);
  aof::Replay& replay = *visit;
  aof::Listener& listener = *spill;
  aof::Aof::Open(env, options, replay, listener,
                 [spill = std::move(spill), visit = std::move(visit),
                  done = std::move(done)](absl::StatusOr<aof::Opened> opened) mutable {
                   if (!opened.ok()) return done(opened.status());
                   spill->aof_ = std::move(opened->aof);
                   visit->Finish();
                   done(std::move(spill));
                 });
}

Spill::~Spill() = default;

absl::Status Spill::Add(RaftIndex raft_index, const EntryView& entry) {
  uint8_t header[kSpillRecordHeaderBytes];
  EncodeSpillRecordHeader(raft_index, entry.header, header);
  const ByteSpan parts[] = {ByteSpan(header, sizeof(header)), entry.payload};
  const absl::StatusOr<Sequence> sequence = aof_->Append(parts);
  if (!sequence.ok()) return sequence.status();
  Note(*sequence, {entry.header.partition, entry.header.partition_index},
       {raft_index, static_cast<uint32_t>(entry.payload.size()), tracer_.PayloadCrc(entry.payload)});
  return absl::OkStatus();
}

// The newest copy counts.
void Spill::Note(Sequence sequence, Key key, const OutstandingRecord& record) {
  if (const auto earlier = places_.find(key); earlier != places_.end()) Forget(earlier);
  places_[key] = {sequence, record};
  const uint64_t bytes = FrameBytes(record.payload_bytes);
  copies_[sequence] = {key, bytes, true};
  live_bytes_ += bytes;
}

const OutstandingRecord* Spill::Find(PartitionId partition, PartitionIndex index) const {
  const auto place = places_.find({partition, index});
  return place == places_.end() ? nullptr : &place->second.record;
}

void Spill::Read(PartitionId partition, PartitionIndex index, EntryDone done) {
  const auto place = places_.find({partition, index});
  // Of a sequence that nobody has used yet: kTruncated.
  const Sequence sequence = place == places_.end() ? aof_->appended().Next() : place->second.sequence;
  aof_->Read(sequence,
             [this, partition, index, sequence, done = std::move(done)](absl::StatusOr<std::string> bytes) mutable {
               const auto now = places_.find({partition, index});
               const bool moved = now != places_.end() && now->second.sequence != sequence;
               if (!bytes.ok() && moved) return Read(partition, index, std::move(done));
               if (!bytes.ok()) return done(bytes.status());
               const absl::StatusOr<SpillRecordView> record = DecodeSpillRecord(AsBytes(*bytes));
               if (!record.ok()) return done(record.status());
               done(Entry{record->raft_index, record->entry.header, std::string(AsText(record->entry.payload))});
             });
}

// --- what nobody needs ----------------------------------------------------------------------------------------

void Spill::ForgetThrough(PartitionId partition, PartitionIndex through) {
  auto place = places_.lower_bound({partition, PartitionIndex(0)});
  if (place == places_.end() || place->first.first != partition || place->first.second > through) return;
  while (place != places_.end() && place->first.first == partition && place->first.second <= through) {
    place = Forget(place);
  }
  Trim();
}

void Spill::ForgetFrom(PartitionId partition, PartitionIndex from) {
  auto place = places_.lower_bound({partition, from});
  while (place != places_.end() && place->first.first == partition) place = Forget(place);
  Trim();
}

void Spill::KeepOnly(absl::FunctionRef<bool(PartitionId, PartitionIndex)> keep) {
  for (auto place = places_.begin(); place != places_.end();) {
    place = keep(place->first.first, place->first.second) ? std::next(place) : Forget(place);
  }
  Trim();
}

absl::btree_map<Spill::Key, Spill::Place>::iterator Spill::Forget(absl::btree_map<Key, Place>::iterator place) {
  Copy& copy = copies_.at(place->second.sequence);
  CHECK(copy.live && copy.key == place->first) << "the spill's copy " << place->second.sequence << " is another's";
  copy.live = false;
  live_bytes_ -= copy.bytes;
  dead_bytes_ += copy.bytes;
  return places_.erase(place);
}

// Only while nothing is under way: the copy that a new one replaces stays until that is durable.
void Spill::Trim() {
  if (aof_ == nullptr || aof_->poisoned() || moving_ || aof_->durable() != aof_->appended() || copies_.empty()) return;
  if (!places_.empty() && dead_bytes_ < std::max(live_bytes_, kSlackBytes)) return;
  while (!copies_.empty() && !copies_.begin()->second.live) {
    dead_bytes_ -= copies_.begin()->second.bytes;
    copies_.erase(copies_.begin());
  }
  const Sequence first = copies_.empty() ? aof_->appended().Next() : copies_.begin()->first;
  if (first > aof_->first()) aof_->TruncatePrefix(first, [](const absl::Status&) {});
  if (!copies_.empty() && dead_bytes_ >= std::max(live_bytes_, kSlackBytes)) MoveFront();
}

void Spill::MoveFront() {
  moving_ = true;
  const auto& [sequence, copy] = *copies_.begin();
  aof_->Read(sequence, [this, key = copy.key, sequence = sequence](const absl::StatusOr<std::string>& bytes) {
    OnFrontRead(key, sequence, bytes);
  });
}

// What cannot be read, or has no room, stays where it is; the next change tries again.
void Spill::OnFrontRead(Key key, Sequence sequence, const absl::StatusOr<std::string>& bytes) {
  moving_ = false;
  const auto place = places_.find(key);
  if (place == places_.end() || place->second.sequence != sequence) return Trim();
  if (!bytes.ok()) return;
  const absl::StatusOr<SpillRecordView> record = DecodeSpillRecord(AsBytes(*bytes));
  if (record.ok() && Add(record->raft_index, record->entry).ok()) Flush([](const absl::Status&) {});
}

}  // namespace tidemark
