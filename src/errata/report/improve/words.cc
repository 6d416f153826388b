#include "errata/report/improve/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ranges>

#include "errata/report/kit/numbers.h"
#include "errata/stats/tests.h"

namespace errata::report {

using improve::Improvement;
using improve::Verdict;

std::string accuracy_text(double value) { return std::isnan(value) ? std::string("–") : fmt::format("{:.3f}", value); }

std::string improve_headline(const Improvement& made) {
  const double start = improve::accuracy(made.start_held_out);
  if (made.rounds.empty()) return fmt::format("No round was run; held-out accuracy is {}", accuracy_text(start));
  const auto kept = std::ranges::count(made.rounds, Verdict::kept, &improve::Round::verdict);
  return fmt::format("Held-out accuracy went from {} to {} in {}, {} of them kept", accuracy_text(start),
                     accuracy_text(improve::accuracy(made.rounds.back().held_out)),
                     counted(made.rounds.size(), "round", "rounds"), kept);
}

std::string improve_subject(const Improvement& made) {
  return fmt::format("{}, a model of {} parameters; each round tunes an adapter of {} on {}", plain_text(made.task),
                     count_text(made.parameters), count_text(made.adapter_parameters),
                     made.options.source == improve::Source::failures
                         ? "what it got wrong, variants of that, and what it got right"
                         : "fresh questions (the control)");
}

std::string_view verdict_words(Verdict verdict) {
  switch (verdict) {
    case Verdict::kept: return "kept";
    case Verdict::no_gain: return "taken back: no gain";
    case Verdict::forgot: return "taken back: it forgot";
    case Verdict::collapse: return "taken back: the collapse alarm rang";
    case Verdict::nothing_corrected: return "no correction to learn from";
    case Verdict::nothing_wrong: break;
  }
  return "nothing wrong";
}

std::string change_words(const Improvement& made) {
  if (made.rounds.empty()) return {};
  const auto& pairs = made.rounds.back().pairs;
  return fmt::format("Of {} held-out questions {} were fixed and {} broken (McNemar's test: {}).",
                     count_text(pairs.cases()), count_text(pairs.only_first), count_text(pairs.only_second),
                     p_equation(stats::mcnemar_test(pairs.only_first, pairs.only_second).log_p));
}

std::string story_words(const Improvement& made) {
  const auto& options = made.options;
  std::string text = fmt::format(
      "A small language model answered {} questions a round. What it got wrong, or answered without being sure, was "
      "remembered with {} and sorted into kinds of failure. It then practised on these, on similar "
      "questions, and on what it had answered rightly, so that it would not forget",
      count_text(options.questions),
      improve::knows_truth(options.teacher)
          ? std::string("the right answer")
          : fmt::format("what its teacher ({}) believed to be right", improve::name_of(options.teacher)));
  if (options.source == improve::Source::random)
    text = fmt::format(
        "This is the control: a small language model answered {} questions a round, and then practised on as many "
        "fresh "
        "questions, whatever it had got wrong",
        count_text(options.questions));
  switch (options.gate) {
    case improve::Gate::development:
      text += ". A round was kept only if other questions, held back for that, were answered better than before";
      break;
    case improve::Gate::alarm:
      text += ". Every round was kept until the collapse alarm rang, which knows no answers";
      break;
    case improve::Gate::none: text += ". Every round was kept"; break;
  }
  return text + ". The figures below are of questions that it never practised on and by which nothing was chosen.";
}

std::string_view signal_words(improve::Signal signal) {
  using improve::Signal;
  switch (signal) {
    case Signal::mean: return "mean log-probability";
    case Signal::least: return "least log-probability";
    case Signal::entropy: return "entropy";
    case Signal::consistency: return "agreement of samples";
    case Signal::margin: return "margin of the votes";
    case Signal::inverse: return "inverse check";
    case Signal::auditor: return "auditor";
    case Signal::combined: break;
  }
  return "all combined";
}

bool is_measured(const Improvement& made, improve::Signal signal) {
  return std::ranges::any_of(made.rounds,
                             [&](const improve::Round& round) { return !std::isnan(round.detection[signal].auroc); });
}

std::string belief_words(const Improvement& made) {
  if (improve::knows_truth(made.options.teacher)) return {};
  return fmt::format(
      "Nobody told this run the truth: wrong and development are what the teacher ({}) believed. Held-out figures are "
      "by the truth, and nothing was decided by them.",
      improve::name_of(made.options.teacher));
}

std::string detection_words(const Improvement& made) {
  if (!improve::knows_truth(made.options.teacher))
    return "Wrong is here what the inverse check said (where a task has none, the teacher), not the truth: of that "
           "check, and of all signals together, these figures are near 1 by construction.";
  for (const improve::Round& round : std::views::reverse(made.rounds)) {
    const auto& quality = round.detection;
    if (std::isnan(quality.combined_less_mean)) continue;
    const double apart = quality.combined_less_mean;
    const bool is_clear = quality.combined_p < 0.05;
    return fmt::format(
        "In round {}, all signals together told wrong answers from right ones with an AUROC of {}: {} the mean "
        "log-probability alone ({}, {}).",
        round.number, accuracy_text(quality[improve::Signal::combined].auroc),
        !is_clear ? "no clear difference from" : (apart > 0 ? "better than" : "worse than"),
        accuracy_text(quality[improve::Signal::mean].auroc), p_equation(std::log(quality.combined_p)));
  }
  return {};
}

std::string perplexity_words(const Improvement& made) {
  if (made.texts == 0) return {};
  std::string tuned;
  for (const improve::Round& round : made.rounds)
    tuned += fmt::format("{}{:.3f} ({:+.1f}%){}", tuned.empty() ? "" : ", ", round.perplexity,
                         100 * (round.perplexity / made.start_perplexity - 1),
                         round.verdict == Verdict::kept ? "" : " (taken back)");
  return fmt::format("Perplexity of {} that no round practised on: {:.3f} at the start{}{}.",
                     counted(made.texts, "text", "texts"), made.start_perplexity,
                     tuned.empty() ? "" : "; of the tuned models ", tuned);
}

std::string alarm_words(const Improvement& made) {
  for (const improve::Round& round : made.rounds) {
    if (!round.alarm) continue;
    const bool surer = round.watch.margin > round.before.margin;
    const std::string heard = fmt::format(
        "The collapse alarm rang in round {}: what is not trained with the model trusted its answers less, {}.",
        round.number,
        surer ? "while its votes had become surer of themselves" : "and its votes had become no surer either");
    if (round.verdict != Verdict::collapse) return heard + " It was not what decides here.";
    return heard + (round.back_to == 0 ? std::string(" The model of the start was taken back.")
                                       : fmt::format(" The model of round {} was taken back.", round.back_to));
  }
  const bool was_heard =
      std::ranges::any_of(made.rounds, [](const improve::Round& round) { return !std::isnan(round.watch.margin); });
  return was_heard ? "The collapse alarm was silent." : "Nobody watched for collapse.";
}

std::string correction_words(const Improvement& made, const improve::FailureMode& mode) {
  if (mode.correction.empty()) return "not corrected";
  return fmt::format("{}: {}", improve::knows_truth(made.options.teacher) ? "right" : "corrected to",
                     plain_text(mode.correction));
}

std::vector<StepTotal> step_totals(const Improvement& made) {
  std::vector<StepTotal> totals;
  for (const improve::Cost& cost : made.costs) {
    const std::string step = cost.round == 0 ? "start" : cost.step;
    auto total = std::ranges::find(totals, step, &StepTotal::step);
    if (total == totals.end()) total = totals.insert(totals.end(), {.step = step});
    total->wall_seconds += cost.wall_seconds;
    total->cpu_seconds += cost.cpu_seconds;
  }
  return totals;
}

std::string duration_text(double seconds) {
  constexpr double kMinute = 60;
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  if (seconds < kMinute) return fmt::format("{:.0f} s", seconds);
  const auto whole = static_cast<std::uint64_t>(std::llround(seconds));
  return fmt::format("{} min {} s", whole / 60, whole % 60);
}

}  // namespace errata::report
