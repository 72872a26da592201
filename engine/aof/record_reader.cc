#include "engine/aof/record_reader.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/aof/batch_parser.h"
#include "engine/aof/file_names.h"
#include "engine/base/status.h"

namespace tidemark::aof {
namespace {

constexpr uint64_t kReadAlignment = 4096;

}  // namespace

void RecordReader::Read(const Segment& segment, Sequence from, std::vector<RecordIndex::Entry> places,
                        ReadRangeDone done) {
  CHECK(!places.empty());
  const uint64_t id = next_request_++;
  Request& request = requests_[id];
  request.segment = segment;
  request.from = from;
  request.places = std::move(places);
  request.done = std::move(done);
  if (open_file_ != nullptr && open_file_id_ == segment.file_id) {
    request.file = open_file_;
    return StartRead(id);
  }
  disk_.Open(JoinPath(directory_, SegmentName(segment.file_id)),
             {.mode = OpenOptions::Mode::kExisting, .direct = direct_},
             [weak = weak_from_this(), id](absl::StatusOr<std::unique_ptr<File>> file) {
               if (auto self = weak.lock()) self->OnOpened(id, std::move(file));
             });
}

void RecordReader::OnOpened(uint64_t id, absl::StatusOr<std::unique_ptr<File>> file) {
  if (!file.ok()) return Finish(id, file.status());
  Request& request = requests_.at(id);
  request.file = *std::move(file);
  if (request.segment.file_id > forgotten_through_) {
    open_file_id_ = request.segment.file_id;
    open_file_ = request.file;
  }
  StartRead(id);
}

void RecordReader::Forget(uint64_t through_file_id) {
  forgotten_through_ = through_file_id;
  if (open_file_id_ <= through_file_id) Close();
}

void RecordReader::StartRead(uint64_t id) {
  Request& request = requests_.at(id);
  const RecordIndex::Entry& last = request.places.back();
  request.start = AlignDown(request.places.front().offset, kReadAlignment);
  // Owned by the callback, which the device keeps until it no longer touches the bytes.
  auto bytes = std::make_unique<AlignedBuffer>();
  bytes->Extend(AlignUp(last.offset + FrameBytes(last.length), kReadAlignment) - request.start);
  const MutableByteSpan into = bytes->mutable_span();
  request.file->Read(request.start, into,
                     [weak = weak_from_this(), id, bytes = std::move(bytes)](absl::StatusOr<size_t> read) {
                       auto self = weak.lock();
                       if (self == nullptr) return;
                       if (!read.ok()) return self->Finish(id, read.status());
                       self->Finish(id, bytes->span().subspan(0, *read));
                     });
}

void RecordReader::Finish(uint64_t id, absl::StatusOr<ByteSpan> bytes) {
  auto found = requests_.find(id);
  CHECK(found != requests_.end());
  Request request = std::move(found->second);
  requests_.erase(found);
  absl::StatusOr<std::vector<Record>> records = Verify(request, bytes);
  if (!records.ok()) {
    return request.done(Annotate(records.status(), JoinPath(directory_, SegmentName(request.segment.file_id))));
  }
  request.done(std::move(records));
}

absl::StatusOr<std::vector<Record>> RecordReader::Verify(const Request& request, absl::StatusOr<ByteSpan> read) const {
  if (!read.ok()) return read.status();
  const ByteSpan bytes = *read;
  std::vector<Record> records;
  records.reserve(request.places.size());
  for (size_t i = 0; i < request.places.size(); ++i) {
    const RecordIndex::Entry& place = request.places[i];
    const Sequence sequence = request.from.Plus(i);
    const uint64_t at = place.offset - request.start;
    FrameView frame;
    const bool whole = at < bytes.size() &&
                       ParseFrame(request.segment.geometry, place.offset, bytes.subspan(at), &frame);
    if (!whole || frame.type != FrameType::kRecord || frame.sequence != sequence ||
        frame.payload.size() != place.length) {
      if (!records.empty()) break;  // these are sound
      return MakeError(ErrorKind::kCorruption,
                       absl::StrCat("record ", sequence.value(), " at offset ", place.offset, " is damaged"));
    }
    records.push_back({.sequence = sequence, .payload = std::string(AsText(frame.payload))});
  }
  return records;
}

}  // namespace tidemark::aof
