#include "errata/audit/case_points.h"

#include <gtest/gtest.h>

#include <cmath>

namespace errata::audit {
namespace {

/// n cases whose penultimate block lies on the line t · (3, −4)/5, t = −n/2 … n/2, behind a block that must not count.
AuditCases cases_on_a_line(std::size_t n) {
  AuditCases cases{.count = n,
                   .blocks = {{.name = "noise", .first = 0, .width = 1}, {.name = "hidden", .first = 1, .width = 2}},
                   .penultimate = 1,
                   .classes = {"a", "b"}};
  for (std::size_t i = 0; i < n; ++i) {
    const float t = static_cast<float>(i) - static_cast<float>(n - 1) / 2;
    cases.latents.insert(cases.latents.end(), {i % 2 == 0 ? 1000.0F : -1000.0F, 0.6F * t, -0.8F * t});
    cases.logits.insert(cases.logits.end(), {std::log(3.0F), 0});
    cases.failed.push_back(i % 3 == 0);
  }
  return cases;
}

TEST(CasePoints, KeepsTheOrderRisksAndOutcomesOfEvenlySpacedCases) {
  const AuditCases cases = cases_on_a_line(10);
  const std::vector<double> risks{0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9};
  const auto sample = case_points(cases, risks, 5);
  ASSERT_EQ(sample.size(), 5);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_FLOAT_EQ(sample[i].risk, static_cast<float>(risks[2 * i]));
    EXPECT_EQ(sample[i].failed, (2 * i) % 3 == 0);
    EXPECT_FLOAT_EQ(sample[i].confidence, 0.75F);
  }
  EXPECT_EQ(case_points(cases, risks, 2000).size(), 10);
}

TEST(CasePoints, PositionsAreThoseAlongTheLineOfThePenultimateBlock) {
  const AuditCases cases = cases_on_a_line(9);
  const auto sample = case_points(cases, std::vector<double>(9, 0.5), 100);
  for (std::size_t i = 0; i < 9; ++i) {
    // The largest weight, −0.8, is made positive: the axis is (−0.6, 0.8).
    EXPECT_NEAR(sample[i].pca1, 4 - static_cast<double>(i), 1e-5);
    EXPECT_NEAR(sample[i].pca2, 0, 1e-5);
  }
}

TEST(CasePoints, ManyColumnsHaveTheSamePositionsAsFew) {
  // Two directions carry all variance: 400 columns of them, and the same two columns alone.
  const auto cases_of = [](std::size_t copies) {
    AuditCases cases{.count = 50, .classes = {}, .failed = std::vector<std::uint8_t>(50, 0)};
    for (std::size_t i = 0; i < 50; ++i) {
      const float a = static_cast<float>(i % 10) - 4.5F, b = static_cast<float>(i / 10) - 2;
      for (std::size_t c = 0; c < copies; ++c) cases.latents.insert(cases.latents.end(), {a, b});
    }
    cases.blocks = {{.name = "h", .first = 0, .width = 2 * copies}};
    return cases;
  };
  const std::vector<double> risks(50, .5);
  const auto few = case_points(cases_of(1), risks, 100), many = case_points(cases_of(200), risks, 100);
  for (std::size_t i = 0; i < 50; ++i) {
    EXPECT_NEAR(many[i].pca1, few[i].pca1 * std::sqrt(200.), 1e-2);
    EXPECT_NEAR(many[i].pca2, few[i].pca2 * std::sqrt(200.), 1e-2);
  }
}

TEST(CasePoints, CasesWithoutLogitsOrLatentsHaveNeitherConfidenceNorPosition) {
  const AuditCases cases{.count = 2, .failed = {0, 1}};
  const auto sample = case_points(cases, std::vector<double>{0.2, 0.9}, 100);
  ASSERT_EQ(sample.size(), 2);
  EXPECT_TRUE(std::isnan(sample[0].confidence));
  EXPECT_EQ(sample[1].pca1, 0);
  EXPECT_TRUE(sample[1].failed);
  EXPECT_TRUE(case_points(AuditCases{}, {}, 100).empty());
}

}  // namespace
}  // namespace errata::audit
