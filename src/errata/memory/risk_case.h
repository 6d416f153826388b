#pragma once

#include <cstdint>
#include <span>

#include "errata/memory/case.h"

namespace errata::memory {

/// An embedded case, as the risk model sees it.
struct RiskCase {
  std::span<const float> x{};          ///< [features] standardised
  std::span<const float> z{};          ///< [width] embedding
  std::uint32_t predicted = kNoClass;  ///< class
  double confidence = kUnknown;        ///< [0, 1] or NaN
  double auditor_risk = kUnknown;      ///< [0, 1] or NaN
  double mode_danger = 0;              ///< Σ similarity · activity of the failure modes
  double mode_rate = 0;                ///< failure rate near the modes
};

}  // namespace errata::memory
