#include "errata/table/task.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "errata/base/rng.h"

namespace errata::table {
namespace {

struct Columns {
  std::vector<double> label, prediction;
};

/// Labels from 0 to `values` - 1, of which a share is predicted as any other value.
Columns classes(std::size_t rows, std::size_t values, double wrong) {
  Rng rng(7);
  Columns columns;
  for (std::size_t row = 0; row < rows; ++row) {
    const auto label = rng.below(values);
    const auto other = (label + 1 + rng.below(values - 1)) % values;
    columns.label.push_back(static_cast<double>(label));
    columns.prediction.push_back(static_cast<double>(rng.uniform() < wrong ? other : label));
  }
  return columns;
}

/// Labels likewise, predicted with an error of at most `off`.
Columns counts(std::size_t rows, std::size_t values, std::size_t off) {
  Rng rng(8);
  Columns columns;
  for (std::size_t row = 0; row < rows; ++row) {
    columns.label.push_back(static_cast<double>(rng.below(values)));
    columns.prediction.push_back(columns.label.back() + static_cast<double>(rng.below(2 * off + 1)) -
                                 static_cast<double>(off));
  }
  return columns;
}

TaskGuess guess(const Columns& columns) { return guess_task(columns.label, columns.prediction); }

TEST(GuessTask, ManyClassesAreClassesAndADoubt) {
  const TaskGuess few = guess(classes(2000, 10, 0.2));
  EXPECT_EQ(few.task, Task::classes);
  EXPECT_EQ(few.doubt, "");
  const TaskGuess many = guess(classes(5000, 150, 0.15));
  EXPECT_EQ(many.task, Task::classes);
  EXPECT_NE(many.doubt, "");
  EXPECT_EQ(guess(classes(5000, 1000, 0.8)).task, Task::classes);
}

TEST(GuessTask, CountsAreNumbersHoweverFewValuesTheyHave) {
  for (const std::size_t values : {30U, 95U, 108U, 5000U}) {
    const TaskGuess task = guess(counts(3000, values, 3));
    EXPECT_EQ(task.task, Task::numbers) << values;
  }
  EXPECT_EQ(guess(counts(3000, 95, 3)).doubt, "");
}

TEST(GuessTask, FewValuesAreClasses) {
  EXPECT_EQ(guess(classes(1000, 2, 0.4)).doubt, "");
  const TaskGuess stars = guess(counts(1000, 5, 1));  // of which most errors are one star
  EXPECT_EQ(stars.task, Task::classes);
  EXPECT_EQ(guess({.label = {}, .prediction = {}}).task, Task::classes);
}

TEST(GuessTask, MissingAndInfiniteValuesArePassedOver) {
  Columns columns = counts(500, 60, 3);
  columns.label[3] = std::nan("");
  columns.prediction[4] = std::numeric_limits<double>::infinity();
  EXPECT_EQ(guess(columns).task, Task::numbers);
}

}  // namespace
}  // namespace errata::table
