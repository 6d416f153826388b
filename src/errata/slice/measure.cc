#include <algorithm>
#include <numeric>

#include "errata/slice/bitset.h"
#include "errata/slice/conjunction.h"
#include "errata/slice/narrow_columns.h"
#include "errata/slice/search.h"

namespace errata::slice {
namespace {

void count(const SearchInput& input, std::uint32_t row, Slice& slice) {
  ++slice.n;
  slice.failures += input.failed[row];
  if (!input.loss.empty()) slice.loss += input.loss[row];
}

void sum_up(const SearchInput& input, Slice& slice) {
  if (input.loss.empty()) slice.loss = static_cast<double>(slice.failures);
}

}  // namespace

std::size_t range_bins(const table::CodedFeature& feature) {
  if (!feature.ordered) return 0;
  return static_cast<std::size_t>(std::ranges::count(feature.bins, table::Bin::Kind::range, &table::Bin::kind));
}

std::size_t search_memory_bound(const SearchSize& size) {
  const std::size_t columns = (size.features + size.wide_features) * (size.rows + size.lossy_rows);
  const std::size_t losses = 24 * size.lossy_rows + size.predicates * words_for(size.lossy_rows) * 8;
  const std::size_t pairs = 96 * size.predicates * size.predicates;
  const std::size_t scratch =
      size.threads * (2'048 * (size.predicates + 1) + 8 * words_for(size.lossy_rows)) + 72 * size.codes;
  constexpr std::size_t kMiB = std::size_t{1} << 20;
  return columns + losses + pairs + scratch + 64 * kMiB + 2 * kMiB * size.threads;
}

Slice measure_slice(const SearchInput& input, std::vector<CodedPredicate> where) {
  Slice slice{.where = std::move(where)};
  const std::vector<std::uint32_t> members = slice_rows(input.table, slice.where);
  if (input.rows.empty()) {
    for (const std::uint32_t row : members) count(input, row, slice);
  } else {
    for (const std::uint32_t i : positions_in(members, input.rows)) count(input, input.rows[i], slice);
  }
  sum_up(input, slice);
  return slice;
}

SliceInParts measure_in_parts(const SearchInput& input, std::vector<CodedPredicate> where,
                              std::span<const std::uint8_t> second) {
  SliceInParts parts{.whole = {.where = where}, .first = {.where = where}, .second = {.where = where}};
  parts.rows = slice_rows(input.table, where);
  for (const std::uint32_t row : parts.rows) {
    count(input, row, second[row] != 0 ? parts.second : parts.first);
    count(input, row, parts.whole);
  }
  for (Slice* slice : {&parts.whole, &parts.first, &parts.second}) sum_up(input, *slice);
  return parts;
}

std::vector<std::uint32_t> slice_rows(const table::CodedTable& table, std::span<const CodedPredicate> where) {
  std::vector<NarrowColumn> columns;
  for (const CodedPredicate& predicate : where)
    columns.emplace_back(table.features[predicate.feature], std::span<const std::uint32_t>{});
  std::vector<CodeTest<NarrowColumn>> tests;
  for (std::size_t i = 0; i < where.size(); ++i) {
    tests.emplace_back(columns[i], where[i].first, where[i].last, where[i].also);
  }
  return rows_that_pass<NarrowColumn>(tests, table.rows, table.rows);
}

std::vector<std::uint8_t> slice_members(const table::CodedTable& table, std::span<const CodedPredicate> where) {
  std::vector<std::uint8_t> members(table.rows, 0);
  for (const std::uint32_t row : slice_rows(table, where)) members[row] = 1;
  return members;
}

std::vector<std::uint32_t> positions_in(std::span<const std::uint32_t> rows, std::span<const std::uint32_t> others) {
  std::vector<std::uint32_t> positions;
  std::size_t position = 0;
  for (const std::uint32_t row : rows) {
    while (position < others.size() && others[position] < row) ++position;
    if (position == others.size()) break;
    if (others[position] == row) positions.push_back(static_cast<std::uint32_t>(position));
  }
  return positions;
}

std::vector<std::uint32_t> rows_of(std::span<const std::uint8_t> members) {
  std::vector<std::uint32_t> rows;
  for (std::size_t row = 0; row < members.size(); ++row) {
    if (members[row] != 0) rows.push_back(static_cast<std::uint32_t>(row));
  }
  return rows;
}

std::vector<std::uint32_t> all_rows(std::size_t rows) {
  std::vector<std::uint32_t> all(rows);
  std::iota(all.begin(), all.end(), 0U);
  return all;
}

}  // namespace errata::slice
