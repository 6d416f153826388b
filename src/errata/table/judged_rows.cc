#include "errata/table/judged_rows.h"

#include <algorithm>
#include <cmath>

namespace errata::table {
namespace {

template <typename T>
void keep(std::vector<T>& values, const std::vector<std::uint8_t>& kept) {
  if (values.empty()) return;
  std::size_t next = 0;
  for (std::size_t row = 0; row < values.size(); ++row) {
    if (kept[row] != 0) values[next++] = values[row];
  }
  values.resize(next);
}

void keep(ListColumn& list, const std::vector<std::uint8_t>& kept) {
  std::size_t next = 0;
  for (std::size_t row = 0; row < list.rows(); ++row) {
    if (kept[row] == 0) continue;
    std::ranges::copy(list.row(row), list.values.begin() + static_cast<std::ptrdiff_t>(next));
    next += list.width;
  }
  list.values.resize(next);
}

void recount(Column& column) {
  const auto count = [](const auto& values, auto is) {
    return static_cast<std::size_t>(std::ranges::count_if(values, is));
  };
  column.infinite = count(column.numbers, [](double x) { return std::isinf(x); });
  column.missing = count(column.numbers, [](double x) { return std::isnan(x); }) +
                   count(column.codes, [](std::int32_t c) { return c == kMissingCode; }) +
                   count(column.micros, [](std::int64_t t) { return t == kMissingTime; });
  column.nan = std::min(column.nan, column.missing);
}

}  // namespace

void keep_rows(PredictionLog& log, const std::vector<std::uint8_t>& kept) {
  for (Column& column : log.columns) {
    column.numbers.filter(kept);
    column.codes.filter(kept);
    keep(column.micros, kept);
    recount(column);
  }
  keep(log.embedding, kept);
  for (ListColumn& list : log.lists) keep(list, kept);
  keep(log.failed, kept);
  keep(log.loss, kept);
  keep(log.label_class, kept);
  keep(log.predicted_class, kept);
  keep(log.confidence, kept);
  keep(log.positive_score, kept);
  log.rows = static_cast<std::size_t>(std::ranges::count(kept, std::uint8_t{1}));
}

}  // namespace errata::table
