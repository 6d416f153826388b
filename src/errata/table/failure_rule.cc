// Which rows fail, decided in memory and told in SQL.
//
// The SQL of a rule selects the same rows as the loop beside it. Where SQL would compute in another precision than
// memory does, columns are cast to DOUBLE; rows that memory cannot judge are those where `judged` does not hold.
#include "errata/table/failure_rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "errata/table/classes.h"
#include "errata/table/order_statistics.h"
#include "errata/table/predicate.h"

namespace errata::table {
namespace {

constexpr std::uint32_t kNoClass = PredictionLog::kNoClass;

std::string as_double(const Column& column) {
  const std::string name = sql_name(column.name);
  return column.source_type == "DOUBLE" ? name : fmt::format("CAST({} AS DOUBLE)", name);
}

std::string present_sql(const Column& column) {
  std::string sql = sql_name(column.name) + " IS NOT NULL";
  if (column.nan > 0) sql += fmt::format(" AND {} <> 'NaN'", sql_name(column.name));
  return sql;
}

double ninetieth_percentile(const std::vector<double>& values) {
  const std::size_t last = values.size() - 1;
  const std::size_t rank = 9 * last / 10;
  const std::vector<double> at = order_statistics(values, std::array{rank, std::min(rank + 1, last)});
  return std::lerp(at[0], at[1], static_cast<double>(9 * last % 10) / 10);
}

class RuleChoice {
 public:
  RuleChoice(PredictionLog& log, const RuleInput& input) : log_(log), input_(input), judged_(log.rows, 1) {}

  Result<std::vector<std::uint8_t>> apply() {
    ERRATA_TRY(choose());
    ERRATA_TRY(keep_confident());
    return std::move(judged_);
  }

 private:
  void warn(std::string message) { log_.warnings.push_back(std::move(message)); }

  /// Of the log that this one is judged like.
  std::optional<double> settled_threshold() const {
    return input_.options.settled != nullptr ? input_.options.settled->threshold : std::nullopt;
  }

  Result<void> choose() {
    log_.failed.assign(log_.rows, 0);
    if (log_.roles.loss) ERRATA_TRY(take_loss(*log_.find(*log_.roles.loss)));
    if (input_.options.failure) {
      apply_expression();
    } else if (log_.roles.loss) {
      apply_loss();
    } else if (input_.derived_from != nullptr) {
      apply_derived();
    } else if (log_.task == Task::classes) {
      apply_mismatch();
    } else if (log_.task == Task::numbers) {
      apply_absolute_error();
    } else {
      return invalid_argument(
          "no failure rule: the log needs a label and a prediction (--label, --prediction), a failure expression "
          "(--failure) or a loss column (--loss)");
    }
    return {};
  }

  Result<void> take_loss(const Column& column) {
    for (std::size_t row = 0; row < log_.rows; ++row) {
      const double x = column.numbers[row];
      if (std::isfinite(x) && x >= 0) continue;
      return data_error(fmt::format("loss column {}: {} in row {} is not a finite number >= 0", column.name,
                                    std::isnan(x) ? "a missing value" : fmt::format("{}", x), row + 1));
    }
    log_.loss = column.numbers;
    return {};
  }

  void apply_expression() {
    std::size_t null = 0;
    for (std::size_t row = 0; row < log_.rows; ++row) {
      const double value = input_.options.expression_values[row];
      null += std::isnan(value) ? 1U : 0U;
      if (input_.options.keep_unjudged && std::isnan(value)) judged_[row] = 0;
      log_.failed[row] = value == 1 ? 1 : 0;
    }
    if (null > 0 && !input_.options.keep_unjudged)
      warn(fmt::format("failure expression: NULL in {} of {} rows; they count as not failed", null, log_.rows));
    log_.rule.kind = log_.loss.empty() ? FailureRule::Kind::expression : FailureRule::Kind::loss;
    log_.rule.words = *input_.options.failure;
    log_.rule.sql = *input_.options.failure;
  }

  void apply_loss() {
    const auto positive = static_cast<std::size_t>(std::ranges::count_if(log_.loss, [](double x) { return x > 0; }));
    const bool graded = !settled_threshold() && 2 * positive > log_.rows;
    const double bound = settled_threshold().value_or(graded ? ninetieth_percentile(log_.loss) : 0);
    for (std::size_t row = 0; row < log_.rows; ++row) log_.failed[row] = log_.loss[row] > bound ? 1 : 0;
    const Column& column = *log_.find(*log_.roles.loss);
    log_.rule.kind = FailureRule::Kind::loss;
    log_.rule.threshold = bound;
    log_.rule.words = fmt::format("{} > {}{}", column.name, bound, graded ? " (90th percentile)" : "");
    log_.rule.sql = fmt::format("{} > {}", as_double(column), sql_number(bound));
  }

  void compare_classes() {
    for (std::size_t row = 0; row < log_.rows; ++row) {
      const std::uint32_t label = log_.label_class[row];
      const std::uint32_t predicted = log_.predicted_class[row];
      judged_[row] = label != kNoClass && predicted != kNoClass ? 1 : 0;
      log_.failed[row] = judged_[row] != 0 && label != predicted ? 1 : 0;
    }
  }

  void apply_mismatch() {
    compare_classes();
    log_.rule.words = fmt::format("{} differs from {}", input_.prediction->name, input_.label->name);
    log_.rule.sql = fmt::format("{} <> {}", class_sql(*input_.prediction, *input_.label),
                                class_sql(*input_.label, *input_.prediction));
    log_.rule.judged = present_sql(*input_.label) + " AND " + present_sql(*input_.prediction);
  }

  void apply_derived() {
    compare_classes();
    const bool numeric = input_.label->kind == ColumnKind::numeric;
    const std::string score = as_double(*input_.derived_from);
    const std::string label =
        fmt::format("{} = {}", sql_name(input_.label->name), numeric ? *log_.positive : sql_text(*log_.positive));
    log_.rule.words = fmt::format("({} >= 0.5) differs from ({} = {})", input_.derived_from->name, input_.label->name,
                                  *log_.positive);
    log_.rule.sql = fmt::format("({} >= 0.5) <> ({})", score, label);
    log_.rule.judged = fmt::format("{} AND {} BETWEEN 0 AND 1", present_sql(*input_.label), score);
  }

  void apply_absolute_error() {
    std::vector<double> errors;
    errors.reserve(log_.rows);
    for (std::size_t row = 0; row < log_.rows; ++row) {
      const double error = std::abs(input_.prediction->numbers[row] - input_.label->numbers[row]);
      judged_[row] = std::isfinite(error) ? 1 : 0;
      if (judged_[row] != 0) errors.push_back(error);
    }
    const double bound = settled_threshold().value_or(errors.empty() ? 0 : ninetieth_percentile(errors));
    for (std::size_t row = 0; row < log_.rows; ++row) {
      const double error = std::abs(input_.prediction->numbers[row] - input_.label->numbers[row]);
      log_.failed[row] = judged_[row] != 0 && error > bound ? 1 : 0;
    }
    const std::string error = fmt::format("abs({} - {})", as_double(*input_.prediction), as_double(*input_.label));
    log_.rule.kind = FailureRule::Kind::absolute_error;
    log_.rule.threshold = bound;
    log_.rule.words = fmt::format("|{} − {}| > {}{}", input_.prediction->name, input_.label->name, bound,
                                  settled_threshold() ? "" : " (90th percentile)");
    log_.rule.sql = fmt::format("{} > {}", error, sql_number(bound));
    log_.rule.judged = fmt::format("isfinite({})", error);
  }

  Result<void> keep_confident() {
    if (!input_.options.confident) return {};
    const double least = *input_.options.confident;
    if (!(least > 0 && least <= 1)) return invalid_argument(fmt::format("confident {} is not in (0, 1]", least));
    if (log_.confidence.empty()) {
      return invalid_argument("confident failures need a score: name one with --score or --scores");
    }
    for (std::size_t row = 0; row < log_.rows; ++row) {
      if (!(log_.confidence[row] >= least)) log_.failed[row] = 0;
    }
    log_.rule.confident = least;
    log_.rule.words += fmt::format(", with confidence >= {}", least);
    log_.rule.sql = fmt::format("(\n{}\n) AND {}", log_.rule.sql, confidence_sql(least));
    return {};
  }

  std::string confidence_sql(double least) const {
    std::string valid;
    std::string most;
    const auto add = [&](const std::string& name) {
      const std::string p = as_double(*log_.find(name));
      valid += fmt::format("{} BETWEEN 0 AND 1 AND ", p);
      most += (most.empty() ? "" : ", ") + p;
      if (log_.score_meaning == ScoreMeaning::positive_class) most += fmt::format(", 1 - {}", p);
    };
    for (const std::string& name : log_.roles.scores) add(name);
    if (log_.roles.score) add(*log_.roles.score);
    return fmt::format("{}greatest({}) >= {}", valid, most, sql_number(least));
  }

  PredictionLog& log_;
  const RuleInput& input_;
  std::vector<std::uint8_t> judged_;
};

}  // namespace

Result<std::vector<std::uint8_t>> apply_failure_rule(PredictionLog& log, const RuleInput& input) {
  return RuleChoice(log, input).apply();
}

}  // namespace errata::table
