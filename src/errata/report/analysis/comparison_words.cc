#include "errata/report/analysis/comparison_words.h"

#include <fmt/format.h>

#include <cmath>

#include "errata/report/kit/numbers.h"
#include "errata/report/kit/terminal_text.h"

namespace errata::report {

using slice::Change;

std::string files_text(const slice::ComparedLog& log) {
  if (log.files.empty()) return "a prediction log";
  const auto first = plain_text(log.files.front(), kLongLine);
  return log.files.size() == 1 ? first : fmt::format("{} and {} more", first, log.files.size() - 1);
}

std::string whole_words(const slice::ComparedLog& log) {
  if (log.rows == 0) return "no cases";
  return fmt::format("{}, {} fail (95% interval {} to {})", counted(log.rows, "case", "cases"), percent_text(log.rate),
                     percent_text(log.interval.low), percent_text(log.interval.high));
}

std::string points_text(double difference) {
  if (std::isnan(difference)) return "–";
  const double points = 100 * difference;
  const std::string size =
      std::abs(points) < 1 ? number_text(std::abs(points), 2) : fmt::format("{:.1f}", std::abs(points));
  return points == 0 ? "0" : (points > 0 ? "+" : "-") + size;
}

std::string points_text(const stats::RateInterval& interval) {
  return fmt::format("{} to {}", points_text(interval.low), points_text(interval.high));
}

std::string verdict_words(const slice::Comparison& comparison) {
  switch (comparison.change) {
    case Change::worse: return "The second log fails more";
    case Change::better: return "The second log fails less";
    default: return "The failure rates do not differ beyond chance";
  }
}

std::string difference_words(const slice::Comparison& comparison) {
  const double first = stats::failure_rate(comparison.first.compared);
  const double second = stats::failure_rate(comparison.second.compared);
  if (std::isnan(first) || std::isnan(second)) return "There is nothing to compare.";
  std::string words = fmt::format("{} of the cases fail against {}, a difference of {} points (95% interval {}), {}.",
                                  percent_text(second), percent_text(first), points_text(second - first),
                                  points_text(comparison.difference), p_equation(comparison.log_p));
  if (comparison.paired)
    words += fmt::format(" {} with the second alone, {} with the first alone.",
                         counted(comparison.paired->only_second, "case fails", "cases fail"),
                         count_text(comparison.paired->only_first));
  return words;
}

std::string rule_words(const slice::Comparison& comparison) {
  const auto rule = plain_text(comparison.rule.words, kLongLine);
  return fmt::format("A failure is, on both logs: {}.{}", rule,
                     comparison.rule.threshold ? " The threshold is the first log's." : "");
}

std::string pairing_words(const slice::Comparison& comparison) {
  const auto& pairing = comparison.pairing;
  if (pairing.by == slice::PairedBy::nothing)
    return "The cases are taken as different and independent (Fisher's exact test); where both logs hold the same "
           "cases, --id COLUMN or --paired says so.";
  const bool by_id = pairing.by == slice::PairedBy::id;
  const auto column = plain_text(pairing.first_column);
  std::string words = by_id ? fmt::format("The same cases by `{}`", column) : std::string("The same cases row by row");
  if (by_id && pairing.second_column != pairing.first_column)
    words += fmt::format(" and `{}`", plain_text(pairing.second_column));
  words += fmt::format(": {}", counted(pairing.cases, "pair", "pairs"));
  if (pairing.first_unmatched + pairing.second_unmatched > 0)
    words += fmt::format(", and {} of the first log and {} of the second without a partner are left out",
                         count_text(pairing.first_unmatched), count_text(pairing.second_unmatched));
  words += " (exact McNemar test).";
  if (pairing.guessed) words += " A guess, since all labels and features are equal; --unpaired says no.";
  return words;
}

std::string counting_words(const slice::Comparison& comparison) {
  const std::string level = fmt::format(" A change counts when its adjusted p is at most {}.", comparison.fdr);
  if (comparison.paired)
    return "A slice from a log's search is counted on the cases that were held out from it there, the same on both "
           "sides: the searched ones flatter it." +
           level;
  return "On the log that a slice was found on, only the cases count that were held out from the search; "
         "on the other log all cases count." +
         level;
}

ChangedSlices changed_slices(const slice::Comparison& comparison) {
  ChangedSlices changed;
  for (const auto& compared : comparison.slices) {
    changed.worse += compared.change == Change::worse || compared.change == Change::appeared ? 1U : 0U;
    changed.better += compared.change == Change::better || compared.change == Change::gone ? 1U : 0U;
  }
  return changed;
}

std::string slices_words(const slice::Comparison& comparison) {
  const auto [worse, better] = changed_slices(comparison);
  return fmt::format("{} compared: {} new or worse, {} gone or better.",
                     counted(comparison.slices.size(), "slice", "slices"), worse, better);
}

std::string_view words_of(slice::Metric metric) {
  switch (metric) {
    case slice::Metric::roc_auc: return "ROC-AUC";
    case slice::Metric::log_loss: return "log loss";
    case slice::Metric::brier: return "Brier score";
    case slice::Metric::mae: return "MAE";
    case slice::Metric::rmse: return "RMSE";
    case slice::Metric::mean_loss: return "mean loss";
  }
  return "";
}

std::vector<std::string> notes_of(const slice::ComparedSlice& compared) {
  std::vector<std::string> notes;
  const auto note = [&](const slice::SliceOnLog& on, const char* which) {
    if (!on.unmeasurable.empty())
      notes.push_back(fmt::format("{} log: {}", which, plain_text(on.unmeasurable, kLongLine)));
    else if (on.n == 0)
      notes.push_back(fmt::format("{} log: no such case", which));
  };
  note(compared.first, "first");
  note(compared.second, "second");
  return notes;
}

}  // namespace errata::report
