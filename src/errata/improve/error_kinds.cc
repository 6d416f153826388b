#include "errata/improve/error_kinds.h"

#include <algorithm>
#include <cstddef>
#include <string>

namespace errata::improve {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string digits_in(std::string_view text) {
  std::string digits;
  std::ranges::copy_if(text, std::back_inserter(digits), is_digit);
  return digits;
}

}  // namespace

std::string_view error_kind(std::string_view right, std::string_view wrong) {
  if (wrong.empty()) return "empty";
  const auto foreign = [](char c) { return !is_digit(c) && c != '-'; };
  if (std::ranges::any_of(wrong, foreign) || std::ranges::count(wrong, '-') > 1) return "form";
  const std::string a = digits_in(right), b = digits_in(wrong);
  if (a == b) return "sign";
  if (a.size() != b.size()) return "length";
  std::size_t apart = 0, one_off = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const int difference = (a[i] - b[i] + 10) % 10;
    apart += difference != 0 ? 1 : 0;
    one_off += difference == 1 || difference == 9 ? 1 : 0;
  }
  if (apart == one_off) return "carry";
  return apart == 1 ? "digit" : "digits";
}

}  // namespace errata::improve
