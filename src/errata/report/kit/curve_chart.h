#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "errata/report/kit/vega_lite.h"

namespace errata::report {

/// One kind of curve: its name in the legend, its line; kinds have the colours of the config's categories in their
/// order.
struct CurveKind {
  std::string name;
  double width = 1;
  std::vector<int> dash{1, 0};  ///< pixels drawn, left out, …
  bool told = true;             ///< by the legend
};

/// The layer of curves of rows that have a "kind": its colour, width and dash, told by one legend.
/// @param grouping        channels that say which rows are one curve, or in what order they are joined
/// @param legend_columns  0: as many as there is room for
[[nodiscard]] Json curve_layer(const Json& x, const Json& y, const Json& grouping, const std::vector<CurveKind>& kinds,
                               std::size_t legend_columns = 0);

/// The channel of a share, its axis in percent.
[[nodiscard]] Json percent_channel(const char* field, const char* title);

}  // namespace errata::report
