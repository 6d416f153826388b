// An area under the ROC curve is a mean over pairs, and pairs that share a case are not independent. DeLong's variance
// takes this into account through the placements: how each positive stands among the negatives, and each negative among
// the positives. In ascending order of score the placement of a case is a count of the other kind so far (plus half of
// those tied with it), so all placements come from one sort instead of m · n comparisons. For two scores on the same
// cases the variance of the differences of placements is the variance of the difference of areas.
#include "errata/stats/delong.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "errata/base/limits.h"
#include "errata/stats/distributions.h"
#include "errata/stats/logistic.h"
#include "errata/stats/sort_numbers.h"

namespace errata::stats {
namespace {

/// [n]: for a positive the share of negatives below it, for a negative the share of positives above it.
std::vector<double> placements(std::span<const double> scores, std::span<const std::uint8_t> positive, double positives,
                               double negatives) {
  const auto order = rows_by_value(scores);
  std::vector<double> placed(scores.size());
  double positives_below = 0, negatives_below = 0;
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin;
    double tied_positives = 0, tied_negatives = 0;
    for (; end < order.size() && scores[order[end]] == scores[order[begin]]; ++end) {
      (positive[order[end]] != 0 ? tied_positives : tied_negatives) += 1;
    }
    const double of_positive = (negatives_below + tied_negatives / 2) / negatives;
    const double of_negative = (positives - positives_below - tied_positives / 2) / positives;
    for (; begin < end; ++begin) placed[order[begin]] = positive[order[begin]] != 0 ? of_positive : of_negative;
    positives_below += tied_positives;
    negatives_below += tied_negatives;
  }
  return placed;
}

struct Counts {
  double positives = 0, negatives = 0;
};

Counts count(std::span<const std::uint8_t> positive) {
  const auto positives = static_cast<double>(std::ranges::count_if(positive, [](auto p) { return p != 0; }));
  return {.positives = positives, .negatives = static_cast<double>(positive.size()) - positives};
}

struct SampleMoments {
  double mean = 0, variance_of_mean = 0;
};

/// Of the values of one kind of case. @param size  how many there are
SampleMoments moments(std::span<const double> values, std::span<const std::uint8_t> positive, bool of_positives,
                      double size) {
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < values.size(); ++i) sum += (positive[i] != 0) == of_positives ? values[i] : 0;
  const double mean = sum / size;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if ((positive[i] != 0) == of_positives) squares += (values[i] - mean) * (values[i] - mean);
  }
  return {.mean = mean, .variance_of_mean = squares / (size - 1) / size};
}

struct AreaMoments {
  double mean = 0, standard_error = 0;
};

/// Mean over the positives, and the standard error that comes of both kinds.
AreaMoments area_moments(std::span<const double> values, std::span<const std::uint8_t> positive, Counts counts) {
  const SampleMoments v = moments(values, positive, true, counts.positives);
  const SampleMoments w = moments(values, positive, false, counts.negatives);
  const bool known = counts.positives >= 2 && counts.negatives >= 2;
  return {.mean = v.mean, .standard_error = known ? std::sqrt(v.variance_of_mean + w.variance_of_mean) : kNaN};
}

Result<void> check(std::span<const double> scores, std::span<const std::uint8_t> positive, double confidence) {
  if (scores.size() != positive.size()) {
    return invalid_argument(fmt::format("{} scores do not go with {} outcomes", scores.size(), positive.size()));
  }
  if (!(confidence > 0 && confidence < 1)) {
    return invalid_argument(fmt::format("confidence {} is not in (0, 1)", confidence));
  }
  const auto odd = std::ranges::find_if(scores, [](double s) { return std::isnan(s); });
  if (odd != scores.end()) return invalid_argument(fmt::format("score {} is not a number", odd - scores.begin()));
  return {};
}

RateInterval interval_of(AreaMoments area, Counts counts, double confidence) {
  if (std::isnan(area.mean)) return {.low = 0, .high = 1};
  const double end = std::pow((1 - confidence) / 2, 1 / std::min(counts.positives, counts.negatives));
  if (area.mean >= 1) return {.low = end, .high = 1};
  if (area.mean <= 0) return {.low = 0, .high = 1 - end};
  if (std::isnan(area.standard_error)) return {.low = 0, .high = 1};
  const double middle = logit(area.mean);
  const double half = normal_quantile((1 + confidence) / 2) * area.standard_error / (area.mean * (1 - area.mean));
  return {.low = sigmoid(middle - half), .high = sigmoid(middle + half)};
}

}  // namespace

Result<AucEstimate> delong_interval(std::span<const double> scores, std::span<const std::uint8_t> positive,
                                    double confidence) {
  ERRATA_TRY(check(scores, positive, confidence));
  const Counts counts = count(positive);
  if (counts.positives == 0 || counts.negatives == 0) return AucEstimate{.auc = kNaN, .standard_error = kNaN};
  const auto placed = placements(scores, positive, counts.positives, counts.negatives);
  const AreaMoments area = area_moments(placed, positive, counts);
  return AucEstimate{
      .auc = area.mean, .standard_error = area.standard_error, .interval = interval_of(area, counts, confidence)};
}

Result<AucDifference> delong_test(std::span<const double> a, std::span<const double> b,
                                  std::span<const std::uint8_t> positive, double confidence) {
  ERRATA_TRY(check(a, positive, confidence));
  ERRATA_TRY(check(b, positive, confidence));
  const Counts counts = count(positive);
  if (counts.positives == 0 || counts.negatives == 0) return AucDifference{kNaN, kNaN, kNaN, kNaN, kNaN};
  auto gap = placements(a, positive, counts.positives, counts.negatives);
  const auto of_b = placements(b, positive, counts.positives, counts.negatives);
  for (std::size_t i = 0; i < gap.size(); ++i) gap[i] -= of_b[i];
  const AreaMoments area = area_moments(gap, positive, counts);
  const double half = normal_quantile((1 + confidence) / 2) * area.standard_error;
  AucDifference result{.difference = area.mean,
                       .standard_error = area.standard_error,
                       .low = area.mean - half,
                       .high = area.mean + half,
                       .p_value = kNaN};
  if (std::ranges::all_of(gap, [](double g) { return g == 0; })) {
    result.p_value = 1;
  } else if (area.standard_error > 0) {
    const double z = std::abs(area.mean) / area.standard_error;
    result.p_value = std::min(1.0, 2 * std::exp(normal_log_upper_tail(z)));
  }
  return result;
}

}  // namespace errata::stats
