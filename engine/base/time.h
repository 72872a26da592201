#pragma once

// Time as integers: nanoseconds, no floating point, no system clock. What "now" is,
// only a Clock (engine/env/clock.h) knows.

#include <compare>
#include <cstdint>
#include <limits>
#include <ostream>
#include <string>

namespace tidemark {

// A span of time, signed, in nanoseconds. Range: about 292 years either way.
class Duration {
 public:
  constexpr Duration() = default;
  static constexpr Duration Nanos(int64_t n) { return Duration(n); }
  static constexpr Duration Micros(int64_t n) { return Duration(n * 1'000); }
  static constexpr Duration Millis(int64_t n) { return Duration(n * 1'000'000); }
  static constexpr Duration Seconds(int64_t n) { return Duration(n * 1'000'000'000); }
  static constexpr Duration Max() { return Duration(std::numeric_limits<int64_t>::max()); }

  constexpr int64_t nanos() const { return nanos_; }
  constexpr int64_t micros() const { return nanos_ / 1'000; }
  constexpr int64_t millis() const { return nanos_ / 1'000'000; }

  friend constexpr auto operator<=>(Duration, Duration) = default;
  friend constexpr Duration operator+(Duration a, Duration b) { return Duration(a.nanos_ + b.nanos_); }
  friend constexpr Duration operator-(Duration a, Duration b) { return Duration(a.nanos_ - b.nanos_); }
  friend constexpr Duration operator*(Duration a, int64_t n) { return Duration(a.nanos_ * n); }
  friend constexpr Duration operator/(Duration a, int64_t n) { return Duration(a.nanos_ / n); }

  // Shortest exact text with one unit: "1500us", "20ms", "3s", "0s".
  std::string ToString() const;
  friend std::ostream& operator<<(std::ostream& out, Duration d) { return out << d.ToString(); }

 private:
  constexpr explicit Duration(int64_t nanos) : nanos_(nanos) {}
  int64_t nanos_ = 0;
};

// A point on one clock's line, in nanoseconds since that clock's own start. Instants
// of different clocks do not compare meaningfully.
class Instant {
 public:
  constexpr Instant() = default;
  static constexpr Instant FromNanos(int64_t n) { return Instant(n); }
  static constexpr Instant Max() { return Instant(std::numeric_limits<int64_t>::max()); }

  constexpr int64_t nanos() const { return nanos_; }

  friend constexpr auto operator<=>(Instant, Instant) = default;
  friend constexpr Instant operator+(Instant a, Duration d) { return Instant(a.nanos_ + d.nanos()); }
  friend constexpr Instant operator-(Instant a, Duration d) { return Instant(a.nanos_ - d.nanos()); }
  friend constexpr Duration operator-(Instant a, Instant b) { return Duration::Nanos(a.nanos_ - b.nanos_); }

  std::string ToString() const { return Duration::Nanos(nanos_).ToString(); }
  friend std::ostream& operator<<(std::ostream& out, Instant t) { return out << t.ToString(); }

 private:
  constexpr explicit Instant(int64_t nanos) : nanos_(nanos) {}
  int64_t nanos_ = 0;
};

}  // namespace tidemark
