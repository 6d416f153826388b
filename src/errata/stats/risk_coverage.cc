// The curve is a walk over the distinct risks in ascending order. A step with g tied cases, f of them failures, takes
// k from K to K + g and the expected number of failures linearly from F to F + f: under a random order of the tied
// cases the first j of them hold j·f/g failures in the mean. Expectation is linear, so that AURC and AUGRC computed
// from these means are exactly the means over all orders.
//
// The bootstrap needs the same walk over resampled cases. Resampling changes how often a case counts and not the order
// of the risks, so the sorted order is made once: each case knows its step, a replicate adds its cases and failures to
// the steps (one 64-bit addition a case, both counts in one word), and the walk goes over the steps again. Two copies
// of one case are tied, which the walk handles already. So a replicate is O(n) with no sorting. The additions are met
// in random order; where there are more steps than the nearest caches hold, neighbours in rank share one.
#include "errata/stats/risk_coverage.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "errata/stats/percentile.h"
#include "errata/stats/sort_numbers.h"

namespace errata::stats {
namespace {

struct Block {
  std::size_t start, length;
};

/// Blocks of a replicate: ⌈n/L⌉ of them, n cases together.
std::vector<Block> draw_blocks(std::size_t cases, std::size_t length, Rng rng) {
  std::vector<Block> blocks;
  blocks.reserve(cases / length + 1);
  for (std::size_t left = cases; left > 0;) {
    const std::size_t taken = std::min(length, left);
    blocks.push_back({.start = static_cast<std::size_t>(rng.below(cases)), .length = taken});
    left -= taken;
  }
  return blocks;
}

constexpr std::uint64_t kFailure = std::uint64_t{1} << 32;  // above the number of cases in one word

/// The steps of a curve, as many neighbours in one as leave at most kMostSteps.
struct Steps {
  static constexpr std::size_t kMostSteps = std::size_t{1} << 14;
  std::vector<std::uint32_t> of_case;  // [n]
  std::size_t count;

  explicit Steps(const RiskCoverage& curve)
      : of_case(curve.step_of_case().begin(), curve.step_of_case().end()), count(curve.steps()) {
    if (count <= kMostSteps) return;
    std::vector<std::uint64_t> place(count);  // cases of the step, then the place of its last one
    for (const std::uint32_t step : of_case) ++place[step];
    std::uint64_t cases = 0;
    for (std::uint64_t& of_step : place) of_step = cases += of_step;
    for (std::uint32_t& step : of_case)
      step = static_cast<std::uint32_t>((place[step] - 1) * kMostSteps / of_case.size());
    count = kMostSteps;
  }
};

void count_block(const Steps& steps, std::span<const std::uint8_t> failed, std::size_t begin, std::size_t end,
                 std::span<std::uint64_t> counts) {
  for (std::size_t i = begin; i < end; ++i) counts[steps.of_case[i]] += 1 + failed[i] * kFailure;
}

RiskCoverageWalk walk_replicate(const Steps& steps, std::span<const std::uint8_t> failed, std::span<const Block> blocks,
                                std::span<const std::size_t> marks, std::vector<std::uint64_t>& counts) {
  counts.assign(steps.count, 0);
  for (const Block& block : blocks) {
    const std::size_t end = std::min(block.start + block.length, failed.size());
    count_block(steps, failed, block.start, end, counts);
    count_block(steps, failed, 0, block.start + block.length - end, counts);  // around the end of time
  }
  RiskCoverageWalk walk(marks);
  for (const std::uint64_t count : counts) {
    if (count != 0) walk.step(static_cast<double>(count & (kFailure - 1)), static_cast<double>(count >> 32));
  }
  return walk;
}

double ratio_of(double value, double reference) {
  return value == reference ? 1 : value / reference;  // 0 of 0 is equally good; more than 0 of 0 is infinitely worse
}

Result<void> check(std::span<const RiskCoverage* const> curves, const RiskCoverageBootstrapOptions& options) {
  if (curves.empty()) return invalid_argument("a bootstrap needs at least 1 curve, got 0");
  for (const auto* curve : curves) {
    if (!std::ranges::equal(curve->failed(), curves[0]->failed())) {
      return invalid_argument("the curves to compare are not of the same cases: their failures differ");
    }
  }
  if (options.replicates < 1) return invalid_argument("a bootstrap needs at least 1 replicate, got 0");
  if (options.block_length > curves[0]->cases()) {
    return invalid_argument(
        fmt::format("block length {} is more than the {} cases", options.block_length, curves[0]->cases()));
  }
  if (!(options.confidence > 0 && options.confidence < 1)) {
    return invalid_argument(fmt::format("confidence {} is not in (0, 1)", options.confidence));
  }
  if (options.reference >= curves.size()) {
    return invalid_argument(fmt::format("reference {} is not one of the {} curves", options.reference, curves.size()));
  }
  for (const double coverage : options.coverages) {
    if (!(coverage > 0 && coverage <= 1))
      return invalid_argument(fmt::format("coverage {} is not in (0, 1]", coverage));
  }
  if (!std::ranges::is_sorted(options.coverages)) return invalid_argument("the coverages are not ascending");
  return {};
}

constexpr double kFewTied = 8;      // cases that are quickly added one by one
constexpr double kManyBefore = 64;  // cases from which harmonic_difference() errs by less than 10⁻¹³

/// Σ 1/(n + j) over j = 1 … more, by ψ(x + ½) = ln x + 1/(24 x²) − 7/(960 x⁴) + O(x⁻⁶). @param n  >= kManyBefore
double harmonic_difference(double n, double more) {
  const double x = n + 0.5, y = x + more;
  const auto tail = [](double square) { return (1.0 / 24 - 7.0 / 960 / square) / square; };
  return std::log1p(more / x) + tail(y * y) - tail(x * x);
}

/// What the replicates gave for one curve.
struct Replicates {
  std::vector<double> aurc, ratio;         // [replicates]
  std::vector<std::vector<double>> error;  // [coverages][replicates]
  Replicates(std::size_t replicates, std::size_t coverages)
      : aurc(replicates), ratio(replicates), error(coverages, std::vector<double>(replicates)) {}
};

}  // namespace

void RiskCoverageWalk::step(double cases, double failures) {
  const double rate = failures / cases;
  if (cases < kFewTied || cases_ < kManyBefore) {
    for (double j = 1; j <= cases; ++j) sum_of_rates_ += (failures_ + rate * j) / (cases_ + j);
  } else {
    sum_of_rates_ += rate * cases + (failures_ - rate * cases_) * harmonic_difference(cases_, cases);
  }
  sum_of_failures_ += cases * failures_ + failures * (cases + 1) / 2;
  while (at_marks_.size() < marks_.size() && static_cast<double>(marks_[at_marks_.size()]) <= cases_ + cases) {
    const auto k = static_cast<double>(marks_[at_marks_.size()]);
    at_marks_.push_back((failures_ + rate * (k - cases_)) / k);
  }
  cases_ += cases;
  failures_ += failures;
}

double oracle_aurc(double successes, double failures) {
  RiskCoverageWalk walk;
  if (successes > 0) walk.step(successes, 0);
  if (failures > 0) walk.step(failures, failures);
  return walk.cases() > 0 ? walk.aurc() : 0;
}

std::size_t accepted_at_coverage(double coverage, std::size_t cases) {
  ERRATA_CHECK(coverage > 0 && coverage <= 1 && cases >= 1);
  const double accepted = std::ceil(coverage * static_cast<double>(cases) - 1e-9);
  return std::clamp(static_cast<std::size_t>(std::max(accepted, 1.0)), std::size_t{1}, cases);
}

Result<RiskCoverage> RiskCoverage::of(std::span<const double> risk, std::span<const std::uint8_t> failed) {
  if (risk.size() != failed.size()) {
    return invalid_argument(fmt::format("{} risks do not go with {} failures", risk.size(), failed.size()));
  }
  if (risk.empty() || risk.size() > std::numeric_limits<std::uint32_t>::max()) {
    return invalid_argument(fmt::format("a risk-coverage curve needs 1 to 2^32 - 1 cases, got {}", risk.size()));
  }
  if (const auto other = std::ranges::find_if(failed, [](auto f) { return f > 1; }); other != failed.end()) {
    return invalid_argument(fmt::format("failure {} of case {} is not 0 or 1", *other, other - failed.begin()));
  }
  std::vector<double> known(risk.begin(), risk.end());
  for (double& value : known) {
    if (std::isnan(value)) value = std::numeric_limits<double>::infinity();
  }
  RiskCoverage curve;
  curve.failed_.assign(failed.begin(), failed.end());
  curve.step_of_case_.resize(risk.size());
  std::uint32_t cases = 0, failures = 0;
  double last = 0;
  for (const std::uint32_t row : rows_by_value(known)) {
    if (cases == 0 || known[row] != last) {
      curve.cases_up_to_.push_back(cases);
      curve.failures_up_to_.push_back(failures);
      last = known[row];
    }
    curve.step_of_case_[row] = static_cast<std::uint32_t>(curve.cases_up_to_.size() - 1);
    curve.cases_up_to_.back() = ++cases;
    curve.failures_up_to_.back() = failures += failed[row];
  }
  return curve;
}

RiskCoverageAreas RiskCoverage::areas() const {
  RiskCoverageWalk walk;
  for (std::size_t s = 0; s < steps(); ++s) {
    const std::uint32_t cases_before = s == 0 ? 0 : cases_up_to_[s - 1];
    const std::uint32_t failures_before = s == 0 ? 0 : failures_up_to_[s - 1];
    walk.step(cases_up_to_[s] - cases_before, failures_up_to_[s] - failures_before);
  }
  const double oracle = oracle_aurc(walk.cases() - walk.failures(), walk.failures());
  return {.aurc = walk.aurc(), .oracle_aurc = oracle, .excess_aurc = walk.aurc() - oracle, .augrc = walk.augrc()};
}

double RiskCoverage::expected_failures(std::size_t k) const {
  const auto step = static_cast<std::size_t>(std::ranges::lower_bound(cases_up_to_, k) - cases_up_to_.begin());
  const double cases_before = step == 0 ? 0 : cases_up_to_[step - 1];
  const double failures_before = step == 0 ? 0 : failures_up_to_[step - 1];
  const double rate = (failures_up_to_[step] - failures_before) / (cases_up_to_[step] - cases_before);
  return failures_before + rate * (static_cast<double>(k) - cases_before);
}

double RiskCoverage::error_at_coverage(double coverage) const {
  const std::size_t k = accepted_at_coverage(coverage, cases());
  return expected_failures(k) / static_cast<double>(k);
}

double RiskCoverage::coverage_at_error(double error) const {
  ERRATA_CHECK(error >= 0 && error <= 1);
  for (std::size_t step = steps(); step-- > 0;) {
    if (within_error(failures_up_to_[step], cases_up_to_[step], error)) {
      return static_cast<double>(cases_up_to_[step]) / static_cast<double>(cases());
    }
  }
  return 0;
}

std::vector<RiskCoveragePoint> RiskCoverage::points(std::size_t count) const {
  ERRATA_CHECK(count >= 1);
  const std::size_t taken = std::min(count, cases());
  std::vector<RiskCoveragePoint> points(taken);
  for (std::size_t i = 0; i < taken; ++i) {
    const std::size_t k = (i + 1) * cases() / taken;
    const auto size = static_cast<double>(k);
    points[i] = {.coverage = size / static_cast<double>(cases()), .error = expected_failures(k) / size};
  }
  return points;
}

Result<std::vector<RiskCoverageBands>> bootstrap_risk_coverage(std::span<const RiskCoverage* const> curves,
                                                               const RiskCoverageBootstrapOptions& options,
                                                               const Rng& rng, ThreadPool& pool) {
  ERRATA_TRY(check(curves, options));
  const std::size_t cases = curves[0]->cases();
  const std::size_t length = options.block_length > 0
                                 ? options.block_length
                                 : static_cast<std::size_t>(std::ceil(std::sqrt(static_cast<double>(cases))));
  std::vector<std::size_t> marks;
  for (const double coverage : options.coverages) marks.push_back(accepted_at_coverage(coverage, cases));

  std::vector<Replicates> found(curves.size(), Replicates(options.replicates, marks.size()));
  std::vector<std::vector<std::uint64_t>> counts(pool.size());
  for (std::size_t c = 0; c < curves.size(); ++c) {
    const Steps steps(*curves[c]);
    pool.parallel_for(options.replicates, [&](std::size_t replicate, std::size_t worker) {
      const auto blocks = draw_blocks(cases, length, rng.fork(replicate));
      const RiskCoverageWalk walk = walk_replicate(steps, curves[c]->failed(), blocks, marks, counts[worker]);
      found[c].aurc[replicate] = walk.aurc();
      for (std::size_t m = 0; m < marks.size(); ++m) found[c].error[m][replicate] = walk.at_marks()[m];
    });
  }
  const std::vector<double> reference = found[options.reference].aurc;
  for (Replicates& curve : found) std::ranges::transform(curve.aurc, reference, curve.ratio.begin(), ratio_of);

  std::vector<RiskCoverageBands> bands(curves.size());
  for (std::size_t c = 0; c < curves.size(); ++c) {
    bands[c].aurc = percentile_interval(std::move(found[c].aurc), options.confidence);
    bands[c].ratio_to_reference = percentile_interval(std::move(found[c].ratio), options.confidence);
    for (auto& error : found[c].error) {
      bands[c].error_at_coverage.push_back(percentile_interval(std::move(error), options.confidence));
    }
  }
  return bands;
}

}  // namespace errata::stats
