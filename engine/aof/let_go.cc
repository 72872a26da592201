#include "engine/aof/let_go.h"

#include "engine/base/ids.h"

namespace tidemark::aof {

void LetGoOfSealed(const SegmentTable& table, const Options& options, Tracer& tracer, RecordIndex& index) {
  const Sequence known_from = table.KnownFromWithin(index.known_from(), options.max_known_records);
  while (index.known_from() < known_from) {
    const Segment& segment = table.Holding(index.known_from());
    const Sequence end = table.EndOf(segment);
    tracer.Emit({.kind = TraceKind::kPlacesLetGo,
                 .partition = PartitionId(options.log_id),
                 .args = {segment.file_id, end.value() - index.known_from().value(), 0, 0}});
    index.LetGoBelow(end);
  }
}

}  // namespace tidemark::aof
