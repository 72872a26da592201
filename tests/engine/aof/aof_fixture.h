#pragma once

// The vocabulary of the Aof tests: one log in one MemoryWorld, opened, fed, crashed and opened again.

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/aof/aof.h"
#include "engine/base/status.h"
#include "gtest/gtest.h"
#include "tests/support/memory_world.h"

namespace tidemark::aof {

inline Options SmallOptions() {
  Options options;
  options.store_id = {.high = 0x1111222233334444, .low = 0x5555666677778888};
  options.log_id = 7;
  options.directory = "p-7";
  options.mode = Options::Mode::kCreateIfMissing;
  options.segment_bytes = 8192;
  options.block_bytes = 512;
  options.max_record_bytes = 1000;
  options.max_batch_bytes = 2048;
  options.max_head_note_bytes = 256;
  return options;
}

// Hears a log being replayed and keeps what it would hold.
class Replayed : public Replay {
 public:
  void OnHeadNote(ByteSpan note, Sequence) override { head_notes.push_back(std::string(AsText(note))); }
  void OnRecord(Sequence sequence, ByteSpan payload, Location at) override {
    EXPECT_TRUE(records.empty() || sequence.value() == records.rbegin()->first + 1) << sequence;
    records[sequence.value()] = std::string(AsText(payload));
    places[sequence.value()] = at;
    heard.push_back(sequence.value());
  }
  void OnNote(ByteSpan note, Sequence last) override { notes.push_back({last.value(), std::string(AsText(note))}); }
  void OnCut(Sequence new_end) override { records.erase(records.upper_bound(new_end.value()), records.end()); }
  void OnFloor(Sequence first) override { records.erase(records.begin(), records.lower_bound(first.value())); }

  std::map<uint64_t, std::string> records;
  std::map<uint64_t, Location> places;
  std::vector<uint64_t> heard;  // every record, void ones too
  std::vector<std::pair<uint64_t, std::string>> notes;
  std::vector<std::string> head_notes;
};

class Heard : public Listener {
 public:
  void OnDurable(Sequence through) override { durable = through; }
  void OnFailed(const absl::Status& why) override { failures.push_back(why); }
  void OnFull(bool now) override { full.push_back(now); }
  std::string HeadNote(Sequence) override { return head_note; }
  void OnRotated(uint64_t file_id, Sequence base) override { rotations.push_back({file_id, base.value()}); }

  Sequence durable;
  std::vector<absl::Status> failures;
  std::vector<bool> full;
  std::string head_note = "head";
  std::vector<std::pair<uint64_t, uint64_t>> rotations;
};

class AofTest : public ::testing::Test {
 protected:
  void TearDown() override {
    aof_.reset();
    world_->Kill();
  }

  std::string Path(uint64_t file_id) const { return absl::StrCat(options_.directory, "/", Digits(file_id), ".aof"); }
  static std::string Digits(uint64_t id) {
    const std::string digits = std::to_string(id);
    return std::string(20 - digits.size(), '0') + digits;
  }

  // Opens the log; what it held is in replayed_, what it reported in report_.
  absl::Status TryOpen() {
    aof_.reset();
    replayed_ = Replayed();
    heard_ = std::make_unique<Heard>();
    heard_->head_note = head_note_;
    absl::StatusOr<Opened> opened = absl::UnknownError("still opening");
    bool done = false;
    Aof::Open(world_->env(), options_, replayed_, *heard_, [&](absl::StatusOr<Opened> result) {
      opened = std::move(result);
      done = true;
    });
    world_->RunUntil([&] { return done; });
    if (!done) return absl::UnknownError("opening did not finish");
    if (!opened.ok()) return opened.status();
    aof_ = std::move(opened->aof);
    report_ = opened->report;
    return absl::OkStatus();
  }
  void Open() { ASSERT_TRUE(Is(TryOpen(), absl::StatusCode::kOk)); }
  static ::testing::AssertionResult Is(const absl::Status& status, absl::StatusCode code) {
    if (status.code() == code) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << status;
  }

  Sequence Append(const std::string& payload) {
    const ByteSpan parts[] = {AsBytes(payload)};
    const absl::StatusOr<Sequence> sequence = aof_->Append(parts);
    EXPECT_TRUE(sequence.ok()) << sequence.status();
    return sequence.ok() ? *sequence : Sequence();
  }
  absl::Status TryAppend(const std::string& payload) {
    const ByteSpan parts[] = {AsBytes(payload)};
    return aof_->Append(parts).status();
  }
  absl::Status Flush() {
    return Wait([this](DiskDone done) { aof_->Flush(std::move(done)); });
  }
  void AppendDurably(const std::string& payload) {
    Append(payload);
    ASSERT_TRUE(Is(Flush(), absl::StatusCode::kOk));
  }
  absl::Status TruncatePrefix(uint64_t first) {
    return Wait([this, first](DiskDone done) { aof_->TruncatePrefix(Sequence(first), std::move(done)); });
  }
  absl::StatusOr<std::string> Read(uint64_t sequence) {
    absl::StatusOr<std::string> result = absl::UnknownError("still reading");
    bool done = false;
    aof_->Read(Sequence(sequence), [&](absl::StatusOr<std::string> payload) {
      result = std::move(payload);
      done = true;
    });
    world_->RunUntil([&] { return done; });
    return result;
  }
  template <typename Call>
  absl::Status Wait(Call call) {
    auto result = std::make_shared<absl::optional<absl::Status>>();
    call([result](absl::Status status) { *result = std::move(status); });
    world_->RunUntil([&] { return result->has_value() || world_->frozen(); });
    return result->value_or(absl::UnknownError("did not finish"));
  }

  void Crash() {
    aof_.reset();
    world_->Kill();
  }
  void LosePower(uint64_t keep = 500, uint64_t garbage = 200) {
    aof_.reset();
    world_->PowerLoss(keep, garbage);
  }

  std::string head_note_ = "head";
  std::unique_ptr<tests::MemoryWorld> world_ = std::make_unique<tests::MemoryWorld>();
  Options options_ = SmallOptions();
  Replayed replayed_;
  std::unique_ptr<Heard> heard_;
  std::unique_ptr<Aof> aof_;
  OpenReport report_;
};

}  // namespace tidemark::aof
