// Columns that give the outcome away, also where a few of their values are missing or off.
#include "errata/table/leaks.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <functional>

#include "errata/base/rng.h"
#include "errata/base/test_folder.h"
#include "errata/table/test_reading.h"

namespace errata::table {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

/// 1,000 rows of two classes, every tenth wrong, with a feature x and another column.
PredictionLog with_column(const std::string& name, const std::function<std::string(int, bool, int, int)>& value) {
  const TestFolder folder;
  std::string csv = "x,label,pred," + name + "\n";
  for (int i = 0; i < 1000; ++i) {
    const int label = i / 3 % 2, pred = i % 10 == 7 ? 1 - label : label;
    csv += fmt::format("{},{},{},{}\n", i * 7 % 11, label, pred, value(i, label != pred, label, pred));
  }
  return must_read({.paths = {folder.file("log.csv", csv)}});
}

void expect_leak(const std::string& name, const std::function<std::string(int, bool, int, int)>& value) {
  const PredictionLog log = with_column(name, value);
  EXPECT_THAT(log.roles.features, ElementsAre("x")) << name;
  EXPECT_THAT(log.warnings, Contains(HasSubstr("column " + name + ": no feature, since it gives the outcome away")));
}

TEST(Leaks, WithMissingValues) {
  const auto missing = [](int i) { return i % 100 == 3 || i == 7; };
  expect_leak("correct", [&](int i, bool wrong, int, int) { return missing(i) ? "" : wrong ? "0" : "1"; });
  expect_leak("truth", [&](int i, bool, int label, int) { return missing(i) ? "" : label == 1 ? "bad" : "fine"; });
  expect_leak("loss", [&](int i, bool wrong, int, int) {
    return missing(i) ? "" : fmt::format("{}", (wrong ? 2 : 0.1) + 0.001 * (i % 97));
  });
  expect_leak("margin", [&](int i, bool wrong, int, int) {
    return missing(i) ? "" : fmt::format("{}", (wrong ? -0.5 : 1) * (i % 2 == 0 ? 1 : 1.5) + 0.0001 * (i % 97));
  });
}

TEST(Leaks, ThatDecideAllButFew) {
  expect_leak("correct", [](int i, bool wrong, int, int) { return (wrong == (i != 20 && i != 107)) ? "0" : "1"; });
  expect_leak("truth", [](int i, bool, int label, int) { return (label == 1) == (i % 200 != 9) ? "bad" : "fine"; });
  expect_leak("loss", [](int i, bool wrong, int, int) {
    return fmt::format("{}", (wrong != (i == 30) ? 2 : 0.1) + 0.001 * (i % 97));
  });
}

TEST(Leaks, SeveralWordsForFailures) {
  expect_leak("note", [](int i, bool wrong, int, int) {
    return std::string(!wrong ? "ok" : i % 3 == 0 ? "bad" : i % 3 == 1 ? "check" : "late");
  });
  expect_leak("bucket", [](int i, bool wrong, int, int) {
    return std::string(wrong ? "large" : i % 2 == 0 ? "small" : "mid");
  });
}

TEST(Leaks, AStrongHotspotIsNone) {
  const PredictionLog hot = with_column("region", [](int i, bool wrong, int, int) {
    return std::string(wrong && i % 100 != 17 ? "west" : i % 2 == 0 ? "east" : "north");
  });
  EXPECT_THAT(hot.roles.features, ElementsAre("x", "region"));  // a tenth of the failures is elsewhere
  Rng rng(5);
  const PredictionLog noise =
      with_column("size", [&](int, bool wrong, int, int) { return fmt::format("{}", rng.normal() + (wrong ? 2 : 0)); });
  EXPECT_THAT(noise.roles.features, ElementsAre("x", "size"));
  const PredictionLog rare = with_column("flag", [](int i, bool, int, int) { return std::string(i == 4 ? "b" : "a"); });
  EXPECT_THAT(rare.roles.features, ElementsAre("x", "flag"));
}

}  // namespace
}  // namespace errata::table
