#pragma once

#include <nlohmann/json_fwd.hpp>

#include "errata/slice/examples.h"

namespace errata::report {

/// A list of cases: row (from 1), then the values by the names of their columns; times as text.
[[nodiscard]] nlohmann::ordered_json examples_json(const slice::ExampleCases& examples);

}  // namespace errata::report
