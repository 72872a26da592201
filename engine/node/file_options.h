#pragma once

// How the engine's options become those of its files.

#include <cstdint>
#include <memory>

#include "engine/aof/open_files.h"
#include "engine/aof/options.h"
#include "engine/aof/turns.h"
#include "engine/base/ids.h"
#include "engine/node/options.h"

namespace tidemark {

// The log's directory in the store's root; those of partitions are PartitionLog::DirectoryOf.
inline constexpr const char* kLogDirectory = "log";

// Where the spill lives (engine/node/spill.h), and its number among the logs of a store: no partition has it.
inline constexpr const char* kSpillDirectory = "spill";
inline constexpr uint64_t kSpillLogId = ~uint64_t{0};

// What the partitions' files have in common.
struct SharedByPartitions {
  std::shared_ptr<aof::Turns> turns;           // when one may write and sync
  std::shared_ptr<aof::OpenFiles> open_files;  // which are open
};

// `mode` is left at kExisting.
aof::Options LogFileOptions(const EngineOptions& options);
aof::Options PartitionFileOptions(const EngineOptions& options, PartitionId partition,
                                  const SharedByPartitions& shared);
aof::Options SpillFileOptions(const EngineOptions& options);
// How many partitions the store may have: max_partitions, or what the roster in the head of a log file has room for.
uint64_t MaxPartitions(const EngineOptions& options);
// As many as the head of a log file can list, whatever the options allow to create.
uint64_t RosterRoom(const EngineOptions& options);

}  // namespace tidemark
