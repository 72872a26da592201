#pragma once

// One file of a simulated disk: what the page cache shows, what the medium holds, and the changes in between.
//
// A write changes the cache at once and is remembered. A sync carries the remembered changes to the medium, in order.
// Power loss carries an arbitrary part of them, each sector on its own, and forgets the rest: the cache becomes
// what the medium holds. A failed sync forgets the changes it covered, but the cache keeps showing them (the kernel
// marks such pages clean): they are gone at the next power loss.
//
// Faults of the medium act here too: a phantom write is never carried, a misdirected one lands elsewhere,
// rotten bits flip in place, latent errors stand on sectors until those are written.

#include <cstdint>
#include <set>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/random.h"
#include "sim/sparse_bytes.h"

namespace tidemark::sim {

// What power loss may do to unsynced changes.
struct LossRules {
  enum class Tear { kNone, kSector, kByte };
  uint64_t keep_permille = 0;     // of the sectors, changes or names
  uint64_t garbage_permille = 0;  // of the sectors that are not kept
  uint64_t names_permille = 0;
  Tear tear = Tear::kSector;
  uint64_t sector_bytes = 512;
};

struct LossCount {
  uint64_t kept = 0;
  uint64_t lost = 0;
  uint64_t garbage = 0;
};

class FileImage {
 public:
  static constexpr uint64_t kSectorBytes = 512;
  enum class Fate : uint8_t { kNormal, kPhantom, kMisdirected };

  // --- through the cache -------------------------------------------------
  uint64_t size() const { return size_; }
  void Read(uint64_t offset, MutableByteSpan into) const { cache_.Read(offset, into); }
  // `medium_offset` is where a misdirected write will land.
  void Write(uint64_t offset, ByteSpan bytes, Fate fate, uint64_t medium_offset);
  void Resize(uint64_t size);  // cut or extend with zeros

  // --- to the medium --------------------------------------------------------
  // The changes a sync that is called now will cover.
  uint64_t Mark() const { return first_change_ + changes_.size(); }
  // Carries the changes before `mark`. with_length: the length at the call too; else only what reading the data needs.
  // Syncs may complete in another order than they were called in.
  void Sync(uint64_t mark, bool with_length, uint64_t size_at_call);
  // The sync failed: its changes will never be carried. The cache keeps showing them.
  void ForgetChanges(uint64_t mark);
  LossCount LosePower(const LossRules& rules, RandomKey key);
  bool has_unsynced() const { return !changes_.empty() || size_ != durable_size_; }

  // --- the medium's own faults -------------------------------------------------
  // Flips one bit of the byte at `offset`, on the medium and, where the cache is clean, in the cache.
  void Rot(uint64_t offset, int bit);
  void AddLatentError(uint64_t offset) { latent_.insert(offset / kSectorBytes); }
  bool HasLatentError(uint64_t offset, uint64_t length) const;
  // The cache of a clean file was evicted: readers see the medium again.
  void Evict();

  uint64_t allocated() const { return allocated_; }
  void set_allocated(uint64_t bytes) { allocated_ = bytes; }
  const SparseBytes& medium() const { return medium_; }
  uint64_t durable_size() const { return durable_size_; }

 private:
  struct Change {
    bool is_resize;
    Fate fate;
    uint64_t offset;  // or the new size
    uint64_t medium_offset;
    uint64_t length;
    SparseBytes data;  // its bytes, from offset % SparseBytes::kPageBytes on
  };
  void Carry(const Change& change);
  void CarryPart(const Change& change, const LossRules& rules, RandomKey key, LossCount& count);
  void DropChanges(size_t count);

  SparseBytes cache_;
  SparseBytes medium_;
  uint64_t size_ = 0;
  uint64_t durable_size_ = 0;
  uint64_t allocated_ = 0;       // bytes of the disk it owns
  uint64_t first_change_ = 0;    // ordinal of changes_.front()
  uint64_t synced_mark_ = 0;     // the latest of a sync that completed
  uint64_t length_mark_ = 0;     // likewise, of those that carry the length
  std::vector<Change> changes_;  // unsynced, oldest first
  std::set<uint64_t> latent_;    // sectors
};

}  // namespace tidemark::sim
