#pragma once

// How the engine's options become those of its files.

#include <cstdint>
#include <memory>

#include "engine/aof/options.h"
#include "engine/base/ids.h"
#include "engine/node/options.h"

namespace tidemark {

// The log's directory in the store's root; those of partitions are PartitionLog::DirectoryOf.
inline constexpr const char* kLogDirectory = "log";

// `mode` is left at kExisting.
aof::Options LogFileOptions(const EngineOptions& options);
aof::Options PartitionFileOptions(const EngineOptions& options, PartitionId partition,
                                  std::shared_ptr<aof::Turns> turns);
// How many partitions the store may have: max_partitions, or what the roster in the head of a log file has room for.
uint64_t MaxPartitions(const EngineOptions& options);

}  // namespace tidemark
