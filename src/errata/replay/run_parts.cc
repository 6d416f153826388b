#include "errata/replay/run_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "errata/replay/evaluate.h"

namespace errata::replay {

Result<void> check_options(const ReplayOptions& options) {
  const bool column = options.cases.outcome_time.has_value();
  if (!(options.half_life_cases > 0)) return invalid_argument("the half-life is not above 0");
  if (column && (options.delay.steps > 0 || options.delay.micros))
    return invalid_argument("delay and outcome time column: give one of them");
  return {};
}

Result<void> check_times(const ReplayOptions& options, const CaseStream& cases) {
  if (options.delay.micros && !cases.has_time())
    return invalid_argument("a delay in time needs a time column of dates and times; give a number of cases instead");
  if (options.half_life_micros && !cases.has_time())
    return invalid_argument(
        "a half-life in time needs a time column of dates and times; give a number of cases instead");
  return {};
}

void warn_of_later_times(table::PredictionLog& log, const ReplayOptions& options) {
  const auto is_time = [](const table::Column* column) {
    return column != nullptr && column->kind == table::ColumnKind::timestamp && !column->micros.empty();
  };
  const table::Column* time = log.roles.time ? log.find(*log.roles.time) : nullptr;
  if (!is_time(time)) return;
  for (const auto& name : log.roles.features) {
    const table::Column* column = log.find(name);
    if (!is_time(column) || column == time || name == options.cases.outcome_time) continue;
    std::size_t known = 0, later = 0;
    for (std::size_t row = 0; row < log.rows; ++row) {
      if (column->micros[row] == table::kMissingTime || time->micros[row] == table::kMissingTime) continue;
      ++known;
      later += column->micros[row] > time->micros[row] ? 1U : 0U;
    }
    if (known == 0 || later < known) continue;
    log.warnings.push_back(fmt::format(
        "column {0}: its times are all after those of the cases. If it says when outcomes became known, --outcome-time "
        "{0} takes them as late as they were; it is a feature of the memory now, which a live system may not have when "
        "it decides",
        name));
  }
}

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

// The stream points at columns, so that this one stays, empty.
void drop_ids(table::PredictionLog& log, const ReplayOptions& options) {
  if (options.decisions || !log.roles.id) return;
  for (table::Column& column : log.columns) {
    const bool used = std::ranges::count(log.roles.features, column.name) > 0 || column.name == log.roles.time ||
                      std::ranges::count(log.roles.others, column.name) > 0;
    if (column.name != *log.roles.id || used) continue;
    column.numbers.clear();
    column.codes.clear();
    std::vector<std::string>().swap(column.categories);
  }
}

// A long log frees most of its memory before it is evaluated.
void drop_features(table::PredictionLog& log) {
  log.embedding = {};
  for (auto& column : log.columns) {
    if (std::ranges::count(log.roles.features, column.name) == 0) continue;
    column.numbers.clear();
    column.codes.clear();
  }
}

namespace {

/// So many cases in units of time, at the pace of the cases before the first evaluated one.
double at_usual_pace(double half_life, const CaseStream& cases) {
  const std::size_t before = std::max<std::size_t>(2, cases.trained() + cases.warm());
  const std::size_t last = std::min(before, cases.size()) - 1;
  if (last == 0) return half_life;
  const double pace = static_cast<double>(cases.time(last) - cases.time(0)) / static_cast<double>(last);
  return pace > 0 ? half_life * pace : half_life;
}

/// The policy of a saved memory goes on, unless another one is asked for.
Result<void> settle_policy(const ReplayOptions& options, monitor::Judge& judge, std::vector<std::string>& warnings) {
  const auto& asked = options.judge;
  const monitor::JudgeOptions usual;
  const bool of_its_own = asked.policy == usual.policy && asked.decide_by == usual.decide_by;
  if (of_its_own || (asked.policy == judge.policy().options() && asked.decide_by == judge.decides_by())) return {};
  warnings.emplace_back("the policy is another one than that of the saved memory: it begins anew, with its cold start");
  return judge.decide_anew(asked.policy, asked.decide_by);
}

}  // namespace

Result<monitor::Judge> make_judge(const ReplayOptions& options, std::optional<monitor::SavedMemory>& start,
                                  CaseStream& cases, std::vector<std::string>& warnings) {
  auto judging = options.judge;
  if (start) {
    const auto named = [&](const Error& error) {
      return data_error(fmt::format("{}: {}", start->name, error.message));
    };
    if (const auto taken = cases.take_schema(start->judge.memory().schema()); !taken) return named(taken.error());
    ERRATA_TRY(cases.follow(start->time));
    ERRATA_TRY(settle_policy(options, start->judge, warnings));
    return std::move(start->judge);
  }
  judging.memory.half_life = options.half_life_micros ? static_cast<double>(*options.half_life_micros)
                                                      : at_usual_pace(options.half_life_cases, cases);
  const std::size_t beginning = std::max(cases.trained() + cases.warm(), options.cases.warm_up.cases.value_or(0));
  if (beginning > 1) judging.memory.warm_up = judging.memory.max_warm_up;
  return monitor::Judge::create(cases.schema(), judging);
}

std::optional<EarlyWarmUp> early_warm_up_of(const monitor::Judge& judge, const StreamedCases& streamed) {
  return early_warm_up(judge.warm_up_end(), streamed.first_outcome, streamed.learned + streamed.waiting.size());
}

namespace {

/// The evaluated cases with an outcome, a column a score. Frees the streamed scores.
std::vector<ScoreColumn> score_columns(const CaseStream& cases, StreamedCases& streamed,
                                       std::vector<std::uint8_t>& failed) {
  const std::size_t begin = cases.trained() + cases.warm();
  std::vector<std::size_t> positions;
  for (std::size_t i = begin; i < cases.size(); ++i) {
    if (!cases.has_outcome(i)) continue;
    positions.push_back(i - streamed.first);
    failed.push_back(static_cast<std::uint8_t>(cases.failed(i)));
  }
  std::vector<ScoreColumn> columns;
  for (std::size_t s = 0; s < streamed.score_names.size(); ++s) {
    ScoreColumn column{.name = streamed.score_names[s]};
    column.risk.reserve(positions.size());
    for (const auto position : positions)
      column.risk.push_back(s == 0 ? streamed.risk[position] : static_cast<double>(streamed.scores[s][position]));
    std::vector<float>().swap(streamed.scores[s]);
    const bool none = std::ranges::all_of(column.risk, [](double risk) { return std::isnan(risk); });
    if (!none || s == 0) columns.push_back(std::move(column));
  }
  return columns;
}

/// The error at the realised coverages with thresholds in hindsight.
void add_hindsight(std::vector<OnlineCoverage>& online, const std::vector<double>& risk,
                   const std::vector<std::uint8_t>& failed) {
  const auto curve = stats::RiskCoverage::of(risk, failed);
  if (!curve) return;
  for (auto& at : online)
    if (at.coverage > 0) at.hindsight_error = curve->error_at_coverage(at.coverage);
}

}  // namespace

Result<void> evaluate(const ReplayOptions& options, const CaseStream& cases, StreamedCases& streamed, ThreadPool& pool,
                      Replay& replay) {
  std::vector<std::uint8_t> failed;
  auto columns = score_columns(cases, streamed, failed);
  if (failed.empty()) return {};
  add_hindsight(replay.online, columns.front().risk, failed);
  ERRATA_ASSIGN(replay.scores,
                evaluate_scores(std::move(columns), failed,
                                {.replicates = options.replicates, .seed = options.judge.memory.seed}, pool));
  return {};
}

void add_warnings(const table::PredictionLog& log, const CaseStream& cases, const StreamedCases& streamed,
                  Replay& replay) {
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

}  // namespace errata::replay
