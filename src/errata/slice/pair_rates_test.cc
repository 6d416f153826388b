#include "errata/slice/pair_rates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace errata::slice {
namespace {

using ::testing::ElementsAre;

table::CodedFeature categories(std::string name, std::vector<std::string> values, std::vector<table::Code> codes) {
  table::CodedFeature feature{.name = std::move(name), .codes = codes, .bins = {}};
  for (std::string& value : values) {
    feature.bins.push_back({.kind = table::Bin::Kind::category, .category = std::move(value), .members = {}});
  }
  return feature;
}

TEST(PairRates, CountsEveryPairOfBins) {
  const table::CodedTable coded{.rows = 6,
                                .features = {categories("x", {"a", "b", "c"}, {0, 1, 2, 0, 1, 2}),
                                             categories("y", {"u", "v"}, {0, 0, 0, 1, 1, 0})}};
  const std::vector<std::uint8_t> failed{1, 0, 1, 0, 1, 1};

  const PairRates rates = count_pair_rates(coded, failed, 0, 1);

  EXPECT_EQ(rates.feature_x, "x");
  EXPECT_EQ(rates.feature_y, "y");
  EXPECT_THAT(rates.n, ElementsAre(1, 1, 2, 1, 1, 0));
  EXPECT_THAT(rates.failures, ElementsAre(1, 0, 2, 0, 1, 0));
  EXPECT_EQ(rates.bins_x[2].value, "c");
  EXPECT_EQ(rates.left_out, 0);
}

TEST(PairRates, ShowsTheMostFrequentBinsAndCountsTheOthersAsLeftOut) {
  const table::CodedTable coded{.rows = 6,
                                .features = {categories("x", {"a", "b", "c"}, {0, 1, 1, 2, 2, 2}),
                                             categories("y", {"u", "v"}, {0, 1, 0, 1, 1, 1})}};
  const std::vector<std::uint8_t> failed{1, 1, 0, 0, 1, 1};

  const PairRates rates = count_pair_rates(coded, failed, 0, 1, 2);

  ASSERT_EQ(rates.bins_x.size(), 2);
  EXPECT_EQ(rates.bins_x[0].value, "b");
  EXPECT_EQ(rates.bins_x[1].value, "c");
  EXPECT_THAT(rates.n, ElementsAre(1, 0, 1, 3));
  EXPECT_THAT(rates.failures, ElementsAre(0, 0, 1, 2));
  EXPECT_EQ(rates.left_out, 1);
  EXPECT_EQ(std::accumulate(rates.n.begin(), rates.n.end(), rates.left_out), coded.rows);
}

}  // namespace
}  // namespace errata::slice
