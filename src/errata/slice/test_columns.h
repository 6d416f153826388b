#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "errata/slice/pairing.h"
#include "errata/table/prediction_log.h"

/// Parts of logs for the tests of this module.
namespace errata::slice {

inline table::Column numbers(std::string name, std::vector<double> values) {
  table::Column column{.name = std::move(name), .kind = table::ColumnKind::numeric};
  column.missing = static_cast<std::size_t>(std::ranges::count_if(values, [](double x) { return std::isnan(x); }));
  column.numbers = std::move(values);
  return column;
}

inline table::Column words(std::string name, std::vector<std::int32_t> codes, std::vector<std::string> categories) {
  table::Column column{.name = std::move(name), .kind = table::ColumnKind::categorical};
  column.codes = codes;
  column.categories = std::move(categories);
  column.missing = static_cast<std::size_t>(std::ranges::count(column.codes, table::kMissingCode));
  return column;
}

/// Every row of a log with the same row of another one.
inline Pairing in_order(std::size_t rows) {
  Pairing pairing{.by = PairedBy::order};
  pairing.first.resize(rows);
  std::iota(pairing.first.begin(), pairing.first.end(), 0U);
  pairing.second = pairing.first;
  return pairing;
}

}  // namespace errata::slice
