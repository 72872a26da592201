#include "engine/segmented_log/head_note.h"

#include "absl/strings/str_cat.h"
#include "engine/base/coding.h"
#include "engine/base/status.h"

namespace tidemark {
namespace {

constexpr uint32_t kVersion = 1;

uint8_t* BytesOf(std::string& text) { return reinterpret_cast<uint8_t*>(&text[0]); }

}  // namespace

std::string EncodeHeadNote(const HeadNote& note) {
  std::string bytes(kHeadNoteBytes + note.roster.size() * kRosterEntryBytes, '\0');
  uint8_t* to = BytesOf(bytes);
  PutFixed32(to, kVersion);
  PutFixed32(to + 4, static_cast<uint32_t>(note.roster.size()));
  PutFixed64(to + 8, note.term.value());
  PutFixed64(to + 16, note.vote.value());
  to += kHeadNoteBytes;
  for (const RosterEntry& entry : note.roster) {
    PutFixed64(to, entry.partition.value());
    PutFixed64(to + 8, entry.next_index.value());
    to += kRosterEntryBytes;
  }
  return bytes;
}

absl::StatusOr<HeadNote> DecodeHeadNote(ByteSpan bytes) {
  if (bytes.size() < kHeadNoteBytes) {
    return MakeError(ErrorKind::kCorruption,
                     absl::StrCat("head note: ", bytes.size(), " bytes, shorter than ", kHeadNoteBytes));
  }
  const uint32_t version = GetFixed32(bytes.data());
  if (version != kVersion) {
    return MakeError(ErrorKind::kNotSupported,
                     absl::StrCat("head note: version ", version, "; this program knows ", kVersion));
  }
  const uint64_t entries = GetFixed32(bytes.data() + 4);
  if (bytes.size() != kHeadNoteBytes + entries * kRosterEntryBytes) {
    return MakeError(ErrorKind::kCorruption,
                     absl::StrCat("head note: ", bytes.size(), " bytes do not hold ", entries, " roster entries"));
  }
  HeadNote note;
  note.term = Term(GetFixed64(bytes.data() + 8));
  note.vote = NodeId(GetFixed64(bytes.data() + 16));
  if (note.term == Term::Max()) return MakeError(ErrorKind::kCorruption, "head note: a term after which none can come");
  note.roster.reserve(entries);
  for (uint64_t i = 0; i < entries; ++i) {
    const uint8_t* from = bytes.data() + kHeadNoteBytes + i * kRosterEntryBytes;
    const RosterEntry entry{PartitionId(GetFixed64(from)), PartitionIndex(GetFixed64(from + 8))};
    if (entry.next_index == PartitionIndex(0) || (i > 0 && entry.partition <= note.roster.back().partition)) {
      return MakeError(ErrorKind::kCorruption,
                       absl::StrCat("head note: roster entry ", i, " (partition ", entry.partition.value(), ", next ",
                                    entry.next_index.value(), ") is out of order or has next index 0"));
    }
    note.roster.push_back(entry);
  }
  return note;
}

}  // namespace tidemark
