#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "errata/relevance/plane.h"

namespace errata::relevance {

/// Patches of like colour and place. @return [patches] the cluster's number, each at least one patch, numbered from 0
/// in the order of their first patches; the same on every machine.
/// @param wanted  about so many clusters, >= 1
[[nodiscard]] std::vector<std::uint32_t> clusters(const Planes& planes, std::size_t wanted);

}  // namespace errata::relevance
