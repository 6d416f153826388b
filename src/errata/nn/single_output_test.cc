#include "errata/nn/single_output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace errata::nn {
namespace {

using ::testing::ElementsAre;

TEST(SingleOutput, NumbersBetween0And1AreProbabilities) {
  EXPECT_EQ(kind_of_single(std::vector<float>{0, .5F, 1}), SingleOutput::probability);
  EXPECT_EQ(kind_of_single(std::vector<float>{.5F, 1.01F}), SingleOutput::logit);
  EXPECT_EQ(kind_of_single(std::vector<float>{-.01F, .5F}), SingleOutput::logit);
}

TEST(SingleOutput, BecomesTwo) {
  EXPECT_THAT(two_of_single(std::vector<float>{-1, 2.5F}, SingleOutput::logit), ElementsAre(0, -1, 0, 2.5F));
  EXPECT_THAT(two_of_single(std::vector<float>{.25F, 1}, SingleOutput::probability), ElementsAre(.75F, .25F, 0, 1));
}

TEST(SingleOutput, IsToldInWords) {
  EXPECT_EQ(words_of_single(SingleOutput::logit, "bad", "good"),
            "one logit a case: taken as that of good, with 0 for bad");
  EXPECT_EQ(words_of_single(SingleOutput::probability, "bad", "good"),
            "one probability a case: taken as that of good, and 1 minus it for bad");
  EXPECT_EQ(words_of_single(SingleOutput::none, "bad", "good"), "");
}

}  // namespace
}  // namespace errata::nn
