#include "errata/relevance/allocator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "errata/relevance/clusters.h"
#include "errata/relevance/padding.h"
#include "errata/relevance/picture_colours.h"

namespace errata::relevance {
namespace {

Result<void> check_relevance(const QueryRelevance& relevance, std::size_t patches, std::string_view encoder) {
  if (relevance.relevance.size() != patches)
    return data_error(
        fmt::format("{}: relevance of {} patches for an image of {}", encoder, relevance.relevance.size(), patches));
  const auto bad = std::ranges::find_if_not(relevance.relevance, [](float value) { return std::isfinite(value); });
  if (bad == relevance.relevance.end()) return {};
  return data_error(fmt::format("{}: relevance {} of patch {}", encoder, *bad, bad - relevance.relevance.begin()));
}

/// The positions' scores between 0 and 1, 1 for the most relevant.
std::vector<double> relevance_at(const std::vector<float>& scores, const std::vector<std::uint32_t>& positions) {
  const auto [least, most] = std::ranges::minmax(scores);
  std::vector<double> relevance(positions.size());
  for (std::size_t i = 0; i < positions.size(); ++i)
    relevance[i] =
        most > least ? static_cast<double>(scores[positions[i]] - least) / static_cast<double>(most - least) : 1.0;
  return relevance;
}

/// The same for everyone, however little that is.
std::vector<std::size_t> spread_evenly(std::size_t positions, const BudgetLimits& limits) {
  const std::size_t each = positions == 0 ? 0 : std::min(limits.most, limits.total / positions);
  return std::vector<std::size_t>(positions, each);
}

void fund(const std::vector<std::uint32_t>& positions, const std::vector<std::size_t>& budgets,
          Allocation& allocation) {
  for (std::size_t i = 0; i < positions.size(); ++i) {
    if (budgets[i] == 0) continue;
    allocation.positions.push_back(positions[i]);
    allocation.budgets.push_back(budgets[i]);
  }
}

/// Where nothing is known to be more relevant, nothing gets more.
bool is_even(Strategy strategy) {
  return strategy == Strategy::uniform || strategy == Strategy::random || strategy == Strategy::downsample;
}

}  // namespace

Result<void> AllocateOptions::check() const {
  ERRATA_TRY(limits.check());
  if (!(sharpness > 0)) return invalid_argument(fmt::format("sharpness {} is not above 0", sharpness));
  if (positions < 1) return invalid_argument("at least 1 position is funded, not 0");
  if (clusters < 1) return invalid_argument("there is at least 1 cluster, not 0");
  return {};
}

AllocateOptions AllocateOptions::document() {
  return {.scores = ScoreOptions::document(),
          .limits = {.least = 64, .most = 400, .total = 100'000},
          .rule = BudgetRule::proportional,
          .strategy = Strategy::focused,
          .avoid_padding = false};
}

std::size_t Allocation::tokens() const { return std::accumulate(budgets.begin(), budgets.end(), std::size_t{0}); }

std::vector<Allocation> ImageAllocation::fixations() const {
  std::vector<Allocation> all{allocated.allocation};
  all.insert(all.end(), later.begin(), later.end());
  return all;
}

Result<Scored> score_image(const image::Picture& picture, std::string_view query, const QueryEncoder* encoder,
                           const image::Picture* before, const AllocateOptions& options, ThreadPool& pool) {
  ERRATA_TRY(options.check());
  const Planes planes = planes_of(picture);
  std::optional<Planes> earlier;
  if (before != nullptr) earlier = planes_of(*before);
  Scored scored;
  scored.query = specificity_of(query);
  scored.stack = measure(planes, options.scores.kind, earlier ? &*earlier : nullptr, pool);
  scored.structure = structure_of(scored.stack);
  const std::size_t patches = scored.stack.grid.count();
  scored.padding = options.avoid_padding ? padding_of(picture) : std::vector<std::uint8_t>(patches);
  QueryRelevance relevance;
  ScoreOptions by = options.scores;
  if (encoder != nullptr && !encoder->reads_words()) scored.query.value = 1;  // an embedding is of something
  if (encoder != nullptr && scored.query.value > 0) {
    ERRATA_ASSIGN(relevance, encoder->score(picture, query));
    ERRATA_TRY(check_relevance(relevance, patches, encoder->name()));
    const auto [least, most] = std::ranges::minmax(relevance.relevance);
    scored.asked = most > least;
    if (relevance.unlike) scored.unlike = eased(*relevance.unlike, leeway_by(colours_of(picture, scored.padding)));
    scored.found = relevance.by_evidence || relevance.stands_out;
    scored.unlike_not_told = scored.asked && !relevance.unlike && !relevance.by_evidence;
    by.smooth_participatory &= !relevance.by_evidence;
  }
  scored.scores =
      score(scored.stack, scored.asked ? std::span<const float>(relevance.relevance) : std::span<const float>(), by);
  if (!options.strategy || options.strategy == Strategy::cluster) scored.clusters = clusters(planes, options.clusters);
  return scored;
}

Allocated allocate_scored(const Scored& scored, std::span<const std::uint8_t> left_out,
                          const AllocateOptions& options) {
  // Writing that was read is there, however unlike its training an encoder calls the image, and what stands out is too.
  const auto unlike = scored.found ? std::nullopt : scored.unlike;
  Allocated made{.allocation = {.grid = scored.stack.grid},
                 .scores = scored.scores,
                 .selection = select_strategy(scored.structure, scored.query, unlike, scored.asked, options.selection),
                 .query = scored.query,
                 .structure = scored.structure,
                 .unlike = scored.unlike,
                 .unlike_not_told = scored.unlike_not_told};
  if (options.strategy) made.selection = {.strategy = *options.strategy, .guards = made.selection.guards, .sure = 1};
  std::vector<std::uint8_t> excluded = scored.padding;
  made.in_padding = static_cast<std::size_t>(std::ranges::count(excluded, 1));
  for (std::size_t patch = 0; patch < left_out.size(); ++patch) excluded[patch] |= left_out[patch];
  Rng rng(options.seed);
  const auto positions = choose_positions(made.selection.strategy, made.allocation.grid,
                                          {.relevance = scored.scores.balanced,
                                           .clusters = scored.clusters,
                                           .left_out = excluded,
                                           .wanted = options.positions},
                                          rng);
  if (positions.empty()) return made;
  if (is_even(made.selection.strategy)) {
    fund(positions, spread_evenly(positions.size(), options.limits), made.allocation);
  } else {
    std::vector<double> worth = relevance_at(scored.scores.balanced, positions);
    const std::vector<std::size_t> demand = demands(worth, options.sharpness, options.limits);
    // A broad look is broad in its budgets, too.
    if (made.selection.strategy != Strategy::grid_diverse)
      for (double& value : worth) value = std::pow(value, options.sharpness);
    fund(positions, spread(options.rule, worth, demand, options.limits), made.allocation);
  }
  return made;
}

Result<Allocated> allocate(const image::Picture& picture, std::string_view query, const QueryEncoder* encoder,
                           const AllocateOptions& options, ThreadPool& pool) {
  ERRATA_ASSIGN(const Scored scored, score_image(picture, query, encoder, nullptr, options, pool));
  return allocate_scored(scored, {}, options);
}

}  // namespace errata::relevance
