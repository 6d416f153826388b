#include "errata/monitor/mode_words.h"

#include <fmt/format.h>

#include <cmath>

#include "errata/memory/pca.h"

namespace errata::monitor {

std::string mode_words(const memory::FailureMemory& memory, const memory::Mode& mode) {
  constexpr std::size_t kFeaturesInWords = 3;
  constexpr double kNotable = 0.3;  // standard deviations
  std::string words;
  const auto& names = memory.schema().numbers;
  for (const auto& difference : memory.describe(mode.id, kFeaturesInWords)) {
    if (!(std::abs(difference.difference) >= kNotable)) continue;
    words += fmt::format("{}{} {} ({}{:.1f} sd)", words.empty() ? "" : ", ", names[difference.feature],
                         difference.difference > 0 ? "high" : "low", difference.difference > 0 ? "+" : "−",
                         std::abs(difference.difference));
  }
  if (!std::isnan(mode.confidence))
    words += fmt::format("{}confidence {:.2f}", words.empty() ? "" : "; ", mode.confidence);
  return words;
}

std::vector<std::array<double, 2>> mode_map(std::span<const memory::Mode> modes) {
  std::vector<std::array<double, 2>> positions(modes.size());
  std::vector<double> centres;
  std::vector<std::size_t> placed;
  for (std::size_t m = 0; m < modes.size(); ++m) {
    if (modes[m].centre.empty()) continue;
    centres.insert(centres.end(), modes[m].centre.begin(), modes[m].centre.end());
    placed.push_back(m);
  }
  if (placed.size() < 2) return positions;
  const std::size_t width = centres.size() / placed.size();
  const auto axes = memory::principal_axes(MatrixView<const double>(centres, placed.size(), width), 2);
  if (!axes) return positions;
  std::vector<double> projected(axes->kept());
  for (std::size_t i = 0; i < placed.size(); ++i) {
    axes->project(std::span<const double>(centres).subspan(i * width, width), projected);
    for (std::size_t a = 0; a < projected.size(); ++a) positions[placed[i]][a] = projected[a];
  }
  return positions;
}

}  // namespace errata::monitor
