#include "errata/report/replay/advice.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "errata/report/kit/numbers.h"
#include "errata/report/replay/words.h"

namespace errata::report {
namespace {

/// The simplest score that sorts failures best.
std::string score_advice(const replay::Replay& replay) {
  const auto* ours = score_named(replay, kErrata);
  const auto* best = best_baseline(replay);
  if (ours == nullptr || best == nullptr || replay.failures == 0) return "";
  if (sorts_nothing(replay, *ours) && sorts_nothing(replay, *best))
    return "No score sorts the failures of this log: accepting by them is no better than by chance.";
  // What the bands do not tell apart is no reason to choose.
  const bool told_apart =
      !best->bands || !(best->bands->ratio_to_reference.low <= 1 && best->bands->ratio_to_reference.high >= 1);
  const double ratio = told_apart ? ours->areas.aurc / best->areas.aurc : 1;
  const std::string areas =
      fmt::format("areas under the risk-coverage curve {:.4f} and {:.4f}", ours->areas.aurc, best->areas.aurc);
  if (ratio < 1 - kClearRatio) {
    return fmt::format(
        "Decide by the memory's risk: it sorts failures better than the best simple score, {} ({}); at 50% coverage {} "
        "of the accepted cases fail instead of {}.",
        best->name, areas, percent_text(ours->error_at_coverage[replay::kHalf]),
        percent_text(best->error_at_coverage[replay::kHalf]));
  }
  if (ratio > 1 + kClearRatio) {
    return fmt::format("Decide by {} (--risk {}): on this log it sorts failures better than the memory's risk ({}).",
                       best->name, best->name, areas);
  }
  return fmt::format("On this log the memory sorts failures about as well as {} ({}): that is the simpler choice.",
                     best->name, areas);
}

std::string policy_advice(const replay::Replay& replay) {
  const auto& policy = replay.policy;
  if (policy.cases == 0 || replay.failures == 0) return "";
  const double base = rate_of(replay.failures, known_cases(replay));
  if (policy.accepted == 0) return fmt::format("The policy accepted no case; {} of all failed.", percent_text(base));
  return fmt::format("Accepted were {} of the cases, of which {} failed; of all cases {} failed.",
                     percent_text(policy.coverage()), percent_text(policy.risk()), percent_text(base));
}

std::string regime_advice(const replay::Replay& replay) {
  const auto open = std::ranges::count_if(replay.regimes, [](const replay::Regime& regime) { return !regime.ended; });
  if (open == 0) return "";
  std::string words =
      fmt::format("{} {} still on at the end of the log", open, open == 1 ? "regime is" : "regimes are");
  const replay::Regime* worst = worst_open_regime(replay);
  if (worst == nullptr) return words + ".";
  return words + fmt::format("; {} {}: {} of {} cases failed ({}), {} before.",
                             open == 1 ? "it is" : "the one with most failures beyond the usual is",
                             worst->mode == memory::kNoMode && worst->stream == replay::kNoStream
                                 ? std::string("over all cases")
                                 : near_words(replay, *worst).substr(1),
                             worst->failures, worst->cases, percent_text(regime_rate(*worst)),
                             percent_text(worst->rate_before));
}

/// The mode near which most cases failed beyond the rate of all.
std::string mode_advice(const replay::Replay& replay) {
  if (replay.failures == 0) return "";
  constexpr std::uint64_t kLeastCases = 100;
  constexpr double kClearly = 0.1;
  const double base = rate_of(replay.failures, known_cases(replay));
  const auto excess = [base](const replay::ModeResult& mode) {
    return static_cast<double>(mode.mode.near.failures) - base * static_cast<double>(mode.mode.near.trials);
  };
  const replay::ModeResult* worst = nullptr;
  for (const auto& mode : replay.modes) {
    if (mode.retired || mode.mode.near.trials < kLeastCases ||
        !(excess(mode) > kClearly * base * double(mode.mode.near.trials)))
      continue;
    if (worst == nullptr || excess(mode) > excess(*worst)) worst = &mode;
  }
  if (worst == nullptr) return "";
  const std::string stream = stream_name(replay, worst->stream);
  return fmt::format("Look near mode {}{} first{}: {} of {} cases near it failed ({}, of all {}).", worst->mode.id,
                     stream.empty() ? "" : " in " + stream,
                     worst->words.empty() ? "" : fmt::format(" ({})", worst->words), worst->mode.near.failures,
                     worst->mode.near.trials, percent_text(near_rate(worst->mode)), percent_text(base));
}

std::string calibration_advice(const replay::Replay& replay) {
  constexpr double kOff = 0.05;
  if (!(replay.calibration_error > kOff)) return "";
  const auto* ours = score_named(replay, kErrata);
  if (ours == nullptr || sorts_nothing(replay, *ours))
    return fmt::format("The risk is off by {} on average, and does not rank cases.",
                       percent_text(replay.calibration_error));
  return fmt::format("The risk is off by {} on average: use it to rank cases, and set thresholds by coverage.",
                     percent_text(replay.calibration_error));
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

/// What became of the accepted cases, beside a promise about them.
std::string accepted_words(const replay::PolicyResult& policy) {
  if (policy.accepted == 0) return "None was accepted here";
  return fmt::format("Of the accepted cases of this log {} failed", percent_text(policy.risk()));
}

std::string coverage_guarantee(const replay::PolicyResult& policy) {
  const double slack = policy.bounds.coverage_slack.value_or(0);
  return fmt::format(
      "for any sequence of scores the number of accepted cases, those of the cold start counted as if decided by "
      "threshold, is {} of all but for at most {:.0f}, so that the share tends to {}; nothing is promised about their "
      "failures: {}.",
      percent_text(*policy.options.coverage), std::ceil(slack), percent_text(*policy.options.coverage),
      policy.accepted == 0 ? std::string("none was accepted here")
                           : fmt::format("{} of the accepted failed", percent_text(policy.risk())));
}

std::string online_guarantee(const replay::PolicyResult& policy) {
  const auto target = percent_text(*policy.options.risk);
  if (!policy.bounds.risk) return "";
  const auto& bound = *policy.bounds.risk;
  const auto most = static_cast<std::uint64_t>(std::max(0.0, std::floor(bound.at_most + 1e-6)));
  if (bound.accepted == 0) return fmt::format("none yet for {}: no outcome of an accepted case has come.", target);
  const auto share_of = [&](std::uint64_t failures) {
    return percent_text(std::min(1.0, static_cast<double>(failures) / static_cast<double>(bound.accepted)));
  };
  std::string words = fmt::format(
      "for any data, of the {} accepted cases whose outcome came (warm-up included) at most {} ({}) can have failed",
      count_text(bound.accepted), count_text(std::min(most, bound.accepted)), share_of(most));
  const double more = bound.at_most - *policy.options.risk * static_cast<double>(bound.accepted);
  if (more >= 0.5) words += fmt::format(", {} and {:.0f} more", target, more);
  words += fmt::format("; {} did ({}).", count_text(bound.failures), share_of(bound.failures));
  if (more >= 0.5 && bound.regained >= 0.5)
    words += fmt::format(" {:.0f} of the {:.0f} more were granted because refused cases did not fail.",
                         std::min(bound.regained, more), more);
  return words + fmt::format(
                     " The level starts with an allowance of failures, so that the rate is near {} only where accepted "
                     "cases are many.",
                     target);
}

std::string calibrated_guarantee(const replay::PolicyResult& policy) {
  const auto target = percent_text(*policy.options.risk);
  if (!policy.bounds.threshold)
    return fmt::format("none yet: the threshold is set when {} outcomes have come, and nothing is promised before.",
                       policy.options.cold_start);
  const auto& rule = *policy.bounds.threshold;
  if (rule.accepted.trials == 0)
    return fmt::format(
        "the first {} outcomes show for no threshold, with probability {}, that at most {} of the accepted fail: "
        "nothing "
        "is accepted until twice as many, four times as many and so on show one.",
        policy.options.cold_start, percent_text(1 - policy.options.delta), target);
  return fmt::format(
      "with probability {} at most {} of the accepted cases fail in the long run, if later cases are distributed like "
      "the {} outcomes that set the threshold ({} of {} at or below it failed, so at most {}); nothing under drift. "
      "{}.",
      percent_text(1 - policy.options.delta), target,
      count_text(static_cast<std::uint64_t>(std::lround(static_cast<double>(rule.accepted.trials) / rule.coverage))),
      count_text(rule.accepted.failures), count_text(rule.accepted.trials), percent_text(rule.risk_bound),
      accepted_words(policy));
}

}  // namespace

std::string guarantee_words(const replay::PolicyResult& policy) {
  const auto& options = policy.options;
  if (options.coverage) return coverage_guarantee(policy);
  if (!options.risk) return "";
  switch (options.method) {
    case selective::RiskMethod::online: return online_guarantee(policy);
    case selective::RiskMethod::sgr:
    case selective::RiskMethod::ltt: return calibrated_guarantee(policy);
    case selective::RiskMethod::rolling:
      return fmt::format(
          "with probability {}, at one moment and not over all of them, the failure rate of accepted cases is at most "
          "{}, if the last {} outcomes and the next cases are distributed alike. {}.",
          percent_text(1 - options.delta), percent_text(*options.risk), options.rolling_window, accepted_words(policy));
  }
  return "";
}

std::string guarantee_words(const replay::Replay& replay) {
  const auto& policy = replay.policy;
  const bool calibrated = policy.options.risk && policy.options.method != selective::RiskMethod::online;
  if (replay.streams.empty()) return guarantee_words(policy);
  if (!calibrated) return "summed over the streams, each of which has its own: " + guarantee_words(policy);
  const auto set = std::ranges::count_if(replay.streams,
                                         [](const auto& stream) { return stream.policy.bounds.threshold.has_value(); });
  return fmt::format("each stream has a threshold and a guarantee of its own{}. {}.",
                     policy.options.method == selective::RiskMethod::rolling
                         ? std::string()
                         : fmt::format("; {} of {} streams have calibrated theirs", set, replay.streams.size()),
                     accepted_words(policy));
}

std::vector<std::string> replay_advice(const replay::Replay& replay) {
  std::vector<std::string> sentences{score_advice(replay),  policy_advice(replay),      mode_advice(replay),
                                     regime_advice(replay), calibration_advice(replay), correction_advice(replay)};
  std::erase(sentences, "");
  return sentences;
}

}  // namespace errata::report
