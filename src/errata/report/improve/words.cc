#include "errata/report/improve/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

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
    case Verdict::forgot: return "taken back: a skill was forgotten";
    case Verdict::collapse: return "taken back: the collapse alarm rang";
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

}  // namespace errata::report
