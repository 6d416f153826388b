// Expectations take few distinct values (a rate for each pool and fold), so that a slice is tested by how many of its
// cases have which: the tail then costs what the distinct values cost, not what the cases do.
//
// The test takes the expectations for known. They are estimated, from a log that holds the slice itself, and this makes
// the test careful rather than bold: with one rate for all, observed − expected has the variance of a binomial times
// 1 − (share of the log that is tested), and the expectation moves towards the slice's own rate by that share.
#include "errata/slice/excess.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "errata/base/error.h"
#include "errata/base/limits.h"
#include "errata/slice/expected_failures.h"
#include "errata/stats/multiplicity.h"
#include "errata/stats/poisson_binomial.h"
#include "errata/stats/sort_numbers.h"

namespace errata::slice {
namespace {

using stats::EqualEvents;

/// No confidence is taken for certainty: one failure at 1.0 would be impossible.
constexpr double kLeastProbability = 1e-15;
constexpr std::size_t kFewDistinct = 2048;  ///< expectations that are told apart without a hash table a row

/// Twice the tail on the side of the mean where the count lies, which is the smaller one.
double two_sided(std::span<const EqualEvents> events, std::uint64_t failures) {
  double expected = 0;
  for (const auto& [p, n] : events) expected += p * static_cast<double>(n);
  const double tail = static_cast<double>(failures) > expected
                          ? stats::poisson_binomial_log_upper_tail(events, failures)
                          : stats::poisson_binomial_log_lower_tail(events, failures);
  return std::min(0.0, std::log(2.0) + tail);
}

bool claims_failures(const table::PredictionLog& log) {
  return log.task == table::Task::classes && log.rule.kind == table::FailureRule::Kind::mismatch && !log.rule.confident;
}

}  // namespace

std::string_view name_of(Belief belief) {
  switch (belief) {
    case Belief::as_believed: return "as_believed";
    case Belief::more_than_believed: return "more_than_believed";
    case Belief::less_than_believed: return "less_than_believed";
  }
  ERRATA_CHECK(false);
  return {};
}

ExcessMeter::ExcessMeter(const table::PredictionLog& log, std::vector<double> expected,
                         std::span<const std::uint32_t> tested)
    : log_(log), expected_(std::move(expected)) {
  if (!can_tell()) return;
  if (claims_failures(log)) confidence_ = prediction_confidence(log);
  group_.assign(log.rows, tested.empty() ? 0 : kUntested);
  for (const std::uint32_t row : tested) group_[row] = 0;
  if (const auto few = stats::few_values(expected_, kFewDistinct)) {
    std::vector<std::uint32_t> known(few->values.size(), kUntested);
    take_groups([&](std::size_t row) -> std::uint32_t& { return known[few->number[row]]; });
  } else {
    std::unordered_map<double, std::uint32_t> known;
    take_groups(
        [&](std::size_t row) -> std::uint32_t& { return known.try_emplace(expected_[row], kUntested).first->second; });
  }
}

/// Numbers the distinct expectations of tested cases in the order of their first rows.
/// @param group_at  the group of a row's expectation, kUntested before it is known
template <typename GroupAt>
void ExcessMeter::take_groups(const GroupAt& group_at) {
  for (std::size_t row = 0; row < group_.size(); ++row) {
    if (group_[row] == kUntested) continue;
    std::uint32_t& group = group_at(row);
    if (group == kUntested) {
      group = static_cast<std::uint32_t>(distinct_.size());
      distinct_.push_back(expected_[row]);
    }
    group_[row] = group;
  }
}

Excess ExcessMeter::measure(std::span<const std::uint32_t> rows) const {
  ERRATA_CHECK(can_tell());
  Excess excess;
  std::vector<EqualEvents> events(distinct_.size());
  for (std::size_t i = 0; i < distinct_.size(); ++i) events[i].probability = distinct_[i];
  double claimed = 0, scored = 0;
  for (const std::uint32_t row : rows) {
    ++excess.n;
    excess.failures += log_.failed[row];
    excess.expected += expected_[row];
    if (!confidence_.empty() && !std::isnan(confidence_[row])) {
      claimed += 1 - confidence_[row];
      scored += 1;
    }
    if (group_[row] == kUntested) continue;
    ++excess.tested_n;
    excess.tested_failures += log_.failed[row];
    excess.tested_expected += expected_[row];
    ++events[group_[row]].events;
  }
  const auto n = static_cast<double>(excess.n);
  excess.rate = static_cast<double>(excess.failures) / n;
  excess.expected_rate = excess.expected / n;
  excess.excess = excess.rate - excess.expected_rate;
  excess.interval = {.low = kNaN, .high = kNaN};
  if (excess.n > 0) {
    const auto rate = *stats::wilson_interval({.failures = excess.failures, .trials = excess.n}, 0.95);
    excess.interval = {.low = rate.low - excess.expected_rate, .high = rate.high - excess.expected_rate};
  }
  if (scored > 0) excess.claimed_rate = claimed / scored;
  excess.log_p = two_sided(events, excess.tested_failures);
  return excess;
}

void judge(std::span<Excess* const> slices, double fdr) {
  std::vector<double> log_p;
  for (const Excess* slice : slices) log_p.push_back(slice->log_p);
  const std::vector<double> adjusted = stats::benjamini_hochberg(log_p);
  for (std::size_t i = 0; i < slices.size(); ++i) {
    Excess& slice = *slices[i];
    slice.log_p_adjusted = adjusted[i];
    if (adjusted[i] > std::log(fdr)) continue;
    const bool more = static_cast<double>(slice.tested_failures) > slice.tested_expected;
    slice.belief = more ? Belief::more_than_believed : Belief::less_than_believed;
  }
}

std::optional<Claim> claim_of(const table::PredictionLog& log) {
  if (!claims_failures(log)) return std::nullopt;
  const std::vector<double> confidence = prediction_confidence(log);
  Claim claim;
  // Near probabilities are counted together under their mean: that changes no expectation, and hardly a variance.
  constexpr std::size_t kBins = 4'096;
  std::vector<EqualEvents> events(kBins);
  for (std::size_t row = 0; row < confidence.size(); ++row) {
    if (std::isnan(confidence[row])) continue;
    ++claim.n;
    claim.failures += log.failed[row];
    claim.claimed_rate += 1 - confidence[row];
    const double p = std::clamp(1 - confidence[row], kLeastProbability, 1 - kLeastProbability);
    EqualEvents& bin = events[static_cast<std::size_t>(p * kBins)];
    bin.probability += p;
    ++bin.events;
  }
  for (EqualEvents& bin : events) bin.probability /= std::max(1.0, static_cast<double>(bin.events));
  if (claim.n == 0) return std::nullopt;
  claim.claimed_rate /= static_cast<double>(claim.n);
  claim.rate = static_cast<double>(claim.failures) / static_cast<double>(claim.n);
  claim.log_p = two_sided(events, claim.failures);
  return claim;
}

}  // namespace errata::slice
