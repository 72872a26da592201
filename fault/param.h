#pragma once

// Named, typed numbers of a plan's items. One table (param.cc) says for each its type, range and default;
// the parser, the printer, the generator and the documentation all read that table.

#include <array>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace tidemark::fault {

enum class Param : uint8_t {
  kDown,       // how long the node stays down
  kBy,         // by how much time
  kRate,       // how often, in thousandths of the operations it could hit
  kCount,      // how many times at most; for an append: how many records
  kKeep,       // chance that an unsynced piece survives, in thousandths
  kGarbage,    // chance that a piece that does not survive becomes garbage
  kNames,      // chance that an unsynced name operation survives
  kTear,       // none, sector or byte
  kSector,     // 512 or 4096
  kBytes,      // a size
  kBytesMax,   // the largest size; sizes are drawn from [bytes, bytes_max]
  kPpm,        // clock drift in parts per million
  kAfterIo,    // fire when the node issues its n-th disk operation after `at`; 0: at `at`
  kWhen,       // any, or recovery: count only operations issued inside recovery
  kPartition,  // any, or one id
  kEvery,      // time between two
  kInflight,   // how many may be unanswered at once
  kWith,       // the other node
  kBatch,      // how many records of one call at most
};
inline constexpr int kParamCount = 19;

enum class ParamType : uint8_t { kDuration, kPermille, kCount, kBytes, kChoice, kPartition };

struct ParamInfo {
  absl::string_view name;
  ParamType type;
  int64_t min;
  int64_t max;
  int64_t fallback;                          // the value when the plan does not say
  std::array<absl::string_view, 4> choices;  // for kChoice: the names of 0, 1, 2, ...
  absl::string_view doc;
};
const ParamInfo& InfoOf(Param param);

// Value of kPartition that stands for "any".
inline constexpr int64_t kAnyPartition = -1;

// All params, each at its default until set.
class ParamValues {
 public:
  ParamValues();
  int64_t operator[](Param param) const { return values_[static_cast<size_t>(param)]; }
  void Set(Param param, int64_t value) { values_[static_cast<size_t>(param)] = value; }
  friend bool operator==(const ParamValues&, const ParamValues&) = default;

 private:
  std::array<int64_t, kParamCount> values_;
};

}  // namespace tidemark::fault
