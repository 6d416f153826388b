#include "errata/report/analysis/test_comparison.h"

#include <cmath>

#include "errata/base/limits.h"
#include "errata/report/analysis/test_example.h"
#include "errata/report/kit/interval.h"

namespace errata::report {
namespace {

slice::SliceOnLog on_log(std::uint64_t failures, std::uint64_t n, bool raised) {
  return {.n = n,
          .failures = failures,
          .rate = static_cast<double>(failures) / static_cast<double>(n),
          .interval = interval_of(failures, n),
          .rest = 0.1,
          .log_p = raised ? -40.0 : -0.5,
          .log_p_adjusted = raised ? -38.0 : -0.3,
          .raised = raised};
}

slice::ComparedSlice compared(std::vector<table::Predicate> where, slice::Change change, stats::PairedCounts paired,
                              double log_p) {
  const auto first = paired.first(), second = paired.second();
  return {.where = std::move(where),
          .sql = R"("channel" = 'web')",
          .found_on = slice::FoundOn::first,
          .first = on_log(first.failures, first.trials, true),
          .second = on_log(second.failures, second.trials, true),
          .paired = paired,
          .difference = *stats::paired_difference_interval(paired, 0.95),
          .log_p = log_p,
          .log_p_adjusted = log_p + 1,
          .change = change};
}

slice::ComparedLog log_of(const char* file, stats::FailureCount count) {
  return {.files = {file},
          .rows = count.trials,
          .failures = count.failures,
          .rate = failure_rate(count),
          .interval = interval_of(count.failures, count.trials),
          .compared = count};
}

}  // namespace

slice::Comparison example_comparison() {
  const stats::PairedCounts paired{.both = 180, .only_first = 20, .only_second = 347, .neither = 1453};
  slice::Comparison comparison{.first = log_of("model_a.csv", paired.first()),
                               .second = log_of("model_b.csv", paired.second()),
                               .task = table::Task::classes,
                               .positive = "1",
                               .rule = {.words = "y_pred differs from y_true", .sql = R"("y_pred" <> "y_true")"},
                               .pairing = {.by = slice::PairedBy::order, .guessed = true, .cases = 2000},
                               .paired = paired,
                               .difference = *stats::paired_difference_interval(paired, 0.95),
                               .log_p = -200,
                               .change = slice::Change::worse};
  comparison.first.warnings = {"score column p: it is never below 0.5; taken as the confidence in the prediction"};
  comparison.second.warnings = {"3 of 2003 rows have no label or no prediction (the first is row 7) and are left out"};
  using slice::Change;
  comparison.slices = {
      compared({equals("channel", "web")}, Change::appeared, {10, 2, 90, 150}, -60),
      compared({range("age", 18, 25, 19, 25), equals("region", "North")}, Change::worse, {60, 5, 40, 40}, -16),
      compared({equals("kind", "car loan")}, Change::unchanged, {30, 9, 11, 60}, -0.2),
      compared({range("income", 5000, kInfinity, 5013, 99999)}, Change::better, {20, 40, 4, 60}, -18),
      compared({equals("region", "South")}, Change::gone, {4, 50, 3, 90}, -25)};
  slice::ComparedSlice other{.where = {equals("shoe_size", "44")},
                             .sql = R"("shoe_size" = '44')",
                             .found_on = slice::FoundOn::saved,
                             .change = Change::incomparable};
  other.first =
      other.second = {.rate = std::nan(""), .rest = std::nan(""), .unmeasurable = "there is no column shoe_size"};
  other.difference = {.low = -1, .high = 1};
  comparison.slices.push_back(other);
  comparison.metrics = {.changes = {{slice::Metric::roc_auc, 0.912, 0.861, {.low = -0.071, .high = -0.032}},
                                    {slice::Metric::log_loss, 0.31, 0.42, {.low = 0.08, .high = 0.14}},
                                    {slice::Metric::brier, 0.0832, 0.0829, {.low = -0.004, .high = 0.0031}}},
                        .replicates = 1000};
  return comparison;
}

slice::Comparison quiet_comparison() {
  slice::Comparison comparison{.first = log_of("day1.csv", {.failures = 0, .trials = 40}),
                               .second = log_of("day2.csv", {.failures = 0, .trials = 25}),
                               .rule = {.kind = table::FailureRule::Kind::absolute_error,
                                        .words = "|prediction − label| > 12.5 (90th percentile)",
                                        .threshold = 12.5}};
  comparison.difference = {.low = -0.09, .high = 0.13};
  return comparison;
}

slice::Comparison hostile_comparison() {
  slice::Comparison comparison = example_comparison();
  const std::string markup = "</script><b onclick=\"alert('x')\">&amp;\u2028`";
  const std::string control = "two\nlines\x1b[31m\xff\u202Ereversed \"quoted\" 'text'";
  comparison.first.files = {markup};
  comparison.second.files = {control};
  comparison.first.warnings = {markup, control};
  comparison.warnings = {control, markup};
  comparison.rule.words = markup;
  comparison.rule.sql = control;
  comparison.positive = markup;
  comparison.pairing = {.by = slice::PairedBy::id, .first_column = markup, .second_column = control, .cases = 9};
  comparison.slices[0].where = {equals(markup, control), equals(control, markup)};
  comparison.slices[0].sql = markup;
  comparison.slices[1].where = {equals("名前" + std::string(200, 'x'), "東京")};
  comparison.slices.back().first.unmeasurable = markup;
  return comparison;
}

}  // namespace errata::report
