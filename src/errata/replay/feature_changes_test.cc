#include "errata/replay/feature_changes.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "errata/base/rng.h"
#include "errata/replay/test_log.h"

namespace errata::replay {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::size_t kLogCases = 1000, kWarmCases = 100;

/// A log with one more feature.
table::PredictionLog with(table::Column column) {
  auto log = example_log(kLogCases);
  log.roles.features.push_back(column.name);
  log.columns.push_back(std::move(column));
  return log;
}

std::vector<std::string> changes_in(const table::PredictionLog& log) {
  const auto cases = CaseStream::make(log, {.warm_up = {.cases = kWarmCases}});
  EXPECT_TRUE(cases) << cases.error().message;
  return feature_changes(*cases);
}

/// Numbers by a function of the row and of a draw from a normal distribution about 5.
template <typename Of>
table::Column drawn(Of of) {
  Rng rng(4);
  std::vector<double> values;
  for (std::size_t row = 0; row < kLogCases; ++row) values.push_back(of(row, 5 + rng.normal()));
  return numbers("x", std::move(values));
}

TEST(FeatureChanges, OfAStreamThatStaysAreNone) {
  EXPECT_THAT(changes_in(example_log(kLogCases)), IsEmpty());
  EXPECT_THAT(changes_in(with(drawn([](std::size_t row, double x) { return row < 500 ? x : 3 * x; }))), IsEmpty());
}

TEST(FeatureChanges, TrendsAndWhatRoundingLeavesOfZeroAreNone) {
  EXPECT_THAT(changes_in(with(drawn([](std::size_t row, double x) { return x * std::exp(0.005 * double(row)); }))),
              IsEmpty());
  EXPECT_THAT(changes_in(with(drawn([](std::size_t row, double x) { return row / 100 % 3 == 2 ? 1e-17 * x : x; }))),
              IsEmpty());
}

TEST(FeatureChanges, NumbersInAnotherUnitAreTold) {
  for (const double factor : {10.0, 1e7, 1e-3}) {
    SCOPED_TRACE(factor);
    const auto changes = changes_in(with(drawn([&](std::size_t row, double x) { return row < 550 ? x : factor * x; })));
    const std::string words =
        factor > 1 ? "times as large from about row 551 on" : "times as small from about row 551 on";
    EXPECT_THAT(changes, ElementsAre(AllOf(HasSubstr("feature x: its numbers are about"), HasSubstr(words))));
  }
}

TEST(FeatureChanges, AFeatureThatIsGoneIsTold) {
  const double missing = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(changes_in(with(drawn([&](std::size_t row, double x) { return row < 700 ? x : missing; }))),
              ElementsAre("feature x: it is missing in all 300 cases from row 701 on"));
  EXPECT_THAT(
      changes_in(with(drawn([&](std::size_t row, double x) { return row < 500 || row % 2 == 0 ? x : missing; }))),
      ElementsAre("feature x: it is missing in 27.8% of the evaluated cases, in 0.0% of those before"));
  EXPECT_THAT(changes_in(with(drawn([&](std::size_t row, double x) { return row % 2 == 0 ? x : missing; }))), IsEmpty())
      << "it was so before";
}

TEST(FeatureChanges, CategoriesThatNobodyHadSeenAreTold) {
  std::vector<std::int32_t> codes(kLogCases), many(kLogCases);
  for (std::size_t row = 0; row < kLogCases; ++row)
    codes[row] = static_cast<std::int32_t>(row % 3 + (row < 550 ? 0 : 3));
  EXPECT_THAT(
      changes_in(with(words("c", {"a", "b", "c", "d", "e", "f"}, codes))),
      ElementsAre("feature c: 50.0% of the evaluated cases have a value that no case before has, like 'e' in row 551"));
  std::vector<std::string> names;
  for (std::size_t row = 0; row < kLogCases; ++row) {
    names.push_back(std::to_string(row));
    many[row] = static_cast<std::int32_t>(row);
  }
  EXPECT_THAT(changes_in(with(words("name", names, many))), IsEmpty()) << "each value is new, also before";
}

}  // namespace
}  // namespace errata::replay
