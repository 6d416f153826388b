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
constexpr std::array<std::string_view, 4> kVerdictNames{"kept", "no_gain", "forgot", "nothing_wrong"};

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

}  // namespace

std::string_view name_of(Source source) { return kSourceNames[static_cast<std::size_t>(source)]; }
std::string_view name_of(Teacher teacher) { return kTeacherNames[static_cast<std::size_t>(teacher)]; }
std::string_view name_of(Verdict verdict) { return kVerdictNames[static_cast<std::size_t>(verdict)]; }

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
  ERRATA_TRY(count("votes", options.votes, 1));
  if ((options.teacher == Teacher::command) == options.teacher_command.empty())
    return invalid_argument("a teacher's command is needed for a program as the teacher, and only then");
  if (options.source == Source::random && options.teacher != Teacher::reference)
    return invalid_argument("the control learns from the task's reference: it has no other teacher");
  ERRATA_TRY(share("doubt", options.doubt));
  ERRATA_TRY(share("replay", options.replay));
  ERRATA_TRY(share("fresh", options.fresh));
  return share("most-forgotten", options.most_forgotten);
}

std::string words_of(const LoopOptions& o) {
  return fmt::format(
      "questions {} development {} held-out {} doubt {} variants {} replay {} fresh {} most-forgotten {} source {} "
      "teacher {} "
      "{} "
      "votes {} rank {} "
      "alpha {} "
      "targets {} steps {} rate {} decay {} batch {} seed {}",
      o.questions, o.development, o.held_out, o.doubt, o.variants, o.replay, o.fresh, o.most_forgotten,
      name_of(o.source), name_of(o.teacher), o.teacher_command, o.votes, o.lora.rank, o.lora.alpha,
      fmt::join(o.lora.targets, ","), o.tuning.steps, o.tuning.learning_rate, o.tuning.weight_decay, o.batch, o.seed);
}

double accuracy(const stats::FailureCount& skill) { return 1 - stats::failure_rate(skill); }

double accuracy(const Evaluation& evaluation) {
  double sum = 0;
  for (const auto& skill : evaluation) sum += accuracy(skill);
  return evaluation.empty() ? kNaN : sum / static_cast<double>(evaluation.size());
}

std::string round_content(const Round& round) {
  const auto& pairs = round.pairs;
  return RoundJson{{"number", round.number},
                   {"asked", counts_json(round.asked)},
                   {"doubtful", round.doubtful},
                   {"auroc_mean", round.auroc_mean},
                   {"auroc_least", round.auroc_least},
                   {"remembered", round.remembered},
                   {"variants", round.variants},
                   {"replayed", round.replayed},
                   {"first_loss", round.first_loss},
                   {"last_loss", round.last_loss},
                   {"development", counts_json(round.development)},
                   {"verdict", name_of(round.verdict)},
                   {"held_out", counts_json(round.held_out)},
                   {"pairs", {pairs.both, pairs.only_first, pairs.only_second, pairs.neither}}}
      .dump();
}

Result<Round> parse_round(std::string_view content, std::string_view place) {
  try {
    const RoundJson json = RoundJson::parse(content);
    Round round{.number = json.at("number").get<std::size_t>(),
                .asked = counts_of(json.at("asked")),
                .doubtful = json.at("doubtful").get<std::size_t>(),
                .auroc_mean = number_or_nan(json.at("auroc_mean")),
                .auroc_least = number_or_nan(json.at("auroc_least")),
                .remembered = json.at("remembered").get<std::size_t>(),
                .variants = json.at("variants").get<std::size_t>(),
                .replayed = json.at("replayed").get<std::size_t>(),
                .first_loss = number_or_nan(json.at("first_loss")),
                .last_loss = number_or_nan(json.at("last_loss")),
                .development = counts_of(json.at("development")),
                .held_out = counts_of(json.at("held_out"))};
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
