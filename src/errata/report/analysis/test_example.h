#pragma once

#include "errata/slice/analysis.h"

namespace errata::report {

/// A finished analysis of a credit model's year, made by hand, for tests: three hotspots (one with two slices folded
/// under it), three saved slices, a bad stretch of weeks, drift, scores, a tree, and every optional part present.
[[nodiscard]] slice::Analysis example_analysis();

/// A log on which nothing was found and which has no time, scores or labels.
[[nodiscard]] slice::Analysis quiet_analysis();

/// Names, categories, files and warnings that try to become markup, escape sequences or broken text.
[[nodiscard]] slice::Analysis hostile_analysis();

[[nodiscard]] table::Predicate equals(std::string feature, std::string value);
[[nodiscard]] table::Predicate range(std::string feature, double above, double up_to, double min, double max);

}  // namespace errata::report
