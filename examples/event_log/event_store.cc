#include "examples/event_log/event_store.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "engine/base/bytes.h"
#include "engine/base/status.h"

namespace tidemark::examples {
namespace {

EngineOptions StoreOptions(EngineOptions::Mode mode) {
  EngineOptions options;
  options.store_id = {0x5ea3c1d07b6f4e21, 0x9d0847aa62f1c35e};  // drawn once, for this program
  options.mode = mode;
  // Small files, as suits an example.
  options.log_segment_bytes = 1u << 20;
  options.partition_segment_bytes = 512u << 10;
  options.max_payload_bytes = 64u << 10;
  return options;
}

// Nobody needs a record of the log any more, and the machine has all. The one does not imply the other: what the
// machine had not kept when a life ended is applied again, from the partitions' files.
bool AllIsApplied(const Ladder& ladder) {
  return ladder.min_required == ladder.appended.Next() &&
         std::all_of(ladder.partitions.begin(), ladder.partitions.end(),
                     [](const PartitionLadder& p) { return p.applied_index == p.appended_index; });
}

}  // namespace

EventStore::EventStore(std::unique_ptr<RealEnv> real, const std::string& directory)
    : real_(std::move(real)), counts_(real_->loop(), directory + "/counts") {}
EventStore::~EventStore() = default;

absl::StatusOr<std::unique_ptr<EventStore>> EventStore::Open(const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return absl::UnavailableError(absl::StrCat("creating ", directory, ": ", error.message()));
  ASSIGN_OR_RETURN(std::unique_ptr<RealEnv> real, RealEnv::Create({.root = directory}));
  std::unique_ptr<EventStore> store(new EventStore(std::move(real), directory));
  RETURN_IF_ERROR(store->counts_.Load());
  absl::Status status = store->Recover(EngineOptions::Mode::kExisting);
  // kCreate also finishes a creation that a crash interrupted; it never takes over a store that holds anything.
  if (KindOf(status) == ErrorKind::kNoStore) status = store->Recover(EngineOptions::Mode::kCreate);
  RETURN_IF_ERROR(status);
  RETURN_IF_ERROR(store->WaitUntilApplied());
  return store;
}

absl::Status EventStore::Recover(EngineOptions::Mode mode) {
  absl::optional<absl::Status> answer;
  Engine::Recover(real_->env(), StoreOptions(mode), counts_, [&](Engine::RecoverOutcome outcome) {
    answer = outcome.engine.status();
    if (outcome.engine.ok()) engine_ = *std::move(outcome.engine);
  });
  loop().RunUntil([&] { return answer.has_value(); });
  return *answer;
}

absl::Status EventStore::CreatePartitions(uint64_t count) {
  absl::Status failed;
  uint64_t left = 0;
  for (PartitionId id(1); id <= PartitionId(count); id = id.Next()) {
    if (engine_->HasPartition(id)) continue;
    ++left;
    engine_->CreatePartition(id, [&](const absl::Status& status) {
      failed.Update(status);
      --left;
    });
  }
  loop().RunUntil([&] { return left == 0; });
  return failed;
}

void EventStore::Append(PartitionId partition, absl::string_view event, AppendDone done) {
  engine_->Append(partition, AsBytes(event), std::move(done));
}

absl::StatusOr<std::vector<std::string>> EventStore::Tail(PartitionId partition, uint64_t count) {
  uint64_t last = 0;
  for (const PartitionLadder& p : engine_->ladder().partitions) {
    if (p.partition == partition) last = p.applied_index.value();
  }
  std::vector<std::string> events;
  for (PartitionIndex i(last > count ? last - count + 1 : 1); i <= PartitionIndex(last); i = i.Next()) {
    absl::optional<absl::StatusOr<Entry>> entry;
    engine_->Read(partition, i, [&](absl::StatusOr<Entry> read) { entry = std::move(read); });
    loop().RunUntil([&] { return entry.has_value(); });
    if (!entry->ok()) return entry->status();
    events.push_back((*entry)->payload);
  }
  return events;
}

absl::Status EventStore::WaitUntilApplied() {
  const Ladder& ladder = engine_->ladder();
  const bool ended = loop().RunUntil([&] { return engine_->poisoned() || AllIsApplied(ladder); });
  if (!ended) return absl::UnavailableError("a file of the store has failed; open the store again");
  return engine_->poisoned() ? absl::UnavailableError("the log has failed; open the store again") : absl::OkStatus();
}

absl::Status EventStore::Close() {
  const absl::Status status = WaitUntilApplied();
  engine_.reset();
  loop().RunUntil([&] { return !counts_.saving(); });
  return status.ok() ? counts_.Save() : status;
}

}  // namespace tidemark::examples
