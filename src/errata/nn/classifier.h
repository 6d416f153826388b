#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "errata/nn/image_model.h"

namespace errata::nn {

inline constexpr std::string_view kClassifierKind = "errata.classifier";
inline constexpr std::uint32_t kClassifierVersion = 1;
inline constexpr double kNormalisationEpsilon = 1e-5;

/// One tensor of the classifier and where it lies among all parameters, or all statistics of batch normalisation.
struct ClassifierPart {
  std::string_view name;
  std::vector<std::int64_t> shape;
  std::size_t offset = 0;
  [[nodiscard]] std::size_t size() const;
};

/// The built-in network by its sizes. Convolutions have no biases: batch normalisation would take them away again.
struct ClassifierPlan {
  ClassifierPlan(ImageShape images, std::size_t classes);
  static constexpr std::size_t kFirst = 32, kSecond = 64, kHidden = 128;
  std::vector<ClassifierPart> parameters;  ///< conv1, norm1, conv2, norm2, hidden, logits: weights, then biases
  std::vector<ClassifierPart> statistics;  ///< of norm1, norm2: running mean, then variance
  std::size_t parameter_count = 0, statistic_count = 0;
};

/// Writes a trained network. @param parameters, statistics  as the plan places them
[[nodiscard]] Result<void> write_classifier(const std::filesystem::path& place, const ClassifierPlan& plan,
                                            std::span<const float> parameters, std::span<const float> statistics,
                                            std::string_view description);

}  // namespace errata::nn
