#pragma once

// A log of many small files, in which record n says so: what is in which, and what is read of them.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tests/engine/aof/aof_fixture.h"

namespace tidemark::aof {

class ManyFilesTest : public AofTest {
 protected:
  // Records 1..n as long as it takes to begin file `files`; the next record goes there, and is durable.
  void FillFiles(uint64_t files) {
    while (heard_->rotations.size() + 1 < files) AppendDurably(Payload(aof_->appended().value() + 1));
  }
  static std::string Payload(uint64_t n) { return absl::StrCat("record ", n, " ", std::string(400, 'x')); }
  // The first record of file `file_id`, as far as this life saw.
  uint64_t BaseOf(uint64_t file_id) const {
    for (const auto& [id, base] : heard_->rotations) {
      if (id == file_id) return base;
    }
    return 1;
  }
  // Cuts to `new_end`, durably, while the disk is full. The disk stays full.
  void CutOnAFullDisk(uint64_t new_end) {
    world_->SetCapacity(world_->used_bytes());
    while (!aof_->full()) {
      if (!TryAppend(Payload(aof_->appended().value() + 1)).ok()) break;
      world_->RunUntil([&] { return aof_->full() || aof_->pending_bytes() == 0; });
    }
    ASSERT_TRUE(aof_->full()) << "so the cut goes alone, into the reserved blocks";
    ASSERT_TRUE(Is(aof_->TruncateSuffix(Sequence(new_end)), absl::StatusCode::kOk));
    ASSERT_TRUE(Is(Flush(), absl::StatusCode::kOk));
  }
  uint64_t CountReads(const std::string& path) const { return world_->bytes_read(path); }
  void ReadAll() {
    for (uint64_t n = aof_->first().value(); n <= aof_->appended().value(); ++n) {
      const absl::StatusOr<std::string> payload = Read(n);
      ASSERT_TRUE(payload.ok()) << n << ": " << payload.status();
      EXPECT_EQ(*payload, Payload(n));
    }
  }
  std::vector<Record> ReadRange(uint64_t from, uint64_t count) {
    absl::StatusOr<std::vector<Record>> result = absl::UnknownError("still reading");
    bool done = false;
    aof_->ReadRange(Sequence(from), count, 1 << 20, [&](absl::StatusOr<std::vector<Record>> records) {
      result = std::move(records);
      done = true;
    });
    world_->RunUntil([&] { return done; });
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *std::move(result) : std::vector<Record>();
  }
};

}  // namespace tidemark::aof
