#include "errata/improve/detection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "errata/base/rng.h"

namespace errata::improve {
namespace {

using ::testing::SizeIs;

/// Answers whose hidden states tell whether they are wrong, and whose log-probabilities do not.
struct Planted {
  std::vector<StoredAnswer> answers;
  std::vector<std::uint8_t> wrong;
  std::vector<const StoredAnswer*> places;
};

Planted planted(std::size_t count, std::uint64_t seed, const char* skill = "add") {
  Planted made;
  Rng rng(seed);
  for (std::size_t i = 0; i < count; ++i) {
    StoredAnswer one{.skill = skill, .prompt = "1+1=", .answer = "2"};
    for (std::size_t c = 0; c < 6; ++c) one.embedding.push_back(static_cast<float>(rng.normal()));
    one.mean_log_probability = -rng.uniform();
    one.least_log_probability = -1 - rng.uniform();
    made.wrong.push_back(one.embedding[2] > 0.8F ? 1 : 0);
    made.answers.push_back(std::move(one));
  }
  for (const StoredAnswer& one : made.answers) made.places.push_back(&one);
  return made;
}

TEST(AnswerAuditor, ReadsFromHiddenStatesWhatTheTokensDoNotTell) {
  const Planted learned = planted(600, 1);
  Planted asked = planted(400, 2);
  const auto auditor = AnswerAuditor::fit(learned.places, learned.wrong, 3).value();
  ASSERT_TRUE(auditor);
  const auto risks = auditor->risks(asked.places);
  for (std::size_t i = 0; i < 400; ++i) {
    EXPECT_GT(risks.combined[i], 0);
    EXPECT_LT(risks.combined[i], 1);
    asked.answers[i].auditor_risk = risks.auditor[i];
    asked.answers[i].combined_risk = risks.combined[i];
  }
  const auto quality = measure_detection(asked.answers, asked.wrong);
  EXPECT_EQ(quality.cases, 400U);
  EXPECT_GT(quality[Signal::auditor].auroc, 0.95);
  EXPECT_GT(quality[Signal::combined].auroc, 0.95);
  EXPECT_LT(quality[Signal::mean].auroc, 0.65);
  EXPECT_GT(quality.combined_less_mean, 0.3);
  EXPECT_LT(quality.combined_p, 1e-6);
  EXPECT_TRUE(std::isnan(quality[Signal::consistency].auroc));  // no samples were drawn
  EXPECT_EQ(auditor->risks(asked.places).combined, risks.combined);
  EXPECT_EQ(AnswerAuditor::fit(learned.places, learned.wrong, 3).value()->risks(asked.places).combined, risks.combined);
}

TEST(AnswerAuditor, WithTooFewOfOneKindThereIsNone) {
  Planted learned = planted(100, 1);
  std::ranges::fill(learned.wrong, 0);
  std::fill_n(learned.wrong.begin(), 11, 1);
  EXPECT_FALSE(AnswerAuditor::fit(learned.places, learned.wrong, 1).value());
  learned.wrong[50] = 1;
  EXPECT_TRUE(AnswerAuditor::fit(learned.places, learned.wrong, 1).value());
}

TEST(Detection, IsMeasuredOnAnswersThatNothingLearnedFrom) {
  // Risks 4 3 2 1 of wrong, right, wrong, right: 3 of 4 pairs in order. The fifth, which would spoil it, was labelled.
  std::vector<StoredAnswer> answers(5);
  for (std::size_t i = 0; i < 5; ++i) answers[i].mean_log_probability = static_cast<double>(i) - 4;
  answers[4].labelled = true;
  const std::vector<std::uint8_t> wrong{1, 0, 1, 0, 1};
  const auto quality = measure_detection(answers, wrong);
  EXPECT_EQ(quality.cases, 4U);
  EXPECT_EQ(quality.wrong, 2U);
  EXPECT_EQ(quality.labelled, 1U);
  EXPECT_EQ(quality.labelled_wrong, 1U);
  EXPECT_DOUBLE_EQ(quality[Signal::mean].auroc, 0.75);
  // From the safest: 0/1, 1/2, 1/3, 2/4.
  EXPECT_NEAR(quality[Signal::mean].aurc, (0 + 1 / 2. + 1 / 3. + 2 / 4.) / 4, 1e-12);
}

TEST(Detection, OfAWithheldSkillComesFromAnAuditorOfTheOthers) {
  Planted learned = planted(600, 1);
  Planted asked = planted(300, 2, "sub");
  const std::vector<std::string> skills{"add", "sub"};
  const auto qualities = measure_withheld(skills, learned.places, learned.wrong, asked.answers, asked.wrong, 4).value();
  ASSERT_THAT(qualities, SizeIs(2));
  EXPECT_TRUE(std::isnan(qualities[0].auditor));  // of sub alone there is nothing to learn from
  EXPECT_EQ(qualities[0].cases, 0U);
  EXPECT_EQ(qualities[1].cases, 300U);
  EXPECT_GT(qualities[1].auditor, 0.9);
}

TEST(Detection, GoesByTheDetectorThatIsAskedFor) {
  const std::vector<std::uint8_t> wrong{1, 0};
  std::vector<StoredAnswer> answers(2);
  answers[0] = {.skill = "add", .prompt = "1+1=", .answer = "3", .mean_log_probability = std::log(0.9)};
  answers[0].least_log_probability = std::log(0.8);
  answers[1] = {.skill = "add", .prompt = "2+2=", .answer = "4", .mean_log_probability = std::log(0.7)};
  answers[1].least_log_probability = std::log(0.5);
  answers[0].agreement = 0.25;
  answers[1].agreement = 1;
  answers[0].combined_risk = 0.9;
  answers[1].combined_risk = 0.1;
  const auto detected = [&](const LoopOptions& options) {
    detect(options, wrong, answers);
    return std::pair(answers[0].detected, answers[1].detected);
  };
  constexpr auto no = Detected::no, is_wrong = Detected::wrong, doubtful = Detected::doubtful;
  EXPECT_EQ(detected({.doubt = 0.6}), std::pair(is_wrong, doubtful));
  EXPECT_EQ(answers[0].detector + answers[1].detector, "verifierleast");
  EXPECT_EQ(detected({.detect = Detector::least, .doubt = 0.6}), std::pair(no, doubtful));
  EXPECT_EQ(detected({.detect = Detector::mean, .doubt = 0.6}), std::pair(no, no));
  EXPECT_EQ(detected({.detect = Detector::consistency, .doubt = 0.6}), std::pair(doubtful, no));
  EXPECT_EQ(detected({.detect = Detector::combined, .doubt = 0.6}), std::pair(doubtful, no));
  EXPECT_DOUBLE_EQ(answers[0].confidence, 0.1);
  EXPECT_EQ(detected({.detect = Detector::auditor, .doubt = 0.6}), std::pair(no, no));  // there was none
  answers[0].labelled = answers[1].labelled = true;
  EXPECT_EQ(detected({.detect = Detector::auditor, .doubt = 0.6}), std::pair(is_wrong, no));
}

}  // namespace
}  // namespace errata::improve
