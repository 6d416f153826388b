#include "errata/checklist/allocators.h"

#include <algorithm>

#include "errata/base/matrix_view.h"
#include "errata/checklist/published.h"

namespace errata::checklist {
namespace {

using relevance::AllocateOptions;
using relevance::Allocation;
using relevance::Strategy;

Result<Allocation> allocate_by(const Task& task, const relevance::QueryRelevance& relevance,
                               const AllocateOptions& options, ThreadPool& pool) {
  const Told told(relevance);
  ERRATA_ASSIGN(relevance::Allocated made, relevance::allocate(*task.picture, task.query, &told, options, pool));
  return std::move(made.allocation);
}

Allocator by_options(std::string name, const AllocateOptions& options) {
  return {.name = std::move(name), .allocate = [options = with_budget(options)](const Task& task, ThreadPool& pool) {
            return allocate_by(task, task.encoded, options, pool);
          }};
}

/// Positions that a published way chose, with the same budget each.
Allocation evenly(const Task& task, std::vector<std::uint32_t> positions) {
  Allocation made{.grid = {.height = task.picture->height, .width = task.picture->width},
                  .positions = std::move(positions)};
  made.budgets.assign(made.positions.size(), kTotal / std::max<std::size_t>(1, made.positions.size()));
  return made;
}

/// A way that chooses among vectors of patches.
template <typename Choose>
Allocator by_features(std::string name, Choose choose) {
  return {.name = std::move(name), .allocate = [choose](const Task& task, ThreadPool&) -> Result<Allocation> {
            const auto& encoded = task.encoded;
            const MatrixView<const float> features(encoded.features, encoded.relevance.size(), encoded.dimensions);
            return evenly(task, choose(features, std::span<const float>(encoded.relevance)));
          }};
}

}  // namespace

AllocateOptions with_budget(AllocateOptions options) {
  options.positions = kPositions;
  options.limits.total = kTotal;
  return options;
}

Task make_task(const image::Picture& picture, const std::string& query, const relevance::SceneEncoder& encoder) {
  Task task{.picture = &picture, .query = query};
  auto features = encoder.encode(picture);
  task.encoded.relevance = encoder.relevance(features, query);
  task.cosines.relevance = encoder.cosines(features, query);
  task.encoded.unlike = encoder.unlike(features, picture);
  task.encoded.stands_out = relevance::SceneEncoder::stands_out(task.encoded.relevance);
  task.encoded.features = std::move(features.vectors);
  task.encoded.dimensions = nn::DualEncoder::kDimensions;
  return task;
}

Allocator errata_allocator() { return by_options(kErrata, {}); }

Allocator document_allocator() {
  return {.name = kDocument, .allocate = [](const Task& task, ThreadPool& pool) {
            return allocate_by(task, task.cosines, with_budget(AllocateOptions::document()), pool);
          }};
}

Allocator documents_reweighting() {
  return {.name = kDocumentsFix, .allocate = [](const Task& task, ThreadPool& pool) -> Result<Allocation> {
            AllocateOptions options = with_budget(AllocateOptions::document());
            const Told told(task.cosines);
            ERRATA_ASSIGN(const relevance::Scored scored,
                          relevance::score_image(*task.picture, task.query, &told, nullptr, options, pool));
            constexpr float kNothingSalient = .3F;
            if (std::ranges::max(scored.scores.perspectival) < kNothingSalient)
              options.scores.weights = {.propositional = .4, .perspectival = .1, .participatory = .5};
            return allocate_by(task, task.cosines, options, pool);
          }};
}

std::vector<Allocator> other_allocators() {
  std::vector<Allocator> allocators;
  allocators.push_back(by_features("divprune", [](auto features, auto) { return div_prune(features, kPositions); }));
  allocators.push_back(
      by_features("cdpruner", [](auto features, auto asked) { return cd_pruner(features, asked, kPositions); }));
  allocators.push_back(by_features("todre", [](auto features, auto) { return to_dre(features, kPositions); }));
  for (const Strategy strategy : {Strategy::random, Strategy::uniform, Strategy::downsample})
    allocators.push_back(by_options(std::string(relevance::name_of(strategy)), {.strategy = strategy}));
  for (Allocator& allocator : allocators) allocator.by_encoder = allocator.name == "cdpruner";
  return allocators;
}

double coverage(const Allocation& allocation) {
  return relevance::coverage_entropy(allocation.grid, allocation.positions, allocation.budgets);
}

double recall(const Allocation& allocation, const std::vector<std::uint8_t>& truth) {
  const auto asked = std::ranges::count(truth, 1);
  const auto found =
      std::ranges::count_if(allocation.positions, [&](std::uint32_t patch) { return truth[patch] != 0; });
  return static_cast<double>(found) / static_cast<double>(asked);
}

double token_share(const Allocation& allocation, const std::vector<std::uint8_t>& truth) {
  std::size_t inside = 0;
  for (std::size_t i = 0; i < allocation.positions.size(); ++i)
    if (truth[allocation.positions[i]] != 0) inside += allocation.budgets[i];
  const std::size_t all = allocation.tokens();
  return all == 0 ? 0 : static_cast<double>(inside) / static_cast<double>(all);
}

double overlap(const Allocation& a, const Allocation& b) {
  std::vector<std::size_t> of_a(a.grid.count()), of_b(a.grid.count());
  for (std::size_t i = 0; i < a.positions.size(); ++i) of_a[a.positions[i]] = a.budgets[i];
  for (std::size_t i = 0; i < b.positions.size(); ++i) of_b[b.positions[i]] = b.budgets[i];
  std::size_t both = 0, either = 0;
  for (std::size_t patch = 0; patch < of_a.size(); ++patch) {
    both += std::min(of_a[patch], of_b[patch]);
    either += std::max(of_a[patch], of_b[patch]);
  }
  return either == 0 ? 1 : static_cast<double>(both) / static_cast<double>(either);
}

}  // namespace errata::checklist
