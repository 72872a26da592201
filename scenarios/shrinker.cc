#include "scenarios/shrinker.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "engine/base/random.h"
#include "engine/base/time.h"
#include "fault/plan_text.h"

namespace tidemark::scenarios {
namespace {

using fault::Fault;
using fault::Operation;
using fault::Param;
using fault::ParamType;
using fault::ParamValues;
using fault::Plan;
using fault::Setting;

constexpr int64_t kMillisecond = 1'000'000;

// The value a setting is lowered to: its default, but for what makes the picture itself smaller.
int64_t GoalOf(const Plan& plan, Setting setting) {
  uint64_t used = 1;
  if (setting == Setting::kNodes) {
    for (const Operation& op : plan.operations) used = std::max(used, op.node.value());
    for (const Fault& f : plan.faults) {
      used = std::max({used, f.node.value(), static_cast<uint64_t>(f.params[Param::kWith])});
    }
  } else if (setting == Setting::kPartitions) {
    const auto count = [&](const ParamValues& params) {
      used = std::max(used, static_cast<uint64_t>(std::max<int64_t>(1, params[Param::kPartition])));
    };
    for (const Operation& op : plan.operations) count(op.params);
    for (const Fault& f : plan.faults) count(f.params);
  } else if (setting == Setting::kSafetyTime) {
    return kMillisecond;
  } else {
    return fault::InfoOf(setting).fallback;
  }
  return static_cast<int64_t>(used);
}

// Sizes and times are found to within an eighth; counts and rates exactly.
bool CloseEnough(ParamType type, int64_t good, int64_t bad, int64_t multiple) {
  const int64_t gap = good > bad ? good - bad : bad - good;
  const bool exact = type != ParamType::kDuration && type != ParamType::kBytes;
  return gap <= multiple || (!exact && gap <= std::abs(good) / 8);
}

class Shrinker {
 public:
  Shrinker(const Plan& plan, const std::function<bool(const Plan&)>& fails, const ShrinkOptions& options)
      : fails_(fails), options_(options) {
    result_.plan = plan;
  }

  ShrinkResult Run() {
    ++result_.runs;
    result_.reproduced = fails_(result_.plan);
    if (!result_.reproduced) return result_;
    uint64_t before;
    do {
      before = result_.accepted;
      Remove(&Plan::faults);
      Remove(&Plan::operations);
      LowerSettings();
      for (size_t i = 0; i < result_.plan.faults.size(); ++i) LowerFault(i);
      for (size_t i = 0; i < result_.plan.operations.size(); ++i) LowerOperation(i);
    } while (result_.accepted > before && !ended_);
    result_.minimal = !ended_;
    return std::move(result_);
  }

 private:
  // True: the candidate fails too, and is now the plan.
  bool Try(Plan candidate) {
    if (ended_ || fault::FindProblem(candidate.settings).has_value()) return false;
    if (!tried_.insert(HashName(fault::PrintPlan(candidate))).second) return false;
    if (result_.runs >= options_.max_runs || (options_.stop != nullptr && options_.stop())) {
      ended_ = true;
      return false;
    }
    ++result_.runs;
    if (!fails_(candidate)) return false;
    ++result_.accepted;
    result_.plan = std::move(candidate);
    if (options_.progress != nullptr) options_.progress(result_);
    return true;
  }

  // Takes runs of items out: half of them, a quarter, ... one; later ones first, for they depend on earlier ones.
  template <typename Item>
  void Remove(std::vector<Item> Plan::*items) {
    for (size_t chunk = (result_.plan.*items).size(); chunk > 0; chunk /= 2) {
      size_t end = (result_.plan.*items).size();
      while (end > 0) {
        const size_t begin = end - std::min(chunk, end);
        Plan candidate = result_.plan;
        auto& list = candidate.*items;
        list.erase(list.begin() + static_cast<ptrdiff_t>(begin), list.begin() + static_cast<ptrdiff_t>(end));
        Try(std::move(candidate));
        end = begin;
      }
    }
  }

  // Brings the number that `set` writes from `value` towards `goal`: the goal itself, else by halving the gap.
  template <typename Set>
  void Lower(ParamType type, int64_t multiple, int64_t value, int64_t goal, Set set) {
    const auto works = [&](int64_t number) {
      Plan candidate = result_.plan;
      set(candidate, number);
      return Try(std::move(candidate));
    };
    if (value == goal || works(goal)) return;
    if (type == ParamType::kChoice || type == ParamType::kPartition) return;
    int64_t good = value, bad = goal;
    while (!ended_ && !CloseEnough(type, good, bad, multiple)) {
      const int64_t middle = bad + (good - bad) / 2 / multiple * multiple;
      (works(middle) ? good : bad) = middle;
    }
    if (type == ParamType::kDuration) Round(good, bad, works);
  }

  // A duration reads better with fewer digits: towards the goal, not as far as the number that did not work.
  template <typename Works>
  void Round(int64_t value, int64_t bad, Works works) {
    for (int64_t unit : {1000 * kMillisecond, 10 * kMillisecond, kMillisecond, kMillisecond / 10, int64_t{1'000}}) {
      const int64_t rounded = value - value % unit;
      const bool between = bad <= value ? bad < rounded && rounded < value : value < rounded && rounded < bad;
      if (between && works(rounded)) return;
    }
  }

  void LowerSettings() {
    for (int i = 0; i < fault::kSettingCount; ++i) {
      const Setting setting = static_cast<Setting>(i);
      const int64_t value = result_.plan.settings[setting];
      const int64_t goal = GoalOf(result_.plan, setting);
      const bool only_down = setting == Setting::kNodes || setting == Setting::kPartitions ||
                             setting == Setting::kSafetyTime;
      if (only_down && value <= goal) continue;
      const fault::SettingInfo& info = fault::InfoOf(setting);
      Lower(info.type, info.multiple, value, goal, [&](Plan& plan, int64_t n) { plan.settings.Set(setting, n); });
    }
  }

  template <typename Item>
  void LowerParams(absl::Span<const Param> params, std::vector<Item> Plan::*items, size_t i) {
    for (const Param param : params) {
      const fault::ParamInfo& info = fault::InfoOf(param);
      Lower(info.type, 1, (result_.plan.*items)[i].params[param], info.fallback,
            [&](Plan& plan, int64_t n) { (plan.*items)[i].params.Set(param, n); });
    }
  }

  template <typename Item>
  void LowerStart(std::vector<Item> Plan::*items, size_t i) {
    Lower(ParamType::kDuration, 1, (result_.plan.*items)[i].at.nanos(), 0,
          [&](Plan& plan, int64_t n) { (plan.*items)[i].at = Instant::FromNanos(n); });
  }

  void LowerFault(size_t i) {
    LowerStart(&Plan::faults, i);
    Lower(ParamType::kDuration, 1, result_.plan.faults[i].length.nanos(), 0,
          [&](Plan& plan, int64_t n) { plan.faults[i].length = Duration::Nanos(n); });
    LowerParams(fault::InfoOf(result_.plan.faults[i].kind).params, &Plan::faults, i);
  }

  void LowerOperation(size_t i) {
    LowerStart(&Plan::operations, i);
    LowerParams(fault::InfoOf(result_.plan.operations[i].kind).params, &Plan::operations, i);
  }

  const std::function<bool(const Plan&)>& fails_;
  const ShrinkOptions& options_;
  ShrinkResult result_;
  bool ended_ = false;        // by a limit
  std::set<uint64_t> tried_;  // hashes of the texts of candidates
};

}  // namespace

ShrinkResult Shrink(const Plan& plan, const std::function<bool(const Plan&)>& fails, const ShrinkOptions& options) {
  return Shrinker(plan, fails, options).Run();
}

}  // namespace tidemark::scenarios
