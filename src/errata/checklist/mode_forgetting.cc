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
constexpr std::size_t kFirstSteps = 500, kLaterSteps = 400;
constexpr std::size_t kSide = 384;  // pixels; large enough for several things

struct Way {
  const char* name;
  Keep keep;
};
constexpr std::array kWays{Way{kErrata, Keep::replay}, Way{kDocument, Keep::nothing}, Way{"frozen", Keep::frozen},
                           Way{"L2-SP", Keep::pull}};

/// Mean share of the asked patches among as many of the most relevant; NaN where nothing is asked for.
double recall_of(const relevance::SceneEncoder& encoder, const scene::Scene& drawn) {
  const auto features = encoder.encode(drawn.picture);
  double sum = 0;
  std::size_t count = 0;
  for (const scene::Question& question : drawn.questions) {
    const auto truth = scene::asked_patches(drawn, question, relevance::kPatch);
    const auto asked = static_cast<std::size_t>(std::ranges::count(truth, 1));
    if (question.vague || asked == 0) continue;
    const std::vector<float> relevance = encoder.relevance(features, question.text);
    std::vector<std::size_t> order(relevance.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return relevance[a] > relevance[b]; });
    std::size_t found = 0;
    for (std::size_t i = 0; i < asked; ++i) found += truth[order[i]];
    sum += static_cast<double>(found) / static_cast<double>(asked);
    ++count;
  }
  return count == 0 ? kNaN : sum / static_cast<double>(count);
}

/// On held-out scenes of some kinds, one value a seed.
Result<std::vector<double>> recalls(const Ground& ground, const relevance::SceneEncoder& encoder,
                                    const std::vector<Kind>& kinds) {
  std::vector<double> values(ground.options.seeds, kNaN);
  ERRATA_TRY(ground.for_each_seed([&](std::size_t index, std::uint64_t seed) -> Result<void> {
    values[index] = recall_of(
        encoder, scene::draw_scene(kinds[index % kinds.size()],
                                   {.size = {.height = kSide, .width = kSide}, .withheld_words = true}, seed));
    return {};
  }));
  return values;
}

}  // namespace

Result<std::vector<Contender>> run_forgetting(const Ground& ground) {
  constexpr const char* kRetention = "of A kept";
  constexpr const char* kGain = "of B's gain";
  Measured measured(ground.options.seeds);
  for (const Way& way : kWays) {
    measured.declare(way.name, kRetention, Gate{.limit = .97});
    measured.declare(way.name, kGain, Gate{.limit = .90});
  }
  ERRATA_ASSIGN(const auto first, ground.open_encoder({.kinds = kFirst, .steps = kFirstSteps, .known_scenes = 0}));
  ERRATA_ASSIGN(const std::vector<double> a_before, recalls(ground, *first, kFirst));
  ERRATA_ASSIGN(const std::vector<double> b_before, recalls(ground, *first, kLater));
  const double a = mean_of(a_before), b = mean_of(b_before);
  double plain_gain = 0;
  for (const Keep keep : {Keep::nothing, Keep::replay, Keep::frozen, Keep::pull}) {  // plain first: the others' measure
    ERRATA_ASSIGN(const auto later, ground.open_encoder({.kinds = kLater,
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
      if (!std::isnan(b_after[i])) measured.add(name, kGain, i, (b_after[i] - b) / plain_gain);
    }
  }
  return measured.contenders(ground.pool);
}

}  // namespace errata::checklist
