#include "errata/language/perplexity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "errata/base/test_folder.h"
#include "errata/language/character_tokenizer.h"
#include "errata/language/test_slow_model.h"

namespace errata::language {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

TEST(Perplexity, OfAModelThatExpectsEverythingAlikeIsItsVocabulary) {
  Model model = small_model(true);
  std::ranges::fill(model.values, 0.0F);
  EXPECT_NEAR(perplexity(model, {{1, 6, 0}, {2, 5}}).value(), 7, 1e-6);
}

TEST(Perplexity, IsThatOfTheFormulasOverAllTokensButTheFirst) {
  const Model model = small_model(false);
  const Texts texts{{1, 6, 0, 3}, {5, 2}};
  double sum = 0;
  for (const auto& text : texts) {
    const auto logits = SlowModel(model).logits(text);
    for (std::size_t t = 0; t + 1 < text.size(); ++t) {
      double all = 0;
      for (const double logit : logits[t]) all += std::exp(logit);
      sum -= std::log(std::exp(logits[t][static_cast<std::size_t>(text[t + 1])]) / all);
    }
  }
  EXPECT_NEAR(perplexity(model, texts).value(), std::exp(sum / 4), 1e-3);
  EXPECT_FALSE(perplexity(model, {}));
  EXPECT_FALSE(perplexity(model, {{1}}));
  EXPECT_THAT(perplexity(model, {{1, 7}}).error().message, HasSubstr("token"));
}

TEST(Texts, ArePartedByWhatTheySay) {
  const Texts texts{{1, 2}, {3, 4, 5}, {6}, {1, 1}, {2, 2}};
  const PartedTexts parts = parted(texts);
  EXPECT_EQ(parts.measured.size(), 3U);
  EXPECT_EQ(parts.rehearsed.size(), 2U);
  Texts all = parts.measured;
  all.insert(all.end(), parts.rehearsed.begin(), parts.rehearsed.end());
  EXPECT_THAT(all, ::testing::UnorderedElementsAreArray(texts));
  const PartedTexts backwards = parted({texts.rbegin(), texts.rend()});
  EXPECT_EQ(backwards.measured, parts.measured);
  EXPECT_EQ(parted({{1}}).measured.size(), 1U);
  const PartedTexts repeated = parted({{1, 2}, {1, 2}, {1, 2}, {3, 4}, {3, 4}});  // on one side alone
  EXPECT_EQ(repeated.measured.size(), 1U);
  EXPECT_EQ(repeated.rehearsed.size(), 1U);
  EXPECT_NE(repeated.measured, repeated.rehearsed);
}

TEST(Texts, AreLinesThatCanBeRead) {
  const TestFolder folder;
  const auto tokenizer = CharacterTokenizer::create("abc ").value();
  const auto read = [&](const std::string& content) {
    std::ofstream(folder / "t.txt", std::ios::binary) << content;
    return read_texts(folder / "t.txt", tokenizer, 6);
  };
  EXPECT_THAT(read("ab\r\n \n\nc a").value(),
              ::testing::ElementsAre(tokenizer.encode("ab").value(), tokenizer.encode("c a").value()));
  EXPECT_THAT(read("ab\n\nabx\n").error().message, ::testing::AllOf(HasSubstr("t.txt, line 3: "), HasSubstr("x")));
  EXPECT_THAT(read("a\n").error().message, HasSubstr("line 1: a text of 1 tokens is not from 2 to 6"));
  EXPECT_THAT(read("abcabca\n").error().message, HasSubstr("a text of 7 tokens"));
  EXPECT_THAT(read("\n \n").error().message, EndsWith("no line with a text"));
  EXPECT_FALSE(read_texts(folder / "none.txt", tokenizer, 6));
}

}  // namespace
}  // namespace errata::language
