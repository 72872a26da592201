#include "engine/backend/tracers.h"

#include "gtest/gtest.h"

namespace tidemark {
namespace {

TraceEvent EventOf(int kind) {
  TraceEvent event;
  event.kind = static_cast<TraceKind>(kind);
  return event;
}
TraceEvent EventOf(TraceKind kind) { return EventOf(static_cast<int>(kind)); }

TEST(CountingTracerTest, CountsEachKindAndNamesWhatItSaw) {
  CountingTracer tracer;
  EXPECT_EQ(tracer.ToString(), "");
  for (int i = 0; i < 3; ++i) tracer.Emit(EventOf(TraceKind::kAppended));
  tracer.Emit(EventOf(TraceKind::kDurable));
  EXPECT_EQ(tracer.CountOf(TraceKind::kAppended), 3u);
  EXPECT_EQ(tracer.CountOf(TraceKind::kApplied), 0u);
  EXPECT_EQ(tracer.ToString(), "appended 3, durable 1");
}

TEST(CountingTracerTest, KindsThatAreNotTheEnginesAreCountedTogether) {
  CountingTracer tracer;
  tracer.Emit(EventOf(1000));
  tracer.Emit(EventOf(65535));
  EXPECT_EQ(tracer.ToString(), "other 2");
}

}  // namespace
}  // namespace tidemark
