#include "engine/aof/turns.h"

#include "engine/base/check.h"

namespace tidemark::aof {

void Turns::Request(bool urgent, Granted granted) {
  (urgent ? urgent_ : others_).push_back(std::move(granted));
  GrantSoon();
}

void Turns::GiveBack() {
  CHECK_GT(taken_, 0u) << "a turn is given back that nobody took";
  --taken_;
  GrantSoon();
}

void Turns::GrantSoon() {
  if (closed_ || (urgent_.empty() && others_.empty()) || std::exchange(posted_, true)) return;
  env_.executor.Post([weak = weak_from_this()] {
    auto self = weak.lock();
    if (self == nullptr) return;
    self->posted_ = false;
    self->Grant();
  });
}

void Turns::GrantAt(Instant when) {
  if (std::exchange(timer_set_, true)) return;
  env_.executor.ScheduleAfter(when - env_.clock.Now(), [weak = weak_from_this()] {
    auto self = weak.lock();
    if (self == nullptr) return;
    self->timer_set_ = false;
    self->Grant();
  });
}

void Turns::Grant() {
  while (!closed_ && taken_ < most_ && !(urgent_.empty() && others_.empty())) {
    const bool urgent = !urgent_.empty();
    if (!urgent && log_busy_ != nullptr && log_busy_()) {
      const Instant now = env_.clock.Now();
      if (now < next_) return GrantAt(next_);
      next_ = now + gap_;
    }
    std::deque<Granted>& from = urgent ? urgent_ : others_;
    Granted granted = std::move(from.front());
    from.pop_front();
    ++taken_;
    granted(Turn(shared_from_this()));
  }
}

}  // namespace tidemark::aof
