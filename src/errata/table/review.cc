#include "errata/table/review.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <unordered_map>
#include <utility>

#include "errata/table/leaks.h"
#include "errata/table/row_index.h"

namespace errata::table {
namespace {

bool is_constant(const Column& column) {
  const auto same = [](const auto& values) {
    return std::ranges::adjacent_find(values, std::not_equal_to{}) == values.end();
  };
  switch (column.kind) {
    case ColumnKind::numeric: return column.missing == column.numbers.size() || same(column.numbers);
    case ColumnKind::categorical: return same(column.codes);
    case ColumnKind::timestamp: return same(column.micros);
  }
  return false;
}

void drop_column(PredictionLog& log, const std::string& name) {
  if (!tells_groups(log.roles, name))
    std::erase_if(log.columns, [&](const Column& column) { return column.name == name; });
  std::erase(log.roles.features, name);
  log.roles.ignored.push_back(name);
}

void warn(PredictionLog& log, const std::string& name, const std::string& what) {
  log.warnings.push_back(fmt::format("column {}: {}", name, what));
}

/// What is known of whole numbers that are all different where they are present.
struct DifferentIntegers {
  std::size_t count = 0;
  double least = 0, most = 0;
};

/// O(n log n), but O(n) for columns of fewer values than rows.
std::optional<DifferentIntegers> different_integers(const Column& column) {
  const std::size_t rows = column.numbers.size();
  const Levels* levels = column.numbers.levels();
  if (10 * column.missing > rows || column.infinite > 0) return std::nullopt;
  if (levels != nullptr && levels->values.size() + column.missing < rows) return std::nullopt;
  constexpr std::size_t kFirstLook = 4096;
  std::vector<double> values;
  const auto repeats = [&] {
    std::ranges::sort(values);
    return std::ranges::adjacent_find(values) != values.end();
  };
  for (const double x : column.numbers) {
    if (std::isnan(x)) continue;
    if (x != std::trunc(x)) return std::nullopt;
    values.push_back(x);
    if (values.size() == kFirstLook && repeats()) return std::nullopt;
  }
  if (values.size() < 2 || repeats()) return std::nullopt;
  return DifferentIntegers{.count = values.size(), .least = values.front(), .most = values.back()};
}

bool ascends(const Column& column) {
  double last = -std::numeric_limits<double>::infinity();
  for (const double x : column.numbers) {
    if (x < last) return false;
    if (!std::isnan(x)) last = x;
  }
  return true;
}

/// Would as many numbers drawn from their range hardly all be different, do they ascend row by row, or have they all as
/// many digits, eight or more? So have ids whatever they are called; amounts that happen to be different have none.
bool are_like_ids(const Column& column, const DifferentIntegers& integers) {
  constexpr std::size_t kEnoughRows = 100;
  constexpr double kSurelySome = 5, kDigits = 1e7;
  if (integers.count < kEnoughRows) return false;
  const auto count = static_cast<double>(integers.count);
  const double expected_equal = count * (count - 1) / 2 / (integers.most - integers.least + 1);
  const bool same_length =
      integers.least >= kDigits && std::floor(std::log10(integers.least)) == std::floor(std::log10(integers.most));
  return expected_equal >= kSurelySome || same_length || ascends(column);
}

/// Why a feature names single cases, in words; empty for one that does not.
std::string why_single_cases(const Column& column) {
  constexpr std::size_t kFewValues = 1000, kFewRows = 100;
  const std::size_t rows = rows_of(column), distinct = column.categories.size();
  const bool called_id = is_called_id(column.name);
  if (column.kind == ColumnKind::categorical && rows > 1) {
    if (distinct > kFewValues && 2 * distinct > rows)
      return fmt::format("{} different texts in {} rows name single cases", distinct, rows);
    return distinct == rows && (called_id || rows >= kFewRows)
               ? fmt::format("{} different texts in as many rows name single cases", distinct)
               : std::string();
  }
  if (column.kind != ColumnKind::numeric || rows < 2) return {};
  const auto integers = different_integers(column);
  if (!integers || !(called_id || are_like_ids(column, *integers))) return {};
  return integers->count == rows
             ? fmt::format("{} different integers in as many rows name single cases", rows)
             : fmt::format("{} different integers in {} rows, none twice, name single cases", integers->count, rows);
}

bool are_equal(const Column& a, const Column& b) {
  const auto same = [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); };
  if (a.kind != b.kind) return false;
  if (a.kind == ColumnKind::numeric) return std::ranges::equal(a.numbers, b.numbers, same);
  if (a.kind == ColumnKind::timestamp) return a.micros == b.micros;
  // Other names for the same groups are the same groups.
  std::vector<std::int32_t> there(a.categories.size(), kMissingCode), back(b.categories.size(), kMissingCode);
  for (std::size_t row = 0; row < a.codes.size(); ++row) {
    const std::int32_t x = a.codes[row], y = b.codes[row];
    if ((x == kMissingCode) != (y == kMissingCode)) return false;
    if (x == kMissingCode) continue;
    std::int32_t &to = there[static_cast<std::size_t>(x)], &from = back[static_cast<std::size_t>(y)];
    if (to == kMissingCode && from == kMissingCode) std::tie(to, from) = std::pair(y, x);
    if (to != y || from != x) return false;
  }
  return true;
}

constexpr std::size_t kLooked = 64;

/// Equal for columns that are equal: made of their kind and first rows.
std::size_t first_look(const Column& column) {
  std::size_t hash = static_cast<std::size_t>(column.kind);
  const auto add = [&](std::size_t value) { hash = 31 * hash + value; };
  std::unordered_map<std::int32_t, std::size_t> order;
  for (std::size_t row = 0; row < std::min(kLooked, rows_of(column)); ++row) {
    switch (column.kind) {
      case ColumnKind::numeric:
        add(std::isnan(column.numbers[row]) ? 0 : std::hash<double>{}(column.numbers[row] + 0.0));
        break;
      case ColumnKind::timestamp: add(std::hash<std::int64_t>{}(column.micros[row])); break;
      case ColumnKind::categorical:
        add(column.codes[row] == kMissingCode ? 0
                                              : order.try_emplace(column.codes[row], order.size() + 1).first->second);
        break;
    }
  }
  return hash;
}

/// What first_look() would give if each number were the name of a group.
std::size_t first_look_as_groups(const Column& numbers) {
  Column groups{.kind = ColumnKind::categorical};
  std::unordered_map<double, std::int32_t> code;
  for (std::size_t row = 0; row < std::min(kLooked, numbers.numbers.size()); ++row) {
    const double x = numbers.numbers[row];
    groups.codes.push_back(std::isnan(x) ? kMissingCode
                                         : code.try_emplace(x, static_cast<std::int32_t>(code.size())).first->second);
  }
  return first_look(groups);
}

/// [categories] the number of each category, if each has one of its own and values are missing in the same rows.
std::optional<std::vector<double>> numbers_of_groups(const Column& numbers, const Column& groups) {
  std::unordered_map<double, std::int32_t> there;
  std::vector<double> back(groups.categories.size(), std::nan(""));
  for (std::size_t row = 0; row < numbers.numbers.size(); ++row) {
    const double x = numbers.numbers[row];
    const std::int32_t code = groups.codes[row];
    if (std::isnan(x) != (code == kMissingCode)) return std::nullopt;
    if (code == kMissingCode) continue;
    double& from = back[static_cast<std::size_t>(code)];
    if (std::isnan(from)) from = x;
    if (from != x || there.try_emplace(x, code).first->second != code) return std::nullopt;
  }
  return back;
}

/// Are the numbers in the order of the names, or in that of their first rows? So encoders count; an order of their own
/// (education-num) says something that the names do not.
bool is_order_of_encoder(const std::vector<double>& number_of, const Column& groups) {
  std::vector<double> by_appearance;
  std::vector<std::uint8_t> seen(number_of.size(), 0);
  for (const std::int32_t code : groups.codes) {
    if (code == kMissingCode || std::exchange(seen[static_cast<std::size_t>(code)], std::uint8_t{1}) != 0) continue;
    by_appearance.push_back(number_of[static_cast<std::size_t>(code)]);
  }
  return std::ranges::is_sorted(number_of) || std::ranges::is_sorted(by_appearance);
}

/// Are they 0 or 1, and all whole numbers from there on? So encoders count.
bool counts_from_one(std::vector<double> numbers) {
  std::erase_if(numbers, [](double x) { return std::isnan(x); });
  std::ranges::sort(numbers);
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (numbers[i] != numbers.front() + static_cast<double>(i)) return false;
  return !numbers.empty() && (numbers.front() == 0 || numbers.front() == 1);
}

/// Does every text hold the number that it goes with ("63 years" for 63), or is it a number itself? Then the numbers
/// say more: they have an order.
bool are_texts_for_numbers(const std::vector<double>& number_of, const Column& texts) {
  constexpr std::string_view kDigits = "0123456789";
  const auto has_digits = [&](const std::string& text) { return text.find_first_of(kDigits) != std::string::npos; };
  const auto is_number = [&](const std::string& text) {
    return has_digits(text) && text.find_first_not_of("0123456789.+-") == std::string::npos;
  };
  const auto holds = [&](std::size_t i) {
    const std::string number = fmt::format("{}", std::abs(number_of[i])), &text = texts.categories[i];
    const std::size_t at = text.find(number);
    const auto is_digit_at = [&](std::size_t place) { return place < text.size() && kDigits.contains(text[place]); };
    return at != std::string::npos && !is_digit_at(at + number.size()) && (at == 0 || !is_digit_at(at - 1));
  };
  if (std::ranges::all_of(texts.categories, is_number) && !counts_from_one(number_of)) return true;
  for (std::size_t i = 0; i < number_of.size(); ++i)
    if (!std::isnan(number_of[i]) && !holds(i)) return false;
  return true;
}

/// Numbers that an encoder gave to the categories of another feature (region_code for region): the names say more.
void find_codes_of_categories(PredictionLog& log, const std::vector<std::string>& named) {
  constexpr std::size_t kEnoughRows = 20, kRowsAGroup = 5;  // in few rows anything may go with anything
  const auto is_redundant = [&](const std::string& name) { return std::ranges::count(log.redundant, name) > 0; };
  std::unordered_multimap<std::size_t, const Column*> groups;
  for (const std::string& name : log.roles.features) {
    const Column& column = *log.find(name);
    if (column.kind != ColumnKind::categorical || is_redundant(name)) continue;
    const bool are_groups = log.rows >= std::max(kEnoughRows, kRowsAGroup * column.categories.size());
    if (are_groups) groups.emplace(first_look(column), &column);
  }
  if (groups.empty()) return;
  for (const std::string& name : log.roles.features) {
    const Column& column = *log.find(name);
    if (column.kind != ColumnKind::numeric || is_redundant(name) || std::ranges::count(named, name) > 0) continue;
    const auto [first, last] = groups.equal_range(first_look_as_groups(column));
    bool texts = false;
    const auto same = std::find_if(first, last, [&](const auto& one) {
      const auto number_of = numbers_of_groups(column, *one.second);
      texts = number_of && are_texts_for_numbers(*number_of, *one.second);
      return number_of && (texts || is_order_of_encoder(*number_of, *one.second));
    });
    if (same == last) continue;
    const std::string other = same->second->name;
    if (texts && (is_redundant(other) || std::ranges::count(named, other) > 0)) continue;
    log.redundant.push_back(texts ? other : name);
    warn(log, log.redundant.back(),
         fmt::format("{} of {}; left out of the search; name both with --features to search them",
                     texts ? "texts for the numbers" : "numbers for the values", texts ? name : other));
  }
}

void find_redundant(PredictionLog& log, const std::vector<std::string>& named) {
  std::unordered_multimap<std::size_t, const Column*> seen;
  for (const std::string& name : log.roles.features) {
    const Column& column = *log.find(name);
    const bool asked_for = std::ranges::count(named, name) > 0;
    if (is_constant(column)) {
      if (!asked_for) log.redundant.push_back(name);
      warn(log, name,
           fmt::format("it holds the same value in every row{}", asked_for ? "" : "; left out of the search"));
      continue;
    }
    const std::size_t hash = first_look(column);
    const auto [first, last] = seen.equal_range(hash);
    const auto copied = std::find_if(first, last, [&](const auto& one) { return are_equal(*one.second, column); });
    if (copied == last || asked_for) {
      seen.emplace(hash, &column);
      continue;
    }
    log.redundant.push_back(name);
    warn(log, name,
         fmt::format("a copy of {}; left out of the search; name both with --features to search them",
                     copied->second->name));
  }
  find_codes_of_categories(log, named);
}

}  // namespace

Result<void> check_weights(PredictionLog& log) {
  if (!log.roles.weight) return {};
  const Column& weight = *log.find(*log.roles.weight);
  const auto bad = std::ranges::find_if(weight.numbers, [](double w) { return !(w >= 0) || std::isinf(w); });
  std::string fault;
  if (bad != weight.numbers.end())
    fault =
        fmt::format("{} in row {} is not a finite number >= 0",
                    std::isnan(*bad) ? "a missing value" : fmt::format("{}", *bad), bad - weight.numbers.begin() + 1);
  else if (std::ranges::all_of(weight.numbers, [](double w) { return w == 0; }))
    fault = "all weights are 0, so that there is nothing to weigh";
  if (fault.empty()) return {};
  if (std::ranges::count(log.roles.guessed, "weight") == 0)
    return data_error(fmt::format("{}: weight column {}: {}", log.files.front(), weight.name, fault));
  log.warnings.push_back(
      fmt::format("weight column {}: {}; taken as a feature, and no case is weighted (--weight names another column, "
                  "--ignore leaves this one out)",
                  weight.name, fault));
  const auto is_feature = [&](const std::string& name) { return std::ranges::count(log.roles.features, name) > 0; };
  std::vector<std::string> features;
  for (const Column& column : log.columns)
    if (is_feature(column.name) || column.name == weight.name) features.push_back(column.name);
  log.roles.features = std::move(features);
  log.roles.weight.reset();
  std::erase(log.roles.guessed, "weight");
  return {};
}

void review_features(PredictionLog& log, const std::vector<std::string>& named,
                     const std::vector<std::string>& expressions, const ThreadPool& pool) {
  const std::vector<std::string> features = log.roles.features;
  // What an expression of the user names is taken out by its own rule (engine/failure_columns.h).
  const auto in_rule = [&](const std::string& name) {
    return std::ranges::any_of(expressions, [&](const std::string& sql) { return sql.contains(name); });
  };
  struct Found {
    std::string why_single{};
    std::optional<Leak> leak{};
  };
  std::vector<Found> found(features.size());
  const LeakSearch leaks(log);
  pool.parallel_for(features.size(), [&](std::size_t f, std::size_t) {
    if (std::ranges::count(named, features[f]) > 0) return;
    const Column& column = *log.find(features[f]);
    found[f].why_single = why_single_cases(column);
    if (found[f].why_single.empty() && !in_rule(features[f]) && !is_constant(column))
      found[f].leak = leaks.leak_in(column);
  });
  for (std::size_t f = 0; f < features.size(); ++f) {
    const std::string& name = features[f];
    const auto& [why_single, leak] = found[f];
    if (!why_single.empty()) {
      warn(log, name, fmt::format("ignored: {}; name it with --features to use it", why_single));
      drop_column(log, name);
      continue;
    }
    if (!leak) continue;
    if (!leak->certain) {
      warn(log, name, fmt::format("it may give the outcome away: {}; --ignore leaves it out", leak->why));
      continue;
    }
    warn(log, name,
         fmt::format(
             "no feature, since it gives the outcome away: {}; name it with --features to search it all the same",
             leak->why));
    std::erase(log.roles.features, name);
  }
  find_redundant(log, named);
}

}  // namespace errata::table
