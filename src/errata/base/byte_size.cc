#include "errata/base/byte_size.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <string>
#include <utility>

namespace errata {
namespace {

constexpr std::array<std::pair<std::string_view, double>, 14> kUnits{{{"", 1},
                                                                      {"b", 1},
                                                                      {"k", 0x1p10},
                                                                      {"kb", 1e3},
                                                                      {"kib", 0x1p10},
                                                                      {"m", 0x1p20},
                                                                      {"mb", 1e6},
                                                                      {"mib", 0x1p20},
                                                                      {"g", 0x1p30},
                                                                      {"gb", 1e9},
                                                                      {"gib", 0x1p30},
                                                                      {"t", 0x1p40},
                                                                      {"tb", 1e12},
                                                                      {"tib", 0x1p40}}};

}  // namespace

Result<std::uint64_t> parse_byte_size(std::string_view text) {
  double number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  std::string unit(rest, text.data() + text.size());
  unit.erase(0, std::min(unit.find_first_not_of(' '), unit.size()));
  std::ranges::transform(unit, unit.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto known = std::ranges::find(kUnits, unit, &std::pair<std::string_view, double>::first);
  const double bytes = known == kUnits.end() ? 0 : number * known->second;
  if (error != std::errc() || !(bytes >= 1 && bytes < 0x1p53))
    return invalid_argument(fmt::format("'{}' is no size; write it like 512MB, 4GiB or 1.5GB", text));
  return static_cast<std::uint64_t>(bytes);
}

}  // namespace errata
