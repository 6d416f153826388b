#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "errata/base/bytes.h"
#include "errata/base/error.h"
#include "errata/base/matrix_view.h"
#include "errata/memory/local_rates.h"
#include "errata/memory/risk_case.h"

namespace errata::memory {

inline constexpr std::array<double, 4> kErrorRates{0.1, 0.03, 0.01, 0.002};      ///< α of the error averages
inline constexpr std::array<double, 5> kLabelRates{0.9, 0.3, 0.1, 0.02, 0.004};  ///< α of the label averages
inline constexpr std::array<double, 2> kCellMemories{100, 1000};                 ///< in resolved cases
inline constexpr std::size_t kFourierFeatures = 64;

/// Where each group of signals stands in the vector that experts read.
struct SignalLayout {
  std::size_t bias = 0, confidence = 1, auditor = 2;
  std::size_t errors = 3;                               ///< [kErrorRates]
  std::size_t nearest = errors + kErrorRates.size();    ///< neighbours' failure rate
  std::size_t kernel = nearest + 1;                     ///< [kKernelMemories]
  std::size_t cells = kernel + kKernelMemories.size();  ///< [kCellMemories]
  std::size_t modes = cells + kCellMemories.size();     ///< danger, rate
  std::size_t products = modes + 2;      ///< confidence times recent failure rates: how much it is worth just now
  std::size_t agreement = products + 3;  ///< neighbours' labels against the prediction
  std::size_t labels = agreement + 1;    ///< [kLabelRates] how usual the predicted class is
  std::size_t linear = labels + kLabelRates.size();  ///< [linear_size]
  std::size_t linear_size = 0;
  std::size_t fourier = 0;  ///< [kFourierFeatures]
  std::size_t size = 0;
};

struct SignalOptions {
  std::size_t features = 0;   ///< columns of x
  std::size_t width = 0;      ///< columns of z, >= 1
  std::size_t classes = 0;    ///< 0 when predictions are no classes
  std::size_t window = 3000;  ///< resolved cases kept for local rates
  std::uint64_t seed = 1;
};

/// What the past says about a case, as log-odds relative to the usual failure rate, and the case itself:
///   confidence and auditor; averages of recent failures; failure rates of neighbours, of a kernel with three time
///   constants and of the case's cell; danger and rate of the failure modes; confidence times recent rates; how the
///   neighbours' labels and the recent labels agree with the prediction; linear terms; random Fourier features of z.
/// Linear terms are x and ±x (by the predicted class of a binary task) for at most 17 columns, ±x for at most 64, and
/// the same of z beyond, so that no cost grows with the square of a wide log.
/// Cost: compute O(window · width), learn O(width + classes · 5 + cells).
class Signals {
 public:
  /// @param warm  [n >= 1, width] embedded warm-up cases, which cells and bandwidth are taken from
  /// @param predicted  [n] their predicted classes  @param usual_rate  failure rate of the warm-up, in (0, 1)
  [[nodiscard]] static Result<Signals> fit(const SignalOptions& options, MatrixView<const float> warm,
                                           std::span<const std::uint32_t> predicted, double usual_rate);

  [[nodiscard]] const SignalOptions& options() const { return options_; }
  [[nodiscard]] const SignalLayout& layout() const { return layout_; }
  /// log-odds of the usual failure rate, what the rates among the signals are relative to
  [[nodiscard]] double usual_log_odds() const { return usual_log_odds_; }
  /// @param signals  [layout().size]
  void compute(const RiskCase& seen, std::span<float> signals);
  /// @param label  index into the classes or kNoClass
  void learn(std::span<const float> z, std::uint32_t predicted, bool failed, std::uint32_t label);

  void save(ByteWriter& out) const;
  [[nodiscard]] static Result<Signals> load(ByteReader& in);

 private:
  static constexpr std::size_t kCells = 32;
  static constexpr std::size_t kLabelClasses = 64;  ///< labels are counted modulo this
  struct Cell {
    std::array<double, kCellMemories.size()> cases{}, failures{};
    std::uint64_t seen = 0;  ///< resolved cases when the counts were last decayed
  };
  Signals(const SignalOptions& options, LocalRateWindow window, std::vector<float> centres, double usual_log_odds);
  [[nodiscard]] std::size_t cell_of(std::span<const float> z, std::uint32_t predicted) const;
  [[nodiscard]] double relative(double rate) const;
  void write_linear(const RiskCase& seen, std::span<float> signals) const;
  void write_fourier(std::span<const float> z, std::span<float> signals) const;

  SignalOptions options_;
  SignalLayout layout_;
  LocalRateWindow window_;
  std::vector<float> centres_;    ///< [cells, width]
  std::vector<float> by_column_;  ///< [width, cells] the same
  double usual_log_odds_ = 0;
  std::vector<float> frequencies_, phases_;  ///< [width, kFourierFeatures], [kFourierFeatures]
  std::array<double, kErrorRates.size()> errors_{};
  std::vector<double> labels_;  ///< [min(classes, kLabelClasses), kLabelRates]
  std::vector<Cell> cells_;     ///< [cells, 2] by parity of the predicted class
  std::uint64_t resolved_ = 0;
};

}  // namespace errata::memory
