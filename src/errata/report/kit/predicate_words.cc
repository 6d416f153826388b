#include "errata/report/kit/predicate_words.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <set>

#include "errata/base/error.h"
#include "errata/report/kit/numbers.h"

namespace errata::report {

namespace {

using table::Predicate;

constexpr std::size_t kValuesTold = 4;

/// The values seen are known and lie in the range.
bool has_seen_values(const Predicate& range) {
  return range.min <= range.max && range.min > range.above && range.max <= range.up_to;
}

/// Long far ends of open ranges (99999.0, 1.7e308) say less than the words "or more".
bool is_long(const std::string& number) { return number.size() > 5; }

std::string value_text(const Predicate& range, double value) {
  return range.is_time ? time_text(value) : number_text(value);
}

/// A category as it stands, in quotes where it would otherwise vanish or mislead.
std::string category_text(const std::string& value) {
  const bool needs_quotes = value.empty() || value.front() == ' ' || value.back() == ' ';
  return needs_quotes ? '"' + plain_text(value) + '"' : plain_text(value);
}

std::string bounds_words(const Predicate& range) {
  if (std::isinf(range.above) && std::isinf(range.up_to)) return "is known";
  if (std::isinf(range.above)) return (range.is_time ? "until " : "≤ ") + value_text(range, range.up_to);
  if (std::isinf(range.up_to)) return (range.is_time ? "after " : "> ") + value_text(range, range.above);
  const std::string above = value_text(range, range.above);
  const std::string up_to = value_text(range, range.up_to);
  return range.is_time ? fmt::format("after {} until {}", above, up_to) : fmt::format("in ({}, {}]", above, up_to);
}

std::string time_words(const Predicate& range) {
  const std::string first = date_text(range.min);
  const std::string last = date_text(range.max);
  if (first != last) return fmt::format("from {} to {}", first, last);
  if (time_text(range.min) == time_text(range.max)) return "= " + time_text(range.min);
  return fmt::format("from {} to {}", time_text(range.min), time_text(range.max));
}

std::string range_words(const Predicate& range) {
  if (!has_seen_values(range)) return bounds_words(range);
  if (range.is_time) return time_words(range);
  const std::string min = number_text(range.min);
  const std::string max = number_text(range.max);
  if (min == max) return "= " + min;
  const bool open_above = std::isinf(range.up_to);
  const bool open_below = std::isinf(range.above);
  if (open_above && !open_below && is_long(max)) return "≥ " + min;
  if (open_below && !open_above && is_long(min)) return "≤ " + max;
  return fmt::format("in [{}, {}]", min, max);
}

std::string list_text(const std::vector<std::string>& values) {
  std::string text;
  const std::size_t told = values.size() <= kValuesTold + 1 ? values.size() : kValuesTold;
  for (std::size_t i = 0; i < told; ++i) {
    const bool is_last = i + 1 == values.size();
    if (i > 0) text += is_last ? " or " : ", ";
    text += category_text(values[i]);
  }
  if (told < values.size()) text += fmt::format(" and {} more", values.size() - told);
  return text;
}

std::string axis_label(const Predicate& bin, int digits) {
  switch (bin.kind) {
    case Predicate::Kind::equals: return category_text(bin.value);
    case Predicate::Kind::any_of: return fmt::format("other ({})", bin.values.size());
    case Predicate::Kind::missing: return "missing";
    case Predicate::Kind::range: break;
  }
  if (!has_seen_values(bin)) return bounds_words(bin);
  const std::string min = bin.is_time ? date_text(bin.min) : number_text(bin.min, digits);
  const std::string max = bin.is_time ? date_text(bin.max) : number_text(bin.max, digits);
  return min == max ? min : fmt::format("{} to {}", min, max);
}

}  // namespace

std::string words_of(const Predicate& predicate) {
  const std::string name = '`' + plain_text(predicate.feature) + '`';
  switch (predicate.kind) {
    case Predicate::Kind::range: return name + ' ' + range_words(predicate);
    case Predicate::Kind::equals: return name + " = " + category_text(predicate.value);
    case Predicate::Kind::any_of: return name + " is one of " + list_text(predicate.values);
    case Predicate::Kind::missing: return name + " is missing";
  }
  ERRATA_CHECK(false);
  return {};
}

std::string words_of(std::span<const Predicate> conjunction) {
  if (conjunction.empty()) return "all cases";
  std::string text;
  for (const Predicate& predicate : conjunction) {
    if (!text.empty()) text += " and ";
    text += words_of(predicate);
  }
  return text;
}

std::vector<std::string> axis_labels(std::span<const Predicate> bins) {
  std::vector<std::string> labels;
  for (const int digits : {4, 6, 9, 17}) {
    labels.clear();
    for (const Predicate& bin : bins) labels.push_back(axis_label(bin, digits));
    if (std::set(labels.begin(), labels.end()).size() == labels.size()) return labels;
  }
  std::map<std::string, int> uses;
  for (std::string& label : labels) {
    if (const int use = ++uses[label]; use > 1) label += fmt::format(" ({})", use);
  }
  return labels;
}

}  // namespace errata::report
