#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "engine/env/tracer.h"

namespace tidemark {

// Forgets everything.
class NullTracer final : public Tracer {
 public:
  NullTracer() : Tracer(/*wants_payload_crc=*/false, /*wants_events=*/false) {}
  void Emit(const TraceEvent&) override {}
};

// Counts events by kind: a production host's cheapest view of the ladder. For the loop's thread only.
class CountingTracer final : public Tracer {
 public:
  CountingTracer() : Tracer(/*wants_payload_crc=*/false) {}
  void Emit(const TraceEvent& event) override;

  // Since construction. Kinds from kMaxKinds on (none of the engine's) are counted together.
  uint64_t CountOf(TraceKind kind) const;
  // "appended 12, durable 3": what was seen, in the order of the kinds.
  std::string ToString() const;

 private:
  static constexpr size_t kMaxKinds = 64;
  static size_t RowOf(TraceKind kind);

  std::array<uint64_t, kMaxKinds + 1> counts_ = {};
};

}  // namespace tidemark
