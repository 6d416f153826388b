// A threshold for a target coverage from past scores alone has two duties that pull apart. A good risk score says for
// thousands of cases "all safe" and for the next thousands "all dangerous"; the best threshold then is constant in the
// score, accepts much and then nothing, and lets coverage swing. But when scores drift for good, a constant threshold
// (or the quantile of a long past) misses the coverage for ever.
//
// So ranks in a long window do most of the work, and a slow feedback on the deficit D of accepted cases does the rest.
// The feedback is flat while |D| is small against the slack B and infinite at B, so that D can never leave [−B−1, B+1]
// whatever comes. Two choices were made by measurement (docs/methods/selective.md):
//   - B grows with the number of cases up to a limit: the longer the past, the longer the regimes that it can tell
//     from drift, and the less a given deficit matters;
//   - a second, slower integral takes over the level that a lasting drift needs, so that D itself returns to 0. Its
//   rate
//     is a quarter of the square of the first's: critical damping of the pair.
// In a stationary stream coverage(level) = level, so D relaxes with the time constant B / (2 c(1−c)).
#include "errata/selective/coverage_tracker.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "errata/stats/logistic.h"

namespace errata::selective {
namespace {

constexpr double kGain = 2;
constexpr double kFirstSlack = 20;
constexpr double kLargestDrift = 4;      // logits
constexpr double kLargestShare = 0.999;  // of the slack, beyond which the level is 0 or 1
constexpr double kCertain = 36;          // logits: 1/(1 + e^-36) is 1 in double

}  // namespace

Result<void> CoverageTrackerOptions::check() const {
  if (!(coverage > 0 && coverage < 1)) return invalid_argument(fmt::format("coverage {} is not in (0, 1)", coverage));
  if (!(slack_share > 0 && slack_share <= 1)) {
    return invalid_argument(fmt::format("slack share {} is not in (0, 1]", slack_share));
  }
  if (!(slack_cases >= kFirstSlack && std::isfinite(slack_cases))) {
    return invalid_argument(fmt::format("slack of {} cases is not at least {}", slack_cases, kFirstSlack));
  }
  return {};
}

CoverageTracker::CoverageTracker(const CoverageTrackerOptions& options) : options_(options) {
  ERRATA_CHECK(options.check().has_value());
}

double CoverageTracker::slack() const {
  const double cases = std::min(kFirstSlack + options_.slack_share * static_cast<double>(seen_), options_.slack_cases);
  return cases * std::sqrt(options_.coverage * (1 - options_.coverage)) / 0.4;
}

double CoverageTracker::level() const {
  const double u = deficit_ / slack();
  if (u >= kLargestShare) return 1;
  if (u <= -kLargestShare) return 0;
  const double z = stats::logit(options_.coverage) + kGain * u / (1 - u * u) + drift_;
  if (z > kCertain) return 1;
  return z < -kCertain ? 0 : stats::sigmoid(z);
}

void CoverageTracker::count(bool accepted) {
  const double bound = slack();
  const double rate = kGain / bound;  // logits a case of deficit
  drift_ += options_.coverage * (1 - options_.coverage) * rate * rate / 4 * deficit_;
  drift_ = std::clamp(drift_, -kLargestDrift, kLargestDrift);
  deficit_ = std::clamp(deficit_ + options_.coverage - (accepted ? 1 : 0), -bound - 1, bound + 1);
  ++seen_;
}

void CoverageTracker::save(ByteWriter& out) const {
  out.write(options_.coverage);
  out.write(options_.slack_share);
  out.write(options_.slack_cases);
  out.write(seen_);
  out.write(deficit_);
  out.write(drift_);
}

Result<CoverageTracker> CoverageTracker::load(ByteReader& in) {
  CoverageTrackerOptions options;
  options.coverage = in.read<double>();
  options.slack_share = in.read<double>();
  options.slack_cases = in.read<double>();
  const auto seen = in.read<std::uint64_t>();
  const auto deficit = in.read<double>(), drift = in.read<double>();
  if (in.truncated()) return data_error("the coverage tracker ends too early");
  if (!options.check()) return data_error("the coverage tracker has options that are out of range");
  CoverageTracker tracker(options);
  tracker.seen_ = seen;
  if (!(std::abs(deficit) <= tracker.slack() + 1 && std::abs(drift) <= kLargestDrift)) {
    return data_error("the coverage tracker has a deficit that cannot be");
  }
  tracker.deficit_ = deficit;
  tracker.drift_ = drift;
  return tracker;
}

}  // namespace errata::selective
