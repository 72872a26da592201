#include "sim/sparse_bytes.h"

#include <algorithm>
#include <cstring>

namespace tidemark::sim {
namespace {

// Calls piece(page, offset in page, bytes, done so far) for each page of the range.
template <typename Piece>
void ForEachPage(uint64_t offset, uint64_t length, Piece piece) {
  for (uint64_t done = 0; done < length;) {
    const uint64_t at = offset + done;
    const uint64_t in_page = at % SparseBytes::kPageBytes;
    const uint64_t bytes = std::min(SparseBytes::kPageBytes - in_page, length - done);
    piece(at / SparseBytes::kPageBytes, in_page, bytes, done);
    done += bytes;
  }
}

}  // namespace

uint8_t* SparseBytes::Page::Own(bool all) {
  if (shared_ != nullptr && shared_->owners == 1) return shared_->bytes.data();
  auto* own = new Shared;
  if (!all && shared_ != nullptr) own->bytes = shared_->bytes;
  if (!all && shared_ == nullptr) own->bytes.fill(0);
  if (shared_ != nullptr) --shared_->owners;
  shared_ = own;
  return own->bytes.data();
}

void SparseBytes::Reach(uint64_t offset, uint64_t length) {
  const uint64_t end = AlignUp(offset + length, kPageBytes) / kPageBytes;
  if (length > 0 && end > pages_.size()) pages_.resize(end);
}

bool SparseBytes::Holds(uint64_t block) const {
  constexpr uint64_t kPages = kBlockBytes / kPageBytes;
  for (uint64_t page = block * kPages; page < (block + 1) * kPages; ++page) {
    if (Find(page) != nullptr) return true;
  }
  return false;
}

void SparseBytes::Read(uint64_t offset, MutableByteSpan into) const {
  const uint64_t held = pages_.size() * kPageBytes;
  const uint64_t length = offset < held ? std::min<uint64_t>(into.size(), held - offset) : 0;
  ForEachPage(offset, length, [&](uint64_t page, uint64_t in_page, uint64_t bytes, uint64_t done) {
    if (const Page* found = Find(page); found != nullptr) {
      std::memcpy(into.data() + done, found->data() + in_page, bytes);
    } else {
      std::memset(into.data() + done, 0, bytes);
    }
  });
  if (length < into.size()) std::memset(into.data() + length, 0, into.size() - length);
}

void SparseBytes::Write(uint64_t offset, ByteSpan data) {
  Reach(offset, data.size());
  ForEachPage(offset, data.size(), [&](uint64_t page, uint64_t in_page, uint64_t bytes, uint64_t done) {
    std::memcpy(pages_[page].Own(bytes == kPageBytes) + in_page, data.data() + done, bytes);
  });
}

void SparseBytes::WriteSharing(uint64_t offset, uint64_t length, const SparseBytes& other, uint64_t other_offset) {
  Reach(offset, length);
  ForEachPage(offset, length, [&](uint64_t page, uint64_t in_page, uint64_t bytes, uint64_t done) {
    const uint64_t from = other_offset + done;
    const Page* theirs = bytes == kPageBytes && from % kPageBytes == 0 ? other.Find(from / kPageBytes) : nullptr;
    if (theirs != nullptr) {
      pages_[page] = *theirs;
    } else {
      other.Read(from, MutableByteSpan(pages_[page].Own(bytes == kPageBytes) + in_page, bytes));
    }
  });
}

// The block that it cuts through stays, though it may hold nothing but zeros now.
void SparseBytes::ZeroFrom(uint64_t offset) {
  const uint64_t page = offset / kPageBytes;
  const uint64_t in_page = offset % kPageBytes;
  const uint64_t block = offset / kBlockBytes;
  if (page >= pages_.size()) return;
  const bool held = offset % kBlockBytes != 0 && Holds(block);
  if (in_page != 0 && !pages_[page].is_null()) {
    std::memset(pages_[page].Own(/*all=*/false) + in_page, 0, kPageBytes - in_page);
  }
  pages_.resize(in_page == 0 ? page : page + 1);
  if (held && !Holds(block)) pages_[block * (kBlockBytes / kPageBytes)].Own(/*all=*/false);
  while (!pages_.empty() && pages_.back().is_null()) pages_.pop_back();
}

bool SparseBytes::IsZero(uint64_t offset, uint64_t length) const {
  bool zero = true;
  ForEachPage(offset, length, [&](uint64_t page, uint64_t in_page, uint64_t bytes, uint64_t) {
    const Page* found = Find(page);
    if (found == nullptr) return;
    const uint8_t* from = found->data() + in_page;
    zero = zero && std::all_of(from, from + bytes, [](uint8_t b) { return b == 0; });
  });
  return zero;
}

}  // namespace tidemark::sim
