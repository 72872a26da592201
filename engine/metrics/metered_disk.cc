#include "engine/metrics/metered_disk.h"

#include <memory>
#include <utility>

namespace tidemark {
namespace {

class MeteredFile final : public File {
 public:
  MeteredFile(std::unique_ptr<File> file, std::string path, Clock& clock, MeteredDisk::Observer& observer)
      : file_(std::move(file)), path_(std::move(path)), clock_(clock), observer_(observer) {}

  size_t alignment() const override { return file_->alignment(); }
  void Read(uint64_t offset, MutableByteSpan into, TransferDone done) override {
    file_->Read(offset, into, std::move(done));
  }
  void Write(uint64_t offset, absl::Span<const ByteSpan> parts, TransferDone done) override {
    file_->Write(offset, parts,
                 [this, began = clock_.Now(), done = std::move(done)](absl::StatusOr<size_t> put) mutable {
                   if (put.ok()) {
                     observer_.OnWrite(path_, *put, clock_.Now() - began);
                   } else {
                     observer_.OnError(path_);
                   }
                   done(std::move(put));
                 });
  }
  // A write that is cut short syncs nothing.
  void WriteAndSync(uint64_t offset, absl::Span<const ByteSpan> parts, TransferDone done) override {
    uint64_t asked = 0;
    for (ByteSpan part : parts) asked += part.size();
    file_->WriteAndSync(
        offset, parts, [this, asked, began = clock_.Now(), done = std::move(done)](absl::StatusOr<size_t> put) mutable {
          if (put.ok() && *put < asked) {
            observer_.OnWrite(path_, *put, clock_.Now() - began);
          } else if (put.ok()) {
            observer_.OnWriteAndSync(path_, *put, clock_.Now() - began);
          } else {
            observer_.OnError(path_);
          }
          done(std::move(put));
        });
  }
  void SyncData(DiskDone done) override { file_->SyncData(Timed(std::move(done))); }
  void SyncAll(DiskDone done) override { file_->SyncAll(Timed(std::move(done))); }
  void Preallocate(uint64_t size, DiskDone done) override { file_->Preallocate(size, std::move(done)); }
  void Truncate(uint64_t size, DiskDone done) override { file_->Truncate(size, std::move(done)); }
  void Size(absl::AnyInvocable<void(absl::StatusOr<uint64_t>)> done) override { file_->Size(std::move(done)); }

 private:
  // What the file owns is there while its callbacks run: one that outlives it is destroyed unrun.
  DiskDone Timed(DiskDone done) {
    return [this, began = clock_.Now(), done = std::move(done)](absl::Status status) mutable {
      if (status.ok()) {
        observer_.OnSync(path_, clock_.Now() - began);
      } else {
        observer_.OnError(path_);
      }
      done(std::move(status));
    };
  }

  const std::unique_ptr<File> file_;
  const std::string path_;
  Clock& clock_;
  MeteredDisk::Observer& observer_;
};

}  // namespace

void MeteredDisk::Open(absl::string_view path, OpenOptions options, OpenDone done) {
  disk_.Open(path, options,
             [&clock = clock_, &observer = observer_, path = std::string(path),
              done = std::move(done)](absl::StatusOr<std::unique_ptr<File>> file) mutable {
               if (!file.ok()) return done(file.status());
               done(std::make_unique<MeteredFile>(*std::move(file), std::move(path), clock, observer));
             });
}

}  // namespace tidemark
