#include <gmock/gmock.h>

#include "errata/table/classes.h"

namespace errata::table {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> classes_of(const std::vector<std::string>& names, const ClassOptions& options = {}) {
  const ClassSpelling spelling(names, options);
  std::vector<std::string> classes;
  for (const std::string& name : names) classes.push_back(spelling.class_of(name));
  return classes;
}

TEST(ClassSpelling, IntegersWithAndWithoutFraction) {
  EXPECT_THAT(classes_of({"1", "1.0", "2.00", "2", "-0.0", "0"}), ElementsAre("1", "1", "2", "2", "0", "0"));
  EXPECT_THAT(classes_of({"01", "1", "1.5", "2.0"}), ElementsAre("01", "1", "1.5", "2.0"));
}

TEST(ClassSpelling, YesAndNoInEverySpelling) {
  EXPECT_THAT(classes_of({"0", "1", "False", "TRUE"}), ElementsAre("0", "1", "0", "1"));
  EXPECT_THAT(classes_of({"t", "f", "true", "false"}), ElementsAre("true", "false", "true", "false"));
  EXPECT_THAT(classes_of({"Yes", "yes", "No"}), ElementsAre("yes", "yes", "No"));
  EXPECT_THAT(classes_of({"Y", "N", "1.0", "0.0"}), ElementsAre("1", "0", "1", "0"));
  EXPECT_THAT(classes_of({"0", "1", "true", "unknown"}), ElementsAre("0", "1", "1", "unknown"));
}

TEST(ClassSpelling, DigitsAndLettersThatAreClassesAreLeftAlone) {
  EXPECT_THAT(classes_of({"0", "1", "2", "true"}), ElementsAre("0", "1", "2", "true"));
  EXPECT_THAT(classes_of({"F", "M", "f", "n", "N"}), ElementsAre("F", "M", "f", "n", "N"));
  EXPECT_THAT(classes_of({"Cat", "cat"}), ElementsAre("Cat", "cat"));
}

TEST(ClassSpelling, WhatTheUserRenamesComesFirst) {
  const ClassOptions options{.renamed = {{"bad", "1"}, {"good", "0"}, {"worse", "1"}}};
  EXPECT_THAT(classes_of({"bad", "good", "1", "0"}, options), ElementsAre("1", "0", "1", "0"));
  const ClassSpelling spelling(std::vector<std::string>{"bad", "1"}, options);
  EXPECT_THAT(spelling.unused(), ElementsAre("good", "worse"));
  EXPECT_THAT(spelling.merged(), IsEmpty());
}

TEST(ClassSpelling, NamedClassesAreSpelledAsTheyAreNamed) {
  EXPECT_THAT(classes_of({"0", "1", "no"}, {.classes = {"no", "yes"}}), ElementsAre("no", "yes", "no"));
}

TEST(OppositeClass, InTheSameSpelling) {
  EXPECT_EQ(opposite_class("0"), "1");
  EXPECT_EQ(opposite_class("True"), "False");
  EXPECT_EQ(opposite_class("YES"), "NO");
  EXPECT_EQ(opposite_class("n"), "y");
  EXPECT_EQ(opposite_class("good"), std::nullopt);
}

}  // namespace
}  // namespace errata::table
