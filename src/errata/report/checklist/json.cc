#include "errata/report/checklist/json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "errata/checklist/reading.h"
#include "errata/report/checklist/words.h"
#include "errata/report/kit/json_values.h"

namespace errata::report {
namespace {

using Json = nlohmann::ordered_json;

Json figure_json(const checklist::Figure& figure) {
  Json json{
      {"name", figure.name}, {"cases", figure.cases}, {"mean", figure.mean}, {"interval", {figure.low, figure.high}}};
  if (figure.gate) {
    json["gate"] = figure.gate->limit;
    json["must_be"] = figure.gate->at_least ? "at least" : "at most";
    json["passes"] = figure.passes();
  }
  return json;
}

Json contender_json(const checklist::Contender& contender) {
  return {
      {"name", contender.name}, {"passes", contender.passes()}, {"figures", array_of(contender.figures, figure_json)}};
}

Json finding_json(const checklist::Finding& finding) {
  return {{"fault", checklist::name_of(finding.fault)},
          {"times", finding.times},
          {"first", finding.first},
          {"seed", finding.file.empty() ? Json(finding.seed) : Json()},
          {"file", finding.file.empty() ? Json() : Json(finding.file)}};
}

/// A value of the judged allocator in each case that has one.
Json real_case_json(const checklist::OnReal& real, std::size_t at) {
  Json values = Json::object();
  for (const checklist::Figure& figure : real.contenders.front().figures)
    if (!std::isnan(figure.values[at])) values[figure.name] = figure.values[at];
  return {{"file", real.cases[at].file}, {"kind", real.cases[at].scene}, {"values", std::move(values)}};
}

Json real_json(const checklist::OnReal& real) {
  Json cases = Json::array();
  for (std::size_t at = 0; at < real.cases.size(); ++at) cases.push_back(real_case_json(real, at));
  return {{"allocators", array_of(real.contenders, contender_json)},
          {"bad_answers", array_of(real.findings, finding_json)},
          {"cases", std::move(cases)}};
}

Json mode_json(const checklist::ModeResult& result) {
  return {{"number", result.mode->number},
          {"name", result.mode->name},
          {"class", checklist::name_of(result.mode->kind)},
          {"what_fails", result.mode->words},
          {"assumption", result.mode->assumption},
          {"mitigation", result.mode->mitigation},
          {"passed", result.passed()},
          {"tells_apart", result.is_telling()},
          {"seconds", result.seconds},
          {"left_out", result.left_out},
          {"bad_answers", array_of(result.findings, finding_json)},
          {"allocators", array_of(result.contenders, contender_json)},
          {"real", result.real ? real_json(*result.real) : Json()}};
}

Json summary_json(const checklist::RealSummary& real) {
  return {{"folder", real.folder}, {"pictures", real.pictures}, {"videos", real.videos}, {"left_out", real.left_out}};
}

Json budget_json(const checklist::ReadingBudget& budget) { return {{"name", budget.name}, {"share", budget.share}}; }

Json reader_json(const checklist::Contender& contender) {
  return {{"name", contender.name}, {"figures", array_of(contender.figures, figure_json)}};
}

Json reading_json(const checklist::Reading& reading) {
  const auto& budgets = checklist::kReadingBudgets;
  const checklist::BestOther other = checklist::best_other(reading, checklist::kGoalBudget);
  return {{"relevance", reading.relevance},
          {"pictures", reading.pictures},
          {"left_out_unread", reading.unread},
          {"left_out_easy", reading.easy},
          {"words", reading.words},
          {"downsample_share", reading.downsample_share},
          {"budgets", array_of(std::vector(budgets.begin(), budgets.end()), budget_json)},
          {"goal_budget", budgets[checklist::kGoalBudget].name},
          {"goal_times", checklist::kGoalTimes},
          {"best_other", other.contender->name},
          {"times_best_other", other.times},
          {"allocators", array_of(reading.contenders, reader_json)}};
}

}  // namespace

std::string checklist_json(const checklist::Checklist& made, int indent) {
  Json left_out = Json::array();
  for (const checklist::Mode* mode : made.left_out) left_out.push_back(mode->name);
  if (made.reading_left_out) left_out.push_back("reading");
  return json_text(Json{{"schema", "errata.checklist"},
                        {"schema_version", kChecklistSchemaVersion},
                        {"headline", checklist_headline(made)},
                        {"passed", made.passed()},
                        {"encoder", made.encoder},
                        {"allocator", made.outsider.empty() ? Json() : Json(made.outsider)},
                        {"left_out", left_out},
                        {"seeds", made.options.seeds},
                        {"first_seed", made.options.first_seed},
                        {"real", made.real ? summary_json(*made.real) : Json()},
                        {"modes", array_of(made.modes, mode_json)},
                        {"reading", array_of(made.reading, reading_json)}},
                   indent);
}

}  // namespace errata::report
