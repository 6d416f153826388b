#include "errata/table/duckdb/epoch_time.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace errata::table {
namespace {

constexpr double kFrom = 946'684'800, kTo = 4'102'444'800;  // 2000 and 2100, seconds since 1970
constexpr std::array<EpochUnit, 4> kUnits{
    {{"seconds", 1e6}, {"milliseconds", 1e3}, {"microseconds", 1}, {"nanoseconds", 1e-3}}};

/// Numbers of a column as far as it was looked at. A text that is no whole number is no number.
struct Extent {
  double least = 0, largest = 0;
  bool numbers = false;  ///< are there some, and nothing else?
};

std::string number_sql(const EpochColumn& column) {
  return fmt::format("{}({} AS {})", column.text ? "TRY_CAST" : "CAST", column.value,
                     column.exact ? "HUGEINT" : "DOUBLE");
}

Result<Extent> extent_of(const Connection& connection, const EpochColumn& column, const std::string& relation,
                         std::size_t rows) {
  ERRATA_ASSIGN(
      const auto found,
      connection.query(fmt::format(
          "SELECT CAST(min(x) AS DOUBLE), CAST(max(x) AS DOUBLE), count(*) FILTER (x IS NULL) FROM "
          "(SELECT {} AS x, {} AS raw FROM {}{}) WHERE raw IS NOT NULL AND (x IS NULL OR x NOT IN (0, -1))",
          number_sql(column), column.value, relation, rows == 0 ? std::string() : fmt::format(" LIMIT {}", rows))));
  if (!found[0][0] || found[0][2] != "0") return Extent{};
  return Extent{.least = std::stod(*found[0][0]), .largest = std::stod(*found[0][1]), .numbers = true};
}

}  // namespace

Result<std::optional<EpochUnit>> epoch_of(const Connection& connection, const EpochColumn& column,
                                          const std::string& relation, std::size_t rows) {
  ERRATA_ASSIGN(const Extent extent, extent_of(connection, column, relation, rows));
  for (const EpochUnit& unit : kUnits)
    if (extent.numbers && extent.least * unit.micros >= kFrom * 1e6 && extent.largest * unit.micros <= kTo * 1e6)
      return unit;
  return std::nullopt;
}

Result<std::optional<EpochUnit>> epoch_by_size(const Connection& connection, const EpochColumn& column,
                                               const std::string& relation) {
  ERRATA_ASSIGN(const Extent extent, extent_of(connection, column, relation, 0));
  if (!extent.numbers) return column.text ? std::nullopt : std::optional(kUnits[0]);
  const double size = std::max(std::abs(extent.least), std::abs(extent.largest));
  return kUnits[size < 1e11 ? 0 : size < 1e14 ? 1 : size < 1e17 ? 2 : 3];
}

std::string epoch_sql(const EpochColumn& column, const EpochUnit& unit) {
  const std::string number = number_sql(column);
  if (!column.exact) return fmt::format("TRY(make_timestamp(CAST({} * {:e} AS BIGINT)))", number, unit.micros);
  const auto parts = static_cast<int>(std::lround(1 / unit.micros));
  const std::string micros = unit.micros >= 1
                                 ? fmt::format("{} * {:.0f}", number, unit.micros)
                                 : fmt::format("({} + {}) // {}", number, column.up ? parts - 1 : 0, parts);
  return fmt::format("TRY(make_timestamp(CAST({} AS BIGINT)))", micros);
}

}  // namespace errata::table
