#include "errata/replay/repeated_cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <string_view>
#include <type_traits>
#include <unordered_set>
#include <vector>

namespace errata::replay {
namespace {

using table::Column;
using table::ColumnKind;

constexpr std::string_view kWhy =
    "a case that comes again knows the outcome of its twin, and the memory looks better than it is";

constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();

using Hashes = std::vector<std::uint64_t>;  // [rows]

std::uint64_t mixed(std::uint64_t bits) {
  bits = (bits ^ (bits >> 30U)) * 0xBF58476D1CE4E5B9U;
  bits = (bits ^ (bits >> 27U)) * 0x94D049BB133111EBU;
  return bits ^ (bits >> 31U);
}

/// Takes one more value of each row into its hash.
template <typename Values>
void add(const Values& values, Hashes& hashes) {
  if (values.size() != hashes.size()) return;  // the log has none
  for (std::size_t row = 0; row < hashes.size(); ++row) {
    if constexpr (std::is_floating_point_v<typename Values::value_type>) {
      const double value = values[row];
      hashes[row] = mixed(hashes[row] + 1 + std::bit_cast<std::uint64_t>(std::isnan(value) ? kNoNumber : value));
    } else {
      hashes[row] = mixed(hashes[row] + 1 + static_cast<std::uint64_t>(values[row]));
    }
  }
}

void add_column(const Column& column, Hashes& hashes) {
  switch (column.kind) {
    case ColumnKind::numeric: return add(column.numbers, hashes);
    case ColumnKind::categorical: return add(column.codes, hashes);
    case ColumnKind::timestamp: return add(column.micros, hashes);
  }
}

void add_embedding(const table::ListColumn& embedding, Hashes& hashes) {
  if (embedding.rows() != hashes.size()) return;
  for (std::size_t row = 0; row < hashes.size(); ++row)
    for (const float value : embedding.row(row))
      hashes[row] = mixed(hashes[row] + 1 + std::bit_cast<std::uint32_t>(value));
}

std::size_t distinct(const Hashes& hashes, std::span<const std::uint32_t> order) {
  Hashes sorted;
  sorted.reserve(order.size());
  for (const auto row : order) sorted.push_back(hashes[row]);
  std::ranges::sort(sorted);
  return static_cast<std::size_t>(std::ranges::unique(sorted).begin() - sorted.begin());
}

/// Whether one kind of value alone tells nearly all rows apart that differ at all.
bool one_tells_apart(const table::PredictionLog& log, std::span<const std::uint32_t> order, std::size_t different) {
  const auto tells = [&](const auto& take) {
    Hashes hashes(log.rows);
    take(hashes);
    return static_cast<double>(distinct(hashes, order)) >= 0.9 * static_cast<double>(different);
  };
  for (const Column& column : log.columns)
    if (column.kind != ColumnKind::categorical && column.name != log.roles.id &&
        tells([&](Hashes& hashes) { add_column(column, hashes); }))
      return true;
  return tells([&](Hashes& hashes) { add(log.confidence, hashes); }) ||
         tells([&](Hashes& hashes) { add_embedding(log.embedding, hashes); });
}

std::optional<std::string> repeated_rows(const table::PredictionLog& log, std::span<const std::uint32_t> order) {
  constexpr std::size_t kLeastRows = 50, kPart = 20, kMostAlike = 3;
  if (order.size() < kLeastRows) return std::nullopt;
  Hashes hashes(log.rows);
  for (const Column& column : log.columns)
    if (column.name != log.roles.id) add_column(column, hashes);
  add_embedding(log.embedding, hashes);
  for (const auto* classes : {&log.label_class, &log.predicted_class}) add(*classes, hashes);
  for (const auto* scores : {&log.confidence, &log.positive_score}) add(*scores, hashes);
  for (const auto* flags : {&log.failed, &log.judged}) add(*flags, hashes);
  const std::size_t different = distinct(hashes, order), repeated = order.size() - different;
  if (repeated < order.size() / kPart || different < order.size() / kMostAlike ||
      !one_tells_apart(log, order, different))
    return std::nullopt;
  std::unordered_set<std::uint64_t> seen;
  const auto first = std::ranges::find_if(order, [&](std::uint32_t row) { return !seen.insert(hashes[row]).second; });
  return fmt::format(
      "{} rows are the same as an earlier one in every column, the first of them is row {}: if they are "
      "copies, {}; ids (--id) tell cases apart",
      repeated, *first + 1, kWhy);
}

std::optional<std::string> repeated_ids(const table::PredictionLog& log, std::span<const std::uint32_t> order) {
  const Column* ids = log.roles.id ? log.find(*log.roles.id) : nullptr;
  if (ids == nullptr || ids->kind == ColumnKind::timestamp) return std::nullopt;
  std::vector<std::uint32_t> rows(order.begin(), order.end());
  const auto missing = [&](std::uint32_t row) {
    return ids->kind == ColumnKind::numeric ? std::isnan(ids->numbers[row]) : ids->codes[row] == table::kMissingCode;
  };
  std::erase_if(rows, missing);
  std::size_t repeated = 0;
  std::uint32_t first = 0;
  const auto count = [&](const auto& values) {
    std::ranges::stable_sort(rows, {}, [&](std::uint32_t row) { return values[row]; });
    for (std::size_t i = 1; i < rows.size(); ++i) {
      if (values[rows[i]] != values[rows[i - 1]]) continue;
      if (repeated++ == 0 || rows[i] < first) first = rows[i];
    }
  };
  ids->kind == ColumnKind::numeric ? count(ids->numbers) : count(ids->codes);
  if (repeated == 0) return std::nullopt;
  return fmt::format("id column {}: {} rows have an id that came before, the first is {} in row {}; {}", *log.roles.id,
                     repeated,
                     ids->kind == ColumnKind::numeric
                         ? fmt::format("{}", ids->numbers[first])
                         : fmt::format("'{}'", ids->categories[static_cast<std::size_t>(ids->codes[first])]),
                     first + 1, kWhy);
}

}  // namespace

std::optional<std::string> repeated_words(const table::PredictionLog& log, std::span<const std::uint32_t> order) {
  auto words = repeated_ids(log, order);
  return words ? words : repeated_rows(log, order);
}

}  // namespace errata::replay
