// What this disk takes at best. Any failure ends the program.
//
//   floor       one write and fdatasync after another over zero-filled blocks
//   two copies  the same, while a second thread writes the same bytes once more to another file, and syncs every MiB:
//               what no store goes below that has both a log and files sorted by partition
//   new blocks  and zeros for both, beforehand: space that is used for the first time

#include <fcntl.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "engine/backend/file_descriptor.h"
#include "engine/base/bytes.h"
#include "engine/base/check.h"
#include "tools/bench/log_bench/contender.h"

namespace tidemark::bench {
namespace {

constexpr uint64_t kFileBytes = 256u << 20;
constexpr uint64_t kPiece = 4u << 20;
constexpr uint64_t kCopyPiece = 1u << 20;  // as many bytes as a partition's file gathers before it syncs
constexpr uint64_t kBehindMost = 4u << 20;
constexpr uint64_t kZerosPerSync = 32u << 20;

// A file of zeros, written from its beginning again when it is full.
class Blocks {
 public:
  explicit Blocks(const std::string& path) : fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0644)) {
    CHECK_GE(fd_.get(), 0) << path;
    bytes_.Resize(kPiece);
    for (uint64_t at = 0; at < kFileBytes; at += kPiece) Write(kPiece);
    Sync();
    std::memset(bytes_.data(), 0x5a, kPiece);
  }
  void Write(uint64_t bytes) {
    CHECK(bytes <= kPiece && bytes % 4096 == 0) << bytes;
    if (at_ + bytes > kFileBytes) at_ = 0;
    CHECK_EQ(::pwrite(fd_.get(), bytes_.data(), bytes, static_cast<off_t>(at_)), bytes);
    at_ += bytes;
  }
  void Sync() { CHECK_EQ(::fdatasync(fd_.get()), 0); }

 private:
  const FileDescriptor fd_;
  AlignedBuffer bytes_;
  uint64_t at_ = 0;
};

// A thread that writes after the floor, not more than kBehindMost bytes later.
class Follower {
 public:
  Follower(const std::string& directory, bool zeros) : copy_(directory + "/copy") {
    if (zeros) zeros_ = std::make_unique<Blocks>(directory + "/zeros");
    thread_ = std::thread([this] { Work(); });
  }
  ~Follower() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  void Add(uint64_t bytes) {
    std::unique_lock<std::mutex> lock(mutex_);
    behind_ += bytes;
    if (behind_ >= kCopyPiece) changed_.notify_all();
    changed_.wait(lock, [this] { return behind_ < kBehindMost; });
  }
  // Until less than a piece is left.
  void Settle() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return behind_ < kCopyPiece; });
  }

 private:
  void Work() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return closed_ || behind_ >= kCopyPiece; });
      if (closed_) return;
      lock.unlock();
      WritePiece();
      lock.lock();
      behind_ -= kCopyPiece;
      changed_.notify_all();
    }
  }
  void WritePiece() {
    copy_.Write(kCopyPiece);
    copy_.Sync();
    if (zeros_ == nullptr) return;
    zeros_->Write(2 * kCopyPiece);
    unsynced_zeros_ += 2 * kCopyPiece;
    if (unsynced_zeros_ < kZerosPerSync) return;
    unsynced_zeros_ = 0;
    zeros_->Sync();
  }

  Blocks copy_;
  std::unique_ptr<Blocks> zeros_;
  uint64_t unsynced_zeros_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t behind_ = 0;
  bool closed_ = false;
  std::thread thread_;  // last
};

class Floor final : public Contender {
 public:
  Floor(const std::string& directory, FloorKind kind) : blocks_(directory + "/floor") {
    if (kind != FloorKind::kOnce) follower_ = std::make_unique<Follower>(directory, kind == FloorKind::kNewBlocks);
  }

  Result Run(const Load& load, Nanos duration) override {
    Result result;
    const auto began = SteadyClock::now();
    for (auto now = began; now - began < duration;) {
      blocks_.Write(load.record_bytes);
      blocks_.Sync();
      if (follower_ != nullptr) follower_->Add(load.record_bytes);
      const auto end = SteadyClock::now();
      result.latency_ns.push_back((end - now).count());
      now = end;
    }
    const auto stopped = SteadyClock::now();
    result.records = result.syncs = result.latency_ns.size();
    result.synced_bytes = result.syncs * load.record_bytes;
    result.seconds = std::chrono::duration<double>(stopped - began).count();
    if (follower_ != nullptr) follower_->Settle();
    result.settle_seconds = std::chrono::duration<double>(SteadyClock::now() - stopped).count();
    return result;
  }

 private:
  Blocks blocks_;
  std::unique_ptr<Follower> follower_;
};

}  // namespace

std::unique_ptr<Contender> OpenFloor(const std::string& directory, FloorKind kind) {
  return std::make_unique<Floor>(directory, kind);
}

}  // namespace tidemark::bench
