#pragma once

// What the commands on a store have in common: the directory, the lock, and how they end.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "engine/aof/store_id.h"
#include "tools/flags.h"
#include "tools/store/json_writer.h"
#include "tools/store/store_files.h"

namespace tidemark::tools {

// --json and --store-id.
struct StoreFlags {
  bool json = false;
  std::string store_id_text;

  void AddTo(Flags& flags);
  // INVALID_ARGUMENT.
  absl::StatusOr<absl::optional<StoreId>> store_id() const;
};

// The one word that is not a flag. INVALID_ARGUMENT.
absl::StatusOr<std::string> DirectoryOf(const std::vector<std::string>& words);

// {"format": 1, "command": ...: an open object.
JsonWriter BeginJson(absl::string_view command);

// Nothing could be said of the store: why, in the wanted form. Returns the exit code.
int CouldNotRead(absl::string_view command, bool json, const absl::Status& why);

}  // namespace tidemark::tools
