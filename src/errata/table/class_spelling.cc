// Which names are one class.
//
// Problem: a label comes from a table of booleans, a prediction from a program that writes 0 and 1, and a third file
// was written by pandas as 1.0. Compared as they are spelled, every case fails.
//
// Idea: names are one class where nobody could mean two: integers with and without ".0", and the spellings of yes and
// no where several of them occur. Where digits or letters are classes of their own (0 to 9, A to Z) they are left
// alone.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "errata/table/classes.h"

namespace errata::table {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

/// "1" for "1" and "1.0"; nothing for what is no integer, or is written as no number is ("01").
std::optional<std::string> integer_name(std::string_view text) {
  std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  const std::size_t dot = std::min(digits.find('.'), digits.size());
  const std::string_view fraction = digits.substr(dot);
  digits = digits.substr(0, dot);
  const auto is_digit = [](unsigned char c) { return std::isdigit(c) != 0; };
  if (digits.empty() || !std::ranges::all_of(digits, is_digit)) return std::nullopt;
  if (digits.size() > 1 && digits.front() == '0') return std::nullopt;
  if (fraction == "." || fraction.find_first_not_of(".0") != std::string_view::npos) return std::nullopt;
  if (std::ranges::count(fraction, '.') > 1) return std::nullopt;
  return (text.starts_with('-') && digits != "0" ? "-" : "") + std::string(digits);
}

constexpr std::array<std::array<std::string_view, 2>, 5> kTruths{
    {{"0", "1"}, {"false", "true"}, {"no", "yes"}, {"f", "t"}, {"n", "y"}}};

/// Is it no (0) or yes (1)?
std::optional<std::size_t> truth_of(std::string_view name) {
  const std::string word = integer_name(name).value_or(lower(name));
  for (const auto& pair : kTruths)
    for (std::size_t value = 0; value < 2; ++value)
      if (word == pair[value]) return value;
  return std::nullopt;
}

bool is_letter(std::string_view name) { return name.size() == 1 && std::isalpha(static_cast<unsigned char>(name[0])); }

/// The truths among the names, without digits that are numbers and letters that are letters.
std::array<std::vector<std::string>, 2> truths_among(const std::vector<std::string>& names) {
  const auto is_other = [](const std::string& name) { return !truth_of(name); };
  const bool numbers = std::ranges::any_of(names, [&](const auto& n) { return is_other(n) && integer_name(n); });
  const bool letters = std::ranges::any_of(names, [&](const auto& n) { return is_other(n) && is_letter(n); });
  std::array<std::vector<std::string>, 2> truths;
  for (const std::string& name : names) {
    const auto value = truth_of(name);
    if (!value || (numbers && integer_name(name)) || (letters && is_letter(name))) continue;
    truths[*value].push_back(name);
  }
  return truths;
}

std::string in_case_of(std::string_view like, std::string_view word) {
  std::string result(word);
  const auto upper = [](char& c) { c = static_cast<char>(std::toupper(static_cast<unsigned char>(c))); };
  if (std::isupper(static_cast<unsigned char>(like.front())) == 0) return result;
  upper(result.front());
  if (like.size() > 1 && std::isupper(static_cast<unsigned char>(like[1])) != 0) std::ranges::for_each(result, upper);
  return result;
}

/// The shortest spelling of a number, else the spelling that comes first among those of kTruths.
std::string best_spelling(const std::vector<std::string>& names, const std::vector<std::string>& preferred) {
  for (const std::string& name : names)
    if (std::ranges::find(preferred, name) != preferred.end()) return name;
  if (const auto number = integer_name(names.front()); number && !truth_of(names.front())) return *number;
  for (const auto& pair : kTruths)
    for (const std::string& name : names)
      for (const std::string_view word : pair)
        if (integer_name(name).value_or(lower(name)) == word) return std::string(word);
  return names.front();
}

/// Does what the user calls `said` mean the value `name`?
bool is_meant(const std::string& name, const std::string& said) {
  if (said == name) return true;
  const auto number = integer_name(name);
  return (number && number == integer_name(said)) || (truth_of(name) && lower(said) == lower(name));
}

}  // namespace

bool is_yes(std::string_view name) { return truth_of(name) == 1; }

std::optional<std::string> opposite_class(std::string_view name) {
  const auto value = truth_of(name);
  if (!value) return std::nullopt;
  const std::string word = integer_name(name).value_or(lower(name));
  for (const auto& pair : kTruths)
    if (word == pair[*value]) return in_case_of(name, pair[1 - *value]);
  return std::nullopt;
}

std::string_view name_of(ClassSide side) { return side == ClassSide::label ? "label" : "prediction"; }

std::map<std::string, std::string> renamed_in(ClassSide side, std::span<const std::string> names,
                                              const ClassOptions& options) {
  const std::string prefix = fmt::format("{}:", name_of(side));
  std::map<std::string, std::string> renamed;
  for (const std::string& name : names)
    for (const auto& [from, to] : options.renamed)
      if (from.starts_with(prefix) && is_meant(name, from.substr(prefix.size()))) renamed.emplace(name, to);
  return renamed;
}

ClassSpelling ClassSpelling::with_own(std::map<std::string, std::string> renamed) const {
  ClassSpelling spelling = *this;
  spelling.own_ = std::move(renamed);
  return spelling;
}

std::string ClassSpelling::rename(const std::string& name, const ClassOptions& options) {
  for (const bool exact : {true, false})
    for (const auto& [from, to] : options.renamed)
      if (exact ? from == name : is_meant(name, from)) {
        std::erase(unused_, from);
        return to;
      }
  return name;
}

void ClassSpelling::merge(const std::vector<std::vector<std::string>>& groups,
                          const std::vector<std::string>& preferred) {
  std::map<std::string, std::string> best_of;
  for (const auto& names : groups) {
    if (names.size() < 2) continue;
    const std::string best = best_spelling(names, preferred);
    for (const std::string& name : names) best_of[name] = best;
    merged_.push_back(fmt::format("{} are one class", fmt::join(names, " and ")));
  }
  for (auto& [name, one] : class_of_)
    if (const auto found = best_of.find(one); found != best_of.end()) one = found->second;
}

ClassSpelling::ClassSpelling(std::span<const std::string> names, const ClassOptions& options) {
  for (const auto& [from, to] : options.renamed) unused_.push_back(from);
  for (const std::string& name : names) class_of_[name] = rename(name, options);
  for (const std::string& name : options.classes) class_of_.try_emplace(name, name);
  const auto classes = [&] {
    std::set<std::string> all;
    for (const auto& [name, one] : class_of_) all.insert(one);
    return std::vector<std::string>(all.begin(), all.end());
  };
  std::map<std::string, std::vector<std::string>> by_number;
  for (const std::string& name : classes())
    if (const auto number = integer_name(name)) by_number[*number].push_back(name);
  std::vector<std::vector<std::string>> groups;
  for (auto& [number, spelled] : by_number) groups.push_back(std::move(spelled));
  merge(groups, options.classes);
  const auto truths = truths_among(classes());
  merge({truths.begin(), truths.end()}, options.classes);
  for (const std::string& name : classes())
    if (const auto number = integer_name(name)) of_number_.emplace(*number, name);
  const auto left = truths_among(classes());
  for (std::size_t value = 0; value < 2; ++value)
    if (left[value].size() == 1) of_truth_[value] = left[value].front();
}

bool ClassSpelling::renames() const {
  return !own_.empty() || std::ranges::any_of(class_of_, [](const auto& one) { return one.first != one.second; });
}

std::string ClassSpelling::class_of(const std::string& spelled) const {
  const auto own = own_.find(spelled);
  const std::string& name = own == own_.end() ? spelled : own->second;
  if (const auto found = class_of_.find(name); found != class_of_.end()) return found->second;
  if (const auto number = integer_name(name))
    if (const auto found = of_number_.find(*number); found != of_number_.end()) return found->second;
  if (const auto value = truth_of(name); value && of_truth_[*value]) return *of_truth_[*value];
  return name;
}

ClassNames ClassSpelling::renamed(ClassNames names) const {
  std::map<std::string, std::uint32_t> index;
  std::vector<std::uint32_t> new_index;
  ClassNames result{.names = {}, .rows = std::move(names.rows)};
  for (const std::string& name : names.names) {
    const auto [found, fresh] = index.try_emplace(class_of(name), static_cast<std::uint32_t>(index.size()));
    if (fresh) result.names.push_back(found->first);
    new_index.push_back(found->second);
  }
  for (std::uint32_t& row : result.rows) row = row == kNoClass ? row : new_index[row];
  return result;
}

}  // namespace errata::table
