// The metrics of a slice are ratios of sums over its cases. What a case adds (its log loss, its Brier term, whether
// its score can be used) does not depend on the slice, so that it is computed once for the log; then one pass over a
// feature's codes adds every case to the sums of its slice. The areas that depend on the order of the scores come from
// one sort of all cases: the cases of a slice, met in the order of the whole, are in order too (see single.cc).
//
// Rounded scores take few values, and then what a case adds is one of few numbers: which of them is kept in a byte in
// the place of two doubles, and cases are ranked by counting.
#include "errata/slice/case_metrics.h"

#include <algorithm>
#include <numeric>
#include <ranges>

#include "errata/base/error.h"
#include "errata/base/limits.h"
#include "errata/stats/classification.h"
#include "errata/stats/sort_numbers.h"

namespace errata::slice {
namespace {

const table::Column* weight_column(const table::PredictionLog& log) {
  const table::Column* column = log.roles.weight ? log.find(*log.roles.weight) : nullptr;
  return column != nullptr && column->kind == table::ColumnKind::numeric ? column : nullptr;
}

/// The weight of each case that counts, else 0; a byte each where no column weighs the cases.
template <typename Counts>
table::Numbers case_weights(const table::PredictionLog& log, std::span<const std::uint8_t> members, Counts counts) {
  const table::Column* column = weight_column(log);
  const auto taken = [&](std::size_t row) { return (members.empty() || members[row] != 0) && counts(row); };
  if (column == nullptr) {
    using Level = table::PackedIntegers<std::uint32_t>;
    return table::Numbers(table::Levels{
        .level = Level::made_of(log.rows, 2, [&](std::size_t row) { return taken(row) ? 1U : 0U; }), .values = {0, 1}});
  }
  std::vector<double> weights(log.rows);
  for (std::size_t row = 0; row < log.rows; ++row) {
    const double weight = column->numbers[row];
    if (std::isfinite(weight) && weight > 0 && taken(row)) weights[row] = weight;
  }
  return weights;
}

std::span<const double> numbers_of(const table::PredictionLog& log, const std::optional<std::string>& name,
                                   table::Unpacked& unpacked) {
  const table::Column* column = name ? log.find(*name) : nullptr;
  if (column == nullptr || column->kind != table::ColumnKind::numeric) return {};
  return unpacked.of(column->numbers);
}

double brier_of(double p, bool happened) { return happened ? (1 - p) * (1 - p) : p * p; }
double log_loss_of(double p, bool happened) { return stats::log_loss(happened ? p : 1 - p); }

/// Places of the probabilities, where few differ. @return whether that is so
bool take_places(ClassTerms& terms, bool with_log_loss) {
  constexpr std::size_t kMost = 127;  // so that places are bytes
  auto few = stats::few_values(terms.probability, kMost);
  if (!few) return false;
  terms.placed = std::move(few->values);
  const std::size_t unscored = 2 * terms.placed.size();
  terms.brier.assign(unscored + 1, kNaN);
  if (with_log_loss) terms.log_loss.assign(unscored + 1, kNaN);
  for (std::size_t place = 0; place < unscored; ++place) {
    const double p = terms.placed[place / 2];
    if (!is_probability(p)) continue;
    terms.brier[place] = brier_of(p, place % 2 != 0);
    if (with_log_loss) terms.log_loss[place] = log_loss_of(p, place % 2 != 0);
  }
  terms.place.resize(few->number.size());
  for (std::size_t row = 0; row < terms.place.size(); ++row) {
    const std::size_t place = 2 * std::size_t{few->number[row]} + (terms.happened(row) ? 1 : 0);
    terms.place[row] = static_cast<std::uint8_t>(terms.weight[row] > 0 ? place : unscored);
  }
  return true;
}

/// What cases add by the one probability that each has.
void use_probability(ClassTerms& terms, bool with_log_loss) {
  if (take_places(terms, with_log_loss)) return;
  const std::size_t rows = terms.probability.size();
  terms.brier.assign(rows, kNaN);
  if (with_log_loss) terms.log_loss.assign(rows, kNaN);
  for (std::size_t row = 0; row < rows; ++row) {
    const double p = terms.probability[row];
    if (!(terms.weight[row] > 0 && is_probability(p))) continue;
    const bool happened = terms.happened(row);
    terms.brier[row] = brier_of(p, happened);
    if (with_log_loss) terms.log_loss[row] = log_loss_of(p, happened);
  }
}

void use_positive_score(const table::PredictionLog& log, ClassTerms& terms) {
  const auto positive = std::ranges::find(log.classes, *log.positive);
  terms.positive = static_cast<std::uint32_t>(positive - log.classes.begin());  // no case's label if not a class
  terms.calibration_of = "P(" + *log.positive + ")";
  terms.probability = log.positive_score;
  terms.ranked = {{terms.positive, log.positive_score}};
  use_probability(terms, true);
}

void use_class_scores(const table::PredictionLog& log, std::vector<RankedClass> ranked, ClassTerms& terms) {
  terms.calibration_of = "confidence in the prediction";
  terms.probability = log.confidence;
  terms.speaks_of_prediction = true;
  terms.ranked = std::move(ranked);
  terms.brier.assign(log.rows, kNaN);
  terms.log_loss.assign(log.rows, kNaN);
  for (std::size_t row = 0; row < log.rows; ++row) {
    if (!(terms.weight[row] > 0 && is_probability(log.confidence[row]))) continue;
    double brier = 0;
    for (const RankedClass& one : terms.ranked) {
      const double p = one.scores[row];
      const double error = one.label == terms.label[row] ? 1 - p : p;
      brier += is_probability(p) ? error * error : kNaN;
    }
    if (std::isnan(brier)) continue;
    const auto own = std::ranges::find(terms.ranked, terms.label[row], &RankedClass::label);
    terms.brier[row] = own == terms.ranked.end() ? brier + 1 : brier;  // a label without a score has a score of 0
    terms.log_loss[row] = stats::log_loss(own == terms.ranked.end() ? 0 : own->scores[row]);
  }
}

void use_confidence(const table::PredictionLog& log, ClassTerms& terms) {
  terms.calibration_of = "confidence in the prediction";
  terms.probability = log.confidence;
  terms.speaks_of_prediction = true;
  use_probability(terms, false);
}

/// One ranked class per class that has a score column, or none when the log has no such columns.
std::vector<RankedClass> class_scores(const table::PredictionLog& log, table::Unpacked& unpacked) {
  std::vector<RankedClass> ranked;
  const bool one_for_one = log.score_class.empty() && log.roles.scores.size() == log.classes.size();
  if ((!one_for_one && log.score_class.size() != log.roles.scores.size()) || log.confidence.empty()) return {};
  for (std::size_t i = 0; i < log.roles.scores.size(); ++i) {
    const auto scores = numbers_of(log, log.roles.scores[i], unpacked);
    if (scores.empty()) return {};
    ranked.push_back({one_for_one ? static_cast<std::uint32_t>(i) : log.score_class[i], scores});
  }
  return ranked;
}

}  // namespace

std::optional<ClassTerms> class_terms(const table::PredictionLog& log, std::span<const std::uint8_t> members) {
  if (log.task != table::Task::classes) return std::nullopt;
  ClassTerms terms;
  terms.classes = log.classes.size();
  terms.label = log.label_class;
  terms.predicted = log.predicted_class;
  terms.are_weighed = weight_column(log) != nullptr;
  terms.weight = case_weights(log, members, [&](std::size_t row) {
    return terms.label[row] != table::kNoClass && terms.predicted[row] != table::kNoClass;
  });
  if (!log.positive_score.empty() && log.positive) {
    use_positive_score(log, terms);
  } else if (auto ranked = class_scores(log, terms.unpacked); !ranked.empty()) {
    use_class_scores(log, std::move(ranked), terms);
  } else if (!log.confidence.empty()) {
    use_confidence(log, terms);
  }
  return terms;
}

double ClassSums::accuracy() const {
  Recall all;
  for (const Recall& recall : by_class_) {
    all.labelled += recall.labelled;
    all.found += recall.found;
  }
  return all.found / all.labelled;
}

double ClassSums::balanced_accuracy() const {
  double sum = 0, classes = 0;
  for (const Recall& recall : by_class_) {
    if (!(recall.labelled > 0)) continue;
    sum += recall.found / recall.labelled;
    classes += 1;
  }
  return sum / classes;
}

namespace {

/// @param row_at  the rows to rank, ascending, by their index
template <typename RowAt>
std::vector<RankedCase> rank(const ClassTerms& terms, const RankedClass& ranked, std::size_t rows,
                             const RowAt& row_at) {
  ERRATA_CHECK(terms.weight.size() < std::size_t{1} << 31);
  std::vector<std::uint32_t> scored;
  std::vector<double> scores;
  scored.reserve(rows);
  scores.reserve(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    const std::uint32_t row = row_at(i);
    if (!terms.is_scored(row)) continue;
    scored.push_back(row);
    scores.push_back(ranked.scores[row]);
  }
  const std::vector<std::uint32_t> ascending = stats::rows_by_value(scores);
  std::vector<RankedCase> cases;
  cases.reserve(scored.size());
  std::uint32_t step = 0;
  double last = 0;
  for (const std::uint32_t i : ascending | std::views::reverse) {
    const std::uint32_t row = scored[i];
    if (scores[i] != last) ++step;
    last = scores[i];
    cases.push_back({.weight = terms.weight[row],
                     .step = step,
                     .row = row & 0x7fff'ffffU,
                     .positive = terms.label[row] == ranked.label});
  }
  return cases;
}

}  // namespace

std::vector<RankedCase> ranked_cases(const ClassTerms& terms, const RankedClass& ranked,
                                     std::span<const std::uint32_t> rows) {
  return rank(terms, ranked, rows.size(), [&](std::size_t i) { return rows[i]; });
}

std::vector<RankedCase> ranked_cases(const ClassTerms& terms, const RankedClass& ranked) {
  return rank(terms, ranked, terms.weight.size(), [](std::size_t i) { return static_cast<std::uint32_t>(i); });
}

bool ranks_by_place(const ClassTerms& terms) {
  return !terms.place.empty() && !terms.are_weighed && terms.ranked.size() == 1;
}

stats::RankingAreas areas_of_places(const ClassTerms& terms, std::span<const std::uint64_t> cases) {
  stats::Ranking ranking;
  double step = 0;
  for (std::size_t number = terms.placed.size(); number-- > 0;) {
    if (!is_probability(terms.placed[number])) continue;
    if (number + 1 == terms.placed.size() || terms.placed[number] != terms.placed[number + 1]) ++step;  // −0 is 0
    for (const bool happened : {false, true}) {
      const std::uint64_t n = cases[2 * number + (happened ? 1 : 0)];
      if (n > 0) ranking.add(step, happened, static_cast<double>(n));
    }
  }
  return ranking.areas();
}

std::optional<NumberTerms> number_terms(const table::PredictionLog& log, std::span<const std::uint8_t> members) {
  if (log.task != table::Task::numbers) return std::nullopt;
  NumberTerms terms;
  terms.label = numbers_of(log, log.roles.label, terms.unpacked);
  terms.prediction = numbers_of(log, log.roles.prediction, terms.unpacked);
  if (terms.label.empty() || terms.prediction.empty()) return std::nullopt;
  terms.weight = case_weights(log, members, [&](std::size_t row) {
    return std::isfinite(terms.label[row]) && std::isfinite(terms.prediction[row]);
  });
  return terms;
}

void NumberSums::add(const NumberTerms& terms, std::size_t row) {
  const double weight = terms.weight[row];
  if (!(weight > 0)) return;
  const double label = terms.label[row];
  const double error = terms.prediction[row] - label;
  n_ += 1;
  weight_ += weight;
  absolute_ += weight * std::abs(error);
  error_ += weight * error;
  squared_ += weight * error * error;
  const double share = weight / weight_;
  const double distance = label - label_mean_;
  label_mean_ += distance * share;
  label_spread_ += weight * distance * (label - label_mean_);
  const double error_distance = error - error_mean_;
  error_mean_ += error_distance * share;
  error_spread_ += weight * error_distance * (error - error_mean_);
}

double NumberSums::rmse() const { return std::sqrt(squared_ / weight_); }

double NumberSums::r2() const { return label_spread_ > 0 ? 1 - squared_ / label_spread_ : kNaN; }

}  // namespace errata::slice
