// What are learned gates worth beside fixed and adaptive weights? Usage: gates_bench CACHE [FIRST SEEDS], the folder
// that keeps the encoder of scenes. Gates are learned on drawn scenes of seeds 1,000 to 1,039, asked by withheld
// phrasings, half of them with the encoder of scenes and half with cosines as close together as contrastive encoders
// have them; then recall@273 of the most relevant patches is measured on SEEDS seeds from FIRST on [1,040, 60]. Unit:
// share of the asked patches (at most 273 of them can be had), mean over questions, with its standard error.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "errata/checklist/mode_runs.h"
#include "errata/engine_nn/scene_cache.h"
#include "errata/scene/kinds.h"

namespace errata::bench {
namespace {

using relevance::Gates;
using relevance::ScoreOptions;
using relevance::Scores;

constexpr std::uint64_t kFirstLearned = 1'000, kLearned = 40;
constexpr std::size_t kPositions = 273;

/// A question about a scene, scored but for the balance.
struct Asked {
  scene::Kind kind{};
  bool narrow = false;
  relevance::FeatureStack stack;
  std::vector<float> relevance;
  std::vector<std::uint8_t> truth;
};

std::vector<Asked> asked_in(scene::Kind kind, std::uint64_t seed, const relevance::SceneEncoder& encoder,
                            ThreadPool& pool) {
  const scene::Scene drawn = scene::draw_scene(kind, {.withheld_words = true}, seed);
  const auto question = std::ranges::find(drawn.questions, false, &scene::Question::vague);
  if (question == drawn.questions.end()) return {};
  auto truth = scene::asked_patches(drawn, *question, relevance::kPatch);
  if (std::ranges::count(truth, 1) == 0) return {};
  const auto planes = relevance::planes_of(drawn.picture);
  const auto stack = relevance::measure(planes, ScoreOptions{}.kind, nullptr, pool);
  const auto task = checklist::make_task(drawn.picture, question->text, encoder);
  return {{.kind = kind, .stack = stack, .relevance = task.encoded.relevance, .truth = truth},
          {.kind = kind,
           .narrow = true,
           .stack = stack,
           .relevance = checklist::narrow_cosines(drawn, truth, seed),
           .truth = truth}};
}

std::vector<Asked> questions(std::uint64_t first, std::uint64_t seeds, const relevance::SceneEncoder& encoder,
                             ThreadPool& pool) {
  std::vector<Asked> all;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed)
    for (const scene::Kind kind : relevance::kAskableKinds)
      std::ranges::move(asked_in(kind, seed, encoder, pool), std::back_inserter(all));
  return all;
}

double recall_of(const Asked& asked, const ScoreOptions& options) {
  const Scores scores = score(asked.stack, asked.relevance, options);
  Rng rng(1);
  const auto chosen = relevance::choose_positions(relevance::Strategy::focused, asked.stack.grid,
                                                  {.relevance = scores.balanced, .wanted = kPositions}, rng);
  const auto wanted = std::min<std::ptrdiff_t>(std::ranges::count(asked.truth, 1), kPositions);
  const auto found = std::ranges::count_if(chosen, [&](std::uint32_t patch) { return asked.truth[patch] != 0; });
  return static_cast<double>(found) / static_cast<double>(wanted);
}

/// A question as learning sees it: the three normalised scores of asked patches and of as many others.
struct Lesson {
  relevance::GateInputs inputs{};
  std::vector<std::array<double, 3>> asked, others;
};

Lesson lesson_of(const Asked& asked) {
  const Scores scores = score(asked.stack, asked.relevance, {});
  using relevance::Normalisation;
  const std::array scaled{relevance::normalised(scores.propositional, Normalisation::min_max),
                          relevance::normalised(scores.perspectival, Normalisation::min_max),
                          relevance::normalised(scores.participatory, Normalisation::min_max)};
  const auto mean = [](const std::vector<float>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  };
  Lesson lesson{.inputs = {1, scores.agreement, mean(scaled[2]), mean(scaled[1])}, .asked = {}, .others = {}};
  Rng rng(asked.truth.size());
  const auto values = [&](std::size_t patch) {
    return std::array<double, 3>{scaled[0][patch], scaled[1][patch], scaled[2][patch]};
  };
  constexpr std::size_t kPairs = 200;
  while (lesson.others.size() < kPairs)
    if (const std::size_t patch = rng.below(asked.truth.size()); asked.truth[patch] == 0)
      lesson.others.push_back(values(patch));
  while (lesson.asked.size() < kPairs)
    if (const std::size_t patch = rng.below(asked.truth.size()); asked.truth[patch] != 0)
      lesson.asked.push_back(values(patch));
  return lesson;
}

using Parameters = std::array<double, 12>;

Gates gates_of(const Parameters& p) {
  return {.propositional = {p[0], p[1], p[2], p[3]},
          .perspectival = {p[4], p[5], p[6], p[7]},
          .participatory = {p[8], p[9], p[10], p[11]}};
}

/// Mean of log(1 + e^(−12 (asked − other))) over pairs, and .001 of the slopes' squares.
double loss_of(const Parameters& parameters, const std::vector<Lesson>& lessons) {
  constexpr double kSteep = 12, kPull = .001;
  const Gates gates = gates_of(parameters);
  double sum = 0;
  for (const Lesson& lesson : lessons) {
    const relevance::Weights w = gates.weights(lesson.inputs);
    const auto balanced = [&](const std::array<double, 3>& values) {
      return w.propositional * values[0] + w.perspectival * values[1] + w.participatory * values[2];
    };
    double of_lesson = 0;
    for (std::size_t i = 0; i < lesson.asked.size(); ++i)
      of_lesson += std::log1p(std::exp(-kSteep * (balanced(lesson.asked[i]) - balanced(lesson.others[i]))));
    sum += of_lesson / static_cast<double>(lesson.asked.size());
  }
  const double squares = std::inner_product(parameters.begin(), parameters.end(), parameters.begin(), 0.0);
  return sum / static_cast<double>(lessons.size()) + kPull * squares;
}

/// Down the slope by differences, 200 steps of Adam.
Parameters learned(const std::vector<Lesson>& lessons) {
  Parameters at{}, first{}, second{};
  at[0] = std::log(.15), at[4] = std::log(.05), at[8] = std::log(.80);
  constexpr double kRate = .1, kStep = 1e-4;
  for (int step = 1; step <= 200; ++step) {
    Parameters next = at;
    for (std::size_t i = 0; i < at.size(); ++i) {
      Parameters above = at, below = at;
      above[i] += kStep, below[i] -= kStep;
      const double slope = (loss_of(above, lessons) - loss_of(below, lessons)) / (2 * kStep);
      first[i] = .9 * first[i] + .1 * slope;
      second[i] = .999 * second[i] + .001 * slope * slope;
      next[i] -=
          kRate * (first[i] / (1 - std::pow(.9, step))) / (std::sqrt(second[i] / (1 - std::pow(.999, step))) + 1e-8);
    }
    at = next;
  }
  return at;
}

void print_row(std::string_view name, const std::vector<Asked>& all, bool narrow, scene::Kind kind, bool every,
               const std::vector<ScoreOptions>& ways) {
  fmt::print("{:24}", name);
  for (const ScoreOptions& options : ways) {
    double sum = 0, squares = 0, count = 0;
    for (const Asked& asked : all) {
      if (asked.narrow != narrow || (!every && asked.kind != kind)) continue;
      const double recall = recall_of(asked, options);
      sum += recall, squares += recall * recall, count += 1;
    }
    const double mean = sum / count;
    fmt::print("{:9.3f} ± {:.3f}", mean, std::sqrt(std::max(0.0, squares / count - mean * mean) / (count - 1)));
  }
  fmt::print("\n");
}

}  // namespace
}  // namespace errata::bench

int main(int count, char** arguments) {
  using namespace errata;
  if (count != 2 && count != 4) return fmt::print(stderr, "usage: gates_bench CACHE [FIRST SEEDS]\n"), 2;
  const std::uint64_t first = count == 4 ? std::stoull(arguments[2]) : bench::kFirstLearned + bench::kLearned;
  const std::uint64_t seeds = count == 4 ? std::stoull(arguments[3]) : 60;
  ThreadPool pool(0);
  const auto encoder = engine_nn::open_scene_encoder(arguments[1], {}, {}).value();
  std::vector<bench::Lesson> lessons;
  for (const bench::Asked& asked : bench::questions(bench::kFirstLearned, bench::kLearned, *encoder, pool))
    lessons.push_back(bench::lesson_of(asked));
  const bench::Parameters learned = bench::learned(lessons);
  fmt::print("learned on {} questions: {:.2f}\n\nrecall@273              {:>17}{:>17}{:>17}{:>17}\n", lessons.size(),
             fmt::join(learned, ", "), "fixed", "adaptive", "learned now", "as built in");
  std::vector<relevance::ScoreOptions> ways(4);
  ways[0].balance = relevance::Balance::fixed;
  ways[2].balance = ways[3].balance = relevance::Balance::learned;
  ways[2].gates = bench::gates_of(learned);
  const auto all = bench::questions(first, seeds, *encoder, pool);
  for (const bool narrow : {false, true}) {
    const std::string how = narrow ? "narrow" : "encoder";
    bench::print_row("all, " + how, all, narrow, {}, true, ways);
    for (const scene::Kind kind : relevance::kAskableKinds)
      bench::print_row(fmt::format("  {}, {}", scene::name_of(kind), how), all, narrow, kind, false, ways);
  }
}
