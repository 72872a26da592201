#pragma once

#include <memory>
#include <string>

#include "engine/base/ids.h"
#include "engine/env/disk.h"

namespace tidemark {

// Removes every file of a partition and, unless `keep_directory`, its directory: newest file first, so that what an
// interrupted removal leaves is an earlier state of the partition, or nothing. Files that an operation still under
// way makes meanwhile are removed too. `done`: durably so; OK also when nothing was there. Work stops, and
// `done` is dropped, once `alive` has expired.
void RemovePartitionFiles(Disk& disk, std::weak_ptr<void> alive, PartitionId partition, bool keep_directory,
                          DiskDone done);

// The same of any directory of log files in the store's root.
void RemoveLogDirectory(Disk& disk, std::weak_ptr<void> alive, std::string directory, bool keep_directory,
                        DiskDone done);

}  // namespace tidemark
