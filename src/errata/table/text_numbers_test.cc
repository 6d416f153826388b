#include "errata/table/text_numbers.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "errata/base/test_folder.h"
#include "errata/table/read_log.h"

namespace errata::table {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

/// A log of 40 rows whose column x holds the texts that `value` makes of a row's number.
template <typename Value>
std::vector<std::string> warnings_of(const std::string& name, Value value, const Reading& reading = {}) {
  const TestFolder folder;
  std::string text = name.ends_with(".csv") ? "x,label,pred\n" : "";
  for (int i = 0; i < 40; ++i)
    text += fmt::format(fmt::runtime(name.ends_with(".csv") ? "{},1,{}\n"
                                                            : R"({{"x":"{}","label":1,"pred":{}}})"
                                                              "\n"),
                        std::string(value(i)), i % 2);
  const auto log = read_log({.paths = {folder.file(name, text)}, .reading = reading});
  if (!log) ADD_FAILURE() << log.error().message;
  return log ? log->warnings : std::vector<std::string>{};
}

TEST(NumbersInText, AWordThatKeepsAColumnFromBeingNumbersIsTold) {
  const auto with_words = [](int i) { return i % 10 == 3 ? std::string("missing") : std::to_string(20 + i % 30); };
  EXPECT_THAT(
      warnings_of("a.csv", with_words),
      Contains(HasSubstr("column x: 4 of 40 values are no numbers, the first is 'missing' in row 4, so that all "
                         "are taken as text; --null-values 'missing' makes them missing")));
  EXPECT_THAT(warnings_of("a.jsonl", with_words), Contains(HasSubstr("4 of 40 values are no numbers")));
  const Reading said{.types = {{"x", ColumnType::text}}};
  EXPECT_THAT(warnings_of("a.csv", with_words, said), Not(Contains(HasSubstr("no numbers"))));
  const Reading null{.text = {.null_values = {"missing"}}};
  EXPECT_THAT(warnings_of("a.csv", with_words, null), Not(Contains(HasSubstr("no numbers"))));
}

TEST(NumbersInText, QuotedNumbersAreTold) {
  EXPECT_THAT(warnings_of("a.jsonl", [](int i) { return fmt::format("{}.5", i); }),
              Contains(HasSubstr("column x: its texts are numbers, but taken as text; --types 'x=number'")));
  EXPECT_THAT(warnings_of("a.jsonl", [](int i) { return fmt::format("{}", i % 3); }),
              Not(Contains(HasSubstr("column x: its texts"))));
}

TEST(NumbersInText, CodesAreNoNumbers) {
  const auto no_warning = Not(Contains(HasSubstr("are no numbers")));
  EXPECT_THAT(warnings_of("a.csv", [](int i) { return fmt::format("{:05}", i % 7 == 0 ? i : 10'000 + i); }),
              no_warning);
  EXPECT_THAT(warnings_of("a.csv", [](int i) { return i % 9 == 0 ? "1.10.11" : fmt::format("1.{}", i); }), no_warning);
  EXPECT_THAT(warnings_of("a.csv", [](int i) { return i % 2 == 0 ? "North" : fmt::format("{}", i); }), no_warning);
}

}  // namespace
}  // namespace errata::table
