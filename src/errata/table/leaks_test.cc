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
using testing::Not;

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

TEST(Leaks, LabelsWithALittleNoise) {
  Rng rng(3);
  const auto noisy = [&](double sd) {
    return [&rng, sd](int, bool, int label, int) { return fmt::format("{}", label + sd * rng.normal()); };
  };
  expect_leak("made", noisy(0.15));
  const PredictionLog perhaps = with_column("near", noisy(0.24));  // 2.08 sd from the bound: off in about 19 rows
  EXPECT_THAT(perhaps.roles.features, ElementsAre("x", "near"));
  EXPECT_THAT(perhaps.warnings, Contains(HasSubstr("column near: it may give the outcome away: a bound on it tells the "
                                                   "label, but for")));
  const PredictionLog good = with_column("good", noisy(0.4));  // as often wrong as the model
  EXPECT_THAT(good.warnings, Not(Contains(HasSubstr("column good"))));
  const PredictionLog words = with_column(
      "note", [](int i, bool, int label, int) { return std::string((label == 1) == (i % 50 != 9) ? "b" : "a"); });
  EXPECT_THAT(words.warnings,
              Contains(HasSubstr("column note: it may give the outcome away: its values tell the label, "
                                 "but for 20 rows, and the model is wrong in 100")));
}

/// 1,000 rows of label and prediction in (0, 1), two features, and the warnings on the second.
std::string warning_of_score(const std::function<double(double)>& of_score) {
  const TestFolder folder;
  Rng rng(4);
  std::string csv = "x,label,pred,score,z\n";
  for (int i = 0; i < 1000; ++i) {
    const double score = rng.uniform();
    csv += fmt::format("{},{},{},{:.6f},{}\n", i * 7 % 11, rng.uniform() < score ? 1 : 0, score >= 0.5 ? 1 : 0, score,
                       of_score(score));
  }
  for (const std::string& warning : must_read({.paths = {folder.file("log.csv", csv)}}).warnings)
    if (warning.starts_with("column z")) return warning;
  return "none";
}

TEST(Leaks, ScoresInAnotherForm) {
  const auto rounded = [](double x, double unit) { return std::round(x / unit) * unit; };
  EXPECT_THAT(warning_of_score([&](double p) { return rounded(p, 0.01); }), HasSubstr("it is the score"));
  EXPECT_THAT(warning_of_score([&](double p) { return rounded(1 - p, 0.1); }), HasSubstr("it is the score"));
  EXPECT_THAT(warning_of_score([&](double p) { return rounded(100 * p, 1); }), HasSubstr("it is the score in percent"));
  EXPECT_THAT(warning_of_score([](double p) { return std::log(p / (1 - p)); }),
              HasSubstr("it is the logarithm of the score or of its odds"));
  EXPECT_THAT(warning_of_score([](double p) { return -std::log(p); }), HasSubstr("the logarithm of the score"));
  EXPECT_EQ(warning_of_score([](double p) { return (std::log(p / (1 - p)) - 1) / 3; }), "none")
      << "what a logistic regression of one feature has learned from";
}

/// 1,000 rows of a label, a prediction that is off by a fifth, and a column; the warning on it.
std::string warning_of_number(const std::function<double(double y, double pred)>& value, bool trend = false) {
  const TestFolder folder;
  Rng rng(6);
  std::string csv = "x,label,pred,z\n";
  for (int i = 0; i < 1000; ++i) {
    const double y = trend ? 5 + 0.1 * i + 0.05 * rng.uniform() : std::exp(rng.normal());
    const double pred = y * (1 + 0.2 * rng.normal());
    csv += fmt::format("{},{},{},{}\n", i * 7 % 11, y, pred, value(y, pred));
  }
  for (const std::string& warning : must_read({.paths = {folder.file("log.csv", csv)}}).warnings)
    if (warning.starts_with("column z")) return warning;
  return "none";
}

TEST(Leaks, NumbersInAnotherForm) {
  const auto rounded = [](double x, double unit) { return std::round(x / unit) * unit; };
  EXPECT_THAT(warning_of_number([&](double y, double) { return rounded(y, 0.5); }),
              HasSubstr("no feature, since it gives the outcome away: it is in the order of the label"));
  EXPECT_THAT(warning_of_number([](double y, double) { return std::log(y); }), HasSubstr("in the order of the label"));
  EXPECT_THAT(warning_of_number([](double y, double p) { return -std::log(std::abs(p - y)); }),
              HasSubstr("a bound on it decides what fails"));
  EXPECT_THAT(warning_of_number([&](double y, double p) { return rounded(p - y, 0.1); }),
              HasSubstr("in the order of the error"));
  EXPECT_THAT(warning_of_number([&](double, double p) { return rounded(p, 0.1); }),
              HasSubstr("the prediction, rounded"));
  Rng rng(7);
  EXPECT_THAT(warning_of_number([&](double y, double) { return y + 0.05 * rng.normal(); }),
              HasSubstr("it may give the outcome away: it goes with the label more closely than the prediction does"));
  EXPECT_EQ(warning_of_number([&](double y, double) { return y * (1 + 0.2 * rng.normal()); }), "none")
      << "as good as the model";
  EXPECT_EQ(warning_of_number([](double y, double) { return y > 1 ? 1 : 0; }), "none");
  int day = 0;
  EXPECT_EQ(warning_of_number([&](double, double) { return ++day + 0.25; }, true), "none") << "time passes";
}

}  // namespace
}  // namespace errata::table
