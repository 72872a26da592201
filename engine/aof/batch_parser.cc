#include "engine/aof/batch_parser.h"

namespace tidemark::aof {
namespace {

bool AllZero(const uint8_t* from, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    if (from[i] != 0) return false;
  }
  return true;
}

const char* FrameFault(const FileGeometry& geometry, uint64_t offset, ByteSpan frame) {
  if (GetFixed32(frame.data() + kCrcAt) != geometry.salt.Checksum(offset, frame)) return "checksum mismatch";
  const size_t used = kFrameHeaderBytes + GetFixed32(frame.data() + kLengthAt);
  if (!AllZero(frame.data() + used, frame.size() - used)) return "padding that is not zero";
  return nullptr;
}

// The rules that hold within one batch, applied frame by frame.
class BatchRules {
 public:
  BatchRules(const FileGeometry& geometry, uint64_t offset) : geometry_(geometry), offset_(offset) {
    batch_.offset = offset;
  }

  // nullptr, or what contradicts what.
  const char* Take(const FrameView& frame, bool is_first) {
    switch (frame.type) {
      case FrameType::kCut: return TakeCut(frame, is_first);
      case FrameType::kRecord: return TakeRecord(frame);
      case FrameType::kNote: return TakeNote(frame);
      case FrameType::kCommit: return TakeCommit(frame);
    }
    return "unknown frame type";
  }
  BatchView& batch() { return batch_; }

 private:
  const char* TakeCut(const FrameView& frame, bool is_first) {
    if (!is_first) return "a cut frame that is not the first of its batch";
    const uint64_t void_from = GetFixed64(frame.payload.data());
    if (void_from < geometry_.header_bytes || void_from > offset_ || !IsAligned(void_from, geometry_.block_bytes)) {
      return "a cut frame whose void_from is no earlier block of the file";
    }
    batch_.cut = Cut{.new_end = frame.sequence, .void_from = void_from};
    last_ = frame.sequence;
    return nullptr;
  }

  const char* TakeRecord(const FrameView& frame) {
    if (frame.sequence.value() == 0) return "a record with sequence 0";
    if (last_.has_value() && frame.sequence != last_->Next()) return "records out of sequence within a batch";
    if (batch_.records == 0) batch_.first_record = frame.sequence;
    ++batch_.records;
    last_ = frame.sequence;
    return nullptr;
  }

  const char* TakeNote(const FrameView& frame) {
    if (last_.has_value() && frame.sequence != *last_) return "a note out of sequence within a batch";
    ++batch_.notes;
    last_ = frame.sequence;
    return nullptr;
  }

  const char* TakeCommit(const FrameView& frame) {
    Commit& commit = batch_.commit;
    commit = DecodeCommitPayload(frame.sequence, frame.payload.data());
    if (last_.has_value() && commit.last != *last_) return "a commit frame that does not name the batch's last record";
    if (commit.promised_offset < geometry_.header_bytes || commit.promised_offset > offset_ ||
        !IsAligned(commit.promised_offset, geometry_.block_bytes)) {
      return "a commit frame that promises what is no earlier block of the file";
    }
    if (batch_.cut.has_value() && commit.promised_offset > batch_.cut->void_from) {
      return "a commit frame that promises what its cut frame makes void";
    }
    if (commit.first.value() == 0 || commit.first > commit.last.Next()) {
      return "a commit frame whose floor lies above its last record";
    }
    if (!AllZero(frame.payload.data() + kCommitPayloadBytes, frame.payload.size() - kCommitPayloadBytes)) {
      return "a commit frame whose filling is not zero";
    }
    return nullptr;
  }

  const FileGeometry& geometry_;
  const uint64_t offset_;
  absl::optional<Sequence> last_;  // named by the frames so far
  BatchView batch_;
};

}  // namespace

FileGeometry::FileGeometry(const FileHeader& header, uint64_t limit)
    : salt(header.store_id, header.log_id, header.file_id),
      header_bytes(header.header_bytes),
      block_bytes(header.block_bytes),
      max_record_bytes(header.max_record_bytes),
      limit(limit) {}

const char* FrameHeaderFault(const FileGeometry& geometry, uint64_t offset, const uint8_t* frame) {
  const uint8_t type = frame[kTypeAt];
  if (type < 1 || type > 4) return "unknown frame type";
  if (!AllZero(frame + kZeroAt, kFrameHeaderBytes - kZeroAt)) return "spare bytes of a frame are not zero";
  const uint64_t length = GetFixed32(frame + kLengthAt);
  switch (static_cast<FrameType>(type)) {
    case FrameType::kCut:
      if (length != kCutPayloadBytes) return "a cut frame of the wrong length";
      break;
    case FrameType::kCommit:
      // It fills the block that its fixed part ends in, and no other.
      if (length != BatchBytes(offset, geometry.block_bytes) - offset - kFrameHeaderBytes) {
        return "a commit frame of the wrong length";
      }
      break;
    default:
      if (length > geometry.max_record_bytes) return "a frame longer than max_record_bytes";
  }
  if (offset + FrameBytes(length) > geometry.limit) return "a frame that reaches beyond the end of the file";
  return nullptr;
}

bool ParseFrame(const FileGeometry& geometry, uint64_t offset, ByteSpan window, FrameView* frame) {
  if (window.size() < kFrameHeaderBytes) return false;
  if (FrameHeaderFault(geometry, offset, window.data()) != nullptr) return false;
  const uint64_t length = GetFixed32(window.data() + kLengthAt);
  if (window.size() < FrameBytes(length)) return false;
  if (FrameFault(geometry, offset, window.subspan(0, FrameBytes(length))) != nullptr) return false;
  frame->type = static_cast<FrameType>(window[kTypeAt]);
  frame->sequence = Sequence(GetFixed64(window.data() + kSequenceAt));
  frame->payload = window.subspan(kFrameHeaderBytes, length);
  frame->offset = offset;
  return true;
}

ParsedBatch ParseBatch(const FileGeometry& geometry, uint64_t offset, ByteSpan window) {
  ParsedBatch parsed;
  BatchRules rules(geometry, offset);
  const char* contradiction = nullptr;
  for (uint64_t at = 0;;) {
    if (offset + at + kFrameHeaderBytes > geometry.limit) {
      parsed.why = "no room for a frame before the end of the file";
      return parsed;
    }
    if (at + kFrameHeaderBytes > window.size()) {
      parsed.state = BatchState::kNeedMore;
      parsed.needed = at + kFrameHeaderBytes;
      return parsed;
    }
    const uint8_t* header = window.data() + at;
    parsed.why = FrameHeaderFault(geometry, offset + at, header);
    if (parsed.why != nullptr) return parsed;
    const uint64_t length = GetFixed32(header + kLengthAt);
    const uint64_t size = FrameBytes(length);
    if (at + size > window.size()) {
      parsed.state = BatchState::kNeedMore;
      parsed.needed = at + size;
      return parsed;
    }
    parsed.why = FrameFault(geometry, offset + at, window.subspan(at, size));
    if (parsed.why != nullptr) return parsed;
    const FrameView frame{.type = static_cast<FrameType>(header[kTypeAt]),
                          .sequence = Sequence(GetFixed64(header + kSequenceAt)),
                          .payload = window.subspan(at + kFrameHeaderBytes, length),
                          .offset = offset + at};
    if (frame.type == FrameType::kCommit &&
        DecodeCommitPayload(frame.sequence, frame.payload.data()).batch_offset != offset) {
      parsed.why = "a commit frame of another batch";
      return parsed;
    }
    if (const char* fault = rules.Take(frame, at == 0); fault != nullptr && contradiction == nullptr) {
      contradiction = fault;
    }
    at += size;
    if (frame.type != FrameType::kCommit) continue;
    if (contradiction != nullptr) {
      parsed.state = BatchState::kInconsistent;
      parsed.why = contradiction;
      return parsed;
    }
    parsed.state = BatchState::kValid;
    parsed.batch = rules.batch();
    parsed.batch.end = offset + at;
    parsed.batch.bytes = window.subspan(0, at);
    return parsed;
  }
}

}  // namespace tidemark::aof
