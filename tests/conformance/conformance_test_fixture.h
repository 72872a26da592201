#pragma once

// The vocabulary of the conformance suites: each call of a door, waited for. Every wait
// also checks that the completion did not run inside the call.

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/env/env.h"
#include "gtest/gtest.h"
#include "tests/conformance/worlds.h"

namespace tidemark::conformance {

using Worlds = ::testing::Types<SimWorld, RealWorld>;

struct WorldNames {
  template <typename World>
  static std::string GetName(int) {
    return World::kName;
  }
};

inline absl::Status StatusOf(const absl::Status& status) { return status; }
template <typename T>
absl::Status StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

template <typename World>
class ConformanceTest : public ::testing::Test {
 protected:
  using Transferred = absl::StatusOr<size_t>;

  Env env() { return world_.env(); }
  Disk& disk() { return world_.env().disk; }
  Executor& executor() { return world_.env().executor; }
  Clock& clock() { return world_.env().clock; }
  World& world() { return world_; }

  void RunUntil(absl::FunctionRef<bool()> condition) {
    ASSERT_TRUE(world_.RunUntil(condition)) << "nothing is left to happen, but the condition does not hold";
  }
  // Long enough for everything already asked for to have happened, were it going to.
  void RunFor(Duration duration) {
    bool over = false;
    executor().ScheduleAfter(duration, [&over] { over = true; });
    RunUntil([&over] { return over; });
  }

  // Starts a call with a completion, and waits for that completion.
  template <typename Result>
  Result Await(std::function<void(absl::AnyInvocable<void(Result)>)> start) {
    absl::optional<Result> result;
    start([&result](Result arrived) { result.emplace(std::move(arrived)); });
    EXPECT_FALSE(result.has_value()) << "the completion ran inside the call";
    EXPECT_TRUE(world_.RunUntil([&result] { return result.has_value(); })) << "the completion never ran";
    return result.has_value() ? *std::move(result) : Result(absl::InternalError("never completed"));
  }

  absl::StatusOr<std::unique_ptr<File>> Open(absl::string_view path, OpenOptions options = {}) {
    return Await<absl::StatusOr<std::unique_ptr<File>>>(
        [&](OpenDone done) { disk().Open(path, options, std::move(done)); });
  }
  // A new file with `content`; the test fails where that fails.
  std::unique_ptr<File> Create(absl::string_view path, absl::string_view content = "", bool direct = false) {
    auto file = Open(path, {.mode = OpenOptions::Mode::kCreateNew, .direct = direct});
    EXPECT_TRUE(file.ok()) << path << ": " << file.status();
    if (!file.ok()) return nullptr;
    if (!content.empty()) Write(**file, 0, content);
    return *std::move(file);
  }
  std::unique_ptr<File> OpenExisting(absl::string_view path) {
    auto file = Open(path);
    EXPECT_TRUE(file.ok()) << path << ": " << file.status();
    return file.ok() ? *std::move(file) : nullptr;
  }
  absl::Status MakeDirectory(absl::string_view path) {
    return Await<absl::Status>([&](DiskDone done) { disk().MakeDirectory(path, std::move(done)); });
  }
  absl::StatusOr<std::vector<DirectoryEntry>> List(absl::string_view path) {
    return Await<absl::StatusOr<std::vector<DirectoryEntry>>>(
        [&](ListDone done) { disk().List(path, std::move(done)); });
  }
  absl::Status Rename(absl::string_view from, absl::string_view to) {
    return Await<absl::Status>([&](DiskDone done) { disk().Rename(from, to, std::move(done)); });
  }
  absl::Status Remove(absl::string_view path) {
    return Await<absl::Status>([&](DiskDone done) { disk().Remove(path, std::move(done)); });
  }
  absl::Status SyncDirectory(absl::string_view path) {
    return Await<absl::Status>([&](DiskDone done) { disk().SyncDirectory(path, std::move(done)); });
  }
  absl::StatusOr<std::unique_ptr<DirectoryLock>> Lock(absl::string_view path) {
    return Await<absl::StatusOr<std::unique_ptr<DirectoryLock>>>(
        [&](LockDone done) { disk().LockDirectory(path, std::move(done)); });
  }
  absl::StatusOr<DiskSpace> Space() {
    return Await<absl::StatusOr<DiskSpace>>([&](SpaceDone done) { disk().Space(std::move(done)); });
  }

  Transferred TryRead(File& file, uint64_t offset, MutableByteSpan into) {
    return Await<Transferred>([&](TransferDone done) { file.Read(offset, into, std::move(done)); });
  }
  Transferred TryWriteAndSync(File& file, uint64_t offset, absl::Span<const ByteSpan> parts) {
    return Await<Transferred>([&](TransferDone done) { file.WriteAndSync(offset, parts, std::move(done)); });
  }
  Transferred TryWrite(File& file, uint64_t offset, absl::Span<const ByteSpan> parts) {
    return Await<Transferred>([&](TransferDone done) { file.Write(offset, parts, std::move(done)); });
  }
  // At most `bytes` from `offset` on; the test fails where that fails.
  std::string Read(File& file, uint64_t offset, size_t bytes) {
    std::string into(bytes, '?');
    const Transferred got = TryRead(file, offset, MutableByteSpan(reinterpret_cast<uint8_t*>(into.data()), bytes));
    EXPECT_TRUE(got.ok()) << got.status();
    into.resize(got.value_or(0));
    return into;
  }
  std::string ReadAll(absl::string_view path) {
    std::unique_ptr<File> file = OpenExisting(path);
    return file == nullptr ? "no file" : Read(*file, 0, SizeOf(*file) + 16);
  }
  void Write(File& file, uint64_t offset, absl::string_view content) {
    const ByteSpan part = AsBytes(content);
    const Transferred put = TryWrite(file, offset, {part});
    ASSERT_TRUE(put.ok()) << put.status();
    ASSERT_EQ(*put, content.size());
  }
  absl::Status SyncData(File& file) {
    return Await<absl::Status>([&](DiskDone done) { file.SyncData(std::move(done)); });
  }
  absl::Status SyncAll(File& file) {
    return Await<absl::Status>([&](DiskDone done) { file.SyncAll(std::move(done)); });
  }
  absl::Status Preallocate(File& file, uint64_t size) {
    return Await<absl::Status>([&](DiskDone done) { file.Preallocate(size, std::move(done)); });
  }
  absl::Status Truncate(File& file, uint64_t size) {
    return Await<absl::Status>([&](DiskDone done) { file.Truncate(size, std::move(done)); });
  }
  uint64_t SizeOf(File& file) {
    const auto size = Await<absl::StatusOr<uint64_t>>(
        [&](absl::AnyInvocable<void(absl::StatusOr<uint64_t>)> done) { file.Size(std::move(done)); });
    EXPECT_TRUE(size.ok()) << size.status();
    return size.value_or(0);
  }

 private:
  World world_;
};

#define EXPECT_OK(expression)                         \
  do {                                                \
    const auto& outcome_ = (expression);              \
    EXPECT_TRUE(outcome_.ok()) << StatusOf(outcome_); \
  } while (false)
#define EXPECT_CODE(expression, expected)                               \
  do {                                                                  \
    const absl::Status outcome_ = StatusOf(expression);                 \
    EXPECT_EQ(outcome_.code(), absl::StatusCode::expected) << outcome_; \
  } while (false)

}  // namespace tidemark::conformance
