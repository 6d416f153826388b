#pragma once

#include <cstddef>
#include <cstdint>

#include "errata/base/bytes.h"
#include "errata/base/error.h"

namespace errata::selective {

struct CoverageTrackerOptions {
  double coverage = 0.2;       ///< target share of accepted cases, in (0, 1)
  double slack_share = 0.025;  ///< in (0, 1]: how far, as a share of the cases so far, acceptance may run ahead
                               ///< of the target or fall behind it
  double slack_cases = 2000;   ///< >= 20: the most that this slack grows to, in cases
  [[nodiscard]] Result<void> check() const;
};

/// Which share of the ranks to accept now, so that the share of accepted cases is the target in the long run though
/// the distribution of scores drifts. With D the deficit of accepted cases (target · seen − accepted) and the slack
///     B = min(20 + slack_share · seen, slack_cases) · √(c(1−c))/.4
/// the level is
///     logit level = logit c + 2u/(1−u²) + I,   u = D/B,   I the slow integral of D
/// where I corrects a lasting drift. Regimes of a few thousand cases, in which a good score accepts all or nothing,
/// move u by a fraction and the level hardly; a lasting deviation moves it until coverage is right. Holds for every
/// sequence of ranks in (0, 1) that are accepted below the level, without any assumption on the data: |accepted − c ·
/// seen| <= B + 1, so the realised coverage tends to c at the rate slack_cases / seen. Cost: O(1). Reference: I. Gibbs,
/// E. Candès, NeurIPS 2021, and A. Angelopoulos, E. Candès, R. Tibshirani, NeurIPS 2023 (saturating error integration),
/// here applied to ranks instead of miscoverage.
///     const bool accepted = window.rank(risk) < tracker.level();
///     tracker.count(accepted);
class CoverageTracker {
 public:
  /// @param options  checked
  explicit CoverageTracker(const CoverageTrackerOptions& options);

  [[nodiscard]] const CoverageTrackerOptions& options() const { return options_; }
  /// Accept a case when its rank is below; exactly 0 or 1 when the slack is used up.
  [[nodiscard]] double level() const;
  /// One more case. A case that could not be accepted at any level (NaN risk) may break the bound above; the deficit
  /// then stays at the slack.
  void count(bool accepted);

  /// Forgets the deficit: coverage counts from here on. What the past told about drift and about how long regimes may
  /// be stays.
  void settle() { deficit_ = 0; }

  [[nodiscard]] std::uint64_t seen() const { return seen_; }
  /// Accepted cases that are missing from the target; negative when too many were accepted.
  [[nodiscard]] double deficit() const { return deficit_; }
  /// B above.
  [[nodiscard]] double slack() const;

  void save(ByteWriter& out) const;
  /// @return data error when a value is out of range
  [[nodiscard]] static Result<CoverageTracker> load(ByteReader& in);

 private:
  CoverageTrackerOptions options_;
  std::uint64_t seen_ = 0;
  double deficit_ = 0;
  double drift_ = 0;  // I above
};

}  // namespace errata::selective
