// Pictures of kinds that no training had: are they noticed, are known ones left alone, are empty ones told apart from
// both, and where does the budget go then.
#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <iterator>
#include <utility>

#include "errata/base/limits.h"
#include "errata/checklist/allocators.h"
#include "errata/checklist/measured.h"
#include "errata/checklist/mode_runs.h"
#include "errata/scene/kinds.h"

namespace errata::checklist {
namespace {

using relevance::Strategy;
using scene::Kind;

/// What a picture is to an encoder of scenes.
enum class Group : std::uint8_t { known, empty, foreign, withheld };
constexpr std::size_t kGroups = 4;

/// Kinds that stand for each group. Features and limits were chosen with the foreign ones in sight, and nothing with
/// the withheld one.
constexpr std::array kKnown{Kind::magazine, Kind::document, Kind::shapes, Kind::signs, Kind::kitchen, Kind::person};
constexpr std::array kEmpty{Kind::pollock, Kind::noise, Kind::texture, Kind::gradient, Kind::blank};
constexpr std::array kForeign{Kind::xray, Kind::ultrasound};

/// Every other known picture is a photo, from which pictures of other machines should be told.
Kind kind_of(Group group, std::size_t index) {
  switch (group) {
    case Group::known: return index % 2 == 0 ? Kind::photo : kKnown[index / 2 % kKnown.size()];
    case Group::empty: return kEmpty[index % kEmpty.size()];
    case Group::foreign: return kForeign[index % kForeign.size()];
    case Group::withheld: break;
  }
  return Kind::thermal;
}

/// What an allocator says of a picture, and what it does.
struct Judged {
  double unlike = 0;  ///< of any scale, larger: more unlike
  double entropy = 0;
  Strategy strategy{};
};

Judged judged(double unlike, const relevance::Allocated& made) {
  return {.unlike = unlike, .entropy = coverage(made.allocation), .strategy = made.selection.strategy};
}

/// Errata's, and what its scorers' disagreement alone would say.
Result<std::array<Judged, 2>> judged_by_errata(const Task& task, ThreadPool& pool) {
  const relevance::AllocateOptions options = with_budget({});
  const Told told(task.encoded);
  ERRATA_ASSIGN(const relevance::Scored scored,
                relevance::score_image(*task.picture, task.query, &told, nullptr, options, pool));
  return std::array{judged(scored.unlike.value_or(0), relevance::allocate_scored(scored, {}, options)),
                    Judged{.unlike = -scored.scores.agreement}};
}

double variance_of(const std::vector<float>& values) {
  double mean = 0, square = 0;
  for (const float value : values) mean += value / static_cast<double>(values.size());
  for (const float value : values) square += (value - mean) * (value - mean) / static_cast<double>(values.size());
  return square;
}

/// The document's, and its fix: where the raw scores of all three scorers hardly vary, a uniform grid. The threshold is
/// left open; this one parts the kinds of seeds 1,000 to 1,023 best.
Result<std::array<Judged, 2>> judged_by_document(const Task& task, ThreadPool& pool) {
  constexpr double kLowVariance = .0535;
  relevance::AllocateOptions options = with_budget(relevance::AllocateOptions::document());
  const Told told(task.cosines);
  ERRATA_ASSIGN(const relevance::Scored scored,
                relevance::score_image(*task.picture, task.query, &told, nullptr, options, pool));
  const double variance = variance_of(scored.scores.propositional) + variance_of(scored.scores.perspectival) +
                          variance_of(scored.scores.participatory);
  const Judged plain = judged(0, relevance::allocate_scored(scored, {}, options));
  if (variance < kLowVariance) options.strategy = Strategy::uniform;
  return std::array{plain, judged(-variance, relevance::allocate_scored(scored, {}, options))};
}

constexpr const char* kDisagreement = "disagreement";
constexpr std::array kJudges{kErrata, kDocument, kDocumentsFix, kDisagreement};
constexpr std::size_t kAllocating = 3;  ///< of them; the last one only scores
/// [judge][group][seed]
using Judgements = std::array<std::array<std::vector<Judged>, kGroups>, kJudges.size()>;

/// A question that encoders understand: about the picture where it has something to ask for, else about a photo.
std::string question_for(const scene::Scene& drawn, std::uint64_t seed) {
  constexpr std::size_t kSmall = 128;
  const auto specific = [](const scene::Scene& of) {
    return std::ranges::find(of.questions, false, &scene::Question::vague);
  };
  if (const auto own = specific(drawn); own != drawn.questions.end()) return own->text;
  const scene::Scene other =
      scene::draw_scene(Kind::photo, {.size = {.height = kSmall, .width = kSmall}, .withheld_words = true}, seed);
  const auto found = specific(other);
  return found != other.questions.end() ? found->text : "where is the ball";
}

scene::Scene drawn_of(Kind kind, std::uint64_t seed) { return scene::draw_scene(kind, {.withheld_words = true}, seed); }

std::size_t case_at(std::size_t index, std::size_t group) { return index * kGroups + group; }

/// Describes the cases as well.
Result<Judgements> judge_all(const Ground& ground, Measured& measured) {
  Judgements judgements;
  for (auto& of_judge : judgements)
    for (auto& of_group : of_judge) of_group.resize(ground.options.seeds);
  ERRATA_TRY(ground.for_each_seed([&](std::size_t index, std::uint64_t seed) -> Result<void> {
    for (std::size_t group = 0; group < kGroups; ++group) {
      const Kind kind = kind_of(static_cast<Group>(group), index);
      const scene::Scene drawn = drawn_of(kind, seed);
      const Task task = make_task(drawn.picture, question_for(drawn, seed), ground.encoder);
      measured.describe(case_at(index, group), {.seed = seed, .scene = scene::name_of(kind), .query = task.query});
      ERRATA_ASSIGN(const auto ours, judged_by_errata(task, ground.pool));
      ERRATA_ASSIGN(const auto documents, judged_by_document(task, ground.pool));
      const std::array all{ours[0], documents[0], documents[1], ours[1]};
      for (std::size_t judge = 0; judge < all.size(); ++judge) judgements[judge][group][index] = all[judge];
    }
    return {};
  }));
  return judgements;
}

using OfGroups = std::array<std::vector<Judged>, kGroups>;

std::vector<double> unlike_of(const OfGroups& judged, std::initializer_list<Group> groups) {
  std::vector<double> scores;
  for (const Group group : groups)
    for (const Judged& one : judged[static_cast<std::size_t>(group)]) scores.push_back(one.unlike);
  return scores;
}

constexpr const char* kArea = "AUROC";
constexpr const char* kFalseShare = "FPR at 95% TPR";
constexpr const char* kWithheldArea = "AUROC, withheld kind";

/// How well what a judge calls unlike parts foreign pictures from known ones.
std::vector<Figure> ranking_figures(const OfGroups& judged, const ThreadPool& pool) {
  constexpr Gate kAreas{.limit = .95}, kShares{.limit = .15, .at_least = false};
  const Scores all{.found = unlike_of(judged, {Group::foreign, Group::withheld}),
                   .left = unlike_of(judged, {Group::known})};
  const Scores withheld{.found = unlike_of(judged, {Group::withheld}), .left = all.left};
  return {area_figure(kArea, all, kAreas), false_share_figure(kFalseShare, all, kShares, pool),
          area_figure(kWithheldArea, withheld, kAreas)};
}

constexpr const char* kEntropy = "fallback entropy";
constexpr const char* kFalseFallbacks = "false fallbacks";
constexpr const char* kTold = "told from voids";

/// Where a judge sends budgets. A case is a picture of a group.
void measure_fallbacks(const Judgements& judgements, std::size_t judge, Measured& measured) {
  const char* name = kJudges[judge];
  measured.declare(name, kEntropy, Gate{.limit = .95});
  measured.declare(name, kFalseFallbacks, Gate{.limit = .05, .at_least = false});
  measured.declare(name, kTold, Gate{.limit = .95});
  const OfGroups& groups = judgements[judge];
  for (std::size_t group = 0; group < kGroups; ++group)
    for (std::size_t i = 0; i < groups[group].size(); ++i) {
      const Judged& one = groups[group][i];
      const std::size_t at = case_at(i, group);
      const bool even = one.strategy == Strategy::uniform;
      if (group == static_cast<std::size_t>(Group::known)) {
        measured.add(name, kFalseFallbacks, at, even ? 1 : 0);
      } else if (group == static_cast<std::size_t>(Group::empty)) {
        measured.add(name, kTold, at, one.strategy == Strategy::grid_diverse ? 1 : 0);
      } else {
        measured.add(name, kEntropy, at, one.entropy);
        measured.add(name, kTold, at, even ? 1 : 0);
      }
    }
}

/// The ranking's figures are of all cases at once.
void add_rankings(const Judgements& judgements, const ThreadPool& pool, ModeResult& result) {
  result.contenders.push_back({.name = kDisagreement, .figures = {}});
  for (std::size_t judge = 0; judge < kJudges.size(); ++judge)
    for (Figure& figure : ranking_figures(judgements[judge], pool)) {
      figure.values.assign(result.cases.size(), kNaN);
      result.contenders[judge].figures.push_back(std::move(figure));
    }
}

/// Of an outsider only the allocation is seen: not what it calls unlike, nor which strategy it takes.
Result<ModeResult> distribution_by_allocations(const Ground& ground) {
  constexpr const char* kEvenKnown = "even over known";
  Measured measured(kGroups * ground.options.seeds);
  for (const Allocator& allocator : ground.compared()) {
    measured.declare(allocator.name, kEntropy, Gate{.limit = kEven});
    measured.declare(allocator.name, kEvenKnown, Gate{.limit = .05, .at_least = false});
  }
  for (const char* figure : {kArea, kFalseShare, kWithheldArea, kFalseFallbacks, kTold}) measured.leave_out(figure);
  return ground.run(measured, [&](std::size_t index, std::uint64_t seed, Album& album) -> Result<void> {
    for (const Group group : {Group::known, Group::foreign, Group::withheld}) {
      const Kind kind = kind_of(group, index);
      const scene::Scene drawn = drawn_of(kind, seed);
      const Task task = make_task(drawn.picture, question_for(drawn, seed), ground.encoder);
      const std::size_t at = case_at(index, static_cast<std::size_t>(group));
      measured.describe(at, {.seed = seed, .scene = scene::name_of(kind), .query = task.query});
      for (const Allocator& allocator : ground.compared()) {
        ERRATA_ASSIGN(const auto made, ground.ask(allocator, task, measured, at));
        if (!made) continue;
        const double covered = coverage(*made);
        if (group == Group::known) {
          measured.add(allocator.name, kEvenKnown, at, covered >= kEven ? 1 : 0);
        } else {
          measured.add(allocator.name, kEntropy, at, covered);
        }
        album.add(at, {.picture = drawn.picture, .truth = {}}, allocator.name, *made);
      }
    }
    return {};
  });
}

}  // namespace

Result<ModeResult> run_out_of_distribution(const Ground& ground) {
  if (ground.outsider != nullptr) return distribution_by_allocations(ground);
  Measured measured(kGroups * ground.options.seeds);
  ERRATA_ASSIGN(const Judgements judgements, judge_all(ground, measured));
  for (std::size_t judge = 0; judge < kAllocating; ++judge) measure_fallbacks(judgements, judge, measured);
  ERRATA_ASSIGN(ModeResult result,
                ground.result(measured, [&](std::size_t index, std::uint64_t seed, Album& album) -> Result<void> {
                  for (std::size_t group = 0; group < kGroups; ++group) {
                    const std::size_t at = case_at(index, group);
                    if (!album.wants(at)) continue;
                    const scene::Scene drawn = drawn_of(kind_of(static_cast<Group>(group), index), seed);
                    const Task task = make_task(drawn.picture, question_for(drawn, seed), ground.encoder);
                    ERRATA_TRY(add_compared(at, task, ground, album));
                  }
                  return {};
                }));
  add_rankings(judgements, ground.pool, result);
  return result;
}

namespace {

constexpr const char* kEvenPhotos = "even over photos";
constexpr const char* kUnlikePhotos = "unlike, photos";
constexpr const char* kUnlikeForeign = "unlike, foreign";

/// Of Errata's, the document's and its fix.
Result<void> add_judgements(const Ground& ground, std::size_t at, RealKind kind, const Task& task, Measured& measured) {
  ERRATA_ASSIGN(const auto ours, judged_by_errata(task, ground.pool));
  ERRATA_ASSIGN(const auto documents, judged_by_document(task, ground.pool));
  const bool photo = kind == RealKind::photo;
  for (const auto& [name, judged] :
       {std::pair{kErrata, ours[0]}, {kDocument, documents[0]}, {kDocumentsFix, documents[1]}}) {
    if (photo)
      measured.add(name, kFalseFallbacks, at, judged.strategy == Strategy::uniform ? 1 : 0);
    else
      measured.add(name, kEntropy, at, judged.entropy);
  }
  measured.add(kErrata, photo ? kUnlikePhotos : kUnlikeForeign, at, ours[0].unlike);
  return {};
}

/// How well Errata's parts the two, over all pictures at once.
void add_real_area(OnReal& told) {
  Contender& ours = told.contenders.front();
  const auto known = [&](const char* name) {
    const auto figure = std::ranges::find(ours.figures, name, &Figure::name);
    std::vector<double> values = figure->values;
    std::erase_if(values, [](double value) { return std::isnan(value); });
    return values;
  };
  Figure area = area_figure(kArea, {.found = known(kUnlikeForeign), .left = known(kUnlikePhotos)}, Gate{.limit = .95});
  area.values.assign(told.cases.size(), kNaN);
  ours.figures.push_back(std::move(area));
}

}  // namespace

Result<OnReal> run_out_of_distribution_on_real(const Ground& ground) {
  constexpr std::array kKinds{RealKind::photo, RealKind::foreign};
  constexpr Gate kEntropies{.limit = kEven}, kShares{.limit = .05, .at_least = false};
  const bool by_allocations = ground.outsider != nullptr;
  const auto declare = [&](Measured& measured) {
    std::vector<std::string> names;
    for (const Allocator& allocator : ground.compared()) names.push_back(allocator.name);
    if (!by_allocations) names.emplace_back(kDocumentsFix);
    for (const std::string& name : names) {
      measured.declare(name, by_allocations ? kEvenPhotos : kFalseFallbacks, kShares);
      measured.declare(name, kEntropy, kEntropies);
    }
    if (by_allocations) return;
    for (const char* figure : {kUnlikePhotos, kUnlikeForeign}) measured.declare(kErrata, figure);
  };
  ERRATA_ASSIGN(OnReal told,
                ground.on_pictures(kKinds, declare,
                                   [&](std::size_t at, RealKind kind, const image::Picture& picture,
                                       Measured& measured) -> Result<void> {
                                     const Task task = make_task(picture, std::string(kRealQuery), ground.encoder);
                                     if (!by_allocations) return add_judgements(ground, at, kind, task, measured);
                                     for (const Allocator& allocator : ground.compared()) {
                                       ERRATA_ASSIGN(const auto made, ground.ask(allocator, task, measured, at));
                                       if (!made) continue;
                                       const double covered = coverage(*made);
                                       const bool photo = kind == RealKind::photo;
                                       measured.add(allocator.name, photo ? kEvenPhotos : kEntropy, at,
                                                    photo ? (covered >= kEven ? 1 : 0) : covered);
                                     }
                                     return {};
                                   }));
  if (!by_allocations && !told.cases.empty()) add_real_area(told);
  return told;
}

}  // namespace errata::checklist
