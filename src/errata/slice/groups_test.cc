#include "errata/slice/groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "errata/base/limits.h"
#include "errata/base/rng.h"
#include "errata/stats/welch.h"

namespace errata::slice {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

table::Column text_column(std::string name, std::vector<std::string> categories, std::vector<std::int32_t> codes) {
  table::Column column{.name = std::move(name), .kind = table::ColumnKind::categorical};
  column.categories = std::move(categories);
  column.codes = codes;
  for (const std::int32_t code : column.codes) column.missing += code == table::kMissingCode ? 1U : 0U;
  return column;
}

table::Column number_column(std::string name, std::vector<double> numbers) {
  table::Column column{.name = std::move(name)};
  column.numbers = std::move(numbers);
  for (const double x : column.numbers) column.missing += std::isnan(x) ? 1U : 0U;
  return column;
}

struct Cell {
  int group, label, predicted, cases;
};

/// Classes no and yes, of which yes is positive; the group is the text column `g`.
table::PredictionLog log_of_cells(const std::vector<Cell>& cells, std::vector<std::string> groups = {"a", "b"}) {
  table::PredictionLog log;
  log.task = table::Task::classes;
  log.classes = {"no", "yes"};
  log.positive = "yes";
  std::vector<std::int32_t> codes;
  for (const Cell& cell : cells) {
    for (int i = 0; i < cell.cases; ++i) {
      codes.push_back(cell.group);
      log.label_class.push_back(static_cast<std::uint32_t>(cell.label));
      log.predicted_class.push_back(static_cast<std::uint32_t>(cell.predicted));
      log.failed.push_back(cell.label != cell.predicted ? 1 : 0);
    }
  }
  log.rows = codes.size();
  log.columns.push_back(text_column("g", std::move(groups), std::move(codes)));
  log.roles.groups = {{"g"}};
  return log;
}

/// The example of docs/methods/groups.md.
std::vector<Cell> example_cells() {
  return {{0, 1, 1, 12}, {0, 1, 0, 8}, {0, 0, 1, 2}, {0, 0, 0, 18},
          {1, 1, 1, 27}, {1, 1, 0, 3}, {1, 0, 1, 9}, {1, 0, 0, 21}};
}

const GroupFigure& figure(const Group& group, GroupMeasure measure) {
  for (const GroupFigure& one : group.figures)
    if (one.measure == measure) return one;
  ADD_FAILURE() << name_of(measure) << " is not there";
  return group.figures.front();
}

const GroupSpread& spread(const GroupTable& table, GroupMeasure measure) {
  for (const GroupSpread& one : table.spreads)
    if (one.measure == measure) return one;
  ADD_FAILURE() << name_of(measure) << " has no spread";
  return table.spreads.front();
}

TEST(Groups, TheExampleOfTheDocs) {
  const auto found = compare_groups(log_of_cells(example_cells()), {.min_cases = 14});
  ASSERT_TRUE(found.has_value());
  ASSERT_EQ(found->tables.size(), 1U);
  EXPECT_EQ(found->positive, "yes");
  const GroupTable& table = found->tables[0];
  ASSERT_EQ(table.groups.size(), 2U);
  const Group& a = table.groups[0];
  EXPECT_EQ(a.n, 40U);
  EXPECT_EQ(a.sql, "\"g\" = 'a'");

  struct Row {
    GroupMeasure measure;
    double a, b;
  };
  for (const auto& [measure, of_a, of_b] :
       {Row{GroupMeasure::failure_rate, 10. / 40, 12. / 60}, Row{GroupMeasure::base_rate, 20. / 40, 30. / 60},
        Row{GroupMeasure::selection_rate, 14. / 40, 36. / 60}, Row{GroupMeasure::false_negative_rate, 8. / 20, 3. / 30},
        Row{GroupMeasure::false_positive_rate, 2. / 20, 9. / 30}, Row{GroupMeasure::precision, 12. / 14, 27. / 36}}) {
    EXPECT_DOUBLE_EQ(figure(a, measure).value, of_a) << name_of(measure);
    EXPECT_DOUBLE_EQ(figure(a, measure).rest, of_b);
    EXPECT_DOUBLE_EQ(figure(a, measure).difference, of_a - of_b);
    EXPECT_DOUBLE_EQ(figure(table.groups[1], measure).value, of_b);
  }
  const GroupFigure& negatives = figure(a, GroupMeasure::false_negative_rate);
  EXPECT_NEAR(negatives.interval.low, .2188, 5e-5);
  EXPECT_NEAR(negatives.interval.high, .6134, 5e-5);
  EXPECT_NEAR(negatives.difference_interval.low, .0608, 5e-5);
  EXPECT_NEAR(negatives.difference_interval.high, .5232, 5e-5);
  EXPECT_NEAR(std::exp(negatives.log_p), .0173, 5e-5);

  // Two groups are one hypothesis a measure.
  EXPECT_EQ(found->tested, 6U);
  EXPECT_EQ(figure(table.groups[1], GroupMeasure::false_negative_rate).log_p_adjusted, negatives.log_p_adjusted);

  const GroupSpread& parity = spread(table, GroupMeasure::selection_rate);
  EXPECT_DOUBLE_EQ(parity.difference, .25);
  EXPECT_EQ(parity.highest, 1U);
  EXPECT_NEAR(parity.interval.low, .0501, 5e-5);
  EXPECT_NEAR(parity.interval.high, .4221, 5e-5);
  EXPECT_EQ(spread(table, GroupMeasure::failure_rate).interval.low, 0);  // 0 lies within
  ASSERT_TRUE(table.equalized_odds.has_value());
  EXPECT_DOUBLE_EQ(table.equalized_odds->difference, .3);
  EXPECT_EQ(table.equalized_odds->measure, GroupMeasure::false_negative_rate);
  EXPECT_NEAR(table.equalized_odds->interval.low, .0275, 5e-5);
  EXPECT_NEAR(table.equalized_odds->interval.high, .5505, 5e-5);
}

TEST(Groups, SmallOnesAreShownAndNotTested) {
  auto cells = example_cells();
  cells.push_back({2, 1, 0, 5});
  const auto found = compare_groups(log_of_cells(cells, {"a", "b", "c"}), {});
  ASSERT_TRUE(found.has_value());
  const GroupTable& table = found->tables[0];
  const Group& c = table.groups[2];
  EXPECT_TRUE(c.is_small);
  EXPECT_DOUBLE_EQ(c.figures[0].value, 1);
  EXPECT_FALSE(c.figures[0].tested);
  EXPECT_FALSE(c.figures[0].differs);
  EXPECT_DOUBLE_EQ(spread(table, GroupMeasure::failure_rate).difference, .05);  // without c
  EXPECT_TRUE(std::isnan(figure(c, GroupMeasure::false_positive_rate).value));
  // Of the false negative rate only b has 30 cases.
  for (const GroupSpread& one : table.spreads) EXPECT_NE(one.measure, GroupMeasure::false_negative_rate);
  EXPECT_FALSE(table.equalized_odds.has_value());
}

TEST(Groups, MissingIsAGroupAndComesLast) {
  auto log = log_of_cells(example_cells());
  log.columns[0] = text_column("g", {"a"}, std::vector<std::int32_t>(100, 0));
  for (std::size_t row = 0; row < 40; ++row) log.columns[0].codes.set(row, table::kMissingCode);
  log.columns[0].missing = 40;
  const auto found = compare_groups(log, {});
  ASSERT_TRUE(found.has_value());
  const auto& groups = found->tables[0].groups;
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[1].n, 40U);
  EXPECT_EQ(groups[1].where[0].kind, table::Predicate::Kind::missing);
}

TEST(Groups, NumbersAreQuartilesAndFewWholeNumbersAreValues) {
  auto log = log_of_cells({{0, 0, 0, 100}});
  std::vector<double> age, level;
  for (int i = 0; i < 100; ++i) {
    age.push_back(20 + 0.5 * i);
    level.push_back(i % 3);
  }
  age[99] = kNaN;
  log.columns.push_back(number_column("age", age));
  log.columns.push_back(number_column("level", level));
  log.roles.groups = {{"age"}, {"level"}, {"level", "g"}};
  const auto found = compare_groups(log, {});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->tables[0].groups.size(), 5U);  // four ranges and missing
  ASSERT_EQ(found->tables[1].groups.size(), 3U);
  EXPECT_EQ(found->tables[1].groups[2].sql, "\"level\" = 2");
  EXPECT_EQ(found->tables[2].groups[0].sql, "\"level\" = 0 AND \"g\" = 'a'");
}

TEST(Groups, TooManyGroupsAndTimesAreRefused) {
  auto log = log_of_cells({{0, 0, 0, 400}});
  std::vector<std::string> names;
  std::vector<std::int32_t> codes;
  for (int i = 0; i < 400; ++i) {
    names.push_back("n" + std::to_string(1000 + i));
    codes.push_back(i);
  }
  log.columns.push_back(text_column("name", names, codes));
  log.roles.groups = {{"name"}};
  auto found = compare_groups(log, {});
  ASSERT_FALSE(found.has_value());
  EXPECT_THAT(found.error().message, HasSubstr("--groups name: it makes more than 300 groups"));
  table::Column time{.name = "at", .kind = table::ColumnKind::timestamp};
  time.micros.assign(400, 0);
  log.columns.push_back(time);
  log.roles.groups = {{"at"}};
  found = compare_groups(log, {});
  ASSERT_FALSE(found.has_value());
  EXPECT_THAT(found.error().message, HasSubstr("group column at: it holds times"));
}

TEST(Groups, MeansOfNumbersAreTestedByWelch) {
  table::PredictionLog log;
  log.task = table::Task::numbers;
  std::vector<double> label, prediction;
  std::vector<std::int32_t> codes;
  stats::Moments of_a, of_b;
  for (int i = 0; i < 80; ++i) {
    const double error = (i % 4) - (i < 40 ? 0 : 1.5);
    codes.push_back(i < 40 ? 0 : 1);
    label.push_back(i);
    prediction.push_back(i + error);
    (i < 40 ? of_a : of_b).add(error);
  }
  log.rows = 80;
  log.failed.assign(80, 0);
  log.columns = {number_column("y", label), number_column("p", prediction), text_column("g", {"a", "b"}, codes)};
  log.roles.label = "y";
  log.roles.prediction = "p";
  log.roles.groups = {{"g"}};
  const auto found = compare_groups(log, {});
  ASSERT_TRUE(found.has_value());
  const GroupFigure& bias = figure(found->tables[0].groups[0], GroupMeasure::bias);
  EXPECT_DOUBLE_EQ(bias.value, 1.5);
  EXPECT_NEAR(bias.rest, 0, 1e-12);
  EXPECT_NEAR(bias.log_p, stats::welch_test(of_b, of_a, .95).log_p, 1e-9);
  EXPECT_TRUE(bias.differs);
  EXPECT_DOUBLE_EQ(figure(found->tables[0].groups[1], GroupMeasure::mean_absolute_error).value, 1);
  EXPECT_FALSE(found->positive.has_value());
}

TEST(Groups, TheGapIsTheScoreMinusWhatHappened) {
  auto log = log_of_cells({{0, 1, 1, 3}, {0, 0, 1, 1}, {1, 1, 1, 4}});
  log.score_meaning = table::ScoreMeaning::positive_class;
  log.positive_score = log.confidence = {.9, .9, .9, .9, .8, .8, .8, .8};
  const auto found = compare_groups(log, {.min_cases = 2});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->calibration_of, "P(yes)");
  const Group& a = found->tables[0].groups[0];
  EXPECT_NEAR(figure(a, GroupMeasure::calibration_gap).value, .9 - .75, 1e-12);
  EXPECT_NEAR(figure(a, GroupMeasure::calibration_gap).rest, -.2, 1e-12);
  ASSERT_TRUE(a.ece.has_value());
  EXPECT_NEAR(*a.ece, .15, 1e-12);
}

TEST(Groups, MoreClassesHaveAFailureRateAlone) {
  auto log = log_of_cells(example_cells());
  log.classes.emplace_back("zebra");
  const auto found = compare_groups(log, {});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->tables[0].groups[0].figures.size(), 1U);
}

TEST(Groups, EqualGroupsAreSeldomSaidToDiffer) {
  // 200 logs of ten groups with one rate: the chance of any finding is 5% at most, and the interval of the largest
  // difference starts at 0 in at least 95%. Bounds are five standard deviations wide.
  int found_any = 0, apart = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Rng rng(seed);
    std::vector<Cell> cells;
    for (int i = 0; i < 1000; ++i) cells.push_back({i % 10, rng.uniform() < .5 ? 1 : 0, rng.uniform() < .5 ? 1 : 0, 1});
    const auto found = compare_groups(log_of_cells(cells, {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}), {});
    ASSERT_TRUE(found.has_value());
    bool any = false;
    for (const Group& group : found->tables[0].groups)
      for (const GroupFigure& one : group.figures) any = any || one.differs;
    found_any += any ? 1 : 0;
    apart += spread(found->tables[0], GroupMeasure::failure_rate).interval.low > 0 ? 1 : 0;
  }
  EXPECT_LE(found_any, 25);
  EXPECT_LE(apart, 25);
}

}  // namespace
}  // namespace errata::slice
