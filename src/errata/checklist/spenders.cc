#include "errata/checklist/spenders.h"

#include <algorithm>

#include "errata/checklist/published.h"
#include "errata/relevance/shown.h"

namespace errata::checklist {
namespace {

using relevance::AllocateOptions;
using relevance::Allocation;
using relevance::kPatchPixels;
using relevance::Strategy;

using Totals = std::span<const std::size_t>;
using Allocations = Result<std::vector<Allocation>>;

constexpr double kBaseShare = 1.0 / 16;
constexpr std::size_t kHalved = kPatchPixels / 4;  ///< pixels of a patch of half the resolution
constexpr std::size_t kLeastOfErrata = kPatchPixels / 16;
constexpr std::size_t kMostPositions = 800;  ///< water-filling takes time by the square of it

AllocateOptions errata_options() {
  AllocateOptions options{.sharpness = 1, .positions = kMostPositions};
  options.limits.least = kLeastOfErrata;
  return options;
}

AllocateOptions document_options() {
  AllocateOptions options = AllocateOptions::document();
  options.limits.least = kHalved;
  return options;
}

/// Scores once and allocates each total, no patch more pixels than it has.
Allocations by_scores(const Task& task, const relevance::QueryRelevance& relevance, AllocateOptions options,
                      Totals totals, ThreadPool& pool) {
  const Told told(relevance);
  ERRATA_ASSIGN(const relevance::Scored scored,
                relevance::score_image(*task.picture, task.query, &told, nullptr, options, pool));
  std::vector<Allocation> made;
  options.limits.most = kPatchPixels;
  for (const std::size_t total : totals) {
    options.limits.total = total;
    Allocation allocation{.grid = scored.stack.grid, .positions = {}, .budgets = {}};
    if (total >= options.limits.least) allocation = relevance::allocate_scored(scored, {}, options).allocation;
    made.push_back(std::move(allocation));
  }
  return made;
}

/// Patches in an order, as many as can be shown at half of their resolution.
Allocations in_order(const Task& task, const std::vector<std::uint32_t>& order, Totals totals) {
  std::vector<Allocation> made;
  for (const std::size_t total : totals) {
    const std::size_t kept = std::min(order.size(), total / kHalved);
    made.push_back({.grid = {.height = task.picture->height, .width = task.picture->width},
                    .positions = {order.begin(), order.begin() + static_cast<long>(kept)},
                    .budgets = std::vector<std::size_t>(kept, kHalved)});
  }
  return made;
}

/// A published way: it keeps as many patches as the total pays for. Each chooses one after the other, so that fewer are
/// the first of more.
template <typename Choose>
Spender by_features(std::string name, bool by_query, Choose choose) {
  return {.name = std::move(name),
          .base_share = kBaseShare,
          .by_query = by_query,
          .allocate = [choose](const Task& task, Totals totals, ThreadPool&) -> Allocations {
            const auto& encoded = task.encoded;
            const MatrixView<const float> features(encoded.features, encoded.relevance.size(), encoded.dimensions);
            const std::size_t most = std::max(std::size_t{1}, std::ranges::max(totals) / kHalved);
            return in_order(task, choose(features, std::span<const float>(encoded.relevance), most), totals);
          }};
}

Spender even(Strategy strategy) {
  return {.name = std::string(relevance::name_of(strategy)),
          .base_share = kBaseShare,
          .allocate = [strategy](const Task& task, Totals totals, ThreadPool&) -> Allocations {
            const relevance::PatchGrid grid{.height = task.picture->height, .width = task.picture->width};
            const std::vector<float> alike(grid.count());
            std::vector<Allocation> made;
            for (const std::size_t total : totals) {
              Rng rng(total);
              Allocation allocation{.grid = grid, .positions = {}, .budgets = {}};
              if (total >= kHalved)
                allocation.positions =
                    relevance::choose_positions(strategy, grid, {.relevance = alike, .wanted = total / kHalved}, rng);
              allocation.budgets.assign(allocation.positions.size(), kHalved);
              made.push_back(std::move(allocation));
            }
            return made;
          }};
}

}  // namespace

std::vector<Spender> spenders() {
  std::vector<Spender> all;
  all.push_back({.name = kErrata,
                 .base_share = kBaseShare,
                 .by_query = true,
                 .allocate = [](const Task& task, Totals totals, ThreadPool& pool) {
                   return by_scores(task, task.encoded, errata_options(), totals, pool);
                 }});
  all.push_back({.name = kDocument,
                 .base_share = kBaseShare,
                 .by_query = true,
                 .allocate = [](const Task& task, Totals totals, ThreadPool& pool) {
                   return by_scores(task, task.cosines, document_options(), totals, pool);
                 }});
  all.push_back(
      by_features("divprune", false, [](auto features, auto, auto most) { return div_prune(features, most); }));
  all.push_back(by_features("cdpruner", true,
                            [](auto features, auto asked, auto most) { return cd_pruner(features, asked, most); }));
  all.push_back(by_features("todre", false, [](auto features, auto, auto most) { return to_dre(features, most); }));
  for (const Strategy strategy : {Strategy::random, Strategy::uniform}) all.push_back(even(strategy));
  all.push_back({.name = std::string(relevance::name_of(Strategy::downsample)), .base_share = 1, .allocate = {}});
  return all;
}

}  // namespace errata::checklist
