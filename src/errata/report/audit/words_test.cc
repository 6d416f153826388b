#include "errata/report/audit/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "errata/report/audit/test_example.h"

namespace errata::report {
namespace {

using audit::Figure;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

/// The finding with `part` in it; an empty one when there is none.
AuditFinding finding_with(const audit::Audit& audit, const std::string& part) {
  for (const AuditFinding& finding : audit_findings(audit))
    if (finding.words.find(part) != std::string::npos) return finding;
  return {};
}

void set_figure(audit::DetectorResult& detector, Figure figure, double value) {
  detector.metrics.estimates[static_cast<std::size_t>(figure)].value = value;
}

TEST(AuditWords, OnlyAPerfectAreaReadsAsOne) {
  EXPECT_EQ(auroc_text(1), "1.000");
  EXPECT_EQ(auroc_text(0.99951), ">0.999");
  EXPECT_EQ(auroc_text(0.9994), "0.999");
  EXPECT_EQ(auroc_text(0.9661), "0.966");
  EXPECT_EQ(auroc_text(0.0004), "<0.001");
  EXPECT_EQ(auroc_text(0), "0.000");
  EXPECT_EQ(auroc_text(std::nan("")), "–");
}

TEST(AuditWords, TheBestOtherIsNeitherTheAuditorNorSoftmaxNorTheSources) {
  const audit::Audit audit = example_audit();
  EXPECT_EQ(best_other(audit.sets[0])->name, "knn");
  EXPECT_EQ(best_other(audit.sets[3])->name, "energy");
  EXPECT_EQ(best_other(lone_audit().sets[0]), nullptr);
  std::vector<std::string> names;
  for (const auto* detector : shown_detectors(audit.sets[3])) names.push_back(detector->name);
  EXPECT_THAT(names, ElementsAre("auditor", "msp", "energy", "source_auditor"));
}

TEST(AuditFindings, TheMostImportantComesFirst) {
  const auto findings = audit_findings(example_audit());
  ASSERT_THAT(findings, SizeIs(7));
  EXPECT_EQ(findings[0].words,
            "The auditor tells failures from successes with AUROC 0.966 on unseen mix A and 0.961 on unseen mix B, "
            "kinds of input that it never saw; softmax with 0.813 and 0.806 (paired tests, largest p = 3e-41). On held "
            "out it reaches 0.985, softmax 0.930.");
  EXPECT_EQ(
      findings[1].words,
      "With at most 5% failures among them it can accept 61.1% of unseen mix A (softmax 22.3%) and 58.3% of unseen "
      "mix B (softmax 20.4%), thresholds set in hindsight.");
  EXPECT_EQ(findings[2].words,
            "Its threshold (sgr, at most 5% failures) has a guarantee on held out (4.6% of the accepted fail). "
            "Elsewhere nothing is promised: more than that fail on unseen mix B (9.0%) and PGD (88.4%), no more on "
            "unseen mix A (4.1%).");
  EXPECT_EQ(findings[3].words,
            "On PGD `energy` knows more than the auditor: AUROC 0.681 against 0.612 (paired test, p = 2e-9).");
  EXPECT_THAT(findings[4].words, AllOf(HasSubstr("4 times"), HasSubstr("the worst is elastic with 0.884"),
                                       HasSubstr("better by more than 0.01 on 1 kind.")));
  EXPECT_THAT(findings[5].words, HasSubstr("right in 70.2% of unseen mix A, the model's in 58.8%: it is a second"));
  EXPECT_EQ(findings[6].words, "Its risk is off by 1.2% on average on held out (ECE), by 43.1% on PGD, the worst.");
  std::vector<bool> bad;
  for (const AuditFinding& finding : findings) bad.push_back(finding.bad);
  EXPECT_THAT(bad, ElementsAre(false, false, true, true, true, false, true));
}

TEST(AuditFindings, AnAuditorThatLosesIsSaidToLose) {
  audit::Audit audit = example_audit();
  for (audit::SetResult& set : audit.sets) {
    set_figure(set.detectors[0], Figure::auroc, 0.5);
    for (audit::DetectorResult& other : set.detectors)
      other.less_auditor = {.difference = other.metrics[Figure::auroc].value - 0.5, .p_value = 1e-9};
  }
  const AuditFinding first = audit_findings(audit).front();
  EXPECT_THAT(first.words, HasSubstr("with AUROC 0.500 on unseen mix A"));
  EXPECT_TRUE(first.bad);
  const AuditFinding beaten = finding_with(audit, "knows more");
  EXPECT_THAT(beaten.words, AllOf(HasSubstr("On held out `source_auditor` knows more than the auditor: AUROC 0.951 "
                                            "against 0.500 (paired test, p = 1e-9)."),
                                  HasSubstr("Others know more on unseen mix A, unseen mix B and PGD as well.")));
}

TEST(AuditFindings, ALargerAreaThatATestDoesNotSupportIsNoFinding) {
  audit::Audit audit = example_audit();
  const auto energy = [&](double difference, double p) {
    auto& detectors = audit.sets[3].detectors;
    std::ranges::find(detectors, "energy", &audit::DetectorResult::name)->less_auditor = {.difference = difference,
                                                                                          .p_value = p};
    return better_words(audit.sets[3]);
  };
  EXPECT_NE(energy(0.07, 0.049), "");
  EXPECT_EQ(energy(0.07, 0.051), "");
  EXPECT_EQ(energy(0.009, 1e-9), "") << "too little to be worth a word";
  EXPECT_EQ(energy(-0.07, 1e-9), "");
  EXPECT_EQ(energy(0.07, std::nan("")), "");
  for (const AuditFinding& finding : audit_findings(audit)) EXPECT_THAT(finding.words, Not(HasSubstr("knows more")));
}

TEST(AuditFindings, WithoutUnseenSetsTheHeldOutOneSpeaks) {
  audit::Audit audit = example_audit();
  audit.sets.resize(1);
  EXPECT_THAT(audit_findings(audit)[0].words,
              HasSubstr("with AUROC 0.985 on held out; softmax with 0.930 (paired test, p = 3e-41)."));
  EXPECT_EQ(audit_headline(audit), "AUROC 0.985 on held out, 0.930 by softmax");
  audit.sets[0].detectors[0].less_msp.p_value = 0;
  EXPECT_THAT(audit_findings(audit)[0].words, HasSubstr("p < 1e-300"));
}

TEST(AuditFindings, AGuaranteeBrokenWhereItWasPromisedIsNamed) {
  audit::Audit audit = example_audit();
  audit.sets.resize(1);
  audit.sets[0].points[0].realised.risk = 0.061;
  const AuditFinding found = finding_with(audit, "guarantee");
  EXPECT_THAT(found.words, HasSubstr("has a guarantee on held out (6.1% of the accepted fail): more than that."));
  EXPECT_TRUE(found.bad);
}

TEST(AuditFindings, AnAuditorAloneHasFewer) {
  const auto findings = audit_findings(lone_audit());
  ASSERT_THAT(findings, SizeIs(4));
  EXPECT_EQ(findings[0].words, "The auditor tells failures from successes with AUROC 0.742 on held out.");
  EXPECT_THAT(findings[1].words, HasSubstr("it can accept 21.0% of held out, thresholds"));
  EXPECT_EQ(findings[2].words, "Its threshold (sgr, at most 5% failures) has a guarantee on held out (none accepted).");
  EXPECT_EQ(findings[3].words, "Its risk is off by 3.1% on average on held out (ECE).");
  EXPECT_THAT(audit_findings(empty_audit()), IsEmpty());
  EXPECT_EQ(audit_headline(empty_audit()), "There was nothing to tell apart");
  for (const audit::Audit& audit : {lone_audit(), baseline_audit(), flawless_audit(), empty_audit(), hostile_audit()})
    for (const AuditFinding& finding : audit_findings(audit)) EXPECT_THAT(finding.words, Not(HasSubstr("nan")));
}

TEST(AuditFindings, WithoutAnAuditorTheBestOfTheOthersSpeaks) {
  audit::Audit audit = baseline_audit();
  EXPECT_EQ(audit_headline(audit), "No auditor: there is nothing to learn, 0 of 900 training cases failed");
  const auto findings = audit_findings(audit);
  ASSERT_THAT(findings, SizeIs(2));
  EXPECT_THAT(findings[0].words, HasSubstr("No auditor was made: there is nothing to learn"));
  EXPECT_TRUE(findings[0].bad);
  EXPECT_EQ(findings[1].words,
            "On held out `knn` tells failures from successes best, with AUROC 0.941; softmax with 0.930.");
  EXPECT_THAT(audit_advice(audit), ElementsAre(HasSubstr("Give cases of both outcomes")));
  EXPECT_THAT(subject_words(audit), HasSubstr("were fitted to 900 cases, 0 of them failures (0%)"));
  for (audit::DetectorResult& detector : audit.sets[0].detectors) set_figure(detector, Figure::auroc, std::nan(""));
  audit.sets[0].failures = 0;
  EXPECT_EQ(audit_findings(audit)[1].words,
            "0 of the 10,000 cases of held out failed: nothing can be told apart there either.");
}

TEST(AuditAdvice, AnswersTheBadNews) {
  EXPECT_THAT(audit_advice(example_audit()),
              ElementsAre(HasSubstr("Refuse by the threshold only on inputs like those that set it"),
                          HasSubstr("Do not read the risk as a probability on inputs like PGD"),
                          HasSubstr("Watch `energy` beside the auditor where inputs like PGD"),
                          HasSubstr("Keep zigzag among the training cases"),
                          HasSubstr("Train the model itself on such inputs")));
  EXPECT_THAT(audit_advice(lone_audit()), IsEmpty());
}

TEST(AuditWords, TheLengthOfTheTrainingIsSaidAndWhatElseWasTried) {
  EXPECT_EQ(training_words(example_audit()), "It was trained for 3 epochs, 879 steps of the optimiser.");
  EXPECT_EQ(training_words(baseline_audit()), "") << "no auditor was trained";
  audit::Audit audit = lone_audit();
  EXPECT_EQ(training_words(audit),
            "It was trained for 32 epochs, 96 steps of the optimiser; 8 and 128 did worse on held-out cases or no "
            "better (`--epochs` sets it).");
  audit.subject.tried.push_back({.target = audit::AuditorTarget::label, .epochs = 8, .steps = 24});
  EXPECT_THAT(training_words(audit), HasSubstr("; asked for the truth it did clearly worse there (`--target label`"));
  audit.subject.target = "label";
  EXPECT_THAT(training_words(audit), HasSubstr("; asked when the model fails it did not do clearly better there"));
}

TEST(AuditWords, AThresholdThatAcceptsNothingIsSaidTo) {
  EXPECT_EQ(point_words(lone_audit().points[0]),
            "sgr, at most 5% failures: no threshold could be shown to keep it; nothing is accepted.");
  EXPECT_EQ(point_words(lone_audit().points[1]),
            "coverage of 80%: risks up to 0.41 are accepted, 80.0% of the cases that set it. Nothing is promised about "
            "failures.");
}

}  // namespace
}  // namespace errata::report
