#include "scenarios/suite.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/types/optional.h"
#include "engine/base/check.h"

namespace tidemark::scenarios {
namespace {

// Results that wait for an earlier seed, a thread: bounds what a slow seed makes the others pile up.
constexpr uint64_t kAheadPerJob = 64;

// Hands out ordinals of seeds, and gives the results back in their order.
class Fold {
 public:
  Fold(const Scenario& scenario, const SuiteOptions& options)
      : scenario_(scenario), options_(options), ahead_(kAheadPerJob * static_cast<uint64_t>(options.jobs)) {}

  // A worker thread: until there is nothing left to do.
  void Work() {
    while (const absl::optional<uint64_t> ordinal = Pull()) {
      SuiteFailure one;
      one.seed = options_.first_seed + *ordinal * options_.stride;
      one.plan = scenario_.make_plan(one.seed);
      const bool twice = options_.twice_every > 0 && *ordinal % options_.twice_every == 0;
      one.result = RunOne(one.plan, twice);
      const std::lock_guard<std::mutex> lock(mutex_);
      done_.emplace(*ordinal, std::move(one));
      changed_.notify_all();
    }
  }

  // The calling thread: the next result in order; nullopt when there is none and none to come.
  absl::optional<SuiteFailure> Take() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return done_.contains(taken_) || (ended_ && taken_ == pulled_); });
    const auto found = done_.find(taken_);
    if (found == done_.end()) return absl::nullopt;
    SuiteFailure one = std::move(found->second);
    done_.erase(found);
    ++taken_;
    changed_.notify_all();
    return one;
  }

  // Hands out no more.
  void End() {
    const std::lock_guard<std::mutex> lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }

 private:
  absl::optional<uint64_t> Pull() {
    const bool stop = options_.stop != nullptr && options_.stop();
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return ended_ || pulled_ < taken_ + ahead_; });
    if (stop || pulled_ == options_.seeds) {
      ended_ = true;
      changed_.notify_all();
    }
    return ended_ ? absl::nullopt : absl::optional<uint64_t>(pulled_++);
  }

  RunResult RunOne(const fault::Plan& plan, bool twice) const {
    if (options_.run != nullptr) return options_.run(plan, twice);
    return twice ? RunTwice(plan, {}) : Run(plan, {});
  }

  const Scenario& scenario_;
  const SuiteOptions& options_;
  const uint64_t ahead_;
  std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t pulled_ = 0;  // ordinals below it were handed out
  uint64_t taken_ = 0;   // ordinals below it were taken. Invariant: taken_ <= pulled_ <= taken_ + ahead_.
  bool ended_ = false;
  std::map<uint64_t, SuiteFailure> done_;  // by ordinal: finished, not yet taken
};

}  // namespace

SuiteResult RunSuite(const Scenario& scenario, const SuiteOptions& options) {
  CHECK_GE(options.jobs, 1) << "worker threads of a suite";
  Fold fold(scenario, options);
  std::vector<std::thread> workers;
  for (int i = 0; i < options.jobs; ++i) workers.emplace_back([&fold] { fold.Work(); });
  SuiteResult result;
  bool ended = false;
  while (absl::optional<SuiteFailure> one = fold.Take()) {
    if (ended) continue;  // what others had begun beyond the failure: it counts for nothing
    ++result.runs;
    result.census.Add(one->result.census);
    const bool failed = !one->result.verdict.passed();
    if (failed) ++result.failed;
    if (options.progress != nullptr) options.progress(one->plan, one->result, result);
    if (!failed) continue;
    if (result.failures.size() < options.max_failures) result.failures.push_back(*std::move(one));
    if (options.keep_going) continue;
    ended = true;
    fold.End();
  }
  for (std::thread& worker : workers) worker.join();
  return result;
}

}  // namespace tidemark::scenarios
