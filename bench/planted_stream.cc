#include "planted_stream.h"

#include <algorithm>
#include <cmath>

#include "errata/base/rng.h"

namespace errata::bench {

memory::CaseView PlantedStream::view(std::size_t row) const {
  const double p = positive_score[row];
  const std::size_t width = schema.numbers.size();
  return {.time = static_cast<std::int64_t>(row),
          .numbers = std::span(numbers).subspan(row * width, width),
          .predicted = p >= 0.5 ? 1U : 0U,
          .confidence = std::max(p, 1 - p),
          .positive_score = p};
}

memory::Outcome PlantedStream::outcome(std::size_t row) const {
  const bool fails = failed[row] != 0;
  return {.failed = fails, .label = view(row).predicted ^ (fails ? 1U : 0U)};
}

PlantedStream planted_stream(const PlantedStreamOptions& options) {
  constexpr std::size_t kLoud = 8;
  Rng rng(options.seed);
  PlantedStream stream{.schema = {.classes = {"0", "1"}}};
  for (std::size_t f = 0; f < options.features; ++f) stream.schema.numbers.push_back("x" + std::to_string(f + 1));
  std::vector<double> centres(2 * options.modes * options.features), weights(options.features);
  for (double& value : centres) value = rng.normal();
  for (double& weight : weights) weight = 5 * rng.normal() / std::sqrt(static_cast<double>(options.features));
  for (std::size_t row = 0; row < options.rows; ++row) {
    const bool quiet = row < options.quiet_rows;
    const std::size_t cluster = rng.below(quiet ? 2 * kLoud : 2 * options.modes);
    double log_odds = 0;
    for (std::size_t f = 0; f < options.features; ++f) {
      const double value = centres[cluster * options.features + f] + 0.25 * rng.normal();
      stream.numbers.push_back(value);
      log_odds += weights[f] * value;
    }
    stream.positive_score.push_back(1 / (1 + std::exp(-log_odds)));
    const bool loud = cluster < (quiet ? kLoud : options.modes);
    stream.failed.push_back(rng.bernoulli(loud ? 0.4 : quiet ? 0 : 0.05) ? 1 : 0);
  }
  return stream;
}

}  // namespace errata::bench
