#pragma once

#include <nlohmann/json_fwd.hpp>

#include "errata/slice/groups.h"

namespace errata::report {

[[nodiscard]] nlohmann::ordered_json groups_json(const slice::GroupComparison& groups);

}  // namespace errata::report
