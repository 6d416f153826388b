#include "errata/table/outcome_steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "errata/table/score_meaning.h"

namespace errata::table {
namespace {

constexpr double kNearlyAllRows = 0.98;

}  // namespace

Result<void> OutcomeSteps::settle_meaning(const Column& score) {
  const auto two = log_.task == Task::classes && log_.classes.size() >= 2 ? pair_of_classes() : std::nullopt;
  if (options_.score_means) return take_said_meaning(two);
  if (options_.settled != nullptr && !has_other_classes_ && options_.settled->score_meaning != ScoreMeaning::none) {
    log_.score_meaning = options_.settled->score_meaning;
    return {};
  }
  if (two && score_of_ && log_.positive == score_of_) {
    log_.score_meaning = ScoreMeaning::positive_class;
    return {};
  }
  if (two && settle_meaning_of_two(score, *two)) return {};
  const auto below = [&](double bound) {
    return std::ranges::count_if(score.numbers, [&](double x) { return x >= 0 && x < bound; });
  };
  log_.score_meaning = ScoreMeaning::predicted_class;
  if (log_.task == Task::unknown && below(0.5) > 0) log_.score_meaning = ScoreMeaning::positive_class;
  if (log_.task != Task::classes) return {};
  const double least = 1 / static_cast<double>(std::max<std::size_t>(log_.classes.size(), 2));
  if (static_cast<double>(below(least - 1e-3)) <= (1 - kNearlyAllRows) * static_cast<double>(log_.rows)) return {};
  const bool one_class = log_.classes.size() == 1;
  if (one_class) log_.score_meaning = ScoreMeaning::positive_class;
  warn(fmt::format(
      "score column {}: it is below 1/{} in {} rows, which {}; taken as {}; --classes names all classes, "
      "--score-means says what it is",
      score.name, std::max<std::size_t>(log_.classes.size(), 2), below(least - 1e-3),
      one_class ? "the confidence in the only class is not" : "the largest of as many scores is not",
      one_class ? "the probability of a class that the log does not have" : "the confidence in the prediction"));
  return {};
}

Result<void> OutcomeSteps::take_said_meaning(const std::optional<Pair>& two) {
  log_.score_meaning = *options_.score_means;
  if (log_.score_meaning != ScoreMeaning::positive_class || log_.task != Task::classes) return {};
  if (!two)
    return invalid_argument(
        fmt::format("score-means positive: the log has {} classes, not two; name the two with "
                    "--classes NEGATIVE,POSITIVE",
                    log_.classes.size()));
  if (!log_.positive) log_.positive = log_.classes[two->positive];
  return {};
}

bool OutcomeSteps::settle_meaning_of_two(const Column& score, Pair two) {
  if (log_.positive && log_.classes[two.positive] != *log_.positive) std::swap(two.negative, two.positive);
  const bool sure = log_.classes.size() > 2 && !log_.positive;
  const std::vector<double> scores = score.numbers.to_vector();
  MeaningGuess guess = guess_meaning({.name = score.name,
                                      .score = scores,
                                      .predicted = log_.predicted_class,
                                      .negative = two.negative,
                                      .positive = two.positive,
                                      .sure = sure});
  using Means = MeaningGuess::Means;
  if (sure && guess.means == Means::confidence) return false;
  if (guess.means == Means::negative && options_.positive) guess.means = Means::positive;
  log_.score_meaning = guess.means == Means::confidence ? ScoreMeaning::predicted_class : ScoreMeaning::positive_class;
  if (guess.means == Means::positive) log_.positive = log_.classes[two.positive];
  if (guess.means == Means::negative) log_.positive = log_.classes[two.negative];
  if (guess.doubt.empty()) return true;
  const bool confidence = guess.means == Means::confidence;
  warn(fmt::format("score column {}: {}; taken as {}; --score-means {} and --positive say otherwise", score.name,
                   guess.doubt,
                   confidence ? "the confidence in the prediction" : "the probability of " + *log_.positive,
                   confidence ? "positive" : "confidence"));
  return true;
}

}  // namespace errata::table
