#include "engine/env/tracer.h"

#include "engine/base/bytes.h"
#include "engine/base/crc32c.h"
#include "gtest/gtest.h"

namespace tidemark {
namespace {

TEST(TracerTest, EveryEngineKindNamesItself) {
  EXPECT_EQ(InfoOf(TraceKind::kAppended).name, "appended");
  EXPECT_EQ(InfoOf(TraceKind::kAppended).args[3], "payload_crc");
  EXPECT_EQ(InfoOf(TraceKind::kCheckpoint).name, "checkpoint");
  EXPECT_EQ(InfoOf(TraceKind::kRecoveryStarted).name, "recovery_started");
  EXPECT_EQ(InfoOf(TraceKind::kTailReappended).name, "tail_reappended");
}

class Listening final : public Tracer {
 public:
  void Emit(const TraceEvent&) override {}
};
class Indifferent final : public Tracer {
 public:
  Indifferent() : Tracer(/*wants_payload_crc=*/false) {}
  void Emit(const TraceEvent&) override {}
};

TEST(TracerTest, APayloadsChecksumIsTakenWhereItIsWanted) {
  const ByteSpan payload = AsBytes("payload");
  EXPECT_EQ(Listening().PayloadCrc(payload), Crc32c(payload));
  EXPECT_EQ(Indifferent().PayloadCrc(payload), 0u);
}

TEST(TracerTest, UnknownKindsAreSaidToBeUnknown) {
  EXPECT_EQ(InfoOf(static_cast<TraceKind>(999)).name, "unknown");
  EXPECT_EQ(InfoOf(static_cast<TraceKind>(60'000)).name, "unknown");
}

}  // namespace
}  // namespace tidemark
