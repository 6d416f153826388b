#include "errata/audit/auditor_file.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <limits>

#include "errata/audit/test_planted.h"
#include "errata/base/atomic_file.h"
#include "errata/base/test_folder.h"
#include "errata/nn/archive.h"

namespace errata::audit {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::planted_cases;

FittedAuditor fitted(AuditorTarget target) {
  const AuditCases cases = planted_cases(300, 1), others = planted_cases(300, 2);
  std::vector<std::uint8_t> clean;
  Auditor auditor =
      Auditor::train(training_cases(cases, clean), {.target = target, .hidden = {8}, .epochs = 2}).value();
  RiskCalibration calibration =
      RiskCalibration::fit(CalibrationMethod::isotonic, auditor.risks(others.outputs()), others.failed).value();
  OperatingPoint nothing{.target = .01, .delta = .05};
  nothing.at.threshold = -std::numeric_limits<double>::infinity();
  OperatingPoint some{.rule = OperatingRule::ltt, .target = .05, .delta = .1};
  some.at = {.threshold = .1234567890123, .coverage = .5, .accepted = {.failures = 2, .trials = 80}, .risk_bound = .04};
  return {.auditor = std::move(auditor),
          .calibration = std::move(calibration),
          .blocks = cases.blocks,
          .classes = cases.classes,
          .logit_columns = {"logits"},
          .latent_columns = {"noise", "signal"},
          .points = {nothing, some},
          .trained_on = "planted \"cases\"",
          .train_cases = 300,
          .train_failures = 71,
          .model = 0xfedcba9876543210,
          .metrics = R"({"auroc":0.5})"};
}

TEST(AuditorFile, ComesBackBitForBit) {
  const TestFolder files;
  const AuditCases cases = planted_cases(200, 3);
  for (const auto target : {AuditorTarget::label, AuditorTarget::failure}) {
    const FittedAuditor before = fitted(target);
    ASSERT_TRUE(save_auditor(files / "auditor.pt", before));
    const auto after = load_auditor(files / "auditor.pt");
    ASSERT_TRUE(after) << after.error().message;
    EXPECT_EQ(after->risks(cases.outputs()), before.risks(cases.outputs()));
    EXPECT_EQ(after->auditor.target(), target);
    EXPECT_THAT(after->classes, ElementsAre("0", "1"));
    EXPECT_EQ(after->latent_columns, before.latent_columns);
    EXPECT_EQ(after->logit_columns, before.logit_columns);
    ASSERT_EQ(after->blocks.size(), 2U);
    EXPECT_EQ(after->blocks[1].name, "signal");
    EXPECT_EQ(after->blocks[1].first, 3U);
    EXPECT_EQ(after->trained_on, before.trained_on);
    EXPECT_EQ(after->train_failures, 71U);
    EXPECT_EQ(after->metrics, before.metrics);
    EXPECT_EQ(after->model, before.model);
    ASSERT_EQ(after->points.size(), 2U);
    EXPECT_FALSE(after->points[0].accepts(0));
    EXPECT_EQ(after->points[1].rule, OperatingRule::ltt);
    EXPECT_EQ(after->points[1].at.threshold, before.points[1].at.threshold);
    EXPECT_EQ(after->points[1].at.accepted.trials, 80U);
  }
}

TEST(AuditorFile, KnowsWhatIsUnlikeTheAcceptedCases) {
  const TestFolder files;
  const AuditCases cases = planted_cases(200, 3);
  FittedAuditor before = fitted(AuditorTarget::label);
  const auto read = before.auditor.read_by_heads(cases.outputs());
  before.typicality = nn::Typicality::fit({read, cases.count, before.auditor.read_width()}, cases.predicted, 2);
  before.distance_limit = nn::distance_limit(before.distances(cases.outputs()), 0.25);
  before.unlike_share = 0.25;
  const auto unlike = before.unlike(cases.outputs());
  EXPECT_NEAR(static_cast<double>(std::ranges::count(unlike, 1)), 50, 1);
  ASSERT_TRUE(save_auditor(files / "auditor.pt", before));
  const auto after = load_auditor(files / "auditor.pt");
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_EQ(after->unlike(cases.outputs()), unlike);
  EXPECT_EQ(after->unlike_share, 0.25);
  EXPECT_EQ(after->distance_limit, before.distance_limit);
  before.typicality =
      nn::Typicality::fit({cases.latents, cases.count, cases.width()}, cases.predicted, 2);  // fewer columns
  ASSERT_TRUE(save_auditor(files / "auditor.pt", before));
  EXPECT_THAT(load_auditor(files / "auditor.pt").error().message, HasSubstr("typical cases do not fit the heads"));
}

TEST(AuditorFile, TheSameAuditorGivesTheSameFile) {
  const TestFolder files;
  ASSERT_TRUE(save_auditor(files / "one.pt", fitted(AuditorTarget::label)));
  ASSERT_TRUE(save_auditor(files / "two.pt", fitted(AuditorTarget::label)));
  EXPECT_EQ(read_file(files / "one.pt").value(), read_file(files / "two.pt").value());
}

TEST(AuditorFile, CutShortOrOfAnotherKindIsRefusedByName) {
  const TestFolder files;
  ASSERT_TRUE(save_auditor(files / "auditor.pt", fitted(AuditorTarget::label)));
  const std::string content = read_file(files / "auditor.pt").value();
  for (const std::size_t size : {std::size_t{0}, std::size_t{100}, content.size() / 2, content.size() - 1}) {
    const auto cut = load_auditor(files.file("cut.pt", content.substr(0, size)));
    ASSERT_FALSE(cut) << size;
    EXPECT_THAT(cut.error().message, HasSubstr("cut.pt"));
  }
  EXPECT_THAT(load_auditor(files / "none.pt").error().message, HasSubstr("none.pt"));
  ASSERT_TRUE(nn::write_archive(files / "other.pt",
                                {.kind = "errata.other", .tensors = {{.name = "a", .shape = {1}, .values = {1}}}},
                                "def forward(self, x: Tensor) -> Tensor:\n    return x * self.a\n"));
  EXPECT_THAT(load_auditor(files / "other.pt").error().message,
              AllOf(HasSubstr("other.pt"), HasSubstr("errata.other")));
}

/// Writes the file again with one thing changed, as a mistaken program would.
std::string refusal(const TestFolder& files, const std::function<void(nn::Archive&)>& change) {
  auto archive = nn::read_archive(files / "auditor.pt", "errata.auditor", kAuditorVersion).value();
  change(archive);
  EXPECT_TRUE(nn::write_archive(files / "changed.pt", archive,
                                "def forward(self, x: Tensor) -> Tensor:\n    return x * self.bound\n"));
  const auto loaded = load_auditor(files / "changed.pt");
  return loaded ? "" : loaded.error().message;
}

/// The same with one field of the description written otherwise.
std::string refused_with(const TestFolder& files, const std::string& field, const std::string& otherwise) {
  return refusal(files, [&](nn::Archive& archive) {
    const auto at = archive.description.find(field);
    ASSERT_NE(at, std::string::npos) << field;
    archive.description.replace(at, field.size(), otherwise);
  });
}

TEST(AuditorFile, FieldsThatCannotBeAreRefusedByName) {
  const TestFolder files;
  ASSERT_TRUE(save_auditor(files / "auditor.pt", fitted(AuditorTarget::label)));
  const auto with = [&](const std::string& field, const std::string& otherwise) {
    return refused_with(files, field, otherwise);
  };
  EXPECT_THAT(with(R"("classes":["0","1"])", R"("classes":["0","1","2"])"),
              AllOf(HasSubstr("changed.pt"), HasSubstr("field classes: it has 3, but the heads have 2 outputs")));
  for (const char* width : {"0", "-1", "9223372036854775808", "1e300", "2.5", "7"})
    EXPECT_THAT(with(R"("width":3)", fmt::format(R"("width":{})", width)),
                AnyOf(HasSubstr("field width"), HasSubstr("field blocks")))
        << width;
  EXPECT_THAT(with(R"("blocks":[)", R"("blocks":[],"was":[)"),
              HasSubstr("field blocks: they have 0 columns, the auditor reads 5 latents"));
  EXPECT_THAT(with(R"("train_cases":300)", R"("train_cases":-300)"), HasSubstr("field train_cases: -300 is below 0"));
  EXPECT_THAT(with(R"("train_cases":300)", R"("train_cases":"300")"),
              HasSubstr("field train_cases: a whole number is expected, not string"));
  EXPECT_THAT(with(R"("target":0.05)", R"("target":5)"), HasSubstr("field target: 5 is not in [0, 1]"));
  EXPECT_THAT(with(R"("failures":2)", R"("failures":200)"), HasSubstr("field failures: 200 of 80 accepted cases"));
  EXPECT_THAT(with(R"("rule":"ltt")", R"("rule":"lot")"), HasSubstr("field rule"));
  EXPECT_THAT(with(R"("trained_on":)", R"("trained":)"), HasSubstr("there is no field trained_on"));
  EXPECT_THAT(with(R"("model":"fedcba9876543210")", R"("model":"primary.pt")"), HasSubstr("field model: it is no"));
  EXPECT_EQ(with(R"("model":"fedcba9876543210")", R"("was":0)"), "") << "as in files of earlier versions";
  const std::size_t deep = 100'000;
  const std::string echoed =
      with(R"("metrics":{)", R"("metrics":)" + std::string(deep, '[') + std::string(deep, ']') + R"(,"was":{)");
  EXPECT_THAT(echoed, HasSubstr("nests deeper than 64 levels"));
  EXPECT_LT(echoed.size(), 300U);
}

TEST(AuditorFile, WeightsThatCannotBeAreRefusedByName) {
  const TestFolder files;
  ASSERT_TRUE(save_auditor(files / "auditor.pt", fitted(AuditorTarget::label)));
  const auto with = [&](const std::string& name, float value) {
    return refusal(files, [&](nn::Archive& archive) {
      std::ranges::find(archive.tensors, name, &nn::NamedTensor::name)->values.front() = value;
    });
  };
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinite = std::numeric_limits<float>::infinity();
  for (const char* name : {"mean", "scale", "bound", "head0.layer0.weight", "head0.layer1.bias"})
    for (const float value : {nan, infinite})
      EXPECT_THAT(with(name, value), HasSubstr(fmt::format("tensor {}: value {} at 0 is not finite", name, value)));
  EXPECT_THAT(with("bound", -1), HasSubstr("tensor bound: -1 is not >= 0"));
  for (const float value : {nan, 256.F, -1.F})
    EXPECT_THAT(with("calibration", value), HasSubstr("tensor calibration: "));
}

TEST(AuditorFile, WhatDoesNotFitTogetherIsRefused) {
  const TestFolder files;
  ASSERT_TRUE(save_auditor(files / "auditor.pt", fitted(AuditorTarget::label)));
  EXPECT_EQ(refusal(files, [](nn::Archive&) {}), "");
  EXPECT_THAT(refusal(files, [](nn::Archive& archive) { archive.version = kAuditorVersion + 1; }), HasSubstr("2"));
  EXPECT_THAT(refusal(files, [](nn::Archive& archive) { archive.description = "{}"; }), HasSubstr("cannot be used"));
  EXPECT_THAT(refused_with(files, R"("target":"label")", R"("target":"maybe")"),
              HasSubstr("field target: it is neither label nor failure"));
  EXPECT_THAT(refusal(files,
                      [](nn::Archive& archive) {
                        std::erase_if(archive.tensors, [](const auto& tensor) { return tensor.name == "calibration"; });
                      }),
              HasSubstr("no calibration"));
  EXPECT_THAT(refusal(files,
                      [](nn::Archive& archive) {
                        std::erase_if(archive.tensors,
                                      [](const auto& tensor) { return tensor.name.starts_with("head0"); });
                      }),
              HasSubstr("no head"));
}

}  // namespace
}  // namespace errata::audit
