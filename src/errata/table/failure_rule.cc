// Which rows fail, decided in memory and told in SQL.
//
// The SQL of a rule selects the same rows as the loop beside it. Where SQL would compute in another precision than
// memory does, columns are cast to DOUBLE; rows that memory cannot judge are those where `judged` does not hold.
#include "errata/table/failure_rule.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <string_view>
#include <utility>

#include "errata/table/classes.h"
#include "errata/table/order_statistics.h"
#include "errata/table/predicate.h"

namespace errata::table {
namespace {

std::string as_double(const Column& column) {
  const std::string name = sql_name(column.name);
  return column.source_type == "DOUBLE" ? name : fmt::format("CAST({} AS DOUBLE)", name);
}

std::string present_sql(const Column& column) {
  std::string sql = sql_name(column.name) + " IS NOT NULL";
  if (column.nan > 0) sql += fmt::format(" AND {} <> 'NaN'", sql_name(column.name));
  return sql;
}

/// The bound that the worst tenth is above.
struct WorstTenth {
  double above = 0;
  std::string_view words = "90th percentile";
};

/// The smallest and the largest of the values that are one up to rounding, as 3 and 3.0000000000000004 are.
using Tied = std::function<std::pair<double, double>(double)>;

/// @param slack_of  how far the value at a place may be off by rounding
template <typename SlackOf>
std::pair<double, double> tied_with(double bound, const std::vector<double>& values, const SlackOf& slack_of) {
  double slack = 0, least = bound, most = bound;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (const double own = slack_of(i); std::isfinite(own) && std::abs(values[i] - bound) <= own)
      slack = std::max(slack, own);
  for (const double x : values) {
    if (!(std::abs(x - bound) <= 2 * slack)) continue;
    least = std::min(least, x);
    most = std::max(most, x);
  }
  return {least, most};
}

/// How far a number may be off by the type that it was written in.
double rounding_of(const Column& column, double x) {
  return std::abs(x) * (column.source_type == "FLOAT" ? 1.2e-7 : 1e-15);
}

/// The 90th percentile; but where many values are tied there, the value below it if that comes nearer to a tenth, and
/// in any case if none is above it: else nothing would fail however wrong it is. Values that only rounding parts are
/// tied. Infinities are the largest values.
WorstTenth worst_tenth(const std::vector<double>& values, const Tied& tied) {
  if (values.empty()) return {};
  const std::size_t last = values.size() - 1;
  const std::size_t rank = 9 * last / 10;
  const std::vector<double> at = order_statistics(values, std::array{rank, std::min(rank + 1, last)});
  const double weight = static_cast<double>(9 * last % 10) / 10;
  auto [least, bound] = std::isinf(at[0]) ? std::pair(at[0], at[0]) : tied(at[0]);
  if (at[1] > bound && weight > 0) least = bound = std::isinf(at[1]) ? at[0] : std::lerp(at[0], at[1], weight);
  const auto share_above = [&](double limit) {
    return static_cast<double>(std::ranges::count_if(values, [&](double x) { return x > limit; })) /
           static_cast<double>(values.size());
  };
  double below = -1;
  for (const double x : values)
    if (x < least) below = std::max(below, x);
  const double above = share_above(bound), or_equal = below < 0 ? 0 : share_above(below);
  const auto distance = [](double share) { return std::abs(std::log(share / 0.1)); };
  if (below < 0 && std::isinf(bound)) return {.above = std::numeric_limits<double>::max()};
  if (below < 0 || (above > 0 && distance(above) <= distance(or_equal))) return {.above = bound};
  return {.above = below, .words = "the value below the 90th percentile, where many are tied"};
}

/// A bound in words: six digits, but none before the point is left out.
std::string bound_text(double x) {
  if (!std::isfinite(x) || std::abs(x) < 1e-4 || std::abs(x) >= 1e15) return fmt::format("{:.6g}", x);
  const int decimals = std::max(0, 5 - static_cast<int>(std::floor(std::log10(std::abs(x)))));
  std::string text = fmt::format("{:.{}f}", x, decimals);
  if (decimals > 0) text.resize(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
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

  /// The bound that about a tenth of the values are above, or that of the other log.
  WorstTenth bound_of(const std::vector<double>& values, const Tied& tied) const {
    if (settled_threshold()) return {.above = *settled_threshold(), .words = {}};
    return worst_tenth(values, tied);
  }

  /// A score in [0, 1].
  std::string score_sql(const Column& column) const {
    return input_.score_unit == 1 ? as_double(column) : fmt::format("({} / {})", as_double(column), input_.score_unit);
  }

  Result<void> choose() {
    log_.failed.assign(log_.rows, 0);
    ERRATA_TRY(take_loss());
    if (input_.options.failure) {
      apply_expression();
    } else if (!log_.loss.empty()) {
      apply_loss();
    } else if (!input_.derived_from.empty()) {
      apply_derived();
    } else if (log_.task == Task::classes && input_.label != nullptr) {
      apply_mismatch();
    } else if (log_.task == Task::numbers) {
      apply_absolute_error();
    } else if (input_.options.may_lack_outcomes) {
      judge_nothing();
    } else {
      return invalid_argument(
          "no failure rule: the log needs a label and a prediction (--label, --prediction), a failure expression "
          "(--failure) or a loss (--loss)");
    }
    return {};
  }

  void judge_nothing() {
    judged_.assign(log_.rows, 0);
    log_.rule.words = "no outcome is known yet";
    log_.rule.sql = log_.rule.judged = "FALSE";
  }

  Result<void> take_loss() {
    const auto& computed = input_.options.loss;
    const Column* column = log_.roles.loss ? log_.find(*log_.roles.loss) : nullptr;
    if (!computed && column == nullptr) return {};
    const Numbers& values = computed ? computed->values : column->numbers;
    for (std::size_t row = 0; row < log_.rows; ++row) {
      const double x = values[row];
      if (std::isfinite(x) && x >= 0) continue;
      return data_error(fmt::format(
          "{}: {} in row {} is not a finite number >= 0",
          computed ? fmt::format("loss expression `{}`", computed->expression) : "loss column " + column->name,
          std::isnan(x) ? "a missing value" : fmt::format("{}", x), row + 1));
    }
    log_.loss = values.to_vector();
    loss_sql_ = computed ? loss_sql(computed->expression) : as_double(*column);
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
    const auto tied = [&](double bound) {
      return tied_with(bound, log_.loss, [&](std::size_t i) { return 1e-12 * log_.loss[i]; });
    };
    const WorstTenth worst = graded || settled_threshold() ? bound_of(log_.loss, tied) : WorstTenth{};
    const double bound = worst.above;
    for (std::size_t row = 0; row < log_.rows; ++row) log_.failed[row] = log_.loss[row] > bound ? 1 : 0;
    const std::string& name = input_.options.loss ? input_.options.loss->expression : *log_.roles.loss;
    log_.rule.kind = FailureRule::Kind::loss;
    log_.rule.threshold = bound;
    log_.rule.words =
        fmt::format("{} > {}{}", name, bound_text(bound), graded ? fmt::format(" ({})", worst.words) : "");
    log_.rule.sql = fmt::format("{} > {}", loss_sql_, sql_number(bound));
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
    const SpelledColumn label{.column = *input_.label, .spelling = input_.label_spelling};
    const SpelledColumn prediction{.column = *input_.prediction, .spelling = input_.prediction_spelling};
    log_.rule.sql = fmt::format("{} <> {}", class_sql(prediction, label), class_sql(label, prediction));
    log_.rule.judged = present_sql(*input_.label) + " AND " + present_sql(*input_.prediction);
  }

  void apply_derived() {
    compare_classes();
    if (input_.derived_from.size() > 1) return apply_largest();
    const std::string score = score_sql(*input_.derived_from.front());
    const std::string label = class_text_sql(*input_.label, input_.label_spelling);
    const std::string &positive = input_.derived_classes[0], &negative = input_.derived_classes[1];
    const std::string name = input_.derived_from.front()->name;
    log_.rule.words =
        fmt::format("({} >= {}) differs from ({} = {})", name, 0.5 * input_.score_unit, input_.label->name, positive);
    log_.rule.sql = fmt::format("CASE WHEN {} >= 0.5 THEN {} ELSE {} END <> {}", score, sql_text(positive),
                                sql_text(negative), label);
    log_.rule.judged = fmt::format("{} AND {} BETWEEN 0 AND 1", present_sql(*input_.label), score);
  }

  void apply_largest() {
    std::vector<std::string> scores;
    std::string valid, largest;
    for (const Column* column : input_.derived_from) scores.push_back(score_sql(*column));
    for (std::size_t c = 0; c < scores.size(); ++c) {
      valid += fmt::format(" AND {} BETWEEN 0 AND 1", scores[c]);
      largest += fmt::format(" WHEN {} = greatest({}) THEN {}", scores[c], fmt::join(scores, ", "),
                             sql_text(input_.derived_classes[c]));
    }
    log_.rule.words = fmt::format("the class with the largest score differs from {}", input_.label->name);
    log_.rule.sql = fmt::format("CASE{} END <> {}", largest, class_text_sql(*input_.label, input_.label_spelling));
    log_.rule.judged = present_sql(*input_.label) + valid;
  }

  void apply_absolute_error() {
    std::vector<double> errors(log_.rows);
    std::vector<double> known;
    known.reserve(log_.rows);
    for (std::size_t row = 0; row < log_.rows; ++row) {
      const double p = input_.prediction->numbers[row], y = input_.label->numbers[row];
      errors[row] = p == y ? 0 : std::abs(p - y);
      judged_[row] = std::isnan(p) || std::isnan(y) ? 0 : 1;
      if (judged_[row] != 0) known.push_back(errors[row]);
    }
    const WorstTenth worst = bound_of(known, [&](double bound) {
      return tied_with(bound, errors, [&](std::size_t row) {
        return rounding_of(*input_.prediction, input_.prediction->numbers[row]) +
               rounding_of(*input_.label, input_.label->numbers[row]);
      });
    });
    for (std::size_t row = 0; row < log_.rows; ++row) {
      log_.failed[row] = judged_[row] != 0 && errors[row] > worst.above ? 1 : 0;
    }
    warn_infinite(*input_.prediction);
    warn_infinite(*input_.label);
    const std::string p = as_double(*input_.prediction), y = as_double(*input_.label);
    const bool equal_infinities = input_.prediction->infinite > 0 && input_.label->infinite > 0;
    const std::string error = equal_infinities ? fmt::format("CASE WHEN {0} = {1} THEN 0 ELSE abs({0} - {1}) END", p, y)
                                               : fmt::format("abs({} - {})", p, y);
    log_.rule.kind = FailureRule::Kind::absolute_error;
    log_.rule.threshold = worst.above;
    log_.rule.words =
        fmt::format("|{} − {}| > {}{}", input_.prediction->name, input_.label->name, bound_text(worst.above),
                    worst.words.empty() ? "" : fmt::format(" ({})", worst.words));
    log_.rule.sql = fmt::format("{} > {}", error, sql_number(worst.above));
    log_.rule.judged = present_sql(*input_.label) + " AND " + present_sql(*input_.prediction);
  }

  void warn_infinite(const Column& column) {
    if (column.infinite == 0) return;
    const auto first = std::ranges::find_if(column.numbers, [](double x) { return std::isinf(x); });
    warn(
        fmt::format("column {}: {} of {} values are infinite, the first in row {}; they fail, and are left out of MAE, "
                    "RMSE, bias and R²",
                    column.name, column.infinite, log_.rows, first - column.numbers.begin() + 1));
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
      const std::string p = score_sql(*log_.find(name));
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
  std::string loss_sql_;
};

}  // namespace

std::string loss_sql(const std::string& expression) { return fmt::format("CAST((\n{}\n) AS DOUBLE)", expression); }

Result<std::vector<std::uint8_t>> apply_failure_rule(PredictionLog& log, const RuleInput& input) {
  return RuleChoice(log, input).apply();
}

}  // namespace errata::table
