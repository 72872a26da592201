#include "engine/aof/sealed_index.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/aof/file_names.h"
#include "engine/aof/file_scan.h"
#include "engine/base/check.h"
#include "engine/base/status.h"

namespace tidemark::aof {

const RecordIndex* SealedIndex::Find(uint64_t file_id) {
  const auto found = files_.find(file_id);
  if (found == files_.end() || found->second.known == nullptr) return nullptr;
  by_use_.splice(by_use_.end(), by_use_, found->second.used);
  return found->second.known.get();
}

void SealedIndex::Load(const Segment& segment, DiskDone done) {
  Places& places = files_[segment.file_id];
  CHECK(places.known == nullptr) << "file " << segment.file_id << " is known";
  places.waiters.push_back(std::move(done));
  if (places.waiters.size() > 1) return;
  ++loading_;
  env_.disk.Open(JoinPath(directory_, SegmentName(segment.file_id)),
                 {.mode = OpenOptions::Mode::kExisting, .direct = direct_},
                 [weak = weak_from_this(), segment](absl::StatusOr<std::unique_ptr<File>> file) {
                   if (auto self = weak.lock()) self->OnOpened(segment, std::move(file));
                 });
}

void SealedIndex::Forget(uint64_t file_id) {
  const auto found = files_.find(file_id);
  if (found == files_.end()) return;
  if (!found->second.waiters.empty()) {
    found->second.forgotten = true;
  } else {
    Drop(file_id);
  }
}

bool SealedIndex::damaged(uint64_t file_id) const {
  const auto found = files_.find(file_id);
  return found != files_.end() && found->second.damaged;
}

void SealedIndex::LetGo() {
  CHECK(!busy()) << loading_ << " files are being read";
  files_.clear();
  by_use_.clear();
  known_ = 0;
}

void SealedIndex::Drop(uint64_t file_id) {
  const auto found = files_.find(file_id);
  if (found->second.known != nullptr) {
    known_ -= found->second.known->known();
    by_use_.erase(found->second.used);
  }
  files_.erase(found);
}

void SealedIndex::OnOpened(const Segment& segment, absl::StatusOr<std::unique_ptr<File>> file) {
  if (!file.ok()) return Finish(segment.file_id, nullptr, file.status());
  auto places = std::make_shared<RecordIndex>();
  places->SkipTo(segment.base);
  FileGeometry geometry = segment.geometry;
  geometry.limit = segment.end;
  auto scanner =
      std::make_shared<Scanner>(segment.file_id, geometry, segment.base,
                                Scanner::Range{.from = geometry.header_bytes, .limit = segment.end, .sealed = true},
                                segment.base.Prev(), segment.floor);
  auto take = [places](const BatchView& batch) {
    if (batch.cut.has_value()) places->CutTo(batch.cut->new_end);
    batch.ForEachFrame([&](const FrameView& frame) {
      if (frame.type != FrameType::kRecord) return;
      places->Add(frame.sequence, frame.offset, static_cast<uint32_t>(frame.payload.size()));
    });
    return true;
  };
  ScanFile(*std::move(file), scanner, segment.end, std::move(take),
           [weak = weak_from_this(), segment, scanner, places](absl::Status status) {
             if (auto self = weak.lock()) self->OnScanned(segment, *scanner, places, std::move(status));
           });
}

void SealedIndex::OnScanned(const Segment& segment, const Scanner& scanner, std::shared_ptr<RecordIndex> places,
                            absl::Status status) {
  if (status.ok() && scanner.last() < segment.last) {
    status = MakeError(ErrorKind::kCorruption,
                       absl::StrCat("it ends at record ", scanner.last().value(), ", but the file after it begins at ",
                                    segment.last.Next().value()));
  }
  if (status.ok()) Trace(TraceKind::kSealedFileRead, segment.file_id, segment.base.value(), scanner.last().value());
  if (KindOf(status) == ErrorKind::kCorruption) {
    Trace(TraceKind::kCorruptionFound, segment.file_id, scanner.corrupt_offset(), scanner.corrupt_promise());
  }
  Finish(segment.file_id, std::move(places), std::move(status));
}

void SealedIndex::Finish(uint64_t file_id, std::shared_ptr<const RecordIndex> places, absl::Status status) {
  const auto found = files_.find(file_id);
  CHECK(found != files_.end() && found->second.known == nullptr) << "file " << file_id;
  --loading_;
  std::vector<DiskDone> waiters = std::exchange(found->second.waiters, {});
  found->second.damaged = KindOf(status) == ErrorKind::kCorruption;
  if (found->second.forgotten || (!status.ok() && !found->second.damaged)) {
    files_.erase(found);
  } else if (status.ok()) {
    known_ += places->known();
    found->second.known = std::move(places);
    found->second.used = by_use_.insert(by_use_.end(), file_id);
    while (known_ > most_ && by_use_.size() > 1) {
      const uint64_t oldest = by_use_.front();
      Trace(TraceKind::kPlacesLetGo, oldest, files_.at(oldest).known->known());
      Drop(oldest);
    }
  }
  if (!status.ok()) status = Annotate(status, JoinPath(directory_, SegmentName(file_id)));
  const auto alive = shared_from_this();
  for (DiskDone& waiter : waiters) waiter(status);
}

void SealedIndex::Trace(TraceKind kind, uint64_t a, uint64_t b, uint64_t c) {
  env_.tracer.Emit({.kind = kind, .partition = PartitionId(log_id_), .args = {a, b, c, 0}});
}

}  // namespace tidemark::aof
