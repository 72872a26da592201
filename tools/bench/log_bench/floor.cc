// The floor: what this disk takes for one write and fdatasync after another over zero-filled blocks. Any failure ends
// the program.

#include <fcntl.h>
#include <unistd.h>

#include "engine/backend/file_descriptor.h"
#include "engine/base/bytes.h"
#include "engine/base/check.h"
#include "tools/bench/log_bench/contender.h"

namespace tidemark::bench {
namespace {

constexpr uint64_t kFileBytes = 256u << 20;

class Floor final : public Contender {
 public:
  explicit Floor(const std::string& directory)
      : fd_(::open((directory + "/floor").c_str(), O_RDWR | O_CREAT | O_TRUNC, 0644)) {
    CHECK_GE(fd_.get(), 0) << directory;
    bytes_.Resize(kPiece);
    for (uint64_t at = 0; at < kFileBytes; at += kPiece) Write(at, kPiece);
    CHECK_EQ(::fsync(fd_.get()), 0);
    std::memset(bytes_.data(), 0x5a, kPiece);
  }

  Result Run(const Load& load, Nanos duration) override {
    const uint64_t bytes = load.record_bytes;
    CHECK(bytes <= kPiece && bytes % 4096 == 0) << bytes;
    Result result;
    const auto began = SteadyClock::now();
    for (auto now = began; now - began < duration;) {
      if (at_ + bytes > kFileBytes) at_ = 0;
      Write(at_, bytes);
      CHECK_EQ(::fdatasync(fd_.get()), 0);
      at_ += bytes;
      const auto end = SteadyClock::now();
      result.latency_ns.push_back((end - now).count());
      now = end;
    }
    result.records = result.syncs = result.latency_ns.size();
    result.synced_bytes = result.syncs * bytes;
    result.seconds = std::chrono::duration<double>(SteadyClock::now() - began).count();
    return result;
  }

 private:
  static constexpr uint64_t kPiece = 4u << 20;

  void Write(uint64_t at, uint64_t bytes) {
    CHECK_EQ(::pwrite(fd_.get(), bytes_.data(), bytes, static_cast<off_t>(at)), bytes);
  }

  const FileDescriptor fd_;
  AlignedBuffer bytes_;
  uint64_t at_ = 0;
};

}  // namespace

std::unique_ptr<Contender> OpenFloor(const std::string& directory) { return std::make_unique<Floor>(directory); }

}  // namespace tidemark::bench
