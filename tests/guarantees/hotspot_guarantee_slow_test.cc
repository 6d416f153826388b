// What confirmation promises, on logs whose truth is known: without any effect the share of logs with a false hotspot
// stays at the level asked for, and planted hotspots of moderate size are all found. Fixed seeds, so that a pass is a
// pass.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "errata/simulate/simulate.h"
#include "errata/slice/confirm.h"
#include "errata/table/coding.h"
#include "errata/table/predicate.h"

namespace errata {
namespace {

struct Findings {
  table::PredictionLog log;
  table::CodedTable table;
  slice::ConfirmResult confirmed;
  simulate::Truth truth;
};

Findings confirm(const std::string& kind, std::size_t rows, std::uint64_t seed, ThreadPool& pool) {
  auto drawn = simulate::simulate({.kind = kind, .rows = rows, .seed = seed});
  EXPECT_TRUE(drawn.has_value());
  Findings findings{.log = simulate::prediction_log(*drawn), .truth = drawn->truth};
  findings.table = *code_features(findings.log, {.rare_below = rows / 100}, pool);
  auto confirmed =
      slice::confirm_hotspots({.table = findings.table, .failed = findings.log.failed}, {.seed = seed}, {}, pool);
  EXPECT_TRUE(confirmed.has_value());
  findings.confirmed = std::move(*confirmed);
  return findings;
}

double jaccard(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  std::size_t both = 0, either = 0;
  for (std::size_t row = 0; row < a.size(); ++row) {
    both += std::size_t{a[row]} & b[row];
    either += std::size_t{a[row]} | b[row];
  }
  return static_cast<double>(both) / static_cast<double>(std::max<std::size_t>(1, either));
}

TEST(HotspotGuarantee, NullLogsHaveFalseHotspotsNoMoreOftenThanTheLevel) {
  constexpr std::size_t kLogs = 400;
  ThreadPool pool(2);
  std::size_t with_hotspots = 0;
  for (std::uint64_t seed = 1; seed <= kLogs; ++seed) {
    // Without any effect every hotspot is false, so that the share of false ones is 1 where there is one and else 0.
    if (!confirm("null", 4'000, seed, pool).confirmed.hotspots.empty()) ++with_hotspots;
  }
  const double share = static_cast<double>(with_hotspots) / kLogs;
  fmt::print("null logs with a hotspot: {} of {} ({:.3f}) at level 0.05\n", with_hotspots, kLogs, share);
  EXPECT_LE(share, 0.05);
}

/// The planted hotspots that make one finding with this one: in the same features and at much the same rate.
std::vector<std::uint8_t> with_its_like(const std::vector<simulate::PlantedHotspot>& planted,
                                        const std::vector<std::vector<std::uint8_t>>& cases, std::size_t one) {
  const auto features = [](const simulate::PlantedHotspot& hotspot) {
    std::set<std::string> names;
    for (const auto& predicate : hotspot.where) names.insert(predicate.feature);
    return names;
  };
  const auto rate = [](const auto& hotspot) {
    return static_cast<double>(hotspot.failures) / static_cast<double>(hotspot.n);
  };
  std::vector<std::uint8_t> together = cases[one];
  for (std::size_t other = 0; other < planted.size(); ++other) {
    const bool alike = std::abs(rate(planted[other]) - rate(planted[one])) < 0.05;
    if (!alike || features(planted[other]) != features(planted[one])) continue;
    for (std::size_t row = 0; row < together.size(); ++row) together[row] |= cases[other][row];
  }
  return together;
}

TEST(HotspotGuarantee, PlantedHotspotsOfModerateSizeAreAllFound) {
  constexpr std::uint64_t kLogs = 60;
  ThreadPool pool(2);
  std::size_t planted = 0, found = 0, listed = 0, off_target = 0;
  for (std::uint64_t seed = 1; seed <= kLogs; ++seed) {
    const Findings findings = confirm("planted", 40'000, seed, pool);
    std::vector<std::vector<std::uint8_t>> truths;
    for (const auto& hotspot : findings.truth.hotspots) truths.push_back(*matches(findings.log, hotspot.where));
    std::vector<double> best(truths.size(), 0);
    for (const auto& hotspot : findings.confirmed.hotspots) {
      const auto cases = slice_members(findings.table, hotspot.slice.where);
      double nearest = 0;
      for (std::size_t i = 0; i < truths.size(); ++i) {
        const double similarity = jaccard(cases, truths[i]);
        best[i] = std::max(best[i], similarity);
        nearest = std::max(nearest, similarity);
      }
      ++listed;
      if (nearest < 0.5) ++off_target;
    }
    planted += truths.size();
    for (std::size_t i = 0; i < truths.size(); ++i) {
      const auto together = with_its_like(findings.truth.hotspots, truths, i);
      for (const auto& hotspot : findings.confirmed.hotspots) {
        best[i] = std::max(best[i], jaccard(slice_members(findings.table, hotspot.slice.where), together));
      }
      if (best[i] >= 0.8) ++found;
      EXPECT_GE(best[i], 0.8) << "seed " << seed << ": " << where_clause(findings.truth.hotspots[i].where) << " ("
                              << findings.truth.hotspots[i].n << " cases, " << findings.truth.hotspots[i].failures
                              << " failures)";
    }
  }
  // A finding lies nearest to a planted hotspot, hardly ever to none.
  EXPECT_LE(off_target, listed / 20);
  fmt::print("planted hotspots found (Jaccard >= 0.8): {} of {}; listed {}, nearest to none (< 0.5): {}\n", found,
             planted, listed, off_target);
  EXPECT_EQ(found, planted);
}

}  // namespace
}  // namespace errata
