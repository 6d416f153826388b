// Pictures of something else against own ones.
//
// The score is the best of several simple ones, chosen on the pictures of even number and measured on those of odd
// number. Sets are of equal size, so that figures of all together weigh every set alike.
#include <algorithm>
#include <cmath>
#include <vector>

#include "errata/audit/detector_metrics.h"
#include "errata/base/rng.h"
#include "errata/robustness/check_runs.h"
#include "errata/stats/binomial_tail.h"

namespace errata::robustness {
namespace {

constexpr std::uint64_t kRejectionStream = 4;

/// Own pictures and those of some sets, of one half.
struct Told {
  std::vector<double> own_looks;  ///< the score negated: higher looks more like an own picture
  std::vector<std::uint8_t> is_own{};
  std::uint64_t foreign = 0;
};

/// @param set  of those that count, or kClean for all
Told told_by(const Foreign& foreign, std::size_t score, std::uint32_t set, bool odd) {
  Told told;
  for (std::size_t i = 0; i < foreign.set_of.size(); ++i) {
    const bool own = foreign.set_of[i] == kClean;
    if ((i % 2 == 1) != odd || (!own && set != kClean && foreign.set_of[i] != set)) continue;
    told.own_looks.push_back(-foreign.risks[score][i]);
    told.is_own.push_back(own ? 1 : 0);
    told.foreign += own ? 0 : 1;
  }
  return told;
}

/// Own pictures are what is to be found: the true positive rate is the share of them that is accepted.
Result<audit::DetectorMetrics> metrics_of(const Told& told, std::size_t replicates, const Run& run) {
  return audit::detector_metrics(told.own_looks, told.is_own, {.replicates = replicates},
                                 Rng(run.options.seed).fork(kRejectionStream), run.pool);
}

/// Of no false acceptance every replicate has none: the interval is no narrower than the exact one of as many pictures
/// at a threshold that is known.
stats::RateInterval fpr_interval(const audit::Estimate& fpr, std::uint64_t foreign) {
  const auto accepted = static_cast<std::uint64_t>(std::llround(fpr.value * static_cast<double>(foreign)));
  const stats::RateInterval exact = stats::exact_interval({.failures = accepted, .trials = foreign}, 0.95);
  return {.low = std::min(fpr.interval.low, exact.low), .high = std::max(fpr.interval.high, exact.high)};
}

}  // namespace

Result<void> measure_rejection(const Run& run) {
  const Foreign& foreign = *run.evidence.foreign;
  std::size_t best = 0;
  double least = 2;
  for (std::size_t score = 0; score < foreign.scores.size(); ++score) {
    ERRATA_ASSIGN(const auto metrics, metrics_of(told_by(foreign, score, kClean, false), 0, run));
    const double fpr = metrics[audit::Figure::fpr_at_95_tpr].value;
    if (fpr < least) {
      least = fpr;
      best = score;
    }
  }
  run.made.rejecting_score = foreign.scores[best];
  for (std::uint32_t set = 0; set < foreign.sets.size(); ++set) {
    const Told told = told_by(foreign, best, set, true);
    ERRATA_ASSIGN(const auto metrics, metrics_of(told, run.options.replicates, run));
    const auto &fpr = metrics[audit::Figure::fpr_at_95_tpr], &auroc = metrics[audit::Figure::auroc];
    run.made.foreign.push_back({.set = foreign.sets[set],
                                .pictures = told.foreign,
                                .fpr95 = fpr.value,
                                .auroc = auroc.value,
                                .fpr95_interval = fpr_interval(fpr, told.foreign),
                                .auroc_interval = auroc.interval});
  }
  const Told all = told_by(foreign, best, kClean, true);
  ERRATA_ASSIGN(const auto metrics, metrics_of(all, run.options.replicates, run));
  const auto &fpr = metrics[audit::Figure::fpr_at_95_tpr], &auroc = metrics[audit::Figure::auroc];
  run.add({.quantity = Quantity::fpr95,
           .value = fpr.value,
           .interval = fpr_interval(fpr, all.foreign),
           .cases = all.is_own.size()});
  run.add({.quantity = Quantity::auroc, .value = auroc.value, .interval = auroc.interval, .cases = all.is_own.size()});
  return {};
}

}  // namespace errata::robustness
