#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/matrix_view.h"
#include "errata/image/picture.h"
#include "errata/nn/archive.h"
#include "errata/nn/dual_encoder.h"
#include "errata/nn/typicality.h"

namespace errata::relevance {

/// Numbers that say what a picture is like.
inline constexpr std::size_t kStatistics = 2 * nn::DualEncoder::kDimensions;

/// A picture as a whole, for Familiarity: mean and standard deviation over the patches of each feature of an encoder.
/// @param left_out  [patches] 1: does not count, as padding; where all are left out, all count
/// @return [kStatistics]
[[nodiscard]] std::vector<float> statistics_of(const nn::DualEncoder::PictureFeatures& features,
                                               std::span<const std::uint8_t> left_out);

/// How unlike a picture is to those that an encoder knows. With d the distance of its statistics from the nearest mean
/// of a known kind, in deviations (nn/typicality.h), and L the distance that 98% of known pictures keep below,
///     unlike = d / (d + L),
/// above ½ beyond L. L is the conformal quantile among pictures of each kind that are held back from means and
/// deviations, so that one more known picture exceeds it in at most 2% of cases, on average over such banks.
/// Reference: K. Lee et al., NeurIPS 2018.
class Familiarity {
 public:
  /// Share of known pictures that may be called unlike.
  static constexpr double kShare = .02;

  /// @param statistics  [n, width] of known pictures  @param kinds  [n] < classes; every third of each is held back
  /// @return invalid_argument where fewer than 49 are held back, which is too few for the quantile
  /// Cost: O(n · width²)
  [[nodiscard]] static Result<Familiarity> fit(MatrixView<const float> statistics, std::span<const std::uint32_t> kinds,
                                               std::size_t classes);

  /// @param statistics  [width]  @return in [0, 1)
  [[nodiscard]] double unlike(std::span<const float> statistics) const;
  [[nodiscard]] std::size_t width() const { return typicality_.width(); }
  [[nodiscard]] std::size_t pictures() const { return pictures_; }  ///< that it was fitted to

  [[nodiscard]] std::vector<nn::NamedTensor> tensors() const;
  /// @return data error for tensors that do not fit together, or of statistics of another version
  [[nodiscard]] static Result<Familiarity> of(const std::vector<nn::NamedTensor>& tensors);

 private:
  Familiarity(nn::Typicality typicality, double limit, std::size_t pictures)
      : typicality_(std::move(typicality)), limit_(limit), pictures_(pictures) {}

  nn::Typicality typicality_;
  double limit_;
  std::size_t pictures_;
};

}  // namespace errata::relevance
