#include "errata/table/review.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "errata/base/test_folder.h"
#include "errata/table/read_log.h"

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
