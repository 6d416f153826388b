#include "errata/replay/early_warm_up.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "errata/replay/run.h"
#include "errata/replay/run_streams.h"
#include "errata/replay/test_log.h"

namespace errata::replay {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(EarlyWarmUp, IsOneWithFewerThanTenOutcomesOrThanHalfOfItsCases) {
  const auto is_early = [](std::size_t cases, std::size_t outcomes, std::size_t known) {
    return early_warm_up(monitor::WarmUpEnd{.cases = cases, .outcomes = outcomes}, 2001, known).has_value();
  };
  EXPECT_TRUE(is_early(1000, 0, 5000));
  EXPECT_TRUE(is_early(1000, 9, 5000));
  EXPECT_FALSE(is_early(1000, 10, 5000));
  EXPECT_TRUE(is_early(6, 2, 100));
  EXPECT_FALSE(is_early(6, 3, 100));
  EXPECT_TRUE(is_early(2, 0, 100));
  EXPECT_FALSE(is_early(2, 1, 100));
  EXPECT_FALSE(is_early(1000, 3, 3)) << "no longer one would have more";
  EXPECT_FALSE(early_warm_up(std::nullopt, 1, 100)) << "none ended";
}

TEST(EarlyWarmUp, SaysWhatWaitsForOutcomes) {
  const monitor::WarmUpEnd end{.cases = 1000, .outcomes = 0};
  EXPECT_EQ(sentence_of({.end = end, .first_outcome = 2001}, 20'000, false),
            "the warm-up ended after 1000 cases, before any of their outcomes had come: the memory began without "
            "failures to place its modes by and with a guess at the usual failure rate, so risks depend on where the "
            "warm-up ended; the first outcome came after 2001 cases: `--warm-up 3001` waits for them");
  EXPECT_THAT(sentence_of({.end = end, .first_outcome = 2001}, 20'000, true),
              HasSubstr("after 2001 cases: name more cases train or warm, some 3001"));
  EXPECT_THAT(sentence_of({.end = end, .first_outcome = 2001}, 3001, false),
              HasSubstr("the first outcome came after 2001 of 3001 cases, so that a longer log, or a memory saved"));
  EXPECT_THAT(sentence_of({.end = end, .first_outcome = {}}, 3001, false),
              HasSubstr("outcomes are later than this log is long"));
  EXPECT_THAT(sentence_of({.end = {.cases = 40, .outcomes = 1}, .first_outcome = 39}, 900, false),
              AllOf(HasSubstr("after 40 cases, when one of their outcomes had come"), HasSubstr("`--warm-up 79`")));
}

std::vector<std::string> warnings_of(std::size_t delay, const CaseOptions& cases) {
  ThreadPool pool(2);
  const auto replayed = run(example_log(3000), {.cases = cases, .delay = {.steps = delay}, .replicates = 0}, {}, pool);
  EXPECT_TRUE(replayed) << replayed.error().message;
  return replayed ? replayed->replay.warnings : std::vector<std::string>();
}

const auto kEarly = Contains(HasSubstr("the warm-up ended after"));

// With a delay of D cases the outcome of the first is known before case D + 1, when D + 1 cases were met.
TEST(EarlyWarmUp, IsToldOfAReplay) {
  const CaseOptions usual;  // a tenth: 300 cases
  EXPECT_THAT(warnings_of(0, usual), Not(kEarly));
  EXPECT_THAT(warnings_of(200, usual), Not(kEarly));
  EXPECT_THAT(warnings_of(400, usual),
              Contains(AllOf(HasSubstr("after 300 cases, before any"), HasSubstr("`--warm-up 701`"))));
  EXPECT_THAT(warnings_of(400, {.warm_up = {.cases = 701}}), Not(kEarly)) << "the remedy helps";
  EXPECT_THAT(warnings_of(290, usual), Contains(HasSubstr("when 9 of their outcomes had come")));
  EXPECT_THAT(warnings_of(289, usual), Not(kEarly));
  EXPECT_THAT(warnings_of(1400, {.warm_up = {.cases = 0}}),
              Contains(AllOf(HasSubstr("after 1000 cases"), HasSubstr("`--warm-up 2401`"))))
      << "the memory's own warm-up";
  EXPECT_THAT(warnings_of(2800, usual), Contains(HasSubstr("after 2801 of 3000 cases, so that a longer log")));
  EXPECT_THAT(warnings_of(3000, usual), AllOf(Not(kEarly), Contains(HasSubstr("no outcome arrived"))));
}

TEST(EarlyWarmUp, IsToldOnceOfAllStreams) {
  auto log = example_log(3000);
  std::vector<std::int32_t> device;
  for (std::size_t i = 0; i < log.rows; ++i) device.push_back(i % 3 == 0 ? 1 : 0);  // 2,000 of a, 1,000 of b
  log.columns.push_back(words("device", {"a", "b"}, device));
  log.roles.stream = "device";
  ThreadPool pool(2);
  const auto replayed =
      run_streams(log, {.cases = {.warm_up = {.cases = 100}}, .delay = {.steps = 150}, .replicates = 0}, {}, pool);
  ASSERT_TRUE(replayed) << replayed.error().message;
  EXPECT_THAT(replayed->replay.warnings,
              Contains(AllOf(HasSubstr("in 2 of 2 streams, like stream 'a', the warm-up ended after 100 cases, before"),
                             HasSubstr("after 151 cases: `--warm-up 251`"))));
}

}  // namespace
}  // namespace errata::replay
