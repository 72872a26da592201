// Records that are appended together: their places, what refuses them, and what a death leaves of them.

#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/engine/node/engine_fixture.h"
#include "tests/engine/node/policy_rig.h"

namespace tidemark {
namespace {

class AppendBatchTest : public tests::EngineFixture {
 protected:
  using Answer = absl::optional<absl::StatusOr<AppendBatchResult>>;

  static std::vector<std::string> Payloads(size_t count, size_t bytes = 10) {
    std::vector<std::string> payloads;
    for (size_t i = 0; i < count; ++i) payloads.push_back(std::to_string(i) + ":" + std::string(bytes, 'x'));
    return payloads;
  }
  // Asks only; `answer` lives until it is there.
  void Send(uint64_t partition, const std::vector<std::string>& payloads, Answer& answer) {
    std::vector<ByteSpan> spans;
    for (const std::string& payload : payloads) spans.push_back(AsBytes(payload));
    engine->AppendBatch(PartitionId(partition), spans, [&answer](absl::StatusOr<AppendBatchResult> result) {
      EXPECT_FALSE(answer.has_value()) << "answered twice";
      answer = std::move(result);
    });
  }
  absl::StatusOr<AppendBatchResult> AppendBatch(uint64_t partition, const std::vector<std::string>& payloads) {
    Answer answer;
    Send(partition, payloads, answer);
    EXPECT_FALSE(answer.has_value()) << "answered inside the call";
    EXPECT_TRUE(world.RunUntil([&] { return answer.has_value(); }));
    return *answer;
  }
  // A refusal for good, which names this.
  void ExpectNever(const std::vector<std::string>& payloads, const std::string& name) {
    const RaftIndex before = engine->ladder().appended;
    const absl::Status refused = AppendBatch(1, payloads).status();
    EXPECT_EQ(KindOf(refused), ErrorKind::kRefused);
    EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
    EXPECT_NE(refused.message().find(name), absl::string_view::npos) << refused;
    EXPECT_EQ(engine->ladder().appended, before);
  }
};

TEST_F(AppendBatchTest, RecordsGetPlacesThatFollowEachOtherInTheOrderOfTheCalls) {
  Create();
  absl::optional<absl::StatusOr<AppendResult>> before, after;
  Answer batch;
  engine->Append(PartitionId(1), AsBytes("before"), [&](absl::StatusOr<AppendResult> r) { before = std::move(r); });
  Send(1, {"a", "", "c"}, batch);
  engine->Append(PartitionId(1), AsBytes("after"), [&](absl::StatusOr<AppendResult> r) {
    EXPECT_TRUE(batch.has_value());
    after = std::move(r);
  });
  ASSERT_TRUE(world.RunUntil([&] { return after.has_value(); }));
  ASSERT_TRUE((*before).ok() && (*batch).ok() && (*after).ok());
  EXPECT_EQ((*batch)->records, 3u);
  EXPECT_EQ((*batch)->first_partition_index, PartitionIndex(2));
  EXPECT_EQ((*batch)->first_raft_index, (*before)->raft_index.Next());
  EXPECT_EQ((*after)->partition_index, PartitionIndex(5));
  EXPECT_EQ((*after)->raft_index, (*batch)->first_raft_index.Plus(3));
  Settle();
  EXPECT_EQ(ledger.records[1], (std::vector<std::string>{"before", "a", "", "c", "after"}));
  EXPECT_EQ(ReadEntry((*batch)->first_raft_index.Plus(2).value())->payload, "c");
}

TEST_F(AppendBatchTest, AllAreTakenOrNone) {
  options.max_unapplied_records = 5;
  Create();
  ledger.hold = true;
  AppendMany(1, 3);
  const RaftIndex before = engine->ladder().appended;
  const absl::Status refused = AppendBatch(1, Payloads(3)).status();
  EXPECT_EQ(KindOf(refused), ErrorKind::kRefused);
  EXPECT_TRUE(absl::IsResourceExhausted(refused));
  EXPECT_NE(refused.message().find("p1: max_unapplied_records is 5, and it would be 6"), absl::string_view::npos)
      << refused;
  EXPECT_EQ(engine->ladder().appended, before);
  EXPECT_TRUE(AppendBatch(1, Payloads(2)).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(Append(1, "one more").status()));
  EXPECT_TRUE(AppendBatch(2, Payloads(1)).ok());
  EXPECT_TRUE(AppendBatch(2, Payloads(4)).ok());
  EXPECT_TRUE(absl::IsNotFound(AppendBatch(7, Payloads(2)).status()));
}

TEST_F(AppendBatchTest, BytesAreCountedTogether) {
  options.max_unapplied_bytes = 1000;
  Create();
  ledger.hold = true;
  ASSERT_TRUE(AppendBatch(1, Payloads(4, 200)).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(AppendBatch(1, Payloads(2, 150)).status()));
  EXPECT_TRUE(AppendBatch(1, Payloads(2, 50)).ok());
}

TEST_F(AppendBatchTest, WhatNoLimitEverAllowsIsRefusedForGood) {
  Create();
  ExpectNever({}, "a batch without records");
  ExpectNever({"small", std::string(5000, 'x'), "small"}, "a payload of 5000 bytes is larger than max_payload_bytes");
  const auto with = [&](auto limit, uint64_t value, const std::string& name) {
    const EngineOptions usual = options;
    options.max_partitions = 1;  // any limit will do
    options.*limit = value;
    ASSERT_EQ(Recover(), ErrorKind::kNone) << status;
    ExpectNever(Payloads(9, 100), "larger than " + name + " = ");
    EXPECT_TRUE(AppendBatch(1, Payloads(8, 100)).ok()) << name;
    Settle();
    options = usual;
  };
  with(&EngineOptions::max_unapplied_records, 8, "max_unapplied_records");
  with(&EngineOptions::max_unapplied_bytes, 9 * 100, "max_unapplied_bytes");
  with(&EngineOptions::max_total_unapplied_bytes, 9 * 100, "max_total_unapplied_bytes");
  with(&EngineOptions::max_lag_records, 8, "max_lag_records");
}

TEST_F(AppendBatchTest, WhatIsDurableOfItDoesNotWaitForTheRest) {
  options.max_batch_bytes = 8192;
  Create(1);
  Answer answer;
  Send(1, Payloads(12, 2000), answer);
  uint64_t committed = 0, forwarded = 0, applied = 0;  // when it was not answered yet, at most
  while (!answer.has_value()) {
    if (engine->ladder().committed >= RaftIndex(3)) committed = engine->ladder().committed.value();
    forwarded = At(1).forwarded_index.value();
    applied = Applied(1);
    ASSERT_TRUE(world.Step());
  }
  ASSERT_TRUE((*answer).ok());
  EXPECT_GT(committed, 2u);
  EXPECT_GT(forwarded, 1u);
  EXPECT_LT(forwarded, 12u);
  EXPECT_GT(applied, 1u);
}

TEST(AppendBatchDeathTest, LeavesAPrefixAndAllOfWhatWasAnswered) {
  std::set<uint64_t> left;
  bool finished = false;
  for (uint64_t operations = 1; operations < 60 && !finished; ++operations) {
    SCOPED_TRACE(operations);
    tests::PolicyRig rig(EngineOptions::Recovery::kRedo);
    rig.options.max_batch_bytes = 8192;
    ASSERT_EQ(rig.Recover(), ErrorKind::kNone) << rig.status;
    rig.Create(1);
    ASSERT_TRUE(rig.Run());
    rig.FreezeAfter(operations);
    rig.AppendBatch(1, 12, 2000);
    finished = rig.Run();
    rig.PowerLoss(operations * 37 % 1000);
    ASSERT_EQ(rig.Recover(), ErrorKind::kNone) << rig.status;
    rig.CheckPromises();
    left.insert(rig.At(1)->appended_index.value());
    rig.CheckContent();
  }
  EXPECT_TRUE(finished && left.contains(0) && left.contains(12) && left.size() > 2) << left.size();
}

TEST_F(AppendBatchTest, AFullDiskRefusesAllOfIt) {
  Create(1);
  Settle();
  world.SetCapacity(world.used_bytes());
  absl::Status refused;
  for (int i = 0; i < 100 && refused.ok(); ++i) {
    const RaftIndex before = engine->ladder().appended;
    Answer answer;
    Send(1, Payloads(3, 3000), answer);
    world.RunReady();
    if (!engine->full()) continue;
    const RaftIndex full = engine->ladder().appended;
    EXPECT_LE(before, full);
    refused = AppendBatch(1, Payloads(3)).status();
    EXPECT_EQ(engine->ladder().appended, full);
    world.SetCapacity(~uint64_t{0});
    engine->RetryNow();
    ASSERT_TRUE(world.RunUntil([&] { return answer.has_value(); }));
    EXPECT_TRUE((*answer).ok());
  }
  EXPECT_EQ(KindOf(refused), ErrorKind::kDiskFull) << refused;
  Settle();
}

TEST_F(AppendBatchTest, AFailedSyncIsTheAnswerOfTheWholeBatch) {
  Create(1);
  Settle();
  world.FailSyncs(1);
  EXPECT_EQ(KindOf(AppendBatch(1, Payloads(4)).status()), ErrorKind::kPoisoned);
  EXPECT_EQ(KindOf(AppendBatch(1, Payloads(4)).status()), ErrorKind::kPoisoned);
}

TEST_F(AppendBatchTest, ARefusalIsTracedOnceForTheBatch) {
  options.max_unapplied_records = 2;
  Create(1);
  world.events.clear();
  ASSERT_FALSE(AppendBatch(1, {"1", "333", "22"}).ok());
  std::vector<std::array<uint64_t, 4>> refused;
  for (const TraceEvent& event : world.events) {
    if (event.kind == TraceKind::kRefused) refused.push_back(event.args);
  }
  const std::array<uint64_t, 4> expected = {static_cast<uint64_t>(ErrorKind::kRefused), 6, 3, 3};
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(refused.front(), expected);
}

// Looks at nothing.
class Deaf : public Tracer {
 public:
  Deaf() : Tracer(/*wants_payload_crc=*/false, /*wants_events=*/false) {}
  void Emit(const TraceEvent& event) override { ++heard[event.kind]; }
  std::map<TraceKind, int> heard;
};

TEST_F(AppendBatchTest, NobodyIsToldOfSingleRecordsWhoLooksAtNothing) {
  Create(1);
  engine.reset();
  Deaf deaf;
  const Env env{.clock = world, .executor = world, .disk = world, .tracer = deaf, .random = RandomKey(1)};
  options.mode = EngineOptions::Mode::kExisting;
  Engine::Recover(env, options, ledger, [&](Engine::RecoverOutcome outcome) {
    ASSERT_TRUE(outcome.engine.ok());
    engine = *std::move(outcome.engine);
  });
  ASSERT_TRUE(world.RunUntil([&] { return engine != nullptr; }));
  ASSERT_TRUE(AppendBatch(1, Payloads(4)).ok());
  EXPECT_EQ(deaf.heard[TraceKind::kAcknowledged], 0);
  EXPECT_LE(deaf.heard[TraceKind::kAppended], 1);  // the term's first record
  engine.reset();
}

}  // namespace
}  // namespace tidemark
