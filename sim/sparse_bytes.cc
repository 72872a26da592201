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

SparseBytes::Page& SparseBytes::At(uint64_t page) {
  if (page >= pages_.size()) pages_.resize(page + 1);
  return pages_[page];
}

void SparseBytes::Read(uint64_t offset, MutableByteSpan into) const {
  ForEachPage(offset, into.size(), [&](uint64_t page, uint64_t in_page, uint64_t bytes, uint64_t done) {
    if (const Page* found = Find(page); found != nullptr) {
      std::memcpy(into.data() + done, found->data() + in_page, bytes);
    } else {
      std::memset(into.data() + done, 0, bytes);
    }
  });
}

void SparseBytes::Write(uint64_t offset, ByteSpan data) {
  ForEachPage(offset, data.size(), [&](uint64_t page, uint64_t in_page, uint64_t bytes, uint64_t done) {
    std::memcpy(At(page).Own(bytes == kPageBytes) + in_page, data.data() + done, bytes);
  });
}

void SparseBytes::WriteSharing(uint64_t offset, ByteSpan data, const SparseBytes& other) {
  ForEachPage(offset, data.size(), [&](uint64_t page, uint64_t in_page, uint64_t bytes, uint64_t done) {
    const Page* theirs = bytes == kPageBytes ? other.Find(page) : nullptr;
    if (theirs != nullptr && std::memcmp(theirs->data(), data.data() + done, bytes) == 0) {
      At(page) = *theirs;
    } else {
      std::memcpy(At(page).Own(bytes == kPageBytes) + in_page, data.data() + done, bytes);
    }
  });
}

void SparseBytes::ZeroFrom(uint64_t offset) {
  const uint64_t page = offset / kPageBytes;
  const uint64_t in_page = offset % kPageBytes;
  if (page >= pages_.size()) return;
  if (in_page != 0 && !pages_[page].is_null()) {
    std::memset(pages_[page].Own(/*all=*/false) + in_page, 0, kPageBytes - in_page);
  }
  pages_.resize(in_page == 0 ? page : page + 1);
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
