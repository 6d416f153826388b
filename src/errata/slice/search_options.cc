#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "errata/slice/search.h"

namespace errata::slice {
namespace {

constexpr std::array<std::pair<std::string_view, Rank>, 5> kRanks{{{"sliceline", Rank::sliceline},
                                                                   {"divergence", Rank::divergence},
                                                                   {"lift", Rank::lift},
                                                                   {"share", Rank::share},
                                                                   {"deviance", Rank::deviance}}};

}  // namespace

std::optional<Rank> parse_rank(std::string_view word) {
  const auto* found = std::ranges::find(kRanks, word, &std::pair<std::string_view, Rank>::first);
  if (found == kRanks.end()) return std::nullopt;
  return found->second;
}

std::string_view name_of(Rank rank) {
  return std::ranges::find(kRanks, rank, &std::pair<std::string_view, Rank>::second)->first;
}

std::uint64_t MinSupport::of(std::uint64_t total) const {
  if (rows) return *rows;
  // A share such as 0.29 has no exact double: without the nudge 0.29 · 100 would round down to 28.
  const double least = std::floor(share * static_cast<double>(total) * (1 + 1e-12));
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(least));
}

Result<MinSupport> parse_min_support(std::string_view text) {
  const auto refuse = [&] {
    return invalid_argument(
        fmt::format("min support '{}' is neither a share in (0, 1) nor a number of rows of at least 1", text));
  };
  const char* end = text.data() + text.size();
  std::uint64_t rows = 0;
  if (const auto [at, error] = std::from_chars(text.data(), end, rows); error == std::errc{} && at == end) {
    if (rows < 1) return refuse();
    return MinSupport{.rows = rows};
  }
  double share = 0;
  const auto [at, error] = std::from_chars(text.data(), end, share);
  if (error != std::errc{} || at != end || !(share > 0 && share <= 1)) return refuse();
  return MinSupport{.share = share, .rows = std::nullopt};
}

}  // namespace errata::slice
