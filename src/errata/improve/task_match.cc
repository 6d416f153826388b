#include "errata/improve/task_match.h"

#include <algorithm>

namespace errata::improve {
namespace {

constexpr std::string_view kDigits = "0123456789";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A comma has a digit at both sides.
bool commas_part_digits(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == ',' && (i == 0 || i + 1 == text.size() || !is_digit(text[i - 1]) || !is_digit(text[i + 1])))
      return false;
  return true;
}

/// Takes `c` away from the front. @return whether it was there
bool took(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  return first == std::string_view::npos ? std::string_view()
                                         : text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::optional<std::string> decimal(std::string_view text) {
  text = trimmed(text);
  bool negative = took(text, '-');
  if (!negative) took(text, '+');
  if (took(text, '$') && !negative) negative = took(text, '-');
  while (text.ends_with('.') || text.ends_with('%')) text.remove_suffix(1);
  if (!commas_part_digits(text)) return std::nullopt;
  std::string digits(text);
  std::erase(digits, ',');
  if (!std::ranges::all_of(digits, [](char c) { return is_digit(c) || c == '.'; }) ||
      std::ranges::count(digits, '.') > 1 || !std::ranges::any_of(digits, is_digit))
    return std::nullopt;
  if (digits.contains('.')) digits.erase(digits.find_last_not_of('0') + 1);
  if (digits.ends_with('.')) digits.pop_back();
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  if (digits.empty() || digits.starts_with('.')) digits.insert(0, "0");
  if (digits == "0") negative = false;
  return negative ? "-" + digits : digits;
}

std::optional<std::string> last_number(std::string_view text) {
  const std::size_t last = text.find_last_of(kDigits);
  if (last == std::string_view::npos) return std::nullopt;
  std::size_t first = last;  // back over digits, and points and commas between two of them
  while (first > 0 && (is_digit(text[first - 1]) ||
                       ((text[first - 1] == '.' || text[first - 1] == ',') && first > 1 && is_digit(text[first - 2]))))
    --first;
  const bool negative = first > 0 && text[first - 1] == '-' && (first == 1 || !is_digit(text[first - 2]));
  const auto number = decimal(text.substr(first, last - first + 1));
  if (!number || !negative || *number == "0") return number;
  return "-" + *number;
}

std::optional<std::string> final_number(std::string_view text) {
  constexpr std::string_view kMark = "####";
  const std::size_t at = text.rfind(kMark);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + kMark.size());
  return decimal(text.substr(0, text.find('\n')));
}

}  // namespace errata::improve
