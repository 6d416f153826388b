#include "errata/report/robustness/words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <vector>

#include "errata/report/kit/numbers.h"

namespace errata::report {
namespace {

using robustness::Robustness;
using robustness::Unmeasured;
using robustness::Verdict;

std::vector<std::string_view> names_of(const Robustness& made, Verdict verdict) {
  std::vector<std::string_view> names;
  for (const auto& result : made.results)
    if (result.verdict() == verdict) names.push_back(robustness::info_of(result.check).name);
  return names;
}

}  // namespace

std::string robustness_headline(const Robustness& made) {
  const auto passing = names_of(made, Verdict::passed), failing = names_of(made, Verdict::failed),
             others = names_of(made, Verdict::not_measured);
  const std::size_t measured = passing.size() + failing.size();
  if (measured == 0) return "Nothing could be measured";
  std::string text = fmt::format("{} of {} {}", passing.size(), counted(measured, "check", "checks"),
                                 passing.size() == 1 ? "passes" : "pass");
  if (!failing.empty())
    text += fmt::format("; {} {} not", fmt::join(failing, ", "), failing.size() == 1 ? "does" : "do");
  if (!others.empty()) text += fmt::format("; not measured: {}", fmt::join(others, ", "));
  return text;
}

std::string robustness_subject(const Robustness& made) {
  std::string text = plain_text(made.subject.model);
  if (!made.subject.data.empty()) text += " on " + plain_text(made.subject.data);
  if (!made.subject.earlier.empty()) text += ", against " + plain_text(made.subject.earlier);
  return text;
}

std::string_view check_verdict_words(Verdict verdict) {
  switch (verdict) {
    case Verdict::passed: return "passes";
    case Verdict::failed: return "FAILS";
    case Verdict::not_measured: break;
  }
  return "not measured";
}

std::string_view unmeasured_words(Unmeasured why) {
  switch (why) {
    case Unmeasured::none: return "";
    case Unmeasured::no_severity: return "no column tells how severe a shift is; --severity names it";
    case Unmeasured::no_clean: return "the column of severity has no clean cases, or no others";
    case Unmeasured::no_confidence: return "the log has no scores; --score or --scores name them";
    case Unmeasured::no_pictures: return "there are no pictures of something else";
    case Unmeasured::no_streams: return "no column tells which cases follow each other; --stream names it";
    case Unmeasured::no_order: return "no column tells the order of the cases of a stream; --time names it";
    case Unmeasured::no_pairs: return "no two neighbours in a stream have the same label";
    case Unmeasured::no_features: return "the log has no features to make slices of";
    case Unmeasured::no_earlier: break;
  }
  return "there is no earlier model to compare with; --earlier names it";
}

std::string limit_words(const robustness::Figure& figure) {
  if (!figure.limit) return "";
  return fmt::format("{} {}", robustness::info_of(figure.quantity).at_least ? "≥" : "≤", number_text(*figure.limit, 3));
}

std::string measured_text(double value) { return std::isfinite(value) ? fmt::format("{:.3f}", value) : "–"; }

std::string measured_interval(const stats::RateInterval& interval) {
  if (!std::isfinite(interval.low) || !std::isfinite(interval.high)) return "–";
  return fmt::format("{} to {}", measured_text(interval.low), measured_text(interval.high));
}

std::string middle_words(const Robustness& made) {
  if (made.levels.empty()) return "";
  return "severity " + plain_text(made.levels[made.middle]);
}

std::string calibration_words(const Robustness& made) {
  if (!made.levels.empty() || made.calibration.empty()) return "";
  return "Of all cases together: no column tells how severe a shift is, so calibration under shift is not told; "
         "--severity names one.";
}

std::string rejection_words(const Robustness& made) {
  return fmt::format(
      "By {}, the best of the simple scores on the other half of the pictures. FPR95: share of a set that is taken for "
      "own pictures where 95% of these are accepted.",
      plain_text(made.rejecting_score));
}

std::string gap_words(const Robustness& made) {
  const std::string tested = counted(made.slices_tested, "slice was", "slices were");
  if (made.gaps.empty()) return fmt::format("{} tested on held-out cases and none confirmed to fail more.", tested);
  return fmt::format("{} tested on held-out cases, whose counts these are; the worst was chosen on the others.",
                     tested);
}

std::string retention_words(const stats::PairedCounts& counts) {
  return fmt::format(
      "Of {} the earlier model had {} right that this one gets wrong, and {} wrong that this one gets "
      "right; both fail in {}.",
      counted(counts.cases(), "case", "cases"), count_text(counts.only_second), count_text(counts.only_first),
      count_text(counts.both));
}

}  // namespace errata::report
