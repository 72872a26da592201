#include "sim/file_image.h"

#include <algorithm>

#include "engine/base/check.h"

namespace tidemark::sim {

void FileImage::Write(uint64_t offset, ByteSpan bytes, Fate fate, uint64_t medium_offset) {
  if (bytes.empty()) return;
  cache_.Write(offset, bytes);
  size_ = std::max(size_, offset + bytes.size());
  changes_.push_back(
      {false, fate, offset, fate == Fate::kMisdirected ? medium_offset : offset, bytes.size(), SparseBytes()});
  changes_.back().data.WriteSharing(offset % SparseBytes::kPageBytes, bytes.size(), cache_, offset);
  if (latent_.empty()) return;
  const uint64_t first = offset / kSectorBytes, last = (offset + bytes.size() - 1) / kSectorBytes;
  latent_.erase(latent_.lower_bound(first), latent_.upper_bound(last));
}

void FileImage::Resize(uint64_t size) {
  if (size < size_) cache_.ZeroFrom(size);
  size_ = size;
  changes_.push_back({true, Fate::kNormal, size, size, 0, SparseBytes()});
}

void FileImage::Carry(const Change& change) {
  if (change.is_resize) {
    medium_.ZeroFrom(change.offset);
  } else if (change.fate != Fate::kPhantom) {
    medium_.WriteSharing(change.medium_offset, change.length, change.data, change.offset % SparseBytes::kPageBytes);
  }
}

void FileImage::DropChanges(size_t count) {
  first_change_ += count;
  if (count == changes_.size()) {
    // With their memory: of a thousand files few have unsynced data, and the next one takes what is still in the
    // caches.
    changes_ = std::vector<Change>();
  } else {
    changes_.erase(changes_.begin(), changes_.begin() + static_cast<ptrdiff_t>(count));
  }
}

void FileImage::Sync(uint64_t mark, bool with_length, uint64_t size_at_call) {
  const uint64_t covered = mark > first_change_ ? mark - first_change_ : 0;
  const size_t count = static_cast<size_t>(std::min<uint64_t>(covered, changes_.size()));
  uint64_t data_end = 0;
  for (size_t i = 0; i < count; ++i) {
    // A data sync does not have to carry a cut that nobody needs to read the data; carrying it in order is
    // within the contract and keeps the medium's history linear.
    Carry(changes_[i]);
    if (!changes_[i].is_resize) data_end = std::max(data_end, changes_[i].offset + changes_[i].length);
  }
  DropChanges(count);
  if (!with_length) {
    durable_size_ = std::max(durable_size_, std::min(size_at_call, data_end));
  } else if (mark >= length_mark_) {
    // One that was called before another and completes after it takes back nothing that the other promised.
    durable_size_ = mark >= synced_mark_ ? size_at_call : std::max(durable_size_, size_at_call);
    length_mark_ = mark;
  }
  synced_mark_ = std::max(synced_mark_, mark);
}

void FileImage::ForgetChanges(uint64_t mark) {
  const uint64_t covered = mark > first_change_ ? mark - first_change_ : 0;
  DropChanges(static_cast<size_t>(std::min<uint64_t>(covered, changes_.size())));
}

void FileImage::CarryPart(const Change& change, const LossRules& rules, RandomKey key, LossCount& count) {
  if (change.fate == Fate::kPhantom) return;
  if (rules.tear == LossRules::Tear::kNone) {
    const bool keep = key.ChanceAt(0, rules.keep_permille);
    ++(keep ? count.kept : count.lost);
    if (keep) Carry(change);
    return;
  }
  if (rules.tear == LossRules::Tear::kByte) {
    // A prefix, cut at any byte; all of it with the keep chance.
    const bool whole = key.ChanceAt(0, rules.keep_permille);
    const uint64_t length = whole ? change.length : key.UniformAt(1, change.length);
    ++(whole ? count.kept : count.lost);
    medium_.WriteSharing(change.medium_offset, length, change.data, change.offset % SparseBytes::kPageBytes);
    return;
  }
  for (uint64_t done = 0; done < change.length;) {
    const uint64_t at = change.medium_offset + done;
    const uint64_t sector = at / rules.sector_bytes;
    const uint64_t piece = std::min((sector + 1) * rules.sector_bytes - at, change.length - done);
    if (key.ChanceAt(2 * sector, rules.keep_permille)) {
      medium_.WriteSharing(at, piece, change.data, change.offset % SparseBytes::kPageBytes + done);
      ++count.kept;
    } else if (key.ChanceAt(2 * sector + 1, rules.garbage_permille)) {
      std::vector<uint8_t> garbage(rules.sector_bytes);
      const RandomKey noise = key.Fork("garbage").Fork(sector);
      for (size_t i = 0; i < garbage.size(); ++i) garbage[i] = static_cast<uint8_t>(noise.BitsAt(i));
      medium_.Write(sector * rules.sector_bytes, garbage);
      ++count.garbage;
    } else {
      ++count.lost;
    }
    done += piece;
  }
}

LossCount FileImage::LosePower(const LossRules& rules, RandomKey key) {
  LossCount count;
  uint64_t survived_size = durable_size_;
  for (size_t i = 0; i < changes_.size(); ++i) {
    const RandomKey change_key = key.Fork(first_change_ + i);
    if (!changes_[i].is_resize) {
      CarryPart(changes_[i], rules, change_key, count);
    } else if (change_key.ChanceAt(0, rules.keep_permille)) {
      Carry(changes_[i]);
    }
  }
  if (size_ != durable_size_ && key.Fork("length").ChanceAt(0, rules.names_permille)) survived_size = size_;
  DropChanges(changes_.size());
  durable_size_ = size_ = survived_size;
  medium_.ZeroFrom(size_);
  cache_.Assign(medium_);
  return count;
}

void FileImage::Rot(uint64_t offset, int bit) {
  uint8_t byte;
  medium_.Read(offset, MutableByteSpan(&byte, 1));
  byte = static_cast<uint8_t>(byte ^ (1u << bit));
  medium_.Write(offset, ByteSpan(&byte, 1));
  const bool dirty = std::any_of(changes_.begin(), changes_.end(), [&](const Change& change) {
    return !change.is_resize && offset >= change.offset && offset < change.offset + change.length;
  });
  if (!dirty && offset < size_) cache_.Write(offset, ByteSpan(&byte, 1));
}

bool FileImage::HasLatentError(uint64_t offset, uint64_t length) const {
  if (latent_.empty() || length == 0) return false;
  const auto first = latent_.lower_bound(offset / kSectorBytes);
  return first != latent_.end() && *first <= (offset + length - 1) / kSectorBytes;
}

void FileImage::Evict() {
  if (!changes_.empty()) return;
  cache_.Assign(medium_);
  cache_.ZeroFrom(size_);
}

}  // namespace tidemark::sim
