#include "errata/report/replay/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "errata/report/kit/interval.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/terminal_text.h"

namespace errata::report {

namespace {

/// Two AURCs this near are told as equal.
constexpr double kEqualRatio = 0.005;

std::string duration_text(std::int64_t micros) {
  constexpr std::array<std::pair<std::int64_t, std::string_view>, 3> kUnits{
      {{86'400'000'000, "day"}, {3'600'000'000, "hour"}, {60'000'000, "minute"}}};
  for (const auto& [size, name] : kUnits) {
    if (micros == 0 || micros % size != 0) continue;
    const std::int64_t count = micros / size;
    return fmt::format("{} {}{}", number_text(static_cast<double>(count)), name, count == 1 ? "" : "s");
  }
  const double seconds = static_cast<double>(micros) / 1e6;
  return fmt::format("{} second{}", number_text(seconds), seconds == 1 ? "" : "s");
}

/// "; 2,719 are deferred (3.2% of them fail)"
std::string share_words(std::uint64_t cases, std::uint64_t failures, std::string_view one, std::string_view many) {
  if (cases == 0) return {};
  return fmt::format("; {} {} ({} of them fail)", count_text(cases), cases == 1 ? one : many,
                     percent_text(rate_of(failures, cases)));
}

}  // namespace

std::string coverage_key(std::size_t i) { return fmt::format("{:.2f}", replay::coverage_at(i)); }

double rate_of(std::uint64_t failures, std::uint64_t cases) {
  if (cases == 0) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(failures) / static_cast<double>(cases);
}

std::string aurc_text(double aurc) { return std::isfinite(aurc) ? fmt::format("{:.4f}", aurc) : number_text(aurc); }

std::uint64_t known_cases(const replay::Replay& replay) {
  return replay.evaluated - std::min(replay.evaluated, replay.without_outcome);
}

const replay::ScoreResult* score_named(const replay::Replay& replay, std::string_view name) {
  const auto found = std::ranges::find(replay.scores, name, &replay::ScoreResult::name);
  return found == replay.scores.end() ? nullptr : &*found;
}

const replay::ScoreResult* best_baseline(const replay::Replay& replay) {
  const replay::ScoreResult* best = nullptr;
  for (const replay::ScoreResult& score : replay.scores) {
    if (score.name == kErrata || score.name == kOracle || std::isnan(score.areas.aurc)) continue;
    if (best == nullptr || score.areas.aurc < best->areas.aurc) best = &score;
  }
  return best;
}

std::string file_words(const replay::Replay& replay) {
  if (replay.files.empty()) return "a prediction log";
  const std::string first = plain_text(replay.files.front(), kLongLine);
  return replay.files.size() == 1 ? first : fmt::format("{} and {} more", first, replay.files.size() - 1);
}

std::string moment_text(const replay::Replay& replay, std::int64_t time) {
  if (replay.has_time) return time_text(static_cast<double>(time));
  return time < 0 ? fmt::format("step {}", time) : "step " + count_text(static_cast<std::uint64_t>(time));
}

std::string mode_name(std::uint32_t mode) {
  return mode == memory::kNoMode ? std::string("all cases") : fmt::format("mode {}", mode);
}

std::string stream_name(const replay::Replay& replay, std::size_t stream) {
  if (stream >= replay.streams.size()) return {};
  constexpr std::size_t kLongStream = 40;
  return fmt::format("{} {}", plain_text(replay.stream_column, kLongStream),
                     plain_text(replay.streams[stream].name, kLongStream));
}

std::string place_name(const replay::Replay& replay, const replay::Regime& regime) {
  const std::string stream = stream_name(replay, regime.stream);
  if (stream.empty()) return mode_name(regime.mode);
  return regime.mode == memory::kNoMode ? stream : fmt::format("{}, {}", mode_name(regime.mode), stream);
}

std::string near_words(const replay::Replay& replay, const replay::Regime& regime) {
  const std::string stream = stream_name(replay, regime.stream);
  return (regime.mode == memory::kNoMode ? "" : fmt::format(" near mode {}", regime.mode)) +
         (stream.empty() ? "" : " in " + stream);
}

std::string streams_words(const replay::Replay& replay) {
  if (replay.streams.empty()) return {};
  std::uint64_t on = 0;
  for (const auto& stream : replay.streams) on += stream.regimes_on > 0;
  const std::string many =
      fmt::format("{} of `{}` {} a memory, regimes, a policy and a warm-up of {} own; in {} a regime is still on.",
                  counted(replay.streams.size(), "stream", "streams"), plain_text(replay.stream_column, kLongLine),
                  replay.streams.size() == 1 ? "has" : "have", replay.streams.size() == 1 ? "its" : "their",
                  on == 0 ? std::string("none") : count_text(on));
  return many + " Worst first: by accepted failures beyond the rate of all accepted cases.";
}

std::string headline_words(const replay::Replay& replay) {
  if (replay.evaluated == 0) return "No case was evaluated";
  if (known_cases(replay) == 0)
    return fmt::format("No outcome is known: {} of {} cases are accepted{}, and how many of them fail cannot be told",
                       count_text(replay.policy.accepted_unknown), count_text(replay.evaluated),
                       replay.policy.cold_unknown == 0
                           ? std::string()
                           : fmt::format(" ({} were decided by the rule of the cold start: {})",
                                         count_text(replay.policy.cold_unknown),
                                         selective::word(replay.policy.options.cold_decision)));
  if (replay.failures == 0) return "No evaluated case fails";
  std::string words;
  if (const replay::Regime* regime = worst_regime(replay)) {
    const std::string rates = fmt::format("{} fail{} instead of {}", percent_text(regime_rate(*regime)),
                                          near_words(replay, *regime), percent_text(regime->rate_before));
    words = regime->ended ? fmt::format("{} from {} to {}; ", rates, moment_text(replay, regime->onset),
                                        moment_text(replay, *regime->ended))
                          : fmt::format("Since {} {}, still on; ", moment_text(replay, regime->onset), rates);
  }
  const std::string all = percent_text(rate_of(replay.failures, known_cases(replay)));
  if (replay.policy.accepted == 0) return words + fmt::format("{} of cases fail; the policy accepts none", all);
  return words + fmt::format("{} of accepted cases fail, {} of all",
                             percent_text(rate_of(replay.policy.accepted_failures, replay.policy.accepted)), all);
}

std::string streamed_words(const replay::Replay& replay) {
  std::string words = counted(replay.rows, "case", "cases") + " in order: ";
  if (replay.trained > 0) words += fmt::format("{} for training (not scored), ", count_text(replay.trained));
  if (replay.warm > 0) words += fmt::format("{} to warm up, ", count_text(replay.warm));
  words += fmt::format("{} evaluated", count_text(replay.evaluated));
  if (replay.without_outcome > 0) {
    words += fmt::format(" ({} of them without an outcome)", count_text(replay.without_outcome));
  }
  const std::uint64_t known = known_cases(replay);
  if (known > 0) {
    const stats::RateInterval interval = interval_of(replay.failures, known);
    words += fmt::format(", {} of them failures: {} fail (95% interval {} to {})", count_text(replay.failures),
                         percent_text(rate_of(replay.failures, known)), percent_text(interval.low),
                         percent_text(interval.high));
  }
  return words + ". " + delay_words(replay.delay);
}

std::string delay_words(const replay::Delay& delay) {
  if (!delay.column.empty()) return fmt::format("Outcomes come when `{}` says.", plain_text(delay.column));
  if (delay.micros) return fmt::format("Outcomes come {} later.", duration_text(*delay.micros));
  if (delay.steps == 0) return "Outcomes come at once, before the next case.";
  return fmt::format("Outcomes come {} later.", counted(delay.steps, "case", "cases"));
}

bool sorts_nothing(const replay::Replay& replay, const replay::ScoreResult& score) {
  return score.areas.aurc >= rate_of(replay.failures, known_cases(replay));
}

std::string comparison_words(const replay::Replay& replay) {
  const replay::ScoreResult* errata = score_named(replay, kErrata);
  const replay::ScoreResult* best = best_baseline(replay);
  if (errata == nullptr || std::isnan(errata->areas.aurc)) return {};
  const std::string least = aurc_text(errata->areas.oracle_aurc);
  if (sorts_nothing(replay, *errata) && replay.failures > 0)
    return fmt::format(
        "Its risk sorts failures no better than chance: the area under the risk–coverage curve (AURC) is {}, of cases "
        "in any order {}{}; {} is the least there is.",
        aurc_text(errata->areas.aurc), aurc_text(rate_of(replay.failures, known_cases(replay))),
        best == nullptr
            ? std::string()
            : fmt::format(", of the best baseline, `{}`, {}", plain_text(best->name), aurc_text(best->areas.aurc)),
        least);
  if (best == nullptr) {
    return fmt::format("The area under its risk–coverage curve (AURC) is {}; {} is the least there is.",
                       aurc_text(errata->areas.aurc), least);
  }
  const double ratio = errata->areas.aurc / best->areas.aurc;
  const bool equal = std::abs(ratio - 1) <= kEqualRatio || errata->areas.aurc == best->areas.aurc;
  return fmt::format(
      "Its risk sorts failures {} the best baseline, `{}`: the area under the risk–coverage curve (AURC) is {} against "
      "{}; {} is the least there is.",
      equal                     ? "as well as"
      : ratio < 1 - kClearRatio ? "better than"
      : ratio < 1               ? "a little better than"
      : ratio > 1 + kClearRatio ? "worse than"
                                : "a little worse than",
      plain_text(best->name), aurc_text(errata->areas.aurc), aurc_text(best->areas.aurc), least);
}

std::string target_words(const selective::SelectivePolicyOptions& options) {
  if (options.risk) {
    return fmt::format("accept as many cases as possible while at most {} of them fail ({})", level_text(*options.risk),
                       selective::word(options.method));
  }
  return options.coverage ? fmt::format("accept {} of the cases", level_text(*options.coverage))
                          : std::string("no target");
}

std::string policy_words(const replay::PolicyResult& policy) {
  if (policy.cases == 0) return "It decided no case.";
  std::string words =
      fmt::format("{} of {} {} accepted ({})", policy.accepted == 0 ? "None" : count_text(policy.accepted),
                  counted(policy.cases, "case", "cases"), policy.accepted <= 1 ? "is" : "are",
                  percent_text(rate_of(policy.accepted, policy.cases)));
  if (policy.accepted > 0) {
    words += fmt::format(", and {} of these fail ({})", count_text(policy.accepted_failures),
                         percent_text(rate_of(policy.accepted_failures, policy.accepted)));
  }
  words += share_words(policy.deferred, policy.deferred_failures, "is deferred", "are deferred") +
           share_words(policy.abstained, policy.abstained_failures, "gets no answer", "get no answer") + ".";
  if (policy.cold == 0) return words;
  return words + fmt::format(" Of these, the rule of the cold start ({}) decided {}.",
                             selective::word(policy.options.cold_decision), count_text(policy.cold));
}

bool keeps_target(const replay::PolicyResult& policy) {
  if (policy.cases == 0) return true;
  if (policy.options.risk) return policy.accepted == 0 || policy.risk() <= *policy.options.risk;
  if (!policy.options.coverage) return true;
  // The rule of the cold start, which the user chose, is not what the target is about.
  const std::uint64_t by_threshold = policy.cases - std::min(policy.cases, policy.cold);
  const bool counted = policy.options.cold_decision == selective::Decision::accept;
  const std::uint64_t accepted = policy.accepted - (counted ? std::min(policy.accepted, policy.cold) : 0);
  return by_threshold == 0 || std::abs(rate_of(accepted, by_threshold) - *policy.options.coverage) <= 0.01;
}

std::string span_words(const replay::Replay& replay, const replay::Regime& regime) {
  if (!regime.ended) return "since " + moment_text(replay, regime.onset);
  return fmt::format("{} to {}", moment_text(replay, regime.onset), moment_text(replay, *regime.ended));
}

double regime_rate(const replay::Regime& regime) {
  return regime.cases == 0 ? regime.rate : rate_of(regime.failures, regime.cases);
}

double near_rate(const memory::Mode& mode) { return rate_of(mode.near.failures, mode.near.trials); }

std::string near_counts(const memory::Mode& mode) {
  return fmt::format("{} of {} failed ({})", count_text(mode.near.failures), count_text(mode.near.trials),
                     percent_text(near_rate(mode)));
}

namespace {

/// Failures beyond the usual rate.
double excess_of(const replay::Regime& regime) {
  return static_cast<double>(regime.failures) - regime.rate_before * static_cast<double>(regime.cases);
}

}  // namespace

const replay::Regime* worst_open_regime(const replay::Replay& replay) {
  const replay::Regime* worst = nullptr;
  for (const replay::Regime& regime : replay.regimes)
    if (!regime.ended && excess_of(regime) > 0 && (worst == nullptr || excess_of(regime) > excess_of(*worst)))
      worst = &regime;
  return worst;
}

const replay::Regime* worst_regime(const replay::Replay& replay) {
  constexpr double kMatters = 0.25;  // of the worst of all: what goes on is told before what is over
  const replay::Regime* worst = nullptr;
  for (const replay::Regime& regime : replay.regimes)
    if (excess_of(regime) > 0 && (worst == nullptr || excess_of(regime) > excess_of(*worst))) worst = &regime;
  const replay::Regime* open = worst_open_regime(replay);
  return open != nullptr && excess_of(*open) >= kMatters * excess_of(*worst) ? open : worst;
}

std::vector<std::size_t> largest_regimes(const replay::Replay& replay, std::size_t count) {
  std::vector<std::size_t> chosen(replay.regimes.size());
  std::iota(chosen.begin(), chosen.end(), std::size_t{0});
  std::ranges::stable_sort(chosen, std::ranges::greater{}, [&](std::size_t i) { return replay.regimes[i].failures; });
  chosen.resize(std::min(chosen.size(), count));
  std::ranges::sort(chosen, {}, [&](std::size_t i) { return std::pair(replay.regimes[i].onset, i); });
  return chosen;
}

std::string regimes_words(const replay::Replay& replay) {
  if (replay.regimes.empty())
    return replay.evaluated > 0 && known_cases(replay) == 0
               ? "Nothing can be told: no outcome is known."
               : "Failures were at no time clearly more frequent than usual.";
  const auto open = static_cast<std::uint64_t>(
      std::ranges::count_if(replay.regimes, [](const replay::Regime& regime) { return !regime.ended; }));
  const auto of_all =
      static_cast<std::uint64_t>(std::ranges::count(replay.regimes, memory::kNoMode, &replay::Regime::mode));
  const std::uint64_t near = replay.regimes.size() - of_all;
  std::string where = of_all == 0 ? std::string()
                                  : counted(of_all, "regime", "regimes") +
                                        (replay.streams.empty() ? " of all cases" : " of all cases of a stream");
  if (near > 0) {
    where += of_all == 0 ? counted(near, "regime", "regimes") + " near a mode"
                         : fmt::format(" and {} near a mode", count_text(near));
  }
  return fmt::format("Failures were more frequent than usual in {}; {} still on at the end of the log.", where,
                     open == 0   ? "none is"
                     : open == 1 ? "one is"
                                 : count_text(open) + " are");
}

std::vector<std::size_t> modes_by_size(const replay::Replay& replay) {
  std::vector<std::size_t> order(replay.modes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater{}, [&](std::size_t i) {
    return std::pair(!replay.modes[i].retired, replay.modes[i].mode.near.failures);
  });
  return order;
}

std::string no_modes_words(const replay::Replay& replay) {
  return replay.evaluated > 0 && known_cases(replay) == 0
             ? "Nothing can be told: no outcome is known."
             : "No mode was found: confident failures were too few, or too unlike each other.";
}

std::string modes_words() {
  return "A mode is a group of alike confident failures. Near it: cases whose outcome came, warm-up included, and how "
         "many of them failed. Activity: its confident failures, each counting half as much after every half-life.";
}

std::string activity_text(double activity) { return activity < 0.005 ? "0" : number_text(activity, 3); }

std::string calibration_words(const replay::Replay& replay) {
  if (replay.calibration.empty()) return {};
  return fmt::format("The risk differs from the failure rate by {} on average (ECE, {}); Brier score {}.",
                     percent_text(replay.calibration_error), counted(replay.calibration.size(), "bin", "bins"),
                     number_text(replay.brier, 3));
}

std::string corrections_words(const replay::Replay& replay) {
  std::array<std::size_t, 3> count{};
  for (const replay::CorrectionResult& result : replay.corrections) ++count[static_cast<std::size_t>(result.verdict)];
  return fmt::format(
      "{} correctable: following the flip or the specialist would have lowered the error. {} irreducible: both would "
      "have raised it. {} unknown. Nothing was corrected; every figure uses past outcomes only.",
      count[0], count[1], count[2]);
}

}  // namespace errata::report
