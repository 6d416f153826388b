#include "errata/table/role_advice.h"

#include <gtest/gtest.h>

#include "errata/base/test_folder.h"
#include "errata/table/read_log.h"

namespace errata::table {
namespace {

std::string message_of(const std::string& csv) {
  const TestFolder folder;
  const auto log = read_log({.paths = {folder.file("log.csv", csv)}});
  return log ? "was read" : log.error().message;
}

TEST(RoleAdvice, NamesTheColumnWithTheValuesOfThePrediction) {
  EXPECT_NE(
      message_of("age,defaulted,predicted\n30,1,0\n40,0,1\n")
          .find("; the prediction is predicted; defaulted has the same values: --label defaulted says that it is the "
                "label; the columns are age, defaulted, predicted"),
      std::string::npos);
  EXPECT_NE(message_of("model,truth\ncat,dog\ndog,cat\n")
                .find("; the label is truth; model has the same values: "
                      "--prediction model"),
            std::string::npos);
  EXPECT_EQ(message_of("a,predicted\n7,0\n8,1\n").find("the same values"), std::string::npos);
}

}  // namespace
}  // namespace errata::table
