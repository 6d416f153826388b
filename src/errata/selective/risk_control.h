#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "errata/base/error.h"
#include "errata/selective/safe_region.h"
#include "errata/stats/rate.h"

namespace errata::selective {

/// What is asked of accepted cases: a failure rate of at most `risk`, except with probability `delta` over the draw of
/// the calibration cases.
struct RiskTarget {
  double risk = 0.05;   ///< in (0, 1)
  double delta = 0.05;  ///< in (0, 1)
  [[nodiscard]] Result<void> check() const;
};

/// A threshold: accept a case when its risk is <= threshold.
struct ControlledThreshold {
  double threshold = 0;          ///< −inf accepts nothing: no coverage could be shown to meet the target
  double coverage = 0;           ///< share of the calibration cases at or below it
  stats::FailureCount accepted;  ///< the cases that the bound was computed from
  double risk_bound = 1;         ///< upper bound of the failure rate, <= target.risk when a threshold was found
};

/// Selection with guaranteed risk (SGR): the largest threshold, of all calibration cases' risks, whose count of
/// failures lies in the SafeRegion: binomial tests of all thresholds at once by their exact joint law, in place of the
/// authors' binary search that pays for ⌈log2 n⌉ thresholds by the union bound. Guarantee, exact: the true failure rate
/// at the threshold is at most `target.risk` with probability >= 1 − delta over the calibration cases, when calibration
/// and later cases are i.i.d., whatever their distribution. None under drift.
/// @param risk    [n] lower is safer; NaN and +inf are never accepted  @param failed  [n] 0/1
/// @return the threshold, or invalid_argument when lengths differ, a failure is not 0/1 or the target is out of range
/// Cost: that of the SafeRegion; of more than 50,000 cases so many count, evenly spaced.
/// Reference: Y. Geifman, R. El-Yaniv, NeurIPS 2017.
///     ERRATA_ASSIGN(const auto rule, sgr_threshold(risk, failed, {.risk = .02}));
///     const bool accepted = new_risk <= rule.threshold;
[[nodiscard]] Result<ControlledThreshold> sgr_threshold(std::span<const double> risk,
                                                        std::span<const std::uint8_t> failed, RiskTarget target);

/// The same with a region of so many cases at hand. @param region  of risk.size() cases
[[nodiscard]] ControlledThreshold sgr_threshold(std::span<const double> risk, std::span<const std::uint8_t> failed,
                                                const SafeRegion& region);

enum class MultipleTesting : std::uint8_t {
  pilot,           ///< one sequence of all thresholds at .85 delta, from where the cases that give the grid say that it
                   ///< begins with a pass; if it does not, all thresholds at once by SafeRegion at .15 delta; where
                   ///< they cannot tell, and for a given grid, SafeRegion at delta
  fixed_sequence,  ///< from safe to risky, at delta / starts, until the first threshold that is not shown to be safe
  bonferroni,      ///< each threshold at delta / thresholds
};

struct LearnThenTestOptions {
  MultipleTesting testing = MultipleTesting::pilot;
  std::size_t starts = 5;        ///< >= 1, for fixed_sequence: places where a sequence starts, delta shared evenly
  std::size_t thresholds = 100;  ///< >= 1: quantiles taken when `grid` is empty
  double grid_share = 0.1;     ///< in (0, 1): of the cases, taken evenly, that give those quantiles and are not tested
  std::vector<double> grid{};  ///< thresholds fixed before the cases were seen, ascending; all cases then test
};

/// Learn then Test: each threshold of a grid is a hypothesis "the failure rate of accepted cases is above the target",
/// tested by the exact binomial p-value P(Bin(accepted, target.risk) <= failures); the largest rejected one is taken.
/// Guarantee, exact: with probability >= 1 − delta over the calibration cases no threshold is rejected wrongly, so the
/// true failure rate is at most `target.risk`, when calibration and later cases are i.i.d. and the grid does not depend
/// on the cases that test it (the cases that give the default grid are not among them). None under drift. The sequence
/// of `pilot` is of all real numbers from its start on: between two risks counts stay, so it stops at risks alone.
/// A fixed sequence does not start before so many cases are accepted that no failure among them would suffice.
/// @param risk    [n] lower is safer; NaN and +inf are never accepted  @param failed  [n] 0/1
/// @return as sgr_threshold(), and invalid_argument for options out of range or a grid that is not ascending
/// Cost: that of rows_by_value(n) and a binomial tail a threshold, or that of sgr_threshold().
/// Reference: A. Angelopoulos, S. Bates, E. Candès, M. Jordan, L. Lei, Ann. Appl. Stat. 19 (2025), 1641–1662.
[[nodiscard]] Result<ControlledThreshold> ltt_threshold(std::span<const double> risk,
                                                        std::span<const std::uint8_t> failed, RiskTarget target,
                                                        const LearnThenTestOptions& options = {});

}  // namespace errata::selective
