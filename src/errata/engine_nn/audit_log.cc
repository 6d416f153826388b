// From a log to cases that can be audited.
//
// Latents come as columns of numbers, a column a latent, or as columns of lists, a block a list; both are gathered into
// one matrix. The classes are those that occur as label or prediction, in their order; logits follow the same order,
// or, where there are more logits than classes occur and classes are whole numbers, the numbers are the places.
#include "errata/engine_nn/audit_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "errata/engine_nn/audit_arrays.h"
#include "errata/engine_nn/audit_classes.h"

namespace errata::engine_nn {
namespace {

using audit::AuditCases;
using table::Column;
using table::ColumnKind;
using table::PredictionLog;

/// Names with * at the end replaced by the log's columns that begin so.
Result<std::vector<std::string>> expand(const std::vector<std::string>& names, const table::LogSchema& schema,
                                        std::string_view role) {
  std::vector<std::string> expanded;
  for (const std::string& name : names) {
    if (!name.ends_with('*')) {
      expanded.push_back(name);
      continue;
    }
    const auto before = expanded.size();
    for (const auto& column : schema.columns)
      if (column.name.starts_with(std::string_view(name).substr(0, name.size() - 1))) expanded.push_back(column.name);
    if (expanded.size() == before)
      return invalid_argument(fmt::format("{} columns {}: no column of the log begins so", role, name));
  }
  return expanded;
}

/// Lists are a type of Parquet and JSON; delimited text has them as text in brackets.
bool is_list(const table::LogSchema& schema, const std::string& name) {
  const auto found = std::ranges::find(schema.columns, name, &table::ColumnSchema::name);
  return found != schema.columns.end() &&
         (found->type.ends_with(']') || (found->type == "VARCHAR" && found->example.starts_with('[')));
}

/// Appends one named column or list to each row of a matrix that grows by columns.
struct Gathered {
  std::vector<const Column*> columns;           ///< one column wide
  std::vector<const table::ListColumn*> lists;  ///< as wide as they are
  std::vector<audit::LatentBlock> blocks;
  std::size_t width = 0;
};

Result<Gathered> gather(const PredictionLog& log, const std::vector<std::string>& names, std::string_view role) {
  Gathered gathered;
  for (const std::string& name : names) {
    const auto list = std::ranges::find(log.lists, name, &table::ListColumn::name);
    const bool embedding = log.embedding.width > 0 && log.embedding.name == name;
    const Column* column = log.find(name);
    if (list != log.lists.end() || embedding) {
      gathered.lists.push_back(embedding ? &log.embedding : &*list);
      gathered.columns.push_back(nullptr);
    } else if (column != nullptr && column->kind == ColumnKind::numeric) {
      gathered.lists.push_back(nullptr);
      gathered.columns.push_back(column);
    } else {
      return invalid_argument(fmt::format("{} column {}: it holds no numbers", role, name));
    }
    const std::size_t width = gathered.lists.back() != nullptr ? gathered.lists.back()->width : 1;
    gathered.blocks.push_back({.name = name, .first = gathered.width, .width = width});
    gathered.width += width;
  }
  return gathered;
}

Result<std::vector<float>> matrix_of(const PredictionLog& log, const Gathered& gathered, std::string_view role) {
  std::vector<float> values(log.rows * gathered.width);
  for (std::size_t c = 0; c < gathered.blocks.size(); ++c) {
    const auto [name, first, width] = gathered.blocks[c];
    for (std::size_t row = 0; row < log.rows; ++row) {
      float* to = &values[row * gathered.width + first];
      if (gathered.lists[c] != nullptr) {
        std::ranges::copy(gathered.lists[c]->row(row), to);
        continue;
      }
      const double x = gathered.columns[c]->numbers[row];
      if (!std::isfinite(x) || std::abs(x) > static_cast<double>(std::numeric_limits<float>::max()))
        return data_error(fmt::format("{}: row {}: {} column {} is {}; it must be a finite number", log.files.front(),
                                      row + 1, role, name, std::isnan(x) ? "missing or NaN" : fmt::format("{}", x)));
      *to = static_cast<float>(x);
    }
  }
  return values;
}

/// Neighbouring single columns are one block: "h0 … h223".
std::vector<audit::LatentBlock> joined(const std::vector<audit::LatentBlock>& blocks) {
  std::vector<audit::LatentBlock> result;
  bool open = false;
  std::string begin;
  for (const auto& block : blocks) {
    if (block.width > 1) {
      result.push_back(block);
      open = false;
    } else if (open) {
      result.back().width += 1;
      result.back().name = begin + " … " + block.name;
    } else {
      result.push_back(block);
      begin = block.name;
      open = true;
    }
  }
  return result;
}

std::string text_at(const Column& column, std::size_t row) {
  if (column.kind == ColumnKind::categorical)
    return column.codes[row] == table::kMissingCode ? "none"
                                                    : column.categories[static_cast<std::size_t>(column.codes[row])];
  return column.kind == ColumnKind::numeric ? fmt::format("{}", column.numbers[row]) : "none";
}

/// "rotate+fog" is two groups; a missing one is "none".
void take_groups(const Column& column, std::size_t rows, AuditCases& cases) {
  for (std::size_t row = 0; row < rows; ++row) {
    const std::string text = text_at(column, row);
    std::vector<std::uint32_t> groups;
    for (std::size_t at = 0; at <= text.size();) {
      const std::size_t end = std::min(text.find('+', at), text.size());
      const std::string name = text.substr(at, end - at);
      auto found = std::ranges::find(cases.groups, name);
      if (found == cases.groups.end()) found = cases.groups.insert(cases.groups.end(), name);
      groups.push_back(static_cast<std::uint32_t>(found - cases.groups.begin()));
      at = end + 1;
    }
    cases.groups_of.push_back(std::move(groups));
  }
}

void take_order(AuditLog& read) {
  read.order.resize(read.cases.count);
  std::iota(read.order.begin(), read.order.end(), 0);
  const Column* time = read.log.roles.time ? read.log.find(*read.log.roles.time) : nullptr;
  if (time == nullptr || time->missing > 0) return;
  read.in_time_order = true;
  if (time->kind == ColumnKind::timestamp)
    std::ranges::stable_sort(read.order, {}, [&](std::size_t row) { return time->micros[row]; });
  else if (time->kind == ColumnKind::numeric)
    std::ranges::stable_sort(read.order, {}, [&](std::size_t row) { return time->numbers[row]; });
  else
    read.in_time_order = false;
}

Result<void> take_outcomes(AuditLog& read, const AuditColumns& columns) {
  const PredictionLog& log = read.log;
  AuditCases& cases = read.cases;
  const std::string& file = log.files.front();
  cases.count = log.rows;
  cases.classes = log.classes;
  cases.predicted = log.predicted_class;
  cases.failed = log.failed;
  read.judged = log.judged;
  const auto unknown = std::ranges::count(log.judged, std::uint8_t{0});
  if (unknown == 0) cases.labels = log.label_class;
  if (!columns.known_classes && unknown > 0)
    return data_error(fmt::format("{}: {} rows have no outcome", file, unknown));
  const auto no_class = std::ranges::find(cases.predicted, table::kNoClass);
  if (no_class != cases.predicted.end())
    return data_error(fmt::format("{}: row {}: no prediction", file, no_class - cases.predicted.begin() + 1));
  return columns.known_classes ? match_classes(cases, *columns.known_classes, file) : Result<void>{};
}

bool lists_none(const PredictionLog& log, const std::vector<std::string>& names) {
  return std::ranges::all_of(names, [&](const std::string& name) { return log.find(name) != nullptr; });
}

Result<void> take_matrices(AuditLog& read, const AuditColumns& columns) {
  ERRATA_ASSIGN(const Gathered latents, gather(read.log, read.latent_columns, "latent"));
  ERRATA_ASSIGN(read.cases.latents, matrix_of(read.log, latents, "latent"));
  read.cases.blocks = joined(latents.blocks);
  read.cases.penultimate = read.cases.blocks.empty() ? 0 : read.cases.blocks.size() - 1;
  for (std::size_t b = 0; b < read.cases.blocks.size(); ++b)
    for (const char* usual : {"hidden", "penultimate", "latent_hidden", "embedding"})
      if (read.cases.blocks[b].name == usual) read.cases.penultimate = b;
  if (!columns.known_classes && lists_none(read.log, read.logit_columns))
    order_by_names(read.cases, read.logit_columns);
  ERRATA_ASSIGN(const Gathered logits, gather(read.log, read.logit_columns, "logit"));
  if (logits.width == 0) return {};
  ERRATA_ASSIGN(read.cases.logits, matrix_of(read.log, logits, "logit"));
  const std::size_t width = complete_single_logit(
      read.cases.logits, logits.width, columns.known_classes.value_or(read.cases.classes), read.log.warnings);
  ERRATA_TRY(name_logits(read.cases, width, columns, read.log.files.front()));
  return {};
}

Result<AuditLog> read_table(const table::ReadOptions& options, const AuditColumns& columns, const Progress& progress) {
  ERRATA_ASSIGN(const table::LogSchema schema, table::read_schema(options, progress.cancellation()));
  AuditLog read;
  ERRATA_ASSIGN(read.latent_columns, expand(columns.latents, schema, "latent"));
  ERRATA_ASSIGN(read.logit_columns, expand(columns.logits, schema, "logit"));
  table::ReadOptions with = options;
  with.keep_unjudged = true;
  with.may_lack_outcomes = columns.known_classes.has_value();
  with.keep_embedding = read.latent_columns.empty();
  // A case has a logit a class, so that labels are classes, however many they are.
  if (!read.logit_columns.empty() && !with.task) with.task = table::Task::classes;
  for (const auto* names : {&read.latent_columns, &read.logit_columns})
    for (const std::string& name : *names)
      (is_list(schema, name) ? with.roles.lists : with.roles.others).push_back(name);
  for (const auto& name : {columns.group, columns.split})
    if (name) with.roles.others.push_back(*name);
  ERRATA_ASSIGN(read.log, table::read_log(with, progress));
  if (read.latent_columns.empty() && read.log.embedding.width > 0) read.latent_columns = {read.log.embedding.name};
  ERRATA_TRY(take_outcomes(read, columns));
  ERRATA_TRY(take_matrices(read, columns));
  read.warnings = read.log.warnings;
  check_logits(read);
  if (columns.group) take_groups(*read.log.find(*columns.group), read.log.rows, read.cases);
  if (columns.split)
    for (std::size_t row = 0; row < read.log.rows; ++row)
      read.split.push_back(text_at(*read.log.find(*columns.split), row));
  take_order(read);
  return read;
}

}  // namespace

Result<AuditLog> read_audit_log(const table::ReadOptions& read, const AuditColumns& columns, const Progress& progress) {
  ERRATA_ASSIGN(AuditLog log,
                holds_arrays(read.paths) ? read_arrays(read, columns) : read_table(read, columns, progress));
  if (log.cases.latents.empty() && log.cases.logits.empty())
    return invalid_argument(fmt::format(
        "{}: there is nothing to audit: name the columns of the model's latents with --latent or --embedding, and its "
        "logits with --logits",
        read.paths.front()));
  return log;
}

}  // namespace errata::engine_nn
