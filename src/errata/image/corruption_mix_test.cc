#include "errata/image/corruption_mix.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace errata::image {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(CorruptionMix, WordsNameTheMixesAndFlagsChangeThem) {
  EXPECT_EQ(mix_of({.mix = "source"}).value(), source_mix());
  EXPECT_EQ(mix_of({.mix = "train"}).value(), broad_mix(training_pool()));
  EXPECT_EQ(mix_of({.mix = "all"}).value(), broad_mix(every_corruption()));
  const auto named = mix_of({.mix = "fog,rotate", .probability = 0.5, .chain = 3, .partial = 0.25}).value();
  EXPECT_THAT(named.pool, ElementsAre(Corruption::fog, Corruption::rotate));
  EXPECT_EQ(words_of(named), "fog, rotate, probability 0.5, up to 3 in a row, 0.25 of them in a part of the image");
  EXPECT_EQ(words_of(mix_of({.mix = "none"}).value()), "images as they are");
}

TEST(CorruptionMix, WhatCannotBeIsRefusedWithItsLimits) {
  const auto message = [](const MixWords& words) { return mix_of(words).error().message; };
  EXPECT_EQ(message({.probability = 1.5}), "probability 1.5 is not in [0, 1]");
  EXPECT_EQ(message({.partial = -1}), "partial -1 is not in [0, 1]");
  EXPECT_EQ(message({.chain = 9}), "chain 9 is not in 1 … 8");
  EXPECT_EQ(message({.mix = "none", .probability = 0.5}), "mix none: there is nothing to draw from");
  EXPECT_THAT(message({.mix = "fog,smog"}),
              AllOf(HasSubstr("mix 'fog,smog'"), HasSubstr("'smog'"), HasSubstr("or source, train, all, none")));
}

/// What the default auditor is measured on as unseen must not be in its pool.
TEST(CorruptionMix, TheUnseenMixesAreKeptFromTheTrainingPool) {
  const auto pool = training_pool();
  for (const auto& mix : {unseen_mix_a(), unseen_mix_b()})
    for (const Corruption corruption : mix.pool) EXPECT_EQ(std::ranges::count(pool, corruption), 0);
}

}  // namespace
}  // namespace errata::image
