#include "errata/report/analysis/schema_words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "errata/report/kit/numbers.h"
#include "errata/report/kit/terminal_text.h"

namespace errata::report {

namespace {

/// The first few names, and how many more there are.
std::string list_of(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 6;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i)
    text += (text.empty() ? "" : ", ") + plain_text(names[i]);
  return names.size() > kShown ? fmt::format("{} and {} more", text, count_text(names.size() - kShown)) : text;
}

std::string label_and_prediction(const table::PredictionLog& log) {
  std::string text = log.roles.label ? plain_text(*log.roles.label) : "";
  if (!log.roles.prediction) return text.empty() ? text : text + " is";
  return fmt::format("{}{}{}", text, text.empty() ? "" : " and ",
                     plain_text(*log.roles.prediction) + (text.empty() ? " is" : " are"));
}

std::string task_words(const table::PredictionLog& log) {
  const std::string what = label_and_prediction(log);
  switch (log.task) {
    case table::Task::numbers: return what + " numbers (--task classes takes them as classes)";
    case table::Task::classes: {
      std::string text = fmt::format("{} classes: {}", what, list_of(log.classes));
      if (log.positive) text += fmt::format("; {} is the positive one", plain_text(*log.positive));
      return text + " (--task, --classes, --map, --positive)";
    }
    case table::Task::unknown: break;
  }
  return "no label and prediction: the failure rule alone says what fails (--label, --prediction)";
}

std::string score_words(const table::PredictionLog& log) {
  const char* percent = log.score_unit == 1 ? "" : ", in percent";
  if (!log.roles.scores.empty()) {
    std::vector<std::string> classes;
    for (std::size_t i = 0; i < log.roles.scores.size() && !log.classes.empty(); ++i)
      classes.push_back(log.classes[log.score_class.empty() ? i : log.score_class[i]]);
    return fmt::format("{} are the probabilities of {}{} (--scores)", list_of(log.roles.scores),
                       classes.empty() ? "the classes" : list_of(classes), percent);
  }
  if (!log.roles.score) return {};
  const bool positive = log.score_meaning == table::ScoreMeaning::positive_class;
  const std::string of = log.positive ? plain_text(*log.positive) : "the positive class";
  return fmt::format("{} is {}{} (--score, --score-means, --positive)", plain_text(*log.roles.score),
                     positive ? "the probability of " + of : "the confidence in the prediction", percent);
}

}  // namespace

std::vector<std::string> schema_words(const table::PredictionLog& log) {
  std::vector<std::string> lines{task_words(log)};
  if (std::string score = score_words(log); !score.empty()) lines.push_back(std::move(score));
  const std::size_t failures = std::accumulate(log.failed.begin(), log.failed.end(), std::size_t{0});
  lines.push_back(fmt::format("a case fails when {}: {} of {} do (--failure, --loss)",
                              plain_text(log.rule.words, kLongLine), count_text(failures), count_text(log.rows)));
  if (log.roles.weight)
    lines.push_back(fmt::format("cases weigh {} in the metrics (--weight)", plain_text(*log.roles.weight)));
  lines.push_back(log.roles.features.empty()
                      ? "no column is a feature (--features, --ignore)"
                      : fmt::format("features: {} (--features, --ignore)", list_of(log.roles.features)));
  return lines;
}

}  // namespace errata::report
