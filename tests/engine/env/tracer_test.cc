#include "engine/env/tracer.h"

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

TEST(TracerTest, UnknownKindsAreSaidToBeUnknown) {
  EXPECT_EQ(InfoOf(static_cast<TraceKind>(999)).name, "unknown");
  EXPECT_EQ(InfoOf(static_cast<TraceKind>(60'000)).name, "unknown");
}

}  // namespace
}  // namespace tidemark
