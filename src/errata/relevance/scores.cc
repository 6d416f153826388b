#include "errata/relevance/scores.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace errata::relevance {
namespace {

/// Σ weight · channel; a channel of weight 0 is left out.
std::vector<float> weighted(std::size_t count,
                            std::initializer_list<std::pair<double, const std::vector<float>*>> channels) {
  std::vector<float> sum(count);
  for (const auto& [weight, channel] : channels)
    if (weight != 0)
      for (std::size_t i = 0; i < count; ++i) sum[i] += static_cast<float>(weight) * (*channel)[i];
  return sum;
}

/// Number of values below plus half of the equal ones, each less its own half.
std::vector<float> mid_ranks(std::span<const float> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<float> ranks(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t end = first;
    while (end < order.size() && values[order[end]] == values[order[first]]) ++end;
    for (std::size_t i = first; i < end; ++i) ranks[order[i]] = static_cast<float>(first + end - 1) / 2;
    first = end;
  }
  return ranks;
}

std::vector<float> propositional_score(const FeatureStack& stack, const ScoreOptions& options) {
  // Raw channels as they are in the document; otherwise each on one scale, since a Sobel magnitude of .05 is a strong
  // edge and a stroke density of .05 is none.
  const auto scaled = [&](const std::vector<float>& channel) {
    return options.normalisation == Normalisation::none ? channel : normalised(channel, options.normalisation);
  };
  const auto edges = scaled(stack.edges), normal = scaled(stack.contrast_normalised_edges);
  const auto high_pass = scaled(stack.high_pass);
  return weighted(stack.grid.count(), {{options.edges, &edges},
                                       {options.contrast_normalised_edges, &normal},
                                       {options.high_pass, &high_pass},
                                       {options.edge_nearness, &stack.edge_nearness},
                                       {options.text_likeness, &stack.text_likeness}});
}

Weights scaled_to_one(const Weights& weights) {
  const double sum = weights.propositional + weights.perspectival + weights.participatory;
  if (!(sum > 0)) return {.propositional = .5, .perspectival = .5};
  return {.propositional = weights.propositional / sum,
          .perspectival = weights.perspectival / sum,
          .participatory = weights.participatory / sum};
}

double mean_of_scores(std::span<const float> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// The three scores on one scale.
struct Normalised {
  std::vector<float> propositional, perspectival, participatory;
};

Weights balanced_weights(const Normalised& scaled, double agreement, const ScoreOptions& options) {
  Weights weights = options.weights;
  if (scaled.participatory.empty()) {
    weights.participatory = 0;
  } else if (options.balance == Balance::adaptive) {
    weights.perspectival *= std::clamp(agreement, 0.0, 1.0);
  } else if (options.balance == Balance::learned) {
    return options.gates.weights(
        {1, agreement, mean_of_scores(scaled.participatory), mean_of_scores(scaled.perspectival)});
  }
  return scaled_to_one(weights);
}

constexpr std::array<std::string_view, 3> kBalances{"fixed", "adaptive", "learned"};

}  // namespace

std::string_view name_of(Balance balance) { return kBalances[static_cast<std::size_t>(balance)]; }

Result<Balance> balance_named(std::string_view name) {
  const auto found = std::ranges::find(kBalances, name);
  if (found != kBalances.end()) return static_cast<Balance>(found - kBalances.begin());
  return invalid_argument(fmt::format("balance '{}': there are {}", name, fmt::join(kBalances, ", ")));
}

Weights Gates::weights(const GateInputs& inputs) const {
  const auto opened = [&](const GateInputs& slopes) {
    return std::inner_product(slopes.begin(), slopes.end(), inputs.begin(), 0.0);
  };
  const std::array logits{opened(propositional), opened(perspectival), opened(participatory)};
  const double most = std::ranges::max(logits);
  return scaled_to_one({.propositional = std::exp(logits[0] - most),
                        .perspectival = std::exp(logits[1] - most),
                        .participatory = std::exp(logits[2] - most)});
}

ScoreOptions ScoreOptions::document() {
  return {.edges = .4,
          .contrast_normalised_edges = 0,
          .high_pass = .3,
          .edge_nearness = .3,
          .text_likeness = 0,
          .kind = Saliency::fine,
          .normalisation = Normalisation::none,
          .smooth_participatory = false,
          .balance = Balance::fixed,
          .weights = {.propositional = .2, .perspectival = .2, .participatory = .6}};
}

std::vector<float> normalised(std::span<const float> values, Normalisation how) {
  std::vector<float> scaled(values.begin(), values.end());
  if (values.empty() || how == Normalisation::none) return scaled;
  if (how == Normalisation::rank) {
    scaled = mid_ranks(values);
    for (float& rank : scaled) rank = values.size() == 1 ? .5F : rank / static_cast<float>(values.size() - 1);
    return scaled;
  }
  const auto [least, most] = std::ranges::minmax(scaled);
  for (float& value : scaled) value = most > least ? (value - least) / (most - least) : .5F;
  return scaled;
}

std::vector<float> smoothed(std::span<const float> values, const PatchGrid& grid) {
  std::vector<float> means(values.size());
  const std::size_t rows = grid.rows(), columns = grid.columns();
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t top = row == 0 ? 0 : row - 1, bottom = std::min(row + 2, rows);
    for (std::size_t column = 0; column < columns; ++column) {
      const std::size_t left = column == 0 ? 0 : column - 1, right = std::min(column + 2, columns);
      float sum = 0;
      for (std::size_t r = top; r < bottom; ++r)
        for (std::size_t c = left; c < right; ++c) sum += values[r * columns + c];
      means[row * columns + column] = sum / static_cast<float>((bottom - top) * (right - left));
    }
  }
  return means;
}

double rank_correlation(std::span<const float> a, std::span<const float> b) {
  const std::vector<float> ranks_a = mid_ranks(a), ranks_b = mid_ranks(b);
  const double mean = (static_cast<double>(a.size()) - 1) / 2;
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = ranks_a[i] - mean, y = ranks_b[i] - mean;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

Scores score(const FeatureStack& stack, std::span<const float> relevance, const ScoreOptions& options) {
  Scores scores;
  scores.propositional = propositional_score(stack, options);
  scores.perspectival =
      weighted(stack.grid.count(), {{options.saliency, &stack.saliency}, {options.motion, &stack.motion}});
  if (!relevance.empty()) {
    scores.participatory = options.smooth_participatory ? smoothed(relevance, stack.grid)
                                                        : std::vector<float>(relevance.begin(), relevance.end());
    scores.agreement = rank_correlation(scores.perspectival, scores.participatory);
  }
  Normalised scaled{.propositional = normalised(scores.propositional, options.normalisation),
                    .perspectival = normalised(scores.perspectival, options.normalisation),
                    .participatory = normalised(scores.participatory, options.normalisation)};
  scores.weights = balanced_weights(scaled, scores.agreement, options);
  scaled.participatory.resize(stack.grid.count());
  scores.balanced = weighted(stack.grid.count(), {{scores.weights.propositional, &scaled.propositional},
                                                  {scores.weights.perspectival, &scaled.perspectival},
                                                  {scores.weights.participatory, &scaled.participatory}});
  return scores;
}

}  // namespace errata::relevance
