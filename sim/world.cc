#include "sim/world.h"

#include <algorithm>
#include <utility>

#include "engine/base/check.h"

namespace tidemark::sim {

using fault::Fault;
using fault::FaultGroup;
using fault::FaultKind;
using fault::Param;

// Faults that strike at a node's n-th disk operation after their time.
class World::Watch final : public IssueObserver {
 public:
  Watch(World& world, size_t node) : world_(world), node_(node) {}

  void Arm(size_t fault_index, uint64_t after, bool only_in_recovery) {
    armed_.push_back({fault_index, after, only_in_recovery});
  }
  void Disarm() { armed_.clear(); }

  void OnDiskIssue() override {
    for (size_t i = 0; i < armed_.size();) {
      Armed& armed = armed_[i];
      Process* process = world_.nodes_[node_]->process();
      const bool counts = !armed.only_in_recovery || process == nullptr || process->recovering();
      if (!counts || --armed.left > 0) {
        ++i;
        continue;
      }
      // Not inside the call: right after the current event, or among others of the same instant.
      world_.scheduler_.Schedule(world_.now(), &world_, CookieOf(kStrike, armed.fault_index));
      armed_.erase(armed_.begin() + static_cast<ptrdiff_t>(i));
    }
  }

 private:
  struct Armed {
    size_t fault_index;
    uint64_t left;
    bool only_in_recovery;
  };
  World& world_;
  const size_t node_;
  std::vector<Armed> armed_;
};

World::World(const fault::Plan& plan, ProcessFactory factory, WorldOptions options)
    : plan_(plan),
      factory_(std::move(factory)),
      options_(options),
      scheduler_(plan.seed),
      trace_(options.keep_whole_trace) {
  const size_t count = static_cast<size_t>(plan.settings[fault::Setting::kNodes]);
  restarts_.resize(count);
  for (size_t i = 0; i < count; ++i) {
    watches_.push_back(std::make_unique<Watch>(*this, i));
    nodes_.push_back(std::make_unique<Node>(NodeId(i + 1), plan_, scheduler_, trace_, watches_[i].get()));
    RestartLater(*nodes_[i], Duration());
  }
  for (size_t i = 0; i < plan.faults.size(); ++i) {
    const Fault& fault = plan.faults[i];
    if (fault.node.value() == 0 || fault.node.value() > count) continue;
    scheduler_.Schedule(fault.at, this, CookieOf(kBegin, i));
    if (fault::InfoOf(fault.kind).windowed) scheduler_.Schedule(fault.end(), this, CookieOf(kEnd, i));
  }
}

World::~World() = default;

bool World::Step() {
  while (!scheduler_.idle()) {
    if (scheduler_.Step()) return true;
  }
  return false;
}

RandomKey World::KeyOf(const Fault& fault) const { return RandomKey(plan_.seed).Fork("fault.world").Fork(fault.id); }

bool World::Fire(uint64_t cookie) {
  const size_t index = static_cast<size_t>(cookie & 0xFFFFFF);
  switch (cookie >> 48) {
    case kBegin:
      if (!healed_) Begin(index);
      return !healed_;
    case kEnd:
      if (!healed_) End(index);
      return !healed_;
    case kStrike:
      if (!healed_) Strike(index);
      return !healed_;
    case kRestart: {
      Node& node = *nodes_[index];
      if (node.up() || restarts_[index] != ((cookie >> 24) & 0xFFFFFF)) return false;
      StartNode(node);
      return true;
    }
    default: {  // kExit
      Node& node = *nodes_[index];
      if (!node.up() || node.life() != ((cookie >> 24) & 0xFFFFFF)) return false;
      node.ProcessExit(RandomKey(plan_.seed).Fork("exit").Fork(node.id().value()).Fork(node.life()));
      RestartLater(node, options_.restart_delay);
      return true;
    }
  }
}

void World::StartNode(Node& node) {
  const uint64_t index = node.id().value() - 1;
  const uint64_t life = node.life() + 1;
  node.Start(factory_, [this, index, life] {
    scheduler_.Schedule(now(), this, CookieOf(kExit, (life & 0xFFFFFF) << 24 | index));
  });
}

void World::RestartLater(Node& node, Duration down) {
  const uint64_t index = node.id().value() - 1;
  restarts_[index] = (restarts_[index] + 1) & 0xFFFFFF;
  scheduler_.ScheduleAfter(down, this, CookieOf(kRestart, restarts_[index] << 24 | index));
}

void World::Begin(size_t index) {
  const Fault& fault = plan_.faults[index];
  Node& node = NodeOf(fault);
  const fault::FaultKindInfo& info = fault::InfoOf(fault.kind);
  if (fault.params[Param::kAfterIo] > 0 &&
      (fault.kind == FaultKind::kProcessCrash || fault.kind == FaultKind::kPowerLoss)) {
    watches_[node.id().value() - 1]->Arm(index, static_cast<uint64_t>(fault.params[Param::kAfterIo]),
                                         fault.params[Param::kWhen] == 1);
    return;
  }
  node.EmitWorld(kFaultBegan, {fault.id, static_cast<uint64_t>(fault.kind)});
  switch (fault.kind) {
    case FaultKind::kPause:
      if (!node.up() || node.executor().paused()) return;
      CountHit(fault);
      node.Pause();
      return;
    case FaultKind::kBitRot:
    case FaultKind::kLatentSectorError: {
      const uint64_t count = static_cast<uint64_t>(std::max<int64_t>(1, fault.params[Param::kCount]));
      hits_[fault.id] += fault.kind == FaultKind::kBitRot
                             ? node.disk().Rot(fault.files, count, KeyOf(fault), fault.id)
                             : node.disk().AddLatentErrors(fault.files, count, KeyOf(fault), fault.id);
      return;
    }
    default:
      if (info.group == FaultGroup::kNode) Strike(index);
      if (info.group == FaultGroup::kClock) BeginClock(fault, true);
  }
}

void World::End(size_t index) {
  const Fault& fault = plan_.faults[index];
  if (fault.kind == FaultKind::kPause) NodeOf(fault).Resume();
  if (fault::InfoOf(fault.kind).group == FaultGroup::kClock) BeginClock(fault, false);
  NodeOf(fault).EmitWorld(kFaultEnded, {fault.id, static_cast<uint64_t>(fault.kind)});
}

void World::BeginClock(const Fault& fault, bool on) {
  Node& node = NodeOf(fault);
  if (on) CountHit(fault);
  const Duration by = Duration::Nanos(fault.params[Param::kBy]);
  switch (fault.kind) {
    case FaultKind::kClockSkew: node.clock().SetSkew(on ? by : Duration()); break;
    case FaultKind::kClockDrift: node.clock().SetDrift(on ? fault.params[Param::kPpm] : 0); break;
    case FaultKind::kClockFreeze: node.clock().SetFrozen(on); break;
    default: node.clock().Jump(by); break;
  }
  node.ClockChanged();
}

void World::Strike(size_t index) {
  const Fault& fault = plan_.faults[index];
  Node& node = NodeOf(fault);
  if (fault.params[Param::kAfterIo] > 0) node.EmitWorld(kFaultBegan, {fault.id, static_cast<uint64_t>(fault.kind)});
  if (!CanStrike(fault)) return;
  CountHit(fault);
  Crash(fault, node);
}

// A machine that is down can still lose its disk; it can not crash again. A disk is swapped for another one.
bool World::CanStrike(const Fault& fault) const {
  if (fault.kind == FaultKind::kProcessCrash) return nodes_[fault.node.value() - 1]->up();
  const uint64_t with = static_cast<uint64_t>(fault.params[Param::kWith]);
  return fault.kind != FaultKind::kDiskSwap || (with <= nodes_.size() && with != fault.node.value());
}

void World::Crash(const Fault& fault, Node& node) {
  const Duration down = Duration::Nanos(std::max<int64_t>(0, fault.params[Param::kDown]));
  LossRules rules;
  rules.keep_permille = static_cast<uint64_t>(fault.params[Param::kKeep]);
  rules.garbage_permille = static_cast<uint64_t>(fault.params[Param::kGarbage]);
  rules.names_permille = static_cast<uint64_t>(fault.params[Param::kNames]);
  rules.tear = static_cast<LossRules::Tear>(fault.params[Param::kTear]);
  rules.sector_bytes = fault.params[Param::kSector] == 1 ? 4096 : 512;
  switch (fault.kind) {
    case FaultKind::kProcessCrash: node.ProcessCrash(KeyOf(fault)); break;
    case FaultKind::kPowerLoss: node.PowerLoss(rules, KeyOf(fault)); break;
    case FaultKind::kDiskLoss:
      if (node.up()) node.ProcessCrash(KeyOf(fault));
      node.ReplaceDisk();
      break;
    default: {  // kDiskSwap
      const uint64_t with = static_cast<uint64_t>(fault.params[Param::kWith]);
      if (with == 0) {
        if (node.up()) node.ProcessCrash(KeyOf(fault));
        node.EmitWorld(kDiskSwapped, {0});
        break;
      }
      Node& other = *nodes_[with - 1];
      if (node.up()) node.ProcessCrash(KeyOf(fault));
      if (other.up()) other.ProcessCrash(KeyOf(fault).Fork("other"));
      Node::SwapDisks(node, other);
      RestartLater(other, down);
    }
  }
  RestartLater(node, down);
}

void World::Heal() {
  healed_ = true;
  for (size_t i = 0; i < nodes_.size(); ++i) {
    Node& node = *nodes_[i];
    node.EmitWorld(kHealed, {});
    watches_[i]->Disarm();
    node.disk_policy().Heal();
    node.lag_policy().Heal();
    node.clock().SetFrozen(false);
    node.clock().SetDrift(0);
    node.clock().SetSkew(Duration());
    node.ClockChanged();
    node.Resume();
    if (!node.up()) RestartLater(node, Duration());
  }
}

std::map<uint64_t, uint64_t> World::FaultHits() const {
  std::map<uint64_t, uint64_t> hits;
  for (const Fault& fault : plan_.faults) hits[fault.id] = 0;
  for (const auto& [id, count] : hits_) hits[id] += count;
  for (const auto& node : nodes_) {
    for (const auto& [id, count] : node->disk_policy().hits()) hits[id] += count;
    for (const auto& [id, count] : node->lag_policy().hits()) hits[id] += count;
  }
  return hits;
}

}  // namespace tidemark::sim
