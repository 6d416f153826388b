// Fitting and judging an auditor.
//
// Three parts that never mix: cases to learn from, cases to calibrate on (one half makes the risk a probability, the
// other sets the thresholds, so that a threshold is set on risks that its cases did not shape), and sets to measure on.
// Every detector is fitted to the first part and measured on the same sets, the auditor by its calibrated risk.
#include "errata/audit/fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "errata/audit/case_sample.h"
#include "errata/audit/detectors.h"
#include "errata/audit/ensemble.h"
#include "errata/audit/evidence.h"
#include "errata/audit/learned_detector.h"
#include "errata/stats/classification.h"
#include "errata/stats/multiplicity.h"

namespace errata::audit {
namespace {

constexpr std::uint64_t kCalibrationStream = 11, kMetricStream = 12, kEvidenceStream = 13;
constexpr std::size_t kCurvePoints = 200;
constexpr std::size_t kSampleCases = 2000;
constexpr std::size_t kFolds = 5;
constexpr std::size_t kLeastOfOutcome = 2;  // failures, and successes, that the risk is calibrated on

std::uint64_t failures_of(const AuditCases& cases) {
  return static_cast<std::uint64_t>(std::ranges::count(cases.failed, 1));
}

/// A detector that takes part in the comparison.
struct Contestant {
  std::shared_ptr<Detector> detector;
  std::string words;
};

std::vector<std::string> source_blocks(const AuditCases& cases) {
  std::vector<std::string> names;
  for (const char* name : {"conv1", "conv2", "hidden"})
    if (std::ranges::find(cases.blocks, name, &LatentBlock::name) != cases.blocks.end()) names.emplace_back(name);
  return names.size() == 3 ? names : std::vector<std::string>();
}

std::vector<Contestant> baselines(const TrainingCases& training) {
  std::vector<Contestant> all;
  for (auto& detector : baseline_detectors(training)) {
    const auto info = std::ranges::find(detectors(), detector->name(), &DetectorInfo::name);
    all.push_back({std::move(detector), std::string(info->words)});
  }
  return all;
}

/// The source's auditor, and the auditor's network put to other questions.
std::vector<Contestant> relatives(const Auditor& auditor, const AuditCases& train, const FitOptions& options) {
  std::vector<Contestant> all;
  if (train.latents.empty()) return all;
  all.push_back(
      {std::make_unique<LearnedDetector>("source_auditor", source_auditor(options.seed), source_blocks(train)),
       "the source's auditor: a small network trained on failures, 6 epochs"});
  AuditorOptions other = options.auditor;
  other.on_epoch = {};
  other.checkpoint = {};
  other.target = AuditorTarget::failure;
  if (options.auditor.target == other.target) return all;
  all.push_back({std::make_unique<LearnedDetector>("failure_head", other),
                 "the auditor's network asked whether the model failed instead of for the truth"});
  all.push_back({std::make_unique<EnergyHead>(auditor),
                 "the auditor's own score of the predicted class, not compared with the other classes"});
  return all;
}

/// All detectors together, the auditor among them, on cases that none of them has learned from.
std::vector<Contestant> ensembles(const std::vector<Contestant>& others, const Auditor& auditor) {
  std::vector<Contestant> all;
  EnsembleMembers members{std::make_shared<TrainedAuditor>(auditor)};
  for (const Contestant& other : others) members.push_back(other.detector);
  all.push_back({make_rank_mean(members), "the mean rank of the auditor and all of these"});
  all.push_back({make_stack(members), "logistic regression on the ranks of the auditor and all of these"});
  return all;
}

std::vector<RocPoint> roc_curve(const std::vector<double>& risk, const std::vector<std::uint8_t>& failed) {
  std::vector<std::size_t> order(risk.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return risk[a] > risk[b]; });
  const auto failures = static_cast<double>(std::ranges::count(failed, 1));
  const double successes = static_cast<double>(failed.size()) - failures;
  std::vector<RocPoint> points{{}};
  if (failures == 0 || successes == 0) return points;
  double wrong = 0, right = 0;
  const std::size_t step = std::max<std::size_t>(1, order.size() / kCurvePoints);
  for (std::size_t k = 0; k < order.size(); ++k) {
    (failed[order[k]] != 0 ? wrong : right) += 1;
    const bool tied = k + 1 < order.size() && risk[order[k]] == risk[order[k + 1]];
    if (k + 1 == order.size() || ((k + 1) % step == 0 && !tied))
      points.push_back({.false_positive_rate = right / successes, .true_positive_rate = wrong / failures});
  }
  return points;
}

Result<DetectorResult> measure(std::string name, std::string words, const std::vector<double>& risk,
                               const std::vector<std::uint8_t>& failed, bool probabilities, const FitOptions& options,
                               ThreadPool& pool) {
  DetectorResult result{.name = std::move(name), .words = std::move(words)};
  ERRATA_ASSIGN(result.metrics,
                detector_metrics(risk, failed, {.replicates = options.replicates, .probabilities = probabilities},
                                 Rng(options.seed).fork(kMetricStream), pool));
  ERRATA_ASSIGN(const auto curve, stats::RiskCoverage::of(risk, failed));
  result.risk_coverage = curve.points(kCurvePoints);
  result.roc = roc_curve(risk, failed);
  return result;
}

/// Paired tests against the softmax, corrected for how many there are.
Result<void> compare_with_softmax(SetResult& set, const std::vector<std::vector<double>>& risks,
                                  const std::vector<std::uint8_t>& failed, const FitOptions& options,
                                  ThreadPool& pool) {
  const auto msp = std::ranges::find(set.detectors, "msp", &DetectorResult::name);
  if (msp == set.detectors.end()) return {};
  const auto& softmax = risks[static_cast<std::size_t>(msp - set.detectors.begin())];
  std::vector<double> p_values;
  std::vector<std::size_t> tested;
  for (std::size_t d = 0; d < set.detectors.size(); ++d) {
    if (set.detectors[d].name == "msp") continue;
    ERRATA_ASSIGN(const auto compared, compare_detectors(risks[d], softmax, failed, {.replicates = 0},
                                                         Rng(options.seed).fork(kMetricStream), pool));
    set.detectors[d].less_msp = compared[Figure::auroc];
    if (std::isnan(compared[Figure::auroc].p_value)) continue;
    p_values.push_back(compared[Figure::auroc].p_value);
    tested.push_back(d);
  }
  const auto adjusted = stats::holm(p_values);
  for (std::size_t t = 0; t < tested.size(); ++t) set.detectors[tested[t]].less_msp.p_value = adjusted[t];
  return {};
}

double label_accuracy(const Auditor& auditor, const AuditCases& cases) {
  if (auditor.target() != AuditorTarget::label || cases.labels.empty()) return std::nan("");
  const auto p = auditor.probabilities(cases.outputs());
  const std::size_t k = auditor.classes();
  std::size_t right = 0;
  for (std::size_t i = 0; i < cases.count; ++i) {
    const auto row = std::span(p).subspan(i * k, k);
    const auto most_likely = static_cast<std::size_t>(std::ranges::max_element(row) - row.begin());
    if (most_likely == cases.labels[i]) ++right;
  }
  return static_cast<double>(right) / static_cast<double>(cases.count);
}

/// The auditor's part of a set's figures. @param risk  [cases] calibrated
Result<void> measure_auditor(const EvaluationSet& set, const FittedAuditor& fitted, const std::vector<double>& risk,
                             const FitOptions& options, SetResult& result, ThreadPool& pool) {
  ERRATA_ASSIGN(auto auditor,
                measure("auditor", "this auditor, calibrated", risk, set.cases.failed, true, options, pool));
  result.detectors.push_back(std::move(auditor));
  result.reliability = stats::calibration(risk, set.cases.failed).reliability();
  for (const OperatingPoint& point : fitted.points) {
    ERRATA_ASSIGN(const auto realised, realise(point, risk, set.cases.failed));
    result.points.push_back({.point = point, .realised = realised});
  }
  result.label_accuracy = label_accuracy(fitted.auditor, set.cases);
  return {};
}

/// @param sample  cases for the pictures; 0: none
Result<SetResult> measure_set(const EvaluationSet& set, const std::optional<FittedAuditor>& fitted,
                              const std::vector<Contestant>& others, std::size_t sample, const FitOptions& options,
                              ThreadPool& pool) {
  const ModelOutputs outputs = set.cases.outputs();
  SetResult result{.name = set.name,
                   .words = set.words,
                   .exchangeable = set.exchangeable,
                   .cases = set.cases.count,
                   .failures = failures_of(set.cases)};
  std::vector<std::vector<double>> risks;
  if (fitted) {
    ERRATA_TRY(fitted->auditor.fits(outputs));
    risks.push_back(fitted->risks(outputs));
    ERRATA_TRY(measure_auditor(set, *fitted, risks[0], options, result, pool));
  }
  if (sample > 0)
    result.sample =
        sample_cases(set.cases, fitted ? risks[0] : std::vector<double>(set.cases.count, std::nan("")), sample);
  for (const Contestant& other : others) {
    risks.push_back(other.detector->risks(outputs, pool));
    ERRATA_ASSIGN(auto measured, measure(std::string(other.detector->name()), other.words, risks.back(),
                                         set.cases.failed, false, options, pool));
    result.detectors.push_back(std::move(measured));
  }
  ERRATA_TRY(compare_with_softmax(result, risks, set.cases.failed, options, pool));
  return result;
}

/// Every second case, beginning with `first`.
AuditCases half(const AuditCases& cases, std::size_t first) {
  std::vector<std::size_t> rows;
  for (std::size_t i = first; i < cases.count; i += 2) rows.push_back(i);
  return cases.at(rows);
}

Result<std::vector<OperatingPoint>> set_points(const std::vector<AskedPoint>& asked, const std::vector<double>& risks,
                                               const std::vector<std::uint8_t>& failed) {
  std::vector<OperatingPoint> points;
  for (const AskedPoint& ask : asked) {
    auto point = ask.rule == OperatingRule::coverage
                     ? operating_point_for_coverage(risks, failed, ask.target)
                     : operating_point_for_risk(risks, failed, {.risk = ask.target, .delta = ask.delta}, ask.rule);
    if (!point) return std::unexpected(std::move(point).error());
    points.push_back(*point);
  }
  return points;
}

/// Calibrating cases that shape the risk into a probability, and those that set the thresholds.
AuditCases shaping_cases(const AuditCases& calibration) { return half(calibration, 0); }
AuditCases setting_cases(const AuditCases& calibration) { return half(calibration, 1); }

/// Why these cases give no auditor; empty when they give one.
std::string why_no_auditor(const AuditCases& train, const AuditCases& calibration) {
  std::string nothing = nothing_to_learn(train.failed);
  if (!nothing.empty()) return nothing;
  const AuditCases shaping = shaping_cases(calibration);
  const std::uint64_t failures = failures_of(shaping);
  if (std::min(failures, shaping.count - failures) >= kLeastOfOutcome) return {};
  return fmt::format("{} of the {} cases that calibrate the risk failed; at least {} of each outcome are needed",
                     failures, shaping.count, kLeastOfOutcome);
}

/// Calibration on one half of the cases, thresholds on the other.
Result<FittedAuditor> calibrated(Auditor auditor, const AuditCases& train, const AuditCases& calibration,
                                 const FitOptions& options) {
  ERRATA_TRY(auditor.fits(calibration.outputs()));
  const AuditCases shaping = shaping_cases(calibration), setting = setting_cases(calibration);
  const std::size_t failures = failures_of(shaping);
  const std::size_t rarer = std::min(failures, shaping.count - failures);
  ERRATA_ASSIGN(RiskCalibration curve,
                RiskCalibration::choose(auditor.risks(shaping.outputs()), shaping.failed, std::min(kFolds, rarer),
                                        Rng(options.seed).fork(kCalibrationStream)));
  FittedAuditor fitted{.auditor = std::move(auditor),
                       .calibration = std::move(curve),
                       .blocks = train.blocks,
                       .classes = train.classes,
                       .train_cases = train.count,
                       .train_failures = failures_of(train)};
  ERRATA_ASSIGN(fitted.points, set_points(options.points, fitted.risks(setting.outputs()), setting.failed));
  return fitted;
}

AuditSubject subject_of(const AuditCases& train, const AuditCases& calibration, const FitOptions& options) {
  return {.runtime = nn::describe_runtime(options.auditor.device),
          .seed = options.seed,
          .train_cases = train.count,
          .train_failures = failures_of(train),
          .calibration_cases = calibration.count,
          .calibration_failures = failures_of(calibration)};
}

/// Trains and calibrates the auditor and writes down how.
Result<FittedAuditor> trained(const TrainingCases& training, const AuditCases& train, const AuditCases& calibration,
                              const FitOptions& options, Audit& audit, const Progress& progress) {
  AuditorOptions auditor_options = options.auditor;
  auditor_options.on_epoch = [&](std::size_t done, std::size_t of, double loss) {
    if (options.auditor.on_epoch) options.auditor.on_epoch(done, of, loss);
    tell(progress, "training the auditor", static_cast<double>(done) / static_cast<double>(of));
  };
  const auto begin = std::chrono::steady_clock::now();
  ERRATA_ASSIGN(Auditor auditor, Auditor::train(training, auditor_options));
  audit.subject.train_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  audit.subject.columns = auditor.latents() + auditor.logits();
  audit.subject.target = auditor.target() == AuditorTarget::label ? "label" : "failure";
  tell(progress, "calibrating");
  ERRATA_ASSIGN(FittedAuditor fitted, calibrated(std::move(auditor), train, calibration, options));
  audit.calibration = name_of(fitted.calibration.method());
  audit.points = fitted.points;
  return fitted;
}

/// Every other detector, fitted; one that cannot be is told among the warnings.
std::vector<Contestant> fitted_others(const TrainingCases& training, const AuditCases& train,
                                      const AuditCases& calibration, const std::optional<FittedAuditor>& fitted,
                                      const FitOptions& options, std::vector<std::string>& warnings, ThreadPool& pool,
                                      const Progress& progress) {
  std::vector<Contestant> others;
  if (!options.baselines) return others;
  const auto join = [&](std::vector<Contestant> contestants, const TrainingCases& cases) {
    for (Contestant& other : contestants) {
      tell(progress, fmt::format("fitting {}", other.detector->name()));
      if (const auto fit = other.detector->fit(cases, pool); fit)
        others.push_back(std::move(other));
      else
        warnings.push_back(fmt::format("{} is left out: {}", other.detector->name(), fit.error().message));
    }
  };
  join(baselines(training), training);
  if (!fitted) return others;
  join(relatives(fitted->auditor, train, options), training);
  if (others.empty()) return others;
  const AuditCases shaping = shaping_cases(calibration);
  std::vector<std::uint8_t> clean;
  join(ensembles(others, fitted->auditor), training_cases(shaping, clean));
  return others;
}

}  // namespace

Result<FitResult> fit_auditor(const AuditCases& train, const AuditCases& calibration,
                              std::span<const EvaluationSet> sets, const FitOptions& options, ThreadPool& pool,
                              const Progress& progress) {
  FitResult result{.fitted = {}, .audit = {.subject = subject_of(train, calibration, options)}};
  Audit& audit = result.audit;
  std::vector<std::uint8_t> clean;
  const TrainingCases training = training_cases(train, clean);
  audit.no_auditor = why_no_auditor(train, calibration);
  if (audit.no_auditor.empty()) {
    ERRATA_ASSIGN(result.fitted, trained(training, train, calibration, options, audit, progress));
  } else if (!options.baselines) {
    return data_error(audit.no_auditor);
  }
  const auto others =
      fitted_others(training, train, calibration, result.fitted, options, audit.warnings, pool, progress);
  for (const EvaluationSet& set : sets) {
    tell(progress, "measuring " + set.name);
    const std::size_t sample = audit.sets.empty() ? kSampleCases : 0;
    ERRATA_ASSIGN(auto measured, measure_set(set, result.fitted, others, sample, options, pool));
    audit.sets.push_back(std::move(measured));
  }
  if (result.fitted && options.evidence_seeds > 0 && !sets.empty()) {
    tell(progress, "looking for the evidence");
    ERRATA_TRY(find_evidence(training, result.fitted->auditor, sets[0].cases,
                             {.auditor = options.auditor,
                              .cases = options.evidence_cases,
                              .seeds = options.evidence_seeds,
                              .rng = Rng(options.seed).fork(kEvidenceStream)},
                             audit));
  }
  return result;
}

Result<std::vector<LeftOutResult>> leave_groups_out(const AuditCases& train, const AuditCases& test,
                                                    std::span<const std::uint32_t> groups,
                                                    const AuditorOptions& options, ThreadPool& pool,
                                                    const Progress& progress) {
  std::vector<std::uint8_t> all_clean;
  ERRATA_ASSIGN(const auto softmax, detector_named("msp"));
  const bool has_softmax = softmax->fit(training_cases(train, all_clean), pool).has_value();
  std::vector<LeftOutResult> results;
  for (const std::uint32_t group : groups) {
    const std::string& name = train.groups[group];
    tell(progress, "training without " + name,
         static_cast<double>(results.size()) / static_cast<double>(groups.size()));
    const AuditCases kept = train.at(train.rows_without(std::span(&group, 1)));
    const AuditCases unseen = test.at(test.rows_of(group));
    std::vector<std::uint8_t> clean;
    std::optional<Auditor> auditor;
    if (nothing_to_learn(kept.failed).empty()) {
      ERRATA_ASSIGN(auditor, Auditor::train(training_cases(kept, clean), options));
    }
    const auto area = [&](const std::vector<double>& risk) {
      return stats::ranking_areas(risk, unseen.failed).roc_auc;
    };
    results.push_back({.group = name,
                       .cases = unseen.count,
                       .failures = failures_of(unseen),
                       .auditor_auroc = auditor ? area(auditor->risks(unseen.outputs())) : std::nan(""),
                       .msp_auroc = has_softmax ? area(softmax->risks(unseen.outputs(), pool)) : std::nan(""),
                       .label_accuracy = auditor ? label_accuracy(*auditor, unseen) : std::nan("")});
  }
  return results;
}

}  // namespace errata::audit
