#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/matrix_view.h"
#include "errata/base/thread_pool.h"

namespace errata::audit {

/// Columns of the latents that belong together: one layer, pooled one way.
struct LatentBlock {
  std::string name;  ///< "hidden", "conv2:max"
  std::size_t first = 0, width = 0;
};

/// What a model computed for n cases: all that a detector may read. Empty views where the log has none.
struct ModelOutputs {
  std::size_t cases = 0;
  MatrixView<const float> latents;           ///< [n, d]
  std::span<const LatentBlock> blocks;       ///< of the latents' columns; at least one when d > 0
  std::size_t penultimate = 0;               ///< the block that the logits are computed from, or stands for it
  MatrixView<const float> logits;            ///< [n, classes]
  std::span<const std::uint32_t> predicted;  ///< [n] class
};

/// Cases whose outcomes are known.
struct TrainingCases {
  ModelOutputs outputs;
  std::span<const std::uint32_t> labels;  ///< [n] class; empty when only failures are known
  std::span<const std::uint8_t> failed;   ///< [n] 0/1
  std::span<const std::uint8_t> clean;    ///< [n] 1 where the input is as the model was trained on; empty: all
  std::size_t classes = 0;
};

/// A function from what the model computed to a risk: higher means more likely a failure. Only the order matters here;
/// calibration comes after.
class Detector {
 public:
  virtual ~Detector() = default;
  /// "msp", "energy", "mahalanobis_nearest", …
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// Learns what it needs; does nothing for detectors that need nothing.
  /// @return invalid_argument naming what is missing (logits, latents, labels), data for what cannot be fitted (one
  ///     class, no failures, a value that is not finite)
  [[nodiscard]] virtual Result<void> fit(const TrainingCases& cases, ThreadPool& pool) = 0;
  /// @return [n] finite risks; the risk of a case does not depend on the cases that are scored with it. Only after
  /// fit()
  ///     succeeded, with outputs of the same widths that pass check_outputs() (detector_inputs.h).
  [[nodiscard]] virtual std::vector<double> risks(const ModelOutputs& outputs, ThreadPool& pool) const = 0;
};

}  // namespace errata::audit
