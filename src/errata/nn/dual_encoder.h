#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/nn/archive.h"

namespace errata::nn {

/// One picture of a training, and what some queries ask for in it.
struct DualExample {
  struct Query {
    std::vector<std::uint32_t> words;  ///< by number in [0, vocabulary); may be empty
    std::vector<float> asked;          ///< [patches], share of each patch that is asked for, in [0, 1]
  };
  std::vector<std::uint8_t> pixels;  ///< [side, side, 3] red, green, blue
  std::vector<Query> queries;
};

/// Example i of a training that never ends. Called from several threads at once; the same index, the same example.
using DualSource = std::function<DualExample(std::uint64_t index)>;

/// Pictures and queries as vectors of one space, in which a patch and a query that asks for it point the same way.
/// Pictures: convolutions 4 × 4 by 4, 3 × 3 by 2, 3 × 3 by 2, 3 × 3, 1 × 1 give 64 values a patch of 16
/// pixels a side. They see red, green, blue and the brightness normalised by its mean and deviation in a window of 17
/// pixels, in which faint letters are as strong as bold ones. Queries: the sum of the vectors of their words, then two
/// dense layers beside it. Relevance is scale · cosine + offset, both learned; its logistic is the share asked for.
/// Copies share their weights. Safe to call from any thread; the same bits on any number of them.
class DualEncoder {
 public:
  static constexpr std::size_t kPatchSide = 16, kDimensions = 64;

  /// Unit vectors of the patches of a picture, row by row; patches at the right and lower edge may be cut.
  struct PictureFeatures {
    std::size_t rows = 0, columns = 0;
    std::vector<float> vectors;  ///< [rows · columns, kDimensions]
  };

  /// @param pixels  [height, width, channels], channels 1 or 3, at least one pixel
  /// Cost: 1 GMAC a megapixel.
  [[nodiscard]] PictureFeatures encode_picture(std::span<const std::uint8_t> pixels, std::size_t height,
                                               std::size_t width, std::size_t channels) const;
  /// What the convolutions of encode_picture() multiply and add for a picture of so many patches.
  [[nodiscard]] static std::size_t multiply_adds(std::size_t patches);
  /// @param words  by number in [0, vocabulary()); none: the zero vector, which every patch is as near to
  /// @return [kDimensions], of length 1
  [[nodiscard]] std::vector<float> encode_query(std::span<const std::uint32_t> words) const;
  /// What relevance() is of: cosines of patches and a query. @return [patches] in [−1, 1]
  [[nodiscard]] std::vector<float> cosines(const PictureFeatures& picture, std::span<const float> query) const;
  /// scale · cosine + offset. @return [patches]
  [[nodiscard]] std::vector<float> relevance(const PictureFeatures& picture, std::span<const float> query) const;

  [[nodiscard]] std::size_t vocabulary() const;
  /// JSON, as it was given to train() or stood in the file.
  [[nodiscard]] const std::string& description() const;

  /// Writes an archive (nn/archive.h). @param beside  tensors that are kept with its own
  /// @return output error naming the place
  [[nodiscard]] Result<void> write(const std::filesystem::path& place, std::span<const NamedTensor> beside = {}) const;
  /// @param beside  gets the tensors that were kept with its own; where it is null, they are left there
  /// @return data error naming the place: no archive of a dual encoder, tensors of other shapes, values that are not
  ///     finite
  [[nodiscard]] static Result<DualEncoder> read(const std::filesystem::path& place,
                                                std::vector<NamedTensor>* beside = nullptr);

  struct Weights;  ///< nn/dual_weights.h
  explicit DualEncoder(std::shared_ptr<const Weights> weights) : weights_(std::move(weights)) {}
  [[nodiscard]] const Weights& weights() const { return *weights_; }

 private:
  std::shared_ptr<const Weights> weights_;
};

struct DualTraining {
  std::size_t vocabulary = 0;   ///< words, >= 1
  std::size_t side = 128;       ///< of the pictures in pixels, a multiple of 16
  std::size_t steps = 1600;     ///< >= 1
  std::size_t batch = 16;       ///< pictures a step, >= 1
  double learning_rate = 3e-3;  ///< highest of one cycle (nn/one_cycle.h), > 0
  std::uint64_t seed = 1;       ///< of the first weights
  std::string description{};    ///< JSON that the encoder carries; empty: {}
  // What keeps an encoder that is trained on something else from forgetting:
  const DualEncoder* from = nullptr;  ///< where the training begins; its vocabulary is that of the training
  bool freeze_pictures = false;       ///< learn nothing but the queries' side
  double pull = 0;                    ///< L2-SP: each step adds pull · (w − w of `from`) to the slopes, >= 0
};

/// Goes down the mean binary cross-entropy of patches and queries by Adam, in shards of four pictures on the module's
/// threads, which draw their own examples: the same bits on any number of threads.
/// @return invalid_argument of options out of range, or examples that do not fit them; data error of a loss that is no
///     number
/// Cost: 50 MMAC a picture and step.
/// References: A. Radford et al., ICML 2021 (two encoders); X. Li et al., ICML 2018 (L2-SP).
[[nodiscard]] Result<DualEncoder> train_dual_encoder(const DualSource& source, const DualTraining& training,
                                                     const Progress& progress = {});

}  // namespace errata::nn
