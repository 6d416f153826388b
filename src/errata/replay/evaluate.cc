#include "errata/replay/evaluate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace errata::replay {
namespace {

/// Replicates that a million cases can afford: the bootstrap costs about 3 ms a million cases and replicate.
std::size_t affordable(std::size_t replicates, std::size_t cases, std::size_t scores) {
  constexpr std::size_t kCaseReplicates = 400'000'000, kLeast = 100;
  const std::size_t most = kCaseReplicates / std::max<std::size_t>(1, cases * scores);
  return std::min(replicates, std::max(kLeast, most));
}

Result<void> add_bands(std::vector<ScoreResult>& results, const std::vector<stats::RiskCoverage>& curves,
                       const ScoreOptions& options, ThreadPool& pool) {
  stats::RiskCoverageBootstrapOptions bootstrap{
      .replicates = affordable(options.replicates, curves.front().cases(), curves.size()),
      .block_length = std::min(options.block_length, curves.front().cases())};
  for (std::size_t i = 0; i < kCoverages; ++i) bootstrap.coverages.push_back(coverage_at(i));
  const auto reference = std::ranges::find(results, "errata", &ScoreResult::name);
  if (reference != results.end()) bootstrap.reference = static_cast<std::size_t>(reference - results.begin());
  std::vector<const stats::RiskCoverage*> all;
  for (const auto& curve : curves) all.push_back(&curve);
  ERRATA_ASSIGN(auto bands, stats::bootstrap_risk_coverage(all, bootstrap, Rng(options.seed), pool));
  for (std::size_t s = 0; s < results.size(); ++s) results[s].bands = std::move(bands[s]);
  return {};
}

}  // namespace

Result<std::vector<ScoreResult>> evaluate_scores(std::vector<ScoreColumn> scores,
                                                 const std::vector<std::uint8_t>& failed, const ScoreOptions& options,
                                                 ThreadPool& pool) {
  std::vector<ScoreResult> results(scores.size() + 1);
  std::vector<std::optional<Result<stats::RiskCoverage>>> made(results.size());
  pool.parallel_for(results.size(), [&](std::size_t s, std::size_t) {
    if (s < scores.size()) {
      made[s] = stats::RiskCoverage::of(scores[s].risk, failed);
      std::vector<double>().swap(scores[s].risk);
    } else {
      made[s] = stats::RiskCoverage::of(std::vector<double>(failed.begin(), failed.end()), failed);
    }
  });
  std::vector<stats::RiskCoverage> curves;
  for (std::size_t s = 0; s < results.size(); ++s) {
    ERRATA_ASSIGN(auto curve, std::move(*made[s]));
    ScoreResult& result = results[s];
    result.name = s < scores.size() ? scores[s].name : "oracle";
    result.areas = curve.areas();
    for (std::size_t i = 0; i < kCoverages; ++i) result.error_at_coverage[i] = curve.error_at_coverage(coverage_at(i));
    result.curve = curve.points();
    curves.push_back(std::move(curve));
  }
  if (options.replicates > 0) ERRATA_TRY(add_bands(results, curves, options, pool));
  return results;
}

}  // namespace errata::replay
