#include "engine/env/tracer.h"

namespace tidemark {
namespace {

constexpr TraceKindInfo kUnknown = {"unknown", {"arg0", "arg1", "arg2", "arg3"}};
constexpr TraceKindInfo kInfos[] = {
    {"none", {}},
    {"appended", {"raft_index", "partition_index", "payload_bytes", "payload_crc"}},
    {"durable", {"from", "to"}},
    {"committed", {"from", "to"}},
    {"forwarded", {"raft_index", "partition_index", "payload_crc"}},
    {"partition_durable", {"from_raft_index", "to_raft_index", "to_partition_index"}},
    {"apply_started", {"raft_index", "partition_index", "payload_crc"}},
    {"applied", {"raft_index", "partition_index", "payload_crc"}},
    {"acknowledged", {"raft_index", "partition_index"}},
    {"refused", {"error_kind", "payload_bytes", "records", "longest_payload"}},
    {"min_required", {"from", "to", "reason"}},
    {"truncated_prefix", {"from", "to"}},
    {"truncated_suffix", {"from", "to"}},
    {"partition_cut", {"from_partition_index", "to_partition_index", "to_raft_index"}},
    {"checkpoint", {"durable_raft_index", "next_partition_index", "applied_raft_index"}},
    {"partition_truncated", {"from_partition_index", "to_partition_index"}},
    {"partition_dropped", {"raft_index"}},
    {"released", {"raft_index", "partition_index"}},
    {"partition_creating", {"raft_index"}},
    {"partition_created", {"raft_index"}},
    {"recovery_started", {}},
    {"recovery_phase", {"phase", "count"}},
    {"recovered", {"appended", "durable", "truncated"}},
    {"recovery_refused", {"error_kind"}},
    {"poisoned", {"error_kind"}},
    {"rotated", {"file_id", "base_sequence"}},
    {"torn_tail_cut", {"file_id", "offset", "bytes"}},
    {"corruption_found", {"file_id", "offset", "promised_offset"}},
    {"tail_reappended", {"file_id", "records"}},
    {"partition_removed", {"raft_index"}},
    {"full", {}},
    {"space_again", {}},
    {"partition_dropping", {"raft_index"}},
    {"gap_mended", {"file_id", "offset", "bytes", "records"}},
    {"spilled", {"raft_index", "partition_index"}},
    {"sealed_file_read", {"file_id", "base_sequence", "last_sequence"}},
    {"places_let_go", {"file_id", "records"}},
    {"file_reused", {"file_id", "next_file_id"}},
    {"creation_released", {"raft_index"}},
};

}  // namespace

const TraceKindInfo& InfoOf(TraceKind kind) {
  const size_t row = static_cast<size_t>(kind);
  return row < sizeof(kInfos) / sizeof(kInfos[0]) ? kInfos[row] : kUnknown;
}

}  // namespace tidemark
