#include "errata/scene/kinds.h"

#include <algorithm>
#include <cmath>

#include "errata/base/error.h"
#include "errata/scene/painter.h"
#include "errata/scene/phrasings.h"

namespace errata::scene {
namespace {

constexpr std::uint64_t kPaintStream = 1, kAskStream = 2, kWindowStream = 3;
constexpr float kFaintest = 6, kStrongest = 40;

void paint_scene(Sheet& sheet, Kind kind, float contrast, Rng rng) {
  switch (kind) {
    case Kind::magazine: {
      const auto strength = static_cast<float>(between(rng, kFaintest, kStrongest));
      const bool darker = rng.bernoulli(0.5);
      return paint_magazine(sheet, rng, contrast != 0 ? contrast : darker ? -strength : strength);
    }
    case Kind::document: return paint_document(sheet, rng);
    case Kind::shapes: return paint_shapes(sheet, rng);
    case Kind::signs: return paint_signs(sheet, rng);
    case Kind::kitchen: return paint_kitchen(sheet, rng);
    case Kind::person: return paint_person(sheet, rng);
    case Kind::photo: return paint_photo(sheet, rng);
    case Kind::pollock: return paint_pollock(sheet, rng);
    case Kind::noise: return paint_noise(sheet, rng);
    case Kind::texture: return paint_texture(sheet, rng);
    case Kind::gradient: return paint_gradient(sheet, rng);
    case Kind::blank: return paint_blank(sheet, rng);
    case Kind::xray: return paint_xray(sheet, rng);
    case Kind::ultrasound: return paint_ultrasound(sheet, rng);
    case Kind::thermal: return paint_thermal(sheet, rng);
  }
}

void ask(Scene& scene, bool withheld, Rng rng) {
  std::vector<std::string> done;
  for (const Thing& thing : scene.things) {
    const auto ways = phrasings_about(subject_of(thing.kind), withheld);
    if (ways.empty()) continue;
    const Phrasing& way = ways[rng.below(ways.size())];
    const bool by_colour = way.text.find("{colour}") != std::string_view::npos;
    std::string key = thing.kind + (by_colour ? " " + thing.colour : "");
    if (std::ranges::find(done, key) != done.end()) continue;
    done.push_back(std::move(key));
    Question question = ask_for(scene, way, thing.colour, thing.kind);
    scene.questions.push_back(std::move(question));
  }
  const auto vague = phrasings_about("", withheld);
  scene.questions.push_back({.text = std::string(vague[rng.below(vague.size())].text), .things = {}, .vague = true});
}

}  // namespace

std::string_view name_of(Kind kind) {
  constexpr std::array<std::string_view, kKinds.size()> kNames{
      "magazine", "document", "shapes",   "signs", "kitchen", "person",     "photo",  "pollock",
      "noise",    "texture",  "gradient", "blank", "xray",    "ultrasound", "thermal"};
  return kNames[static_cast<std::size_t>(kind)];
}

Question ask_for(const Scene& scene, const Phrasing& phrasing, std::string_view colour, std::string_view kind) {
  const bool by_colour = phrasing.text.find("{colour}") != std::string_view::npos;
  Question question{.text = filled(phrasing, colour, kind)};
  bool has_face = false;
  for (std::size_t i = 0; i < scene.things.size(); ++i) {
    const Thing& thing = scene.things[i];
    has_face = has_face || thing.kind == "face";
    const bool meant = thing.kind == kind && (!by_colour || thing.colour == colour);
    if (meant || (kind == "person" && thing.kind == "face")) question.things.push_back(i);
  }
  question.anti_salient = has_face && kind != "face" && kind != "person";
  return question;
}

bool is_void(Kind kind) { return kind >= Kind::pollock && kind <= Kind::blank; }
bool is_modality(Kind kind) { return kind >= Kind::xray; }

Scene draw_scene(Kind kind, const DrawOptions& options, std::uint64_t seed) {
  return draw_window(kind, options, options.size, seed);
}

Scene draw_window(Kind kind, const DrawOptions& options, const Size& window, std::uint64_t seed) {
  const Size& size = options.size;
  ERRATA_CHECK(size.height >= 16 && size.width >= 16 && window.height <= size.height && window.width <= size.width);
  const Rng seeds = Rng(seed).fork(static_cast<std::uint64_t>(kind));
  Area area{.top = 0, .left = 0, .height = static_cast<int>(window.height), .width = static_cast<int>(window.width)};
  if (window != size) {
    Sheet plan({.scene = size, .window = {}});
    paint_scene(plan, kind, options.contrast, seeds.fork(kPaintStream));
    Rng rng = seeds.fork(kWindowStream);
    Spot middle{between(rng, 0, plan.height()), between(rng, 0, plan.width())};
    if (!plan.extents().empty()) {
      const Area& thing = plan.extents()[rng.below(plan.extents().size())];
      middle = {thing.top + between(rng, 0, thing.height), thing.left + between(rng, 0, thing.width)};
    }
    const auto start = [](double at, int length, int whole) {
      return std::clamp(static_cast<int>(at) - length / 2, 0, whole - length);
    };
    area.top = start(middle.y, area.height, plan.height());
    area.left = start(middle.x, area.width, plan.width());
  }
  Sheet sheet({.scene = size, .window = area});
  paint_scene(sheet, kind, options.contrast, seeds.fork(kPaintStream));
  Scene scene = sheet.finish();
  ask(scene, options.withheld_words, seeds.fork(kAskStream));
  return scene;
}

}  // namespace errata::scene
