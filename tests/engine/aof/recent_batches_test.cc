// The batches in memory against a plain queue of the same records.

#include "engine/aof/recent_batches.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/aof/batch.h"
#include "engine/aof/batch_pool.h"
#include "engine/base/bytes.h"
#include "engine/base/ids.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "tests/engine/aof/file_builder.h"

namespace tidemark::aof {
namespace {

// A file that batches are written to one after another, and what was kept of them.
class Written {
 public:
  explicit Written(uint64_t capacity, uint64_t pool_bytes = 1u << 20) : pool_(pool_bytes), recent_(capacity, pool_) {}

  // One batch with these records.
  void Write(const std::vector<std::string>& payloads) {
    std::shared_ptr<Batch> batch = pool_.Take();
    const Sequence first = next_;
    for (const std::string& payload : payloads) {
      const ByteSpan parts[] = {AsBytes(payload)};
      batch->AddNote(next_.Prev(), AsBytes("between"));
      batch->AddRecord(next_, parts);
      next_ = next_.Next();
    }
    batch->Place({.salt = file_.salt(),
                  .offset = offset_,
                  .block_bytes = 512,
                  .promised_offset = offset_,
                  .promised_sequence = first.Prev(),
                  .last = next_.Prev(),
                  .first = Sequence(1)});
    offset_ += batch->bytes().size();
    recent_.Add(std::move(batch));
  }
  void Cut(uint64_t last) {
    recent_.DropAbove(Sequence(last));
    next_ = Sequence(last + 1);
  }
  // Empty where it is not kept.
  ByteSpan Find(uint64_t sequence) const {
    ByteSpan payload;
    return recent_.Find(Sequence(sequence), &payload) ? payload : ByteSpan();
  }
  std::string Text(uint64_t sequence) const { return std::string(AsText(Find(sequence))); }
  RecentBatches& recent() { return recent_; }
  BatchPool& pool() { return pool_; }

 private:
  const FileBuilder file_;
  BatchPool pool_;
  RecentBatches recent_;
  Sequence next_{1};
  uint64_t offset_ = 4096;
};

TEST(RecentBatches, HaveEachRecordOfEachBatch) {
  Written written(100'000);
  written.Write({"one", "two"});
  written.Write({std::string(3000, '3'), "four"});
  EXPECT_EQ(written.Text(1), "one");
  EXPECT_EQ(written.Text(2), "two");
  EXPECT_EQ(written.Text(3), std::string(3000, '3'));
  EXPECT_EQ(written.Text(4), "four");
  EXPECT_EQ(written.Text(5), "");
}

TEST(RecentBatches, TheOldestMakeRoom) {
  Written written(10'000);
  for (int i = 1; i <= 9; ++i) written.Write({std::string(3000, 'a' + i)});
  EXPECT_EQ(written.Text(7), "");
  EXPECT_EQ(written.Text(8), std::string(3000, 'a' + 8));
  EXPECT_EQ(written.Text(9), std::string(3000, 'a' + 9));
  EXPECT_LE(written.recent().bytes(), 10'000u);
}

TEST(RecentBatches, OneThatIsLargerThanAllRoomIsNotKept) {
  Written written(2000);
  written.Write({"one"});
  written.Write({std::string(3000, 'x')});
  written.Write({"three"});
  EXPECT_EQ(written.Text(1), "one");
  EXPECT_EQ(written.Text(2), "");
  EXPECT_EQ(written.Text(3), "three");
}

TEST(RecentBatches, SmallBatchesTakeNoBlockEach) {
  Written written(100'000);
  for (int i = 0; i < 100; ++i) written.Write({"small"});
  EXPECT_LT(written.recent().bytes(), 100u * 512u);
  EXPECT_EQ(written.Text(1), "small");
  EXPECT_EQ(written.Text(100), "small");
}

TEST(RecentBatches, KeepNothingWithoutRoom) {
  Written written(0);
  written.Write({"one"});
  EXPECT_EQ(written.Text(1), "");
  EXPECT_EQ(written.recent().bytes(), 0u);
}

TEST(RecentBatches, VoidRecordsGiveWayToOthersOfTheirNumbers) {
  Written written(100'000);
  written.Write({"one", "two", "three"});
  written.Write({"four"});
  written.Cut(2);
  EXPECT_EQ(written.Text(3), "");
  written.Write({"another three"});
  EXPECT_EQ(written.Text(2), "two");
  EXPECT_EQ(written.Text(3), "another three");
  EXPECT_EQ(written.Text(4), "");
}

TEST(RecentBatches, WhatIsPinnedStaysWhereAndAsItIs) {
  Written written(10'000);
  const std::string text(3000, 'p');
  written.Write({text});
  written.recent().Pin();
  written.recent().Pin();
  const ByteSpan pinned = written.Find(1);
  written.recent().DropBelow(Sequence(2));
  EXPECT_EQ(written.Text(1), "");
  written.recent().Unpin();
  for (int i = 0; i < 10; ++i) written.Write({std::string(3000, 'x')});
  EXPECT_EQ(AsText(pinned), text);
  written.recent().Unpin();
  EXPECT_GT(written.pool().bytes(), 0u) << "its buffer may be used again";
}

TEST(BatchPool, KeepsNoMoreThanItsBytes) {
  BatchPool pool(10'000);
  std::vector<std::shared_ptr<Batch>> batches;
  for (int i = 0; i < 10; ++i) {
    batches.push_back(std::make_shared<Batch>());
    const std::string payload(3000, 'x');
    const ByteSpan parts[] = {AsBytes(payload)};
    batches.back()->AddRecord(Sequence(1), parts);
  }
  for (std::shared_ptr<Batch>& batch : batches) pool.Give(std::move(batch));
  EXPECT_EQ(pool.bytes(), 2u * 4096u);
  const std::shared_ptr<Batch> again = pool.Take();
  EXPECT_TRUE(again->empty());
  EXPECT_EQ(again->capacity(), 4096u);
  EXPECT_EQ(pool.bytes(), 4096u);
}

TEST(BatchPool, GivesUpABufferThatBecameFarTooLarge) {
  BatchPool pool(10u << 20);
  auto batch = std::make_shared<Batch>();
  const auto add = [&](size_t bytes) {
    const std::string payload(bytes, 'x');
    const ByteSpan parts[] = {AsBytes(payload)};
    batch->AddRecord(Sequence(1), parts);
  };
  add(1u << 20);
  pool.Give(std::move(batch));
  batch = pool.Take();
  EXPECT_GE(batch->capacity(), 1u << 20);
  add(100);
  pool.Give(std::move(batch));
  EXPECT_EQ(pool.bytes(), 0u);
}

RC_GTEST_PROP(RecentBatches, AgreeWithAQueue, ()) {
  const uint64_t capacity = *rc::gen::element(0, 300, 3000, 20'000, 200'000);
  Written written(capacity, *rc::gen::element(0, 8192, 1 << 20));
  std::vector<std::string> model;
  uint64_t gone_below = 1;  // nothing below is kept for sure
  const auto steps = *rc::gen::container<std::vector<std::pair<int, uint64_t>>>(
      rc::gen::pair(rc::gen::inRange(0, 12), rc::gen::inRange<uint64_t>(0, 5000)));
  bool pinned = false;
  for (const auto& [what, n] : steps) {
    if (what < 8) {
      std::vector<std::string> batch(1 + n % 5, std::string(1 + n % 1700, static_cast<char>('a' + n % 26)));
      for (std::string& payload : batch) payload += std::to_string(model.size());
      written.Write(batch);
      model.insert(model.end(), batch.begin(), batch.end());
    } else if (what == 8) {
      // Whole batches only.
      written.recent().DropBelow(Sequence(1 + n % (model.size() + 2)));
      if (n % (model.size() + 2) == model.size() + 1) gone_below = model.size() + 1;
    } else if (what == 9 && !model.empty()) {
      const uint64_t kept = model.size() - n % std::min<uint64_t>(model.size(), 7);
      model.resize(kept);
      written.Cut(kept);
      gone_below = std::min(gone_below, kept + 1);
    } else if (what > 9) {
      pinned ? written.recent().Unpin() : written.recent().Pin();
      pinned = !pinned;
    }
    for (uint64_t sequence = 1; sequence <= model.size(); ++sequence) {
      const std::string text = written.Text(sequence);
      RC_ASSERT(text.empty() || (text == model[sequence - 1] && sequence >= gone_below));
    }
    RC_ASSERT(written.recent().bytes() <= capacity);
    if (what < 8 && capacity == 200'000) RC_ASSERT(written.Text(model.size()) == model.back());
  }
}

}  // namespace
}  // namespace tidemark::aof
