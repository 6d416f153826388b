#include "errata/slice/expectation.h"

#include <gtest/gtest.h>

#include <numeric>

namespace errata::slice {
namespace {

double sum(std::span<const float> values, std::uint32_t first, std::uint32_t end) {
  return std::accumulate(values.begin() + first, values.begin() + end, 0.0);
}

std::vector<std::uint32_t> cases(std::uint32_t first, std::uint32_t end) {
  std::vector<std::uint32_t> some(end - first);
  std::iota(some.begin(), some.end(), first);
  return some;
}

TEST(Expectation, BeginsWithTheMeanOrWhatIsGiven) {
  const std::vector<float> response{1, 0, 0, 0};
  EXPECT_FLOAT_EQ(Expectation(response, {}).expected()[3], 0.25F);
  EXPECT_FLOAT_EQ(Expectation(response, {0.1F, 0.2F, 0.3F, 0.4F}).expected()[2], 0.3F);
}

TEST(Expectation, AnExplainedSliceIsExpectedToFailAsItDoesAndTheRestLess) {
  // Cases 0 … 99 fail at 60%, the other 900 at 10%: 150 failures, 15% at first.
  std::vector<float> response(1'000, 0);
  for (std::size_t i = 0; i < 60; ++i) response[i] = 1;
  for (std::size_t i = 100; i < 190; ++i) response[i] = 1;
  Expectation expectation(response, {});
  expectation.explain(cases(0, 100));
  EXPECT_NEAR(sum(expectation.expected(), 0, 100), 60, 1e-3);
  EXPECT_NEAR(sum(expectation.expected(), 100, 1'000), 90, 1e-3);
}

TEST(Expectation, KeepsTheProportionsOfTheBaseInsideASlice) {
  // Half of the slice was expected to fail twice as often as the other half; three times as many fail as expected.
  std::vector<float> base(400, 0.1F), response(400, 0);
  for (std::size_t i = 0; i < 100; ++i) base[i] = i < 50 ? 0.05F : 0.1F;
  for (std::size_t i = 0; i < 22; ++i) response[i] = 1;
  for (std::size_t i = 100; i < 130; ++i) response[i] = 1;
  Expectation expectation(response, base);
  expectation.explain(cases(0, 100));
  const auto expected = expectation.expected();
  EXPECT_NEAR(sum(expected, 0, 100), 22, 0.3);
  EXPECT_NEAR(expected[60] / expected[10], 2, 1e-5);
}

TEST(Expectation, WhereSlicesOverlapTheRateObservedThereCounts) {
  // Two slices that fail at 80% each, also where they overlap: a product of their factors would expect more than all.
  std::vector<float> response(10'000, 0);
  for (std::size_t i = 0; i < 3'000; ++i) response[i] = i % 5 < 4 ? 1 : 0;
  for (std::size_t i = 3'000; i < 10'000; ++i) response[i] = i % 10 < 3 ? 1 : 0;
  Expectation expectation(response, {});
  expectation.explain(cases(0, 2'000));
  expectation.explain(cases(1'000, 3'000));
  EXPECT_NEAR(sum(expectation.expected(), 1'000, 2'000) / 1'000, 0.8, 0.01);
  EXPECT_NEAR(sum(expectation.expected(), 0, 1'000) / 1'000, 0.8, 0.01);
  EXPECT_NEAR(sum(expectation.expected(), 3'000, 10'000) / 7'000, 0.3, 0.01);
}

TEST(Expectation, ASliceWithoutAFailureIsNotExpectedToHaveNoneForEver) {
  std::vector<float> response(100, 0);
  response[50] = 1;
  Expectation expectation(response, {});
  expectation.explain(cases(0, 50));
  EXPECT_GT(expectation.expected()[0], 0);
}

}  // namespace
}  // namespace errata::slice
