// What a single score speaks of.
//
// Problem: 0.97 beside the prediction "no" is the probability of "yes" that the model ought to have followed, the
// probability of "no", or the confidence in whatever was predicted. A log has no word for it, and the share of rows
// that fit one reading is large by itself where nearly all predictions are the same.
//
// Idea: a reading must fit the rows of either prediction, not only all rows together.
#include "errata/table/score_meaning.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <utility>

#include "errata/base/limits.h"

namespace errata::table {
namespace {

using Means = MeaningGuess::Means;

constexpr double kAtEnds = 0.98, kAtLabel = 0.5;
constexpr double kOrdered = 0.9, kSurelyOrdered = 0.98;

/// Rows of one prediction: how many, and how many with a score of at least 0.5.
struct Side {
  double rows = 0, high = 0;
};

struct Tally {
  Side negative, positive;
  double smallest = 1;

  [[nodiscard]] double rows() const { return negative.rows + positive.rows; }
  /// Does "the score is the probability of positive" (or of negative) fit?
  [[nodiscard]] bool fits(bool of_positive) const {
    const double at_positive = of_positive ? positive.high : positive.rows - positive.high;
    const double at_negative = of_positive ? negative.rows - negative.high : negative.high;
    return at_positive + at_negative >= kAtEnds * rows() && at_positive >= kAtLabel * positive.rows &&
           at_negative >= kAtLabel * negative.rows;
  }
};

Tally tally_of(const MeaningInput& input) {
  Tally tally;
  for (std::size_t row = 0; row < input.score.size(); ++row) {
    const double x = input.score[row];
    if (!is_probability(x)) continue;
    tally.smallest = std::min(tally.smallest, x);
    if (input.predicted[row] != input.positive && input.predicted[row] != input.negative) continue;
    Side& side = input.predicted[row] == input.positive ? tally.positive : tally.negative;
    side.rows += 1;
    side.high += x >= 0.5 ? 1 : 0;
  }
  return tally;
}

/// The chance that a row predicted positive has the larger score than one predicted negative; ties are half.
double order_of(const MeaningInput& input) {
  std::vector<std::pair<double, bool>> rows;
  for (std::size_t row = 0; row < input.score.size(); ++row) {
    const bool positive = input.predicted[row] == input.positive;
    if (is_probability(input.score[row]) && (positive || input.predicted[row] == input.negative))
      rows.emplace_back(input.score[row], positive);
  }
  std::ranges::sort(rows);
  double below = 0, positives = 0, larger = 0;
  for (std::size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
    std::array<double, 2> tied{};
    for (; end < rows.size() && rows[end].first == rows[begin].first; ++end) tied[rows[end].second ? 1 : 0] += 1;
    larger += tied[1] * (below + tied[0] / 2);
    below += tied[0];
    positives += tied[1];
  }
  return larger / (below * positives);
}

bool is_called_confidence(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower.contains("conf") || lower.contains("certainty");
}

MeaningGuess guess_by_order(const MeaningInput& input, const Tally& tally) {
  const double order = order_of(input);
  const double enough = input.sure ? kSurelyOrdered : kOrdered;
  if (!input.sure || order >= enough || order <= 1 - enough) {
    const double agree = tally.positive.high + tally.negative.rows - tally.negative.high;
    const std::string doubt =
        fmt::format("score >= 0.5 agrees with the prediction in {:.1f}% of rows only", 100 * agree / tally.rows());
    if (order >= enough) return {.means = Means::positive, .doubt = doubt};
    if (order <= 1 - enough) return {.means = Means::negative, .doubt = doubt};
    if (!is_called_confidence(input.name)) return {.means = Means::positive, .doubt = doubt};
  }
  return {.means = Means::confidence,
          .doubt = input.sure ? "" : "its name says so, though it is below 0.5 in some rows"};
}

}  // namespace

namespace {

/// Do values end at 1, and others go on above it? Percents thin out there as smoothly as anywhere.
struct EndAtOne {
  double just_below = 0, just_above = 0;  ///< values in (0.5, 1] and in (1, 2]

  [[nodiscard]] bool is_sharp() const {
    constexpr double kEnough = 20, kTimes = 6;
    return just_below >= kEnough && just_below > kTimes * (just_above + 1);
  }
};

}  // namespace

ScoreScale scale_of(std::span<const Column* const> scores) {
  double values = 0, outside = 0, above = 0;
  bool within_hundred = true;
  EndAtOne end;
  const auto count = [&](double x, double rows) {
    if (std::isnan(x)) return;
    values += rows;
    outside += is_probability(x) ? 0 : rows;
    above += x > 1 && x <= 100 ? rows : 0;
    end.just_below += x > 0.5 && x <= 1 ? rows : 0;
    end.just_above += x > 1 && x <= 2 ? rows : 0;
    within_hundred = within_hundred && x >= 0 && x <= 100;
  };
  for (const Column* score : scores) {
    const Levels* levels = score->numbers.levels();
    if (levels == nullptr) {
      for (const double x : score->numbers) count(x, 1);
      continue;
    }
    const auto rows = count_levels(*levels, [](std::size_t) { return true; });
    for (std::size_t level = 0; level < rows.size(); ++level)
      if (rows[level] > 0) count(levels->values[level], static_cast<double>(rows[level]));
  }
  if (within_hundred && above >= 0.1 * values && above > 0) {
    if (!end.is_sharp()) return {.unit = 100};
    return {.fault = fmt::format("{} of {} values are above 1 and the others end there, so that some are shares and "
                                 "others percents: make all of them shares",
                                 above, values)};
  }
  if (outside > 0.5 * values)
    return {.fault =
                fmt::format("{} of {} values are not in [0, 1], so that they are no probabilities", outside, values)};
  if (within_hundred && above > 0.01 * values && above > 1)
    return {
        .fault = fmt::format("{} of {} values are above 1, so that nobody can say whether they are shares or percents",
                             above, values),
        .may_be_percents = true};
  return {.may_be_percents = within_hundred};
}

MeaningGuess guess_meaning(const MeaningInput& input) {
  const Tally tally = tally_of(input);
  const bool one_sided = tally.negative.rows == 0 || tally.positive.rows == 0;
  const bool never_below = tally.smallest >= 0.5;
  if (one_sided && never_below) {  // P(predicted) and the confidence are the same numbers
    const bool by_name = is_called_confidence(input.name) || tally.positive.rows == 0;
    return {.means = by_name && tally.rows() > 0 ? Means::confidence : Means::positive};
  }
  if (tally.rows() == 0 || tally.fits(true)) return {.means = Means::positive};
  if (tally.fits(false)) return {.means = Means::negative, .doubt = "it is above 0.5 where that class is predicted"};
  if (never_below && !input.sure)
    return {.means = Means::confidence,
            .doubt = is_called_confidence(input.name) ? "" : "it is never below 0.5, whatever is predicted"};
  if (!one_sided) return guess_by_order(input, tally);
  if (input.sure) return {.means = Means::confidence};
  return {.means = Means::positive, .doubt = "all predictions are the same, and it is on both sides of 0.5"};
}

}  // namespace errata::table
