// Words drawn here, found and read by the real models.
#include "errata/readers/text_lines.h"

#include <gmock/gmock.h>

#include "errata/base/test_folder.h"
#include "errata/readers/test_drawings.h"

namespace errata::readers {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> texts_of(const std::vector<TextLine>& lines) {
  std::vector<std::string> texts;
  for (const TextLine& line : lines) texts.push_back(line.text);
  return texts;
}

class ReadTextTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    detector = new TextDetector(TextDetector::open().value());
    reader = new TextReader(TextReader::open().value());
  }
  static void TearDownTestSuite() {
    delete detector;
    delete reader;
  }
  static std::vector<TextLine> lines_of(const image::Picture& picture, std::size_t threads = 1) {
    return read_text(picture, *detector, *reader, ThreadPool(threads)).value();
  }
  static inline const TextDetector* detector = nullptr;
  static inline const TextReader* reader = nullptr;
};

image::Picture two_rows() {
  image::Picture page = light_page(240, 640);
  draw_words(page, {.words = "Quarterly", .x = 40, .y = 80});
  draw_words(page, {.words = "TOTAL 2764", .x = 340, .y = 84});
  draw_words(page, {.words = "margin of error", .x = 60, .y = 180});
  return page;
}

TEST_F(ReadTextTest, WordsAreReadInReadingOrder) {
  const auto lines = lines_of(two_rows());
  EXPECT_THAT(texts_of(lines), ElementsAre("Quarterly", "TOTAL 2764", "margin of error"));
  for (const TextLine& line : lines) {
    EXPECT_GT(line.confidence, .9) << line.text;
    EXPECT_GT(line.score, .6) << line.text;
  }
  EXPECT_TRUE(lines[2].quad.contains({100, 172}));
  EXPECT_FALSE(lines[2].quad.contains({100, 100}));
}

TEST_F(ReadTextTest, GivesTheSameOnAnyNumberOfThreads) {
  const auto one = lines_of(two_rows(), 1), three = lines_of(two_rows(), 3);
  ASSERT_EQ(one.size(), three.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].text, three[i].text);
    EXPECT_EQ(one[i].confidence, three[i].confidence);
    EXPECT_EQ(one[i].quad, three[i].quad);
  }
}

TEST_F(ReadTextTest, TextOnItsSideIsReadUpright) {
  image::Picture page = light_page(160, 400);
  draw_words(page, {.words = "SIDEWAYS", .x = 60, .y = 90, .height = 28});
  // Turned to the left the words run from bottom to top; a quarter to the right they stand again.
  EXPECT_THAT(texts_of(lines_of(turned_right(page))), ElementsAre("SIDEWAYS"));
}

TEST_F(ReadTextTest, AnEmptyPageHasNoLines) { EXPECT_TRUE(lines_of(light_page(200, 300)).empty()); }

TEST_F(ReadTextTest, SignsOfAStreetAreRead) {
  const auto folder = real_data_folder("images/street_sign_text.jpg");
  if (folder.empty()) GTEST_SKIP() << "the real pictures are not there (ERRATA_DATA)";
  const auto lines = lines_of(image::read_picture(folder / "images/street_sign_text.jpg").value());
  EXPECT_THAT(texts_of(lines), Contains(HasSubstr("ARTS DECORATIFS")));
  EXPECT_THAT(texts_of(lines), Contains("Theatre"));
  EXPECT_THAT(texts_of(lines), Contains("du PALAIS-ROYAL"));
  EXPECT_THAT(lines, Contains(testing::AllOf(testing::Field(&TextLine::text, HasSubstr("ARTS DECORATIFS")),
                                             testing::Field(&TextLine::confidence, testing::Gt(.95)))));
}

TEST(TextOfSteps, EqualClassesInARowAreOneCharacterAndBlanksPartThem) {
  const std::vector<std::string> characters{"", "a", "b"};
  const std::vector<float> steps{.1F, .8F, .1F,   // a
                                 .1F, .7F, .2F,   // a again
                                 .9F, .1F, 0,     // blank
                                 .2F, .6F, .2F,   // a
                                 .3F, .3F, .4F};  // b
  const ReadText read = text_of_steps(steps, characters);
  EXPECT_EQ(read.text, "aab");
  EXPECT_NEAR(read.confidence, (.8 + .6 + .4) / 3, 1e-6);
  const std::vector<float> blank{.9F, .1F, 0};
  EXPECT_EQ(text_of_steps(blank, characters).text, "");
  EXPECT_EQ(text_of_steps(blank, characters).confidence, 0);
}

TEST(Straightened, TakesWhatTheCornersEnclose) {
  image::Picture picture{.height = 4, .width = 12, .channels = 1, .bytes = std::vector<std::uint8_t>(48)};
  for (std::size_t y = 0; y < 4; ++y)
    for (std::size_t x = 0; x < 12; ++x) picture.bytes[y * 12 + x] = static_cast<std::uint8_t>(10 * x + y);
  const image::Picture strip =
      straightened(picture, {.corners = {Corner{2, 1}, Corner{8, 1}, Corner{8, 3}, Corner{2, 3}}});
  EXPECT_EQ(strip.height, 2);
  EXPECT_EQ(strip.width, 6);
  EXPECT_EQ(strip.bytes[0], 21);
  EXPECT_EQ(strip.bytes[6 + 5], 72);
  const image::Picture lying =
      straightened(picture, {.corners = {Corner{2, 0}, Corner{4, 0}, Corner{4, 4}, Corner{2, 4}}});
  EXPECT_EQ(lying.height, 2);
  EXPECT_EQ(lying.width, 4);
  EXPECT_EQ(lying.bytes[0], 30);  // a quarter to the left: the upper right corner comes first
}

TEST(SortForReading, RowsFromTheTopEachFromTheLeft) {
  const auto line = [](const char* text, float x, float y, float height) {
    return TextLine{
        .quad = {.corners = {Corner{x, y}, Corner{x + 50, y}, Corner{x + 50, y + height}, Corner{x, y + height}}},
        .text = text};
  };
  std::vector<TextLine> lines{line("d", 10, 60, 20), line("b", 200, 8, 20), line("a", 10, 14, 20),
                              line("c", 5, 40, 12)};
  sort_for_reading(lines);
  EXPECT_THAT(texts_of(lines), ElementsAre("a", "b", "c", "d"));
}

}  // namespace
}  // namespace errata::readers
