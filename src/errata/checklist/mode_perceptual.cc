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
constexpr const char* kSpreadOverVoids = "spread over voids";
constexpr const char* kSpreadOverScenes = "spread over scenes";
constexpr const char* kSpreadOverPhotos = "spread over photos";
constexpr const char* kCalledVoid = "photos called void";
constexpr const char* kCoverageOfVoids = "coverage of voids";
constexpr const char* kEvenOverPhotos = "even over photos";

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

Result<void> add_compared(std::size_t at, const Task& task, const Ground& ground, Album& album) {
  for (const Allocator& allocator : ground.compared()) {
    ERRATA_ASSIGN(const Answer made, ground.ask(allocator, task));
    if (made) album.add(at, {.picture = *task.picture, .truth = {}}, allocator.name, *made);
  }
  return {};
}

Result<ModeResult> run_camouflaged_text(const Ground& ground) {
  constexpr const char* kNarrowRecall = "narrow: recall";
  constexpr const char* kNarrowRed = "narrow: red";
  const std::vector<Allocator> compared = ground.compared();
  std::vector<Allocator> allocators = compared;
  allocators.push_back(documents_reweighting());
  for (Allocator& other : other_allocators()) allocators.push_back(std::move(other));
  // Without what an encoder says it would be the same again, and an outsider has an encoder of its own.
  const auto asks_narrow = [&](const Allocator& allocator) {
    return ground.outsider == nullptr && allocator.by_encoder;
  };
  Measured measured(ground.options.seeds);
  for (const Allocator& allocator : allocators)
    for (const bool narrow : {false, true}) {
      if (narrow && !asks_narrow(allocator)) continue;
      measured.declare(allocator.name, narrow ? kNarrowRecall : kRecall, Gate{.limit = .85});
      measured.declare(allocator.name, narrow ? kNarrowRed : kRedShare, Gate{.limit = .35, .at_least = false});
    }
  if (ground.outsider != nullptr)
    for (const char* figure : {kNarrowRecall, kNarrowRed}) measured.leave_out(figure);
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
        if (narrow && !asks_narrow(allocator)) continue;
        ERRATA_ASSIGN(const auto made, ground.ask(allocator, task, measured, index));
        if (!made) continue;
        measured.add(allocator.name, narrow ? kNarrowRecall : kRecall, index, recall(*made, truth));
        measured.add(allocator.name, narrow ? kNarrowRed : kRedShare, index, token_share(*made, red));
        if (std::ranges::find(compared, allocator.name, &Allocator::name) != compared.end())
          album.add(index,
                    {.name = narrow ? "narrow cosines" : "encoder of scenes", .picture = drawn.picture, .truth = truth},
                    allocator.name, *made);
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

namespace {

/// A picture with or without a subject, and a query. Two cases a seed, the void first.
struct VoidOrScene {
  Kind kind{};
  scene::Scene drawn;
  std::string query;
};
VoidOrScene void_or_scene(bool is_void, std::size_t index, std::uint64_t seed) {
  constexpr std::array kVoids{Kind::pollock, Kind::noise, Kind::texture, Kind::gradient, Kind::blank};
  constexpr std::array kScenes{Kind::magazine, Kind::document, Kind::shapes, Kind::signs,
                               Kind::kitchen,  Kind::person,   Kind::photo};
  const Kind kind = is_void ? kVoids[index % kVoids.size()] : kScenes[index % kScenes.size()];
  VoidOrScene made{.kind = kind, .drawn = scene::draw_scene(kind, {.withheld_words = true}, seed), .query = {}};
  // A void has nothing to ask for, so it is asked about the subject that a person would look for.
  const auto specific = std::ranges::find(made.drawn.questions, false, &scene::Question::vague);
  made.query = is_void || specific == made.drawn.questions.end() ? "where is the dog" : specific->text;
  return made;
}

/// Of an outsider's strategy only the allocation is seen.
Result<ModeResult> void_by_allocations(const Ground& ground) {
  constexpr const char* kEvenScenes = "even over scenes";
  Measured measured(2 * ground.options.seeds);
  for (const Allocator& allocator : ground.compared()) {
    measured.declare(allocator.name, kCoverageOfVoids, Gate{.limit = kEven});
    measured.declare(allocator.name, kEvenScenes, Gate{.limit = .05, .at_least = false});
  }
  for (const char* figure : {kSpreadOverVoids, kSpreadOverScenes}) measured.leave_out(figure);
  return ground.run(measured, [&](std::size_t index, std::uint64_t seed, Album& album) -> Result<void> {
    for (const bool is_void : {true, false}) {
      const auto [kind, drawn, query] = void_or_scene(is_void, index, seed);
      const Task task = make_task(drawn.picture, query, ground.encoder);
      const std::size_t at = index * 2 + (is_void ? 0 : 1);
      measured.describe(at, {.seed = seed, .scene = scene::name_of(kind), .query = query});
      for (const Allocator& allocator : ground.compared()) {
        ERRATA_ASSIGN(const auto made, ground.ask(allocator, task, measured, at));
        if (!made) continue;
        const double covered = coverage(*made);
        measured.add(allocator.name, is_void ? kCoverageOfVoids : kEvenScenes, at,
                     is_void            ? covered
                     : covered >= kEven ? 1
                                        : 0);
        album.add(at, {.picture = drawn.picture, .truth = {}}, allocator.name, *made);
      }
    }
    return {};
  });
}

}  // namespace

Result<ModeResult> run_semantic_void(const Ground& ground) {
  if (ground.outsider != nullptr) return void_by_allocations(ground);
  Measured measured(2 * ground.options.seeds);
  for (const char* name : {kErrata, kDocument, kDocumentsFix}) {
    measured.declare(name, kSpreadOverVoids, Gate{.limit = .95});
    measured.declare(name, kSpreadOverScenes, Gate{.limit = .05, .at_least = false});
  }
  return ground.run(measured, [&](std::size_t index, std::uint64_t seed, Album& album) -> Result<void> {
    for (const bool is_void : {true, false}) {
      const auto [kind, drawn, query] = void_or_scene(is_void, index, seed);
      const Task task = make_task(drawn.picture, query, ground.encoder);
      const Told told(task.encoded);
      ERRATA_ASSIGN(const relevance::Scored scored,
                    relevance::score_image(*task.picture, query, &told, nullptr, {}, ground.pool));
      const auto ours = relevance::allocate_scored(scored, {}, {}).selection.strategy;
      const char* figure = is_void ? kSpreadOverVoids : kSpreadOverScenes;
      const std::size_t at = index * 2 + (is_void ? 0 : 1);
      measured.describe(at, {.seed = seed, .scene = scene::name_of(kind), .query = query});
      measured.add(kErrata, figure, at, spreads(ours) ? 1 : 0);
      measured.add(kDocument, figure, at, 0);  // it has one strategy
      measured.add(kDocumentsFix, figure, at, spreads(documents_strategy(scored)) ? 1 : 0);
      if (album.wants(at)) ERRATA_TRY(add_compared(at, task, ground, album));
    }
    return {};
  });
}

namespace {

/// By strategies of Errata's, the document's and its fix.
Result<void> add_strategies(const Ground& ground, std::size_t at, RealKind kind, const Task& task, Measured& measured) {
  const Told told(task.encoded);
  ERRATA_ASSIGN(const relevance::Scored scored,
                relevance::score_image(*task.picture, task.query, &told, nullptr, {}, ground.pool));
  const auto ours = relevance::allocate_scored(scored, {}, {}).selection.strategy;
  for (const auto& [name, strategy] : {std::pair{kErrata, ours},
                                       {kDocument, relevance::Strategy::focused},
                                       {kDocumentsFix, documents_strategy(scored)}}) {
    measured.add(name, kind == RealKind::photo ? kSpreadOverPhotos : kSpreadOverVoids, at, spreads(strategy) ? 1 : 0);
    if (kind == RealKind::photo)
      measured.add(name, kCalledVoid, at, strategy == relevance::Strategy::grid_diverse ? 1 : 0);
  }
  return {};
}

}  // namespace

Result<OnReal> run_semantic_void_on_real(const Ground& ground) {
  constexpr std::array kKinds{RealKind::photo, RealKind::empty};
  constexpr Gate kVoids{.limit = .95}, kPhotos{.limit = .05, .at_least = false};
  const auto declare = [&](Measured& measured) {
    if (ground.outsider != nullptr) {
      for (const Allocator& allocator : ground.compared()) {
        measured.declare(allocator.name, kEvenOverPhotos, kPhotos);
        measured.declare(allocator.name, kCoverageOfVoids, kVoids);
      }
      return;
    }
    for (const char* name : {kErrata, kDocument, kDocumentsFix}) {
      measured.declare(name, kSpreadOverPhotos, kPhotos);
      measured.declare(name, kCalledVoid);
      measured.declare(name, kSpreadOverVoids, kVoids);
    }
  };
  return ground.on_pictures(
      kKinds, declare,
      [&](std::size_t at, RealKind kind, const image::Picture& picture, Measured& measured) -> Result<void> {
        const Task task = make_task(picture, std::string(kRealQuery), ground.encoder);
        if (ground.outsider == nullptr) return add_strategies(ground, at, kind, task, measured);
        for (const Allocator& allocator : ground.compared()) {
          ERRATA_ASSIGN(const auto made, ground.ask(allocator, task, measured, at));
          if (!made) continue;
          const double covered = coverage(*made);
          const bool photo = kind == RealKind::photo;
          measured.add(allocator.name, photo ? kEvenOverPhotos : kCoverageOfVoids, at,
                       photo ? (covered >= kEven ? 1 : 0) : covered);
        }
        return {};
      });
}

}  // namespace errata::checklist
