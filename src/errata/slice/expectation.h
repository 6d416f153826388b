#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace errata::slice {

/// How much each case was expected to fail, given the slices that have been found so far: a case's base expectation
/// times a factor of its group, the cases that lie in the same of those slices. The factors are the least change that
/// makes the expected sum of every found slice, and of all cases, what was observed (iterative proportional fitting);
/// then each group's rate is drawn to the one observed in it, the more the more cases it has.
/// Reference: K. El Gebaly et al., Interpretable and Informative Explanations of Outcomes, PVLDB 8 (2014), 61–72.
class Expectation {
 public:
  /// @param response  [cases] in [0, 1]
  /// @param base      [cases] in [0, 1]: empty for the mean response of every case
  Expectation(std::vector<float> response, std::vector<float> base);

  [[nodiscard]] std::span<const float> response() const { return response_; }
  [[nodiscard]] std::span<const float> expected() const { return expected_; }  ///< [cases]
  /// Of the responses, if each case fails with its expected probability; natural logarithm. Cost: O(cases).
  [[nodiscard]] double log_likelihood() const;
  /// As if nothing had been explained yet.
  void forget();
  /// From now on these cases are expected to fail as they do. Cost: O(cases).
  void explain(std::span<const std::uint32_t> members);

 private:
  struct Group {
    std::vector<std::uint8_t> in;  ///< of each explained slice: are these cases in it?
    double n = 0, observed = 0, base = 0;
    double factor = 1;
    [[nodiscard]] double expected() const { return base * factor; }
  };
  void fit();
  void spread();

  std::vector<float> response_, base_, expected_;
  std::vector<std::uint32_t> group_of_;
  std::vector<Group> groups_;
};

}  // namespace errata::slice
