#include "errata/relevance/evidence.h"

#include <gmock/gmock.h>

#include "errata/base/test_folder.h"

namespace errata::relevance {
namespace {

using testing::Each;
using testing::ElementsAre;

constexpr PatchGrid kGrid{.height = 64, .width = 64};  // 4 × 4 patches

readers::TextLine line_at(std::string text, double confidence, float left, float top, float right, float bottom) {
  using readers::Corner;
  return {.quad = {.corners = {Corner{left, top}, Corner{right, top}, Corner{right, bottom}, Corner{left, bottom}}},
          .score = 0.8,
          .text = std::move(text),
          .confidence = confidence};
}

/// Two lines, one hardly read, and a face in the lower right corner.
Seen street() {
  return {.lines = {line_at("Palais du LOUVRE", 0.9, 0, 0, 32, 16), line_at("Theatre", 0.8, 32, 0, 64, 16),
                    line_at("oo", 0.3, 0, 16, 64, 32)},
          .faces = {{.left = 48, .top = 48, .right = 64, .bottom = 64, .score = 0.7}}};
}

TEST(Evidence, WritingThatWasReadServesAQueryForIt) {
  const Evidence evidence = evidence_for("What does it say?", street(), kGrid);
  EXPECT_TRUE(evidence.by_writing);
  EXPECT_FALSE(evidence.by_name || evidence.by_faces);
  ASSERT_EQ(evidence.lines.size(), 2);
  std::vector<float> expected(16, 0);
  expected[0] = expected[1] = 0.9F;
  expected[2] = expected[3] = 0.8F;
  EXPECT_EQ(evidence.relevance, expected);
}

TEST(Evidence, ALineThatIsNamedStandsAboveOthers) {
  const Evidence evidence = evidence_for("read the sign of the theatre", street(), kGrid);
  EXPECT_TRUE(evidence.by_writing && evidence.by_name);
  EXPECT_THAT(evidence.lines[1].names, ElementsAre("theatre"));
  EXPECT_FLOAT_EQ(evidence.relevance[2], 0.9F);   // .5 + .5 · 1 · .8
  EXPECT_FLOAT_EQ(evidence.relevance[0], 0.45F);  // half of .9
}

TEST(Evidence, ANameNeedsNoOtherWordToBeServed) {
  const Evidence evidence = evidence_for("the way into the Louvte", street(), kGrid);  // one letter wrong
  EXPECT_TRUE(evidence.by_name);
  EXPECT_FALSE(evidence.by_writing);
  ASSERT_EQ(evidence.lines.size(), 1);
  EXPECT_NEAR(evidence.lines[0].likeness, 5.0 / 6, 1e-12);
  EXPECT_EQ(evidence.relevance[2], 0);
}

TEST(Evidence, OfTwoNamesALineIsWorthThoseThatItHolds) {
  const Evidence evidence = evidence_for("Is the Louvre by the Palais Garnier?", street(), kGrid);
  ASSERT_EQ(evidence.lines.size(), 1);
  EXPECT_THAT(evidence.lines[0].names, ElementsAre("louvre", "palais"));
  EXPECT_EQ(evidence.lines[0].likeness, 1);  // nothing is like Garnier
}

TEST(Evidence, FacesServeAQueryForPeople) {
  const Evidence evidence = evidence_for("who is standing there?", street(), kGrid);
  EXPECT_TRUE(evidence.by_faces);
  EXPECT_TRUE(evidence.lines.empty());
  EXPECT_FLOAT_EQ(evidence.relevance[15], 0.7F);
  EXPECT_EQ(evidence.relevance[14], 0);
}

TEST(Evidence, OtherQueriesHaveNone) {
  for (const char* query :
       {"the red car", "the wall behind the people", "the door beside the Theatre", "", "\xff\xfe"}) {
    const Evidence evidence = evidence_for(query, street(), kGrid);
    EXPECT_FALSE(evidence.fired()) << query;
    EXPECT_THAT(evidence.relevance, Each(0)) << query;
  }
  EXPECT_FALSE(evidence_for("what does it say?", {}, kGrid).fired());
}

TEST(Evidence, APatchCountsByTheShareThatIsCovered) {
  const Seen seen{.lines = {line_at("Exit", 1, 0, 0, 20, 8)}};  // a quarter of the second patch across, half down
  const Evidence evidence = evidence_for("read it", seen, kGrid);
  EXPECT_EQ(evidence.relevance[0], 1);  // half of it is covered
  EXPECT_EQ(evidence.relevance[1], 2 * 0.125F);
  EXPECT_EQ(evidence.relevance[4], 0);
}

TEST(Evidence, AnswersLookAtTheRightSignOfAStreet) {
  const auto folder = real_data_folder("images/street_sign_text.jpg");
  if (folder.empty()) GTEST_SKIP() << "the real pictures are not there (ERRATA_DATA)";
  const auto picture = image::read_picture(folder / "images/street_sign_text.jpg").value();
  const ThreadPool pool(1);
  const ReaderEncoder encoder(Readers::open().value(), pool);
  const PatchGrid grid{.height = picture.height, .width = picture.width};
  const auto best_patch = [&](const char* query) {
    const auto relevance = encoder.score(picture, query).value().relevance;
    return grid.box(static_cast<std::size_t>(std::ranges::max_element(relevance) - relevance.begin()));
  };
  EXPECT_NEAR(static_cast<double>(best_patch("where is the Theatre?").top), 640, 40);
  EXPECT_NEAR(static_cast<double>(best_patch("the sign for the \"Arts Decoratifs\"").top), 445, 40);
  EXPECT_THAT(encoder.score(picture, "the wall").value().relevance, Each(0));
}

}  // namespace
}  // namespace errata::relevance
