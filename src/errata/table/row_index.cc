#include "errata/table/row_index.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace errata::table {
namespace {

/// In lower case, with words parted by underscores: customer_id for customerId and "Customer ID".
std::string in_words(std::string_view name) {
  std::string words;
  char last = '_';
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool begins = std::isupper(byte) != 0 && std::islower(static_cast<unsigned char>(last)) != 0;
    if (begins) words += '_';
    words += c == ' ' || c == '.' || c == '-' ? '_' : static_cast<char>(std::tolower(byte));
    last = c;
  }
  return words;
}

/// "0", and "0_1" of "Unnamed: 0.1", which pandas makes of two columns of one name.
bool are_index_numbers(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789_") == std::string_view::npos && text.front() != '_' &&
         text.back() != '_';
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
}

}  // namespace

bool is_row_index(std::string_view name) {
  const std::string words = in_words(name);
  const std::string_view text = words;
  if (text.empty() || text == "column0" || text == "column00") return true;
  if (text.starts_with("unnamed:_")) return are_index_numbers(text.substr(9));
  constexpr std::string_view kBegin = "__index_level_", kEnd = "__";
  return text.starts_with(kBegin) && text.ends_with(kEnd) && text.size() > kBegin.size() + kEnd.size() &&
         is_digits(text.substr(kBegin.size(), text.size() - kBegin.size() - kEnd.size()));
}

bool is_called_id(std::string_view name) {
  constexpr std::array kNames{"id",  "ids",    "uid",    "uuid",   "guid",     "key",        "index",   "idx",
                              "row", "rownum", "row_nr", "row_no", "rownames", "row_number", "row_num", "row_index"};
  const std::string words = in_words(name);
  if (is_row_index(name) || std::ranges::count(kNames, words) > 0) return true;
  return words.ends_with("_id") || words.ends_with("_uuid") || words.ends_with("_guid") || words.ends_with("_key");
}

}  // namespace errata::table
