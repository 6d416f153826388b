#include "errata/report/analysis/hard_or_wrong.h"

#include <gtest/gtest.h>

#include "errata/report/analysis/test_example.h"

namespace errata::report {
namespace {

TEST(HardOrWrong, TellsWhatTheConfidenceExpects) {
  const auto analysis = example_analysis();
  const slice::Excess& excess = *analysis.hotspots[0].slice.excess;
  EXPECT_EQ(excess_words(excess),
            "31.3% fail where its confidence expects 12.0%: more than it believes (adj. p = 2e-8)");
  EXPECT_EQ(excess_note(excess), "its confidence expects 12.0%: fails more than it believes (adj. p = 2e-8)");
  EXPECT_EQ(excess_sentences(excess),
            "336 of 1,075 cases fail (31.3%) where the model's calibrated confidence expects 129 (12.0%): more than it "
            "believes. Excess +19.3 points (95% interval +16.6 to +22.1); uncalibrated it claims 6.0%. Test on 538 "
            "cases: 168 failures, 64.5 expected, two-sided p = 7e-9, adjusted p = 2e-8.");
  EXPECT_EQ(belief_words(analysis),
            "1 of them fails more than it believes, 1 as it believes (what its calibrated confidence expects).");
  EXPECT_EQ(belief_words(quiet_analysis()), "");
  auto one = example_analysis();
  one.hotspots.resize(1);
  EXPECT_EQ(belief_words(one), "It fails more than it believes (what its calibrated confidence expects).");
}

TEST(HardOrWrong, TellsKindsOfFailureBesideThoseOfTheLog) {
  auto analysis = example_analysis();
  EXPECT_EQ(failure_kinds_words(analysis, analysis.hotspots[0].slice.kinds),
            "false negatives 62.0% (log 39.0%), false positives 5.0% (log 6.9%), base rate of >50K 50.0% (log 23.9%)");
  EXPECT_EQ(failure_kinds_words(analysis, analysis.hotspots[1].slice.kinds), "");
  analysis.classes->confusion = {70, 10, 0, 0, 10, 0, 2, 0, 8};
  analysis.classes->per_class = {{.name = "cat"}, {.name = "dog"}, {.name = "owl"}};
  analysis.classes->binary.reset();
  const slice::FailureKinds kinds{.confusions = {{.label = 0, .predicted = 1, .n = 9, .share = .3},
                                                 {.label = 2, .predicted = 0, .n = 1, .share = .05}}};
  EXPECT_EQ(failure_kinds_words(analysis, kinds), "confused: cat → dog 30.0% (log 10.0%), owl → cat 5.0% (log 2.0%)");
}

TEST(HardOrWrong, TellsBiasAndSpreadOfNumbers) {
  auto analysis = quiet_analysis();
  analysis.numbers = slice::NumberMetrics{.n = 1000, .bias = 0.4, .spread = 20.2};
  EXPECT_EQ(failure_kinds_words(analysis, {.bias = -12.3, .spread = 55.1}),
            "bias -12.3 (log 0.4), spread 55.1 (log 20.2)");
}

TEST(HardOrWrong, TellsAConfidenceThatIsOffAsAWhole) {
  auto analysis = example_analysis();
  EXPECT_EQ(claim_words(analysis), "Its confidence claims that 11.0% fail, and 14.6% do: it is overconfident.");
  analysis.claim->claimed_rate = .2;
  EXPECT_EQ(claim_words(analysis), "Its confidence claims that 20.0% fail, and 14.6% do: it is underconfident.");
  analysis.claim->claimed_rate = .145;  // near, whatever the test says of so many cases
  EXPECT_EQ(claim_words(analysis), "");
  analysis.claim = {.n = 20, .failures = 4, .claimed_rate = .1, .rate = .2, .log_p = -1.5};
  EXPECT_EQ(claim_words(analysis), "");
  EXPECT_EQ(claim_words(quiet_analysis()), "");
}

}  // namespace
}  // namespace errata::report
