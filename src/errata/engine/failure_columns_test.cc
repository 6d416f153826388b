#include "errata/engine/failure_columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace errata::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::vector<std::string> kColumns{"err", "abs", "a b", "say \"x\"", "größe", "p1"};

TEST(ColumnsNamedIn, ReadsBareNamesInAnyCaseAndQuotedOnes) {
  EXPECT_THAT(columns_named_in("ERR = 1 and \"a b\" > 2", kColumns), ElementsAre("err", "a b"));
  EXPECT_THAT(columns_named_in("\"say \"\"x\"\"\" is null or größe>1", kColumns), ElementsAre("say \"x\"", "größe"));
  EXPECT_THAT(columns_named_in("p1*2>1", kColumns), ElementsAre("p1"));
}

TEST(ColumnsNamedIn, LeavesOutTextCommentsFunctionsAndParts) {
  EXPECT_THAT(columns_named_in("x = 'err' and y = 'it''s err'", kColumns), IsEmpty());
  EXPECT_THAT(columns_named_in("abs(x - y) > 1 -- err\n and z /* err */", kColumns), IsEmpty());
  EXPECT_THAT(columns_named_in("errors = 1 or xp1 = 2", kColumns), IsEmpty());
  EXPECT_THAT(columns_named_in("'never closed err", kColumns), IsEmpty());
}

TEST(DropFailureColumns, TakesThemOutAndSaysSo) {
  const std::vector<std::string> expressions{"err = 1"};
  table::PredictionLog log;
  log.roles.features = {"age", "err"};
  auto named = log;
  drop_failure_columns(log, expressions, {});
  EXPECT_THAT(log.roles.features, ElementsAre("age"));
  EXPECT_THAT(log.warnings, ElementsAre(HasSubstr("err is part of the failure rule")));
  drop_failure_columns(named, expressions, std::vector<std::string>{"err"});
  EXPECT_THAT(named.roles.features, ElementsAre("age", "err"));
  EXPECT_THAT(named.warnings, IsEmpty());
}

TEST(DropFailureColumns, OfFailuresAndLosses) {
  table::PredictionLog log;
  log.roles.features = {"a", "age", "err"};
  drop_failure_columns(log, std::vector<std::string>{"a > 1", "abs(err) * 2"}, {});
  EXPECT_THAT(log.roles.features, ElementsAre("age"));
}

}  // namespace
}  // namespace errata::engine
