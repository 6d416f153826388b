#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace errata::stats {

/// Bins of the reliability diagram and of the expected calibration error: equal widths 1/15, each [low, high), the last
/// one closed.
inline constexpr std::size_t kCalibrationBins = 15;

/// The bin of a probability. @param probability  in [0, 1]
[[nodiscard]] inline std::size_t calibration_bin(double probability) {
  const auto bin = static_cast<std::size_t>(probability * static_cast<double>(kCalibrationBins));
  return bin < kCalibrationBins ? bin : kCalibrationBins - 1;
}

/// One bin of a reliability diagram: what was told of its cases and what came true.
struct ReliabilityBin {
  double low = 0, high = 0;             ///< scores that it holds
  std::uint64_t n = 0, happened = 0;    ///< cases, and those of them in which it came true
  double weight = 0;                    ///< of the cases
  double mean_score = 0, observed = 0;  ///< weighted means in the bin
};

/// Adds up predicted probabilities and what came true, in any order.
class Calibration {
 public:
  /// @param probability  in [0, 1]
  /// @param happened     0/1
  /// @param weight       finite, >= 0
  void add(double probability, bool happened, double weight = 1) {
    Sums& bin = bins_[calibration_bin(probability)];
    bin.n += 1;
    bin.true_cases += static_cast<std::uint64_t>(happened);
    bin.weight += weight;
    bin.score += weight * probability;
    bin.happened += weight * static_cast<double>(happened);
  }

  /// Adds cases of weight 1 of one bin. @param score  the sum of their probabilities
  void add_cases(std::size_t bin_number, std::uint64_t n, std::uint64_t happened, double score) {
    Sums& bin = bins_[bin_number];
    bin.n += n;
    bin.true_cases += happened;
    bin.weight += static_cast<double>(n);
    bin.score += score;
    bin.happened += static_cast<double>(happened);
  }

  [[nodiscard]] double weight() const;
  /// Expected calibration error Σ_b (w_b / w) · |mean score_b − observed share_b|, in [0, 1]; NaN without weight.
  /// Reference: M. P. Naeini, G. F. Cooper, M. Hauskrecht, AAAI 2015, 2901–2907.
  [[nodiscard]] double expected_error() const;
  /// The bins that hold weight, ascending.
  [[nodiscard]] std::vector<ReliabilityBin> reliability() const;

 private:
  struct Sums {
    std::uint64_t n = 0, true_cases = 0;
    double weight = 0, score = 0, happened = 0;
  };
  std::array<Sums, kCalibrationBins> bins_{};
};

/// Calibration of probabilities held in spans.
/// @param probabilities  [n] in [0, 1];  happened [n] 0/1;  weights [n] >= 0, or empty for 1 each
///     calibration({{.9, .9}}, {{1, 0}}).expected_error();  // |.9 − .5| = 0.4
[[nodiscard]] Calibration calibration(std::span<const double> probabilities, std::span<const std::uint8_t> happened,
                                      std::span<const double> weights = {});

}  // namespace errata::stats
