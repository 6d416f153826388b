#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "errata/report/kit/test_text.h"
#include "errata/report/replay/terminal.h"
#include "errata/report/replay/test_example.h"

namespace errata::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ReplayTerminal, TellsTheStoryInOrder) {
  const std::string text = replay_terminal(example_replay());
  std::size_t last = 0;
  for (const char* part : {"elec2.parquet",
                           "45,312 cases in order: 13,594 for training",
                           "Outcomes come 100 cases later.",
                           "instead of",
                           "What the policy did",
                           "Told to accept 20% of the cases.",
                           "are deferred (3.2%",
                           "Guarantee: for any sequence of scores the number of accepted cases",
                           "failures better than the best baseline, `confidence_ema`",
                           "confidence_ema",
                           "oracle",
                           "thresholds set from the past alone",
                           "20%     19.7%          0.30%         0.25%",
                           "Failure modes",
                           "near it  failed   fail  activity",
                           "nswdemand high",
                           "6,072   2,611  43.0%",
                           "`nswdemand` in [0.63, 0.98]",
                           "retired",
                           "Failures were more frequent than usual in 2 regimes of all cases and 1 near",
                           "mode 3",
                           "all cases",
                           "still on",
                           "differs from the failure rate by 1.8% on average",
                           "neighbours + rec",
                           "2 correctable",
                           "3e-12",
                           "irreducible",
                           "0.0031",
                           "What to do",
                           "- Decide by the memory's risk",
                           "1 warning"}) {
    const std::size_t found = text.find(part, last);
    ASSERT_NE(found, std::string::npos) << part << " is missing or out of place";
    last = found;
  }
}

TEST(ReplayTerminal, NothingFoundReadsWell) {
  const std::string quiet = replay_terminal(quiet_replay());
  EXPECT_THAT(quiet, HasSubstr("a.csv and 2 more"));
  EXPECT_THAT(quiet, HasSubstr("(40 of them without an"));
  EXPECT_THAT(quiet, HasSubstr("come 36 hours later."));
  EXPECT_THAT(quiet, HasSubstr("10.0% of cases fail; the policy accepts none."));
  EXPECT_THAT(quiet, HasSubstr("at most 2% of them fail (ltt)"));
  EXPECT_THAT(quiet, HasSubstr("No mode was found"));
  EXPECT_THAT(quiet, HasSubstr("at no time clearly more frequent"));
  EXPECT_THAT(quiet, Not(HasSubstr("corrected")));
  const std::string empty = replay_terminal(empty_replay());
  EXPECT_THAT(empty, HasSubstr("No case was evaluated."));
  EXPECT_THAT(empty, Not(HasSubstr("policy")));
  replay::Replay unknown = empty_replay();
  unknown.evaluated = unknown.without_outcome = 10;
  unknown.policy.accepted_unknown = 7;
  unknown.policy.cold_unknown = 3;
  const std::string untold = replay_terminal(unknown);
  EXPECT_THAT(
      untold,
      HasSubstr("7 of 10 cases are accepted (3 were decided by the rule of\nthe cold start: abstain), and how many"));
  EXPECT_THAT(untold, Not(HasSubstr("No mode was found")));
  EXPECT_THAT(untold, HasSubstr("Nothing can be told: no outcome is known."));
  for (const std::string& text : {quiet, empty, untold}) EXPECT_THAT(text, Not(HasSubstr("nan")));
}

TEST(ReplayTerminal, StreamsStandWorstFirstAndNameTheirModesAndRegimes) {
  const std::string text = replay_terminal(streams_replay());
  std::size_t last = 0;
  for (const char* part :
       {"fail in device a1 instead of", "Guarantee: summed over the streams", "Streams",
        "15 streams of `device` have a memory, regimes, a policy and a warm-up of their", "in 2 a regime is still on",
        "1,800  25.1%     22.3%           5.0%           1", "a1", "5 more in the report.", "Failure modes",
        "device a0: nswdemand high", "of all cases of a stream", "mode 3,", "device a1", "What to do",
        "Look near mode 3 in device a0", "in device a1: 1430 of 3400"}) {
    const std::size_t found = text.find(part, last);
    ASSERT_NE(found, std::string::npos) << part << " is missing or out of place in\n" << text;
    last = found;
  }
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(replay_terminal(example_replay()), Not(HasSubstr("Streams")));
}

TEST(ReplayTerminal, ColoursComeOnlyWhenAsked) {
  EXPECT_THAT(replay_terminal(example_replay()), Not(HasSubstr("\x1b")));
  EXPECT_THAT(replay_terminal(hostile_replay()), Not(HasSubstr("\x1b")));
  EXPECT_THAT(replay_terminal(example_replay(), {.colour = true}), HasSubstr("\x1b["));
}

TEST(ReplayTerminal, LongListsEndWithACount) {
  replay::Replay replay = example_replay();
  while (replay.modes.size() < 20) replay.modes.push_back(replay.modes[1]);
  while (replay.regimes.size() < 30) replay.regimes.push_back(replay.regimes[1]);
  const std::string text = replay_terminal(replay);
  EXPECT_THAT(text, HasSubstr("12 more in the report."));
  EXPECT_THAT(text, HasSubstr("22 more in the report."));
}

}  // namespace
}  // namespace errata::report
