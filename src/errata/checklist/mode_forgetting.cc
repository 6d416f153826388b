// An encoder learns scenes A, then only scenes B, in four ways; how much of A is left, and how much of what plain
// training gains on B is gained.
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "errata/base/limits.h"
#include "errata/checklist/allocators.h"
#include "errata/checklist/measured.h"
#include "errata/checklist/mode_runs.h"
#include "errata/scene/kinds.h"

namespace errata::checklist {
namespace {

using relevance::Keep;
using scene::Kind;

const std::vector<Kind> kFirst{Kind::shapes, Kind::kitchen, Kind::person}, kLater{Kind::document};
constexpr std::size_t kFirstSteps = 500, kLaterSteps = 600;
constexpr std::size_t kSide = 384;  // pixels; large enough for several things

struct Way {
  const char* name;
  Keep keep;
};
constexpr std::array kWays{Way{kErrata, Keep::replay}, Way{kDocument, Keep::nothing}, Way{"frozen", Keep::frozen},
                           Way{"L2-SP", Keep::pull}};

scene::Scene scene_of(const std::vector<Kind>& kinds, std::size_t index, std::uint64_t seed) {
  return scene::draw_scene(kinds[index % kinds.size()],
                           {.size = {.height = kSide, .width = kSide}, .withheld_words = true}, seed);
}

/// As many of the most relevant patches as are asked for.
std::vector<std::uint32_t> most_relevant(const std::vector<float>& relevance, std::size_t asked) {
  std::vector<std::uint32_t> order(relevance.size());
  std::iota(order.begin(), order.end(), std::uint32_t{0});
  std::ranges::stable_sort(order, [&](std::uint32_t a, std::uint32_t b) { return relevance[a] > relevance[b]; });
  order.resize(asked);
  return order;
}

/// Questions of a scene that ask for patches of it, and which.
struct AskedFor {
  const scene::Question* question = nullptr;
  std::vector<std::uint8_t> truth;  ///< at least one 1
};
std::vector<AskedFor> asked_for(const scene::Scene& drawn) {
  std::vector<AskedFor> all;
  for (const scene::Question& question : drawn.questions) {
    auto truth = scene::asked_patches(drawn, question, relevance::kPatch);
    if (!question.vague && std::ranges::count(truth, 1) > 0)
      all.push_back({.question = &question, .truth = std::move(truth)});
  }
  return all;
}

std::size_t count_of(const std::vector<std::uint8_t>& truth) {
  return static_cast<std::size_t>(std::ranges::count(truth, 1));
}

/// Mean share of the asked patches among as many of the most relevant; NaN where nothing is asked for.
double recall_of(const relevance::SceneEncoder& encoder, const scene::Scene& drawn) {
  const auto features = encoder.encode(drawn.picture);
  double sum = 0;
  const auto all = asked_for(drawn);
  for (const AskedFor& one : all) {
    std::size_t found = 0;
    const std::size_t asked = count_of(one.truth);
    for (const std::uint32_t patch : most_relevant(encoder.relevance(features, one.question->text), asked))
      found += one.truth[patch];
    sum += static_cast<double>(found) / static_cast<double>(asked);
  }
  return all.empty() ? kNaN : sum / static_cast<double>(all.size());
}

/// What an encoder takes for most relevant to the first question of a scene.
void add_most_relevant(std::size_t at, const scene::Scene& drawn, const char* name,
                       const relevance::SceneEncoder& encoder, Album& album) {
  const auto all = asked_for(drawn);
  if (all.empty()) return;
  const AskedFor& first = all.front();
  relevance::Allocation made{
      .grid = {.height = drawn.picture.height, .width = drawn.picture.width},
      .positions =
          most_relevant(encoder.relevance(encoder.encode(drawn.picture), first.question->text), count_of(first.truth))};
  made.budgets.assign(made.positions.size(), 1);
  album.add(at, {.picture = drawn.picture, .query = first.question->text, .truth = first.truth}, name, made);
}

/// On held-out scenes of some kinds, one value a seed.
Result<std::vector<double>> recalls(const Ground& ground, const relevance::SceneEncoder& encoder,
                                    const std::vector<Kind>& kinds) {
  std::vector<double> values(ground.options.seeds, kNaN);
  ERRATA_TRY(ground.for_each_seed([&](std::size_t index, std::uint64_t seed) -> Result<void> {
    values[index] = recall_of(encoder, scene_of(kinds, index, seed));
    return {};
  }));
  return values;
}

}  // namespace

Result<ModeResult> run_forgetting(const Ground& ground) {
  constexpr const char* kRetention = "of A kept";
  constexpr const char* kGain = "of B's gain";
  const std::size_t seeds = ground.options.seeds;
  Measured measured(2 * seeds);  // scenes A, then B
  for (const Way& way : kWays) {
    measured.declare(way.name, kRetention, Gate{.limit = .97});
    measured.declare(way.name, kGain, Gate{.limit = .90});
  }
  ERRATA_ASSIGN(const auto first, ground.open_encoder({.kinds = kFirst, .steps = kFirstSteps, .known_scenes = 0}));
  ERRATA_ASSIGN(const std::vector<double> a_before, recalls(ground, *first, kFirst));
  ERRATA_ASSIGN(const std::vector<double> b_before, recalls(ground, *first, kLater));
  const double a = mean_of(a_before), b = mean_of(b_before);
  for (std::size_t i = 0; i < seeds; ++i) {
    const std::uint64_t seed = ground.options.first_seed + i;
    measured.describe(i, {.seed = seed, .scene = scene::name_of(kFirst[i % kFirst.size()])});
    measured.describe(seeds + i, {.seed = seed, .scene = scene::name_of(kLater[i % kLater.size()])});
  }
  std::unique_ptr<relevance::SceneEncoder> plain, ours;
  double plain_gain = 0;
  for (const Keep keep : {Keep::nothing, Keep::replay, Keep::frozen, Keep::pull}) {  // plain first: the others' measure
    ERRATA_ASSIGN(auto later, ground.open_encoder({.kinds = kLater,
                                                   .steps = kLaterSteps,
                                                   .known_scenes = 0,
                                                   .from = first.get(),
                                                   .keep = keep,
                                                   .before = kFirst}));
    ERRATA_ASSIGN(const std::vector<double> a_after, recalls(ground, *later, kFirst));
    ERRATA_ASSIGN(const std::vector<double> b_after, recalls(ground, *later, kLater));
    if (keep == Keep::nothing) plain_gain = mean_of(b_after) - b;
    const char* name = std::ranges::find(kWays, keep, &Way::keep)->name;
    for (std::size_t i = 0; i < a_after.size(); ++i) {
      if (!std::isnan(a_after[i])) measured.add(name, kRetention, i, a_after[i] / a);
      if (!std::isnan(b_after[i])) measured.add(name, kGain, seeds + i, (b_after[i] - b) / plain_gain);
    }
    if (keep == Keep::nothing) plain = std::move(later);
    if (keep == Keep::replay) ours = std::move(later);
  }
  return ground.result(measured, [&](std::size_t index, std::uint64_t seed, Album& album) -> Result<void> {
    for (const bool is_later : {false, true}) {
      const std::size_t at = index + (is_later ? seeds : 0);
      if (!album.wants(at)) continue;
      const scene::Scene drawn = scene_of(is_later ? kLater : kFirst, index, seed);
      add_most_relevant(at, drawn, kErrata, *ours, album);
      add_most_relevant(at, drawn, kDocument, *plain, album);
    }
    return {};
  });
}

}  // namespace errata::checklist
