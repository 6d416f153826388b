#include "hotspot_limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "errata/report/analysis/figures.h"
#include "flags.h"

namespace errata::cli {
namespace {

struct Limit {
  std::string_view name;
  void (*set)(HotspotLimits&, double);
  double most;
};
constexpr std::array kLimits{Limit{"rate", [](HotspotLimits& limits, double value) { limits.rate = value; }, 1e308},
                             Limit{"lift", [](HotspotLimits& limits, double value) { limits.lift = value; }, 1e308},
                             Limit{"share", [](HotspotLimits& limits, double value) { limits.share = value; }, 1},
                             Limit{"excess", [](HotspotLimits& limits, double value) { limits.excess = value; }, 1}};

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= 0)) return std::nullopt;
  return value;
}

}  // namespace

Result<std::optional<HotspotLimits>> parse_hotspot_limits(std::string_view text) {
  if (text == "false") return std::nullopt;
  HotspotLimits limits;
  if (text == "any" || text == "true") return limits;
  std::vector<std::string_view> seen;
  for (const std::string& part : split_names(text)) {
    const std::size_t equals = part.find('=');
    const auto limit = std::ranges::find(kLimits, std::string_view(part).substr(0, equals), &Limit::name);
    const auto value = equals == std::string::npos ? std::nullopt : number(std::string_view(part).substr(equals + 1));
    if (limit == kLimits.end() || !value || *value > limit->most || std::ranges::count(seen, limit->name) > 0)
      return invalid_argument(fmt::format(
          "'{}' is no limit of a hotspot; limits are rate=R, lift=L, share=S (of all failures, at most 1) and "
          "excess=E (rate beyond what its confidence expects, at most 1), each once, for instance "
          "rate=0.2,lift=2,share=0.05",
          part));
    seen.push_back(limit->name);
    limit->set(limits, *value);
  }
  return limits;
}

Result<void> check_hotspot_limits(const slice::Analysis& analysis, const HotspotLimits& limits) {
  if (!limits.excess || analysis.roles.score || !analysis.roles.scores.empty()) return {};
  return invalid_argument(
      "--fail-on-hotspot excess: the log has no score that says what to expect; name one with --score or --scores");
}

bool has_hotspot_at(const slice::Analysis& analysis, const HotspotLimits& limits) {
  const auto reaches = [&](const slice::NamedSlice& named) {
    const auto figures = report::figures_of(analysis, named.slice.whole);
    // A hotspot that is the whole log has no rest, and a lift of its own cannot be told.
    const bool lifted = figures.lift >= limits.lift || limits.lift == 0;
    const auto& excess = named.excess;
    if (limits.excess &&
        !(excess && excess->belief == slice::Belief::more_than_believed && excess->excess >= *limits.excess))
      return false;
    return lifted && figures.rate >= limits.rate && figures.share_of_failures >= limits.share;
  };
  return std::ranges::any_of(analysis.hotspots, reaches, &slice::NamedHotspot::slice) ||
         (limits.excess && std::ranges::any_of(analysis.more_than_believed, reaches));
}

}  // namespace errata::cli
