#include "errata/report/replay/advice.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "errata/report/replay/words.h"

namespace errata::report {
namespace {

std::string percent(double share) { return fmt::format("{:.1f}%", 100 * share); }

/// The simplest score that sorts failures best.
std::string score_advice(const replay::Replay& replay) {
  const auto* ours = score_named(replay, "errata");
  const auto* confidence = score_named(replay, "confidence");
  if (ours == nullptr || confidence == nullptr || replay.failures == 0) return "";
  const double ratio = ours->areas.aurc / confidence->areas.aurc;
  if (ratio < 0.95) {
    return fmt::format(
        "Decide by the memory's risk: its area under the risk-coverage curve is {:.4f}, that of confidence alone "
        "{:.4f}; "
        "at 50% coverage {} of the accepted cases fail instead of {}.",
        ours->areas.aurc, confidence->areas.aurc, percent(ours->error_at_coverage[replay::kHalf]),
        percent(confidence->error_at_coverage[replay::kHalf]));
  }
  return fmt::format(
      "On this log the memory sorts failures about as well as the model's own confidence (areas {:.4f} and {:.4f}): "
      "confidence alone is the simpler choice.",
      ours->areas.aurc, confidence->areas.aurc);
}

std::string policy_advice(const replay::Replay& replay) {
  const auto& policy = replay.policy;
  if (policy.cases == 0 || replay.failures == 0) return "";
  const double base = double(replay.failures) / double(policy.cases);
  return fmt::format("Accepted were {} of the cases, of which {} failed; of all cases {} failed.",
                     percent(policy.coverage()), percent(policy.risk()), percent(base));
}

std::string regime_advice(const replay::Replay& replay) {
  const auto open = std::ranges::count_if(replay.regimes, [](const replay::Regime& regime) { return !regime.ended; });
  if (open == 0) return "";
  const auto worst =
      std::ranges::max_element(replay.regimes, {}, [](const replay::Regime& r) { return r.ended ? -1 : r.rate; });
  return fmt::format(
      "{} {} still on at the end of the log; the worst is {} at a failure rate of {}.", open,
      open == 1 ? "regime is" : "regimes are",
      worst->mode == memory::kNoMode ? std::string("over all cases") : fmt::format("near mode {}", worst->mode),
      percent(worst->rate));
}

std::string mode_advice(const replay::Replay& replay) {
  const replay::ModeResult* worst = nullptr;
  for (const auto& mode : replay.modes) {
    if (mode.retired || mode.mode.near.trials < 100) continue;
    if (worst == nullptr || mode.mode.near.failures > worst->mode.near.failures) worst = &mode;
  }
  if (worst == nullptr) return "";
  return fmt::format("Most failures lie near mode {} ({}): {} of {} cases near it failed. Look there first.",
                     worst->mode.id, worst->words, worst->mode.near.failures, worst->mode.near.trials);
}

std::string calibration_advice(const replay::Replay& replay) {
  constexpr double kOff = 0.05;
  if (!(replay.calibration_error > kOff)) return "";
  return fmt::format("The risk is off by {} on average: use it to rank cases, and set thresholds by coverage.",
                     percent(replay.calibration_error));
}

std::string correction_advice(const replay::Replay& replay) {
  std::string modes;
  for (const auto& correction : replay.corrections) {
    if (correction.verdict != replay::Verdict::correctable) continue;
    modes += fmt::format("{}{} ({})", modes.empty() ? "" : ", ", correction.words, correction.better);
  }
  if (modes.empty()) return "";
  return fmt::format("Failures could be corrected, not only refused: {}. Nothing was corrected here.", modes);
}

}  // namespace

std::string guarantee_words(const selective::SelectivePolicyOptions& options) {
  if (!options.coverage && !options.risk) return "";
  if (options.coverage) {
    return fmt::format(
        "the long-run share of accepted cases tends to {} for any sequence of scores, without assumptions on the data; "
        "nothing is promised about their failures",
        percent(*options.coverage));
  }
  const auto target = percent(*options.risk);
  switch (options.method) {
    case selective::RiskMethod::online:
      return fmt::format(
          "the long-run failure rate of accepted cases is held at {} under any drift, as long as outcomes arrive",
          target);
    case selective::RiskMethod::sgr:
    case selective::RiskMethod::ltt:
      return fmt::format(
          "with probability {} the failure rate of accepted cases is at most {}, when later cases are distributed like "
          "the "
          "first {} outcomes; nothing under drift",
          percent(1 - options.delta), target, options.cold_start);
    case selective::RiskMethod::rolling:
      return fmt::format(
          "at one moment, with probability {}, the failure rate of accepted cases is at most {}, when the last {} "
          "outcomes "
          "and the next cases are distributed alike; nothing over all moments together",
          percent(1 - options.delta), target, options.rolling_window);
  }
  return "";
}

std::vector<std::string> replay_advice(const replay::Replay& replay) {
  std::vector<std::string> sentences{score_advice(replay),  policy_advice(replay),      mode_advice(replay),
                                     regime_advice(replay), calibration_advice(replay), correction_advice(replay)};
  std::erase(sentences, "");
  return sentences;
}

}  // namespace errata::report
