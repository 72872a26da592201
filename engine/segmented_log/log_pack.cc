#include "engine/segmented_log/log_pack.h"

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/check.h"
#include "engine/base/coding.h"
#include "engine/base/crc32c.h"
#include "engine/base/status.h"
#include "engine/segmented_log/roster_ahead.h"

namespace tidemark {
namespace {

constexpr char kMagic[] = "TIDEPCK1";
constexpr size_t kMagicBytes = 8;
constexpr size_t kVersionAt = 8;
constexpr size_t kNoteBytesAt = 12;
constexpr size_t kStoreHighAt = 16;
constexpr size_t kStoreLowAt = 24;
constexpr size_t kFirstAt = 32;
constexpr size_t kLastAt = 40;
constexpr size_t kFirstTermAt = 48;
constexpr size_t kLastTermAt = 56;
constexpr size_t kEntryBytesAt = 64;
constexpr size_t kHeaderZeroAt = 72;
constexpr size_t kHeaderCrcAt = 76;
static_assert(kHeaderCrcAt + 4 == kLogPackHeaderBytes);
constexpr uint64_t kSmallestPackedEntry = kPackedEntryPrefixBytes + kEntryHeaderBytes;

uint8_t* At(std::string& bytes, size_t at) { return reinterpret_cast<uint8_t*>(&bytes[0]) + at; }

absl::Status Damaged(const std::string& what) {
  return MakeError(ErrorKind::kCorruption, absl::StrCat("log pack: ", what));
}

// The header and all that its numbers promise of the sizes.
absl::Status CheckHeader(ByteSpan bytes) {
  const uint8_t* const at = bytes.data();
  if (bytes.size() < kLogPackHeaderBytes + kLogPackChecksumBytes) {
    return Damaged(absl::StrCat(bytes.size(), " bytes, shorter than its header of ", kLogPackHeaderBytes));
  }
  if (bytes.size() > kMaxLogPackBytes) {
    return Damaged(absl::StrCat(bytes.size(), " bytes, more than ", kMaxLogPackBytes));
  }
  if (std::memcmp(at, kMagic, kMagicBytes) != 0) return Damaged("it does not begin with TIDEPCK1");
  if (const uint32_t version = GetFixed32(at + kVersionAt); version != kLogPackVersion) {
    return MakeError(ErrorKind::kNotSupported,
                     absl::StrCat("log pack: version ", version, "; this program knows ", kLogPackVersion));
  }
  if (GetFixed32(at + kHeaderCrcAt) != Crc32c(bytes.subspan(0, kHeaderCrcAt)))
    return Damaged("header checksum mismatch");
  if (GetFixed32(at + kHeaderZeroAt) != 0) return Damaged("spare bytes of the header are not zero");
  const uint64_t note_bytes = GetFixed32(at + kNoteBytesAt);
  const uint64_t entry_bytes = GetFixed64(at + kEntryBytesAt);
  const uint64_t around = kLogPackHeaderBytes + note_bytes + kLogPackChecksumBytes;
  if (entry_bytes > bytes.size() || around + entry_bytes != bytes.size()) {
    return Damaged(
        absl::StrCat(bytes.size(), " bytes do not hold a note of ", note_bytes, " and entries of ", entry_bytes));
  }
  const uint64_t first = GetFixed64(at + kFirstAt);
  const uint64_t last = GetFixed64(at + kLastAt);
  if (first == 0 || last < first || last == RaftIndex::Max().value() ||
      (last - first) >= entry_bytes / kSmallestPackedEntry) {
    return Damaged(absl::StrCat("records ", first, " to ", last, " in ", entry_bytes, " bytes"));
  }
  return absl::OkStatus();
}

// Every entry on its own, their terms in order, and each as the next one of its partition: what is taken from a pack
// must open again.
absl::Status CheckEntries(const LogPack& pack) {
  Term before = pack.before.term;
  RosterAhead roster(pack.before.roster);
  RaftIndex index = pack.first;
  for (ByteSpan rest = pack.entries; !rest.empty(); index = index.Next()) {
    if (rest.size() < kPackedEntryPrefixBytes) return Damaged("bytes after the last entry");
    const uint64_t length = GetFixed32(rest.data());
    if (length > rest.size() - kPackedEntryPrefixBytes) {
      return Damaged(absl::StrCat(index.ToString(), " has ", length, " bytes, more than are left"));
    }
    if (index > pack.last) return Damaged("more entries than it says");
    const absl::StatusOr<EntryView> entry = DecodeEntry(rest.subspan(kPackedEntryPrefixBytes, length));
    if (!entry.ok()) return Annotate(entry.status(), absl::StrCat("log pack, ", index.ToString()));
    const Term term = entry->header.term;
    if (term < before)
      return Damaged(absl::StrCat(index.ToString(), " has term ", term.value(), " after ", before.value()));
    if (index == pack.first && term != pack.first_term) return Damaged("its first entry has another term than it says");
    if (absl::Status follows = roster.Check(entry->header, entry->payload); !follows.ok()) {
      return Annotate(follows, absl::StrCat("log pack, ", index.ToString()));
    }
    roster.Apply(entry->header, entry->payload);
    before = term;
    rest = rest.subspan(kPackedEntryPrefixBytes + length);
  }
  if (index != pack.last.Next()) return Damaged("fewer entries than it says");
  if (before != pack.last_term) return Damaged("its last entry has another term than it says");
  return absl::OkStatus();
}

}  // namespace

LogPackBuilder::LogPackBuilder(StoreId store_id, RaftIndex first, const HeadNote& before)
    : bytes_(kLogPackHeaderBytes, '\0'), first_(first), next_(first), last_term_(before.term) {
  CHECK_EQ(before.vote, NodeId(0)) << "a vote is its node's own";
  const std::string note = EncodeHeadNote(before);
  bytes_ += note;
  entries_at_ = bytes_.size();
  std::memcpy(&bytes_[0], kMagic, kMagicBytes);
  PutFixed32(At(bytes_, kVersionAt), kLogPackVersion);
  PutFixed32(At(bytes_, kNoteBytesAt), static_cast<uint32_t>(note.size()));
  PutFixed64(At(bytes_, kStoreHighAt), store_id.high);
  PutFixed64(At(bytes_, kStoreLowAt), store_id.low);
  PutFixed64(At(bytes_, kFirstAt), first.value());
}

void LogPackBuilder::Add(const EntryHeader& header, ByteSpan payload) {
  CHECK_GE(header.term, last_term_) << "term goes back at " << next_;
  CHECK_LE(BytesWith(payload.size()), kMaxLogPackBytes);
  if (empty()) PutFixed64(At(bytes_, kFirstTermAt), header.term.value());
  const size_t at = bytes_.size();
  bytes_.resize(at + kPackedEntryPrefixBytes + kEntryHeaderBytes);
  PutFixed32(At(bytes_, at), static_cast<uint32_t>(kEntryHeaderBytes + payload.size()));
  EncodeEntryHeader(header, At(bytes_, at + kPackedEntryPrefixBytes));
  bytes_.append(AsText(payload).data(), payload.size());
  last_term_ = header.term;
  next_ = next_.Next();
}

std::string LogPackBuilder::Finish() {
  CHECK(!empty()) << "a pack of nothing";
  PutFixed64(At(bytes_, kLastAt), next_.Prev().value());
  PutFixed64(At(bytes_, kLastTermAt), last_term_.value());
  PutFixed64(At(bytes_, kEntryBytesAt), bytes_.size() - entries_at_);
  PutFixed32(At(bytes_, kHeaderCrcAt), Crc32c(AsBytes(bytes_).subspan(0, kHeaderCrcAt)));
  const uint32_t crc = Crc32c(AsBytes(bytes_));
  bytes_.resize(bytes_.size() + kLogPackChecksumBytes);
  PutFixed32(At(bytes_, bytes_.size() - kLogPackChecksumBytes), crc);
  return std::move(bytes_);
}

void LogPack::ForEach(absl::FunctionRef<void(RaftIndex, const EntryView&)> visit) const {
  RaftIndex index = first;
  for (ByteSpan rest = entries; !rest.empty(); index = index.Next()) {
    const uint64_t length = GetFixed32(rest.data());
    const absl::StatusOr<EntryView> entry = DecodeEntry(rest.subspan(kPackedEntryPrefixBytes, length));
    CHECK(entry.ok()) << "a checked pack holds a damaged entry " << index;
    visit(index, *entry);
    rest = rest.subspan(kPackedEntryPrefixBytes + length);
  }
}

absl::StatusOr<LogPack> DecodeLogPack(ByteSpan bytes) {
  RETURN_IF_ERROR(CheckHeader(bytes));
  const size_t covered = bytes.size() - kLogPackChecksumBytes;
  if (GetFixed32(bytes.data() + covered) != Crc32c(bytes.subspan(0, covered))) return Damaged("checksum mismatch");
  const uint8_t* const at = bytes.data();
  const uint64_t note_bytes = GetFixed32(at + kNoteBytesAt);
  LogPack pack;
  pack.store_id = {.high = GetFixed64(at + kStoreHighAt), .low = GetFixed64(at + kStoreLowAt)};
  pack.first = RaftIndex(GetFixed64(at + kFirstAt));
  pack.last = RaftIndex(GetFixed64(at + kLastAt));
  pack.first_term = Term(GetFixed64(at + kFirstTermAt));
  pack.last_term = Term(GetFixed64(at + kLastTermAt));
  pack.entries = bytes.subspan(kLogPackHeaderBytes + note_bytes, GetFixed64(at + kEntryBytesAt));
  absl::StatusOr<HeadNote> before = DecodeHeadNote(bytes.subspan(kLogPackHeaderBytes, note_bytes));
  if (!before.ok()) return Annotate(before.status(), "log pack");
  if (before->vote != NodeId(0)) return Damaged("it names a vote");
  pack.before = *std::move(before);
  RETURN_IF_ERROR(CheckEntries(pack));
  return pack;
}

}  // namespace tidemark
