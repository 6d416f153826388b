#include "errata/relevance/specificity.h"

#include <gtest/gtest.h>

namespace errata::relevance {
namespace {

TEST(Specificity, OfTheDocumentsExamples) {
  EXPECT_EQ(specificity_of("Describe this.").value, 0);
  EXPECT_EQ(specificity_of("What's this about?").value, 0);
  EXPECT_EQ(specificity_of("What does this painting represent?").value, 0);
  EXPECT_EQ(specificity_of("What is the red object?").telling, 1U);
  EXPECT_EQ(specificity_of("What does the gray text say?").value, .75);
  EXPECT_EQ(specificity_of("What color is the wall?").telling, 2U);
}

TEST(Specificity, PartsOfAPageTellWhereTheyAreThere) {
  EXPECT_EQ(specificity_of("What does the caption say?").telling, 1U);
  EXPECT_EQ(specificity_of("Write a caption for this image").telling, 0U);
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
