#include "errata/improve/improvement.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "errata/base/limits.h"

namespace errata::improve {
namespace {

using RoundJson = nlohmann::ordered_json;

constexpr std::array<std::string_view, 2> kSourceNames{"failures", "random"};
constexpr std::array<std::string_view, 4> kTeacherNames{"reference", "self", "vote", "command"};
constexpr std::array<std::string_view, 6> kVerdictNames{"kept",     "no_gain",       "forgot",
                                                        "collapse", "nothing_wrong", "nothing_corrected"};
constexpr std::array<std::string_view, kSignals> kSignalNames{"mean",   "least",   "entropy", "consistency",
                                                              "margin", "inverse", "auditor", "combined"};
constexpr std::array<std::string_view, 6> kDetectorNames{"verifier",    "least",   "mean",
                                                         "consistency", "auditor", "combined"};
constexpr std::array<std::string_view, 3> kGateNames{"development", "alarm", "none"};
constexpr std::array<std::string_view, 2> kRehearsalNames{"model", "text"};

RoundJson counts_json(const Evaluation& evaluation) {
  RoundJson json = RoundJson::array();
  for (const auto& skill : evaluation) json.push_back({skill.failures, skill.trials});
  return json;
}

/// @throws nlohmann's exceptions
Evaluation counts_of(const RoundJson& json) {
  Evaluation evaluation;
  for (const auto& skill : json)
    evaluation.push_back({.failures = skill.at(0).get<std::uint64_t>(), .trials = skill.at(1).get<std::uint64_t>()});
  return evaluation;
}

double number_or_nan(const RoundJson& json) { return json.is_null() ? kNaN : json.get<double>(); }

RoundJson quality_json(const DetectionQuality& quality) {
  RoundJson signals = RoundJson::array(), withheld = RoundJson::array();
  for (const SignalQuality& one : quality.signals) signals.push_back({one.auroc, one.low, one.high, one.aurc});
  for (const WithheldQuality& one : quality.withheld)
    withheld.push_back({one.skill, one.cases, one.wrong, one.auditor, one.combined, one.mean});
  return {{"cases", {quality.cases, quality.wrong, quality.labelled, quality.labelled_wrong}},
          {"signals", std::move(signals)},
          {"combined_less_mean", quality.combined_less_mean},
          {"combined_p", quality.combined_p},
          {"withheld", std::move(withheld)}};
}

/// @throws nlohmann's exceptions
DetectionQuality quality_of(const RoundJson& json) {
  DetectionQuality quality{.cases = json.at("cases").at(0).get<std::uint64_t>(),
                           .wrong = json.at("cases").at(1).get<std::uint64_t>(),
                           .labelled = json.at("cases").at(2).get<std::uint64_t>(),
                           .labelled_wrong = json.at("cases").at(3).get<std::uint64_t>(),
                           .signals = {},
                           .combined_less_mean = number_or_nan(json.at("combined_less_mean")),
                           .combined_p = number_or_nan(json.at("combined_p"))};
  for (std::size_t s = 0; s < kSignals; ++s) {
    const auto& one = json.at("signals").at(s);
    quality.signals[s] = {.auroc = number_or_nan(one.at(0)),
                          .low = number_or_nan(one.at(1)),
                          .high = number_or_nan(one.at(2)),
                          .aurc = number_or_nan(one.at(3))};
  }
  for (const auto& one : json.at("withheld"))
    quality.withheld.push_back({.skill = one.at(0).get<std::size_t>(),
                                .cases = one.at(1).get<std::uint64_t>(),
                                .wrong = one.at(2).get<std::uint64_t>(),
                                .auditor = number_or_nan(one.at(3)),
                                .combined = number_or_nan(one.at(4)),
                                .mean = number_or_nan(one.at(5))});
  return quality;
}

RoundJson watch_json(const Watch& watch) { return {watch.margin, watch.auditor, watch.inverse}; }
/// @throws nlohmann's exceptions
Watch watch_of(const RoundJson& json) {
  return {
      .margin = number_or_nan(json.at(0)), .auditor = number_or_nan(json.at(1)), .inverse = number_or_nan(json.at(2))};
}

RoundJson examples_json(const std::vector<Example>& examples) {
  RoundJson json = RoundJson::array();
  for (const Example& one : examples)
    json.push_back({one.skill, one.prompt, one.reference, one.before, one.after, one.fixed});
  return json;
}

/// @throws nlohmann's exceptions
std::vector<Example> examples_of(const RoundJson& json) {
  std::vector<Example> examples;
  for (const auto& one : json)
    examples.push_back({.skill = one.at(0).get<std::string>(),
                        .prompt = one.at(1).get<std::string>(),
                        .reference = one.at(2).get<std::string>(),
                        .before = one.at(3).get<std::string>(),
                        .after = one.at(4).get<std::string>(),
                        .fixed = one.at(5).get<bool>()});
  return examples;
}

template <typename T, std::size_t N>
Result<T> by_name(const std::array<std::string_view, N>& names, std::string_view name, const char* what) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end())
    return invalid_argument(fmt::format("there is no {} '{}'; there are {}", what, name, fmt::join(names, ", ")));
  return static_cast<T>(found - names.begin());
}

}  // namespace

std::string_view name_of(Signal signal) { return kSignalNames[static_cast<std::size_t>(signal)]; }
std::string_view name_of(Detector detector) { return kDetectorNames[static_cast<std::size_t>(detector)]; }
std::string_view name_of(Rehearsal rehearsal) { return kRehearsalNames[static_cast<std::size_t>(rehearsal)]; }
std::string_view name_of(Gate gate) { return kGateNames[static_cast<std::size_t>(gate)]; }
Result<Detector> detector_named(std::string_view name) { return by_name<Detector>(kDetectorNames, name, "detector"); }
Result<Gate> gate_named(std::string_view name) { return by_name<Gate>(kGateNames, name, "gate"); }
Result<Rehearsal> rehearsal_named(std::string_view name) {
  return by_name<Rehearsal>(kRehearsalNames, name, "rehearsal");
}

std::string_view name_of(Source source) { return kSourceNames[static_cast<std::size_t>(source)]; }
std::string_view name_of(Teacher teacher) { return kTeacherNames[static_cast<std::size_t>(teacher)]; }
std::string_view name_of(Verdict verdict) { return kVerdictNames[static_cast<std::size_t>(verdict)]; }
bool has_learned(Verdict verdict) { return verdict != Verdict::nothing_wrong && verdict != Verdict::nothing_corrected; }

double replay_for(double wrong, std::size_t forgot) {
  constexpr double kMost = 0.6, kEnriched = 6.7;
  const double enriched = std::max(1.0, std::ldexp(kEnriched, -static_cast<int>(std::min<std::size_t>(forgot, 10))));
  const double odds = enriched * wrong / std::max(1 - wrong, 1e-9);  // of failures against replay
  return std::min(kMost, 1 / (1 + odds));
}

Result<void> check(const LoopOptions& options) {
  const auto count = [](const char* name, std::size_t value, std::size_t least) -> Result<void> {
    constexpr std::size_t kMost = 10'000'000;
    if (value < least || value > kMost)
      return invalid_argument(fmt::format("{} {} is not from {} to {}", name, value, least, kMost));
    return {};
  };
  const auto share = [](const char* name, double value) -> Result<void> {
    if (!(value >= 0 && value < 1)) return invalid_argument(fmt::format("{} {} is not in [0, 1)", name, value));
    return {};
  };
  ERRATA_TRY(count("rounds", options.rounds, 1));
  ERRATA_TRY(count("questions", options.questions, 1));
  ERRATA_TRY(count("development", options.development, 1));
  ERRATA_TRY(count("held-out", options.held_out, 1));
  ERRATA_TRY(count("batch", options.batch, 1));
  ERRATA_TRY(count("variants", options.variants, 0));
  ERRATA_TRY(count("samples", options.samples, 0));
  ERRATA_TRY(count("watched", options.watched, 0));
  if (options.detect == Detector::consistency && options.samples == 0)
    return invalid_argument("detection by consistency needs samples, and there are 0");
  if ((options.detect == Detector::auditor || options.detect == Detector::combined) && options.labelled == 0)
    return invalid_argument(fmt::format("detection by {} learns from labelled answers, and the share of these is 0",
                                        name_of(options.detect)));
  if (options.gate == Gate::alarm && (options.samples == 0 || options.watched == 0))
    return invalid_argument("the alarm needs samples of the questions that it watches, and there are none");
  if (!(options.across_modes >= 0 && options.across_modes <= 1))
    return invalid_argument(fmt::format("across-modes {} is not in [0, 1]", options.across_modes));
  ERRATA_TRY(share("labelled", options.labelled));
  ERRATA_TRY(count("votes", options.votes, 1));
  ERRATA_TRY(language::check(options.lora));
  ERRATA_TRY(language::check(options.tuning));
  if ((options.teacher == Teacher::command) == options.teacher_command.empty())
    return invalid_argument("a teacher's command is needed for a program as the teacher, and only then");
  if (options.source == Source::random && options.teacher != Teacher::reference)
    return invalid_argument("the control learns from the task's reference: it has no other teacher");
  ERRATA_TRY(share("doubt", options.doubt));
  ERRATA_TRY(share("replay", options.replay.value_or(0)));
  ERRATA_TRY(share("fresh", options.fresh));
  ERRATA_TRY(share("rehearse", options.rehearse));
  if (!(options.most_perplexity >= 0 && std::isfinite(options.most_perplexity)))
    return invalid_argument(fmt::format("most-perplexity {} is not 0 or more", options.most_perplexity));
  return share("most-forgotten", options.most_forgotten);
}

std::string words_of(const LoopOptions& o) {
  return fmt::format(
      "questions {} development {} held-out {} detect {} doubt {} samples {} labelled {} gate {} watched {} "
      "across-modes {} "
      "variants {} replay {} fresh {} most-forgotten {} most-perplexity {} rehearse {} rehearse-as {} source {} "
      "teacher {} {} "
      "votes "
      "{} rank {} "
      "alpha {} targets {} "
      "steps {} "
      "learning-rate "
      "{} weight-decay {} batch {} seed {}",
      o.questions, o.development, o.held_out, name_of(o.detect), o.doubt, o.samples, o.labelled, name_of(o.gate),
      o.watched, o.across_modes, o.variants, o.replay ? fmt::format("{}", *o.replay) : "chosen", o.fresh,
      o.most_forgotten, o.most_perplexity, o.rehearse, name_of(o.rehearse_as), name_of(o.source), name_of(o.teacher),
      o.teacher_command, o.votes, o.lora.rank, o.lora.alpha, fmt::join(o.lora.targets, ","), o.tuning.steps,
      o.tuning.learning_rate, o.tuning.weight_decay, o.batch, o.seed);
}

double accuracy(const stats::FailureCount& skill) { return 1 - stats::failure_rate(skill); }

double accuracy(const Evaluation& evaluation) {
  double sum = 0;
  for (const auto& skill : evaluation) sum += accuracy(skill);
  return evaluation.empty() ? kNaN : sum / static_cast<double>(evaluation.size());
}

bool is_forgotten(const stats::FailureCount& start, const stats::FailureCount& now, double most) {
  const double more = static_cast<double>(now.failures) - static_cast<double>(start.failures);
  return more > most * static_cast<double>(now.trials) &&
         more > std::sqrt(static_cast<double>(start.failures + now.failures));
}

bool is_better(const Evaluation& now, const Evaluation& before) {
  const auto share = [](const Evaluation& evaluation) {
    stats::FailureCount all;
    for (const auto& skill : evaluation) {
      all.failures += skill.failures;
      all.trials += skill.trials;
    }
    return accuracy(all);
  };
  return share(now) > share(before);
}

std::string round_content(const Round& round) {
  const auto& pairs = round.pairs;
  return RoundJson{{"number", round.number},
                   {"asked", counts_json(round.asked)},
                   {"doubtful", round.doubtful},
                   {"detection", quality_json(round.detection)},
                   {"remembered", round.remembered},
                   {"variants", round.variants},
                   {"replayed", round.replayed},
                   {"replay", round.replay},
                   {"adapter", round.adapter},
                   {"first_loss", round.first_loss},
                   {"last_loss", round.last_loss},
                   {"development", counts_json(round.development)},
                   {"perplexity", round.perplexity},
                   {"verdict", name_of(round.verdict)},
                   {"held_out", counts_json(round.held_out)},
                   {"pairs", {pairs.both, pairs.only_first, pairs.only_second, pairs.neither}},
                   {"before", watch_json(round.before)},
                   {"watch", watch_json(round.watch)},
                   {"alarm", round.alarm},
                   {"back_to", round.back_to},
                   {"examples", examples_json(round.examples)},
                   {"tokens", {round.tokens_written, round.tokens_learned}}}
      .dump(-1, ' ', false, RoundJson::error_handler_t::replace);
}

Result<Round> parse_round(std::string_view content, std::string_view place) {
  try {
    const RoundJson json = RoundJson::parse(content);
    Round round{.number = json.at("number").get<std::size_t>(),
                .asked = counts_of(json.at("asked")),
                .doubtful = json.at("doubtful").get<std::size_t>(),
                .detection = quality_of(json.at("detection")),
                .remembered = json.at("remembered").get<std::size_t>(),
                .variants = json.at("variants").get<std::size_t>(),
                .replayed = json.at("replayed").get<std::size_t>(),
                .replay = number_or_nan(json.at("replay")),
                .adapter = json.at("adapter").get<std::uint64_t>(),
                .first_loss = number_or_nan(json.at("first_loss")),
                .last_loss = number_or_nan(json.at("last_loss")),
                .development = counts_of(json.at("development")),
                .perplexity = number_or_nan(json.at("perplexity")),
                .held_out = counts_of(json.at("held_out")),
                .before = watch_of(json.at("before")),
                .watch = watch_of(json.at("watch")),
                .alarm = json.at("alarm").get<bool>(),
                .back_to = json.at("back_to").get<std::size_t>(),
                .examples = examples_of(json.at("examples")),
                .tokens_written = json.at("tokens").at(0).get<std::uint64_t>(),
                .tokens_learned = json.at("tokens").at(1).get<std::uint64_t>()};
    const auto verdict = std::ranges::find(kVerdictNames, json.at("verdict").get<std::string>());
    if (verdict == kVerdictNames.end()) return data_error(fmt::format("{}: a round with an unknown verdict", place));
    round.verdict = static_cast<Verdict>(verdict - kVerdictNames.begin());
    const auto& pairs = json.at("pairs");
    round.pairs = {.both = pairs.at(0).get<std::uint64_t>(),
                   .only_first = pairs.at(1).get<std::uint64_t>(),
                   .only_second = pairs.at(2).get<std::uint64_t>(),
                   .neither = pairs.at(3).get<std::uint64_t>()};
    return round;
  } catch (const nlohmann::json::exception& error) {
    return data_error(fmt::format("{}: what is kept of a round cannot be read: {}", place, error.what()));
  }
}

}  // namespace errata::improve
