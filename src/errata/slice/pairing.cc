// Two logs often hold the same cases, judged by two models. Then the difference of the two failure rates is told by the
// cases on which they differ, and a test that takes the logs for two samples throws away most of what is known. Which
// rows belong together is said by ids, or by the order of rows: the files that people compare are mostly two columns of
// predictions written beside the same test set. That can be seen, since labels and features are then equal in every
// row, which no two samples of any size are by chance.
#include "errata/slice/pairing.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <optional>
#include <unordered_map>

namespace errata::slice {
namespace {

using table::Column;
using table::ColumnKind;
using table::PredictionLog;
using Rows = std::vector<std::uint32_t>;

constexpr std::int64_t kNoKey = std::numeric_limits<std::int64_t>::min();
constexpr double kMostExact = 9007199254740992.0;  // 2^53: from here on doubles leave out whole numbers

// --- values of two columns as numbers that are equal where the values are

bool is_missing(const Column& column, std::uint32_t row) {
  switch (column.kind) {
    case ColumnKind::numeric: return std::isnan(column.numbers[row]);
    case ColumnKind::categorical: return column.codes[row] == table::kMissingCode;
    case ColumnKind::timestamp: return column.micros[row] == table::kMissingTime;
  }
  return true;
}

std::string text_of(const Column& column, std::uint32_t row) {
  switch (column.kind) {
    case ColumnKind::numeric: return fmt::format("{}", column.numbers[row] + 0.0);
    case ColumnKind::categorical: return column.categories[static_cast<std::size_t>(column.codes[row])];
    case ColumnKind::timestamp: return fmt::format("{}", column.micros[row]);
  }
  return {};
}

/// Keys of the values of columns, kNoKey for missing ones; equal in all columns of one kind where the values are equal.
class Keys {
 public:
  /// @param as_text  columns of different kinds are to be compared: 7 equals "7"
  explicit Keys(bool as_text) : as_text_(as_text) {}

  std::vector<std::int64_t> of(const Column& column) {
    const std::size_t rows = table::rows_of(column);
    std::vector<std::int64_t> keys(rows, kNoKey);
    std::vector<std::int64_t> of_category;
    for (const auto& category : column.categories) of_category.push_back(text_key(category));
    for (std::uint32_t row = 0; row < rows; ++row) {
      if (is_missing(column, row)) continue;
      if (column.kind == ColumnKind::categorical)
        keys[row] = of_category[static_cast<std::size_t>(column.codes[row])];
      else if (as_text_)
        keys[row] = text_key(text_of(column, row));
      else
        keys[row] = column.kind == ColumnKind::numeric ? std::bit_cast<std::int64_t>(column.numbers[row] + 0.0)
                                                       : column.micros[row];
    }
    return keys;
  }

 private:
  std::int64_t text_key(const std::string& text) {
    return texts_.try_emplace(text, static_cast<std::int64_t>(texts_.size())).first->second;
  }
  bool as_text_;
  std::unordered_map<std::string, std::int64_t> texts_;
};

struct TwoKeys {
  std::vector<std::int64_t> first, second;
};

TwoKeys keys_of(const Column& first, const Column& second) {
  Keys keys(first.kind != second.kind);
  TwoKeys both;
  both.first = keys.of(first);
  both.second = keys.of(second);
  return both;
}

/// The labels as their class names, so that 1 and true are one where the logs take them for one.
TwoKeys label_keys(const PredictionLog& first, const PredictionLog& second) {
  std::unordered_map<std::string, std::int64_t> names;
  const auto of = [&](const PredictionLog& log) {
    std::vector<std::int64_t> of_class, keys(log.rows, kNoKey);
    for (const auto& name : log.classes)
      of_class.push_back(names.try_emplace(name, static_cast<std::int64_t>(names.size())).first->second);
    for (std::size_t row = 0; row < log.rows; ++row)
      if (log.label_class[row] != table::kNoClass) keys[row] = of_class[log.label_class[row]];
    return keys;
  };
  return {.first = of(first), .second = of(second)};
}

// --- are pairs the same case?

const Column* role(const PredictionLog& log, const std::optional<std::string>& name) {
  return name ? log.find(*name) : nullptr;
}

std::optional<TwoKeys> labels_of(const PredictionLog& first, const PredictionLog& second) {
  if (!first.label_class.empty() && !second.label_class.empty()) return label_keys(first, second);
  const Column* a = role(first, first.roles.label);
  const Column* b = role(second, second.roles.label);
  if (a == nullptr || b == nullptr) return std::nullopt;
  return keys_of(*a, *b);
}

/// Pairs in which the values differ.
struct Differences {
  std::uint64_t count = 0;
  std::size_t first_pair = 0;
};

Differences differences(const TwoKeys& keys, const Pairing& pairs) {
  Differences found;
  for (std::size_t p = 0; p < pairs.first.size(); ++p) {
    if (keys.first[pairs.first[p]] == keys.second[pairs.second[p]]) continue;
    if (found.count++ == 0) found.first_pair = p;
  }
  return found;
}

/// Are the values in an order that says which cases they are? Constants, sorted values and row numbers are alike in any
/// two logs.
bool says_something(const std::vector<std::int64_t>& keys, const Rows& rows) {
  const auto key = [&](std::uint32_t row) { return keys[row]; };
  return !std::ranges::is_sorted(rows, {}, key) && !std::ranges::is_sorted(rows, std::greater{}, key);
}

struct Likeness {
  bool labels = false;      ///< there are labels and all are equal
  bool all = false;         ///< and so are the features that both logs have, and they say something
  std::string different{};  ///< the first feature that is not
  std::size_t pair = 0;     ///< and where
};

Likeness likeness(const PredictionLog& first, const PredictionLog& second, const Pairing& pairs,
                  const Progress& progress) {
  Likeness found;
  bool said = false;
  if (const auto labels = labels_of(first, second)) {
    if (differences(*labels, pairs).count > 0) return found;
    found.labels = true;
    said = says_something(labels->first, pairs.first);
  }
  for (const auto& name : first.roles.features) {
    progress.check();
    const Column* a = first.find(name);
    const Column* b = std::ranges::count(second.roles.features, name) > 0 ? second.find(name) : nullptr;
    if (a == nullptr || b == nullptr) continue;
    const TwoKeys keys = keys_of(*a, *b);
    if (const auto different = differences(keys, pairs); different.count > 0) {
      found.different = name;
      found.pair = different.first_pair;
      return found;
    }
    said = said || says_something(keys.first, pairs.first);
  }
  found.all = said && pairs.first.size() > 1;
  return found;
}

// --- rows of the files

/// The row of the log's files, from 0, that a case came from.
std::vector<std::uint32_t> file_rows(const PredictionLog& log) {
  Rows rows;
  std::size_t skipped = 0;
  for (std::uint32_t row = 0; rows.size() < log.rows; ++row) {
    if (skipped < log.left_out.size() && log.left_out[skipped] == row)
      ++skipped;
    else
      rows.push_back(row);
  }
  return rows;
}

std::size_t rows_in_files(const PredictionLog& log) { return log.rows + log.left_out.size(); }

std::string name_of_log(const PredictionLog& log) {
  if (log.files.empty()) return "the log";
  return log.files.size() == 1 ? log.files.front()
                               : fmt::format("{} and {} more files", log.files.front(), log.files.size() - 1);
}

// --- joining

/// Refuses ids that do not name one case each.
Result<std::unordered_map<std::int64_t, std::uint32_t>> rows_by_id(const PredictionLog& log, const Column& column,
                                                                   const std::vector<std::int64_t>& keys) {
  std::unordered_map<std::int64_t, std::uint32_t> rows;
  rows.reserve(keys.size());
  const auto file_row = [&](std::uint32_t row) { return file_rows(log)[row] + 1; };
  for (std::uint32_t row = 0; row < keys.size(); ++row) {
    if (keys[row] == kNoKey) continue;
    if (column.kind == ColumnKind::numeric && std::abs(column.numbers[row]) >= kMostExact)
      return data_error(
          fmt::format("{}: id column {}: {} in row {} is too large to be told from its neighbours; write the ids as "
                      "text, or pair rows in order (--paired) or not at all (--unpaired)",
                      name_of_log(log), column.name, text_of(column, row), file_row(row)));
    const auto [found, is_new] = rows.try_emplace(keys[row], row);
    if (!is_new)
      return data_error(
          fmt::format("{}: id column {}: '{}' stands in rows {} and {}, and an id names one case; name another column "
                      "with --id, or compare without pairs (--unpaired)",
                      name_of_log(log), column.name, text_of(column, row), file_row(found->second), file_row(row)));
  }
  return rows;
}

/// @return nothing when one log has no ids
Result<std::optional<Pairing>> join_by_id(const PredictionLog& first, const PredictionLog& second) {
  const Column* a = role(first, first.roles.id);
  const Column* b = role(second, second.roles.id);
  if (a == nullptr || b == nullptr) return std::nullopt;
  const TwoKeys keys = keys_of(*a, *b);
  ERRATA_ASSIGN(const auto in_first, rows_by_id(first, *a, keys.first));
  ERRATA_ASSIGN(const auto in_second, rows_by_id(second, *b, keys.second));
  Pairing pairs{.by = PairedBy::id, .first_column = a->name, .second_column = b->name};
  for (std::uint32_t row = 0; row < keys.first.size(); ++row) {
    const auto partner = keys.first[row] == kNoKey ? in_second.end() : in_second.find(keys.first[row]);
    if (partner == in_second.end()) continue;
    pairs.first.push_back(row);
    pairs.second.push_back(partner->second);
  }
  pairs.first_unmatched = first.rows - pairs.first.size();
  pairs.second_unmatched = second.rows - pairs.second.size();
  return pairs;
}

/// Rows of equal number in their files; both logs have equally many there.
Pairing join_in_order(const PredictionLog& first, const PredictionLog& second) {
  Pairing pairs{.by = PairedBy::order};
  const Rows a = file_rows(first), b = file_rows(second);
  for (std::uint32_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] == b[j]) {
      pairs.first.push_back(i);
      pairs.second.push_back(j);
    }
    const bool next_first = a[i] <= b[j], next_second = b[j] <= a[i];
    i += next_first ? 1 : 0;
    j += next_second ? 1 : 0;
  }
  pairs.first_unmatched = first.rows - pairs.first.size();
  pairs.second_unmatched = second.rows - pairs.second.size();
  return pairs;
}

void warn_of_labels(const PredictionLog& first, const PredictionLog& second, Pairing& pairs) {
  const auto labels = labels_of(first, second);
  if (!labels) return;
  const auto different = differences(*labels, pairs);
  if (different.count == 0) return;
  pairs.warnings.push_back(fmt::format(
      "{} of {} pairs have different labels in the two logs (the first is row {} of the first log): the same case has "
      "one truth; look at --id, or compare without pairs (--unpaired)",
      different.count, pairs.first.size(), file_rows(first)[pairs.first[different.first_pair]] + 1));
}

void warn_of_few(const PredictionLog& first, const PredictionLog& second, Pairing& pairs) {
  const std::size_t smaller = std::min(first.rows, second.rows);
  if (2 * pairs.first.size() >= smaller) return;
  pairs.warnings.push_back(
      fmt::format("only {} of {} and {} cases have a partner by id, and only these are compared; --unpaired compares "
                  "all cases",
                  pairs.first.size(), first.rows, second.rows));
}

/// As the user said.
Result<Pairing> pair_as_told(const PredictionLog& first, const PredictionLog& second, bool by_id) {
  auto joined = join_by_id(first, second);
  if (!joined && by_id) return std::unexpected(joined.error());
  std::optional<Pairing> by_ids = joined ? std::move(*joined) : std::nullopt;
  if (by_ids && by_ids->first.empty()) {
    if (by_id)
      return Pairing{.warnings = {fmt::format("--id {}: no id of {} is in {}: they are compared as different cases",
                                              *first.roles.id, name_of_log(first), name_of_log(second))}};
    by_ids.reset();
  }
  Pairing pairs;
  if (by_ids) {
    pairs = std::move(*by_ids);
    warn_of_few(first, second, pairs);
  } else {
    if (rows_in_files(first) != rows_in_files(second))
      return data_error(
          fmt::format("--paired: {} has {} rows and {} has {}: rows in order are pairs only where both "
                      "have as many; name a column of ids with --id",
                      name_of_log(first), rows_in_files(first), name_of_log(second), rows_in_files(second)));
    pairs = join_in_order(first, second);
    if (pairs.first.empty())
      return data_error(
          fmt::format("--paired: no row of {} and {} can be judged in both", name_of_log(first), name_of_log(second)));
  }
  warn_of_labels(first, second, pairs);
  return pairs;
}

Pairing guess(const PredictionLog& first, const PredictionLog& second, const Progress& progress) {
  if (auto by_ids = join_by_id(first, second); by_ids && *by_ids) {
    Pairing pairs = std::move(**by_ids);
    const bool most = 2 * pairs.first.size() >= std::min(first.rows, second.rows);
    if (most && likeness(first, second, pairs, progress).all) {
      pairs.guessed = true;
      return pairs;
    }
  }
  if (rows_in_files(first) != rows_in_files(second)) return {};
  Pairing pairs = join_in_order(first, second);
  const Likeness like = likeness(first, second, pairs, progress);
  if (like.all) {
    pairs.guessed = true;
    return pairs;
  }
  if (!like.labels || like.different.empty() || pairs.first.empty()) return {};
  return Pairing{.warnings = {fmt::format(
                     "both logs have the same labels row by row, but {} differs (first in row {}): they are compared "
                     "as different cases; --paired takes rows in order for the same ones",
                     like.different, file_rows(first)[pairs.first[like.pair]] + 1)}};
}

}  // namespace

std::string_view name_of(PairedBy by) {
  switch (by) {
    case PairedBy::nothing: return "nothing";
    case PairedBy::id: return "id";
    case PairedBy::order: return "order";
  }
  return "";
}

Result<Pairing> pair_rows(const PredictionLog& first, const PredictionLog& second, const PairingOptions& options,
                          const Progress& progress) {
  if (options.mode == PairingMode::unpaired) return Pairing{};
  if (options.by_id || options.mode == PairingMode::paired) return pair_as_told(first, second, options.by_id);
  return guess(first, second, progress);
}

}  // namespace errata::slice
