#include "errata/table/text_numbers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "errata/table/predicate.h"
#include "errata/table/text.h"
#include "errata/table/text_survey.h"

namespace errata::table {
namespace {

constexpr std::size_t kLookedValues = 2000;  // different values of a column, at most
constexpr std::size_t kFewNumbers = 10;
constexpr double kMostlyNumbers = 0.8;

bool is_number(TextKind kind) { return kind == TextKind::integer || kind == TextKind::number; }
bool is_number(const std::string& text) {
  const TextConventions conventions;
  TextSurvey survey(conventions);
  survey.add(text);
  return is_number(survey.settle().kind);
}
/// 01067, 1.10.11 and 4+ begin with a digit and are no numbers: then the others are codes as well. 1.#INF is how
/// Windows writes a number that is none.
bool is_code(std::string_view text) {
  return !text.empty() && text.front() >= '0' && text.front() <= '9' && !text.starts_with("1.#");
}

/// A text without signs of money and blanks, also narrow ones. @param stripped  set where there were some
std::string bare_number(std::string_view text, bool& stripped) {
  constexpr std::array<std::string_view, 11> kSigns{"$",   "\xE2\x82\xAC", "\xC2\xA3", "\xC2\xA5", "EUR",         "USD",
                                                    "GBP", "CHF",          " ",        "\xC2\xA0", "\xE2\x80\xAF"};
  std::string bare;
  while (!text.empty()) {
    const auto sign = std::ranges::find_if(kSigns, [&](std::string_view s) { return text.starts_with(s); });
    stripped = stripped || sign != kSigns.end();
    if (sign == kSigns.end()) bare += text.front();
    text.remove_prefix(sign == kSigns.end() ? 1 : sign->size());
  }
  return bare;
}

/// Are all values numbers in a dress that is not read: $1,200 or 22 843,00?
bool are_dressed_numbers(const Column& column) {
  if (column.categories.size() <= kFewNumbers) return false;
  const std::size_t step = 1 + (column.categories.size() - 1) / kLookedValues;
  bool stripped = false;
  for (std::size_t c = 0; c < column.categories.size(); c += step)
    if (!is_number(bare_number(column.categories[c], stripped))) return false;
  return stripped;
}

/// Whether the numbers among some values of a column are numbers together, and nothing else there is a code.
bool are_numbers(const Column& column) {
  const TextConventions conventions;
  TextSurvey survey(conventions);
  std::size_t numbers = 0;
  const std::size_t step = 1 + (column.categories.size() - 1) / kLookedValues;
  for (std::size_t c = 0; c < column.categories.size(); c += step) {
    const std::string& value = column.categories[c];
    if (!is_number(value)) {
      if (is_code(value)) return false;
      continue;
    }
    survey.add(value);
    ++numbers;
  }
  return numbers > kFewNumbers && is_number(survey.settle().kind);
}

/// What is no number among the values of a column.
struct Words {
  std::size_t rows = 0, first_row = 0;
  std::vector<std::string> words{};
};

Words words_of(const Column& column) {
  std::vector<std::uint8_t> is_word(column.categories.size());
  Words found;
  for (std::size_t c = 0; c < column.categories.size(); ++c) {
    is_word[c] = is_number(column.categories[c]) ? 0 : 1;
    if (is_word[c] != 0) found.words.push_back(column.categories[c]);
  }
  for (std::size_t row = 0; row < column.codes.size(); ++row) {
    if (column.codes[row] == kMissingCode || is_word[static_cast<std::size_t>(column.codes[row])] == 0) continue;
    if (found.rows++ == 0) found.first_row = row;
  }
  return found;
}

std::string warning_of(const Column& column) {
  if (!column.categories.empty() && are_dressed_numbers(column))
    return fmt::format(
        "its values ({}) look like numbers with signs of money or blanks in them, and are taken as text; "
        "take these out of the file to have numbers (22843.00)",
        sql_text(column.categories.front()));
  if (!are_numbers(column)) return {};
  const Words found = words_of(column);
  const auto present = static_cast<double>(column.codes.size() - column.missing);
  if (found.rows == 0)
    return fmt::format("its texts are numbers, but taken as text; --types '{}=number' reads them as numbers",
                       column.name);
  if (static_cast<double>(found.rows) > (1 - kMostlyNumbers) * present) return {};
  constexpr std::size_t kNamed = 3;
  const bool few = found.words.size() <= kNamed;
  const std::string& first = column.categories[static_cast<std::size_t>(column.codes[found.first_row])];
  return fmt::format(
      "{} of {} values are no numbers, the first is {} in row {}, so that all are taken as text; {}; --types "
      "'{}=text' says that they are texts",
      found.rows, present, sql_text(first), found.first_row + 1,
      few ? fmt::format("--null-values {} makes them missing", sql_text(fmt::format("{}", fmt::join(found.words, ","))))
          : "--null-values names words that mean a missing value",
      column.name);
}

}  // namespace

void warn_of_numbers_in_text(PredictionLog& log, const Reading& reading) {
  const auto is_named = [&](const Column& column) {
    return std::ranges::any_of(reading.types, [&](const auto& t) { return folded(t.first) == folded(column.name); });
  };
  for (const Column& column : log.columns) {
    const bool is_text = column.source_type == "VARCHAR" || column.source_type == "JSON";
    if (column.kind != ColumnKind::categorical || !is_text || column.categories.empty() || is_named(column)) continue;
    if (const std::string what = warning_of(column); !what.empty())
      log.warnings.push_back(fmt::format("column {}: {}", column.name, what));
  }
}

}  // namespace errata::table
