#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/rng.h"
#include "errata/base/thread_pool.h"
#include "errata/stats/rate.h"

namespace errata::stats {

/// Areas that say how well a risk score sorts failures behind successes; lower is better. With F(k) the number of
/// failures among the k cases of least risk, k = 1 … n:
struct RiskCoverageAreas {
  double aurc = 0;         ///< (1/n) Σ F(k)/k: mean failure rate over all coverages
  double oracle_aurc = 0;  ///< the least AURC there is: every failure ranked last
  double excess_aurc = 0;  ///< E-AURC: aurc − oracle_aurc, >= 0 but for rounding
  double augrc = 0;        ///< (1/n) Σ F(k)/n: mean share of all cases that are accepted failures
};

/// Adds up a risk-coverage curve step by step: tied cases together, in ascending order of risk.
///     RiskCoverageWalk walk;
///     walk.step(1, 0);
///     walk.step(1, 1);
///     walk.aurc();  // (0/1 + 1/2) / 2 = .25
/// Cost: O(steps + marks).
class RiskCoverageWalk {
 public:
  /// @param marks  ascending k at which F(k)/k is kept; must outlive the walk
  explicit RiskCoverageWalk(std::span<const std::size_t> marks = {}) : marks_(marks) {}

  /// @param cases  a whole number >= 1  @param failures  0 … cases, of them
  void step(double cases, double failures);
  [[nodiscard]] double cases() const { return cases_; }
  [[nodiscard]] double failures() const { return failures_; }
  [[nodiscard]] double aurc() const { return sum_of_rates_ / cases_; }
  [[nodiscard]] double augrc() const { return sum_of_failures_ / cases_ / cases_; }
  [[nodiscard]] const std::vector<double>& at_marks() const { return at_marks_; }

 private:
  std::span<const std::size_t> marks_;
  std::vector<double> at_marks_;
  double cases_ = 0, failures_ = 0, sum_of_rates_ = 0, sum_of_failures_ = 0;
};

/// The AURC of `successes` cases in front of `failures` cases, the least there is for so many of each; 0 of no cases.
/// For many cases and error rate e it comes near e + (1 − e) ln(1 − e).
[[nodiscard]] double oracle_aurc(double successes, double failures);

/// Whether the failure rate of so many accepted cases is at most `error`, give or take 10⁻⁹ failures for rounding
/// (.29 · 100 is 28.999999999999996).
[[nodiscard]] inline bool within_error(double failures, double cases, double error) {
  return failures <= error * cases + 1e-9;
}

struct RiskCoveragePoint {
  double coverage = 0;  ///< k / n
  double error = 0;     ///< F(k) / k, the selective risk
};

/// The risk-coverage curve of a score: the failure rate among the k cases of least risk, for every k.
///     ERRATA_ASSIGN(const auto curve, RiskCoverage::of(risk, failed));
///     curve.areas().aurc;  curve.error_at_coverage(.2);
/// Ties: F(k) is the expected number of failures when tied cases are taken in random order, which is linear in k within
/// a tie. So no figure depends on the order of the cases. Thresholds are set in hindsight; what a threshold of the past
/// does is measured by running selective::SelectivePolicy.
/// References: R. El-Yaniv, Y. Wiener, JMLR 11 (2010), 1605–1641; Y. Geifman, G. Uziel, R. El-Yaniv, ICLR 2019 (AURC,
/// E-AURC); J. Traub et al., NeurIPS 2024 (AUGRC).
class RiskCoverage {
 public:
  /// @param risk    [n], 1 <= n < 2^32, lower is safer; NaN counts as +inf, the most risky
  /// @param failed  [n] 0/1
  /// @return the curve, or invalid_argument when the lengths differ, n is out of range or a failure is not 0/1
  /// Cost: that of rows_by_value(n); 9 bytes a case and 8 a distinct risk stay.
  [[nodiscard]] static Result<RiskCoverage> of(std::span<const double> risk, std::span<const std::uint8_t> failed);

  [[nodiscard]] std::size_t cases() const { return failed_.size(); }
  [[nodiscard]] std::uint64_t failures() const { return failures_up_to_.back(); }
  /// Cost: O(n).
  [[nodiscard]] RiskCoverageAreas areas() const;
  /// F(k)/k at k = accepted_at_coverage(c, n). @param coverage  in (0, 1]  Cost: O(log n).
  [[nodiscard]] double error_at_coverage(double coverage) const;
  /// The largest coverage whose selective risk is at most `error`, in hindsight. A threshold takes all of a tie or
  /// nothing, so only whole ties are accepted; 0 when not even the first tie may be. The curve need not rise: a failure
  /// at the safest place does not end the search. @param error  in [0, 1]  Cost: O(n).
  [[nodiscard]] double coverage_at_error(double error) const;
  /// At most `count` points at about equal steps of coverage, the last at 1. @param count  >= 1
  [[nodiscard]] std::vector<RiskCoveragePoint> points(std::size_t count = 200) const;

  /// For the bootstrap: the step (distinct risk, ascending) that each case lies in, and whether it failed.
  [[nodiscard]] std::span<const std::uint32_t> step_of_case() const { return step_of_case_; }
  [[nodiscard]] std::span<const std::uint8_t> failed() const { return failed_; }
  [[nodiscard]] std::size_t steps() const { return cases_up_to_.size(); }

 private:
  RiskCoverage() = default;
  [[nodiscard]] double expected_failures(std::size_t k) const;

  std::vector<std::uint32_t> step_of_case_;                  // [n]
  std::vector<std::uint8_t> failed_;                         // [n]
  std::vector<std::uint32_t> cases_up_to_, failures_up_to_;  // [steps] cumulative
};

/// ⌈c·n⌉, at least 1 and at most n; a product within 10⁻⁹ above a whole number is that number (.07 · 100 is 7).
/// @param coverage  in (0, 1]  @param cases  >= 1
[[nodiscard]] std::size_t accepted_at_coverage(double coverage, std::size_t cases);

struct RiskCoverageBootstrapOptions {
  std::size_t replicates = 1000;    ///< >= 1
  std::size_t block_length = 0;     ///< cases in time order that stay together; 0: ⌈√n⌉; at most n
  double confidence = 0.95;         ///< in (0, 1)
  std::size_t reference = 0;        ///< the score that ratios are taken to
  std::vector<double> coverages{};  ///< each in (0, 1], ascending: where error_at_coverage gets an interval
};

struct RiskCoverageBands {
  RateInterval aurc;
  RateInterval ratio_to_reference;              ///< of AURC(score) / AURC(reference), paired; [1, 1] for the reference
  std::vector<RateInterval> error_at_coverage;  ///< [options.coverages]
};

/// Percentile intervals by the circular block bootstrap, for several scores on the same cases at once. A replicate is
/// n cases put together from blocks of neighbours in time (⌈n/L⌉ starts drawn uniformly, wrapped around at the end, the
/// last block cut), so that failures that come in clusters stay in clusters. Every score sees the same replicate:
/// ratios are paired, and what is hard about the cases cancels.
/// @param curves   at least one, in the order of the result; all of the same cases in time order
/// @param rng      replicate r draws from rng.fork(r), so that the result is the same on any number of threads
/// @return one a curve, or invalid_argument when an option is out of range or the curves have other failures
/// Holds for streams whose dependence is short against L; take L several times the length of a regime where there
/// are regimes (n/L blocks should still be 20 or more).
/// Of more than 16,384 distinct risks, neighbours in rank count as tied: F(k) then differs by the failures among
/// n/16,384 neighbours at most, and an AURC in the mean by nothing.
/// Cost: O(n) a replicate and curve, no sorting; about 3 ms at a million cases. 4 bytes a case, 8 a step and thread.
/// References: H. R. Künsch, Ann. Stat. 17 (1989), 1217–1241; D. N. Politis, J. P. Romano, in Exploring the Limits of
/// Bootstrap (1992), 263–270 (circular blocks).
[[nodiscard]] Result<std::vector<RiskCoverageBands>> bootstrap_risk_coverage(
    std::span<const RiskCoverage* const> curves, const RiskCoverageBootstrapOptions& options, const Rng& rng,
    ThreadPool& pool);

}  // namespace errata::stats
