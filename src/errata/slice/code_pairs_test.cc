#include "errata/slice/code_pairs.h"

#include <gtest/gtest.h>

#include "errata/base/rng.h"

namespace errata::slice {
namespace {

using Features = std::vector<table::CodedFeature>;

Features random_features(Rng& rng, std::size_t rows) {
  Features features;
  for (const std::size_t codes : {1U, 2U, 7U, 300U}) {
    table::CodedFeature feature{.name = "f", .bins = std::vector<table::Bin>(codes)};
    feature.codes = table::FeatureCodes::made_of(
        rows, codes, [&](std::size_t) { return static_cast<table::Code>(rng.below(codes)); });
    features.push_back(std::move(feature));
  }
  return features;
}

std::vector<std::uint64_t> plain_pairs(const Features& features, std::span<const std::uint8_t> failed) {
  std::vector<std::size_t> first{0};
  for (const auto& feature : features) first.push_back(first.back() + feature.bins.size());
  std::vector<std::uint64_t> counts(first.back() * first.back());
  for (std::size_t row = 0; row < failed.size(); ++row)
    for (std::size_t f = 0; f < features.size(); ++f)
      for (std::size_t g = 0; g < features.size(); ++g)
        counts[(first[f] + features[f].codes[row]) * first.back() + first[g] + features[g].codes[row]] +=
            1 + (std::uint64_t{failed[row]} << 32U);
  return counts;
}

TEST(CodePairs, AreTheCasesAndFailuresOfEveryTwoCodes) {
  Rng rng(1);
  for (const std::size_t rows : {1U, 63U, 64U, 1'000U, 16'384U, 40'001U}) {
    const Features features = random_features(rng, rows);
    std::vector<const table::CodedFeature*> pointers;
    for (const auto& feature : features) pointers.push_back(&feature);
    for (const double rate : {0.0, 0.2, 1.0}) {
      std::vector<std::uint8_t> failed;
      for (std::size_t row = 0; row < rows; ++row) failed.push_back(rng.bernoulli(rate) ? 1 : 0);
      const auto expected = plain_pairs(features, failed);
      for (const std::size_t threads : {1U, 3U}) {
        ThreadPool pool(threads);
        EXPECT_EQ(count_code_pairs(pointers, failed, pool), expected) << rows << " rows, rate " << rate;
      }
    }
  }
}

TEST(CodePairs, AreQuickWithFewCodesOnly) {
  const table::CodedFeature two{.name = "two", .bins = std::vector<table::Bin>(2)};
  const table::CodedFeature many{.name = "many", .bins = std::vector<table::Bin>(1'000)};
  EXPECT_TRUE(code_pairs_are_quick(std::vector{&two, &two, &two}));
  EXPECT_FALSE(code_pairs_are_quick(std::vector{&two, &many, &two}));
}

}  // namespace
}  // namespace errata::slice
