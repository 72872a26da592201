#include "tests/tools/store/store_fixture.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "engine/base/check.h"
#include "engine/base/status.h"
#include "gtest/gtest.h"

namespace tidemark::tests {

namespace fs = std::filesystem;

StoreMaker::StoreMaker(std::string root) : root_(std::move(root)) {
  options.store_id = {0x1111222233334444, 0x5555666677778888};
  options.log_segment_bytes = 64u << 10;
  options.partition_segment_bytes = 64u << 10;
  options.block_bytes = 512;
  options.max_payload_bytes = 4096;
  options.max_batch_bytes = 16u << 10;
}
StoreMaker::~StoreMaker() = default;

absl::Status StoreMaker::Open() {
  Close();
  fs::create_directories(root_);
  options.mode = fs::exists(root_ + "/log") ? EngineOptions::Mode::kExisting : EngineOptions::Mode::kCreate;
  ASSIGN_OR_RETURN(real_, RealEnv::Create({.root = root_, .pool_threads = 4}));
  absl::optional<absl::Status> answer;
  Engine::Recover(real_->env(), options, machine_, [&](Engine::RecoverOutcome outcome) {
    answer = outcome.engine.status();
    if (outcome.engine.ok()) engine_ = *std::move(outcome.engine);
  });
  real_->loop().RunUntil([&] { return answer.has_value(); });
  return *answer;
}

absl::Status StoreMaker::WaitFor(absl::AnyInvocable<void(absl::AnyInvocable<void(absl::Status)>)> call) {
  absl::optional<absl::Status> answer;
  call([&](absl::Status status) { answer = std::move(status); });
  real_->loop().RunUntil([&] { return answer.has_value(); });
  return *answer;
}

absl::Status StoreMaker::Create(uint64_t partition) {
  return WaitFor([&](CreateDone done) { engine_->CreatePartition(PartitionId(partition), std::move(done)); });
}

absl::Status StoreMaker::Drop(uint64_t partition) {
  return WaitFor([&](CreateDone done) { engine_->DropPartition(PartitionId(partition), std::move(done)); });
}

absl::Status StoreMaker::Append(uint64_t partition, int count, size_t bytes) {
  absl::Status failed;
  for (int sent = 0; sent < count;) {
    int waiting = 0;
    for (; waiting < 10 && sent < count; ++waiting, ++sent) {
      std::string payload = absl::StrCat("record ", ++next_, " ");
      payload.resize(std::max(bytes, payload.size()), 'x');
      engine_->Append(PartitionId(partition), AsBytes(payload), [&](absl::StatusOr<AppendResult> result) {
        failed.Update(result.status());
        --waiting;
      });
    }
    real_->loop().RunUntil([&] { return waiting == 0; });
  }
  return failed;
}

absl::Status StoreMaker::Flush() {
  const Ladder& ladder = engine_->ladder();
  real_->loop().RunUntil([&] { return ladder.min_required == ladder.appended.Next(); });
  return WaitFor([&](CreateDone done) { engine_->Flush(std::move(done)); });
}

absl::Status StoreMaker::Snapshot(uint64_t partition) {
  RETURN_IF_ERROR(Flush());
  return WaitFor([&](CreateDone done) { engine_->SnapshotNow(PartitionId(partition), std::move(done)); });
}

absl::Status StoreMaker::Truncate() {
  RETURN_IF_ERROR(Flush());
  return WaitFor([&](CreateDone done) {
    engine_->TruncateNow([done = std::move(done)](absl::StatusOr<RaftIndex> result) mutable { done(result.status()); });
  });
}

void StoreMaker::Close() {
  engine_.reset();
  real_.reset();
}

std::string FreshDirectory(const std::string& name) {
  static int number = 0;
  const std::string path = absl::StrCat(::testing::TempDir(), "/", name, "-", ++number);
  fs::remove_all(path);
  fs::create_directories(path);
  return path;
}

void CopyTree(const std::string& from, const std::string& to) {
  fs::remove_all(to);
  fs::copy(from, to, fs::copy_options::recursive);
}

std::map<std::string, std::string> ReadTree(const std::string& root) {
  std::map<std::string, std::string> tree;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const std::string path = fs::relative(entry.path(), root).string();
    tree[path] = entry.is_regular_file() ? ReadFile(entry.path().string()) : "";
  }
  return tree;
}

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  return content.str();
}

void WriteFile(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

void Flip(const std::string& path, uint64_t offset, uint8_t bits) {
  std::string content = ReadFile(path);
  CHECK_LT(offset, content.size()) << path;
  content[offset] = static_cast<char>(static_cast<uint8_t>(content[offset]) ^ bits);
  WriteFile(path, content);
}

void Remove(const std::string& path) { fs::remove_all(path); }

absl::StatusOr<tools::StoreSurvey> Survey(const std::string& root) {
  ASSIGN_OR_RETURN(const std::unique_ptr<tools::StoreFiles> files, tools::StoreFiles::Open(root));
  return tools::SurveyStore(*files, {.compare = true});
}

}  // namespace tidemark::tests
