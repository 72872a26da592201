#pragma once

// What the commands on a store have in common, in the order in which they go: words and flags, the directory, the lock,
// and how they end.

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
};

// Which store, and which one it must be.
struct StoreArguments {
  std::string directory;
  absl::optional<StoreId> store_id;
};
// Parses `flags`, which hold those of `store`. The one word that is not a flag is the directory. INVALID_ARGUMENT.
absl::StatusOr<StoreArguments> ParseStoreArguments(const Flags& flags, const StoreFlags& store,
                                                   const std::vector<std::string>& arguments);

// Opens the directory and locks the store. Where another process has it, the error ends with `what_to_do`.
absl::StatusOr<std::unique_ptr<StoreFiles>> OpenStoreLocked(const std::string& directory, StoreFiles::Lock lock,
                                                            absl::string_view what_to_do);

// {"format": 1, "command": ...: an open object.
JsonWriter BeginJson(absl::string_view command);

// Nothing could be said of the store: why, in the wanted form. Returns the exit code.
int CouldNotRead(absl::string_view command, bool json, const absl::Status& why);

}  // namespace tidemark::tools
