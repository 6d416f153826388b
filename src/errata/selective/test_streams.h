#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "errata/base/rng.h"
#include "errata/stats/logistic.h"

namespace errata::selective {

struct ScoredCase {
  double risk;  ///< what a score says
  bool failed;
};

/// A stream of cases whose true risk is known: the score is the true risk with noise of `noise` logits.
template <typename TrueRisk>
std::vector<ScoredCase> draw_stream(std::size_t cases, std::uint64_t seed, double noise, TrueRisk true_risk) {
  Rng rng(seed);
  std::vector<ScoredCase> stream(cases);
  for (std::size_t t = 0; t < cases; ++t) {
    const double p = true_risk(t, rng);
    const double z = std::log(p / (1 - p)) + noise * rng.normal();
    stream[t] = {.risk = stats::sigmoid(z), .failed = rng.bernoulli(p)};
  }
  return stream;
}

/// One distribution throughout.
inline std::vector<ScoredCase> stationary_stream(std::size_t cases, std::uint64_t seed) {
  return draw_stream(cases, seed, .5, [](std::size_t, Rng& rng) { return stats::sigmoid(-1.5 + 1.2 * rng.normal()); });
}

/// The risk rises by one logit in 25,000 cases, for good.
inline std::vector<ScoredCase> drifting_stream(std::size_t cases, std::uint64_t seed, double slope = 1.0) {
  return draw_stream(cases, seed, .5, [slope](std::size_t t, Rng& rng) {
    return stats::sigmoid(-2 + slope * static_cast<double>(t) / 25'000 + rng.normal());
  });
}

/// Regimes of 1,000 cases that come back every 5,000: safe, dangerous, doubtful, useless, safe.
inline std::vector<ScoredCase> regime_stream(std::size_t cases, std::uint64_t seed) {
  constexpr std::array kRisk{.004, .65, .15, .5, .006};
  return draw_stream(cases, seed, .7, [kRisk](std::size_t t, Rng&) { return kRisk[t / 1000 % 5]; });
}

/// Share of accepted cases among the cases from `begin` on, and their failure rate.
struct Realised {
  double coverage = 0, error = 0;
};

/// @param accept  what to do with case t, called in order
template <typename Accept>
Realised realise(const std::vector<ScoredCase>& stream, std::size_t begin, Accept accept) {
  std::size_t accepted = 0, failures = 0;
  for (std::size_t t = 0; t < stream.size(); ++t) {
    if (!accept(t) || t < begin) continue;
    ++accepted;
    failures += static_cast<std::size_t>(stream[t].failed);
  }
  return {.coverage = static_cast<double>(accepted) / static_cast<double>(stream.size() - begin),
          .error = accepted == 0 ? 0 : static_cast<double>(failures) / static_cast<double>(accepted)};
}

/// Error at a coverage with the threshold set in hindsight.
inline double hindsight_error(std::vector<ScoredCase> stream, std::size_t begin, double coverage) {
  stream.erase(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(begin));
  std::ranges::sort(stream, {}, &ScoredCase::risk);
  const auto k = static_cast<std::size_t>(std::ceil(coverage * static_cast<double>(stream.size())));
  const auto failures = std::count_if(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(k),
                                      [](const ScoredCase& c) { return c.failed; });
  return static_cast<double>(failures) / static_cast<double>(k);
}

}  // namespace errata::selective
