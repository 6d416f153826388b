#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace errata {

/// Seeded random numbers that are the same on every machine and standard library (the distributions are our own).
///     Rng rng(7);  double u = rng.uniform();
/// Generator: xoshiro256**, seeded through splitmix64. Not for cryptography. Not safe to share between threads;
/// give each its own stream with fork().
/// Reference: D. Blackman, S. Vigna, ACM TOMS 47 (2021), 36.
class Rng {
 public:
  explicit Rng(std::uint64_t seed);

  /// 64 random bits.
  std::uint64_t next();
  /// Uniform in [0, 1), 53 bits.
  double uniform();
  /// Uniform integer in [0, bound), without modulo bias. @param bound >= 1
  std::uint64_t below(std::uint64_t bound);
  /// Standard normal (polar method; both values of a pair are used).
  double normal();
  /// True with probability p, p in [0, 1].
  bool bernoulli(double p) { return uniform() < p; }
  /// Index i with probability weights[i] / sum(weights). @param weights  non-empty, >= 0, sum > 0
  std::size_t categorical(std::span<const double> weights);
  /// Fisher-Yates shuffle in place.
  template <typename T>
  void shuffle(std::span<T> values) {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
  }
  /// An independent generator named by `stream`; the same seed and stream give the same generator.
  [[nodiscard]] Rng fork(std::uint64_t stream) const;

 private:
  std::uint64_t seed_;
  std::array<std::uint64_t, 4> state_{};
  double spare_normal_ = 0;
  bool has_spare_normal_ = false;
};

}  // namespace errata
