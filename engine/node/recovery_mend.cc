// A damaged range of the segmented log, put back from the partition files: record and copy hold the same payload.
//
// Only a whole range is put back, and only what is proven to have been there: each record of it stands in some
// partition's file, with its place in the log, its place in the partition following the one before the range, and the
// term that the records before and after the range share. The last shows that no life ended within it, and with
// that no control record and no cut. Whatever is missing, the damage stands, and recovery is refused as without a copy.

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/status.h"
#include "engine/node/recovery.h"

namespace tidemark {
namespace {

constexpr uint64_t kReadRecords = 64;
constexpr uint64_t kReadBytes = 1u << 20;

}  // namespace

void Recovery::Mend(const LogGap& gap, LogGapDone done) {
  auto mending = std::make_shared<Mending>();
  mending->gap = gap;
  mending->done = std::move(done);
  for (const auto& [partition, known] : roster_.partitions()) {
    const PartitionIndex next = known.in_log.next();
    if (HasFile(partition) && found_.at(partition).log->last_index() >= next) {
      mending->to_read.push_back({partition, next});
    }
  }
  ReadForGap(std::move(mending));
}

// Held by the read under way, and by nobody else: it goes with it.
void Recovery::ReadForGap(std::shared_ptr<Mending> mending) {
  if (mending->to_read.empty()) return CloseGap(*mending);
  const auto [partition, from] = mending->to_read.back();
  mending->to_read.pop_back();
  found_.at(partition).log->Entries(
      from, kReadRecords, kReadBytes,
      [weak = weak_from_this(), mending, partition = partition](absl::StatusOr<std::vector<Entry>> entries) {
        if (auto self = weak.lock()) self->OnReadForGap(mending, partition, std::move(entries));
      });
}

// A file that is damaged there is as good as none; one that cannot be read now is not.
void Recovery::OnReadForGap(const std::shared_ptr<Mending>& mending, PartitionId partition,
                            absl::StatusOr<std::vector<Entry>> entries) {
  if (done_ == nullptr) return;
  const ErrorKind error = KindOf(entries.status());
  if (!entries.ok() && error != ErrorKind::kCorruption && error != ErrorKind::kTruncated) {
    return mending->done(entries.status());
  }
  bool more = entries.ok() && !entries->empty();
  for (size_t i = 0; more && i < entries->size(); ++i) {
    Entry& entry = (*entries)[i];
    more = entry.raft_index <= mending->gap.last && entry.raft_index >= mending->gap.first &&
           entry.header.term == mending->gap.term;
    if (!more) break;
    const PartitionIndex next = entry.header.partition_index.Next();
    mending->found.emplace(entry.raft_index, std::move(entry));
    if (i + 1 == entries->size() && next <= found_.at(partition).log->last_index()) {
      mending->to_read.push_back({partition, next});
    }
  }
  ReadForGap(mending);
}

void Recovery::CloseGap(Mending& mending) {
  std::vector<Entry> entries;
  for (RaftIndex index = mending.gap.first; index <= mending.gap.last; index = index.Next()) {
    const auto found = mending.found.find(index);
    if (found == mending.found.end()) {
      return mending.done(
          MakeError(ErrorKind::kCorruption,
                    absl::StrCat("no partition's file has a copy of ", index.ToString(), ", which is among ",
                                 mending.gap.first.ToString(), "..", mending.gap.last.ToString())));
    }
    entries.push_back(std::move(found->second));
  }
  mending.done(std::move(entries));
}

}  // namespace tidemark
