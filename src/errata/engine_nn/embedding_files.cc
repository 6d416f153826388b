#include "errata/engine_nn/embedding_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <tuple>
#include <utility>

#include "errata/table/read_log.h"

namespace errata::engine_nn {
namespace {

constexpr const char* kRow = "row";
constexpr const char* kColumn = "column";

/// A table of vectors, a row each.
struct VectorTable {
  std::size_t rows = 0, dimensions = 0;
  std::vector<float> values;                    ///< [rows, dimensions]
  std::optional<std::vector<double>> at_row{};  ///< [rows], where the table says them
  std::optional<std::vector<double>> at_column{};
};

bool is_place(const std::string& name) { return name == kRow || name == kColumn; }

bool holds_lists(const table::ColumnSchema& column) {
  return column.type.ends_with(']') || (column.type == "VARCHAR" && column.example.starts_with('['));
}

/// What of a table is read: its one column of lists, or all others.
Result<table::ReadOptions> options_for(const std::string& place, const Progress& progress) {
  table::ReadOptions options{.paths = {place}};
  ERRATA_ASSIGN(const table::LogSchema schema, table::read_schema(options, progress.cancellation()));
  options.keep_unjudged = options.may_lack_outcomes = true;
  for (const auto& column : schema.columns) {
    if (is_place(column.name))
      options.roles.others.push_back(column.name);
    else if (holds_lists(column))
      options.roles.lists.push_back(column.name);
  }
  if (options.roles.lists.size() > 1)
    return data_error(fmt::format("{}: the columns {} and {} both hold lists; the embeddings are one column", place,
                                  options.roles.lists[0], options.roles.lists[1]));
  for (const auto& column : schema.columns) {
    if (is_place(column.name) || holds_lists(column)) continue;
    (options.roles.lists.empty() ? options.roles.others : options.roles.ignore).push_back(column.name);
  }
  if (options.roles.lists.empty() && std::ranges::all_of(options.roles.others, is_place))
    return data_error(fmt::format("{}: holds no column of lists, and none of numbers", place));
  return options;
}

Result<std::vector<double>> numbers_in(const table::PredictionLog& log, const std::string& name) {
  const table::Column* column = log.find(name);
  const std::string& place = log.files.front();
  if (column == nullptr || column->kind != table::ColumnKind::numeric)
    return data_error(
        fmt::format("{}: the column {} holds no numbers; where there is no column of lists, each is a "
                    "dimension",
                    place, name));
  std::vector<double> numbers(log.rows);
  for (std::size_t row = 0; row < log.rows; ++row) {
    numbers[row] = column->numbers[row];
    if (!std::isfinite(numbers[row]))
      return data_error(fmt::format("{}: row {}: {} is {}; it must be a finite number", place, row + 1, name,
                                    std::isnan(numbers[row]) ? "missing or NaN" : fmt::format("{}", numbers[row])));
  }
  return numbers;
}

Result<VectorTable> read_vectors(const std::string& place, const Progress& progress) {
  ERRATA_ASSIGN(const table::ReadOptions options, options_for(place, progress));
  ERRATA_ASSIGN(table::PredictionLog log, table::read_log(options, progress));
  VectorTable read{.rows = log.rows};
  std::vector<std::vector<double>> dimensions;
  for (const std::string& name : options.roles.others) {
    ERRATA_ASSIGN(auto numbers, numbers_in(log, name));
    if (name == kRow)
      read.at_row = std::move(numbers);
    else if (name == kColumn)
      read.at_column = std::move(numbers);
    else
      dimensions.push_back(std::move(numbers));
  }
  if (!options.roles.lists.empty()) {
    read.dimensions = log.lists.front().width;
    read.values = std::move(log.lists.front().values);
    return read;
  }
  read.dimensions = dimensions.size();
  for (std::size_t row = 0; row < read.rows; ++row)
    for (const auto& dimension : dimensions) read.values.push_back(static_cast<float>(dimension[row]));
  return read;
}

/// The vectors laid where `row` and `column` say.
Result<relevance::PartVectors> laid_out(const VectorTable& table, const std::string& place) {
  relevance::PartVectors parts{.dimensions = table.dimensions};
  for (std::size_t i = 0; i < table.rows; ++i)
    for (const auto& [name, values, sides] :
         {std::tuple(kRow, &*table.at_row, &parts.rows), std::tuple(kColumn, &*table.at_column, &parts.columns)}) {
      const double value = (*values)[i];
      if (!(value >= 0 && value < static_cast<double>(table.rows) && value == std::floor(value)))
        return data_error(fmt::format("{}: row {}: {} is {}, not a whole number from 0 to {}", place, i + 1, name,
                                      value, table.rows - 1));
      *sides = std::max(*sides, static_cast<std::size_t>(value) + 1);
    }
  if (parts.rows * parts.columns != table.rows)
    return data_error(fmt::format("{}: {} rows are no grid of {} x {}", place, table.rows, parts.rows, parts.columns));
  parts.values.resize(table.values.size());
  std::vector<std::uint8_t> taken(table.rows);
  for (std::size_t i = 0; i < table.rows; ++i) {
    const std::size_t part =
        static_cast<std::size_t>((*table.at_row)[i]) * parts.columns + static_cast<std::size_t>((*table.at_column)[i]);
    if (std::exchange(taken[part], 1) == 1)
      return data_error(fmt::format("{}: row {}: row {}, column {} stands there already", place, i + 1,
                                    part / parts.columns, part % parts.columns));
    std::copy_n(table.values.begin() + static_cast<std::ptrdiff_t>(i * table.dimensions), table.dimensions,
                parts.values.begin() + static_cast<std::ptrdiff_t>(part * table.dimensions));
  }
  return parts;
}

Result<relevance::PartVectors> read_parts(const std::string& place, const Progress& progress) {
  if (place.ends_with(".npy")) return relevance::read_part_vectors(place);
  ERRATA_ASSIGN(VectorTable table, read_vectors(place, progress));
  if (table.at_row.has_value() != table.at_column.has_value())
    return data_error(fmt::format("{}: has a column {} and none called {}", place, table.at_row ? kRow : kColumn,
                                  table.at_row ? kColumn : kRow));
  if (table.at_row) return laid_out(table, place);
  const auto side = relevance::side_of_grid(table.rows);
  if (!side)
    return data_error(fmt::format("{}: {} rows are no square grid of parts; columns {} and {} say what else they are",
                                  place, table.rows, kRow, kColumn));
  return relevance::PartVectors{
      .rows = *side, .columns = *side, .dimensions = table.dimensions, .values = std::move(table.values)};
}

Result<std::vector<float>> read_query(const std::string& place, const Progress& progress) {
  if (place.ends_with(".npy")) return relevance::read_query_vector(place);
  ERRATA_ASSIGN(VectorTable table, read_vectors(place, progress));
  if (table.rows != 1)
    return data_error(fmt::format("{}: has {} rows; the embedding of the query is one", place, table.rows));
  return std::move(table.values);
}

}  // namespace

Result<relevance::Embeddings> read_embedding_files(const std::string& patches, const std::string& query,
                                                   const Progress& progress) {
  ERRATA_ASSIGN(auto parts, read_parts(patches, progress));
  ERRATA_ASSIGN(auto asked, read_query(query, progress));
  return relevance::embeddings_of(std::move(parts), patches, std::move(asked), query);
}

}  // namespace errata::engine_nn
