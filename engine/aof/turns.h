#pragma once

// Who may write and sync now, among many files whose syncs nobody waits for, beside one file whose syncs everybody
// waits for. Each sync of the disk delays the others: a thousand partition files that sync whenever they like leave
// the log a fraction of what it could do.
//
//   at most `most` turns at a time; while the log is busy a new one only every `gap`
//   a turn that is urgent (somebody waits, or much is gathered) needs no gap
//   a turn that lasts longer than kOverdue counts no more: files that hang keep no other from its turn
//   what is done ahead of its need has turns of its own, one at a time, and begins when nobody waits for another one;
//   it is asked again whenever a turn is requested or given back
//
// Who waits longer gathers more for its turn: the number of syncs does not depend on the number of files.

#include <cstdint>
#include <deque>
#include <memory>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/functional/any_invocable.h"
#include "engine/base/time.h"
#include "engine/env/env.h"

namespace tidemark::aof {

class Turns : public std::enable_shared_from_this<Turns> {
 public:
  static constexpr Duration kOverdue = Duration::Seconds(1);

  // A turn lasts until this is destroyed.
  class Turn {
   public:
    Turn(std::shared_ptr<Turns> turns, uint64_t number) : turns_(std::move(turns)), number_(number) {}
    Turn(Turn&&) = default;
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (turns_ != nullptr) turns_->GiveBack(number_);
    }

   private:
    std::shared_ptr<Turns> turns_;
    uint64_t number_;
  };
  using Granted = absl::AnyInvocable<void(Turn)>;

  // `most` is at least 1. Hold it by a shared_ptr.
  Turns(const Env& env, uint32_t most, Duration gap) : env_(env), most_(most), gap_(gap) {}
  // Asked whenever a turn could be granted. Without it the log is never busy.
  void SetLogBusy(absl::AnyInvocable<bool() const> log_busy) { log_busy_ = std::move(log_busy); }
  // Nobody is granted anything any more; log_busy is not asked again.
  void Close() { closed_ = true; }

  // `granted` runs in a task of its own, in the order of the requests within their kind; or never.
  void Request(bool urgent, Granted granted);
  // Likewise, for what nobody waits for. It may never be granted while there is much to do.
  void RequestBackground(Granted granted);

 private:
  void GiveBack(uint64_t number);
  bool nobody_waits() const { return urgent_.empty() && others_.empty(); }
  void Grant();
  void GrantBackground();
  static void GrantOne(std::deque<Granted>& from, Turn turn);
  void GrantSoon();
  void GrantAt(Instant when);
  // When the next turn may begin for all that is taken now: at once, or when one of them is overdue.
  Instant NextFree() const;

  const Env env_;
  const uint32_t most_;
  const Duration gap_;
  absl::AnyInvocable<bool() const> log_busy_;
  bool closed_ = false;
  uint64_t last_number_ = 0;
  absl::btree_map<uint64_t, Instant> taken_;  // when each began. Invariant: at most most_ are not overdue.
  Instant next_;                              // before this no turn that is not urgent begins while the log is busy
  bool posted_ = false;                       // a task will call Grant
  Executor::TimerId timer_ = 0;               // 0: none; else it will
  Instant timer_at_;
  std::deque<Granted> urgent_;
  std::deque<Granted> others_;
  std::deque<Granted> background_;
  absl::btree_map<uint64_t, Instant> background_taken_;  // likewise of those. Invariant: at most one is not overdue.
};

}  // namespace tidemark::aof
