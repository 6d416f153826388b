#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "errata/base/rng.h"
#include "errata/base/thread_pool.h"
#include "errata/stats/rate.h"

namespace errata::stats {

struct BootstrapOptions {
  std::size_t replicates = 1000;  ///< >= 1
  double confidence = 0.95;       ///< in (0, 1)
};

/// How often each case of each sample was drawn: [samples][cases of it].
using Drawn = std::span<const std::vector<std::uint32_t>>;

/// Percentile intervals of figures by the bootstrap over cases: each replicate draws as many cases as a sample has,
/// with replacement, and the figures are computed from how often each was drawn. Figures of two models on the same
/// cases are paired by giving one sample that both read; two samples are drawn independently.
/// @param cases    sizes of the samples, each >= 1
/// @param figures  how many there are
/// @param compute  writes the figures of a replicate, NaN where it has none; called from several threads at once
/// @param rng      replicate r draws from rng.fork(r), so that the result is the same on any number of threads
/// @return [figures]; [NaN, NaN] where no replicate had the figure. Cases are taken for independent.
/// Cost: replicates times the draws and `compute`; 4 bytes a case and thread.
/// Reference: B. Efron, R. J. Tibshirani, An Introduction to the Bootstrap (1993), 13.3.
[[nodiscard]] std::vector<RateInterval> bootstrap_intervals(
    std::span<const std::size_t> cases, std::size_t figures,
    const std::function<void(Drawn drawn, std::span<double> figures)>& compute, const BootstrapOptions& options,
    const Rng& rng, const ThreadPool& pool);

}  // namespace errata::stats
