// Where the allocator looks because of what it learned, where it has looked before, and where the target stands.
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <set>

#include "errata/checklist/allocators.h"
#include "errata/checklist/measured.h"
#include "errata/checklist/mode_runs.h"
#include "errata/relevance/fixations.h"
#include "errata/scene/kinds.h"
#include "errata/scene/video.h"

namespace errata::checklist {
namespace {

using relevance::Allocation;

std::vector<std::uint8_t> patches_of_kind(const scene::Scene& drawn, std::string_view kind) {
  scene::Question all;
  for (std::size_t i = 0; i < drawn.things.size(); ++i)
    if (drawn.things[i].kind == kind) all.things.push_back(i);
  return scene::asked_patches(drawn, all, relevance::kPatch);
}

double share_of(const std::vector<std::uint8_t>& patches) {
  return static_cast<double>(std::ranges::count(patches, 1)) / static_cast<double>(patches.size());
}

}  // namespace

const scene::Question* question_about(const scene::Scene& scene, std::string_view kind, std::string_view colour) {
  for (const scene::Question& question : scene.questions)
    for (const std::size_t thing : question.things)
      if (!question.vague && scene.things[thing].kind == kind &&
          (colour.empty() || scene.things[thing].colour == colour))
        return &question;
  return nullptr;
}

Result<ModeResult> run_learned_bias(const Ground& ground) {
  // The document's way of training: people asked about people, so nothing taught the encoder to look elsewhere.
  ERRATA_ASSIGN(
      const auto biased,
      ground.open_encoder({.kinds = {scene::Kind::person}, .anti_salient = false, .steps = 600, .known_scenes = 0}));
  constexpr const char* kFace = "face share over area";
  constexpr const char* kSwap = "1 - IoU of swapped queries";
  Measured measured(ground.options.seeds);
  for (const Allocator& allocator : ground.compared()) {
    measured.declare(allocator.name, kFace, Gate{.limit = .10, .at_least = false});
    measured.declare(allocator.name, kSwap, Gate{.limit = .80});
  }
  return ground.run(measured, [&](std::size_t index, std::uint64_t seed, Album& album) -> Result<void> {
    // By phrasings that encoders know: of words that it does not know an encoder can have no bias.
    const scene::Scene drawn = scene::draw_scene(scene::Kind::person, {}, seed);
    const scene::Question *wall = question_about(drawn, "wall"), *face = question_about(drawn, "face");
    if (wall == nullptr || face == nullptr) return {};
    measured.describe(index, {.seed = seed, .scene = scene::name_of(scene::Kind::person)});
    const auto on_face = patches_of_kind(drawn, "face");
    const auto on_wall = scene::asked_patches(drawn, *wall, relevance::kPatch);
    for (const Allocator& allocator : ground.compared()) {
      const relevance::SceneEncoder& encoder = allocator.name == kDocument ? *biased : ground.encoder;
      const Task of_wall = make_task(drawn.picture, wall->text, encoder);
      const Task of_face = make_task(drawn.picture, face->text, encoder);
      ERRATA_ASSIGN(const auto to_wall, ground.ask(allocator, of_wall, measured, index));
      ERRATA_ASSIGN(const auto to_face, ground.ask(allocator, of_face, measured, index));
      if (!to_wall || !to_face) continue;
      measured.add(allocator.name, kFace, index, token_share(*to_wall, on_face) - share_of(on_face));
      measured.add(allocator.name, kSwap, index, 1 - overlap(*to_wall, *to_face));
      album.add(index, {.name = "wall", .picture = drawn.picture, .query = wall->text, .truth = on_wall},
                allocator.name, *to_wall);
      album.add(index, {.name = "face", .picture = drawn.picture, .query = face->text, .truth = on_face},
                allocator.name, *to_face);
    }
    return {};
  });
}

namespace {

/// Share of the visited patches that were visited for the first time.
double unique_share(const std::vector<Allocation>& fixations) {
  std::set<std::uint32_t> distinct;
  std::size_t visits = 0;
  for (const Allocation& fixation : fixations) {
    visits += fixation.positions.size();
    distinct.insert(fixation.positions.begin(), fixation.positions.end());
  }
  return static_cast<double>(distinct.size()) / static_cast<double>(std::max<std::size_t>(visits, 1));
}

/// An outsider's looks, each told what those before it funded; nothing where an answer cannot be used.
Result<std::optional<std::vector<Allocation>>> looks_of(const Allocator& outsider, Task task, const Ground& ground,
                                                        Measured& measured, std::size_t index) {
  std::vector<Allocation> looks;
  while (looks.size() < relevance::FixationOptions{}.most) {
    ERRATA_ASSIGN(auto made, ground.ask(outsider, task, measured, index));
    if (!made) return std::nullopt;
    task.examined.insert(task.examined.end(), made->positions.begin(), made->positions.end());
    looks.push_back(*std::move(made));
  }
  return looks;
}

}  // namespace

Result<ModeResult> run_fixation_loops(const Ground& ground) {
  constexpr const char* kUnique = "unique of visited";
  Measured measured(ground.options.seeds);
  for (const Allocator& allocator : ground.compared()) measured.declare(allocator.name, kUnique, Gate{.limit = .98});
  measured.declare(kDocumentsFix, kUnique, Gate{.limit = .98});
  return ground.run(measured, [&](std::size_t index, std::uint64_t seed, Album& album) -> Result<void> {
    const scene::Scene drawn = scene::draw_scene(scene::Kind::document, {.withheld_words = true}, seed);
    const scene::Question* question = question_about(drawn, "caption");
    if (question == nullptr) question = &drawn.questions.front();
    const Task task = make_task(drawn.picture, question->text, ground.encoder);
    measured.describe(index, {.seed = seed, .scene = scene::name_of(scene::Kind::document), .query = task.query});
    const Told told(task.encoded);
    const Told told_cosines(task.cosines);
    const auto truth = scene::asked_patches(drawn, *question, relevance::kPatch);
    const auto add_looks = [&](std::string_view name, const std::vector<Allocation>& looks) {
      album.add(index, {.name = "first look", .picture = drawn.picture, .truth = truth}, name, looks.front());
      album.add(index, {.name = "last look", .picture = drawn.picture, .truth = truth}, name, looks.back());
    };
    const auto fixations_of = [&](const char* name, relevance::AllocateOptions options,
                                  bool revisit) -> Result<double> {
      options.limits.total = kTotal;
      ERRATA_ASSIGN(const auto scored,
                    relevance::score_image(*task.picture, task.query, revisit ? &told_cosines : &told, nullptr, options,
                                           ground.pool));
      ERRATA_ASSIGN(auto made, relevance::fixate(scored, options, {.revisit = revisit}, nullptr));
      std::vector<Allocation> looks;
      for (relevance::Allocated& one : made) looks.push_back(std::move(one.allocation));
      add_looks(name, looks);
      return unique_share(looks);
    };
    if (const Allocator judged = ground.compared().front(); ground.outsider != nullptr) {
      ERRATA_ASSIGN(const auto looks, looks_of(judged, task, ground, measured, index));
      if (looks) {
        add_looks(judged.name, *looks);
        measured.add(judged.name, kUnique, index, unique_share(*looks));
      }
    }
    ERRATA_ASSIGN(const double ours, fixations_of(kErrata, {}, false));
    ERRATA_ASSIGN(const double documents, fixations_of(kDocument, relevance::AllocateOptions::document(), true));
    measured.add(kErrata, kUnique, index, ours);
    measured.add(kDocument, kUnique, index, documents);
    // Its fix computes penalised scores that nothing reads: the same looks again.
    measured.add(kDocumentsFix, kUnique, index, documents);
    return {};
  });
}

namespace {

/// The allocation mirrored as scene::flipped() mirrors a picture whose sides are whole patches.
Allocation mirrored(Allocation made, scene::Flip flip) {
  const relevance::PatchGrid& grid = made.grid;
  for (std::uint32_t& patch : made.positions) {
    std::size_t row = grid.row_of(patch), column = grid.column_of(patch);
    (flip == scene::Flip::horizontal ? column : row) =
        flip == scene::Flip::horizontal ? grid.columns() - 1 - column : grid.rows() - 1 - row;
    patch = static_cast<std::uint32_t>(row * grid.columns() + column);
  }
  return made;
}

}  // namespace

Result<ModeResult> run_position_bias(const Ground& ground) {
  constexpr const char* kSame = "IoU of a scene and its flip";
  constexpr const char* kSpread = "recall lost by a flip";
  Measured measured(ground.options.seeds);
  for (const Allocator& allocator : ground.compared()) {
    measured.declare(allocator.name, kSame, Gate{.limit = .70});
    measured.declare(allocator.name, kSpread, Gate{.limit = .05, .at_least = false});
  }
  return ground.run(measured, [&](std::size_t index, std::uint64_t seed, Album& album) -> Result<void> {
    const scene::Scene drawn = scene::draw_scene(scene::Kind::shapes, {.withheld_words = true}, seed);
    const auto question = std::ranges::find(drawn.questions, false, &scene::Question::vague);
    if (question == drawn.questions.end()) return {};
    const auto flip = index % 2 == 0 ? scene::Flip::horizontal : scene::Flip::vertical;
    const scene::Scene turned = scene::flipped(drawn, flip);
    const auto at_question = static_cast<std::size_t>(question - drawn.questions.begin());
    const auto truth = scene::asked_patches(drawn, *question, relevance::kPatch);
    const auto truth_turned = scene::asked_patches(turned, turned.questions[at_question], relevance::kPatch);
    measured.describe(index, {.seed = seed, .scene = scene::name_of(scene::Kind::shapes), .query = question->text});
    const Task straight = make_task(drawn.picture, question->text, ground.encoder);
    const Task other = make_task(turned.picture, question->text, ground.encoder);
    for (const Allocator& allocator : ground.compared()) {
      ERRATA_ASSIGN(const auto a, ground.ask(allocator, straight, measured, index));
      ERRATA_ASSIGN(const auto b, ground.ask(allocator, other, measured, index));
      if (!a || !b) continue;
      const Allocation back = mirrored(*b, flip);
      measured.add(allocator.name, kSame, index, overlap(*a, back));
      album.add(index, {.name = "as drawn", .picture = drawn.picture, .truth = truth}, allocator.name, *a);
      album.add(index, {.name = "mirrored", .picture = turned.picture, .truth = truth_turned}, allocator.name, *b);
      if (std::ranges::count(truth, 1) > 0)
        measured.add(allocator.name, kSpread, index, std::abs(recall(*a, truth) - recall(back, truth)));
    }
    return {};
  });
}

Result<ModeResult> run_padding(const Ground& ground) {
  constexpr const char* kOnPadding = "tokens on padding";
  constexpr const char* kKept = "recall kept";
  Measured measured(ground.options.seeds);
  for (const Allocator& allocator : ground.compared()) {
    measured.declare(allocator.name, kOnPadding, Gate{.limit = 0, .at_least = false});
    measured.declare(allocator.name, kKept, Gate{.limit = .95});
  }
  return ground.run(measured, [&](std::size_t index, std::uint64_t seed, Album& album) -> Result<void> {
    const scene::Scene drawn =
        scene::draw_scene(scene::Kind::signs, {.size = {.height = 768, .width = 1024}, .withheld_words = true}, seed);
    const auto question = std::ranges::find(drawn.questions, false, &scene::Question::vague);
    if (question == drawn.questions.end()) return {};
    const scene::Scene boxed =
        scene::letterboxed(drawn, {.top = 128, .bottom = 128, .gray = static_cast<std::uint8_t>(Rng(seed).below(256))});
    const auto truth = scene::asked_patches(drawn, *question, relevance::kPatch);
    const auto truth_boxed = scene::asked_patches(boxed, *question, relevance::kPatch);
    if (std::ranges::count(truth, 1) == 0) return {};
    measured.describe(index, {.seed = seed, .scene = scene::name_of(scene::Kind::signs), .query = question->text});
    const Task plain = make_task(drawn.picture, question->text, ground.encoder);
    const Task padded = make_task(boxed.picture, question->text, ground.encoder);
    for (const Allocator& allocator : ground.compared()) {
      ERRATA_ASSIGN(const auto a, ground.ask(allocator, plain, measured, index));
      ERRATA_ASSIGN(const auto b, ground.ask(allocator, padded, measured, index));
      if (!a || !b) continue;
      std::vector<std::uint8_t> bars(b->grid.count());
      for (std::size_t patch = 0; patch < bars.size(); ++patch)
        for (const image::Box& bar : boxed.padding)
          if (intersection(b->grid.box(patch), bar).area() == b->grid.box(patch).area()) bars[patch] = 1;
      measured.add(allocator.name, kOnPadding, index, token_share(*b, bars));
      album.add(index, {.picture = boxed.picture, .truth = truth_boxed}, allocator.name, *b);
      const double before = recall(*a, truth);
      if (before > 0) measured.add(allocator.name, kKept, index, std::min(1.0, recall(*b, truth_boxed) / before));
    }
    return {};
  });
}

scene::Scene without_truth(image::Picture picture) {
  scene::Scene bare;
  bare.picture = std::move(picture);
  return bare;
}

namespace {

constexpr std::array kAllKinds{RealKind::photo, RealKind::empty, RealKind::foreign};

/// As much of a picture as is whole patches, as a scene of which nothing is known.
scene::Scene whole_patches(const image::Picture& picture) {
  const auto whole = [](std::size_t side) { return side / relevance::kPatch * relevance::kPatch; };
  return scene::cropped(without_truth(picture), {.height = whole(picture.height), .width = whole(picture.width)});
}

/// The allocation as it stands in a picture that has rows of patches more, some of them above.
Allocation lowered(Allocation made, std::size_t rows, const relevance::PatchGrid& grid) {
  made.grid = grid;
  for (std::uint32_t& patch : made.positions) patch += static_cast<std::uint32_t>(rows * grid.columns());
  return made;
}

/// An even grid moves with the picture's edges and shows no liking for a place: told apart from the rest.
constexpr const char* kOfUneven = "IoU of those not even";

/// @param first  allocation of the picture as it is  @param same  overlap with that of the changed one
void add_same(const Allocator& allocator, const char* figure, std::size_t at, const Allocation& first, double same,
              Measured& measured) {
  measured.add(allocator.name, figure, at, same);
  if (coverage(first) < kEven) measured.add(allocator.name, kOfUneven, at, same);
}

}  // namespace

Result<OnReal> run_position_bias_on_real(const Ground& ground) {
  constexpr const char* kSame = "IoU of it and its flip";
  const auto declare = [&](Measured& measured) {
    for (const Allocator& allocator : ground.compared()) {
      measured.declare(allocator.name, kSame, Gate{.limit = .70});
      measured.declare(allocator.name, kOfUneven);
    }
  };
  return ground.on_pictures(
      kAllKinds, declare,
      [&](std::size_t at, RealKind, const image::Picture& picture, Measured& measured) -> Result<void> {
        const scene::Scene shown = whole_patches(picture);
        const scene::Scene turned = scene::flipped(shown, scene::Flip::horizontal);
        const Task straight = make_task(shown.picture, std::string(kRealQuery), ground.encoder);
        const Task other = make_task(turned.picture, std::string(kRealQuery), ground.encoder);
        for (const Allocator& allocator : ground.compared()) {
          ERRATA_ASSIGN(const auto a, ground.ask(allocator, straight, measured, at));
          ERRATA_ASSIGN(const auto b, ground.ask(allocator, other, measured, at));
          if (a && b) add_same(allocator, kSame, at, *a, overlap(*a, mirrored(*b, scene::Flip::horizontal)), measured);
        }
        return {};
      });
}

Result<OnReal> run_padding_on_real(const Ground& ground) {
  constexpr const char* kOnPadding = "tokens on padding";
  constexpr const char* kSame = "IoU with bars and without";
  constexpr std::size_t kBarRows = 8, kBar = kBarRows * relevance::kPatch;
  const auto declare = [&](Measured& measured) {
    for (const Allocator& allocator : ground.compared()) {
      measured.declare(allocator.name, kOnPadding, Gate{.limit = 0, .at_least = false});
      measured.declare(allocator.name, kSame);
      measured.declare(allocator.name, kOfUneven);
    }
  };
  return ground.on_pictures(
      kAllKinds, declare,
      [&](std::size_t at, RealKind, const image::Picture& picture, Measured& measured) -> Result<void> {
        const scene::Scene shown = whole_patches(picture);
        const scene::Scene boxed = scene::letterboxed(
            shown, {.top = kBar, .bottom = kBar, .gray = static_cast<std::uint8_t>(Rng(at).below(256))});
        const Task plain = make_task(shown.picture, std::string(kRealQuery), ground.encoder);
        const Task padded = make_task(boxed.picture, std::string(kRealQuery), ground.encoder);
        for (const Allocator& allocator : ground.compared()) {
          ERRATA_ASSIGN(const auto a, ground.ask(allocator, plain, measured, at));
          ERRATA_ASSIGN(const auto b, ground.ask(allocator, padded, measured, at));
          if (!a || !b) continue;
          std::vector<std::uint8_t> bars(b->grid.count());
          for (std::size_t patch = 0; patch < bars.size(); ++patch) {
            const std::size_t row = b->grid.row_of(patch);
            bars[patch] = row < kBarRows || row + kBarRows >= b->grid.rows() ? 1 : 0;
          }
          measured.add(allocator.name, kOnPadding, at, token_share(*b, bars));
          add_same(allocator, kSame, at, *a, overlap(lowered(*a, kBarRows, b->grid), *b), measured);
        }
        return {};
      });
}

}  // namespace errata::checklist
