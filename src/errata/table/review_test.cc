#include "errata/table/review.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "errata/base/rng.h"
#include "errata/base/test_folder.h"
#include "errata/table/read_log.h"
#include "errata/table/test_reading.h"

namespace errata::table {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

PredictionLog read_features(const std::string& names, const std::vector<std::string>& rows,
                            std::vector<std::string> features = {}) {
  const TestFolder folder;
  std::string csv = names + ",label,pred\n";
  for (std::size_t i = 0; i < 30; ++i) csv += fmt::format("{},{},{}\n", rows[i % rows.size()], i % 2, i % 5 == 0);
  auto log = read_log({.paths = {folder.file("log.csv", csv)}, .roles = {.features = std::move(features)}});
  if (!log) ADD_FAILURE() << log.error().message;
  return log ? *std::move(log) : PredictionLog{};
}

TEST(Review, NumbersThatStandForCategoriesAreLeftOutOfTheSearch) {
  const auto log = read_features("code,region", {"1,North", "3,West", "1,North", "2,South", ","});
  EXPECT_THAT(log.redundant, ElementsAre("code"));
  EXPECT_THAT(log.warnings,
              Contains(HasSubstr("column code: numbers for the values of region; left out of the search")));
  EXPECT_THAT(read_features("code,vip", {"1,true", "0,false", "0,false"}).redundant, ElementsAre("code"));
  const auto as_they_came = read_features("code,region", {"0,West", "1,North", "2,South"});
  EXPECT_THAT(as_they_came.redundant, ElementsAre("code"));
}

TEST(Review, TextCopiesOfNumbersAreLeftOutInPlaceOfTheNumbers) {
  for (const char* form : {"{0},{0} years", "{0},a{0}", "{0},007{0}"}) {
    std::vector<std::string> rows;
    for (const int age : {20, 31, 47, 55, 62}) rows.push_back(fmt::format(fmt::runtime(form), age));
    const auto log = read_features("age,age_s", rows);
    EXPECT_THAT(log.redundant, ElementsAre("age_s")) << form;
    EXPECT_THAT(log.warnings,
                Contains(HasSubstr("column age_s: texts for the numbers of age; left out of the search")));
  }
  EXPECT_THAT(read_features("code,group", {"0,g1", "1,g2", "2,g3"}).redundant, ElementsAre("code"));
}

/// 200 rows with a column of whole numbers or texts.
PredictionLog read_numbers(const std::string& name, const std::function<std::string(int)>& value) {
  const TestFolder folder;
  std::string csv = name + ",x,label,pred\n";
  for (int i = 0; i < 200; ++i) csv += fmt::format("{},{},{},{}\n", value(i), i % 7, i % 2, i % 5 == 0);
  return must_read({.paths = {folder.file("log.csv", csv)}});
}

TEST(Review, WholeNumbersThatAreAllDifferentAreIdsWhateverTheirName) {
  const auto with_gaps = [](int i) { return std::to_string(10 + 11 * i + i % 3); };
  for (const char* name : {"SK_ID_CURR", "case_number", "customer", "order_no", "EmployeeNumber", "no", "Kunde"}) {
    const auto log = read_numbers(name, with_gaps);
    EXPECT_THAT(log.roles.features, ElementsAre("x")) << name;
    EXPECT_THAT(log.warnings, Contains(HasSubstr(fmt::format("column {}: ignored: 200 different integers", name))));
  }
  const auto pandas = read_numbers("Unnamed: 0.1", with_gaps);
  EXPECT_EQ(pandas.roles.id, "Unnamed: 0.1");
  const auto shuffled = [](int i) { return std::to_string(i * 37 % 200 + 5000); };
  EXPECT_THAT(read_numbers("nr", shuffled).roles.features, ElementsAre("x"));
  const auto accounts = [](int i) { return std::to_string(1'000'000'000LL + 7'919'993LL * (i * 91 % 200)); };
  EXPECT_THAT(read_numbers("account", accounts).roles.features, ElementsAre("x"));
  const auto some_missing = [&](int i) { return i % 50 == 7 ? "" : with_gaps(i); };
  EXPECT_THAT(read_numbers("member", some_missing).roles.features, ElementsAre("x"));
  EXPECT_THAT(read_numbers("hash", [](int i) { return fmt::format("h{}", i * 37 % 200); }).roles.features,
              ElementsAre("x"));
}

TEST(Review, AmountsThatHappenToBeDifferentAreFeatures) {
  Rng rng(4);
  std::vector<int> cents;
  for (int i = 0; i < 200; ++i) cents.push_back(static_cast<int>(std::exp(11 + 2 * rng.normal())));
  std::ranges::sort(cents);
  for (std::size_t i = 1; i < cents.size(); ++i) cents[i] = std::max(cents[i], cents[i - 1] + 1);
  const auto amount = [&](int i) { return std::to_string(cents[static_cast<std::size_t>(i * 37 % 200)]); };
  EXPECT_THAT(read_numbers("cents", amount).roles.features, ElementsAre("cents", "x"));
}

TEST(Review, NumbersInAnOrderOfTheirOwnAreFeatures) {
  const auto log = read_features("years,school", {"16,Doctorate", "9,High", "13,Bachelors", "5,Primary"});
  EXPECT_THAT(log.redundant, IsEmpty());
}

TEST(Review, NumbersThatSayMoreOrLessAreFeatures) {
  EXPECT_THAT(read_features("code,region", {"3,North", "1,West", "2,North"}).redundant, IsEmpty());
  EXPECT_THAT(read_features("code,region", {"1,North", "1,West", "2,South"}).redundant, IsEmpty());
  EXPECT_THAT(read_features("code,region", {"1,North", ",West", "2,South"}).redundant, IsEmpty());
  EXPECT_THAT(read_features("code,region", {"3,North", "1,West"}, {"code", "region"}).redundant, IsEmpty());
  std::vector<std::string> names;  // ten of three rows each
  for (int i = 0; i < 10; ++i) names.push_back(fmt::format("{}.5,n{}", 7 * i, i));
  EXPECT_THAT(read_features("income,name", names).redundant, IsEmpty());
}

}  // namespace
}  // namespace errata::table
