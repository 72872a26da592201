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

void SparseBytes::Read(uint64_t offset, MutableByteSpan into) const {
  ForEachPage(offset, into.size(), [&](uint64_t page, uint64_t in_page, uint64_t bytes, uint64_t done) {
    if (page < pages_.size() && pages_[page] != nullptr) {
      std::memcpy(into.data() + done, pages_[page]->data() + in_page, bytes);
    } else {
      std::memset(into.data() + done, 0, bytes);
    }
  });
}

void SparseBytes::Write(uint64_t offset, ByteSpan data) {
  ForEachPage(offset, data.size(), [&](uint64_t page, uint64_t in_page, uint64_t bytes, uint64_t done) {
    if (page >= pages_.size()) pages_.resize(page + 1);
    if (pages_[page] == nullptr) {
      pages_[page] = std::make_unique<Page>();
    }
    std::memcpy(pages_[page]->data() + in_page, data.data() + done, bytes);
  });
}

void SparseBytes::ZeroFrom(uint64_t offset) {
  const uint64_t page = offset / kPageBytes;
  const uint64_t in_page = offset % kPageBytes;
  if (page >= pages_.size()) return;
  if (in_page != 0 && pages_[page] != nullptr) std::memset(pages_[page]->data() + in_page, 0, kPageBytes - in_page);
  pages_.resize(in_page == 0 ? page : page + 1);
  while (!pages_.empty() && pages_.back() == nullptr) pages_.pop_back();
}

void SparseBytes::CopyFrom(const SparseBytes& other, uint64_t offset, uint64_t length) {
  std::array<uint8_t, kPageBytes> bytes_of_page;
  ForEachPage(offset, length, [&](uint64_t page, uint64_t in_page, uint64_t bytes, uint64_t) {
    const bool theirs = page < other.pages_.size() && other.pages_[page] != nullptr;
    const bool ours = page < pages_.size() && pages_[page] != nullptr;
    if (!theirs && !ours) return;
    other.Read(page * kPageBytes + in_page, MutableByteSpan(bytes_of_page.data(), bytes));
    Write(page * kPageBytes + in_page, ByteSpan(bytes_of_page.data(), bytes));
  });
}

void SparseBytes::Assign(const SparseBytes& other) {
  pages_.resize(other.pages_.size());
  for (size_t i = 0; i < pages_.size(); ++i) {
    if (other.pages_[i] == nullptr) {
      pages_[i].reset();
    } else if (pages_[i] == nullptr) {
      pages_[i] = std::make_unique<Page>(*other.pages_[i]);
    } else {
      *pages_[i] = *other.pages_[i];
    }
  }
}

bool SparseBytes::IsZero(uint64_t offset, uint64_t length) const {
  bool zero = true;
  ForEachPage(offset, length, [&](uint64_t page, uint64_t in_page, uint64_t bytes, uint64_t) {
    if (page >= pages_.size() || pages_[page] == nullptr) return;
    const uint8_t* from = pages_[page]->data() + in_page;
    zero = zero && std::all_of(from, from + bytes, [](uint8_t b) { return b == 0; });
  });
  return zero;
}

size_t SparseBytes::pages() const {
  return static_cast<size_t>(
      std::count_if(pages_.begin(), pages_.end(), [](const auto& page) { return page != nullptr; }));
}

}  // namespace tidemark::sim
