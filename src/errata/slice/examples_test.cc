#include "errata/slice/examples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "errata/slice/search.h"

namespace errata::slice {
namespace {

using ::testing::ElementsAre;

table::PredictionLog log_of(std::size_t rows) {
  table::PredictionLog log;
  log.rows = rows;
  table::Column x{.name = "x"}, colour{.name = "colour", .kind = table::ColumnKind::categorical};
  colour.categories = {"blue", "green", "red"};
  for (std::size_t row = 0; row < rows; ++row) {
    x.numbers.push_back(static_cast<double>(row));
    colour.codes.push_back(row % 2 == 0 ? 2 : table::kMissingCode);
    log.failed.push_back(row % 3 == 0 ? 1 : 0);
  }
  log.columns = {x, colour};
  log.roles.features = {"x", "colour"};
  return log;
}

TEST(Examples, FailuresAtEvenSteps) {
  const auto log = log_of(300);  // 100 failures at 0, 3, …
  const std::vector<std::uint8_t> all(300, 1);
  const auto examples = example_cases(log, rows_of(all), {});
  EXPECT_THAT(examples.rows, ElementsAre(30U, 90U, 150U, 210U, 270U));
  std::vector<std::uint8_t> few(300, 0);
  few[2] = few[3] = few[6] = 1;
  EXPECT_THAT(example_cases(log, rows_of(few), {}).rows, ElementsAre(3U, 6U));
}

TEST(Examples, FeaturesOfTheSliceStandFirst) {
  const auto log = log_of(30);
  const std::vector<std::uint8_t> all(30, 1);
  const std::vector<table::Predicate> where{{.feature = "colour", .value = "red"}};
  const auto examples = example_cases(log, rows_of(all), where, {.cases = 2, .features = 2});
  ASSERT_EQ(examples.columns.size(), 2U);
  EXPECT_EQ(examples.columns[0].name, "colour");
  EXPECT_EQ(examples.columns[1].name, "x");
  EXPECT_THAT(examples.columns[1].numbers, ElementsAre(6, 21));
  EXPECT_THAT(examples.columns[0].categories, ElementsAre("red"));
  EXPECT_THAT(examples.columns[0].codes, ElementsAre(0, table::kMissingCode));
  EXPECT_EQ(examples.columns[0].missing, 1U);
}

TEST(Examples, RowsAreCountedOverTheFiles) {
  table::PredictionLog log;
  EXPECT_EQ(row_of_files(log, 7), 7U);
  log.left_out = {0, 1, 5};  // cases stand in rows 2, 3, 4, 6, 7, …
  EXPECT_EQ(row_of_files(log, 0), 2U);
  EXPECT_EQ(row_of_files(log, 2), 4U);
  EXPECT_EQ(row_of_files(log, 3), 6U);
  EXPECT_EQ(row_of_files(log, 4), 7U);
}

}  // namespace
}  // namespace errata::slice
