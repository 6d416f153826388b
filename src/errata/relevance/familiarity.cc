#include "errata/relevance/familiarity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace errata::relevance {
namespace {

constexpr std::size_t kHeldBack = 3;              ///< every so many pictures of a kind
constexpr const char* kLimit = "familiar.limit";  ///< limit, pictures, version
constexpr float kVersion = 1;                     ///< of statistics_of() and of the pictures that are known

}  // namespace

std::vector<float> statistics_of(const nn::DualEncoder::PictureFeatures& features,
                                 std::span<const std::uint8_t> left_out) {
  constexpr std::size_t kWidth = nn::DualEncoder::kDimensions;
  const std::size_t patches = features.rows * features.columns;
  ERRATA_CHECK(left_out.size() == patches);
  const bool all = std::ranges::find(left_out, 0) == left_out.end();
  std::vector<double> sums(kWidth), squares(kWidth);
  double count = 0;
  for (std::size_t patch = 0; patch < patches; ++patch) {
    if (!all && left_out[patch] != 0) continue;
    count += 1;
    for (std::size_t i = 0; i < kWidth; ++i) {
      const auto value = static_cast<double>(features.vectors[patch * kWidth + i]);
      sums[i] += value;
      squares[i] += value * value;
    }
  }
  std::vector<float> statistics;
  for (const double sum : sums) statistics.push_back(static_cast<float>(sum / count));
  for (std::size_t i = 0; i < kWidth; ++i) {
    const double mean = sums[i] / count;
    statistics.push_back(static_cast<float>(std::sqrt(std::max(0.0, squares[i] / count - mean * mean))));
  }
  return statistics;
}

Result<Familiarity> Familiarity::fit(MatrixView<const float> statistics, std::span<const std::uint32_t> kinds,
                                     std::size_t classes) {
  ERRATA_CHECK(kinds.size() == statistics.rows());
  std::vector<std::size_t> seen(classes);
  std::vector<float> fitted, held;
  std::vector<std::uint32_t> kinds_fitted;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const auto row = statistics.row(i);
    if (++seen[kinds[i]] % kHeldBack == 0) {
      held.insert(held.end(), row.begin(), row.end());
    } else {
      fitted.insert(fitted.end(), row.begin(), row.end());
      kinds_fitted.push_back(kinds[i]);
    }
  }
  const std::size_t width = statistics.cols(), held_back = kinds.size() - kinds_fitted.size();
  if (kinds_fitted.size() < 2)
    return invalid_argument(fmt::format("{} pictures are too few to know pictures by", kinds.size()));
  auto typicality = nn::Typicality::fit({fitted, kinds_fitted.size(), width}, kinds_fitted, classes);
  const double square = nn::distance_limit(typicality.nearest_distances({held, held_back, width}), kShare);
  if (!std::isfinite(square))
    return invalid_argument(
        fmt::format("{} pictures held back are too few for a quantile of {}", held_back, 1 - kShare));
  const auto limit = static_cast<float>(std::sqrt(square));  // as the file keeps it
  return Familiarity(std::move(typicality), static_cast<double>(limit), kinds.size());
}

double Familiarity::unlike(std::span<const float> statistics) const {
  const double distance = std::sqrt(typicality_.nearest_distances({statistics, 1, statistics.size()}).front());
  return distance > 0 ? distance / (distance + limit_) : 0;
}

std::vector<nn::NamedTensor> Familiarity::tensors() const {
  auto tensors = typicality_.tensors();
  tensors.push_back(
      {.name = kLimit, .shape = {3}, .values = {static_cast<float>(limit_), static_cast<float>(pictures_), kVersion}});
  return tensors;
}

Result<Familiarity> Familiarity::of(const std::vector<nn::NamedTensor>& tensors) {
  ERRATA_ASSIGN(auto typicality, nn::Typicality::of(tensors));
  const auto found = std::ranges::find(tensors, kLimit, &nn::NamedTensor::name);
  if (found == tensors.end() || found->values.size() != 3 || !(found->values[0] >= 0) || !(found->values[1] >= 0) ||
      found->values[2] != kVersion)
    return data_error("the limit of what is familiar is not there");
  return Familiarity(std::move(typicality), static_cast<double>(found->values[0]),
                     static_cast<std::size_t>(found->values[1]));
}

}  // namespace errata::relevance
