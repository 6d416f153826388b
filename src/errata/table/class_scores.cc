#include "errata/table/class_scores.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <system_error>
#include <unordered_set>
#include <utility>

namespace errata::table {
namespace {

constexpr std::array<std::string_view, 12> kPrefixes{"p_",           "prob_",       "proba_",     "y_prob_",
                                                     "y_proba_",     "score_",      "pred_prob_", "pred_proba_",
                                                     "probability_", "confidence_", "softmax_",   "prob."};
constexpr double kNearlyAll = 0.98;
constexpr std::size_t kManySeen = 100;  ///< are not looked for in the names of single columns

bool contains_all(const std::vector<std::string>& classes, const std::vector<std::string>& seen) {
  return std::ranges::all_of(seen, [&](const std::string& one) { return std::ranges::count(classes, one) > 0; });
}

bool all_different(const std::vector<std::string>& names) {
  return std::set<std::string>(names.begin(), names.end()).size() == names.size();
}

/// Columns of numbers that no other role has, but for a guessed score.
std::vector<const Column*> free_columns(const PredictionLog& log) {
  const std::unordered_set<std::string_view> features(log.roles.features.begin(), log.roles.features.end());
  std::vector<const Column*> found;
  for (const Column& column : log.columns) {
    const bool free = features.contains(column.name) || column.name == log.roles.score;
    if (free && column.kind == ColumnKind::numeric) found.push_back(&column);
  }
  return found;
}

std::vector<const Column*> columns_with(const PredictionLog& log, std::string_view prefix) {
  std::vector<const Column*> found = free_columns(log);
  std::erase_if(found, [&](const Column* column) {
    return !column->name.starts_with(prefix) || column->name.size() == prefix.size();
  });
  return found;
}

/// All in [0, 1], or all in [0, 100].
bool may_be_probabilities(const Column& column) {
  const auto fits = [&](double most) {
    return std::ranges::all_of(column.numbers, [&](double x) { return std::isnan(x) || (x >= 0 && x <= most); });
  };
  return column.missing < column.numbers.size() && (fits(1) || fits(100));
}

/// Rounded to two digits, k numbers that add up to 1 are off by k half digits at most.
bool add_up(const std::vector<const Column*>& columns) {
  const std::size_t rows = columns.front()->numbers.size();
  const double slack = 0.005 * static_cast<double>(columns.size()) + 1e-6;
  std::size_t known = 0, ones = 0, hundreds = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    double sum = 0, least = 0;
    for (const Column* column : columns) {
      sum += column->numbers[row];
      least = std::min(least, column->numbers[row]);
    }
    if (!std::isfinite(sum)) continue;
    ++known;
    ones += least >= 0 && std::abs(sum - 1) <= slack ? 1U : 0U;
    hundreds += least >= 0 && std::abs(sum - 100) <= 100 * slack ? 1U : 0U;
  }
  return known > 0 && static_cast<double>(std::max(ones, hundreds)) >= kNearlyAll * static_cast<double>(known);
}

ClassScores scores_of(const std::vector<const Column*>& columns, std::vector<std::string> classes) {
  ClassScores scores{.columns = {}, .classes = std::move(classes)};
  for (const Column* column : columns) scores.columns.push_back(column->name);
  return scores;
}

/// Does the largest of the columns go with the prediction (or the label) in most rows?
/// @param classes  [columns]
bool largest_agrees(const PredictionLog& log, const std::vector<const Column*>& columns,
                    const std::vector<std::string>& classes) {
  const auto& told = log.predicted_class.empty() ? log.label_class : log.predicted_class;
  const double enough = log.predicted_class.empty() ? 1 / static_cast<double>(columns.size()) : 0.5;
  std::vector<std::uint32_t> place;
  for (const std::string& name : classes)
    place.push_back(static_cast<std::uint32_t>(std::ranges::find(log.classes, name) - log.classes.begin()));
  double known = 0, agreed = 0;
  for (std::size_t row = 0; row < told.size(); ++row) {
    if (told[row] == kNoClass) continue;
    std::size_t best = 0;
    for (std::size_t c = 1; c < columns.size(); ++c)
      if (columns[c]->numbers[row] > columns[best]->numbers[row]) best = c;
    known += 1;
    agreed += place[best] == told[row] ? 1 : 0;
  }
  return known > 0 && agreed >= enough * known;
}

std::optional<ClassScores> with_prefix(const PredictionLog& log, std::string_view prefix, const KnownClasses& known) {
  const auto columns = columns_with(log, prefix);
  if (columns.size() < 2) return std::nullopt;
  std::vector<std::string> classes;
  for (const Column* column : columns) classes.push_back(known.spelling.class_of(column->name.substr(prefix.size())));
  const auto& seen = known.seen;
  if (all_different(classes) && contains_all(classes, seen) && (classes.size() == seen.size() || add_up(columns)))
    return scores_of(columns, std::move(classes));
  if (seen.size() < 2 || !contains_all(classes, seen)) return std::nullopt;
  std::vector<const Column*> own;  // and other columns that begin so by chance: p_value
  for (const std::string& one : seen)
    own.push_back(columns[std::size_t(std::ranges::find(classes, one) - classes.begin())]);
  return scores_of(own, seen);
}

// A class anywhere in the name of a column.

/// In lower case, other signs than letters and digits as underscores, byte for byte.
std::string flat(std::string_view name) {
  std::string result;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool word = byte >= 0x80 || std::isalnum(byte) != 0;
    result += word ? static_cast<char>(std::tolower(byte)) : '_';
  }
  return result;
}

constexpr std::array<std::string_view, 8> kSurelyScores{"p",           "prob",          "probs",   "proba",
                                                        "probability", "probabilities", "softmax", "pr"};
constexpr std::array<std::string_view, 4> kPerhapsScores{"score", "scores", "conf", "confidence"};

/// Is a word between the underscores one of those?
bool has_word(std::string_view flat_text, std::span<const std::string_view> words) {
  while (!flat_text.empty()) {
    const std::size_t end = std::min(flat_text.find('_'), flat_text.size());
    if (std::ranges::count(words, flat_text.substr(0, end)) > 0) return true;
    flat_text.remove_prefix(std::min(end + 1, flat_text.size()));
  }
  return false;
}

/// What stands around a class in the name of a column, flat.
struct Around {
  std::string before, after;

  auto operator<=>(const Around&) const = default;
  [[nodiscard]] bool is_nothing() const { return before.empty() && after.empty(); }
  [[nodiscard]] bool speaks_of_scores(bool surely) const {
    return has_word(before, kSurelyScores) || has_word(after, kSurelyScores) ||
           (!surely && (has_word(before, kPerhapsScores) || has_word(after, kPerhapsScores)));
  }
};

/// Does a word begin (or end) there, at an underscore or a capital as in probCat?
bool is_edge(std::string_view name, std::string_view flat_name, std::size_t at) {
  if (at == 0 || at == name.size() || flat_name[at] == '_' || flat_name[at - 1] == '_') return true;
  return std::islower(static_cast<unsigned char>(name[at - 1])) != 0 &&
         std::isupper(static_cast<unsigned char>(name[at])) != 0;
}

/// All places where a class stands in the name of a column.
std::vector<Around> surroundings(std::string_view name, std::string_view class_name) {
  const std::string in = flat(name), what = flat(class_name);
  std::vector<Around> found;
  for (std::size_t at = in.find(what); at != std::string::npos && !what.empty(); at = in.find(what, at + 1))
    if (is_edge(name, in, at) && is_edge(name, in, at + what.size()))
      found.push_back({.before = in.substr(0, at), .after = in.substr(at + what.size())});
  return found;
}

/// The class in the name of a column that has these around it; nothing where it has others.
std::string class_in(std::string_view name, const Around& around) {
  const std::string in = flat(name);
  const std::size_t taken = around.before.size() + around.after.size();
  const bool fits = in.size() > taken && in.starts_with(around.before) && in.ends_with(around.after);
  return fits ? std::string(name.substr(around.before.size(), name.size() - taken)) : std::string();
}

/// A class that does not occur is spelled as those are that do: in lower case if none has a capital.
std::string in_case_of_seen(std::string name, const std::vector<std::string>& seen) {
  const auto is_upper = [](unsigned char c) { return std::isupper(c) != 0; };
  if (std::ranges::none_of(seen, [&](const std::string& one) { return std::ranges::any_of(one, is_upper); }))
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

/// Columns called by the classes alone are scores if they add up, perhaps with one more for a class without cases.
std::optional<ClassScores> called_by_classes(const PredictionLog& log, const std::vector<const Column*>& own,
                                             const KnownClasses& known) {
  if (!std::ranges::all_of(own, [](const Column* column) { return may_be_probabilities(*column); }))
    return std::nullopt;
  if (!largest_agrees(log, own, known.seen)) return std::nullopt;
  if (add_up(own)) return scores_of(own, known.seen);
  for (const Column* other : free_columns(log)) {
    if (std::ranges::count(own, other) > 0 || !may_be_probabilities(*other)) continue;
    std::vector<const Column*> more = own;
    more.push_back(other);
    if (!add_up(more)) continue;
    std::vector<std::string> classes = known.seen;
    classes.push_back(in_case_of_seen(other->name, known.seen));
    return scores_of(more, std::move(classes));
  }
  return std::nullopt;
}

/// Columns that have the same around a class each, all that were seen among them.
std::optional<ClassScores> with_around(const PredictionLog& log, const Around& around,
                                       const std::vector<const Column*>& own, const KnownClasses& known) {
  if (around.is_nothing()) return called_by_classes(log, own, known);
  if (!around.speaks_of_scores(false)) return std::nullopt;
  std::vector<const Column*> all = own;
  std::vector<std::string> classes = known.seen;
  for (const Column* column : free_columns(log)) {
    const std::string name = class_in(column->name, around);
    if (name.empty() || std::ranges::count(own, column) > 0) continue;
    all.push_back(column);
    classes.push_back(in_case_of_seen(name, known.seen));
  }
  if (all.size() > own.size() && all_different(classes) && add_up(all)) return scores_of(all, std::move(classes));
  return largest_agrees(log, own, known.seen) ? std::optional(scores_of(own, known.seen)) : std::nullopt;
}

std::optional<ClassScores> with_class_in_name(const PredictionLog& log, const KnownClasses& known) {
  const std::vector<const Column*> free = free_columns(log);
  if (known.seen.size() < 2 || free.size() < known.seen.size()) return std::nullopt;
  std::map<Around, std::vector<const Column*>> groups;
  for (const std::string& one : known.seen) {
    std::set<Around> here;
    for (const Column* column : free)
      for (Around& found : surroundings(column->name, one))
        if (here.insert(found).second) groups[std::move(found)].push_back(column);
  }
  for (const auto& [around, own] : groups) {
    if (own.size() != known.seen.size()) continue;
    if (auto scores = with_around(log, around, own, known)) return scores;
  }
  return std::nullopt;
}

// Columns that are numbered.

/// Columns of one name and a number, in the order of the numbers, which count from 0 or 1.
using Numbered = std::vector<const Column*>;

std::vector<Numbered> numbered_scores(const PredictionLog& log) {
  std::map<Around, std::map<std::size_t, const Column*>> groups;
  for (const Column* column : free_columns(log)) {
    const std::string name = flat(column->name);
    const std::size_t last = name.find_last_of("0123456789");
    if (last == std::string::npos) continue;
    std::size_t first = last;
    while (first > 0 && std::isdigit(static_cast<unsigned char>(name[first - 1])) != 0) --first;
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(&name[first], &name[last] + 1, number);
    if (error != std::errc{} || (last > first && name[first] == '0')) continue;
    groups[{.before = name.substr(0, first), .after = name.substr(last + 1)}].emplace(number, column);
  }
  std::vector<Numbered> found;
  for (const auto& [around, by_number] : groups) {
    const std::size_t first = by_number.begin()->first, last = by_number.rbegin()->first;
    if (by_number.size() < 2 || first > 1 || last - first + 1 != by_number.size()) continue;
    Numbered columns;
    for (const auto& [number, column] : by_number) columns.push_back(column);
    if (!around.speaks_of_scores(false)) continue;
    const bool several = columns.size() > 2 && around.speaks_of_scores(true);
    const bool shares =
        std::ranges::all_of(columns, [](const Column* column) { return may_be_probabilities(*column); });
    if (shares && (several || add_up(columns))) found.push_back(columns);
  }
  return found;
}

std::optional<ClassScores> by_place(const PredictionLog& log, const KnownClasses& known) {
  for (const Numbered& columns : numbered_scores(log))
    for (const auto* classes : {&known.named, &known.seen, &log.classes}) {
      if (classes->size() != columns.size() || !add_up(columns) || !largest_agrees(log, columns, *classes)) continue;
      ClassScores scores = scores_of(columns, *classes);
      scores.by_place = true;
      return scores;
    }
  return std::nullopt;
}

/// How many characters all names begin with.
std::size_t common_prefix(std::span<const std::string> names) {
  std::size_t length = names.front().size();
  for (const std::string& name : names)
    length = std::min(length, std::size_t(std::ranges::mismatch(name, names.front()).in1 - name.begin()));
  return length;
}

std::size_t common_suffix(std::span<const std::string> names) {
  std::vector<std::string> reversed(names.begin(), names.end());
  for (std::string& name : reversed) std::ranges::reverse(name);
  return common_prefix(reversed);
}

}  // namespace

std::optional<ClassScores> guess_class_scores(const PredictionLog& log, const KnownClasses& known) {
  for (const std::string_view prefix : kPrefixes)
    if (auto scores = with_prefix(log, prefix, known)) return scores;
  if (auto scores = with_class_in_name(log, known)) return scores;
  return by_place(log, known);
}

std::vector<std::string> nameless_class_scores(const PredictionLog& log, const KnownClasses& known) {
  std::vector<Numbered> groups = numbered_scores(log);
  for (const std::string_view prefix : kPrefixes)
    if (Numbered columns = columns_with(log, prefix); columns.size() > 1 && add_up(columns))
      groups.push_back(std::move(columns));
  std::vector<std::string> names;
  for (const Numbered& columns : groups)
    for (const Column* column : columns)
      if (std::ranges::count(names, column->name) == 0) names.push_back(column->name);
  const std::vector<const Column*> free = free_columns(log);
  if (known.seen.size() < 3 || known.seen.size() > kManySeen) return names;
  const auto speaks = [](const Around& found) { return found.speaks_of_scores(true); };
  for (const Column* column : free) {  // some classes have a score, and others do not
    const bool is_score = std::ranges::any_of(known.seen, [&](const std::string& one) {
      return std::ranges::any_of(surroundings(column->name, one), speaks);
    });
    if (is_score && std::ranges::count(names, column->name) == 0 && may_be_probabilities(*column))
      names.push_back(column->name);
  }
  return names;
}

std::optional<ScoreOfOne> guess_score_of_one(const PredictionLog& log, const KnownClasses& known) {
  const auto speaks = [](const Around& found) { return found.speaks_of_scores(true); };
  for (const Column* column : free_columns(log)) {
    if (!may_be_probabilities(*column)) continue;
    for (const std::string& one : known.seen)
      if (known.seen.size() <= 2 && std::ranges::any_of(surroundings(column->name, one), speaks))
        return ScoreOfOne{.column = column->name, .of_class = one};
    if (known.seen.size() != 1 || opposite_class(known.seen.front())) continue;
    for (const std::string_view prefix : kPrefixes) {
      const std::string name = class_in(column->name, {.before = flat(prefix), .after = {}});
      if (!name.empty() && has_word(flat(prefix), kSurelyScores) && prefix != "p_")
        return ScoreOfOne{.column = column->name, .of_class = in_case_of_seen(name, known.seen)};
    }
  }
  return std::nullopt;
}

std::optional<std::vector<std::string>> classes_in_names(std::span<const std::string> columns,
                                                         const std::vector<std::string>& seen,
                                                         const ClassSpelling& spelling) {
  if (columns.size() < 2 || seen.empty()) return std::nullopt;
  const std::size_t prefix = common_prefix(columns), suffix = common_suffix(columns);
  for (std::size_t begin = prefix + 1; begin-- > 0;) {
    for (std::size_t end = suffix + 1; end-- > 0;) {
      std::vector<std::string> classes;
      for (const std::string& name : columns)
        if (name.size() > begin + end)
          classes.push_back(spelling.class_of(name.substr(begin, name.size() - begin - end)));
      if (classes.size() == columns.size() && all_different(classes) && contains_all(classes, seen)) return classes;
    }
  }
  return std::nullopt;
}

}  // namespace errata::table
