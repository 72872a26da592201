#pragma once

// Keyed randomness: every choice is a pure function of (seed, domain, entity, ordinal).
// Nothing is drawn from a shared stream, so leaving one choice out shifts no other:
// a plan with one fault removed replays the rest unchanged.
//
//   RandomKey latency = RandomKey(seed).Fork("disk.latency").Fork(node.value());
//   Duration d = Duration::Micros(latency.UniformAt(op_ordinal, 200));
//
// Own mixing and own distributions in integers only: the same on every compiler and
// machine. Not for secrets.

#include <cstdint>

#include "absl/strings/string_view.h"
#include "engine/base/check.h"

namespace tidemark {

// The finalizer of SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
constexpr uint64_t MixBits(uint64_t x) {
  x += 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

// FNV-1a, 64 bits: names become key parts.
constexpr uint64_t HashName(absl::string_view name) {
  uint64_t hash = 0xCBF29CE484222325u;
  for (char c : name) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001B3u;
  return hash;
}

// Scales 64 random bits to [0, bound). The bias is below bound / 2^64.
constexpr uint64_t ScaleBits(uint64_t bits, uint64_t bound) {
  return static_cast<uint64_t>((static_cast<unsigned __int128>(bits) * bound) >> 64);
}

// A value; copy it freely.
class RandomKey {
 public:
  constexpr RandomKey() = default;
  constexpr explicit RandomKey(uint64_t seed) : state_(MixBits(seed)) {}

  constexpr RandomKey Fork(uint64_t entity) const { return FromState(MixBits(state_ ^ MixBits(entity ^ kEntitySalt))); }
  constexpr RandomKey Fork(absl::string_view domain) const {
    return FromState(MixBits(state_ ^ MixBits(HashName(domain) ^ kDomainSalt)));
  }

  // 64 bits for this ordinal: always the same ones.
  constexpr uint64_t BitsAt(uint64_t ordinal) const { return MixBits(state_ ^ MixBits(ordinal)); }
  // Uniform in [0, bound). `bound` is at least 1.
  constexpr uint64_t UniformAt(uint64_t ordinal, uint64_t bound) const { return ScaleBits(BitsAt(ordinal), bound); }
  // Uniform in [low, high], both included.
  constexpr uint64_t BetweenAt(uint64_t ordinal, uint64_t low, uint64_t high) const {
    return low + UniformAt(ordinal, high - low + 1);
  }
  // True with `permille` chances in a thousand.
  constexpr bool ChanceAt(uint64_t ordinal, uint64_t permille) const { return UniformAt(ordinal, 1000) < permille; }

  friend constexpr bool operator==(RandomKey, RandomKey) = default;

 private:
  static constexpr uint64_t kEntitySalt = 0xD6E8FEB86659FD93u;
  static constexpr uint64_t kDomainSalt = 0xA0761D6478BD642Fu;
  static constexpr RandomKey FromState(uint64_t state) {
    RandomKey key;
    key.state_ = state;
    return key;
  }
  uint64_t state_ = 0;
};

// Consecutive draws under one key, for a decision that needs several numbers. Keep it
// local: a long-lived one is a stream, and streams shift.
class Draws {
 public:
  constexpr explicit Draws(RandomKey key) : key_(key) {}
  constexpr uint64_t Bits() { return key_.BitsAt(next_++); }
  constexpr uint64_t Uniform(uint64_t bound) { return key_.UniformAt(next_++, bound); }
  constexpr uint64_t Between(uint64_t low, uint64_t high) { return key_.BetweenAt(next_++, low, high); }
  constexpr bool Chance(uint64_t permille) { return key_.ChanceAt(next_++, permille); }

 private:
  RandomKey key_;
  uint64_t next_ = 0;
};

}  // namespace tidemark
