#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "errata/table/predicate.h"

namespace errata::report {

// Predicates as JSON, within this module; slice::parse_saved_slices() reads them back.

enum class Detail : std::uint8_t {
  bare,  ///< only what selects cases
  full,  ///< also the values seen, "time", and a source other than a feature
};

[[nodiscard]] nlohmann::ordered_json predicate_json(const table::Predicate& predicate, Detail detail = Detail::full);
[[nodiscard]] nlohmann::ordered_json where_json(const std::vector<table::Predicate>& conjunction,
                                                Detail detail = Detail::full);

}  // namespace errata::report
