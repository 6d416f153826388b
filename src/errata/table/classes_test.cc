#include "errata/table/classes.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>

namespace errata::table {
namespace {

using testing::ElementsAre;

TEST(SortClasses, OnlyFiniteNumbersAreNumbers) {
  std::vector<std::string> names{"nan", "10", "b", "9", "NaN", "inf", "nan(x)", "-1e999", "1", "nan", "1.0", "10"};
  std::ranges::sort(names);
  do {
    std::vector<std::string> sorted = names;
    sort_classes(sorted);
    ASSERT_THAT(sorted, ElementsAre("1", "1.0", "9", "10", "-1e999", "NaN", "b", "inf", "nan", "nan(x)"));
    std::ranges::rotate(names, names.begin() + 5);
  } while (!std::ranges::is_sorted(names));
}

// A search among all classes for each name would make 10^11 comparisons here.
TEST(Renumber, TakesManyClasses) {
  ClassNames from;
  for (std::uint32_t i = 0; i < 300'000; ++i) {
    from.names.push_back(fmt::format("name {:06}", 299'999 - i));
    from.rows.push_back(i);
  }
  std::vector<std::string> classes = from.names;
  sort_classes(classes);
  const std::vector<std::uint32_t> rows = renumber(from, classes);
  EXPECT_EQ(rows.front(), 299'999U);
  EXPECT_EQ(rows.back(), 0U);
}

}  // namespace
}  // namespace errata::table
