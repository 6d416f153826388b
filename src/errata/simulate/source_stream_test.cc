#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>

#include "errata/base/test_folder.h"
#include "errata/simulate/simulate.h"
#include "errata/table/read_log.h"

namespace errata::simulate {
namespace {

using ::testing::HasSubstr;

SimulatedLog drawn(std::size_t rows, std::uint64_t seed) {
  auto log = simulate({.kind = "regimes", .rows = rows, .seed = seed});
  EXPECT_TRUE(log.has_value()) << log.error().message;
  return std::move(*log);
}

std::vector<double> numbers(const std::vector<table::Column>& columns, std::string_view name) {
  const auto found = std::ranges::find(columns, name, &table::Column::name);
  ERRATA_CHECK(found != columns.end() && !found->numbers.empty());
  return found->numbers.to_vector();
}

double six_digits(double value) { return std::stod(fmt::format("{:.6g}", value)); }

// What NumPy draws after seed(42): the first five are the weights of the rule, and again the first case.
TEST(Regimes, BeginsAsTheLegacyGeneratorDoes) {
  const auto log = drawn(10, 42);
  const std::vector<double> first{0.496714, -0.138264, 0.647689, 1.52303, -0.234153};
  for (std::size_t c = 0; c < 5; ++c) EXPECT_EQ(six_digits(numbers(log.columns, fmt::format("f{}", c))[0]), first[c]);
  const double next = numbers(log.columns, "f0")[1];  // after two numbers of hidden context
  EXPECT_EQ(six_digits(next), 0.767435);
  EXPECT_EQ(next, static_cast<double>(static_cast<float>(next)));
}

TEST(Regimes, EqualsThePublishedSimulationNumberForNumber) {
  const auto file = real_data("streams/seed__lr_frozen.csv.gz");
  if (file.empty()) GTEST_SKIP() << "the real logs are not there (ERRATA_DATA)";
  const auto published = table::read_log({.paths = {file}});
  ASSERT_TRUE(published.has_value()) << published.error().message;
  const auto log = drawn(0, 42);
  ASSERT_EQ(published->rows, log.failed.size());
  for (const char* name : {"f0", "f1", "f2", "f3", "f4", "y_true", "y_pred", "t", "regime"}) {
    const auto &ours = numbers(log.columns, name), &theirs = numbers(published->columns, name);
    std::size_t different = 0;
    for (std::size_t t = 0; t < theirs.size(); ++t) different += six_digits(ours[t]) != theirs[t];
    EXPECT_EQ(different, 0U) << name;
  }
  // Their regression stops a little before the optimum. The reader sets their second score, p, aside.
  const auto &p1 = numbers(log.columns, "p1"), &p = numbers(log.columns, "p");
  const auto& theirs = numbers(published->columns, "p1");
  double most = 0;
  for (std::size_t t = 0; t < theirs.size(); ++t) {
    most = std::max(most, std::abs(p1[t] - theirs[t]));
    ASSERT_EQ(p[t], std::max(p1[t], 1 - p1[t]));
  }
  EXPECT_LT(most, 2e-5);
}

TEST(Regimes, TheTruthKnowsEveryRegime) {
  const auto log = drawn(12'500, 5);
  ASSERT_EQ(log.truth.modes.size(), 5U);
  ASSERT_EQ(log.truth.regimes.size(), 13U);
  EXPECT_EQ(log.truth.regimes[6].mode, 1U);
  EXPECT_EQ(log.truth.regimes[12].begin_row, 12'000U);
  EXPECT_EQ(log.truth.regimes[12].end_row, 12'500U);
  EXPECT_EQ(log.truth.modes[3].failure_rate, 0.5);  // nothing in the features tells the label
  EXPECT_EQ(log.truth.modes[0].n, 3'000U);
  const auto& regime = numbers(log.columns, "regime");
  for (std::size_t t = 0; t < regime.size(); ++t) {
    ASSERT_EQ(regime[t], static_cast<double>(t / 1'000 % 5));
    const bool chance = regime[t] == 2 || regime[t] == 3;
    ASSERT_TRUE(chance || log.failure_rate[t] == log.failed[t]) << t;  // x and the regime tell all else
  }
}

TEST(Regimes, AnotherSeedIsAnotherStream) {
  EXPECT_NE(numbers(drawn(5, 42).columns, "f0"), numbers(drawn(5, 43).columns, "f0"));
  EXPECT_THAT(simulate({.kind = "regimes", .seed = 1ULL << 32}).error().message,
              HasSubstr("seed 4294967296 is over the limit of 4294967295"));
}

TEST(Regimes, IsALogWithItsRoles) {
  const auto log = prediction_log(drawn(200, 1));
  EXPECT_EQ(log.roles.label, "y_true");
  EXPECT_EQ(log.roles.score, "p1");
  EXPECT_THAT(log.roles.features, ::testing::ElementsAre("f0", "f1", "f2", "f3", "f4"));
  for (std::size_t r = 0; r < log.rows; ++r)
    ASSERT_EQ(log.label_class[r] != log.predicted_class[r], log.failed[r] != 0);
}

}  // namespace
}  // namespace errata::simulate
