#include "errata/engine/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "errata/engine/analyze.h"
#include "errata/engine/snapshot.h"
#include "errata/replay/correctability.h"
#include "errata/replay/evaluate.h"
#include "errata/replay/stream.h"
#include "errata/replay/summary.h"
#include "errata/selective/decision.h"

namespace errata::engine {
namespace {

constexpr double kHalfLifeCases = 500;

/// The columns that a replay reads beside those of an analysis.
table::ReadOptions with_columns(const ReplayRequest& request) {
  auto read = request.read;
  read.keep_unjudged = true;
  read.keep_embedding = true;
  read.keep_id = !request.decisions.empty();
  for (const auto& name : {request.cases.split, request.cases.outcome_time, request.cases.auditor})
    if (name) read.roles.others.push_back(*name);
  return read;
}

/// Frees what is not read again once the outcomes are settled.
void drop_judged_columns(table::PredictionLog& log) {
  const auto is_feature = [&](const std::string& name) { return std::ranges::count(log.roles.features, name) > 0; };
  std::vector<std::string> spent = log.roles.scores;
  for (const auto& name : {log.roles.label, log.roles.prediction, log.roles.score, log.roles.weight, log.roles.stream})
    if (name) spent.push_back(*name);
  std::erase_if(log.columns, [&](const table::Column& column) {
    return std::ranges::count(spent, column.name) > 0 && !is_feature(column.name) && column.name != log.roles.time &&
           std::ranges::count(log.roles.others, column.name) == 0;
  });
  std::vector<double>().swap(log.loss);
}

/// 500 cases at the pace of the cases before the first evaluated one.
double usual_half_life(const replay::CaseStream& cases) {
  const std::size_t before = std::max<std::size_t>(2, cases.trained() + cases.warm());
  const std::size_t last = std::min(before, cases.size()) - 1;
  if (last == 0) return kHalfLifeCases;
  const double pace = static_cast<double>(cases.time(last) - cases.time(0)) / static_cast<double>(last);
  return pace > 0 ? kHalfLifeCases * pace : kHalfLifeCases;
}

Result<replay::Judge> make_judge(const ReplayRequest& request, replay::CaseStream& cases) {
  auto options = request.judge;
  if (!request.memory.empty()) {
    ERRATA_ASSIGN(auto saved, read_memory(request.memory, cases.schema()));
    ERRATA_TRY(cases.follow(saved.time));
    return replay::Judge::create(std::move(saved.memory), options);
  }
  options.memory.half_life = request.half_life.value_or(usual_half_life(cases));
  if (cases.trained() + cases.warm() > 1) options.memory.warm_up = options.memory.max_warm_up;
  return replay::Judge::create(cases.schema(), options);
}

/// The evaluated cases with an outcome, a column a score. Frees the streamed scores.
std::vector<replay::ScoreColumn> score_columns(const replay::CaseStream& cases, replay::StreamedCases& streamed,
                                               std::vector<std::uint8_t>& failed) {
  const std::size_t begin = cases.trained() + cases.warm();
  std::vector<std::size_t> places;
  for (std::size_t i = begin; i < cases.size(); ++i) {
    if (!cases.has_outcome(i)) continue;
    places.push_back(i - streamed.first);
    failed.push_back(static_cast<std::uint8_t>(cases.failed(i)));
  }
  std::vector<replay::ScoreColumn> columns;
  for (std::size_t s = 0; s < streamed.score_names.size(); ++s) {
    replay::ScoreColumn column{.name = streamed.score_names[s]};
    column.risk.reserve(places.size());
    for (const auto place : places)
      column.risk.push_back(s == 0 ? streamed.risk[place] : static_cast<double>(streamed.scores[s][place]));
    std::vector<float>().swap(streamed.scores[s]);
    const bool none = std::ranges::all_of(column.risk, [](double risk) { return std::isnan(risk); });
    if (!none || s == 0) columns.push_back(std::move(column));
  }
  return columns;
}

/// The error at the realised coverages with thresholds in hindsight.
void add_hindsight(std::vector<replay::OnlineCoverage>& online, const std::vector<double>& risk,
                   const std::vector<std::uint8_t>& failed) {
  const auto curve = stats::RiskCoverage::of(risk, failed);
  if (!curve) return;
  for (auto& at : online)
    if (at.coverage > 0) at.hindsight_error = curve->error_at_coverage(at.coverage);
}

void add_warnings(const table::PredictionLog& log, const replay::CaseStream& cases,
                  const replay::StreamedCases& streamed, replay::Replay& replay) {
  replay.warnings = log.warnings;
  replay.warnings.insert(replay.warnings.end(), cases.warnings().begin(), cases.warnings().end());
  const std::uint64_t judged = replay.evaluated - replay.without_outcome;
  if (judged == 0)
    replay.warnings.emplace_back("no evaluated case has an outcome: nothing can be said about failures");
  else if (replay.failures == 0)
    replay.warnings.emplace_back("no evaluated case failed: there is nothing to tell apart");
  else if (replay.failures == judged)
    replay.warnings.emplace_back("every evaluated case failed: there is nothing to tell apart");
  if (streamed.learned == 0)
    replay.warnings.emplace_back("no outcome arrived while the log lasted: the memory learned nothing from its cases");
  if (streamed.given_up > 0)
    replay.warnings.push_back(fmt::format(
        "{} outcomes came after more cases than the memory waits for; they were not learned", streamed.given_up));
  if (replay.without_outcome > 0)
    replay.warnings.push_back(
        fmt::format("{} evaluated cases have no outcome: decided, not scored", replay.without_outcome));
}

table::Column number_column(std::string name, std::vector<double> numbers) {
  return {.name = std::move(name), .source_type = "DOUBLE", .numbers = std::move(numbers)};
}

/// A column of the log, in the order of the decided cases.
table::Column taken(const table::Column& from, const replay::CaseStream& cases, std::size_t first) {
  table::Column column{
      .name = from.name, .kind = from.kind, .source_type = from.source_type, .categories = from.categories};
  for (std::size_t i = first; i < cases.size(); ++i) {
    const std::size_t row = cases.row(i);
    if (!from.numbers.empty()) column.numbers.push_back(from.numbers[row]);
    if (!from.codes.empty()) column.codes.push_back(from.codes[row]);
    if (!from.micros.empty()) column.micros.push_back(from.micros[row]);
  }
  return column;
}

Result<void> write_decisions(const table::PredictionLog& log, const replay::CaseStream& cases,
                             const replay::StreamedCases& streamed, const std::string& place) {
  const std::size_t places = streamed.risk.size(), first = streamed.first;
  const auto numbers = [&](std::string name, auto value) {
    std::vector<double> values(places);
    for (std::size_t p = 0; p < places; ++p) values[p] = static_cast<double>(value(p));
    return number_column(std::move(name), std::move(values));
  };
  const auto words = [&](std::string name, std::vector<std::string> categories, auto code) {
    table::Column column{.name = std::move(name), .kind = table::ColumnKind::categorical, .source_type = "VARCHAR"};
    column.categories = std::move(categories);
    for (std::size_t p = 0; p < places; ++p) column.codes.push_back(static_cast<std::int32_t>(code(p)));
    return column;
  };
  std::vector<table::Column> columns;
  columns.push_back(numbers("row", [&](std::size_t p) { return cases.row(first + p) + 1; }));
  for (const auto& name : {log.roles.id, log.roles.time})
    if (name && log.find(*name) != nullptr) columns.push_back(taken(*log.find(*name), cases, first));
  columns.push_back(words("errata_part", {"eval", "warm"},
                          [&](std::size_t p) { return cases.part(first + p) == replay::Part::eval ? 0 : 1; }));
  columns.push_back(numbers("errata_risk", [&](std::size_t p) { return streamed.risk[p]; }));
  columns.push_back(words("errata_decision", {"abstain", "accept", "defer"}, [&](std::size_t p) {
    constexpr std::array kCode{1, 2, 0};  // accept, defer, abstain in the order of their names
    return kCode[streamed.decision[p]];
  }));
  columns.push_back(numbers("errata_threshold", [&](std::size_t p) { return streamed.threshold[p]; }));
  columns.push_back(numbers("errata_mode", [&](std::size_t p) {
    return streamed.mode[p] == memory::kNoMode ? memory::kUnknown : static_cast<double>(streamed.mode[p]);
  }));
  columns.push_back(numbers("errata_danger", [&](std::size_t p) { return streamed.danger[p]; }));
  columns.push_back(words("errata_reason", streamed.reasons, [&](std::size_t p) { return streamed.reason[p]; }));
  columns.push_back(numbers("errata_failed", [&](std::size_t p) {
    return cases.has_outcome(first + p) ? static_cast<double>(cases.failed(first + p)) : memory::kUnknown;
  }));
  for (std::size_t s = 1; s < streamed.scores.size(); ++s)
    columns.push_back(
        numbers("score_" + streamed.score_names[s], [&](std::size_t p) { return streamed.scores[s][p]; }));
  return table::write_columns(columns, place);
}

/// Features are not read again after the stream: a long log frees most of its memory before it is evaluated.
void drop_features(table::PredictionLog& log) {
  log.embedding = {};
  for (auto& column : log.columns) {
    if (std::ranges::count(log.roles.features, column.name) == 0) continue;
    std::vector<double>().swap(column.numbers);
    std::vector<std::int32_t>().swap(column.codes);
  }
}

Result<void> evaluate(const ReplayRequest& request, const replay::CaseStream& cases, replay::StreamedCases& streamed,
                      ThreadPool& pool, replay::Replay& replay) {
  std::vector<std::uint8_t> failed;
  auto columns = score_columns(cases, streamed, failed);
  if (failed.empty()) return {};
  add_hindsight(replay.online, columns.front().risk, failed);
  ERRATA_ASSIGN(replay.scores,
                replay::evaluate_scores(std::move(columns), failed,
                                        {.replicates = request.replicates, .seed = request.judge.memory.seed}, pool));
  return {};
}

Result<void> check(const ReplayRequest& request) {
  const bool column = request.cases.outcome_time.has_value();
  if (column && (request.delay.steps > 0 || request.delay.micros))
    return invalid_argument("delay and outcome time column: give one of them");
  return {};
}

}  // namespace

Result<replay::Replay> replay_log(const ReplayRequest& request, ThreadPool& pool, const Progress& progress) {
  ERRATA_TRY(check(request));
  ERRATA_ASSIGN(auto log, open_log(with_columns(request), progress));
  drop_judged_columns(log);
  ERRATA_ASSIGN(auto cases, replay::CaseStream::make(log, request.cases));
  if (request.delay.micros && !cases.has_time())
    return invalid_argument("a delay in time needs a time column of dates and times; give a number of cases instead");
  ERRATA_ASSIGN(auto judge, make_judge(request, cases));
  replay::Correctability corrections(cases, {});
  replay::StreamOptions streaming{.delay = request.delay, .reasons = !request.decisions.empty()};
  streaming.delay.column = request.cases.outcome_time.value_or("");
  if (request.correctability) streaming.corrections = &corrections;
  ERRATA_ASSIGN(auto streamed, replay::stream_cases(cases, judge, streaming, progress));
  tell(progress, "summing up");
  const replay::SummaryInput input{.log = log, .cases = cases, .streamed = streamed, .judge = judge};
  auto replay = replay::summarise(input);
  replay.delay = streaming.delay;
  ERRATA_TRY(replay::find_rules(input, replay.modes, pool));
  if (request.correctability) replay.corrections = corrections.results();
  if (!request.decisions.empty()) ERRATA_TRY(write_decisions(log, cases, streamed, request.decisions));
  if (!request.save_memory.empty())
    ERRATA_TRY(write_memory(judge.memory(), cases.time(cases.size() - 1), request.save_memory));
  drop_features(log);
  tell(progress, "risk and coverage");
  ERRATA_TRY(evaluate(request, cases, streamed, pool, replay));
  add_warnings(log, cases, streamed, replay);
  if (request.correctability && !corrections.possible())
    replay.warnings.emplace_back("correctability: only predictions of two classes can be flipped; it was left out");
  replay.advice = replay::advice(replay);
  return replay;
}

Result<std::int64_t> parse_duration(const std::string& text) {
  constexpr std::array<std::pair<std::string_view, double>, 6> kUnits{
      {{"ms", 1e3}, {"s", 1e6}, {"m", 60e6}, {"h", 3600e6}, {"d", 86'400e6}, {"w", 604'800e6}}};
  double value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view unit(rest, text.data() + text.size());
  const auto found = std::ranges::find(kUnits, unit, &std::pair<std::string_view, double>::first);
  const double micros = found == kUnits.end() ? -1 : value * found->second;
  if (error != std::errc() || !(micros >= 0 && micros < 9e18))
    return invalid_argument(fmt::format("'{}' is no duration: a number and ms, s, m, h, d or w", text));
  return static_cast<std::int64_t>(std::llround(micros));
}

Result<replay::Delay> parse_delay(const std::string& text) {
  std::uint64_t steps = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), steps);
  if (error == std::errc() && rest == text.data() + text.size()) return replay::Delay{.steps = steps};
  const auto micros = parse_duration(text);
  if (!micros)
    return invalid_argument(
        fmt::format("delay '{}' is neither a number of cases nor a duration like 5m, 2h or 1d", text));
  return replay::Delay{.micros = *micros};
}

}  // namespace errata::engine
