#include "errata/robustness/foreign_pictures.h"

#include <algorithm>
#include <array>

#include "errata/base/rng.h"
#include "errata/image/digits.h"
#include "errata/image/fitted.h"
#include "errata/scene/kinds.h"

namespace errata::robustness {
namespace {

using image::ImageSet;
using scene::Kind;

constexpr std::size_t kDrawnSide = 224;  ///< at least, of a scene that is made smaller
constexpr std::size_t kLeastSide = 16;   ///< of a scene

/// The picture as pixels in [0, 1], channel by channel; grey is the mean of the colours.
void take_pixels(const image::Picture& picture, std::size_t channels, std::span<float> pixels) {
  const std::size_t area = picture.height * picture.width;
  for (std::size_t at = 0; at < area; ++at) {
    float sum = 0;
    for (std::size_t c = 0; c < picture.channels; ++c) {
      const float value = static_cast<float>(picture.bytes[at * picture.channels + c]) / 255.F;
      if (channels == picture.channels) pixels[c * area + at] = value;
      sum += value;
    }
    if (channels != picture.channels) pixels[at] = sum / static_cast<float>(picture.channels);
  }
}

ForeignSet draw_set(const std::string& name, std::span<const Kind> kinds, const ImageSet& own, std::size_t count,
                    std::uint64_t seed, const ThreadPool& pool) {
  const std::size_t longest = std::max(own.height, own.width), shortest = std::min(own.height, own.width);
  const std::size_t times = std::max((kDrawnSide + longest - 1) / longest, (kLeastSide + shortest - 1) / shortest);
  ForeignSet set{.name = name,
                 .images = {.name = name,
                            .count = count,
                            .channels = own.channels == 1 ? 1U : 3U,
                            .height = own.height,
                            .width = own.width,
                            .pixels = {},
                            .labels = {},
                            .classes = {}}};
  const std::size_t size = set.images.image_size();
  set.images.pixels.resize(count * size);
  const Rng rng(seed);
  pool.parallel_for(count, [&](std::size_t i, std::size_t /*worker*/) {
    const Kind kind = kinds[i % kinds.size()];
    const auto drawn = scene::draw_scene(kind, {.size = {.height = own.height * times, .width = own.width * times}},
                                         rng.fork(i).next());
    take_pixels(image::fitted(drawn.picture, longest), set.images.channels,
                std::span(set.images.pixels).subspan(i * size, size));
  });
  return set;
}

bool are_digits(const ImageSet& own) {
  std::vector<std::string> names = own.classes;
  std::ranges::sort(names);
  return names == std::vector<std::string>{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
}

}  // namespace

Result<std::vector<ForeignSet>> draw_foreign(const ImageSet& own, std::size_t count, std::uint64_t seed,
                                             ThreadPool& pool) {
  constexpr std::array kVoids{Kind::noise, Kind::texture, Kind::gradient, Kind::pollock, Kind::blank};
  constexpr std::array kMachines{Kind::xray, Kind::ultrasound, Kind::thermal};
  constexpr std::size_t kFewestLetters = 10;
  std::vector<ForeignSet> sets{draw_set("voids", kVoids, own, count, seed, pool),
                               draw_set("machines", kMachines, own, count, seed + 1, pool)};
  if (!are_digits(own)) return sets;
  ERRATA_ASSIGN(
      image::ImageSplit letters,
      image::render_letters({.train = kFewestLetters, .test = std::max(count, kFewestLetters), .seed = seed}, pool));
  ImageSet fitting = image::in_shape(letters.test, own.channels, own.height, own.width);
  fitting.count = count;
  fitting.pixels.resize(count * fitting.image_size());
  fitting.labels.resize(count);
  sets.push_back({.name = "letters", .images = std::move(fitting)});
  return sets;
}

}  // namespace errata::robustness
