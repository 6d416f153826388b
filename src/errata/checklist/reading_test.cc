#include "errata/checklist/reading.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "errata/base/rng.h"
#include "errata/relevance/shown.h"
#include "errata/scene/kinds.h"

namespace errata::checklist {
namespace {

TEST(WordsRight, CountsWholeWordsWhateverTheirCaseAndAccents) {
  EXPECT_EQ(word_count("Théâtre du PALAIS-ROYAL"), 4U);
  EXPECT_EQ(words_right("Théâtre du PALAIS-ROYAL", "theatre DU palais royal"), 4U);
  EXPECT_EQ(words_right("Palais du LOUVRE", "PalaisduLOUVRE"), 3U) << "spaces may be lost";
  EXPECT_EQ(words_right("Palais du LOUVRE", "PaiaisduLOUVRE"), 2U) << "from the right";
  EXPECT_EQ(words_right("Palais du LOUVRE", "PaiaisduLOUVRF"), 0U) << "touches no word that was read right";
  EXPECT_EQ(words_right("Palais du LOUVRE", "LOUVRE du Palais"), 1U) << "the order counts";
  EXPECT_EQ(words_right("a Dad", "bad dad"), 1U) << "no letter within another word";
  EXPECT_EQ(words_right("May 26, 1955", "MAY26，1955"), 3U);
  EXPECT_EQ(words_right("Palais du LOUVRE", "Palais du LOUVRF"), 2U);
  EXPECT_EQ(words_right("du du Louvre", "du"), 1U) << "a word that was read once counts once";
  EXPECT_EQ(words_right("du", "du du"), 1U);
  EXPECT_EQ(words_right("du", ""), 0U);
  EXPECT_EQ(words_right("", "du"), 0U);
}

/// A scene of signs and what an encoder might say of it: the truth.
struct Example {
  scene::Scene drawn;
  ReadingTask task;
};
Example example(std::uint64_t seed) {
  Example made{.drawn = scene::draw_scene(scene::Kind::signs, {.size = {.height = 512, .width = 512}}, seed),
               .task = {}};
  const auto about_a_sign = [&](const scene::Question& question) {
    return !question.things.empty() && made.drawn.things[question.things[0]].kind == "sign";
  };
  const auto question = std::ranges::find_if(made.drawn.questions, about_a_sign);
  const auto truth = scene::asked_patches(made.drawn, *question, relevance::kPatch);
  made.task.lines = asked_lines(made.drawn, *question, 1);
  made.task.task.query = question->text;
  for (const std::uint8_t asked : truth) {
    made.task.task.encoded.relevance.push_back(asked != 0 ? 4.0F : -4.0F);
    made.task.task.cosines.relevance.push_back(asked != 0 ? .3F : .2F);
    made.task.task.encoded.features.insert(made.task.task.encoded.features.end(), {asked != 0 ? 1.0F : 0.0F, 1.0F});
  }
  made.task.task.encoded.dimensions = 2;
  return made;
}

TEST(Reading, NoSpenderShowsMorePixelsThanAnother) {
  Example shown = example(1000);
  shown.task.task.picture = &shown.drawn.picture;
  ThreadPool pool(2);
  std::vector<std::size_t> totals{1, 63, 64, 255, 256, 1000, 12'345, 200'000};
  Rng rng(3);
  for (int i = 0; i < 24; ++i) totals.push_back(1 + rng.below(std::uint64_t{1} << (4 + rng.below(15))));
  for (const Spender& spender : spenders()) {
    if (!spender.allocate) {
      EXPECT_EQ(spender.base_share, 1) << spender.name;
      continue;
    }
    const auto made = spender.allocate(shown.task.task, totals, pool);
    ASSERT_TRUE(made) << spender.name;
    ASSERT_EQ(made->size(), totals.size()) << spender.name;
    for (std::size_t i = 0; i < totals.size(); ++i) {
      EXPECT_LE((*made)[i].tokens(), totals[i]) << spender.name;
      const std::size_t base = 1 + rng.below(20'000);
      EXPECT_LE(relevance::show_within_budget(shown.drawn.picture, (*made)[i], base).pixels, base + totals[i])
          << spender.name;
    }
    EXPECT_GT(made->at(7).positions.size(), made->at(4).positions.size()) << spender.name;
  }
}

TEST(Reading, ThoseThatListenToTheQuerySaySo) {
  Example shown = example(1000);
  shown.task.task.picture = &shown.drawn.picture;
  Task other = shown.task.task;
  std::ranges::reverse(other.encoded.relevance);
  std::ranges::reverse(other.cosines.relevance);
  ThreadPool pool(1);
  const std::vector<std::size_t> totals{5000};
  for (const Spender& spender : spenders()) {
    if (!spender.allocate) continue;
    const auto one = spender.allocate(shown.task.task, totals, pool), two = spender.allocate(other, totals, pool);
    ASSERT_TRUE(one && two) << spender.name;
    EXPECT_EQ((*one)[0].positions != (*two)[0].positions, spender.by_query) << spender.name;
  }
}

TEST(Reading, WhoFundsTheAskedSignReadsItWithAQuarterOfThePixels) {
  const auto reader = readers::TextReader::open();
  ASSERT_TRUE(reader) << reader.error().message;
  Example shown = example(1003);
  shown.task.task.picture = &shown.drawn.picture;
  const auto all = spenders();
  std::vector<WordsRead> reads;
  for (const std::size_t threads : {1U, 2U}) {
    ThreadPool pool(threads);
    auto read = read_at_budgets(shown.task, all, *reader, pool);
    ASSERT_TRUE(read) << read.error().message;
    reads.push_back(std::move(*read));
  }
  EXPECT_EQ(reads[0].right, reads[1].right);
  const WordsRead& read = reads[0];
  ASSERT_EQ(read.telling, Telling::measured);
  EXPECT_EQ(read.asked, word_count(shown.task.lines[0].words));
  ASSERT_EQ(read.right.size(), all.size());
  EXPECT_LT(read.budget, 512U * 512);
  EXPECT_EQ(read.right.back().back(), read.whole) << "the budget is the one at which down-sampling reads";
  EXPECT_EQ(read.right.front()[kGoalBudget], read.whole);
  EXPECT_LT(read.right.back()[kGoalBudget], read.whole);
}

TEST(Reading, PicturesTogether) {
  const ThreadPool pool(1);
  std::vector<Spender> two(2);
  two[0].name = "ours";
  two[1].name = "theirs";
  WordsRead a{.asked = 4, .whole = 4, .budget = 100}, b{.asked = 2, .whole = 2, .budget = 50};
  a.right = {{0, 1, 2, 4, 4, 4}, {0, 0, 0, 1, 2, 4}};
  b.right = {{0, 0, 0, 1, 2, 2}, {0, 0, 0, 0, 1, 2}};
  const std::vector<WordsRead> pictures{
      a, {.telling = Telling::unread, .asked = 3}, b, {.telling = Telling::easy, .asked = 9}};
  const Reading made = together("told", pictures, two, pool);
  EXPECT_EQ(made.pictures, 4U);
  EXPECT_EQ(made.unread, 1U);
  EXPECT_EQ(made.easy, 1U);
  EXPECT_EQ(made.words, 6U);
  ASSERT_EQ(made.contenders.size(), 2U);
  EXPECT_EQ(made.contenders[0].figures[kGoalBudget].cases, 2U);
  EXPECT_DOUBLE_EQ(made.contenders[0].figures[kGoalBudget].mean, .75);
  EXPECT_DOUBLE_EQ(made.contenders[1].figures[kGoalBudget].mean, .125);
  EXPECT_TRUE(std::isnan(together("told", {}, two, pool).contenders[0].figures[0].mean));
}

}  // namespace
}  // namespace errata::checklist
