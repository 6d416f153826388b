#pragma once

#include <optional>
#include <string_view>

#include "errata/base/error.h"
#include "errata/engine/analyze.h"

namespace errata::cli {

/// What a hotspot must reach to count for --fail-on-hotspot: all of these, as the report shows them.
struct HotspotLimits {
  double rate = 0;   ///< failure rate, or mean loss
  double lift = 0;   ///< rate / rate of the other cases
  double share = 0;  ///< of all failures, or of the loss
  /// Failure rate − the rate that its calibrated confidence expects; then it must fail more than it believes, too.
  std::optional<double> excess{};
};

/// "rate=0.2,lift=2,share=0.05,excess=0.05", each at most once; "any" and "true" ask for nothing, "false" counts no
/// hotspot.
/// @return nothing for "false"; invalid_argument naming the word and what is known
[[nodiscard]] Result<std::optional<HotspotLimits>> parse_hotspot_limits(std::string_view text);

/// @return invalid_argument for a limit that nothing in the log can reach: an excess without a score
[[nodiscard]] Result<void> check_hotspot_limits(const slice::Analysis& analysis, const HotspotLimits& limits);

[[nodiscard]] bool has_hotspot_at(const slice::Analysis& analysis, const HotspotLimits& limits);

}  // namespace errata::cli
