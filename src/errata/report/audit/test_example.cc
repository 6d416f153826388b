#include "errata/report/audit/test_example.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "errata/report/kit/interval.h"

namespace errata::report {

namespace {

using audit::Figure;

constexpr std::size_t kCurve = 50;

audit::Estimate around(double value, double half) {
  return {.value = value, .interval = {.low = std::max(0.0, value - half), .high = std::min(1.0, value + half)}};
}

/// A detector whose ROC is tpr = fpr^power, so that its AUROC is 1/(power + 1).
audit::DetectorResult detector(const char* name, const char* words, double auroc, double coverage, double base) {
  audit::DetectorResult result{.name = name, .words = words};
  const auto at = [&](Figure figure) -> audit::Estimate& {
    return result.metrics.estimates[static_cast<std::size_t>(figure)];
  };
  at(Figure::auroc) = around(auroc, 0.006);
  at(Figure::average_precision_failures) = around(auroc - 0.1, 0.01);
  at(Figure::average_precision_successes) = around(auroc - 0.02, 0.01);
  at(Figure::fpr_at_95_tpr) = around(1.2 * (1 - auroc), 0.02);
  at(Figure::aurc) = around(base * (1 - auroc) + 0.02, 0.01);
  at(Figure::excess_aurc) = around(base * (1 - auroc), 0.01);
  at(Figure::augrc) = around(base * (1 - auroc) / 2, 0.01);
  at(Figure::coverage_at_1_percent) = around(0.6 * coverage, 0.05);
  at(Figure::coverage_at_2_percent) = around(0.8 * coverage, 0.05);
  at(Figure::coverage_at_5_percent) = around(coverage, 0.03);
  const double power = 1 / auroc - 1;
  for (std::size_t i = 0; i <= kCurve; ++i) {
    const double x = static_cast<double>(i) / kCurve;
    result.roc.push_back({.false_positive_rate = x, .true_positive_rate = i == 0 ? 0 : std::pow(x, power)});
    if (i > 0) result.risk_coverage.push_back({.coverage = x, .error = base * std::pow(x, auroc / (1.02 - auroc))});
  }
  return result;
}

audit::RealisedPoint realised(const audit::OperatingPoint& point, std::uint64_t cases, double coverage, double risk,
                              double base) {
  audit::RealisedPoint result{.point = point};
  const auto accepted = static_cast<std::uint64_t>(coverage * static_cast<double>(cases));
  const auto failures = static_cast<std::uint64_t>(risk * static_cast<double>(accepted));
  const auto all = static_cast<std::uint64_t>(base * static_cast<double>(cases));
  result.realised = {.cases = cases,
                     .accepted = {.failures = failures, .trials = accepted},
                     .abstained = {.failures = all - failures, .trials = cases - accepted},
                     .coverage = coverage,
                     .risk = accepted == 0 ? std::nan("") : risk,
                     .base_risk = base,
                     .risk_interval = interval_of(failures, accepted),
                     .coverage_interval = interval_of(accepted, cases)};
  return result;
}

struct SetFigures {
  const char* name;
  const char* words;
  bool exchangeable;
  std::uint64_t cases;
  double base;
  double auditor, softmax, energy, knn, source;  // AUROC
  double coverage, softmax_coverage;             // at 5% failures
  double ece, label_accuracy;                    // of the auditor
  double sgr_coverage, sgr_risk, ltt_coverage, ltt_risk;
};

audit::SetResult set_of(const SetFigures& f, const std::vector<audit::OperatingPoint>& points) {
  audit::SetResult set{.name = f.name,
                       .words = f.words,
                       .exchangeable = f.exchangeable,
                       .cases = f.cases,
                       .failures = static_cast<std::uint64_t>(f.base * static_cast<double>(f.cases))};
  set.detectors = {
      detector("auditor", "this auditor, calibrated", f.auditor, f.coverage, f.base),
      detector("msp", "1 less the largest softmax probability", f.softmax, f.softmax_coverage, f.base),
      detector("energy", "less the log of the summed exponentials of the logits", f.energy, 0.9 * f.softmax_coverage,
               f.base),
      detector("knn", "distance to the 50th nearest clean case", f.knn, 0.5 * f.coverage, f.base),
      detector("mahalanobis_nearest", "distance to the nearest class", f.knn - 0.02, 0.4 * f.coverage, f.base),
      detector("source_auditor", "the source's auditor: a small network trained on failures, 6 epochs", f.source,
               0.8 * f.coverage, f.base)};
  set.detectors[0].metrics.estimates[static_cast<std::size_t>(Figure::ece)] = around(f.ece, 0.004);
  for (std::size_t d = 1; d < set.detectors.size(); ++d)
    set.detectors[d].metrics.estimates[static_cast<std::size_t>(Figure::ece)] = {
        .value = std::nan(""), .interval = {.low = std::nan(""), .high = std::nan("")}};
  set.detectors[0].less_msp = {.difference = f.auditor - f.softmax,
                               .low = f.auditor - f.softmax - 0.01,
                               .high = f.auditor - f.softmax + 0.01,
                               .p_value = 3e-41};
  for (std::size_t d = 1; d < set.detectors.size(); ++d) {
    const double more = set.detectors[d].metrics[Figure::auroc].value - f.auditor;
    set.detectors[d].less_auditor = {
        .difference = more, .low = more - 0.01, .high = more + 0.01, .p_value = std::abs(more) > 0.01 ? 2e-9 : 0.4};
  }
  for (std::size_t b = 0; b < 8; ++b) {
    const double low = static_cast<double>(b) / 8;
    const std::size_t cases = 400 - 30 * b;
    const double observed = std::min(1.0, low + 0.06 + f.ece);
    set.reliability.push_back(
        {.low = low,
         .high = low + 0.125,
         .n = cases,
         .happened = static_cast<std::uint64_t>(std::llround(observed * static_cast<double>(cases))),
         .weight = static_cast<double>(cases),
         .mean_score = low + 0.06,
         .observed = observed});
  }
  set.points = {realised(points[0], f.cases, f.sgr_coverage, f.sgr_risk, f.base),
                realised(points[1], f.cases, f.ltt_coverage, f.ltt_risk, f.base)};
  set.label_accuracy = f.label_accuracy;
  return set;
}

std::vector<audit::CasePoint> sample_points() {
  std::vector<audit::CasePoint> sample;
  for (std::size_t i = 0; i < 300; ++i) {
    const auto t = static_cast<double>(i);
    const bool failed = i % 4 == 0;
    const double risk = failed ? 0.62 + 0.37 * std::sin(t) : 0.21 + 0.2 * std::sin(1.7 * t);
    sample.push_back({.confidence = static_cast<float>(0.75 - 0.24 * std::cos(0.9 * t) - (failed ? 0.1 : 0)),
                      .risk = static_cast<float>(std::clamp(risk, 0.001, 0.999)),
                      .pca1 = static_cast<float>(3 * std::cos(t) + (failed ? 2 : -1)),
                      .pca2 = static_cast<float>(2 * std::sin(1.3 * t)),
                      .failed = failed});
  }
  return sample;
}

audit::OperatingPoint point(audit::OperatingRule rule, double threshold, double coverage) {
  audit::OperatingPoint made{.rule = rule, .target = 0.05, .delta = 0.05};
  made.at = {.threshold = threshold,
             .coverage = coverage,
             .accepted = {.failures = 310, .trials = 6210},
             .risk_bound = 0.0497};
  return made;
}

audit::AuditSubject example_subject() {
  return {.model = "built-in",
          .data = "digits",
          .runtime = "libtorch 1.13.1, OpenBLAS, 2 threads on the CPU",
          .seed = 7,
          .train_cases = 150'000,
          .train_failures = 51'204,
          .calibration_cases = 20'000,
          .calibration_failures = 6'912,
          .columns = 458,
          .target = "label",
          .split =
              "55000 images train both networks, 5000 calibrate, 10000 test; rotate, noise, "
              "occlude, shift, probability 0.92, up to 2 in a row",
          .train_seconds = 48.2,
          .epochs = 3,
          .steps = 879,
          .tried = {{.epochs = 3, .steps = 879}}};
}

}  // namespace

audit::Audit example_audit() {
  audit::Audit audit{.subject = example_subject(),
                     .built_in = audit::BuiltInPair{.primary_accuracy = 0.9912,
                                                    .primary_seconds = 31,
                                                    .capture_seconds = 22,
                                                    .auroc_on_training_cases = 0.9961,
                                                    .msp_auroc_on_training_cases = 0.9312}};
  audit.points = {point(audit::OperatingRule::sgr, 0.2143, 0.621), point(audit::OperatingRule::ltt, 0.2318, 0.634)};
  const SetFigures held{"held out", "the training mix on test images",
                        true,       10'000,
                        0.345,      0.9847,
                        0.9303,     0.9214,
                        0.9411,     0.9512,
                        0.69,       0.41,
                        0.012,      0.871,
                        0.622,      0.0462,
                        0.633,      0.0488};
  const SetFigures unseen_a{"unseen mix A", "gaussian_blur, contrast, elastic, salt_and_pepper, probability 0.8",
                            false,          10'000,
                            0.412,          0.9661,
                            0.8132,         0.8204,
                            0.8811,         0.7942,
                            0.611,          0.223,
                            0.0403,         0.702,
                            0.541,          0.0412,
                            0.552,          0.0438};
  const SetFigures unseen_b{"unseen mix B", "motion_blur, brightness, speckle, zigzag, probability 0.8",
                            false,          10'000,
                            0.387,          0.9614,
                            0.8061,         0.8012,
                            0.8702,         0.7901,
                            0.583,          0.204,
                            0.0711,         0.714,
                            0.602,          0.0903,
                            0.611,          0.0931};
  const SetFigures attack{"PGD",  "test images attacked in 20 steps, epsilon .3",
                          false,  2'000,
                          0.93,   0.6123,
                          0.4214, 0.6811,
                          0.5812, 0.3912,
                          0.01,   0,
                          0.4312, 0.113,
                          0.212,  0.8841,
                          0.221,  0.8902};
  for (const SetFigures& figures : {held, unseen_a, unseen_b, attack})
    audit.sets.push_back(set_of(figures, audit.points));
  audit.sets[0].sample = sample_points();
  audit.left_out = {{.group = "fog",
                     .family = "light",
                     .cases = 2000,
                     .failures = 640,
                     .auditor_auroc = 0.981,
                     .msp_auroc = 0.902,
                     .label_accuracy = 0.91},
                    {.group = "elastic",
                     .family = "geometric",
                     .cases = 2000,
                     .failures = 811,
                     .auditor_auroc = 0.884,
                     .msp_auroc = 0.861,
                     .label_accuracy = 0.66},
                    {.group = "zigzag",
                     .family = "drawn over",
                     .cases = 2000,
                     .failures = 402,
                     .auditor_auroc = 0.952,
                     .msp_auroc = 0.968,
                     .label_accuracy = 0.83},
                    {.group = "pixelate",
                     .family = "resolution",
                     .cases = 2000,
                     .failures = 911,
                     .auditor_auroc = 0.973,
                     .msp_auroc = 0.812,
                     .label_accuracy = 0.79}};
  audit.evidence = {
      {.name = "conv2:max", .auroc_lost = 0.0821, .auroc_lost_sd = 0.0041, .integrated = 0.463, .integrated_sd = 0.021},
      {.name = "hidden", .auroc_lost = 0.0412, .auroc_lost_sd = 0.0032, .integrated = 0.312, .integrated_sd = 0.018},
      {.name = "logits", .auroc_lost = 0.0021, .auroc_lost_sd = 0.0011, .integrated = 0.225, .integrated_sd = 0.014}};
  audit.channels = {{.name = "conv2:max[17]",
                     .auroc_lost = 0.0032,
                     .auroc_lost_sd = 0.0004,
                     .integrated = 0.0312,
                     .integrated_sd = 0.002},
                    {.name = "hidden[88]",
                     .auroc_lost = 0.0021,
                     .auroc_lost_sd = 0.0003,
                     .integrated = 0.0188,
                     .integrated_sd = 0.001}};
  audit.evidence_stability = 0.87;
  audit.calibration = "isotonic";
  audit.warnings = {"vim is left out: the penultimate block is not wider than the classes are many"};
  return audit;
}

audit::Audit lone_audit() {
  audit::Audit audit{
      .subject = {.model = "",
                  .data = "cases.parquet",
                  .runtime = "libtorch 1.13.1, OpenBLAS, 2 threads on the CPU",
                  .train_cases = 900,
                  .train_failures = 210,
                  .calibration_cases = 300,
                  .calibration_failures = 71,
                  .columns = 16,
                  .target = "failure",
                  .split = "",
                  .train_seconds = 0.4,
                  .epochs = 32,
                  .steps = 96,
                  .tried = {{.target = audit::AuditorTarget::failure, .epochs = 8, .steps = 24, .loss = 0.31},
                            {.target = audit::AuditorTarget::failure, .epochs = 32, .steps = 96, .loss = 0.22},
                            {.target = audit::AuditorTarget::failure, .epochs = 128, .steps = 384, .loss = 0.23}}},
      .calibration = "platt"};
  audit::OperatingPoint none = point(audit::OperatingRule::sgr, -std::numeric_limits<double>::infinity(), 0);
  audit::OperatingPoint most = point(audit::OperatingRule::coverage, 0.41, 0.8);
  most.target = 0.8;
  most.delta = 1;
  audit.points = {none, most};
  audit::SetResult set{
      .name = "held out", .words = "every fifth case", .exchangeable = true, .cases = 300, .failures = 72};
  set.detectors = {detector("auditor", "this auditor, calibrated", 0.742, 0.21, 0.24)};
  set.detectors[0].metrics.estimates[static_cast<std::size_t>(Figure::ece)] = around(0.031, 0.01);
  set.detectors[0].less_msp.p_value = set.detectors[0].less_auditor.p_value = std::nan("");
  set.points = {realised(none, 300, 0, 0, 0.24), realised(most, 300, 0.79, 0.14, 0.24)};
  audit.sets = {set};
  return audit;
}

audit::Audit baseline_audit() {
  audit::Audit audit = example_audit();
  audit.no_auditor = "there is nothing to learn, 0 of 900 training cases failed";
  audit.subject.model = "as logged";
  audit.subject.data = "cases.parquet";
  audit.subject.train_cases = 900;
  audit.subject.train_failures = audit.subject.calibration_failures = 0;
  audit.subject.columns = 0;
  audit.subject.target = audit.calibration = "";
  audit.built_in.reset();
  audit.sets.resize(2);
  for (audit::SetResult& set : audit.sets) {
    std::erase_if(set.detectors, [](const auto& detector) { return detector.name.ends_with("auditor"); });
    set.points.clear();
    set.reliability.clear();
    set.label_accuracy = std::nan("");
    for (audit::CasePoint& point : set.sample) point.risk = std::numeric_limits<float>::quiet_NaN();
  }
  audit.points.clear();
  audit.left_out.clear();
  audit.evidence.clear();
  audit.channels.clear();
  audit.evidence_stability = std::nan("");
  return audit;
}

audit::Audit flawless_audit() {
  audit::Audit audit = lone_audit();
  audit::SetResult& set = audit.sets[0];
  set.failures = 0;
  for (auto& estimate : set.detectors[0].metrics.estimates)
    estimate = {.value = std::nan(""), .interval = {.low = std::nan(""), .high = std::nan("")}};
  set.detectors[0].roc = {{}};
  for (auto& at : set.detectors[0].risk_coverage) at.error = 0;
  set.points.clear();
  return audit;
}

audit::Audit empty_audit() { return {}; }

audit::Audit hostile_audit() {
  constexpr const char* kHostile = "</script><b onclick=alert(1)>\x1b[31m\xff\xfe`{{title}}";
  audit::Audit audit = example_audit();
  audit.subject.model = audit.subject.data = audit.subject.runtime = audit.subject.split = kHostile;
  audit.calibration = kHostile;
  for (audit::SetResult& set : audit.sets) {
    set.name = set.words = kHostile;
    set.detectors[2].name = set.detectors[2].words = kHostile;
  }
  for (audit::LeftOutResult& result : audit.left_out) result.group = result.family = kHostile;
  audit.left_out[1].auditor_auroc = std::nan("");
  for (auto* evidence : {&audit.evidence, &audit.channels})
    for (audit::EvidenceResult& result : *evidence) result.name = kHostile;
  audit.warnings.assign(12, kHostile);
  audit.evidence_stability = std::nan("");
  return audit;
}

}  // namespace errata::report
