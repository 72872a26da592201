#include "engine/aof/let_go.h"

#include "engine/base/ids.h"

namespace tidemark::aof {

void LetGoOfSealed(const SegmentTable& table, uint64_t log_id, uint64_t most, Tracer& tracer, RecordIndex& index) {
  const Sequence known_from = table.KnownFromWithin(index.known_from(), most);
  while (index.known_from() < known_from) {
    const Segment& segment = table.Holding(index.known_from());
    const Sequence end = table.EndOf(segment);
    tracer.Emit({.kind = TraceKind::kPlacesLetGo,
                 .partition = PartitionId(log_id),
                 .args = {segment.file_id, end.value() - index.known_from().value(), 0, 0}});
    index.LetGoBelow(end);
  }
}

}  // namespace tidemark::aof
