#include "errata/image/corruption.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string>

#include "errata/image/corruption_part.h"
#include "errata/image/corruption_primitives.h"

namespace errata::image {
namespace {

struct Entry {
  CorruptionInfo info{};
  primitives::Primitive* apply = nullptr;
};

void leave_alone(const Canvas& /*image*/, double /*severity*/, Rng& /*rng*/) {}

// One line a corruption, in the order of the enumeration. "a → b" is the range from severity 0 to 1.
constexpr std::array kEntries = {
    Entry{{Corruption::none, "none", "none", "the image as it is"}, leave_alone},
    Entry{{Corruption::rotate, "rotate", "geometric", "turned counter-clockwise by 20° → 80°"}, primitives::rotate},
    Entry{{Corruption::noise, "noise", "noise", "Gaussian noise of sigma 0.3 → 0.8"}, primitives::noise},
    Entry{{Corruption::occlude, "occlude", "occlusion", "a black square of half-width 6 → 17 px"}, primitives::occlude},
    Entry{{Corruption::shift, "shift", "geometric", "moved by at most 1 → 3 px each way"}, primitives::shift},
    Entry{{Corruption::rotate_back, "rotate_back", "geometric", "turned clockwise by 20° → 80°"},
          primitives::rotate_back},
    Entry{{Corruption::shear, "shear", "geometric", "slanted by 0.4 → 1.4 px a row, either way"}, primitives::shear},
    Entry{{Corruption::scale, "scale", "geometric", "shrunk to 0.7 → 0.3 or enlarged to 1.4 → 2.4"}, primitives::scale},
    Entry{{Corruption::elastic, "elastic", "geometric", "smooth random displacements of about 0.7 → 2.1 px"},
          primitives::elastic},
    Entry{{Corruption::wave, "wave", "geometric", "waves 0.8 → 2.4 px high across both axes"}, primitives::wave},
    Entry{{Corruption::perspective, "perspective", "geometric", "tilted by 40° → 70° in a random direction"},
          primitives::perspective},
    Entry{{Corruption::gaussian_blur, "gaussian_blur", "blur", "Gaussian blur of sigma 1 → 3.5 px"},
          primitives::gaussian_blur},
    Entry{{Corruption::motion_blur, "motion_blur", "blur", "blur along a line of 5 → 17 px"}, primitives::motion_blur},
    Entry{{Corruption::pixelate, "pixelate", "blur", "means over squares of 2.5 → 7 px"}, primitives::pixelate},
    Entry{{Corruption::jpeg, "jpeg", "blur", "JPEG of quality 15 → 1"}, primitives::jpeg},
    Entry{{Corruption::low_pass, "low_pass", "blur", "only frequencies under 0.15 → 0.055 cycles a pixel"},
          primitives::low_pass},
    Entry{{Corruption::high_pass, "high_pass", "blur", "less its Gaussian blur of sigma 4 → 0.6 px"},
          primitives::high_pass},
    Entry{{Corruption::contrast, "contrast", "light", "contrast times 0.4 → 0.04"}, primitives::contrast},
    Entry{{Corruption::brightness, "brightness", "light", "brighter by 0.2 → 0.9"}, primitives::brightness},
    Entry{{Corruption::fog, "fog", "light", "a plasma fractal of weight 0.4 → 3 laid over it"}, primitives::fog},
    Entry{{Corruption::inversion, "inversion", "light", "black for white, white at 0.5 → 1"}, primitives::inversion},
    Entry{{Corruption::gamma, "gamma", "light", "to the power of 2 → 11.3, or the inverse"}, primitives::gamma},
    Entry{{Corruption::salt_and_pepper, "salt_and_pepper", "noise", "a share of 0.05 → 0.55 of pixels black or white"},
          primitives::salt_and_pepper},
    Entry{{Corruption::speckle, "speckle", "noise", "multiplicative Gaussian noise of sigma 0.6 → 4"},
          primitives::speckle},
    Entry{{Corruption::stripe, "stripe", "overlay", "inverted in an upright stripe 1.5 → 14 px wide"},
          primitives::stripe},
    Entry{{Corruption::spatter, "spatter", "overlay", "white drops over 0.04 → 0.35 of the image"},
          primitives::spatter},
    Entry{{Corruption::zigzag, "zigzag", "overlay", "1 → 3 white zigzag lines, 1 → 2.2 px wide"}, primitives::zigzag},
    Entry{{Corruption::dotted_line, "dotted_line", "overlay", "1 → 5 white dotted lines, dots of 1.2 → 2.4 px"},
          primitives::dotted_line},
    Entry{{Corruption::slope, "slope", "geometric", "sloped by 0.4 → 1.4 px a column, either way"}, primitives::slope},
    Entry{
        {Corruption::stretch, "stretch", "geometric", "along one axis times 1.2 → 2.2 or the inverse, the other less"},
        primitives::stretch},
    Entry{{Corruption::mirror, "mirror", "geometric",
           "its mirror image laid over it, weight 0.5 → 1, left for right or top for bottom"},
          primitives::mirror},
    Entry{{Corruption::erase, "erase", "occlusion", "a box of 5 → 16 px of one grey or of noise"}, primitives::erase},
};

constexpr auto kInfos = [] {
  std::array<CorruptionInfo, kEntries.size()> infos{};
  for (std::size_t i = 0; i < infos.size(); ++i) infos[i] = kEntries[i].info;
  return infos;
}();

constexpr bool in_order() {
  for (std::size_t i = 0; i < kInfos.size(); ++i)
    if (static_cast<std::size_t>(kInfos[i].corruption) != i) return false;
  return static_cast<std::size_t>(Corruption::erase) + 1 == kInfos.size();
}
static_assert(in_order());

/// With probability `partial` in a random part of the image alone.
void corrupt_part(Corruption corruption, double severity, ImageSize size, std::span<float> image, double partial,
                  Rng& rng) {
  if (partial == 0 || !rng.bernoulli(partial)) return corrupt(corruption, severity, size, image, rng);
  const std::vector<float> old(image.begin(), image.end());
  corrupt(corruption, severity, size, image, rng);
  const ImagePart part = random_part(size.height, size.width, rng);
  for (std::size_t channel = 0, at = 0; channel < size.channels; ++channel)
    for (std::size_t y = 0; y < size.height; ++y)
      for (std::size_t x = 0; x < size.width; ++x, ++at)
        if (!part.holds({.x = static_cast<double>(x), .y = static_cast<double>(y)})) image[at] = old[at];
}

Corrupted corrupt_by_mix(const CorruptionMix& mix, ImageSize size, std::span<float> image, Rng rng) {
  Corrupted done;
  if (!rng.bernoulli(mix.probability)) return done;
  const std::size_t links = mix.most == 1 ? 1 : 1 + rng.below(mix.most);
  for (std::size_t link = 0; link < links; ++link) {
    const Corruption next = mix.pool[rng.below(mix.pool.size())];
    const double severity = rng.uniform();
    corrupt_part(next, severity, size, image, mix.partial, rng);
    done.chain.push_back(next);
    if (link == 0) done.severity = severity;
  }
  return done;
}

}  // namespace

std::span<const CorruptionInfo> corruptions() { return kInfos; }

std::vector<Corruption> every_corruption() {
  std::vector<Corruption> all;
  for (const CorruptionInfo& info : corruptions().subspan(1)) all.push_back(info.corruption);
  return all;
}

const CorruptionInfo& info_of(Corruption corruption) { return kInfos.at(static_cast<std::size_t>(corruption)); }

Result<Corruption> corruption_named(std::string_view name) {
  const auto* found = std::ranges::find(kInfos, name, &CorruptionInfo::name);
  if (found != kInfos.end()) return found->corruption;
  std::vector<std::string_view> names;
  for (const CorruptionInfo& info : kInfos) names.push_back(info.name);
  return invalid_argument(fmt::format("no corruption is called '{}'; there are: {}", name, fmt::join(names, ", ")));
}

Result<std::vector<Corruption>> corruptions_named(std::string_view names) {
  std::vector<Corruption> pool;
  for (std::size_t at = 0; at <= names.size();) {
    const std::size_t end = std::min(names.find(',', at), names.size());
    ERRATA_ASSIGN(const Corruption corruption, corruption_named(names.substr(at, end - at)));
    if (corruption == Corruption::none)
      return invalid_argument("'none' is not mixed with others; probability does that");
    pool.push_back(corruption);
    at = end + 1;
  }
  return pool;
}

void corrupt(Corruption corruption, double severity, ImageSize size, std::span<float> image, Rng& rng) {
  ERRATA_CHECK(severity >= 0 && severity <= 1);
  ERRATA_CHECK(image.size() == size.channels * size.height * size.width && !image.empty());
  if (corruption == Corruption::none) return;
  const Canvas canvas{.pixels = image, .channels = size.channels, .height = size.height, .width = size.width};
  kEntries.at(static_cast<std::size_t>(corruption)).apply(canvas, severity, rng);
  for (float& value : image) value = in_range(value);
}

std::vector<Corrupted> corrupt_all(const CorruptionMix& mix, ImageSize size, MatrixView<float> images, const Rng& rng,
                                   ThreadPool& pool, std::size_t first) {
  ERRATA_CHECK(mix.probability >= 0 && mix.probability <= 1 && mix.most >= 1);
  ERRATA_CHECK(mix.partial >= 0 && mix.partial <= 1);
  ERRATA_CHECK(!mix.pool.empty() || mix.probability == 0);
  constexpr std::size_t kBlock = 64;  // images a task: a lock is taken once a task
  std::vector<Corrupted> done(images.rows());
  pool.parallel_for((images.rows() + kBlock - 1) / kBlock, [&](std::size_t block, std::size_t /*worker*/) {
    const std::size_t end = std::min(images.rows(), (block + 1) * kBlock);
    for (std::size_t i = block * kBlock; i < end; ++i)
      done[i] = corrupt_by_mix(mix, size, images.row(i), rng.fork(first + i));
  });
  return done;
}

}  // namespace errata::image
