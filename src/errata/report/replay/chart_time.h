#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "errata/replay/replay.h"
#include "errata/report/kit/vega_lite.h"

namespace errata::report {

// What the charts over the time of a replay share, so that they stand under each other with one time axis.

/// Where a time lies on the axis: milliseconds for Vega, or the step.
[[nodiscard]] double axis_time(const replay::Replay& replay, std::int64_t time);
/// The middle of a stretch.
[[nodiscard]] double middle_of(const replay::Replay& replay, const replay::TimeBin& bin);
/// "2026-03-02 to 2026-03-04, 136 cases"
[[nodiscard]] std::string bin_words(const replay::Replay& replay, const replay::TimeBin& bin);

/// The channel of a time field; all such axes end where the log does.
[[nodiscard]] Json time_channel(const replay::Replay& replay, const char* field);
/// The channel of a number, with an axis as wide as in the other charts over time.
[[nodiscard]] Json value_channel(const char* field, const char* title, bool percent);

/// Where a regime ends on the axis: at the end of the log when it is still on.
[[nodiscard]] double end_of(const replay::Replay& replay, const replay::Regime& regime);
/// Regimes of all cases, or, where there is none, of the modes: what charts over time shade.
[[nodiscard]] std::vector<const replay::Regime*> shaded_regimes(const replay::Replay& replay);
/// The layer that shades them.
[[nodiscard]] Json regime_layer(const replay::Replay& replay);
/// How to read the shading, as the end of a caption; empty without regimes.
[[nodiscard]] std::string shading_words(const replay::Replay& replay);

/// A colour that stands for `name` in the legend of a layered chart, in the order of `domain`.
[[nodiscard]] Json legend_colour(const std::string& name, const Json& domain);

}  // namespace errata::report
