#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/nn/archive.h"
#include "errata/nn/image_model.h"

namespace errata::nn {

inline constexpr std::string_view kClassifierKind = "errata.classifier";
inline constexpr std::uint32_t kPlainVersion = 1, kResidualVersion = 2;  ///< of a file, by its network
inline constexpr std::uint32_t kClassifierVersion = kResidualVersion;    ///< the newest
inline constexpr double kNormalisationEpsilon = 1e-5;
inline constexpr double kStatisticsMomentum = 0.1;  ///< of a batch in the running statistics

/// One tensor of a classifier and where it lies among all parameters, or all statistics of batch normalisation.
struct ClassifierPart {
  std::string name;
  std::vector<std::int64_t> shape;
  std::size_t offset = 0;
  [[nodiscard]] std::size_t size() const;
};

/// A built-in network by its sizes. Convolutions have no biases: batch normalisation would take them away again.
struct NetworkPlan {
  std::vector<ClassifierPart> parameters;  ///< in the network's order, weights before biases
  std::vector<ClassifierPart> statistics;  ///< of each normalisation: running mean, then variance
  std::size_t parameter_count = 0, statistic_count = 0;

 protected:
  void add_parameter(std::string name, std::vector<std::int64_t> shape);
  void add_statistics(const std::string& norm, std::int64_t channels);
};

/// The plain network: conv1, norm1, conv2, norm2, hidden, logits.
struct ClassifierPlan : NetworkPlan {
  ClassifierPlan(ImageShape images, std::size_t classes);
  static constexpr std::size_t kFirst = 32, kSecond = 64, kHidden = 128;
};

/// The residual network (residual.h): conv1, norm1, … conv8, norm8, logits.
struct ResidualPlan : NetworkPlan {
  ResidualPlan(std::size_t channels, std::size_t classes);
  static constexpr std::size_t kConvolutions = 8;
  static constexpr std::array<std::int64_t, kConvolutions> kChannels{16, 32, 32, 32, 64, 128, 128, 128};
  static constexpr std::int64_t kHidden = 128;
  static constexpr std::size_t kLeastSide = 8;  ///< pixels: three times halved
};

/// Writes a trained network. @param parameters, statistics  as the plan places them
[[nodiscard]] Result<void> write_plain_classifier(const std::filesystem::path& place, const ClassifierPlan& plan,
                                                  std::span<const float> parameters, std::span<const float> statistics,
                                                  std::string_view description);
[[nodiscard]] Result<void> write_residual_classifier(const std::filesystem::path& place, const ResidualPlan& plan,
                                                     std::span<const float> parameters,
                                                     std::span<const float> statistics, std::string_view description);

/// The tensors of a plan as a file of its version has them.
[[nodiscard]] Archive archive_of(const NetworkPlan& plan, std::uint32_t version, std::span<const float> parameters,
                                 std::span<const float> statistics, std::string_view description);

}  // namespace errata::nn
