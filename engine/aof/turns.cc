#include "engine/aof/turns.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/base/check.h"

namespace tidemark::aof {

void Turns::Request(bool urgent, Granted granted) {
  (urgent ? urgent_ : others_).push_back(std::move(granted));
  GrantSoon();
}

void Turns::RequestBackground(Granted granted) {
  background_.push_back(std::move(granted));
  GrantSoon();
}

void Turns::GiveBack(uint64_t number) {
  CHECK_EQ(taken_.erase(number) + background_taken_.erase(number), 1u)
      << "turn " << number << " is given back that nobody took";
  GrantSoon();
}

void Turns::GrantSoon() {
  if (closed_ || (nobody_waits() && background_.empty()) || std::exchange(posted_, true)) return;
  env_.executor.Post([weak = weak_from_this()] {
    auto self = weak.lock();
    if (self == nullptr) return;
    self->posted_ = false;
    self->Grant();
  });
}

void Turns::GrantAt(Instant when) {
  if (timer_ != 0 && timer_at_ <= when) return;
  if (timer_ != 0) env_.executor.Cancel(timer_);
  timer_at_ = when;
  timer_ = env_.executor.ScheduleAfter(when - env_.clock.Now(), [weak = weak_from_this()] {
    auto self = weak.lock();
    if (self == nullptr) return;
    self->timer_ = 0;
    self->Grant();
  });
}

Instant Turns::NextFree() const {
  if (taken_.size() < most_) return Instant();
  return std::prev(taken_.end(), most_)->second + kOverdue;
}

void Turns::Grant() {
  while (!closed_ && !nobody_waits()) {
    const Instant now = env_.clock.Now();
    const Instant free = NextFree();
    if (now < free) return GrantAt(free);
    const bool urgent = !urgent_.empty();
    if (!urgent && log_busy_ != nullptr && log_busy_()) {
      if (now < next_) return GrantAt(next_);
      next_ = now + gap_;
    }
    taken_[++last_number_] = now;
    GrantOne(urgent ? urgent_ : others_, Turn(shared_from_this(), last_number_));
  }
  if (timer_ != 0) env_.executor.Cancel(std::exchange(timer_, 0));  // nobody waits
  GrantBackground();
}

void Turns::GrantBackground() {
  const Instant now = env_.clock.Now();
  const bool taken = !background_taken_.empty() && now < background_taken_.rbegin()->second + kOverdue;
  if (closed_ || background_.empty() || taken) return;
  background_taken_[++last_number_] = now;
  GrantOne(background_, Turn(shared_from_this(), last_number_));
}

void Turns::GrantOne(std::deque<Granted>& from, Turn turn) {
  Granted granted = std::move(from.front());
  from.pop_front();
  granted(std::move(turn));
}

}  // namespace tidemark::aof
