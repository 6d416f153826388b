#pragma once

namespace errata::slice {

/// Cases of a slice, how much they failed and how much that had been expected. Aligned, so that a vector register takes
/// one from a single line of the cache.
struct alignas(32) Residual {
  double n = 0;
  double observed = 0;
  double expected = 0;
  double variance = 0;  ///< of the observed, if each case fails with its own expected probability
  Residual& operator+=(const Residual& other) {
    n += other.n;
    observed += other.observed;
    expected += other.expected;
    variance += other.variance;
    return *this;
  }
  void add(float response, float probability) {
    n += 1;
    observed += response;
    expected += probability;
    variance += probability * (1 - probability);
  }
  /// Likelihood ratio of the observed against the expected rate, 2 n KL(observed/n || expected/n) >= 0, times the
  /// variance of n cases of the same probability over that of these.
  [[nodiscard]] double gain() const;
  /// May gain() exceed this? Spares most slices the logarithms.
  [[nodiscard]] bool may_exceed(double gain) const;
  [[nodiscard]] bool raised() const { return observed > expected; }
};

/// What a case adds to a Residual, in the same order.
struct ResidualWeight {
  float n, observed, expected, variance;
};

}  // namespace errata::slice
