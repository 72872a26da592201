#pragma once

// What bytes found at a partition's place are, against the record that ought to stand there.

#include <string>

#include "engine/base/bytes.h"
#include "engine/base/ids.h"
#include "scenarios/workload/payload.h"
#include "scenarios/workload/record_model.h"

namespace tidemark::scenarios {

enum class Content : uint8_t {
  kRight,
  kBeyond,    // no record ought to stand there
  kOther,     // the whole payload of another record that a client did send
  kDamaged,   // the record that ought to be there, with bytes changed
  kInvented,  // no record that any client sent
};

// `expected` is the record that ought to stand there; null: none. One pass over the bytes when they are right.
Content Classify(const RecordModel& model, const PayloadSource& payloads, const ModelRecord* expected,
                 ByteSpan payload);

// "record 17 of op 3, 120 bytes": what the bytes claim to be.
std::string DescribeContent(ByteSpan payload);

}  // namespace tidemark::scenarios
