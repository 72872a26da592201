#include "engine/aof/batch_search.h"

#include <algorithm>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/coding.h"
#include "engine/base/crc32c.h"

namespace tidemark::aof {

absl::optional<FoundBatch> BatchSearch::PassWithClaims(ByteSpan bytes) {
  CHECK_GE(bytes.size(), geometry_.block_bytes) << "at offset " << offset_;
  const uint64_t end = offset_ + geometry_.block_bytes;
  absl::optional<FoundBatch> found;
  while (!claims_.empty() && claims_.begin()->first < end) GoOn(claims_.begin()->first, bytes, &found);
  GoOn(end, bytes, &found);
  offset_ = end;
  return found;
}

void BatchSearch::SumTo(uint64_t at, ByteSpan bytes) {
  if (!claims_.empty()) sum_ = ExtendCrc32c(sum_, bytes.subspan(summed_to_ - offset_, at - summed_to_));
  summed_to_ = at;
}

// Judges what ends at `at`, and looks at what begins there.
void BatchSearch::GoOn(uint64_t at, ByteSpan bytes, absl::optional<FoundBatch>* found) {
  SumTo(at, bytes);
  std::vector<Start> starts;
  for (; !claims_.empty() && claims_.begin()->first == at; claims_.erase(claims_.begin())) {
    Claim& claim = claims_.begin()->second;
    if (!Holds(claim, at)) continue;
    if (claim.is_commit) {
      const Start& start = claim.starts.front();
      if (found->has_value()) continue;
      *found = FoundBatch{.offset = start.offset, .end = at, .commit = claim.commit};
      if (start.void_from != 0) (*found)->void_from = start.void_from;
      continue;
    }
    if (starts.size() < claim.starts.size()) starts.swap(claim.starts);
    starts.insert(starts.end(), claim.starts.begin(), claim.starts.end());
  }
  if (!starts.empty() || IsAligned(at, geometry_.block_bytes)) Look(at, bytes, std::move(starts));
}

void BatchSearch::Look(uint64_t at, ByteSpan bytes, std::vector<Start> starts) {
  bytes.remove_prefix(at - offset_);
  if (bytes.size() < kFrameHeaderBytes || FrameHeaderFault(geometry_, at, bytes.data()) != nullptr) return;
  const FrameType type = static_cast<FrameType>(bytes[kTypeAt]);
  const uint64_t fixed = type == FrameType::kCommit ? kCommitFrameBytes : kCutFrameBytes;
  if (bytes.size() < fixed && type != FrameType::kRecord && type != FrameType::kNote) return;
  if (IsAligned(at, geometry_.block_bytes)) {
    const uint64_t void_from = type == FrameType::kCut ? GetFixed64(bytes.data() + kFrameHeaderBytes) : 0;
    starts.push_back({.offset = at, .void_from = void_from});
  }
  Claim claim{.at = at, .checksum = GetFixed32(bytes.data() + kCrcAt), .is_commit = type == FrameType::kCommit};
  if (claim.is_commit) {
    // Of all batches that could end with it, it is the end of the one that it names.
    claim.commit =
        DecodeCommitPayload(Sequence(GetFixed64(bytes.data() + kSequenceAt)), bytes.data() + kFrameHeaderBytes);
    const auto named = std::find_if(starts.begin(), starts.end(),
                                    [&claim](const Start& start) { return start.offset == claim.commit.batch_offset; });
    if (named == starts.end()) return;
    starts = {*named};
  }
  claim.before = geometry_.salt.At(at) ^ ExtendCrc32c(sum_, bytes.subspan(0, kLengthAt));
  claim.starts = std::move(starts);
  claims_.emplace(at + FrameBytes(GetFixed32(bytes.data() + kLengthAt)), std::move(claim));
}

bool BatchSearch::Holds(const Claim& claim, uint64_t end) const {
  return claim.checksum == (ShiftCrc32c(claim.before, end - claim.at - kLengthAt) ^ sum_);
}

}  // namespace tidemark::aof
