#include <algorithm>
#include <cmath>

#include "errata/checklist/allocators.h"
#include "errata/checklist/measured.h"
#include "errata/checklist/mode_runs.h"
#include "errata/scene/kinds.h"

namespace errata::checklist {
namespace {

using relevance::Allocation;
using relevance::BudgetLimits;
using relevance::BudgetRule;

/// The phrasings that nothing was chosen on, with words filled in.
struct Asked {
  std::string text;
  bool vague = false;
};
std::vector<Asked> withheld_queries() {
  std::vector<Asked> queries;
  const auto colours = scene::colour_names(), shapes = scene::shape_names(), objects = scene::object_names();
  for (const scene::Phrasing& way : scene::phrasings()) {
    if (!way.withheld) continue;
    const std::size_t i = queries.size();
    const std::string_view thing = way.asks == "shape" ? shapes[i % shapes.size()] : objects[i % objects.size()];
    queries.push_back({.text = scene::filled(way, colours[i % colours.size()], thing), .vague = way.is_vague()});
  }
  return queries;
}

/// What the document measures specificity by is left open; its example is a query of few words.
bool documents_vagueness(const std::string& query) { return std::ranges::count(query, ' ') < 2; }

}  // namespace

Result<ModeResult> run_vague_query(const Ground& ground) {
  constexpr const char* kAccuracy = "vague or specific";
  constexpr const char* kVague = "coverage if vague";
  constexpr const char* kSpecific = "coverage if specific";
  const std::vector<Asked> queries = withheld_queries();
  Measured measured(queries.size() + ground.options.seeds);  // phrasings alone, then scenes
  for (const Allocator& allocator : ground.compared()) {
    if (allocator.name != kYours) measured.declare(allocator.name, kAccuracy, Gate{.limit = .95});
    measured.declare(allocator.name, kVague, Gate{.limit = .95});
    measured.declare(allocator.name, kSpecific, Gate{.limit = .70, .at_least = false});
  }
  measured.declare(kDocumentsFix, kAccuracy, Gate{.limit = .95});
  if (ground.outsider != nullptr) measured.leave_out(kAccuracy);
  const double least = relevance::SelectionOptions{}.least_specificity;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    measured.describe(i, {.query = queries[i].text});
    const bool vague = relevance::specificity_of(queries[i].text).value < least;
    measured.add(kErrata, kAccuracy, i, vague == queries[i].vague ? 1 : 0);
    measured.add(kDocument, kAccuracy, i, queries[i].vague ? 0 : 1);  // it takes every query for a specific one
    measured.add(kDocumentsFix, kAccuracy, i, documents_vagueness(queries[i].text) == queries[i].vague ? 1 : 0);
  }
  return ground.run(measured, [&](std::size_t index, std::uint64_t seed, Album& album) -> Result<void> {
    const scene::Scene drawn = scene::draw_scene(scene::Kind::kitchen, {.withheld_words = true}, seed);
    const std::size_t at = queries.size() + index;
    measured.describe(at, {.seed = seed, .scene = scene::name_of(scene::Kind::kitchen)});
    for (const bool vague : {true, false}) {
      const auto question = std::ranges::find(drawn.questions, vague, &scene::Question::vague);
      if (question == drawn.questions.end()) continue;
      const Task task = make_task(drawn.picture, question->text, ground.encoder);
      const auto truth = scene::asked_patches(drawn, *question, relevance::kPatch);
      for (const Allocator& allocator : ground.compared()) {
        ERRATA_ASSIGN(const auto made, ground.ask(allocator, task, measured, at));
        if (!made) continue;
        measured.add(allocator.name, vague ? kVague : kSpecific, at, coverage(*made));
        album.add(
            at,
            {.name = vague ? "vague" : "specific", .picture = drawn.picture, .query = question->text, .truth = truth},
            allocator.name, *made);
      }
    }
    return {};
  });
}

namespace {

/// A page with a question about it, and how relevant its positions are.
struct AskedPage {
  scene::Scene drawn;
  std::string query;
  relevance::PatchGrid grid;
  std::vector<std::uint32_t> positions;  ///< patches, the most relevant first
  std::vector<double> relevance;         ///< [positions]
};

Result<AskedPage> asked_page(const Ground& ground, std::uint64_t seed) {
  AskedPage page{.drawn = scene::draw_scene(scene::Kind::document, {.withheld_words = true}, seed)};
  const scene::Question* question = question_about(page.drawn, "paragraph");
  if (question == nullptr) question = &page.drawn.questions.front();
  page.query = question->text;
  const Task task = make_task(page.drawn.picture, page.query, ground.encoder);
  const Told told(task.encoded);
  ERRATA_ASSIGN(const relevance::Scored scored,
                relevance::score_image(*task.picture, task.query, &told, nullptr, {}, ground.pool));
  const std::vector<float> relevance = relevance::normalised(scored.scores.balanced, relevance::Normalisation::min_max);
  Rng rng(seed);
  page.grid = scored.stack.grid;
  page.positions = relevance::choose_positions(relevance::Strategy::focused, page.grid,
                                               {.relevance = relevance, .wanted = kPositions}, rng);
  for (const std::uint32_t patch : page.positions) page.relevance.push_back(relevance[patch]);
  return page;
}

/// The positions that got something.
Allocation funded(const AskedPage& page, const std::vector<std::size_t>& budgets) {
  Allocation made{.grid = page.grid};
  for (std::size_t i = 0; i < budgets.size(); ++i) {
    if (budgets[i] == 0) continue;
    made.positions.push_back(page.positions[i]);
    made.budgets.push_back(budgets[i]);
  }
  return made;
}

/// The most relevance that the total can pay for where each position needs what it asks for: a knapsack, exactly.
double best_threshold_utility(const std::vector<double>& relevance, const std::vector<std::size_t>& needs,
                              std::size_t total) {
  std::vector<double> best(total + 1);
  for (std::size_t i = 0; i < relevance.size(); ++i)
    for (std::size_t paid = total; paid >= needs[i]; --paid)
      best[paid] = std::max(best[paid], best[paid - needs[i]] + relevance[i]);
  return best[total];
}

/// The document's: budgets scaled down to the total, rounded, without a look at what that leaves.
std::vector<std::size_t> scale_down(const std::vector<std::size_t>& demand, std::size_t total) {
  std::size_t wanted = 0;
  for (const std::size_t tokens : demand) wanted += tokens;
  const double factor = std::min(1.0, static_cast<double>(total) / static_cast<double>(wanted));
  std::vector<std::size_t> budgets;
  for (const std::size_t tokens : demand)
    budgets.push_back(static_cast<std::size_t>(std::lround(static_cast<double>(tokens) * factor)));
  return budgets;
}

/// The document's fix: what cannot be paid is skipped, and cheaper regions further down are paid instead.
std::vector<std::size_t> skip_what_is_too_dear(const std::vector<double>& relevance,
                                               const std::vector<std::size_t>& demand, const BudgetLimits& limits) {
  std::vector<std::size_t> order(relevance.size()), budgets(relevance.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return relevance[a] > relevance[b]; });
  std::size_t left = limits.total;
  for (const std::size_t i : order) {
    if (demand[i] <= left) left -= budgets[i] = demand[i];
    if (left < limits.least) break;
  }
  return budgets;
}

struct Spent {
  const std::vector<double>& worth;
  const std::vector<std::size_t>& demand;
  const BudgetLimits& limits;
  double best_concave = 0, best_threshold = 0;
};

constexpr const char* kViolations = "over budget";
constexpr const char* kInversions = "inversions";
constexpr const char* kConcave = "of best, concave";
constexpr const char* kThreshold = "of best, threshold";

bool exceeds(const std::vector<std::size_t>& budgets, const BudgetLimits& limits) {
  std::size_t used = 0;
  for (const std::size_t tokens : budgets) used += tokens;
  return used > limits.total;
}

/// @param concave, threshold  budgets for either utility
void add_spent(const char* name, std::size_t index, const Spent& spent, const std::vector<std::size_t>& concave,
               const std::vector<std::size_t>& threshold, Measured& measured) {
  std::size_t inversions = 0;
  for (std::size_t i = 0; i < threshold.size(); ++i)
    for (std::size_t j = 0; j < threshold.size(); ++j)
      inversions += spent.worth[i] > spent.worth[j] && threshold[i] == 0 && threshold[j] > 0 ? 1U : 0U;
  measured.add(name, kViolations, index, exceeds(concave, spent.limits) || exceeds(threshold, spent.limits) ? 1 : 0);
  measured.add(name, kInversions, index, static_cast<double>(inversions));
  measured.add(name, kConcave, index, relevance::concave_utility(spent.worth, concave) / spent.best_concave);
  measured.add(name, kThreshold, index,
               relevance::threshold_utility(spent.worth, spent.demand, threshold) / spent.best_threshold);
}

/// Errata's and the document's stand in the order of Ground::compared().
std::vector<const char*> compared_names(const Ground& ground) {
  if (ground.outsider != nullptr) return {kDocument, kErrata, kDocumentsFix};
  return {kErrata, kDocument, kDocumentsFix};
}

}  // namespace

Result<ModeResult> run_overallocation(const Ground& ground) {
  Measured measured(ground.options.seeds);
  if (ground.outsider != nullptr) {
    measured.declare(kYours, kViolations, Gate{.limit = 0, .at_least = false});
    for (const char* figure : {kInversions, kConcave, kThreshold}) measured.leave_out(figure);
  }
  for (const char* name : compared_names(ground)) {
    measured.declare(name, kViolations, Gate{.limit = 0, .at_least = false});
    measured.declare(name, kInversions, Gate{.limit = 0, .at_least = false});
    measured.declare(name, kConcave, Gate{.limit = .95});
    measured.declare(name, kThreshold, Gate{.limit = .95});
  }
  return ground.run(measured, [&](std::size_t index, std::uint64_t seed, Album& album) -> Result<void> {
    ERRATA_ASSIGN(const AskedPage page, asked_page(ground, seed));
    measured.describe(index, {.seed = seed, .scene = scene::name_of(scene::Kind::document), .query = page.query});
    std::vector<double> worth = page.relevance;
    const BudgetLimits limits{.total = 10'000 + seed * 7919 % 30'001};
    const double sharpness = relevance::AllocateOptions{}.sharpness;
    const auto demand = relevance::demands(worth, sharpness, limits);
    for (double& value : worth) value = std::pow(value, sharpness);
    const auto filled = relevance::spread(BudgetRule::water_filling, worth, demand, limits);
    const auto greedy = relevance::spread(BudgetRule::greedy, worth, demand, limits);
    const auto scaled = scale_down(demand, limits.total), skipped = skip_what_is_too_dear(worth, demand, limits);
    const Spent spent{.worth = worth,
                      .demand = demand,
                      .limits = limits,
                      .best_concave = relevance::concave_utility(worth, filled),
                      .best_threshold = best_threshold_utility(worth, demand, limits.total)};
    // Each utility is served by the rule that is for it; the document has one rule for both.
    add_spent(kErrata, index, spent, filled, greedy, measured);
    add_spent(kDocument, index, spent, scaled, scaled, measured);
    add_spent(kDocumentsFix, index, spent, skipped, skipped, measured);
    const Album::Page shown{.picture = page.drawn.picture, .truth = {}};
    if (const Allocator judged = ground.compared().front(); ground.outsider != nullptr) {
      const Task task{.picture = &page.drawn.picture, .query = page.query, .total = limits.total};
      ERRATA_ASSIGN(const auto made, ground.ask(judged, task, measured, index));
      if (made) {
        measured.add(judged.name, kViolations, index, made->tokens() > limits.total ? 1 : 0);
        album.add(index, shown, judged.name, *made);
      }
    }
    album.add(index, shown, kErrata, funded(page, filled));
    album.add(index, shown, kDocument, funded(page, scaled));
    return {};
  });
}

}  // namespace errata::checklist
