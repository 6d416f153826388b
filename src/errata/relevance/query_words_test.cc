#include "errata/relevance/query_words.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

namespace errata::relevance {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> texts_of(const std::vector<NamedWords>& words) {
  std::vector<std::string> texts;
  for (const NamedWords& word : words) texts.push_back(word.text);
  return texts;
}

TEST(WordsOfQuery, AsksForWriting) {
  for (const char* query : {"What does it say?", "read the sign", "the title of the page", "Which price has the bread?",
                            "licence plate", "what is written on the wall", "TEXT", "the number plate of the taxi"})
    EXPECT_TRUE(words_of_query(query).asks_for_writing) << query;
  for (const char* query : {"the dog on the couch", "signs of rust", "a plate with food", "the wall beside the sign",
                            "a person reading a book", "red car", ""})
    EXPECT_FALSE(words_of_query(query).asks_for_writing) << query;
}

TEST(WordsOfQuery, AsksForFaces) {
  for (const char* query : {"who is this?", "the faces", "How many people are there?", "the man, not the dog",
                            "the people behind the sign", "the wall behind the dog, and the woman"})
    EXPECT_TRUE(words_of_query(query).asks_for_faces) << query;
  for (const char* query : {"what colour is the wall behind the people?", "the dog in front of the man",
                            "a room without people", "the chair to the left of the woman", "clock faced with gold"})
    EXPECT_FALSE(words_of_query(query).asks_for_faces) << query;
}

TEST(WordsOfQuery, NamesAreQuotedOrHaveCapitalsOrDigits) {
  EXPECT_THAT(texts_of(words_of_query("where is \"Palais du Louvre\"?").named), ElementsAre("palais du louvre"));
  EXPECT_THAT(texts_of(words_of_query("where is the Louvre or gate B12?").named), ElementsAre("louvre", "b12"));
  EXPECT_THAT(texts_of(words_of_query("la porte du Mus\xc3\xa9"
                                      "e \xe2\x80\x9cLes Arts\xe2\x80\x9d")
                           .named),
              ElementsAre("musee", "les arts"));
  EXPECT_THAT(words_of_query("where is the dog?").named, IsEmpty());
  EXPECT_THAT(words_of_query("WHERE IS THE DOG").named, IsEmpty()) << "capitals throughout say nothing";
  EXPECT_THAT(words_of_query("the car beside the STOP sign").named, IsEmpty());
  EXPECT_THAT(words_of_query("Locate Theatre").named, ElementsAre(NamedWords{.text = "theatre"}));
  EXPECT_THAT(words_of_query("Theatre entrance").named, ElementsAre(NamedWords{.text = "theatre", .exactly = true}));
}

TEST(WordsOfQuery, OtherWordsCountWhereWritingIsAskedFor) {
  EXPECT_THAT(texts_of(words_of_query("the price of the croissant").other), ElementsAre("croissant"));
  EXPECT_THAT(words_of_query("the croissant").other, IsEmpty());
}

TEST(Folded, IsSmallWithoutAccentsAndMarks) {
  EXPECT_EQ(folded("  Mus\xc3\xa9"
                   "e, du LOUVRE! "),
            "musee du louvre");
  EXPECT_EQ(folded("\xc3\x85ngstr\xc3\xb6m \xc4\x8c\xc5\x99\xc5\xbe"), "angstrom crz");
  EXPECT_EQ(folded("PALAIS-ROYAL"), "palais royal");
  EXPECT_EQ(folded("\xe4\xb8\xad\xe6\x96\x87 a"), "\xe4\xb8\xad\xe6\x96\x87 a");
  EXPECT_EQ(folded("\xe2\x80\x94"), "");
}

TEST(Likeness, CountsTheEditsOfTheBestPlace) {
  EXPECT_EQ(likeness({.text = "louvre"}, "palais du louvre"), 1);
  EXPECT_NEAR(likeness({.text = "louvre"}, "palais du louvte"), 1 - 1.0 / 6, 1e-12);
  EXPECT_EQ(likeness({.text = "louvre"}, "palais du livre"), 0);
  EXPECT_EQ(likeness({.text = "louvre", .exactly = true}, "palais du louvte"), 0);
  EXPECT_EQ(likeness({.text = "art"}, "department"), 0) << "short names are whole words";
  EXPECT_EQ(likeness({.text = "official"}, "forofficialuseonly"), 1) << "readers lose spaces";
  EXPECT_EQ(likeness({.text = "use only"}, "for official useonly"), 1);
  EXPECT_EQ(likeness({.text = "noon"}, "12 0onoon"), 0);
  EXPECT_EQ(likeness({.text = ""}, "a"), 0);
}

RC_GTEST_PROP(WordsOfQuery, TakeAnyBytes, (const std::string& query)) {
  const QueryWords words = words_of_query(query);
  for (const NamedWords& name : words.named) {
    RC_ASSERT(!name.text.empty());
    RC_ASSERT(folded(name.text) == name.text);
    RC_ASSERT(likeness(name, name.text) == 1);
  }
}

}  // namespace
}  // namespace errata::relevance
