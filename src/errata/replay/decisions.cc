#include "errata/replay/decisions.h"

#include <array>
#include <numeric>

namespace errata::replay {
namespace {

table::Column number_column(std::string name, std::vector<double> numbers) {
  return {.name = std::move(name), .source_type = "DOUBLE", .numbers = std::move(numbers)};
}

/// A column of the log for the decided cases.
table::Column taken(const table::Column& from, const CaseStream& cases, std::size_t first,
                    const std::vector<std::size_t>& order) {
  table::Column column{
      .name = from.name, .kind = from.kind, .source_type = from.source_type, .categories = from.categories};
  for (const std::size_t position : order) {
    const std::size_t row = cases.row(first + position);
    if (!from.numbers.empty()) column.numbers.push_back(from.numbers[row]);
    if (!from.codes.empty()) column.codes.push_back(from.codes[row]);
    if (!from.micros.empty()) column.micros.push_back(from.micros[row]);
  }
  return column;
}

}  // namespace

std::vector<table::Column> decision_columns(const table::PredictionLog& log, const CaseStream& cases,
                                            const StreamedCases& streamed, const std::optional<std::string>& stream,
                                            std::vector<std::size_t> order) {
  const std::size_t positions = streamed.risk.size(), first = streamed.first;
  if (order.empty()) {
    order.resize(positions);
    std::iota(order.begin(), order.end(), std::size_t{0});
  }
  const auto numbers = [&](std::string name, auto value) {
    std::vector<double> values(positions);
    for (std::size_t p = 0; p < positions; ++p) values[p] = static_cast<double>(value(order[p]));
    return number_column(std::move(name), std::move(values));
  };
  const auto words = [&](std::string name, std::vector<std::string> categories, auto code) {
    table::Column column{.name = std::move(name), .kind = table::ColumnKind::categorical, .source_type = "VARCHAR"};
    column.categories = std::move(categories);
    for (std::size_t p = 0; p < positions; ++p) column.codes.push_back(static_cast<std::int32_t>(code(order[p])));
    return column;
  };
  std::vector<table::Column> columns;
  columns.push_back(numbers("row", [&](std::size_t p) { return cases.row(first + p) + 1; }));
  for (const auto& name : {log.roles.id, log.roles.time, stream})
    if (name && log.find(*name) != nullptr) columns.push_back(taken(*log.find(*name), cases, first, order));
  columns.push_back(words("errata_part", {"eval", "warm"},
                          [&](std::size_t p) { return cases.part(first + p) == Part::eval ? 0 : 1; }));
  columns.push_back(numbers("errata_risk", [&](std::size_t p) { return streamed.risk[p]; }));
  columns.push_back(words("errata_decision", {"abstain", "accept", "defer"}, [&](std::size_t p) {
    constexpr std::array kCode{1, 2, 0};  // accept, defer, abstain in the order of their names
    return kCode[streamed.decision[p]];
  }));
  columns.push_back(numbers("errata_threshold", [&](std::size_t p) { return streamed.threshold[p]; }));
  columns.push_back(numbers("errata_mode", [&](std::size_t p) {
    return streamed.mode[p] == memory::kNoMode ? memory::kUnknown : static_cast<double>(streamed.mode[p]);
  }));
  columns.push_back(numbers("errata_danger", [&](std::size_t p) { return streamed.danger[p]; }));
  columns.push_back(words("errata_reason", streamed.reasons, [&](std::size_t p) { return streamed.reason[p]; }));
  columns.push_back(numbers("errata_failed", [&](std::size_t p) {
    return cases.has_outcome(first + p) ? static_cast<double>(cases.failed(first + p)) : memory::kUnknown;
  }));
  for (std::size_t s = 1; s < streamed.scores.size(); ++s)
    columns.push_back(
        numbers("score_" + streamed.score_names[s], [&](std::size_t p) { return streamed.scores[s][p]; }));
  return columns;
}

}  // namespace errata::replay
