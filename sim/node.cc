#include "sim/node.h"

#include <utility>

#include "engine/base/check.h"

namespace tidemark::sim {

using fault::Setting;

Node::Node(NodeId id, const fault::Plan& plan, Scheduler& scheduler, Trace& trace, IssueObserver* observer)
    : id_(id),
      plan_(plan),
      scheduler_(scheduler),
      trace_(trace),
      observer_(observer),
      clock_(scheduler),
      executor_(scheduler, clock_),
      disk_policy_(plan, id),
      lag_policy_(plan, id),
      host_{scheduler, executor_, trace, id},
      disk_(NewDisk()) {
  disk_->Attach(&host_, &disk_policy_, observer_);
}

Node::~Node() {
  if (process_ != nullptr) {
    disk_->ProcessCrash(RandomKey());
    Die();
  }
}

std::unique_ptr<SimDisk> Node::NewDisk() {
  const fault::Settings& s = plan_.settings;
  DiskOptions options;
  options.capacity_bytes = static_cast<uint64_t>(s[Setting::kCapacityBytes]);
  options.read_latency = s.DurationOf(Setting::kReadLatency);
  options.write_latency = s.DurationOf(Setting::kWriteLatency);
  options.sync_latency = s.DurationOf(Setting::kSyncLatency);
  return std::make_unique<SimDisk>(options, RandomKey(plan_.seed).Fork("disk").Fork(id_.value()).Fork(++disks_));
}

void Node::Emit(const TraceEvent& event) { trace_.Emit(scheduler_.now(), id_, event); }

void Node::EmitWorld(SimTraceKind kind, std::array<uint64_t, 4> args) {
  Emit({static_cast<TraceKind>(kind), kSystemPartition, args});
}

void Node::Start(const ProcessFactory& factory, std::function<void()> exit) {
  CHECK(!up()) << "node " << id_ << " runs already";
  ++life_;
  EmitWorld(kNodeStarted, {life_});
  const Env env{clock_, executor_, *disk_, *this, RandomKey(plan_.seed).Fork("env").Fork(id_.value()).Fork(life_)};
  process_ =
      factory(ProcessContext{id_, life_, env, lag_policy_, [this] { return scheduler_.now(); }, std::move(exit)});
}

void Node::Die() {
  executor_.Clear();
  // Held here while it dies, so that up() is false for whatever its destruction sets off.
  std::unique_ptr<Process> dying = std::move(process_);
  dying.reset();
  executor_.Clear();
}

void Node::ProcessCrash(RandomKey key) {
  CHECK(up());
  EmitWorld(kProcessCrashed, {life_, process_->recovering()});
  disk_->ProcessCrash(key);
  Die();
}

void Node::ProcessExit(RandomKey key) {
  CHECK(up());
  EmitWorld(kProcessExited, {life_});
  disk_->ProcessCrash(key);
  Die();
}

void Node::PowerLoss(const LossRules& rules, RandomKey key) {
  const bool recovering = up() && process_->recovering();
  const LossCount count = disk_->PowerLoss(rules, key);
  EmitWorld(kPowerLost, {life_, recovering, count.kept, count.lost});
  if (up()) Die();
}

void Node::Pause() {
  executor_.Pause();
  EmitWorld(kPaused, {});
}

void Node::Resume() {
  if (!executor_.paused()) return;
  executor_.Resume();
  EmitWorld(kResumed, {});
}

void Node::ReplaceDisk() {
  CHECK(!up());
  lost_disks_.push_back(std::move(disk_));
  disk_ = NewDisk();
  disk_->Attach(&host_, &disk_policy_, observer_);
  EmitWorld(kDiskLost, {});
}

void Node::SwapDisks(Node& a, Node& b) {
  CHECK(!a.up() && !b.up());
  std::swap(a.disk_, b.disk_);
  a.disk_->Attach(&a.host_, &a.disk_policy_, a.observer_);
  b.disk_->Attach(&b.host_, &b.disk_policy_, b.observer_);
  a.EmitWorld(kDiskSwapped, {b.id_.value()});
  b.EmitWorld(kDiskSwapped, {a.id_.value()});
}

}  // namespace tidemark::sim
