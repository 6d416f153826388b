#include "errata/stats/bootstrap.h"

#include <algorithm>

#include "errata/stats/percentile.h"

namespace errata::stats {

std::vector<RateInterval> bootstrap_intervals(
    std::span<const std::size_t> cases, std::size_t figures,
    const std::function<void(Drawn drawn, std::span<double> figures)>& compute, const BootstrapOptions& options,
    const Rng& rng, const ThreadPool& pool) {
  std::vector<std::vector<double>> found(options.replicates, std::vector<double>(figures));
  std::vector<std::vector<std::vector<std::uint32_t>>> drawn(pool.size());
  pool.parallel_for(options.replicates, [&](std::size_t replicate, std::size_t worker) {
    Rng own = rng.fork(replicate);
    auto& counts = drawn[worker];
    counts.resize(cases.size());
    for (std::size_t sample = 0; sample < cases.size(); ++sample) {
      counts[sample].assign(cases[sample], 0);
      for (std::size_t i = 0; i < cases[sample]; ++i) ++counts[sample][own.below(cases[sample])];
    }
    compute(counts, found[replicate]);
  });
  std::vector<RateInterval> intervals;
  for (std::size_t f = 0; f < figures; ++f) {
    std::vector<double> replicates;
    for (const auto& one : found) replicates.push_back(one[f]);
    intervals.push_back(percentile_interval(std::move(replicates), options.confidence));
  }
  return intervals;
}

}  // namespace errata::stats
