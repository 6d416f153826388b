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
          {"detect", improve::name_of(options.detect)},
          {"doubt", options.doubt},
          {"samples", options.samples},
          {"labelled", options.labelled},
          {"gate", improve::name_of(options.gate)},
          {"watched", options.watched},
          {"across_modes", options.across_modes},
          {"variants", options.variants},
          {"replay", options.replay ? Json(*options.replay) : Json("chosen")},
          {"fresh", options.fresh},
          {"most_forgotten", options.most_forgotten},
          {"rehearse", options.rehearse},
          {"rehearse_as", improve::name_of(options.rehearse_as)},
          {"most_perplexity", options.most_perplexity},
          {"rank", options.lora.rank},
          {"alpha", options.lora.alpha},
          {"targets", options.lora.targets},
          {"steps", options.tuning.steps},
          {"learning_rate", options.tuning.learning_rate},
          {"weight_decay", options.tuning.weight_decay},
          {"batch", options.batch},
          {"seed", options.seed}};
}

Json watch_json(const improve::Watch& watch) {
  return {{"margin", watch.margin}, {"auditor", watch.auditor}, {"inverse", watch.inverse}};
}

Json detection_json(const improve::DetectionQuality& quality, const Improvement& made) {
  Json signals = Json::object();
  for (std::size_t s = 0; s < improve::kSignals; ++s) {
    const improve::SignalQuality& one = quality.signals[s];
    signals[std::string(improve::name_of(static_cast<improve::Signal>(s)))] = {
        {"auroc", one.auroc}, {"interval", {one.low, one.high}}, {"aurc", one.aurc}};
  }
  return {{"cases", quality.cases},
          {"wrong", quality.wrong},
          {"labelled", quality.labelled},
          {"labelled_wrong", quality.labelled_wrong},
          {"signals", std::move(signals)},
          {"combined_less_mean", quality.combined_less_mean},
          {"combined_less_mean_p", quality.combined_p},
          {"withheld_skills", array_of(quality.withheld, [&](const improve::WithheldQuality& one) {
             return Json{{"skill", made.skills[one.skill]},
                         {"cases", one.cases},
                         {"wrong", one.wrong},
                         {"auditor_auroc", one.auditor},
                         {"combined_auroc", one.combined},
                         {"mean_auroc", one.mean}};
           })}};
}

Json round_json(const Round& round, const Improvement& made) {
  const auto& pairs = round.pairs;
  return {{"round", round.number},
          {"verdict", improve::name_of(round.verdict)},
          {"asked", evaluation_json(round.asked, made)},
          {"doubtful", round.doubtful},
          {"detection", detection_json(round.detection, made)},
          {"remembered", round.remembered},
          {"variants", round.variants},
          {"replayed", round.replayed},
          {"replay", round.replay},
          {"first_loss", round.first_loss},
          {"last_loss", round.last_loss},
          {"development", evaluation_json(round.development, made)},
          {"perplexity", round.perplexity},
          {"held_out", evaluation_json(round.held_out, made)},
          {"fixed", pairs.only_first},
          {"broken", pairs.only_second},
          {"mcnemar", p_value_json(stats::mcnemar_test(pairs.only_first, pairs.only_second).log_p)},
          {"alarm",
           {{"rang", round.alarm},
            {"before", watch_json(round.before)},
            {"tuned", watch_json(round.watch)},
            {"back_to", round.verdict == improve::Verdict::collapse ? Json(round.back_to) : Json(nullptr)}}},
          {"examples", array_of(round.examples,
                                [](const improve::Example& one) {
                                  return Json{{"skill", one.skill},         {"prompt", one.prompt},
                                              {"reference", one.reference}, {"before", one.before},
                                              {"after", one.after},         {"fixed", one.fixed}};
                                })},
          {"tokens_written", round.tokens_written},
          {"tokens_learned", round.tokens_learned}};
}

Json mode_json(const improve::FailureMode& mode) {
  return {{"mode", mode.id},
          {"name", mode.name},
          {"failures_by_round", mode.failures},
          {"kinds_of_error", mode.kinds},
          {"example", {{"prompt", mode.prompt}, {"answer", mode.answer}, {"correction", mode.correction}}}};
}

Json cost_json(const improve::Cost& cost) {
  return {{"round", cost.round},
          {"step", cost.step},
          {"wall_seconds", cost.wall_seconds},
          {"cpu_seconds", cost.cpu_seconds}};
}

}  // namespace

std::string improve_json(const Improvement& made, int indent) {
  return json_text(Json{{"schema", "errata.improve"},
                        {"schema_version", kImproveSchemaVersion},
                        {"headline", improve_headline(made)},
                        {"task", made.task},
                        {"note", made.note},
                        {"parameters", made.parameters},
                        {"adapter_parameters", made.adapter_parameters},
                        {"options", options_json(made.options)},
                        {"start_development", evaluation_json(made.start_development, made)},
                        {"start_held_out", evaluation_json(made.start_held_out, made)},
                        {"texts", made.texts},
                        {"start_perplexity", made.start_perplexity},
                        {"rounds", array_of(made.rounds, [&](const Round& round) { return round_json(round, made); })},
                        {"begun_round", made.begun},
                        {"begun_step", made.begun_step},
                        {"modes", array_of(made.modes, mode_json)},
                        {"mode_information", made.mode_information},
                        {"costs", array_of(made.costs, cost_json)}},
                   indent);
}

}  // namespace errata::report
