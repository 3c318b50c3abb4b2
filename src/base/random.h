#pragma once

#include <cstdint>
#include <string>

namespace sluice {

/// Where randomness comes from: unique names, back-off jitter. Injected, so that tests repeat.
class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next() = 0;

  /// A random UUID (version 4) in its 36-character form.
  std::string uuid();
};

/// The operating system's randomness. Any thread may call.
class SystemRandom final : public Random {
 public:
  std::uint64_t next() override;
};

/// SplitMix64 (Steele, Lea, Flood 2014): small, seeded, good enough for data and jitter.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() override;

 private:
  std::uint64_t state_;
};

}  // namespace sluice
