#include "errata/tokenizer/byte_pair_training.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace errata::tokenizer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Texts = std::vector<std::string>;

std::vector<std::string> learned(const Texts& texts, std::size_t more, const BytePairTraining& training = {}) {
  BytePairTraining sized = training;
  sized.size = 257 + more;
  const auto vocabulary = train_byte_pairs(texts, sized).value();
  return {vocabulary.tokens.begin() + 257, vocabulary.tokens.end()};
}

TEST(BytePairTraining, TheMostFrequentPairGoesFirst) {
  // "low" 3 times, "lower" twice with a space: l o 5, o w 5, w e 2, e r 2, Ġ l 2. Of l o and o w the one of less
  // numbers.
  EXPECT_THAT(learned({"low low low", "low", "newer"}, 3), ElementsAre("lo", "low", "Ġlow"));
  EXPECT_THAT(learned({"ab ab ab"}, 9), ElementsAre("ab", "Ġab")) << "fewer where no pair is left";
}

TEST(BytePairTraining, PairsThatOverlapAreCountedAsTheyAreMerged) {
  EXPECT_THAT(learned({"aaaa"}, 9), ElementsAre("aa", "aaaa"));
  EXPECT_THAT(learned({"aaaaa"}, 9), ElementsAre("aa", "aaa", "aaaaa"))
      << "of aa aa and aa a the latter has less numbers";
}

TEST(BytePairTraining, ItsVocabularyEncodesAndNoMergeGoesBeyondAPiece) {
  const Texts texts{"12 + 34 = 46", "7 + 5 = 12"};
  const auto vocabulary =
      train_byte_pairs(
          texts, {.size = 300, .splitting = {.steps = {{.pattern = std::string(kDigitPattern)}}, .as_gpt2 = true}})
          .value();
  const auto tokenizer = ByteLevelTokenizer::create(vocabulary, "trained").value();
  EXPECT_EQ(tokenizer.number_of(kEndOfText), 0);
  EXPECT_EQ(tokenizer.encode("46")->size(), 2U) << "digits stay alone";
  EXPECT_EQ(tokenizer.encode(" + ")->size(), 2U);
  EXPECT_EQ(tokenizer.decode(tokenizer.encode(texts[0]).value()), texts[0]);
  EXPECT_EQ(vocabulary, train_byte_pairs(texts, {.size = 300, .splitting = vocabulary.splitting}).value());
}

TEST(BytePairTraining, WhatCannotBeTrainedIsRefused) {
  const Texts texts{"a"};
  EXPECT_THAT(train_byte_pairs(texts, {.size = 256}).error().message, HasSubstr("256 tokens is not in 257 to 1048576"));
  EXPECT_THAT(train_byte_pairs(texts, {.size = 300, .splitting = {.steps = {{.pattern = "("}}}}).error().message,
              HasSubstr("a group is open"));
  EXPECT_THAT(train_byte_pairs(texts, {.size = 300, .special = {"a"}}).error().message, HasSubstr("is a byte"));
}

}  // namespace
}  // namespace errata::tokenizer
