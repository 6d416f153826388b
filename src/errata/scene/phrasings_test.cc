#include "errata/scene/phrasings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "errata/base/words.h"

namespace errata::scene {
namespace {

TEST(Phrasings, AreManyAndHalfAreWithheld) {
  std::size_t vague = 0, withheld = 0;
  std::set<std::string_view> texts;
  for (const Phrasing& phrasing : phrasings()) {
    vague += phrasing.is_vague() ? 1U : 0U;
    withheld += phrasing.withheld ? 1U : 0U;
    EXPECT_TRUE(texts.insert(phrasing.text).second) << phrasing.text;
  }
  EXPECT_GE(phrasings().size(), 200U);
  EXPECT_GE(vague, 100U);
  EXPECT_GE(phrasings().size() - vague, 100U);
  EXPECT_EQ(2 * withheld, phrasings().size());
}

TEST(Phrasings, EverySubjectCanBeAskedForBothWays) {
  for (const Phrasing& phrasing : phrasings()) {
    EXPECT_FALSE(phrasings_about(phrasing.asks, false).empty());
    EXPECT_FALSE(phrasings_about(phrasing.asks, true).empty());
  }
}

TEST(Phrasings, WithheldOnesStillNameWhatTheyAskFor) {
  const auto vocabulary = query_vocabulary();
  for (const Phrasing& phrasing : phrasings()) {
    if (!phrasing.withheld || phrasing.is_vague()) continue;
    std::size_t known = 0;
    for (const auto& word : words_of(filled(phrasing, "red", "circle")))
      known += std::ranges::binary_search(vocabulary, word) ? 1U : 0U;
    EXPECT_GE(known, 2U) << phrasing.text;
  }
}

TEST(Phrasings, WordsAreFilledIn) {
  const Phrasing phrasing{.asks = "shape", .text = "Where is the {colour} {thing}?"};
  EXPECT_EQ(filled(phrasing, "red", "star"), "Where is the red star?");
  EXPECT_EQ(subject_of("circle"), "shape");
  EXPECT_EQ(subject_of("stove"), "object");
  EXPECT_EQ(subject_of("wall"), "wall");
}

}  // namespace
}  // namespace errata::scene
