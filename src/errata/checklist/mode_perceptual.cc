#include <algorithm>
#include <array>
#include <cmath>

#include "errata/checklist/allocators.h"
#include "errata/checklist/measured.h"
#include "errata/checklist/mode_runs.h"
#include "errata/scene/kinds.h"

namespace errata::checklist {
namespace {

using relevance::Allocation;
using scene::Kind;

constexpr const char* kRecall = "recall@273";
constexpr const char* kRedShare = "red share";

std::vector<Allocator> with_others(std::vector<Allocator> allocators) {
  for (Allocator& other : other_allocators()) allocators.push_back(std::move(other));
  return allocators;
}

/// Patches of the box that draws the eye.
std::vector<std::uint8_t> red_patches(const scene::Scene& drawn) {
  scene::Question box;
  for (std::size_t i = 0; i < drawn.things.size(); ++i)
    if (drawn.things[i].kind == "box" && drawn.things[i].colour == "red") box.things.push_back(i);
  return scene::asked_patches(drawn, box, relevance::kPatch);
}

}  // namespace

std::vector<float> narrow_cosines(const scene::Scene& drawn, const std::vector<std::uint8_t>& truth,
                                  std::uint64_t seed) {
  scene::Question writing;
  for (std::size_t i = 0; i < drawn.things.size(); ++i)
    if (!drawn.things[i].lines.empty()) writing.things.push_back(i);
  const auto written = scene::asked_patches(drawn, writing, relevance::kPatch);
  std::vector<float> cosines(truth.size());
  Rng rng(seed);
  for (std::size_t patch = 0; patch < truth.size(); ++patch)
    cosines[patch] = static_cast<float>((truth[patch] != 0     ? .28
                                         : written[patch] != 0 ? .25
                                                               : .20) +
                                        .02 * rng.normal());
  return cosines;
}

Result<void> add_both(std::size_t at, const Task& task, ThreadPool& pool, Album& album) {
  for (const Allocator& allocator : {errata_allocator(), document_allocator()}) {
    ERRATA_ASSIGN(const Allocation made, allocator.allocate(task, pool));
    album.add(at, {.picture = *task.picture, .truth = {}}, allocator.name, made);
  }
  return {};
}

Result<ModeResult> run_camouflaged_text(const Ground& ground) {
  constexpr const char* kNarrowRecall = "narrow: recall";
  constexpr const char* kNarrowRed = "narrow: red";
  const auto allocators = with_others({errata_allocator(), document_allocator(), documents_reweighting()});
  Measured measured(ground.options.seeds);
  for (const Allocator& allocator : allocators)
    for (const bool narrow : {false, true}) {
      if (narrow && !allocator.by_query) continue;  // the same again
      measured.declare(allocator.name, narrow ? kNarrowRecall : kRecall, Gate{.limit = .85});
      measured.declare(allocator.name, narrow ? kNarrowRed : kRedShare, Gate{.limit = .35, .at_least = false});
    }
  return ground.run(measured, [&](std::size_t index, std::uint64_t seed, Album& album) -> Result<void> {
    const scene::Scene drawn = scene::draw_scene(Kind::magazine, {.withheld_words = true}, seed);
    const scene::Question* question = question_about(drawn, "text", "gray");
    if (question == nullptr) return {};
    const auto truth = scene::asked_patches(drawn, *question, relevance::kPatch), red = red_patches(drawn);
    measured.describe(index, {.seed = seed, .scene = scene::name_of(Kind::magazine), .query = question->text});
    Task task = make_task(drawn.picture, question->text, ground.encoder);
    for (const bool narrow : {false, true}) {
      if (narrow) task.encoded.relevance = task.cosines.relevance = narrow_cosines(drawn, truth, seed);
      for (const Allocator& allocator : allocators) {
        if (narrow && !allocator.by_query) continue;
        ERRATA_ASSIGN(const Allocation made, allocator.allocate(task, ground.pool));
        measured.add(allocator.name, narrow ? kNarrowRecall : kRecall, index, recall(made, truth));
        measured.add(allocator.name, narrow ? kNarrowRed : kRedShare, index, token_share(made, red));
        if (allocator.name == kErrata || allocator.name == kDocument)
          album.add(index,
                    {.name = narrow ? "narrow cosines" : "encoder of scenes", .picture = drawn.picture, .truth = truth},
                    allocator.name, made);
      }
    }
    return {};
  });
}

namespace {

/// What the document's fix would do: by the mean semantic structure that it leaves open, taken as the share of the
/// image's edges that its strongest tenth of patches holds.
relevance::Strategy documents_strategy(const relevance::Scored& scored) {
  std::vector<float> edges = scored.stack.edges;
  std::ranges::sort(edges, std::greater{});
  double strongest = 0, all = 0;
  for (std::size_t i = 0; i < edges.size(); ++i) {
    all += edges[i];
    if (i < edges.size() / 10) strongest += edges[i];
  }
  const double structure = all > 0 ? strongest / all : 0;
  return structure > .7   ? relevance::Strategy::cluster
         : structure < .3 ? relevance::Strategy::grid_diverse
                          : relevance::Strategy::focused;
}

bool spreads(relevance::Strategy strategy) {
  return strategy == relevance::Strategy::grid_diverse || strategy == relevance::Strategy::uniform;
}

}  // namespace

Result<ModeResult> run_semantic_void(const Ground& ground) {
  constexpr const char* kRight = "spread over voids";
  constexpr const char* kFalse = "spread over scenes";
  Measured measured(2 * ground.options.seeds);
  for (const char* name : {kErrata, kDocument, kDocumentsFix}) {
    measured.declare(name, kRight, Gate{.limit = .95});
    measured.declare(name, kFalse, Gate{.limit = .05, .at_least = false});
  }
  constexpr std::array kVoids{Kind::pollock, Kind::noise, Kind::texture, Kind::gradient, Kind::blank};
  constexpr std::array kScenes{Kind::magazine, Kind::document, Kind::shapes, Kind::signs,
                               Kind::kitchen,  Kind::person,   Kind::photo};
  return ground.run(measured, [&](std::size_t index, std::uint64_t seed, Album& album) -> Result<void> {
    for (const bool is_void : {true, false}) {
      const Kind kind = is_void ? kVoids[index % kVoids.size()] : kScenes[index % kScenes.size()];
      const scene::Scene drawn = scene::draw_scene(kind, {.withheld_words = true}, seed);
      // A void has nothing to ask for, so it is asked about the subject that a person would look for.
      const auto specific = std::ranges::find_if(drawn.questions, [](const auto& question) { return !question.vague; });
      const std::string query = is_void || specific == drawn.questions.end() ? "where is the dog" : specific->text;
      const Task task = make_task(drawn.picture, query, ground.encoder);
      const Told told(task.encoded);
      ERRATA_ASSIGN(const relevance::Scored scored,
                    relevance::score_image(*task.picture, query, &told, nullptr, {}, ground.pool));
      const auto ours = relevance::allocate_scored(scored, {}, {}).selection.strategy;
      const char* figure = is_void ? kRight : kFalse;
      const std::size_t at = index * 2 + (is_void ? 0 : 1);
      measured.describe(at, {.seed = seed, .scene = scene::name_of(kind), .query = query});
      measured.add(kErrata, figure, at, spreads(ours) ? 1 : 0);
      measured.add(kDocument, figure, at, 0);  // it has one strategy
      measured.add(kDocumentsFix, figure, at, spreads(documents_strategy(scored)) ? 1 : 0);
      if (album.wants(at)) ERRATA_TRY(add_both(at, task, ground.pool, album));
    }
    return {};
  });
}

}  // namespace errata::checklist
