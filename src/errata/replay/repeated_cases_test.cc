#include "errata/replay/repeated_cases.h"

#include <gmock/gmock.h>

#include <numeric>

#include "errata/replay/test_log.h"

namespace errata::replay {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string words_of(const table::PredictionLog& log) {
  std::vector<std::uint32_t> order(log.rows);
  std::iota(order.begin(), order.end(), 0U);
  return repeated_words(log, order).value_or("");
}

/// The first `again` of n rows come once more, at the end.
table::PredictionLog with_copies(const table::PredictionLog& log, std::size_t again) {
  std::vector<std::size_t> rows(log.rows);
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  for (std::size_t row = 0; row < again; ++row) rows.push_back(row);
  return taken_rows(log, rows);
}

TEST(RepeatedCases, IdsThatCameBeforeAreCounted) {
  auto log = example_log(10);
  std::vector<double> ids{4, 1, 2, 1, 3, 1, 5, 6, 7, 4};
  log.columns.push_back(numbers("key", ids));
  EXPECT_EQ(words_of(log), "") << "no column is the id";
  log.roles.id = "key";
  EXPECT_THAT(words_of(log), StartsWith("id column key: 3 rows have an id that came before, the first is 1 in row 4;"));
}

TEST(RepeatedCases, RowsThatComeAgainAreToldWithoutAnId) {
  const auto log = example_log(400);
  EXPECT_EQ(words_of(log), "");
  EXPECT_THAT(words_of(with_copies(log, 400)),
              StartsWith("400 rows are the same as an earlier one in every column, the first of them is row 401:"));
  EXPECT_THAT(words_of(with_copies(log, 40)), HasSubstr("40 rows are the same"));
  EXPECT_EQ(words_of(with_copies(log, 10)), "") << "less than a twentieth";
  auto numbered = with_copies(log, 400);
  std::vector<double> places(800);
  std::iota(places.begin(), places.end(), 0.0);
  numbered.columns.push_back(numbers("place", places));
  EXPECT_EQ(words_of(numbered), "") << "a column tells each from its twin";
  numbered.roles.id = "place";
  EXPECT_THAT(words_of(numbered), HasSubstr("400 rows are the same")) << "ids that were given anew";
}

TEST(RepeatedCases, OneValueThatDiffersMakesAnotherCase) {
  const auto log = with_copies(example_log(400), 400);
  auto labels = log, scores = log, features = log;
  for (std::size_t row = 400; row < 800; ++row) {
    labels.label_class[row] = 1 - labels.label_class[row];
    scores.confidence[row] += 1e-9;
  }
  std::vector<double> moved = features.columns[0].numbers.to_vector();
  for (std::size_t row = 400; row < 800; ++row) moved[row] += 1;
  features.columns[0].numbers = moved;
  for (const auto* other : {&labels, &scores, &features}) EXPECT_EQ(words_of(*other), "");
}

TEST(RepeatedCases, RowsOfFewCategoriesAreAlikeByChance) {
  Rng rng(3);
  table::PredictionLog log{.rows = 400};
  std::vector<std::int32_t> colour, size;
  std::vector<double> age;
  for (std::size_t row = 0; row < log.rows; ++row) {
    colour.push_back(static_cast<std::int32_t>(rng.below(3)));
    size.push_back(static_cast<std::int32_t>(rng.below(3)));
    age.push_back(static_cast<double>(rng.below(60)));
    log.confidence.push_back((age.back() + 60 * colour.back() + 180 * size.back()) / 540);
    log.failed.push_back(rng.bernoulli(.3) ? 1 : 0);
  }
  log.columns = {words("colour", {"r", "g", "b"}, colour), words("size", {"s", "m", "l"}, size), numbers("age", age)};
  log.roles.features = {"colour", "size", "age"};
  EXPECT_EQ(words_of(log), "");
}

}  // namespace
}  // namespace errata::replay
