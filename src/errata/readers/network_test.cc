#include "errata/readers/network.h"

#include <gmock/gmock.h>

namespace errata::readers {
namespace {

using testing::ElementsAre;

TEST(InputOf, LaysPixelsOutAsTheModelTakesThem) {
  const image::Picture picture{.height = 1, .width = 2, .channels = 3, .bytes = {255, 0, 51, 0, 255, 102}};
  const InputSize size{.height = 1, .width = 2, .filled_height = 1, .filled_width = 2};
  EXPECT_THAT(input_of(picture, size, {}), ElementsAre(1, 0, 0, 1, .2F, .4F));
  EXPECT_THAT(input_of(picture, size, {.blue_first = true}), ElementsAre(.2F, .4F, 0, 1, 1, 0));
  EXPECT_THAT(input_of(picture, size, {.channels_last = true}), ElementsAre(1, 0, .2F, 0, 1, .4F));
  const InputLayout normalised{.mean = {.5F, .5F, .5F}, .sd = {.5F, .25F, .5F}};
  EXPECT_THAT(input_of(picture, size, normalised),
              testing::Pointwise(testing::FloatNear(1e-6F), {1.0F, -1.0F, -2.0F, 2.0F, -.6F, -.2F}));
}

TEST(InputOf, GreyFillsAllChannelsAndTheFrameIsFilled) {
  const image::Picture picture{.height = 1, .width = 1, .channels = 1, .bytes = {51}};
  const InputSize size{.height = 2, .width = 2, .filled_height = 1, .filled_width = 1, .around = 255};
  EXPECT_THAT(input_of(picture, size, {}), ElementsAre(.2F, 1, 1, 1, .2F, 1, 1, 1, .2F, 1, 1, 1));
}

TEST(InputOf, ShrinksToTheMeanOfAnArea) {
  const image::Picture picture{.height = 2, .width = 4, .channels = 1, .bytes = {0, 100, 10, 10, 100, 0, 30, 30}};
  const InputSize size{.height = 1, .width = 2, .filled_height = 1, .filled_width = 2};
  const auto input = input_of(picture, size, {});
  EXPECT_FLOAT_EQ(input[0], 50.0F / 255);
  EXPECT_FLOAT_EQ(input[1], 20.0F / 255);
}

}  // namespace
}  // namespace errata::readers
