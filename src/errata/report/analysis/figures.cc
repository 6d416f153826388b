#include "errata/report/analysis/figures.h"

#include <limits>

#include "errata/report/kit/interval.h"

namespace errata::report {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double ratio(double part, double whole) { return whole > 0 ? part / whole : kNaN; }

}  // namespace

bool by_loss(const slice::Analysis& analysis) { return analysis.rule.kind == table::FailureRule::Kind::loss; }

double whole_rate(const slice::Analysis& analysis) {
  const double bad = by_loss(analysis) ? analysis.loss : static_cast<double>(analysis.failures);
  return ratio(bad, static_cast<double>(analysis.rows));
}

double whole_failure_rate(const slice::Analysis& analysis) {
  return ratio(static_cast<double>(analysis.failures), static_cast<double>(analysis.rows));
}

SliceFigures figures_of(const slice::Analysis& analysis, const slice::Slice& slice) {
  const bool losses = by_loss(analysis);
  const double bad = losses ? slice.loss : static_cast<double>(slice.failures);
  const double all_bad = losses ? analysis.loss : static_cast<double>(analysis.failures);
  const auto n = static_cast<double>(slice.n);
  const auto rows = static_cast<double>(analysis.rows);

  SliceFigures figures{
      .n = slice.n,
      .failures = slice.failures,
      .rate = ratio(bad, n),
      .rest = ratio(all_bad - bad, rows - n),
      .lift = kNaN,
      .share_of_cases = ratio(n, rows),
      .share_of_failures = ratio(bad, all_bad),
      .interval = losses ? stats::RateInterval{.low = kNaN, .high = kNaN} : interval_of(slice.failures, slice.n)};
  if (figures.rest > 0) {
    figures.lift = figures.rate / figures.rest;
  } else if (figures.rest == 0 && figures.rate > 0) {
    figures.lift = std::numeric_limits<double>::infinity();
  }
  return figures;
}

}  // namespace errata::report
