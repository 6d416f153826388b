#include "errata/robustness/probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "errata/base/limits.h"
#include "errata/robustness/perturb.h"
#include "errata/robustness/test_evidence.h"

namespace errata::robustness {
namespace {

using ::testing::HasSubstr;

/// "light" where the mean pixel is above a half, ten times as sure as it is far.
Result<std::vector<float>> by_brightness(MatrixView<const float> images) {
  std::vector<float> logits;
  for (std::size_t i = 0; i < images.rows(); ++i) {
    float sum = 0;
    for (const float x : images.row(i)) sum += x;
    const float above = 10 * (sum / static_cast<float>(images.cols()) - 0.5F);
    logits.insert(logits.end(), {-above, above});
  }
  return logits;
}

constexpr ProbeOptions kFew{.sample = 20, .sequences = 6, .frames = 4, .foreign = 10};

Result<Evidence> probed(const image::ImageSet& images, const ProbeOptions& options = kFew,
                        const Classify& model = by_brightness, const Classify& earlier = {}, std::size_t threads = 2) {
  ThreadPool pool(threads);
  return probe(images, model, earlier, nullptr, options, pool);
}

TEST(Probe, RunsTheModelOnWhatEveryCheckNeeds) {
  const auto evidence = probed(dark_and_light(30));
  ASSERT_TRUE(evidence) << evidence.error().message;
  const Sweep& sweep = *evidence->sweep;
  EXPECT_EQ(sweep.cases.size(), 20U * (1 + default_corruptions().size() * kLevels.size()));
  EXPECT_EQ(std::ranges::count(sweep.cases, 0U, &ShiftedCase::level), 20);
  for (const ShiftedCase& one : sweep.cases) {
    EXPECT_EQ(one.label, one.subject % 2);
    EXPECT_EQ(one.failed, one.label != one.predicted);
    if (one.level == 0) {
      EXPECT_FALSE(one.failed);
      EXPECT_GT(one.confidence, 0.5);
    }
  }
  EXPECT_EQ(evidence->sequences->frames.size(), 6U * 4 * kPerturbations.size());
  EXPECT_EQ(evidence->foreign->sets, (std::vector<std::string>{"voids", "machines"}));
  EXPECT_EQ(evidence->foreign->set_of.size(), 20U + 2 * 10);
  for (const auto& risks : evidence->foreign->risks) EXPECT_EQ(risks.size(), evidence->foreign->set_of.size());
  EXPECT_EQ(evidence->log->rows, 30U);
  EXPECT_EQ(evidence->why(Check::retention), Unmeasured::no_earlier);
  EXPECT_FALSE(evidence->paired);
}

/// The brightness corruption adds up to .2 at level 3, .45 at level 5: the lightest of the dark ones cross the middle.
TEST(Probe, AClassifierOfBrightnessFallsToBrightnessAlone) {
  ProbeOptions options = kFew;
  options.checks = {Check::corruption};
  options.corruptions = {image::Corruption::brightness, image::Corruption::gaussian_blur};
  const auto evidence = probed(dark_and_light(30), options);
  ASSERT_TRUE(evidence) << evidence.error().message;
  std::size_t brightness = 0, blur = 0;
  for (const ShiftedCase& one : evidence->sweep->cases) {
    if (!one.failed) continue;
    ++(one.corruption == 0 ? brightness : blur);
    EXPECT_EQ(one.label, 0U) << "only dark ones";
    EXPECT_GE(one.level, 4U) << ".3 + .2 is no more than a half";
  }
  EXPECT_GT(brightness, 0U);
  EXPECT_EQ(blur, 0U);
  EXPECT_FALSE(evidence->foreign);
  EXPECT_FALSE(evidence->sequences);
}

TEST(Probe, AnEarlierModelAnswersTheSamePictures) {
  const Classify always_dark = [](MatrixView<const float> images) -> Result<std::vector<float>> {
    std::vector<float> logits;
    for (std::size_t i = 0; i < images.rows(); ++i) logits.insert(logits.end(), {1, 0});
    return logits;
  };
  const auto evidence = probed(dark_and_light(30), kFew, always_dark, by_brightness);
  ASSERT_TRUE(evidence) << evidence.error().message;
  EXPECT_EQ(evidence->why(Check::retention), Unmeasured::none);
  EXPECT_EQ(std::ranges::count(evidence->paired->failed, 1), 15);
  EXPECT_EQ(std::ranges::count(evidence->paired->failed_before, 1), 0);
}

TEST(Probe, TheSameSeedGivesTheSameOnAnyNumberOfThreads) {
  const auto one = probed(dark_and_light(30), kFew, by_brightness, {}, 1);
  const auto three = probed(dark_and_light(30), kFew, by_brightness, {}, 3);
  ASSERT_TRUE(one && three);
  for (std::size_t i = 0; i < one->sweep->cases.size(); ++i) {
    EXPECT_EQ(one->sweep->cases[i].subject, three->sweep->cases[i].subject);
    EXPECT_EQ(one->sweep->cases[i].confidence, three->sweep->cases[i].confidence);
  }
  EXPECT_EQ(one->foreign->risks, three->foreign->risks);
  ProbeOptions other = kFew;
  other.seed = 2;
  const auto another = probed(dark_and_light(30), other);
  ASSERT_TRUE(another);
  EXPECT_NE(one->foreign->risks, another->foreign->risks);
}

TEST(Probe, LettersAreForeignToDigitsAlone) {
  image::ImageSet digits = dark_and_light(30);
  digits.classes = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
  const Classify ten = [](MatrixView<const float> images) -> Result<std::vector<float>> {
    return std::vector<float>(images.rows() * 10, 0.F);
  };
  ProbeOptions options = kFew;
  options.checks = {Check::rejection};
  const auto evidence = probed(digits, options, ten);
  ASSERT_TRUE(evidence) << evidence.error().message;
  EXPECT_EQ(evidence->foreign->sets.back(), "letters");
}

TEST(Probe, GivenPicturesOfAnyShapeAreForeignToo) {
  ThreadPool pool(1);
  image::ImageSet given = dark_and_light(4);
  given.name = "mine";
  given.height = 4;
  given.width = 16;
  ProbeOptions options = kFew;
  options.checks = {Check::rejection};
  const auto evidence = probe(dark_and_light(30), by_brightness, {}, &given, options, pool);
  ASSERT_TRUE(evidence) << evidence.error().message;
  EXPECT_EQ(evidence->foreign->sets.back(), "mine");
  EXPECT_EQ(std::ranges::count(evidence->foreign->set_of, 2U), 4);
}

TEST(Probe, WhatIsNoClassifierOfThesePicturesIsRefused) {
  const auto gives = [](std::size_t values, float value) -> Classify {
    return [=](MatrixView<const float> images) -> Result<std::vector<float>> {
      return std::vector<float>(images.rows() * values, value);
    };
  };
  const auto wrong = [](const Result<Evidence>& evidence) {
    return evidence ? std::string() : evidence.error().message;
  };
  EXPECT_THAT(wrong(probed(dark_and_light(30), kFew, gives(3, 0))),
              HasSubstr("gives 3 numbers an image, but dark and light has 2 classes"));
  EXPECT_THAT(wrong(probed(dark_and_light(30), kFew, gives(2, static_cast<float>(kNaN)))), HasSubstr("not finite"));
  EXPECT_THAT(wrong(probed(dark_and_light(1))), HasSubstr("1 pictures"));
  image::ImageSet one_class = dark_and_light(30);
  one_class.classes = {"dark"};
  one_class.labels.assign(30, 0);
  EXPECT_THAT(wrong(probed(one_class)), HasSubstr("one class"));
  ProbeOptions options = kFew;
  options.frames = 1;
  EXPECT_THAT(wrong(probed(dark_and_light(30), options)), HasSubstr("frames 1"));
}

}  // namespace
}  // namespace errata::robustness
