#include "errata/scene/video.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "errata/base/error.h"
#include "errata/scene/sheet.h"

namespace errata::scene {
namespace {

Scene draw_world(Kind kind, Size size, std::uint64_t seed) { return draw_scene(kind, {.size = size}, seed); }

Size world_size(const VideoOptions& options) {
  if (options.motion != Motion::pan) return options.size;
  const std::size_t steps = options.frames - 1;
  return {.height = options.size.height + steps * static_cast<std::size_t>(std::abs(options.pan_down)),
          .width = options.size.width + steps * static_cast<std::size_t>(std::abs(options.pan_right))};
}

/// A scene of which some was left behind.
struct Moved {
  Scene scene;
  std::vector<std::size_t> things;  ///< which of the old ones its things are
};

/// Takes the boxes and masks of things through a change of places. @param from  (y, x) of the new picture -> pixel of
/// the old one
template <typename From>
Moved moved(const Scene& scene, const Size& size, From from) {
  Moved all;
  Scene& result = all.scene;
  result.picture = {.height = size.height, .width = size.width, .channels = 3, .bytes = {}};
  std::vector<std::size_t> number(scene.things.size(), SIZE_MAX);
  for (std::size_t i = 0; i < scene.things.size(); ++i) {
    const Thing& thing = scene.things[i];
    std::vector<std::uint8_t> own(size.height * size.width);
    std::size_t top = SIZE_MAX, bottom = 0, left = SIZE_MAX, right = 0;
    for (std::size_t y = 0; y < size.height; ++y)
      for (std::size_t x = 0; x < size.width; ++x) {
        const auto [old_y, old_x] = from(y, x);
        if (!thing.holds(old_y, old_x)) continue;
        own[y * size.width + x] = 1;
        top = std::min(top, y);
        bottom = std::max(bottom, y + 1);
        left = std::min(left, x);
        right = std::max(right, x + 1);
      }
    if (bottom == 0) continue;
    Thing seen{.kind = thing.kind,
               .colour = thing.colour,
               .box = {.top = top, .left = left, .height = bottom - top, .width = right - left},
               .mask = {},
               .lines = {}};
    for (std::size_t y = top; y < bottom; ++y)
      for (std::size_t x = left; x < right; ++x) seen.mask.push_back(own[y * size.width + x]);
    if (std::ranges::all_of(seen.mask, [](std::uint8_t value) { return value != 0; })) seen.mask.clear();
    number[i] = result.things.size();
    result.things.push_back(std::move(seen));
    all.things.push_back(i);
  }
  for (const Question& question : scene.questions) {
    Question kept = question;
    kept.things.clear();
    for (const std::size_t thing : question.things)
      if (number[thing] != SIZE_MAX) kept.things.push_back(number[thing]);
    if (question.vague || !kept.things.empty()) result.questions.push_back(std::move(kept));
  }
  return all;
}

void add_sensor_noise(image::Picture& picture, float deviation, std::uint64_t seed) {
  if (deviation <= 0) return;
  for (std::size_t y = 0, at = 0; y < picture.height; ++y)
    for (std::size_t x = 0; x < picture.width; ++x)
      for (std::size_t channel = 0; channel < 3; ++channel, ++at) {
        const auto bits = bits_at(seed + channel, static_cast<int>(y), static_cast<int>(x));
        picture.bytes[at] = Sheet::byte_of(static_cast<float>(picture.bytes[at]) + deviation * normal_of(bits, 0));
      }
}

/// A ball over the picture, and a thing of its own.
void add_ball(Scene& scene, double share) {
  image::Picture& picture = scene.picture;
  const double radius = static_cast<double>(picture.height) / 9;
  const double middle_y = static_cast<double>(picture.height) * 0.55;
  const double middle_x = radius + share * (static_cast<double>(picture.width) - 2 * radius);
  const auto top = static_cast<std::size_t>(middle_y - radius), left = static_cast<std::size_t>(middle_x - radius);
  const auto side = static_cast<std::size_t>(2 * radius);
  Thing ball{.kind = "ball", .colour = "orange", .box = {.top = top, .left = left, .height = side, .width = side}};
  ball.mask.resize(side * side);
  for (std::size_t y = 0; y < side; ++y)
    for (std::size_t x = 0; x < side; ++x) {
      const double v = static_cast<double>(top + y) - middle_y, h = static_cast<double>(left + x) - middle_x;
      if (v * v + h * h >= radius * radius || top + y >= picture.height || left + x >= picture.width) continue;
      ball.mask[y * side + x] = 1;
      const auto light = static_cast<float>(0.75 - 0.35 * (v + h) / radius);
      Sheet::set(&picture.bytes[((top + y) * picture.width + left + x) * 3], lit({238, 132, 30}, light));
    }
  scene.things.push_back(std::move(ball));
  scene.questions.push_back({.text = "find the ball", .things = {scene.things.size() - 1}});
}

}  // namespace

std::string_view name_of(Motion motion) {
  constexpr std::array<std::string_view, kMotions.size()> kNames{"still",  "pan", "zoom",    "flash",
                                                                 "object", "cut", "dissolve"};
  return kNames[static_cast<std::size_t>(motion)];
}

Scene cropped(const Scene& scene, const image::Box& window) {
  const image::Picture& picture = scene.picture;
  ERRATA_CHECK(window.area() > 0 && window.bottom() <= picture.height && window.right() <= picture.width);
  auto [result, kept] = moved(scene, {.height = window.height, .width = window.width},
                              [&](std::size_t y, std::size_t x) { return std::pair(y + window.top, x + window.left); });
  const std::size_t row = window.width * 3;
  for (std::size_t y = 0; y < window.height; ++y) {
    const auto from =
        picture.bytes.begin() + static_cast<std::ptrdiff_t>(((y + window.top) * picture.width + window.left) * 3);
    result.picture.bytes.insert(result.picture.bytes.end(), from, from + static_cast<std::ptrdiff_t>(row));
  }
  for (std::size_t i = 0; i < kept.size(); ++i)
    for (const Writing& line : scene.things[kept[i]].lines) {
      image::Box box = intersection(line.box, window);
      if (box.area() == 0) continue;
      box.top -= window.top;
      box.left -= window.left;
      result.things[i].lines.push_back({.box = box, .words = line.words, .cap_height = line.cap_height});
    }
  return std::move(result);
}

Video::Video(const VideoOptions& options) : options_(options) {
  ERRATA_CHECK(options.frames >= 2 && options.event >= 1 && options.fade >= 1 && options.zoom >= 1 &&
               options.zoom <= 1.2 && std::abs(options.pan_down) <= 240 && std::abs(options.pan_right) <= 240);
  first_ = draw_world(options.first, world_size(options), options.seed);
  if (options.motion == Motion::cut || options.motion == Motion::dissolve)
    second_ = draw_world(options.second, options.size, options.seed + 1'000'003);
}

Area Video::window(std::size_t index) const {
  Area area{.height = static_cast<int>(options_.size.height), .width = static_cast<int>(options_.size.width)};
  if (options_.motion != Motion::pan) return area;
  const auto along = [&](int step) {
    const int at = step * static_cast<int>(index), least = step < 0 ? step * static_cast<int>(options_.frames - 1) : 0;
    return at - least;
  };
  area.top = along(options_.pan_down);
  area.left = along(options_.pan_right);
  return area;
}

Scene Video::zoomed(std::size_t index) const {
  const double scale = 1 / std::pow(options_.zoom, static_cast<double>(index));
  const image::Picture& old = first_.picture;
  const double middle_y = (static_cast<double>(old.height) - 1) / 2,
               middle_x = (static_cast<double>(old.width) - 1) / 2;
  const auto place = [&](std::size_t y, std::size_t x) {
    return Spot{middle_y + (static_cast<double>(y) - middle_y) * scale,
                middle_x + (static_cast<double>(x) - middle_x) * scale};
  };
  Moved all = moved(first_, {.height = old.height, .width = old.width}, [&](std::size_t y, std::size_t x) {
    const Spot spot = place(y, x);
    return std::pair(static_cast<std::size_t>(std::lround(spot.y)), static_cast<std::size_t>(std::lround(spot.x)));
  });
  Scene& result = all.scene;
  result.picture.bytes.reserve(old.bytes.size());
  for (std::size_t y = 0; y < old.height; ++y)
    for (std::size_t x = 0; x < old.width; ++x) {
      const Spot spot = place(y, x);
      const auto top = static_cast<std::size_t>(spot.y), left = static_cast<std::size_t>(spot.x);
      const std::size_t below = std::min(top + 1, old.height - 1), right = std::min(left + 1, old.width - 1);
      const auto down = static_cast<float>(spot.y - static_cast<double>(top));
      const auto along = static_cast<float>(spot.x - static_cast<double>(left));
      for (std::size_t channel = 0; channel < 3; ++channel) {
        const auto value = [&](std::size_t v, std::size_t h) {
          return static_cast<float>(old.bytes[(v * old.width + h) * 3 + channel]);
        };
        const float above = value(top, left) * (1 - along) + value(top, right) * along;
        const float under = value(below, left) * (1 - along) + value(below, right) * along;
        result.picture.bytes.push_back(Sheet::byte_of(above * (1 - down) + under * down));
      }
    }
  return std::move(result);
}

double Video::share_of_second(std::size_t index) const {
  if (index < options_.event) return 0;
  if (options_.motion == Motion::cut) return 1;
  if (options_.motion != Motion::dissolve) return 0;
  return std::min(1.0, static_cast<double>(index - options_.event + 1) / static_cast<double>(options_.fade + 1));
}

bool Video::shows_second(std::size_t index) const { return share_of_second(index) > 0.5; }

Scene Video::frame(std::size_t index) const {
  ERRATA_CHECK(index < options_.frames);
  Scene result;
  if (options_.motion == Motion::zoom) {
    result = zoomed(index);
  } else if (options_.motion == Motion::pan) {
    const Area area = window(index);
    result = cropped(first_, {.top = static_cast<std::size_t>(area.top),
                              .left = static_cast<std::size_t>(area.left),
                              .height = options_.size.height,
                              .width = options_.size.width});
  } else {
    result = shows_second(index) ? second_ : first_;
  }
  if (const double share = share_of_second(index); share > 0 && share < 1)
    for (std::size_t i = 0; i < result.picture.bytes.size(); ++i)
      result.picture.bytes[i] =
          Sheet::byte_of(static_cast<float>((1 - share) * first_.picture.bytes[i] + share * second_.picture.bytes[i]));
  if (options_.motion == Motion::flash && index == options_.event)
    for (auto& byte : result.picture.bytes) byte = Sheet::byte_of(70 + 1.25F * static_cast<float>(byte));
  if (options_.motion == Motion::object)
    add_ball(result, static_cast<double>(index) / static_cast<double>(options_.frames - 1));
  add_sensor_noise(result.picture, options_.noise, options_.seed * 7919 + index * 31);
  return result;
}

std::pair<int, int> Video::shift(std::size_t index) const {
  if (index == 0 || options_.motion != Motion::pan) return {0, 0};
  return {-options_.pan_down, -options_.pan_right};
}

std::vector<std::size_t> Video::boundaries() const {
  for (std::size_t i = 1; i < options_.frames; ++i)
    if (shows_second(i) && !shows_second(i - 1)) return {i};
  return {};
}

std::vector<std::size_t> Video::blended() const {
  std::vector<std::size_t> frames;
  for (std::size_t i = 0; i < options_.frames; ++i)
    if (const double share = share_of_second(i); share > 0 && share < 1) frames.push_back(i);
  return frames;
}

}  // namespace errata::scene
