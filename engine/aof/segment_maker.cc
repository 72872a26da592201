#include "engine/aof/segment_maker.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/aof/file_names.h"
#include "engine/aof/transfer.h"
#include "engine/base/status.h"

namespace tidemark::aof {
namespace {

constexpr uint64_t kZeroPiece = 1u << 20;

// One file on its way; kept alive by its callbacks.
class Making : public std::enable_shared_from_this<Making> {
 public:
  Making(Disk& disk, std::weak_ptr<void> alive, SegmentPlan plan, std::string new_name, std::string final_name,
         SegmentMade done)
      : disk_(disk),
        alive_(std::move(alive)),
        plan_(std::move(plan)),
        new_path_(JoinPath(plan_.directory, new_name)),
        final_path_(JoinPath(plan_.directory, final_name)),
        done_(std::move(done)) {}

  void Start() {
    if (plan_.prepared != nullptr) {
      file_ = std::move(plan_.prepared);
      return OnAllocated(absl::OkStatus());
    }
    if (plan_.is_prepared) return OpenExisting(&Making::OnPreparedOpened);
    if (plan_.from_spare) return TakeSpare();
    Create(/*may_exist=*/true);
  }
  void Prepare() {
    only_prepare_ = true;
    Create(/*may_exist=*/true);
  }
  void Reuse() {
    only_prepare_ = true;
    OpenExisting(&Making::OnOldOpened);
  }

 private:
  template <typename Result>
  absl::AnyInvocable<void(Result)> Then(void (Making::*step)(Result)) {
    return [self = shared_from_this(), step](Result result) {
      if (!self->alive_.expired()) (self.get()->*step)(std::move(result));
    };
  }

  void OpenExisting(void (Making::*step)(absl::StatusOr<std::unique_ptr<File>>)) {
    disk_.Open(new_path_, {.mode = OpenOptions::Mode::kExisting, .direct = plan_.direct}, Then(step));
  }

  // --- from nothing ---
  void Create(bool may_exist) {
    OpenOptions options{.mode = OpenOptions::Mode::kCreateNew, .direct = plan_.direct};
    disk_.Open(new_path_, options, Then(may_exist ? &Making::OnCreated : &Making::OnCreatedAgain));
  }
  void OnCreated(absl::StatusOr<std::unique_ptr<File>> file) {
    // An earlier try may have left it behind.
    if (absl::IsAlreadyExists(file.status())) return disk_.Remove(new_path_, Then(&Making::OnLeftoverRemoved));
    OnCreatedAgain(std::move(file));
  }
  void OnLeftoverRemoved(absl::Status status) {
    if (!status.ok()) return Fail(status);
    Create(/*may_exist=*/false);
  }
  void OnCreatedAgain(absl::StatusOr<std::unique_ptr<File>> file) {
    if (!file.ok()) return Fail(file.status());
    OnFile(*std::move(file));
  }

  // --- from the spare: its new name is durable before it is written to, so that a spare is always all zeros ---
  void TakeSpare() { disk_.Rename(JoinPath(plan_.directory, kSpareName), new_path_, Then(&Making::OnSpareRenamed)); }
  void OnSpareRenamed(absl::Status status) {
    if (!status.ok()) return Fail(status);
    disk_.SyncDirectory(plan_.directory, Then(&Making::OnSpareTaken));
  }
  void OnSpareTaken(absl::Status status) {
    if (!status.ok()) return Fail(status);
    OpenExisting(&Making::OnCreatedAgain);
  }

  // --- from what was prepared, and was closed since ---
  void OnPreparedOpened(absl::StatusOr<std::unique_ptr<File>> file) {
    if (!file.ok()) return Fail(file.status());
    file_ = *std::move(file);
    OnAllocated(absl::OkStatus());
  }

  // --- from an old file ---
  void OnOldOpened(absl::StatusOr<std::unique_ptr<File>> file) {
    if (!file.ok()) return Discard(file.status());
    file_ = *std::move(file);
    file_->Size(Then(&Making::OnOldSize));
  }
  void OnOldSize(absl::StatusOr<uint64_t> size) {
    if (!size.ok()) return Discard(size.status());
    if (*size != plan_.segment_bytes) {
      return Discard(MakeError(ErrorKind::kCorruption,
                               absl::StrCat("an old file of ", plan_.segment_bytes, " bytes has ", *size)));
    }
    zeros_.Resize(std::min(plan_.segment_bytes, kZeroPiece));
    OnZeroed(absl::OkStatus());
  }
  void OnZeroed(absl::Status status) {
    if (!status.ok()) return Discard(status);
    if (zeroed_ == plan_.segment_bytes) return OnAllocated(absl::OkStatus());
    const uint64_t bytes = std::min<uint64_t>(zeros_.size(), plan_.segment_bytes - zeroed_);
    const uint64_t from = std::exchange(zeroed_, zeroed_ + bytes);
    WriteAllAndSync(*file_, from, zeros_.span().subspan(0, bytes), Then(&Making::OnZeroed));
  }

  // --- the file's content, then its name ---
  void OnFile(std::unique_ptr<File> file) {
    file_ = std::move(file);
    if (plan_.block_bytes > 0 && plan_.block_bytes % file_->alignment() != 0) {
      return Discard(MakeError(ErrorKind::kRefused, absl::StatusCode::kInvalidArgument,
                               absl::StrCat("aof option block_bytes = ", plan_.block_bytes, ": ", new_path_,
                                            " can only be written in multiples of ", file_->alignment())));
    }
    file_->Preallocate(plan_.segment_bytes, Then(&Making::OnAllocated));
  }
  void OnAllocated(absl::Status status) {
    if (!status.ok()) return Discard(status);
    if (plan_.content.empty()) return OnWritten(absl::OkStatus());
    WriteAll(*file_, 0, plan_.content.span(), Then(&Making::OnWritten));
  }
  void OnWritten(absl::Status status) {
    if (!status.ok()) return Discard(status);
    file_->SyncAll(Then(&Making::OnSynced));
  }
  void OnSynced(absl::Status status) {
    if (!status.ok()) return Discard(status);
    if (only_prepare_) return Report(std::move(file_));
    disk_.Rename(new_path_, final_path_, Then(&Making::OnRenamed));
  }
  void OnRenamed(absl::Status status) {
    if (!status.ok()) return Discard(status);
    disk_.SyncDirectory(plan_.directory, Then(&Making::OnNamed));
  }
  void OnNamed(absl::Status status) {
    if (!status.ok()) {
      // The name may exist or not: no longer a matter of space. Where no handle was free for the sync the file may be
      // made again, in its place.
      if (KindOf(status) == ErrorKind::kDiskFull) status = MakeError(ErrorKind::kIoError, status.message());
      return Fail(status);
    }
    Report(std::move(file_));
  }

  // Gives the space back.
  void Discard(absl::Status why) {
    file_.reset();
    disk_.Remove(new_path_, [self = shared_from_this(), why = std::move(why)](absl::Status) {
      if (!self->alive_.expired()) self->Fail(why);
    });
  }
  void Fail(const absl::Status& why) { Report(Annotate(why, absl::StrCat("making ", final_path_))); }
  // Last: drops what `done` holds as soon as it has run.
  void Report(absl::StatusOr<std::shared_ptr<File>> result) { std::exchange(done_, nullptr)(std::move(result)); }

  Disk& disk_;
  const std::weak_ptr<void> alive_;
  SegmentPlan plan_;
  const std::string new_path_;
  const std::string final_path_;
  SegmentMade done_;
  bool only_prepare_ = false;
  AlignedBuffer zeros_;  // only while an old file is used again
  uint64_t zeroed_ = 0;
  std::shared_ptr<File> file_;  // after plan_ and zeros_: gone before the bytes that a write may still need
};

}  // namespace

void MakeSegment(Disk& disk, std::weak_ptr<void> alive, SegmentPlan plan, SegmentMade done) {
  const uint64_t id = plan.file_id;
  std::make_shared<Making>(disk, std::move(alive), std::move(plan), NewSegmentName(id), SegmentName(id),
                           std::move(done))
      ->Start();
}

void PrepareSegment(Disk& disk, std::weak_ptr<void> alive, SegmentPlan plan, SegmentMade done) {
  const uint64_t id = plan.file_id;
  std::make_shared<Making>(disk, std::move(alive), std::move(plan), NewSegmentName(id), SegmentName(id),
                           std::move(done))
      ->Prepare();
}

void ReuseSegment(Disk& disk, std::weak_ptr<void> alive, SegmentPlan plan, SegmentMade done) {
  const uint64_t id = plan.file_id;
  std::make_shared<Making>(disk, std::move(alive), std::move(plan), NewSegmentName(id), SegmentName(id),
                           std::move(done))
      ->Reuse();
}

void MakeSpare(Disk& disk, std::weak_ptr<void> alive, std::string directory, uint64_t segment_bytes, DiskDone done) {
  SegmentPlan plan;
  plan.directory = std::move(directory);
  plan.segment_bytes = segment_bytes;
  auto made = [done = std::move(done)](absl::StatusOr<std::shared_ptr<File>> file) mutable { done(file.status()); };
  std::make_shared<Making>(disk, std::move(alive), std::move(plan), std::string(kNewSpareName), std::string(kSpareName),
                           std::move(made))
      ->Start();
}

}  // namespace tidemark::aof
