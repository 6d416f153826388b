#include "errata/replay/feature_changes.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "errata/base/rng.h"
#include "errata/replay/test_log.h"

namespace errata::replay {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::size_t kLogCases = 1000, kWarmCases = 100;

/// A log with one more feature.
table::PredictionLog with(table::Column column) {
  auto log = example_log(kLogCases);
  log.roles.features.push_back(column.name);
  log.columns.push_back(std::move(column));
  return log;
}

std::vector<std::string> changes_in(const table::PredictionLog& log) {
  const auto cases = CaseStream::make(log, {.warm_up = {.cases = kWarmCases}});
  EXPECT_TRUE(cases) << cases.error().message;
  std::vector<std::string> sentences;
  for (const auto& change : feature_changes(*cases)) sentences.push_back(sentence_of(change));
  return sentences;
}

/// Numbers by a function of the row and of a draw from a normal distribution about 5.
template <typename Of>
table::Column drawn(Of of) {
  Rng rng(4);
  std::vector<double> values;
  for (std::size_t row = 0; row < kLogCases; ++row) values.push_back(of(row, 5 + rng.normal()));
  return numbers("x", std::move(values));
}

TEST(FeatureChanges, OfAStreamThatStaysAreNone) {
  EXPECT_THAT(changes_in(example_log(kLogCases)), IsEmpty());
  EXPECT_THAT(changes_in(with(drawn([](std::size_t row, double x) { return row < 500 ? x : 3 * x; }))), IsEmpty());
}

TEST(FeatureChanges, TrendsAndWhatRoundingLeavesOfZeroAreNone) {
  EXPECT_THAT(changes_in(with(drawn([](std::size_t row, double x) { return x * std::exp(0.005 * double(row)); }))),
              IsEmpty());
  EXPECT_THAT(changes_in(with(drawn([](std::size_t row, double x) { return row / 100 % 3 == 2 ? 1e-17 * x : x; }))),
              IsEmpty());
}

TEST(FeatureChanges, NumbersInAnotherUnitAreTold) {
  for (const double factor : {10.0, 1e7, 1e-3}) {
    SCOPED_TRACE(factor);
    const auto changes = changes_in(with(drawn([&](std::size_t row, double x) { return row < 550 ? x : factor * x; })));
    const std::string words =
        factor > 1 ? "times as large from about row 551 on" : "times as small from about row 551 on";
    EXPECT_THAT(changes, ElementsAre(AllOf(HasSubstr("feature x: its numbers are about"), HasSubstr(words))));
  }
}

TEST(FeatureChanges, AFeatureThatIsGoneIsTold) {
  const double missing = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(changes_in(with(drawn([&](std::size_t row, double x) { return row < 700 ? x : missing; }))),
              ElementsAre("feature x: it is missing in all 300 cases from row 701 on"));
  EXPECT_THAT(
      changes_in(with(drawn([&](std::size_t row, double x) { return row < 500 || row % 2 == 0 ? x : missing; }))),
      ElementsAre("feature x: it is missing in 27.8% of the evaluated cases, in 0.0% of those before"));
  EXPECT_THAT(changes_in(with(drawn([&](std::size_t row, double x) { return row % 2 == 0 ? x : missing; }))), IsEmpty())
      << "it was so before";
}

TEST(FeatureChanges, AFeatureThatNoLongerVariesIsTold) {
  EXPECT_THAT(changes_in(with(drawn([](std::size_t row, double x) { return row < 700 ? x : 4.5; }))),
              ElementsAre("feature x: it is 4.5 in all 300 cases from row 701 on, where it varied before"));
  EXPECT_THAT(changes_in(with(drawn([](std::size_t row, double x) { return row < 975 ? x : 4.5; }))), IsEmpty())
      << "25 cases are few";
  EXPECT_THAT(changes_in(with(drawn([](std::size_t, double) { return 4.5; }))), IsEmpty()) << "it never varied";
  EXPECT_THAT(changes_in(with(drawn([](std::size_t row, double) { return row < 100 ? 4.5 : 5; }))), IsEmpty());
  EXPECT_THAT(changes_in(with(drawn([](std::size_t row, double) { return double(row / 100); }))), IsEmpty())
      << "each value stays so long, like a month";
  std::vector<std::int32_t> codes(kLogCases), rare(kLogCases);
  for (std::size_t row = 0; row < kLogCases; ++row) {
    codes[row] = row < 600 ? static_cast<std::int32_t>(row % 3) : 1;
    rare[row] = row % 97 == 0 && row < 700 ? 1 : 0;
  }
  EXPECT_THAT(changes_in(with(words("c", {"a", "b", "c"}, codes))),
              ElementsAre("feature c: it is 'b' in all 400 cases from row 601 on, where it varied before"));
  EXPECT_THAT(changes_in(with(words("c", {"a", "b"}, rare))), IsEmpty()) << "mostly so before";
}

TEST(FeatureChanges, CategoriesThatNobodyHadSeenAreTold) {
  std::vector<std::int32_t> codes(kLogCases), many(kLogCases);
  for (std::size_t row = 0; row < kLogCases; ++row)
    codes[row] = static_cast<std::int32_t>(row % 3 + (row < 550 ? 0 : 3));
  EXPECT_THAT(
      changes_in(with(words("c", {"a", "b", "c", "d", "e", "f"}, codes))),
      ElementsAre("feature c: 50.0% of the evaluated cases have a value that no case before has, like 'e' in row 551"));
  std::vector<std::string> names;
  for (std::size_t row = 0; row < kLogCases; ++row) {
    names.push_back(std::to_string(row));
    many[row] = static_cast<std::int32_t>(row);
  }
  EXPECT_THAT(changes_in(with(words("name", names, many))), IsEmpty()) << "each value is new, also before";
}

/// A memory that has seen this log and is warm.
memory::FailureMemory warmed_on(const table::PredictionLog& log) {
  const auto cases = *CaseStream::make(log, {.warm_up = {.cases = 0}});
  auto memory = *memory::FailureMemory::create(cases.schema(), {.warm_up = 50'000});
  CaseScratch scratch;
  for (std::size_t i = 0; i < cases.size(); ++i) EXPECT_TRUE(memory.assess(cases.view(i, scratch)));
  EXPECT_TRUE(memory.finish_warm_up());
  return memory;
}

std::vector<std::string> changes_since(const table::PredictionLog& before, const table::PredictionLog& now) {
  const auto memory = warmed_on(before);
  auto cases = *CaseStream::make(now, {.warm_up = {.cases = 0}});
  EXPECT_TRUE(cases.take_schema(memory.schema()));
  std::vector<std::string> sentences;
  for (const auto& change : feature_changes(cases, &memory)) sentences.push_back(sentence_of(change));
  return sentences;
}

TEST(FeatureChanges, ALogThatGoesOnIsComparedWithTheWarmUpOfItsMemory) {
  const auto usual = with(drawn([](std::size_t, double x) { return x; }));
  EXPECT_THAT(changes_since(usual, usual), IsEmpty());
  for (const double factor : {1000.0, 1e-3}) {
    const auto other = with(drawn([&](std::size_t, double x) { return factor * x; }));
    EXPECT_THAT(changes_since(usual, other),
                ElementsAre(AllOf(HasSubstr(factor > 1 ? "times as large from about row 1 on as in the memory's warm-up"
                                                       : "times as small from about row 1 on as in the memory's"),
                                  HasSubstr("there about 4.97"))))
        << "the log itself is all alike";
    EXPECT_THAT(changes_in(other), IsEmpty());
  }
  const auto late = with(drawn([](std::size_t row, double x) { return row < 550 ? x : 1e4 * x; }));
  EXPECT_THAT(changes_since(usual, late), ElementsAre(HasSubstr("from about row 551 on")));
}

TEST(FeatureChanges, NumbersAboutZeroAndMostlyZeroAreNoChangeAfterAMemory) {
  const auto about = [](double share, double size) {
    return with(
        drawn([=, at = Rng(9)](std::size_t, double x) mutable { return at.bernoulli(share) ? size * (x - 5) : 0; }));
  };
  for (const double share : {1.0, .6, .4, .1, .03})
    for (const double size : {1.0, 2.5, .4}) {
      EXPECT_THAT(changes_since(about(share, 1), about(share, size)), IsEmpty()) << share << " " << size;
    }
  EXPECT_THAT(changes_since(about(1, 1), about(1, 100)), ElementsAre(HasSubstr("times as large")));
}

TEST(FeatureChanges, MissingAfterAMemoryIsToldBesideItsShareThen) {
  const double missing = std::numeric_limits<double>::quiet_NaN();
  const auto one_in = [&](std::size_t n) {
    return with(drawn([=](std::size_t row, double x) { return row % n == 0 ? missing : x; }));
  };
  EXPECT_THAT(changes_since(one_in(50), one_in(2)),
              ElementsAre("feature x: it is missing in 50.0% of the cases, in 2.0% of the memory's warm-up"));
  EXPECT_THAT(changes_since(one_in(3), one_in(2)), IsEmpty());
  EXPECT_THAT(changes_since(one_in(50), with(drawn([&](std::size_t, double) { return missing; }))),
              ElementsAre("feature x: it is missing in all 1000 cases from row 1 on"));
  EXPECT_THAT(changes_since(with(drawn([&](std::size_t, double) { return missing; })), one_in(50)), IsEmpty())
      << "the warm-up says nothing of it";
}

TEST(FeatureChanges, CategoriesAreComparedWithThoseOfTheMemory) {
  const auto every = [](std::size_t kinds, std::size_t from) {
    std::vector<std::string> names;
    std::vector<std::int32_t> codes;
    for (std::size_t k = 0; k < kinds; ++k) names.push_back("k" + std::to_string(from + k));
    for (std::size_t row = 0; row < kLogCases; ++row) codes.push_back(static_cast<std::int32_t>(row % kinds));
    return with(words("c", names, codes));
  };
  EXPECT_THAT(changes_since(every(3, 0), every(3, 0)), IsEmpty());
  EXPECT_THAT(changes_since(every(3, 0), every(3, 1)),
              ElementsAre("feature c: 33.3% of the cases have a value that no case of the memory's warm-up has, like "
                          "'k3' in row 3"));
  EXPECT_THAT(changes_since(every(1, 0), every(1, 1)), ElementsAre(HasSubstr("100.0% of the cases")));
  EXPECT_THAT(changes_since(every(40, 0), every(40, 100)), IsEmpty()) << "many values, of which few are known";
  // Four values make nine tenths of the warm-up, thirty others the rest.
  const auto mostly = [](std::size_t from) {
    std::vector<std::string> names;
    std::vector<std::int32_t> codes;
    for (std::size_t k = 0; k < 34; ++k) names.push_back("k" + std::to_string(k < 4 ? from + k : 100 + k));
    for (std::size_t row = 0; row < kLogCases; ++row)
      codes.push_back(static_cast<std::int32_t>(row % 10 > 0 ? row % 4 : 4 + row / 10 % 30));
    return with(words("c", names, codes));
  };
  EXPECT_THAT(changes_since(mostly(0), mostly(0)), IsEmpty());
  EXPECT_THAT(changes_since(mostly(0), mostly(50)),
              ElementsAre("feature c: 100.0% of the cases have a value beside the 4 most frequent of the memory's "
                          "warm-up, like 'k104' in row 1; there it was 10.0%"));
}

}  // namespace
}  // namespace errata::replay
