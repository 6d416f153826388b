#include "errata/table/duckdb/list_column.h"

#include <duckdb.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "errata/base/error.h"
#include "errata/table/duckdb/vectors.h"

namespace errata::table {
namespace {

/// The place of the first value that is missing or not finite; the size when there is none.
std::size_t first_unusable(std::span<const float> values, const std::uint64_t* validity, std::size_t offset) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i]) || !is_valid(validity, offset + i)) return i;
  }
  return values.size();
}

}  // namespace

std::optional<ListFault> append_list(ListColumn& column, _duckdb_vector* vector, std::size_t count,
                                     std::size_t width_limit, std::size_t expected_rows) {
  const auto* lists = static_cast<const duckdb_list_entry*>(duckdb_vector_get_data(vector));
  const std::uint64_t* validity = duckdb_vector_get_validity(vector);
  duckdb_vector child = duckdb_list_vector_get_child(vector);
  const auto* values = static_cast<const float*>(duckdb_vector_get_data(child));
  const std::uint64_t* child_validity = duckdb_vector_get_validity(child);
  std::size_t row = column.rows();
  const auto fault = [&row](std::string words) { return ListFault{.row = row, .words = std::move(words)}; };
  for (std::size_t i = 0; i < count; ++i, ++row) {
    if (!is_valid(validity, i)) return fault("is missing or no list of numbers");
    const auto [offset, length] = lists[i];
    if (row == 0) {
      if (length == 0) return fault("is an empty list");
      if (length > width_limit) return fault(fmt::format("holds {} numbers; the limit is {}", length, width_limit));
      column.width = length;
      column.values.reserve(expected_rows * length);
    }
    if (length != column.width)
      return fault(fmt::format("holds {} numbers, not {} as the first row of the log", length, column.width));
    const std::span<const float> list(values + offset, length);
    if (const std::size_t at = first_unusable(list, child_validity, offset); at < length)
      return fault(fmt::format("has no finite number in place {}", at + 1));
    column.values.insert(column.values.end(), list.begin(), list.end());
  }
  return std::nullopt;
}

void put_list(const ListColumn& column, std::size_t first, std::size_t count, _duckdb_vector* vector) {
  const std::size_t width = column.width, size = count * width;
  ERRATA_CHECK(duckdb_list_vector_reserve(vector, size) == DuckDBSuccess);
  ERRATA_CHECK(duckdb_list_vector_set_size(vector, size) == DuckDBSuccess);
  auto* lists = static_cast<duckdb_list_entry*>(duckdb_vector_get_data(vector));
  for (std::size_t i = 0; i < count; ++i) lists[i] = {.offset = i * width, .length = width};
  auto* values = static_cast<float*>(duckdb_vector_get_data(duckdb_list_vector_get_child(vector)));
  std::copy_n(column.values.begin() + static_cast<std::ptrdiff_t>(first * width), size, values);
}

}  // namespace errata::table
