// The use cases of audits as a C++ program calls them, with nothing given but what they ask for.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "errata/base/rng.h"
#include "errata/base/test_folder.h"
#include "errata/engine_nn/audit_capture.h"
#include "errata/engine_nn/audit_fit.h"
#include "errata/engine_nn/audit_picture.h"
#include "errata/engine_nn/audit_train.h"

namespace errata::engine_nn {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;

constexpr std::size_t kCases = 1500;

/// Lines of JSON: three latents, of which the first tells by its size who fails, and two logits.
std::string log_text(std::uint64_t seed, bool anything_fails = true) {
  Rng rng(seed);
  std::string text;
  for (std::size_t i = 0; i < kCases; ++i) {
    const double tells = rng.uniform();
    const int predicted = static_cast<int>(i % 2);
    const int label = anything_fails && rng.bernoulli(tells > 0.7 ? 0.9 : 0.05) ? 1 - predicted : predicted;
    text += fmt::format(R"({{"label":{},"prediction":{},"latents":[{},{},{}],"logits":[{},{}]}})", label, predicted,
                        tells, rng.uniform(), predicted, 1 - predicted, predicted);
    text += '\n';
  }
  return text;
}

class AuditUseCases : public ::testing::Test {
 protected:
  AuditFitRequest fit_request(const std::string& log) {
    AuditFitRequest request{.read = {.paths = {log}}};
    request.columns = {.latents = {"latents"}, .logits = {"logits"}};
    request.fit.auditor.epochs = 30;
    request.fit.longer = false;
    request.fit.replicates = 20;
    request.fit.evidence_seeds = 0;
    request.fit.baselines = false;
    request.auditor = folder.path("auditor.pt");
    return request;
  }

  TestFolder folder;
  ThreadPool pool{2};
};

TEST_F(AuditUseCases, AnAuditorThatIsFittedToALogScoresAnother) {
  const auto request = fit_request(folder.file("log.jsonl", log_text(1)));
  const auto audit = fit_audit(request, pool);
  ASSERT_TRUE(audit) << audit.error().message;
  EXPECT_EQ(audit->no_auditor, "");
  AuditScoreRequest asked{.read = {.paths = {folder.file("new.jsonl", log_text(2))}}};
  asked.columns = request.columns;
  asked.auditor = request.auditor;
  asked.output = folder.path("scored.jsonl");
  const auto scored = score_audit(asked, pool);
  ASSERT_TRUE(scored) << scored.error().message;
  EXPECT_EQ(scored->cases, kCases);
  // Ranking by "is the first latent above .7" alone has AUROC .5 + (P(above | fails) − P(above | right)) / 2: of the
  // cases .27 fail above and .035 below, .03 are right above and .665 below, so .5 + (.885 − .043) / 2 = .921.
  EXPECT_GT(scored->auroc.value(), 0.88);
  EXPECT_NEAR(scored->mean_risk, 0.305, 0.06);
  EXPECT_TRUE(fs::exists(asked.output));
}

TEST_F(AuditUseCases, WithoutFailuresThereIsNoAuditorAndNoFile) {
  auto request = fit_request(folder.file("log.jsonl", log_text(1, false)));
  request.fit.baselines = true;
  const auto audit = fit_audit(request, pool);
  ASSERT_TRUE(audit) << audit.error().message;
  EXPECT_THAT(audit->no_auditor, HasSubstr("nothing to learn"));
  EXPECT_FALSE(fs::exists(request.auditor));
}

TEST_F(AuditUseCases, AColumnThatIsNotThereIsRefusedByName) {
  auto request = fit_request(folder.file("log.jsonl", log_text(1)));
  request.columns.logits = {"scores"};
  const auto audit = fit_audit(request, pool);
  ASSERT_FALSE(audit);
  EXPECT_THAT(audit.error().message, HasSubstr("scores"));
  EXPECT_FALSE(fs::exists(request.auditor));
}

TEST_F(AuditUseCases, WhatWasCancelledIsAnErrorOfThatCode) {
  Cancellation stop;
  stop.request();
  const auto request = fit_request(folder.file("log.jsonl", log_text(1)));
  EXPECT_EQ(fit_audit(request, pool, Progress(&stop)).error().code, ErrorCode::cancelled);
  const AuditTrainRequest training{.output = folder.path("audit")};
  EXPECT_EQ(train_audit(training, pool, Progress(&stop)).error().code, ErrorCode::cancelled);
  EXPECT_FALSE(fs::exists(request.auditor));
}

/// 2 epochs of these cases are a few steps; what else was tried is in the audit.
TEST_F(AuditUseCases, AShortTrainingIsMadeLongerWhereNothingElseIsAsked) {
  auto request = fit_request(folder.file("log.jsonl", log_text(1)));
  request.fit.auditor.epochs = 2;
  request.fit.auditor.hidden = {16};
  request.fit.longer = request.fit.other_question = true;
  const auto audit = fit_audit(request, pool);
  ASSERT_TRUE(audit) << audit.error().message;
  const audit::AuditSubject& subject = audit->subject;
  EXPECT_GT(subject.tried.size(), 2U);
  EXPECT_GT(subject.epochs, 2U);
  EXPECT_EQ(subject.steps % subject.epochs, 0U);
  EXPECT_TRUE(std::ranges::any_of(subject.tried, [&](const audit::TriedLength& tried) {
    return tried.epochs == subject.epochs && audit::word(tried.target) == subject.target;
  }));
}

AuditTrainRequest small_training(const std::string& output, std::size_t digits) {
  AuditTrainRequest training{.output = output};
  training.images.digits = digits;
  training.pair.held_out = digits / 6;
  training.pair.samples = digits + 200;
  training.pair.primary_epochs = 2;
  training.pair.adversarial = false;
  training.pair.fit.auditor.epochs = 2;
  training.pair.fit.longer = false;
  training.pair.fit.baselines = false;
  training.pair.fit.replicates = 20;
  training.pair.fit.evidence_seeds = 0;
  return training;
}

TEST_F(AuditUseCases, APairIsTrainedCapturedAndShown) {
  const AuditTrainRequest training = small_training(folder.path("audit"), 1800);
  fs::create_directory(training.output);
  auto trained = train_audit(training, pool);
  ASSERT_TRUE(trained) << trained.error().message;
  const std::string model = training.output + "/primary.pt";
  EXPECT_FALSE(fs::exists(model)) << "before commit()";
  ASSERT_TRUE(trained->commit());
  EXPECT_TRUE(fs::exists(training.output + "/auditor.pt"));

  ImageSubjectRequest subject{.model = model};
  subject.images.digits = training.images.digits;
  const auto layers = layers_of_model(subject);
  ASSERT_TRUE(layers) << layers.error().message;
  EXPECT_THAT(*layers, Contains("conv1"));

  AuditCaptureRequest capturing{.subject = subject, .samples = 200, .output = folder.path("log.npz")};
  const auto captured = capture_log(capturing, pool);
  ASSERT_TRUE(captured) << captured.error().message;
  EXPECT_EQ(captured->cases, 200U);
  EXPECT_GT(captured->failures, 0U);

  AuditPictureRequest picture{.subject = subject, .auditor = training.output + "/auditor.pt"};
  picture.output = folder.path("failure.png");
  const auto taken = take_picture(picture, pool);
  ASSERT_TRUE(taken) << taken.error().message;
  EXPECT_NE(taken->truth, taken->predicted);
  EXPECT_GT(taken->auditor_risk, kFlagged);
  EXPECT_TRUE(fs::exists(picture.output));
}

/// Whatever is killed when: an auditor lies beside its own network, and one that was put beside another is told.
TEST_F(AuditUseCases, NetworksOfTwoTrainingsAreNoPair) {
  AuditTrainRequest training = small_training(folder.path("audit"), 900);
  const auto in_folder = [&](const char* name) { return training.output + "/" + name; };
  auto first = train_audit(training, pool);
  ASSERT_TRUE(first) << first.error().message;
  ASSERT_TRUE(first->commit());
  const std::string of_first = folder.file("first.pt", *read_file(in_folder("auditor.pt")));
  fs::copy_file(in_folder("latents.npz"), folder.path("first.npz"));

  training.pair.fit.seed = 1;
  training.images.seed = 1;
  auto second = train_audit(training, pool);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(*read_file(in_folder("auditor.pt")), *read_file(of_first)) << "nothing is touched before commit()";
  const auto stopped = second->commit([&]() -> Result<void> {
    EXPECT_FALSE(fs::exists(in_folder("auditor.pt"))) << "it would lie beside another network";
    return output_error("the power went out");
  });
  EXPECT_FALSE(stopped);
  EXPECT_FALSE(fs::exists(in_folder("auditor.pt")));

  ImageSubjectRequest subject{.model = in_folder("primary.pt")};
  subject.images.digits = training.images.digits;
  const auto taken = take_picture({.subject = subject, .auditor = of_first, .output = folder.path("x.png")}, pool);
  ASSERT_FALSE(taken);
  EXPECT_THAT(taken.error().message, HasSubstr("first.pt: this auditor was trained on another network than"));
  AuditScoreRequest scoring{.read = {.paths = {in_folder("latents.npz")}}, .auditor = of_first};
  scoring.output = folder.path("risks.npz");
  const auto scored = score_audit(scoring, pool);
  ASSERT_FALSE(scored);
  EXPECT_THAT(scored.error().message, HasSubstr("latents.npz: another network computed it than"));
  scoring.read.paths = {folder.path("first.npz")};
  EXPECT_TRUE(score_audit(scoring, pool));
  EXPECT_FALSE(fs::exists(folder.path("x.png")));
}

}  // namespace
}  // namespace errata::engine_nn
