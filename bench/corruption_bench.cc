// How many 28 x 28 images a second are corrupted, by family and by corruption, on one and on two threads?
// Unit: images a second of wall time through corrupt_all, the median of three rounds over 5,000 rendered digits, each
// at a severity of its own. The issue asks for 20,000 on two threads in the affine and noise families.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "errata/base/error.h"
#include "errata/image/corruption.h"
#include "errata/image/corruption_mix.h"
#include "errata/image/digits.h"

namespace errata::bench {
namespace {

constexpr std::size_t kImages = 5000;
constexpr std::size_t kRounds = 3;

double images_a_second(const image::CorruptionMix& mix, const std::vector<float>& images, std::size_t threads) {
  ThreadPool pool(threads);
  std::array<double, kRounds> rates{};
  for (std::size_t round = 0; round < kRounds; ++round) {
    std::vector<float> pixels = images;
    const auto begin = std::chrono::steady_clock::now();
    const auto done = image::corrupt_all(mix, {}, {pixels, kImages, 784}, Rng(round), pool);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    ERRATA_CHECK(done.size() == kImages);
    rates.at(round) = static_cast<double>(kImages) / seconds.count();
  }
  std::ranges::nth_element(rates, rates.begin() + kRounds / 2);
  return rates.at(kRounds / 2);
}

void report(std::string_view name, std::vector<image::Corruption> pool, const std::vector<float>& images) {
  const image::CorruptionMix mix{.pool = std::move(pool), .probability = 1};
  const double one = images_a_second(mix, images, 1), two = images_a_second(mix, images, 2);
  fmt::print("| {} | {:.0f} | {:.0f} |\n", name, one, two);
}

int run() {
  ThreadPool pool(2);
  const auto digits = image::render_digits({.train = kImages, .test = 10}, pool);
  ERRATA_CHECK(digits.has_value());
  const std::vector<float>& images = digits->train.pixels;
  std::map<std::string_view, std::vector<image::Corruption>> families;
  fmt::print("| corruption | images/s, one thread | two threads |\n| --- | ---: | ---: |\n");
  for (const image::CorruptionInfo& info : image::corruptions().subspan(1)) {
    families[info.family].push_back(info.corruption);
    report(info.name, {info.corruption}, images);
  }
  for (const auto& [family, members] : families) report(fmt::format("family {}", family), members, images);
  using enum image::Corruption;
  report("affine (rotate, rotate_back, shift, shear, scale)", {rotate, rotate_back, shift, shear, scale}, images);
  report("the source's four", image::source_mix().pool, images);
  return 0;
}

}  // namespace
}  // namespace errata::bench

int main() { return errata::bench::run(); }
