#include "errata/relevance/familiarity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace errata::relevance {
namespace {

constexpr std::size_t kHeldBack = 3;  ///< every so many pictures of a kind
constexpr const char* kLimit = "familiar.limit";

}  // namespace

std::vector<float> statistics_of(const nn::DualEncoder::PictureFeatures& features) {
  constexpr std::size_t kWidth = nn::DualEncoder::kDimensions;
  const std::size_t patches = features.rows * features.columns;
  std::vector<double> sums(kWidth), squares(kWidth);
  for (std::size_t patch = 0; patch < patches; ++patch)
    for (std::size_t i = 0; i < kWidth; ++i) {
      const auto value = static_cast<double>(features.vectors[patch * kWidth + i]);
      sums[i] += value;
      squares[i] += value * value;
    }
  std::vector<float> statistics;
  for (const double sum : sums) statistics.push_back(static_cast<float>(sum / static_cast<double>(patches)));
  for (std::size_t i = 0; i < kWidth; ++i) {
    const double mean = sums[i] / static_cast<double>(patches);
    const double variance = squares[i] / static_cast<double>(patches) - mean * mean;
    statistics.push_back(static_cast<float>(std::sqrt(std::max(0.0, variance))));
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
    return invalid_argument(fmt::format("{} pictures held back are too few for the quantile of {}", held_back, kShare));
  return Familiarity(std::move(typicality), static_cast<float>(std::sqrt(square)));  // as the file keeps it
}

double Familiarity::unlike(std::span<const float> statistics) const {
  const double distance = std::sqrt(typicality_.nearest_distances({statistics, 1, statistics.size()}).front());
  return distance > 0 ? distance / (distance + limit_) : 0;
}

std::vector<nn::NamedTensor> Familiarity::tensors() const {
  auto tensors = typicality_.tensors();
  tensors.push_back({.name = kLimit, .shape = {1}, .values = {static_cast<float>(limit_)}});
  return tensors;
}

Result<Familiarity> Familiarity::of(const std::vector<nn::NamedTensor>& tensors) {
  ERRATA_ASSIGN(auto typicality, nn::Typicality::of(tensors));
  const auto limit = std::ranges::find(tensors, kLimit, &nn::NamedTensor::name);
  if (limit == tensors.end() || limit->values.size() != 1 || !(limit->values[0] >= 0))
    return data_error("the limit of what is familiar is not there");
  return Familiarity(std::move(typicality), static_cast<double>(limit->values[0]));
}

}  // namespace errata::relevance
