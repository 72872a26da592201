#include "engine/aof/gap_mender.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "engine/aof/batch.h"
#include "engine/aof/file_scan.h"
#include "engine/aof/transfer.h"
#include "engine/base/status.h"

namespace tidemark::aof {
namespace {

absl::Status Stands(const std::string& why) { return MakeError(ErrorKind::kCorruption, why); }

class Mender : public std::enable_shared_from_this<Mender> {
 public:
  Mender(std::weak_ptr<void> alive, std::shared_ptr<File> file, const FileHeader& header, const DamagedRange& range,
         Replay& replay, DiskDone done)
      : alive_(std::move(alive)),
        header_(header),
        range_(range),
        replay_(replay),
        done_(std::move(done)),
        file_(std::move(file)) {}

  void Start() {
    auto scanner = std::make_shared<Scanner>(
        header_, Scanner::Range{.from = range_.to, .limit = range_.limit, .sealed = false}, range_.last, range_.floor);
    auto look = [self = shared_from_this()](const BatchView& batch) { return self->Look(batch); };
    ScanFile(file_, scanner, range_.limit, look, [self = shared_from_this()](const absl::Status& status) {
      if (!self->alive_.expired()) self->Ask(status);
    });
  }

 private:
  // False: it knows.
  bool Look(const BatchView& batch) {
    if (batch.cut.has_value()) return false;
    batch.ForEachFrame([this](const FrameView& frame) {
      if (frame.type == FrameType::kRecord && !after_.has_value()) after_ = std::string(AsText(frame.payload));
    });
    return !after_.has_value();
  }

  // Damage further on is for later; what could not be read may be what is looked for.
  void Ask(const absl::Status& scanned) {
    const bool unread = !scanned.ok() && KindOf(scanned) != ErrorKind::kCorruption;
    if (!after_.has_value() && unread) return done_(scanned);
    if (!after_.has_value()) return done_(Stands("no record follows that would tell what was there"));
    Gap gap{.first = range_.before.Next(), .last = range_.last, .after = *std::move(after_)};
    replay_.OnGap(std::move(gap), [self = shared_from_this()](absl::StatusOr<std::vector<std::string>> payloads) {
      if (self->alive_.expired()) return;
      if (!payloads.ok()) return self->done_(payloads.status());
      self->Write(*payloads);
    });
  }

  void Write(const std::vector<std::string>& payloads) {
    CHECK_EQ(payloads.size(), range_.last.value() - range_.before.value()) << "records for another gap";
    Batch records;
    Sequence sequence = range_.before;
    for (const std::string& payload : payloads) {
      sequence = sequence.Next();
      const ByteSpan parts[] = {AsBytes(payload)};
      records.AddRecord(sequence, parts);
    }
    uint64_t at = range_.from;
    if (!payloads.empty()) Add(records, &at);
    while (at < range_.to) {
      Batch silent;
      Add(silent, &at);
    }
    if (at != range_.to) return done_(Stands("what was there does not fit"));
    WriteAllAndSync(*file_, range_.from, bytes_.span(), [self = shared_from_this()](const absl::Status& status) {
      if (!self->alive_.expired()) self->done_(status);
    });
  }

  // All below the range is durable: the batch after it promised that.
  void Add(Batch& batch, uint64_t* at) {
    batch.Place({.salt = FrameSalt(header_.store_id, header_.log_id, header_.file_id),
                 .offset = *at,
                 .block_bytes = header_.block_bytes,
                 .promised_offset = range_.from,
                 .promised_sequence = range_.before,
                 .last = range_.last,
                 .first = range_.floor});
    bytes_.Append(batch.bytes());
    *at += batch.bytes().size();
  }

  std::weak_ptr<void> alive_;
  const FileHeader header_;
  const DamagedRange range_;
  Replay& replay_;
  DiskDone done_;
  absl::optional<std::string> after_;
  AlignedBuffer bytes_;
  std::shared_ptr<File> file_;  // last: gone before the bytes that a write may still read
};

}  // namespace

void MendGap(std::weak_ptr<void> alive, std::shared_ptr<File> file, const FileHeader& header, const DamagedRange& range,
             Replay& replay, DiskDone done) {
  std::make_shared<Mender>(std::move(alive), std::move(file), header, range, replay, std::move(done))->Start();
}

}  // namespace tidemark::aof
