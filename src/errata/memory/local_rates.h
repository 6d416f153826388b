#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "errata/base/bytes.h"
#include "errata/base/error.h"
#include "errata/index/neighbour_window.h"

namespace errata::memory {

/// Time constants of the kernel rates, in resolved cases.
inline constexpr std::array<double, 3> kKernelMemories{30, 200, 2000};

struct LocalRateOptions {
  std::size_t width = 0;         ///< of z, >= 1
  std::size_t window = 3000;     ///< resolved cases kept
  std::size_t neighbours = 30;   ///< >= 1
  double class_distance = 4;     ///< added to a squared distance when the predicted class differs
  double squared_bandwidth = 1;  ///< h² > 0 of the kernel
};

/// How often cases like this one failed lately.
struct LocalRates {
  double nearest = 0;                                   ///< failure rate of the nearest neighbours, shrunk
  double agreement = 0.5;                               ///< share of them whose label is the predicted class, shrunk
  std::array<double, kKernelMemories.size()> kernel{};  ///< Σ w e / Σ w, w = exp(−d²/h² − age/τ), shrunk
};

/// Failure *rates* (failures over all cases seen near) among the last `window` resolved cases.
/// Cost: rates O(window · width), learn O(width); memory O(window · width).
class LocalRateWindow {
 public:
  explicit LocalRateWindow(const LocalRateOptions& options);

  /// @param z  [width]  @param prior  the rate that a place without cases is given, weight 2 (neighbours), 1 (kernel)
  [[nodiscard]] LocalRates rates(std::span<const float> z, std::uint32_t predicted, double prior);
  void learn(std::span<const float> z, std::uint32_t predicted, bool failed, std::uint32_t label);
  [[nodiscard]] std::size_t size() const { return window_.size(); }
  [[nodiscard]] const LocalRateOptions& options() const { return options_; }

  void save(ByteWriter& out) const;
  [[nodiscard]] static Result<LocalRateWindow> load(ByteReader& in);

 private:
  LocalRateOptions options_;
  index::NeighbourWindow window_;
  std::vector<std::uint32_t> predicted_, label_;                   ///< [window] by slot
  std::vector<float> failed_;                                      ///< [window] by slot
  std::size_t next_ = 0;                                           ///< the slot that comes next
  std::array<std::vector<float>, kKernelMemories.size()> fading_;  ///< [window] exp(−age/τ), the oldest age first
  std::vector<float> distances_, kernel_;                          ///< scratch
  std::vector<std::uint32_t> slots_;
};

}  // namespace errata::memory
