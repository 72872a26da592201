#include "engine/aof/batch.h"

#include <algorithm>
#include <cstring>

namespace tidemark::aof {
namespace {

uint64_t FrameBytesAt(const uint8_t* frame) { return FrameBytes(GetFixed32(frame + kLengthAt)); }
FrameType TypeAt(const uint8_t* frame) { return static_cast<FrameType>(frame[kTypeAt]); }

// All of a frame but its checksum and its payload, which goes over what of the padding is its own, and so does the
// header where there is no payload. Returns where the payload goes to.
inline uint8_t* LayOut(uint32_t length, Sequence sequence, FrameType type, uint8_t* frame) {
  PutFixed64(frame + FrameBytes(length) - kFrameAlignment, 0);
  EncodeFrameHeader(length, sequence, type, frame);
  return frame + kFrameHeaderBytes;
}

}  // namespace

uint8_t* Batch::BeginFrame(uint32_t length, Sequence sequence, FrameType type) {
  CHECK(!placed_);
  largest_payload_ = std::max(largest_payload_, length);
  return LayOut(length, sequence, type, frames_.Extend(FrameBytes(length)));
}

uint64_t Batch::AddRecord(Sequence sequence, absl::Span<const ByteSpan> parts) {
  size_t length = 0;
  for (ByteSpan part : parts) length += part.size();
  CHECK_LE(length, kMaxRecordBytes);
  if (records_ == 0) first_record_ = sequence;
  CHECK_EQ(sequence, first_record_.Plus(records_));
  ++records_;
  const uint64_t at = end();
  uint8_t* to = BeginFrame(static_cast<uint32_t>(length), sequence, FrameType::kRecord);
  for (ByteSpan part : parts) {
    if (!part.empty()) std::memcpy(to, part.data(), part.size());
    to += part.size();
  }
  return at;
}

void Batch::AddRecords(Sequence first, const NewRecords& records, size_t from, size_t end, uint64_t bytes) {
  CHECK(!placed_);
  if (records_ == 0) first_record_ = first;
  CHECK_EQ(first, first_record_.Plus(records_));
  records_ += end - from;
  uint8_t* frame = frames_.Extend(bytes);
  uint32_t longest = largest_payload_;
  for (size_t i = from; i < end; ++i) {
    const ByteSpan body = records.bodies[i];
    const uint32_t length = static_cast<uint32_t>(records.LengthOf(i));
    longest = std::max(longest, length);
    uint8_t* const payload = LayOut(length, first.Plus(i - from), FrameType::kRecord, frame);
    records.write_head(i, payload);
    if (!body.empty()) std::memcpy(payload + records.head_bytes, body.data(), body.size());
    frame += FrameBytes(length);
  }
  CHECK_EQ(frame, frames_.data() + frames_.size());
  CHECK_LE(longest, kMaxRecordBytes);
  largest_payload_ = longest;
}

void Batch::AddNote(Sequence last, ByteSpan note) {
  CHECK_LE(note.size(), kMaxRecordBytes);
  uint8_t* to = BeginFrame(static_cast<uint32_t>(note.size()), last, FrameType::kNote);
  if (!note.empty()) std::memcpy(to, note.data(), note.size());
}

void Batch::DropRecordsAbove(Sequence new_end) {
  CHECK(!placed_);
  uint8_t* const begin = frames_.data();
  uint64_t kept = 0;
  for (uint64_t at = 0; at < frames_.size();) {
    uint8_t* frame = begin + at;
    const uint64_t size = FrameBytesAt(frame);
    const Sequence sequence(GetFixed64(frame + kSequenceAt));
    at += size;
    if (sequence > new_end) {
      if (TypeAt(frame) == FrameType::kRecord) {
        --records_;
        continue;
      }
      PutFixed64(frame + kSequenceAt, new_end.value());
    }
    std::memmove(begin + kept, frame, size);
    kept += size;
  }
  frames_.Resize(kept);
}

void Batch::Clear() {
  frames_.clear();
  cut_.reset();
  records_ = 0;
  largest_payload_ = 0;
  placed_ = false;
  offset_ = commit_at_ = 0;
}

Cut Batch::TakeCut() {
  CHECK(cut_.has_value());
  CHECK(!placed_);
  const Cut cut = *cut_;
  cut_.reset();
  return cut;
}

ByteSpan Batch::PayloadAt(uint64_t at) const {
  CHECK_LE(at + kFrameHeaderBytes, frames_.size());
  const uint8_t* frame = frames_.data() + at;
  return ByteSpan(frame + kFrameHeaderBytes, GetFixed32(frame + kLengthAt));
}

std::vector<uint32_t> Batch::RecordPlaces() const {
  CHECK(placed_);
  std::vector<uint32_t> places;
  places.reserve(records_);
  for (uint64_t at = 0; at < commit_at_; at += FrameBytesAt(frames_.data() + at)) {
    if (TypeAt(frames_.data() + at) == FrameType::kRecord) places.push_back(static_cast<uint32_t>(at));
  }
  CHECK_EQ(places.size(), records_);
  return places;
}

uint64_t Batch::Place(const Placement& placement) {
  CHECK(!placed_);
  CHECK(IsAligned(placement.offset, placement.block_bytes));
  uint64_t moved = placement.offset;
  if (cut_.has_value()) {
    if (cut_->void_from == Cut::kOwnStart) cut_->void_from = placement.offset;
    CHECK_LE(cut_->void_from, placement.offset);
    const size_t rest = frames_.size();
    frames_.Extend(kCutFrameBytes);
    std::memmove(frames_.data() + kCutFrameBytes, frames_.data(), rest);
    EncodeFrameHeader(kCutPayloadBytes, cut_->new_end, FrameType::kCut, frames_.data());
    PutFixed64(frames_.data() + kFrameHeaderBytes, cut_->void_from);
    moved += kCutFrameBytes;
  }
  const uint64_t commit_at = frames_.size();
  const uint64_t total = BatchBytes(commit_at, placement.block_bytes);
  frames_.Resize(total);
  uint8_t* const begin = frames_.data();
  EncodeFrameHeader(static_cast<uint32_t>(total - commit_at - kFrameHeaderBytes), placement.last, FrameType::kCommit,
                    begin + commit_at);
  EncodeCommitPayload({.last = placement.last,
                       .batch_offset = placement.offset,
                       .promised_offset = placement.promised_offset,
                       .promised_sequence = placement.promised_sequence,
                       .first = placement.first},
                      begin + commit_at + kFrameHeaderBytes);
  for (uint64_t at = 0; at < total;) {
    const uint64_t size = FrameBytesAt(begin + at);
    PutFixed32(begin + at + kCrcAt, placement.salt.Checksum(placement.offset + at, ByteSpan(begin + at, size)));
    at += size;
  }
  placed_ = true;
  offset_ = placement.offset;
  commit_at_ = commit_at;
  return moved;
}

}  // namespace tidemark::aof
