#include "errata/report/improve/json.h"

#include <nlohmann/json.hpp>

#include "errata/report/improve/words.h"
#include "errata/report/kit/interval.h"
#include "errata/report/kit/json_values.h"
#include "errata/stats/tests.h"

namespace errata::report {
namespace {

using Json = nlohmann::ordered_json;
using improve::Evaluation;
using improve::Improvement;
using improve::Round;

Json evaluation_json(const Evaluation& evaluation, const Improvement& made) {
  Json skills = Json::array();
  for (std::size_t skill = 0; skill < evaluation.size(); ++skill) {
    const auto& count = evaluation[skill];
    const stats::RateInterval wrong = interval_of(count.failures, count.trials);
    skills.push_back({{"skill", made.skills[skill]},
                      {"cases", count.trials},
                      {"failures", count.failures},
                      {"accuracy", improve::accuracy(count)},
                      {"accuracy_interval", interval_json({.low = 1 - wrong.high, .high = 1 - wrong.low})}});
  }
  return {{"accuracy", improve::accuracy(evaluation)}, {"skills", std::move(skills)}};
}

Json options_json(const improve::LoopOptions& options) {
  return {{"source", improve::name_of(options.source)},
          {"teacher", improve::name_of(options.teacher)},
          {"rounds", options.rounds},
          {"questions", options.questions},
          {"development", options.development},
          {"held_out", options.held_out},
          {"doubt", options.doubt},
          {"variants", options.variants},
          {"replay", options.replay},
          {"fresh", options.fresh},
          {"most_forgotten", options.most_forgotten},
          {"rank", options.lora.rank},
          {"alpha", options.lora.alpha},
          {"targets", options.lora.targets},
          {"steps", options.tuning.steps},
          {"learning_rate", options.tuning.learning_rate},
          {"batch", options.batch},
          {"seed", options.seed}};
}

Json round_json(const Round& round, const Improvement& made) {
  const auto& pairs = round.pairs;
  return {{"round", round.number},
          {"verdict", improve::name_of(round.verdict)},
          {"asked", evaluation_json(round.asked, made)},
          {"doubtful", round.doubtful},
          {"auroc_mean_log_probability", round.auroc_mean},
          {"auroc_least_log_probability", round.auroc_least},
          {"remembered", round.remembered},
          {"variants", round.variants},
          {"replayed", round.replayed},
          {"first_loss", round.first_loss},
          {"last_loss", round.last_loss},
          {"development", evaluation_json(round.development, made)},
          {"held_out", evaluation_json(round.held_out, made)},
          {"fixed", pairs.only_first},
          {"broken", pairs.only_second},
          {"mcnemar", p_value_json(stats::mcnemar_test(pairs.only_first, pairs.only_second).log_p)}};
}

}  // namespace

std::string improve_json(const Improvement& made, int indent) {
  return json_text(Json{{"schema", "errata.improve"},
                        {"schema_version", kImproveSchemaVersion},
                        {"headline", improve_headline(made)},
                        {"task", made.task},
                        {"parameters", made.parameters},
                        {"adapter_parameters", made.adapter_parameters},
                        {"options", options_json(made.options)},
                        {"start_development", evaluation_json(made.start_development, made)},
                        {"start_held_out", evaluation_json(made.start_held_out, made)},
                        {"rounds", array_of(made.rounds, [&](const Round& round) { return round_json(round, made); })}},
                   indent);
}

}  // namespace errata::report
