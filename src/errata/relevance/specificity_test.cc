#include "errata/relevance/specificity.h"

#include <gtest/gtest.h>

namespace errata::relevance {
namespace {

TEST(Words, AreInLowerCaseWithoutSigns) {
  EXPECT_EQ(words_of("What's the RED box? 20%"), (std::vector<std::string>{"what's", "the", "red", "box", "20"}));
  EXPECT_EQ(words_of("où, 'quoted'"), (std::vector<std::string>{"où", "quoted"}));
  EXPECT_TRUE(words_of(" ?! ").empty());
}

TEST(Specificity, OfTheDocumentsExamples) {
  EXPECT_EQ(specificity_of("Describe this.").value, 0);
  EXPECT_EQ(specificity_of("What does this painting represent?").value, 0);
  EXPECT_EQ(specificity_of("What is the red object?").telling, 1U);
  EXPECT_EQ(specificity_of("What does the gray text say?").value, .75);
  EXPECT_EQ(specificity_of("What color is the wall?").telling, 2U);
}

TEST(Specificity, QuotedWordsTell) {
  EXPECT_EQ(specificity_of("where is it").telling, 0U);
  EXPECT_EQ(specificity_of("where is \"it\"").telling, 1U);
  EXPECT_EQ(specificity_of("where is \"it").telling, 0U);  // the quote is never closed
}

TEST(Specificity, OfNothing) {
  EXPECT_EQ(specificity_of("").words, 0U);
  EXPECT_EQ(specificity_of("").value, 0);
}

}  // namespace
}  // namespace errata::relevance
