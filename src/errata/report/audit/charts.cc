#include "errata/report/audit/charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "errata/report/audit/chart_kinds.h"
#include "errata/report/audit/words.h"

namespace errata::report {

namespace {

/// A log with many kinds of input has many sets; curves are drawn of the first ones.
constexpr std::size_t kChartedSets = 12;

/// A file name out of the name of a set: "unseen mix A" -> "unseen_mix_a"; with its number where that says too little.
std::string file_name(const audit::Audit& audit, std::size_t set) {
  const auto plain = [](const std::string& name) {
    std::string text;
    for (const char c : name) {
      const bool upper = c >= 'A' && c <= 'Z';
      const bool kept = upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
      text += upper ? static_cast<char>(c - 'A' + 'a') : kept ? c : '_';
    }
    return text;
  };
  constexpr std::size_t kLongest = 40;
  const std::string name = plain(audit.sets[set].name);
  const auto same = std::ranges::count_if(audit.sets, [&](const auto& other) { return plain(other.name) == name; });
  const bool telling = name.size() <= kLongest && name.find_first_not_of('_') != std::string::npos;
  return telling && same == 1 ? name : fmt::format("set_{}", set + 1);
}

bool has_curves(const audit::SetResult& set) {
  return std::ranges::any_of(shown_detectors(set), [](const auto* detector) { return detector->roc.size() > 1; });
}

}  // namespace

std::string set_section(std::size_t set) { return fmt::format("set_{}", set); }

std::vector<Chart> audit_charts(const audit::Audit& audit) {
  std::vector<Chart> charts;
  const bool ranked = std::ranges::any_of(audit.sets, [](const auto& set) { return best_detector(set) != nullptr; });
  if (ranked && detector_names(audit).size() > 1) charts.push_back(detector_chart(audit));
  for (std::size_t s = 0; s < std::min(audit.sets.size(), kChartedSets); ++s) {
    const audit::SetResult& set = audit.sets[s];
    const SetNames names{.section = set_section(s), .file = file_name(audit, s)};
    if (has_curves(set)) charts.push_back(roc_chart(set, names));
    if (has_curves(set)) charts.push_back(audit_risk_coverage_chart(set, names));
    if (!set.reliability.empty()) charts.push_back(audit_reliability_chart(set, names));
  }
  for (const audit::SetResult& set : audit.sets) {
    if (set.sample.empty()) continue;
    const bool confident =
        std::ranges::any_of(set.sample, [](const auto& point) { return std::isfinite(point.confidence); });
    if (confident) charts.push_back(confidence_chart(set));
    const bool risks = std::ranges::any_of(set.sample, [](const auto& point) { return std::isfinite(point.risk); });
    const bool positions = std::ranges::any_of(set.sample, [](const auto& point) { return point.pca1 != 0; });
    if (risks) charts.push_back(risk_chart(set));
    if (risks && positions) charts.push_back(latent_chart(set));
    break;
  }
  if (!audit.left_out.empty()) charts.push_back(left_out_chart(audit));
  if (!audit.evidence.empty()) charts.push_back(evidence_chart(audit));
  if (!audit.channels.empty()) charts.push_back(channel_chart(audit));
  return charts;
}

}  // namespace errata::report
