#include "scenarios/workload/reread_job.h"

#include <algorithm>

#include "engine/base/random.h"
#include "scenarios/workload/read_back.h"

namespace tidemark::scenarios {

void RereadJob::Begin() {
  begun_ = true;
  uint64_t records = engine().ladder().durable.value() - engine().ladder().truncated.value();
  for (PartitionId p(1); p.value() <= model().partitions(); p = p.Next()) records += model().Promised(p).value();
  stride_ = 1 + records / kAllUpTo;
  partition_ = kSystemPartition;
  index_ = engine().ladder().truncated.value() + RandomKey(seed()).Fork("reread").UniformAt(0, stride_);
}

bool RereadJob::Next() {
  for (;;) {
    index_ += stride_ > 1 && index_ == 0 && partition_ != kSystemPartition
                  ? 1 + RandomKey(seed()).Fork("reread").UniformAt(partition_.value(), stride_)
                  : stride_;
    const uint64_t last = partition_ == kSystemPartition ? model().PromisedLog().value()
                                                         : model().Promised(partition_).value();
    if (index_ <= last) return true;
    if (partition_.value() >= model().partitions()) return false;
    partition_ = partition_.Next();
    index_ = 0;
  }
}

void RereadJob::Pump() {
  if (!begun_) Begin();
  while (unanswered_ < kInflight) {
    if (!Next()) {
      index_ = ~uint64_t{0} >> 1;  // past every end
      partition_ = PartitionId(std::max<uint64_t>(1, model().partitions()));
      if (unanswered_ == 0) Finish();
      return;
    }
    ++unanswered_;
    AskForPlace();
  }
}

void RereadJob::AskForPlace() {
  if (partition_ == kSystemPartition) {
    ReadFromLog(context_, host(), RaftIndex(index_), [this] { OnAnswer(); });
  } else {
    ReadFromPartition(context_, host(), partition_, PartitionIndex(index_), [this] { OnAnswer(); });
  }
}

void RereadJob::OnAnswer() {
  --unanswered_;
  if (!finished()) Pump();
}

void RereadJob::OnDown() {
  begun_ = false;
  unanswered_ = 0;
}

void RereadJob::Stop() { Finish(); }

}  // namespace tidemark::scenarios
