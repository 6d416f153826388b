// What the model's confidence leads one to expect, case by case.
//
// Problem: a raw confidence is rarely calibrated, and a model that is overconfident everywhere would "fail more than it
// believes" in every slice. What is looked for are slices that fail more than other cases of the same confidence.
//
// Idea: calibrate on the whole log, failure against confidence, by isotonic regression, which assumes no curve. A model
// that overstates one class (trained on a balanced sample, say) is another matter at the same confidence than one that
// overstates all, so predicted classes are calibrated apart.
//
// A pool of isotonic regression is chosen for its low rate, and the last one may be a handful of cases without a
// failure, of which nobody may then fail by chance. So pools are merged until each holds five failures and five
// successes, and each takes one case more of the rate of its group: no expectation is 0 or 1.
//
// Scores are binned by rank to at most a thousand bins a group before anything is fitted. That looks at no outcome and
// is far finer than what isotonic regression resolves (about n^(1/3) pools), and it makes a fit in each of ten folds
// cheap: the folds are told apart by counts in the bins.
#include "errata/slice/expected_failures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <span>

#include "errata/base/rng.h"
#include "errata/stats/isotonic.h"
#include "errata/stats/sort_numbers.h"

#include "errata/base/limits.h"
#include "errata/table/unpacked.h"

namespace errata::slice {
namespace {

using table::PredictionLog;

constexpr std::size_t kFolds = 10;
constexpr std::size_t kFewestOfClass = 200;            ///< cases of a predicted class that is calibrated by itself
constexpr std::size_t kMostBins = 1'000;               ///< of a group
constexpr std::size_t kFewestOfBin = 10;               ///< cases
constexpr double kFewestOfPool = 5;                    ///< failures, and successes
constexpr std::uint32_t kNoGroup = ~std::uint32_t{0};  ///< of cases that the rule cannot count as failures

double usable(double p) { return is_probability(p) ? p : kNaN; }

/// For each class its score column, or none.
std::vector<std::span<const double>> score_by_class(const PredictionLog& log, table::Unpacked& unpacked) {
  std::vector<std::span<const double>> scores(log.classes.size());
  const bool one_for_one = log.score_class.empty() && log.roles.scores.size() == log.classes.size();
  for (std::size_t i = 0; i < log.roles.scores.size(); ++i) {
    const table::Column* column = log.find(log.roles.scores[i]);
    if (column == nullptr || (!one_for_one && i >= log.score_class.size())) continue;
    scores[one_for_one ? i : log.score_class[i]] = unpacked.of(column->numbers);
  }
  return scores;
}

/// Which cases are calibrated together: [rows] groups 0 … count − 1, or kNoGroup.
struct Groups {
  std::vector<std::uint32_t> of;
  std::uint32_t count = 0;
};

Groups groups_of(const PredictionLog& log, std::span<const double> confidence) {
  // The rule counts by the confidence of the log, which with a threshold other than 1/2 is not P(predicted).
  const auto counts = [&](std::size_t row) {
    return !log.rule.confident || log.confidence[row] >= *log.rule.confident;
  };
  const auto class_of = [&](std::size_t row) {
    return log.predicted_class.empty() ? table::kNoClass : log.predicted_class[row];
  };
  std::vector<std::size_t> cases(log.classes.size());
  for (std::size_t row = 0; row < log.rows; ++row) {
    const bool known = counts(row) && !std::isnan(confidence[row]) && class_of(row) != table::kNoClass;
    if (known) ++cases[class_of(row)];
  }
  constexpr std::uint32_t kUnscored = 0, kRare = 1;
  Groups groups{.of = std::vector(log.rows, kNoGroup), .count = 2};
  std::vector<std::uint32_t> group_of_class(log.classes.size(), kRare);
  for (std::size_t c = 0; c < cases.size(); ++c)
    if (cases[c] >= kFewestOfClass) group_of_class[c] = groups.count++;
  for (std::size_t row = 0; row < log.rows; ++row) {
    if (!counts(row)) continue;
    const std::uint32_t c = class_of(row);
    groups.of[row] = std::isnan(confidence[row]) ? kUnscored : c == table::kNoClass ? kRare : group_of_class[c];
  }
  return groups;
}

/// Bins of falling confidence, those of a group side by side.
struct Bins {
  std::vector<std::uint32_t> of;   ///< [rows] within the group
  std::vector<std::size_t> first;  ///< [groups + 1] of all bins
};

/// Equal confidences share a bin; a bin is closed once it holds its part of the group's cases.
Bins bins_of(const Groups& groups, std::vector<double> confidence) {
  std::vector<double> doubt = std::move(confidence);
  for (double& x : doubt) x = std::isnan(x) ? 0 : -x;  // NaN, in a group of its own, may come anywhere
  struct Open {
    std::size_t cases = 0, held = 0, bins = 0;
    double last = 0;
  };
  std::vector<Open> open(groups.count);
  for (const std::uint32_t group : groups.of)
    if (group != kNoGroup) ++open[group].cases;
  const std::vector<std::uint32_t> ascending = stats::rows_by_value(doubt);
  Bins bins{.of = std::vector<std::uint32_t>(doubt.size()), .first = {0}};
  for (const std::uint32_t row : ascending) {
    if (groups.of[row] == kNoGroup) continue;
    Open& group = open[groups.of[row]];
    const bool full = group.held >= std::max(kFewestOfBin, (group.cases + kMostBins - 1) / kMostBins);
    if (group.bins == 0 || (full && doubt[row] != group.last)) {
      ++group.bins;
      group.held = 0;
    }
    ++group.held;
    group.last = doubt[row];
    bins.of[row] = static_cast<std::uint32_t>(group.bins - 1);
  }
  for (const Open& group : open) bins.first.push_back(bins.first.back() + group.bins);
  return bins;
}

/// [rows] the fold of each case: of every ten failures in a row each fold gets one, in an order drawn anew, and of ten
/// successes likewise.
std::vector<std::uint8_t> deal(std::span<const std::uint8_t> failed, std::uint64_t seed) {
  Rng rng = Rng(seed).fork(0xca11);
  std::array<std::array<std::uint8_t, kFolds>, 2> order{};
  for (auto& folds : order) std::iota(folds.begin(), folds.end(), std::uint8_t{0});
  std::array<std::size_t, 2> dealt{};
  std::vector<std::uint8_t> fold(failed.size());
  for (std::size_t row = 0; row < failed.size(); ++row) {
    const std::size_t stratum = failed[row];
    std::size_t& next = dealt[stratum];
    if (next == 0) rng.shuffle(std::span<std::uint8_t>(order[stratum]));
    fold[row] = order[stratum][next];
    next = (next + 1) % kFolds;
  }
  return fold;
}

using FoldCounts = std::array<stats::IsotonicStep, kFolds>;

bool is_small(const stats::IsotonicPool& pool) {
  return pool.events < kFewestOfPool || pool.cases - pool.events < kFewestOfPool;
}

void absorb(stats::IsotonicPool& pool, const stats::IsotonicPool& next) {
  pool.last = next.last;
  pool.cases += next.cases;
  pool.events += next.events;
}

/// Merges neighbours until each pool has some failures and some successes, or is the only one.
std::vector<stats::IsotonicPool> without_small(const std::vector<stats::IsotonicPool>& pools) {
  std::vector<stats::IsotonicPool> merged;
  for (const stats::IsotonicPool& pool : pools) {
    if (!merged.empty() && is_small(merged.back()))
      absorb(merged.back(), pool);
    else
      merged.push_back(pool);
  }
  if (merged.size() > 1 && is_small(merged.back())) {
    absorb(merged[merged.size() - 2], merged.back());
    merged.pop_back();
  }
  return merged;
}

/// The rates of one group's bins for the cases of each fold, fitted to the other folds.
/// @param counts  [bins]  @param base  the failure rate of the log, in (0, 1)
void fit(std::span<const FoldCounts> counts, double base, std::span<std::array<double, kFolds>> rates) {
  std::vector<stats::IsotonicStep> steps(counts.size());
  for (std::size_t fold = 0; fold < kFolds; ++fold) {
    stats::IsotonicStep all;
    for (std::size_t bin = 0; bin < counts.size(); ++bin) {
      steps[bin] = {};
      for (std::size_t other = 0; other < kFolds; ++other) {
        if (other == fold) continue;
        steps[bin].cases += counts[bin][other].cases;
        steps[bin].events += counts[bin][other].events;
      }
      all.cases += steps[bin].cases;
      all.events += steps[bin].events;
    }
    const double group_rate = (all.events + base) / (all.cases + 1);
    for (const stats::IsotonicPool& pool : without_small(stats::pool_adjacent_violators(steps))) {
      const double rate = (pool.events + group_rate) / (pool.cases + 1);
      for (std::size_t bin = pool.first; bin <= pool.last; ++bin) rates[bin][fold] = rate;
    }
  }
}

}  // namespace

std::vector<double> prediction_confidence(const PredictionLog& log) {
  std::vector<double> confidence = log.confidence;
  table::Unpacked unpacked;
  const auto scores = score_by_class(log, unpacked);
  const auto positive = log.positive ? std::ranges::find(log.classes, *log.positive) : log.classes.end();
  const auto positive_class = static_cast<std::uint32_t>(positive - log.classes.begin());
  for (std::size_t row = 0; row < confidence.size(); ++row) {
    const std::uint32_t predicted = log.predicted_class.empty() ? table::kNoClass : log.predicted_class[row];
    if (predicted == table::kNoClass) continue;
    if (!log.positive_score.empty() && log.positive) {
      const double p = log.positive_score[row];
      confidence[row] = usable(predicted == positive_class ? p : 1 - p);
    } else if (!scores[predicted].empty()) {
      confidence[row] = usable(scores[predicted][row]);
    }
  }
  return confidence;
}

std::vector<double> expected_failures(const PredictionLog& log, std::uint64_t seed) {
  std::vector<double> confidence = prediction_confidence(log);
  if (std::ranges::all_of(confidence, [](double p) { return std::isnan(p); })) return {};
  const Groups groups = groups_of(log, confidence);
  const Bins bins = bins_of(groups, std::move(confidence));
  const std::vector<std::uint8_t> fold = deal(log.failed, seed);
  std::vector<FoldCounts> counts(bins.first.back());
  const auto cell = [&](std::size_t row) { return bins.first[groups.of[row]] + bins.of[row]; };
  stats::IsotonicStep all;
  for (std::size_t row = 0; row < log.rows; ++row) {
    if (groups.of[row] == kNoGroup) continue;
    stats::IsotonicStep& count = counts[cell(row)][fold[row]];
    count.cases += 1;
    count.events += log.failed[row];
    all.cases += 1;
    all.events += log.failed[row];
  }
  std::vector<std::array<double, kFolds>> rates(counts.size());
  const double base = (all.events + .5) / (all.cases + 1);
  for (std::uint32_t group = 0; group < groups.count; ++group) {
    const std::size_t first = bins.first[group], size = bins.first[group + 1] - first;
    fit(std::span(counts).subspan(first, size), base, std::span(rates).subspan(first, size));
  }
  std::vector<double> expected(log.rows);
  for (std::size_t row = 0; row < log.rows; ++row)
    if (groups.of[row] != kNoGroup) expected[row] = rates[cell(row)][fold[row]];
  return expected;
}

}  // namespace errata::slice
