#pragma once

#include "errata/slice/compare.h"

namespace errata::report {

/// Two models on the same cases, made by hand: one slice of each change, metrics, warnings of both logs.
[[nodiscard]] slice::Comparison example_comparison();

/// Different cases, nothing found, no scores.
[[nodiscard]] slice::Comparison quiet_comparison();

/// Names, files and warnings that try to become markup, escape sequences or broken text.
[[nodiscard]] slice::Comparison hostile_comparison();

}  // namespace errata::report
