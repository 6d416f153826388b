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

std::string number_sql(const EpochColumn& column) {
  return fmt::format("{}({} AS {})", column.text ? "TRY_CAST" : "CAST", column.value,
                     column.exact ? "HUGEINT" : "DOUBLE");
}

/// The numbers of a column but 0 and −1, NULL for what is none.
std::string numbers_sql(const EpochColumn& column, const std::string& relation, std::size_t rows) {
  return fmt::format(
      "(SELECT x FROM (SELECT {} AS x, {} AS raw FROM {}{}) WHERE raw IS NOT NULL AND (x IS NULL OR x NOT IN (0, -1)))",
      number_sql(column), column.value, relation, rows == 0 ? std::string() : fmt::format(" LIMIT {}", rows));
}

/// Does a number, `x` in SQL, lie in the years that a unit is told by?
std::string in_years(const EpochUnit& unit) {
  return fmt::format("x BETWEEN {:.0f} AND {:.0f}", kFrom * 1e6 / unit.micros, kTo * 1e6 / unit.micros);
}

/// The unit in which most numbers lie in these years, and the others are few different ones: 253402300799, 2147483647
/// and their like stand for "never".
Result<std::optional<EpochUnit>> unit_of_most(const Connection& connection, const std::string& numbers) {
  constexpr std::size_t kMostSentinels = 3;
  std::string counts = "count(*), count(x)";
  for (const EpochUnit& unit : kUnits) counts += fmt::format(", count(*) FILTER ({})", in_years(unit));
  ERRATA_ASSIGN(const auto found, connection.query(fmt::format("SELECT {} FROM {}", counts, numbers)));
  const auto count = [&](std::size_t i) { return std::stoull(found[0][i].value_or("0")); };
  if (count(0) == 0 || count(0) != count(1)) return std::nullopt;
  for (std::size_t u = 0; u < kUnits.size(); ++u) {
    if (count(2 + u) == count(0)) return kUnits[u];
    if (2 * count(2 + u) <= count(0)) continue;
    ERRATA_ASSIGN(const auto others, connection.query(fmt::format("SELECT count(DISTINCT x) FROM {} WHERE NOT ({})",
                                                                  numbers, in_years(kUnits[u]))));
    if (std::stoull(others[0][0].value_or("0")) <= kMostSentinels) return kUnits[u];
  }
  return std::nullopt;
}

}  // namespace

Result<std::optional<EpochUnit>> epoch_of(const Connection& connection, const EpochColumn& column,
                                          const std::string& relation, std::size_t rows) {
  return unit_of_most(connection, numbers_sql(column, relation, rows));
}

Result<std::optional<EpochUnit>> epoch_by_size(const Connection& connection, const EpochColumn& column,
                                               const std::string& relation) {
  const std::string numbers = numbers_sql(column, relation, 0);
  ERRATA_ASSIGN(const auto unit, unit_of_most(connection, numbers));
  if (unit) return unit;
  ERRATA_ASSIGN(
      const auto found,
      connection.query(fmt::format(
          "SELECT CAST(min(x) AS DOUBLE), CAST(max(x) AS DOUBLE), count(*) FILTER (x IS NULL) FROM {}", numbers)));
  if (!found[0][0] || found[0][2] != "0") return column.text ? std::nullopt : std::optional(kUnits[0]);
  const double size = std::max(std::abs(std::stod(*found[0][0])), std::abs(std::stod(*found[0][1])));
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
