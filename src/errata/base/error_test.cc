#include "errata/base/error.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace errata {
namespace {

TEST(Error, EveryCodeHasItsRowInTheTable) {
  const auto is = [](ErrorCode code, int exit_status, int http_status, int c_status) {
    const ErrorKind& kind = kind_of(code);
    EXPECT_EQ(kind.exit_status, exit_status) << kind.name;
    EXPECT_EQ(kind.http_status, http_status) << kind.name;
    EXPECT_EQ(kind.c_status, c_status) << kind.name;
  };
  is(ErrorCode::invalid_argument, 2, 400, 1);
  is(ErrorCode::data, 3, 422, 2);
  is(ErrorCode::output, 3, 500, 3);
  is(ErrorCode::not_found, 3, 404, 5);
  is(ErrorCode::conflict, 3, 409, 6);
  is(ErrorCode::unavailable, 3, 503, 7);
  is(ErrorCode::cancelled, 130, 499, 8);
}

TEST(Error, NamesAndCStatusesAreToldApart) {
  std::set<std::string_view> names;
  std::set<int> statuses{0, 4};  // ERRATA_OK and ERRATA_OUT_OF_MEMORY are no errors of this table
  for (const ErrorKind& kind : kErrorKinds) {
    EXPECT_TRUE(names.insert(kind.name).second) << kind.name;
    EXPECT_TRUE(statuses.insert(kind.c_status).second) << kind.name;
  }
}

TEST(Error, MakersSetCodeAndMessage) {
  EXPECT_EQ(invalid_argument("coverage 1.5 is not in (0, 1]").error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(data_error("log.csv: is empty").error().code, ErrorCode::data);
  const auto made = output_error("report.html: cannot be written");
  EXPECT_EQ(made.error().code, ErrorCode::output);
  EXPECT_EQ(made.error().message, "report.html: cannot be written");
}

Result<void> check_even(int n) {
  if (n % 2 != 0) return invalid_argument(std::to_string(n) + " is odd");
  return {};
}

Result<std::unique_ptr<int>> half(int n) {
  ERRATA_TRY(check_even(n));
  return std::make_unique<int>(n / 2);
}

Result<int> quarter(int n) {
  ERRATA_ASSIGN(const std::unique_ptr<int> first, half(n));
  ERRATA_ASSIGN(const auto second, half(*first));
  return *second;
}

TEST(Error, TryAndAssignHandOnValuesAndErrors) {
  EXPECT_EQ(quarter(12).value(), 3);
  EXPECT_EQ(quarter(7).error().message, "7 is odd");
  EXPECT_EQ(quarter(6).error().message, "3 is odd");
}

TEST(Error, TryEvaluatesItsStatementOnce) {
  int calls = 0;
  const auto count = [&]() -> Result<void> {
    ++calls;
    return {};
  };
  const auto run = [&]() -> Result<void> {
    ERRATA_TRY(count());
    return {};
  };
  EXPECT_TRUE(run().has_value());
  EXPECT_EQ(calls, 1);
}

TEST(ErrorDeathTest, ACheckThatDoesNotHoldNamesConditionAndPlace) {
  ERRATA_CHECK(1 + 1 == 2);
  EXPECT_DEATH(ERRATA_CHECK(1 + 1 == 3), R"(internal error: 1 \+ 1 == 3 does not hold \(.*error_test\.cc:[0-9]+\))");
}

}  // namespace
}  // namespace errata
