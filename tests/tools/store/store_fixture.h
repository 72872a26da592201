#pragma once

// Stores on the real disk for the tests of the tools: the engine makes them, the tests damage copies of them.

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "engine/backend/real_env.h"
#include "engine/node/engine.h"
#include "tools/store/store_survey.h"

namespace tidemark::tests {

// Remembers how far it is, as a durable state machine would.
class Counter final : public StateMachine {
 public:
  void Apply(const AppliedRecord& record, ApplyDone done) override {
    applied[record.partition] = record.partition_index;
    done(absl::OkStatus());
  }
  PartitionIndex LastApplied(PartitionId partition) override { return applied[partition]; }
  void TakeSnapshot(PartitionId partition, SnapshotDone done) override { done(applied[partition]); }
  void Drop(PartitionId partition) override { applied.erase(partition); }
  std::map<PartitionId, PartitionIndex> applied;
};

// One directory with a store, and a process that opens and leaves it. Small files: 64 KiB, in blocks of 512 bytes.
class StoreMaker {
 public:
  explicit StoreMaker(std::string root);
  ~StoreMaker();

  EngineOptions options;
  const std::string& root() const { return root_; }

  // The next ones recover what is there.
  absl::Status Open();
  absl::Status Create(uint64_t partition);
  absl::Status Drop(uint64_t partition);
  // `count` records of `bytes`, durable in the log; together in batches of ten.
  absl::Status Append(uint64_t partition, int count, size_t bytes = 40);
  // All is in the partition files, and durable there.
  absl::Status Flush();
  // The partition's file is cut below its state machine's snapshot.
  absl::Status Snapshot(uint64_t partition);
  // Until the log needs nothing any more, and what it does not need is gone.
  absl::Status Truncate();
  // Like the death of the process.
  void Close();

 private:
  absl::Status WaitFor(absl::AnyInvocable<void(absl::AnyInvocable<void(absl::Status)>)> call);

  const std::string root_;
  Counter machine_;
  std::unique_ptr<RealEnv> real_;
  std::unique_ptr<Engine> engine_;
  uint64_t next_ = 0;
};

// A new empty directory of the test.
std::string FreshDirectory(const std::string& name);
void CopyTree(const std::string& from, const std::string& to);
// Path -> content, of all files below.
std::map<std::string, std::string> ReadTree(const std::string& root);
std::string ReadFile(const std::string& path);
void WriteFile(const std::string& path, const std::string& content);
// Turns the bits of one byte.
void Flip(const std::string& path, uint64_t offset, uint8_t bits = 0x40);
void Remove(const std::string& path);

// Surveyed with all comparisons.
absl::StatusOr<tools::StoreSurvey> Survey(const std::string& root);

}  // namespace tidemark::tests
