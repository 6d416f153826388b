#include "errata/checklist/published.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace errata::checklist {
namespace {

/// Rows of length 1; those of length 0 stay.
std::vector<float> unit_rows(MatrixView<const float> features) {
  std::vector<float> rows(features.rows() * features.cols());
  for (std::size_t i = 0; i < features.rows(); ++i) {
    const std::span<const float> row = features.row(i);
    const float length = std::sqrt(std::inner_product(row.begin(), row.end(), row.begin(), 0.0F));
    for (std::size_t j = 0; j < row.size(); ++j) rows[i * features.cols() + j] = length > 0 ? row[j] / length : 0.0F;
  }
  return rows;
}

/// Rows that dot products are taken of, transposed: the loop over patches is the inner one and takes whole vectors.
class Cosines {
 public:
  explicit Cosines(MatrixView<const float> features)
      : count_(features.rows()), width_(features.cols()), rows_(unit_rows(features)), columns_(rows_.size()) {
    for (std::size_t i = 0; i < count_; ++i)
      for (std::size_t j = 0; j < width_; ++j) columns_[j * count_ + i] = rows_[i * width_ + j];
  }
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] std::size_t width() const { return width_; }
  /// Of one patch with all. @return [patches], valid until the next call
  std::span<const float> with(std::size_t patch) { return with(std::span(rows_).subspan(patch * width_, width_)); }
  /// Dot products of a vector with all patches.
  std::span<const float> with(std::span<const float> vector) {
    products_.assign(count_, 0);
    for (std::size_t j = 0; j < width_; ++j) {
      const float weight = vector[j];
      const float* column = columns_.data() + j * count_;
      for (std::size_t i = 0; i < count_; ++i) products_[i] += weight * column[i];
    }
    return products_;
  }
  [[nodiscard]] std::span<const float> row(std::size_t patch) const {
    return std::span(rows_).subspan(patch * width_, width_);
  }

 private:
  std::size_t count_, width_;
  std::vector<float> rows_, columns_, products_;
};

std::uint32_t greatest(const std::vector<float>& values) {
  return static_cast<std::uint32_t>(std::ranges::max_element(values) - values.begin());
}

constexpr float kChosen = -1e30F;  // below every value of a patch that may still be chosen

}  // namespace

std::vector<std::uint32_t> div_prune(MatrixView<const float> features, std::size_t wanted) {
  Cosines cosines(features);
  const std::size_t n = cosines.count();
  std::vector<float> nearest(n);
  for (std::size_t i = 0; i < n; ++i) {
    const std::span<const float> products = cosines.with(i);
    float most = -1;
    for (std::size_t j = 0; j < n; ++j)
      if (j != i) most = std::max(most, products[j]);
    nearest[i] = 1 - most;
  }
  std::vector<std::uint32_t> chosen{greatest(nearest)};
  std::ranges::fill(nearest, 2.0F);
  while (chosen.size() < std::min(wanted, n)) {
    const std::span<const float> products = cosines.with(chosen.back());
    for (std::size_t i = 0; i < n; ++i) nearest[i] = std::min(nearest[i], 1 - products[i]);
    nearest[chosen.back()] = kChosen;
    chosen.push_back(greatest(nearest));
  }
  return chosen;
}

std::vector<std::uint32_t> cd_pruner(MatrixView<const float> features, std::span<const float> relevance,
                                     std::size_t wanted) {
  Cosines cosines(features);
  const std::size_t n = cosines.count(), k = std::min(wanted, n);
  const auto [least, most] = std::ranges::minmax(relevance);
  std::vector<float> quality(n, 1);
  if (most > least)
    for (std::size_t i = 0; i < n; ++i) quality[i] = (relevance[i] - least) / (most - least);
  // Chen et al.: gain[i] is what the determinant grows by, kept up by a row of the Cholesky factor for each choice.
  std::vector<float> gain(n);
  for (std::size_t i = 0; i < n; ++i) {
    const std::span<const float> row = cosines.row(i);
    gain[i] = quality[i] * quality[i] * std::inner_product(row.begin(), row.end(), row.begin(), 0.0F);
  }
  std::vector<std::vector<float>> factors;
  std::vector<std::uint32_t> chosen;
  std::vector<std::uint8_t> taken(n);
  constexpr float kNoGain = 1e-6F;
  while (chosen.size() < k) {
    const std::uint32_t next = greatest(gain);
    if (gain[next] < kNoGain) break;
    const float root = std::sqrt(gain[next]);
    const std::span<const float> products = cosines.with(next);
    std::vector<float> factor(n);
    for (std::size_t i = 0; i < n; ++i) factor[i] = quality[next] * quality[i] * products[i];
    for (const auto& earlier : factors) {
      const float weight = earlier[next];
      for (std::size_t i = 0; i < n; ++i) factor[i] -= weight * earlier[i];
    }
    for (std::size_t i = 0; i < n; ++i) {
      factor[i] /= root;
      gain[i] -= factor[i] * factor[i];
    }
    factors.push_back(std::move(factor));
    chosen.push_back(next);
    taken[next] = 1;
    for (const std::uint32_t patch : chosen) gain[patch] = kChosen;
  }
  std::vector<std::uint32_t> rest;
  for (std::uint32_t i = 0; i < n; ++i)
    if (taken[i] == 0) rest.push_back(i);
  std::ranges::stable_sort(rest, [&](std::uint32_t a, std::uint32_t b) { return quality[a] > quality[b]; });
  chosen.insert(chosen.end(), rest.begin(), rest.begin() + static_cast<long>(k - chosen.size()));
  return chosen;
}

std::vector<std::uint32_t> to_dre(MatrixView<const float> features, std::size_t wanted) {
  Cosines cosines(features);
  const std::size_t n = cosines.count();
  // The sum of 1 − cos to a set is its size less the product with the sum of its vectors.
  std::vector<float> sum(cosines.width());
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += cosines.row(i)[j];
  std::vector<std::uint8_t> taken(n);
  std::vector<std::uint32_t> chosen;
  while (chosen.size() < std::min(wanted, n)) {
    const std::span<const float> products = cosines.with(std::span<const float>(sum));
    std::size_t best = n;
    for (std::size_t i = 0; i < n; ++i)
      if (taken[i] == 0 && (best == n || products[i] < products[best])) best = i;
    if (chosen.empty()) std::ranges::fill(sum, 0.0F);
    for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += cosines.row(best)[j];
    taken[best] = 1;
    chosen.push_back(static_cast<std::uint32_t>(best));
  }
  return chosen;
}

}  // namespace errata::checklist
