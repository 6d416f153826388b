#include "errata/image/corruption_mix.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>
#include <utility>

namespace errata::image {
namespace {

constexpr std::size_t kLongestChain = 8;

Result<CorruptionMix> mix_named(const std::string& name) {
  if (name == "source") return source_mix();
  if (name == "train") return broad_mix(training_pool());
  if (name == "all") return broad_mix(every_corruption());
  if (name == "none") return CorruptionMix{.pool = {}, .probability = 0};
  auto pool = corruptions_named(name);
  if (!pool)
    return invalid_argument(fmt::format("mix '{}': {}; or source, train, all, none", name, pool.error().message));
  return CorruptionMix{.pool = *std::move(pool)};
}

}  // namespace

Result<CorruptionMix> mix_of(const MixWords& words) {
  if (words.probability && !(*words.probability >= 0 && *words.probability <= 1))
    return invalid_argument(fmt::format("probability {} is not in [0, 1]", *words.probability));
  if (words.partial && !(*words.partial >= 0 && *words.partial <= 1))
    return invalid_argument(fmt::format("partial {} is not in [0, 1]", *words.partial));
  if (words.chain && !(*words.chain >= 1 && *words.chain <= kLongestChain))
    return invalid_argument(fmt::format("chain {} is not in 1 … {}", *words.chain, kLongestChain));
  ERRATA_ASSIGN(CorruptionMix mix, mix_named(words.mix));
  if (mix.pool.empty() && words.probability.value_or(0) > 0)
    return invalid_argument("mix none: there is nothing to draw from");
  mix.probability = words.probability.value_or(mix.probability);
  mix.most = words.chain.value_or(mix.most);
  mix.partial = words.partial.value_or(mix.partial);
  return mix;
}

std::string words_of(const CorruptionMix& mix) {
  if (mix.pool.empty()) return "images as they are";
  std::vector<std::string_view> names;
  for (const Corruption corruption : mix.pool) names.push_back(info_of(corruption).name);
  return fmt::format("{}, probability {}{}{}", fmt::join(names, ", "), mix.probability,
                     mix.most > 1 ? fmt::format(", up to {} in a row", mix.most) : "",
                     mix.partial > 0 ? fmt::format(", {:g} of them in a part of the image", mix.partial) : "");
}

CorruptionMix source_mix(double probability) {
  using enum Corruption;
  return {.pool = {rotate, noise, occlude, shift}, .probability = probability};
}

std::vector<Corruption> training_pool() {
  using enum Corruption;
  return {rotate,      noise,    occlude,     shift,    rotate_back, shear,  scale,     wave,
          perspective, pixelate, jpeg,        low_pass, high_pass,   fog,    inversion, gamma,
          stripe,      spatter,  dotted_line, slope,    stretch,     mirror, erase};
}

CorruptionMix broad_mix(std::vector<Corruption> pool) {
  return {.pool = std::move(pool), .probability = 0.92, .most = 2, .partial = 0.5};
}

CorruptionMix unseen_mix_a() {
  using enum Corruption;
  return {.pool = {gaussian_blur, contrast, elastic, salt_and_pepper}, .probability = 0.8};
}

CorruptionMix unseen_mix_b() {
  using enum Corruption;
  return {.pool = {motion_blur, brightness, speckle, zigzag}, .probability = 0.8};
}

}  // namespace errata::image
