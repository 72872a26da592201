#pragma once

// One thing that clients do: an operation of the plan, or a task of the runner. It lives in the harness, so it
// survives the deaths of the node: what was unanswered then is asked again after the recovery.

#include <cstdint>

#include "engine/base/ids.h"
#include "engine/base/time.h"
#include "engine/node/engine.h"
#include "fault/plan.h"
#include "scenarios/oracles/oracle_set.h"
#include "scenarios/workload/payload.h"
#include "scenarios/workload/record_model.h"

namespace tidemark::scenarios {

// What a job works with. References outlive every job.
struct JobContext {
  const fault::Plan& plan;
  NodeId node;
  const PayloadSource& payloads;
  RecordModel& model;
  OracleSet& oracles;
};

class Job;

// Who runs jobs.
class JobHost {
 public:
  // The engine that serves now; jobs are called only while there is one.
  virtual Engine& engine() = 0;
  virtual Instant now() const = 0;  // the world's
  // Calls job.Wake then, if the node serves then.
  virtual void WakeAt(Job& job, Instant at) = 0;
  virtual void OnFinished(Job& job) = 0;
  // A send is about to be made, of so many records, whose ordinals follow each other; when the store refuses it in the
  // call, it says so with a trace event.
  virtual void OnSending(PartitionId partition, RecordName first, uint32_t records) = 0;
  // Returns whether the store refused it in the call.
  virtual bool OnSent() = 0;
  // It has refused these otherwise.
  virtual void OnRefused(PartitionId partition, RecordName first, uint32_t records) = 0;
  // One more partition takes appends, or one does no longer.
  virtual void OnPartitionsChanged() = 0;
  virtual void OnRead(const absl::Status& status) = 0;

 protected:
  ~JobHost() = default;
};

// Time enough for an answer that nothing holds up.
inline constexpr Duration kAWhile = Duration::Millis(1);

class Job {
 public:
  Job(const JobContext& context, JobHost& host) : context_(context), host_(host) {}
  virtual ~Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  // Does what can be done now. From a task of the node's executor, while its engine serves.
  virtual void Pump() = 0;
  // What it had asked for with WakeAt.
  virtual void Wake() { Pump(); }
  // The node died: no answer comes any more, nor a Wake.
  virtual void OnDown() = 0;
  // Whether it waits for an answer that must come, now that nothing goes wrong any more.
  virtual bool overdue() const { return false; }
  // Whether it has waited for a while, and the partition's file, which has failed, would have to take more for it.
  virtual bool WaitsInVain(PartitionId partition) const {
    static_cast<void>(partition);
    return false;
  }
  // Asks for nothing new; finished once what is unanswered is answered, or the node dies.
  virtual void Stop() = 0;

  bool finished() const { return finished_; }
  // The host's own number for it.
  size_t slot = 0;

 protected:
  const fault::Plan& plan() const { return context_.plan; }
  NodeId node() const { return context_.node; }
  const PayloadSource& payloads() const { return context_.payloads; }
  RecordModel& model() const { return context_.model; }
  OracleSet& oracles() const { return context_.oracles; }
  JobHost& host() const { return host_; }
  Engine& engine() { return host_.engine(); }
  Instant now() const { return host_.now(); }
  uint64_t seed() const { return context_.plan.seed; }
  uint64_t partitions() const { return static_cast<uint64_t>(context_.plan.settings[fault::Setting::kPartitions]); }
  void Finish() {
    if (finished_) return;
    finished_ = true;
    host_.OnFinished(*this);
  }

 private:
  const JobContext& context_;
  JobHost& host_;
  bool finished_ = false;
};

}  // namespace tidemark::scenarios
