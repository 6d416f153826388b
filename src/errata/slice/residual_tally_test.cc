#include "errata/slice/residual_tally.h"

#include <gtest/gtest.h>

#include <string>

#include "errata/base/rng.h"

namespace errata::slice {
namespace {

table::CodedFeature random_feature(Rng& rng, std::size_t rows, std::size_t codes) {
  table::CodedFeature feature{.name = "f", .bins = std::vector<table::Bin>(codes)};
  feature.codes = table::FeatureCodes::made_of(rows, codes,
                                               [&](std::size_t) { return static_cast<table::Code>(rng.below(codes)); });
  return feature;
}

/// Every third row or so, of weights whose sums are not exact.
WeighedCases random_cases(Rng& rng, std::size_t rows) {
  WeighedCases cases;
  for (std::uint32_t row = 0; row < rows; ++row) {
    if (!rng.bernoulli(0.3)) continue;
    const auto p = static_cast<float>(1e-9 + rng.uniform());
    cases.members.push_back(row);
    cases.weights.push_back(
        {.n = 1, .observed = rng.bernoulli(p) ? 1.0F : 0.0F, .expected = p, .variance = p * (1 - p)});
  }
  return cases;
}

/// By definition: the sums of every second case, and then those of the others.
std::vector<Residual> plain_tally(const table::CodedFeature& feature, const WeighedCases& cases) {
  std::vector<Residual> even(feature.bins.size()), odd(feature.bins.size());
  for (std::size_t k = 0; k < cases.members.size(); ++k) {
    const auto& [n, observed, expected, variance] = cases.weights[k];
    Residual& cell = (k % 2 == 0 ? even : odd)[feature.codes[cases.members[k]]];
    cell += {.n = n, .observed = observed, .expected = expected, .variance = variance};
  }
  for (std::size_t code = 0; code < even.size(); ++code) even[code] += odd[code];
  return even;
}

void expect_same(const std::vector<Residual>& a, const std::vector<Residual>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].n, b[i].n);
    EXPECT_EQ(a[i].observed, b[i].observed);
    EXPECT_EQ(a[i].expected, b[i].expected);
    EXPECT_EQ(a[i].variance, b[i].variance);
  }
}

class TallyContract : public testing::TestWithParam<const TallyKernels*> {};

TEST_P(TallyContract, OneColumnOrTwoGiveTheBitsOfTheDefinition) {
  Rng rng(1);
  for (const std::size_t rows : {0U, 1U, 2U, 3U, 50U, 3'001U}) {
    const WeighedCases cases = random_cases(rng, rows);
    const auto few = random_feature(rng, rows, 3), many = random_feature(rng, rows, 200),
               wide = random_feature(rng, rows, 400);
    const NarrowColumn few_codes(few, {}), many_codes(many, {}), wide_codes(wide, {});
    const TallyColumn a{&few_codes, 3}, b{&many_codes, 200}, c{&wide_codes, 400};
    const auto both = tally(std::vector{a, b}, cases, *GetParam());
    expect_same(both[0], plain_tally(few, cases));
    expect_same(both[1], plain_tally(many, cases));
    expect_same(tally(std::vector{b}, cases, *GetParam())[0], plain_tally(many, cases));
    const auto with_wide = tally(std::vector{c, a}, cases, *GetParam());
    expect_same(with_wide[0], plain_tally(wide, cases));
    expect_same(with_wide[1], plain_tally(few, cases));
  }
}

INSTANTIATE_TEST_SUITE_P(Machine, TallyContract,
                         testing::ValuesIn(usable_tally_kernels().begin(), usable_tally_kernels().end()),
                         [](const auto& tested) { return std::string(tested.param->name); });

}  // namespace
}  // namespace errata::slice
