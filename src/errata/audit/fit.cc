// Fitting and judging an auditor.
//
// Three parts that never mix: cases to learn from, cases to calibrate on (one half says how long to train and makes
// the risk a probability, the other sets the thresholds, so that a threshold is set on risks that its cases did not
// shape), and sets to measure on. Every detector is fitted to the first part and measured on the same sets, the auditor
// by its calibrated risk.
#include "errata/audit/fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "errata/audit/case_points.h"
#include "errata/audit/detector_inputs.h"
#include "errata/audit/detectors.h"
#include "errata/audit/ensemble.h"
#include "errata/audit/evidence.h"
#include "errata/audit/learned_detector.h"
#include "errata/audit/training_length.h"
#include "errata/stats/classification.h"
#include "errata/stats/multiplicity.h"

namespace errata::audit {
namespace {

constexpr std::uint64_t kCalibrationStream = 11, kMetricStream = 12, kEvidenceStream = 13;
constexpr std::size_t kCurvePoints = 200;
constexpr std::size_t kSampleCases = 2000;
constexpr std::size_t kFolds = 5;
constexpr std::size_t kTypicalCases = 20'000;  // training cases, evenly spaced, of which the accepted ones are typical
constexpr std::size_t kLeastTypical = 50;      // accepted cases that the limit of what is typical needs
constexpr std::size_t kLeastOfOutcome = 2;     // failures, and successes, that the risk is calibrated on

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

std::vector<Contestant> baselines(const TrainingCases& training, const Cancellation* cancellation) {
  std::vector<Contestant> all;
  for (auto& detector : baseline_detectors(training, cancellation)) {
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

double label_accuracy(const Auditor& auditor, const AuditCases& cases, const Cancellation* cancellation) {
  if (auditor.target() != AuditorTarget::label || cases.labels.empty()) return std::nan("");
  const auto p = auditor.probabilities(cases.outputs(), cancellation);
  const std::size_t k = auditor.classes();
  std::size_t right = 0;
  for (std::size_t i = 0; i < cases.count; ++i) {
    const auto row = std::span(p).subspan(i * k, k);
    const auto most_likely = static_cast<std::size_t>(std::ranges::max_element(row) - row.begin());
    if (most_likely == cases.labels[i]) ++right;
  }
  return static_cast<double>(right) / static_cast<double>(cases.count);
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

/// One fitting: what it is given, and what comes of it.
class Fitting {
 public:
  Fitting(const AuditCases& train, const AuditCases& calibration, const FitOptions& options, ThreadPool& pool,
          const Progress& progress)
      : train_(train),
        calibration_(calibration),
        options_(options),
        pool_(pool),
        progress_(progress),
        training_(training_cases(train, clean_)),
        result_{.fitted = {}, .audit = {.subject = subject()}} {
    options_.auditor.cancellation = pool.cancellation();
  }

  Result<FitResult> run(std::span<const EvaluationSet> sets) &&;

 private:
  [[nodiscard]] AuditSubject subject() const {
    return {.runtime = nn::describe_runtime(options_.auditor.device),
            .seed = options_.seed,
            .train_cases = train_.count,
            .train_failures = failures_of(train_),
            .calibration_cases = calibration_.count,
            .calibration_failures = failures_of(calibration_)};
  }
  Result<void> train_auditor();
  Result<void> calibrate(Auditor auditor);
  Result<void> look_for_the_unlike(const AuditCases& shaping, FittedAuditor& fitted);
  void fit_others();
  void join(std::vector<Contestant> contestants, const TrainingCases& cases);
  Result<DetectorResult> measure(std::string name, std::string words, const std::vector<double>& risk,
                                 const std::vector<std::uint8_t>& failed, bool probabilities) const;
  Result<SetResult> measure_set(const EvaluationSet& set, std::size_t sample) const;
  Result<void> measure_auditor(const EvaluationSet& set, const std::vector<double>& risk, SetResult& result) const;
  Result<void> compare_with(std::string_view name, FigureDifference DetectorResult::* less, SetResult& set,
                            const std::vector<std::vector<double>>& risks,
                            const std::vector<std::uint8_t>& failed) const;

  const AuditCases& train_;
  const AuditCases& calibration_;
  FitOptions options_;
  ThreadPool& pool_;
  const Progress& progress_;
  std::vector<std::uint8_t> clean_;
  TrainingCases training_;
  FitResult result_;
  std::vector<Contestant> others_;
};

/// Trains and calibrates the auditor and writes down how. What is trained later is trained for as long.
Result<void> Fitting::train_auditor() {
  const auto on_epoch = [&](std::size_t done, std::size_t of) {
    tell(progress_, "training the auditor", static_cast<double>(done) / static_cast<double>(of));
  };
  const auto begin = std::chrono::steady_clock::now();
  ERRATA_ASSIGN(LongEnough trained, options_.longer
                                        ? train_long_enough(training_, shaping_cases(calibration_), options_.auditor,
                                                            options_.other_question, on_epoch)
                                        : train_as_asked(training_, options_.auditor, on_epoch));
  Auditor auditor = std::move(trained.auditor);
  options_.auditor.epochs = trained.length.epochs;
  options_.auditor.target = auditor.target();
  AuditSubject& subject = result_.audit.subject;
  subject.epochs = trained.length.epochs;
  subject.steps = trained.length.steps;
  subject.tried = std::move(trained.length.tried);
  subject.train_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  subject.columns = auditor.latents() + auditor.logits();
  subject.target = word(auditor.target());
  tell(progress_, "calibrating");
  ERRATA_TRY(calibrate(std::move(auditor)));
  result_.audit.calibration = name_of(result_.fitted->calibration.method());
  result_.audit.points = result_.fitted->points;
  return {};
}

/// Calibration on one half of the cases, thresholds on the other.
Result<void> Fitting::calibrate(Auditor auditor) {
  ERRATA_TRY(auditor.fits(calibration_.outputs()));
  const AuditCases shaping = shaping_cases(calibration_), setting = setting_cases(calibration_);
  const std::size_t failures = failures_of(shaping);
  const std::size_t rarer = std::min(failures, shaping.count - failures);
  ERRATA_ASSIGN(RiskCalibration curve,
                RiskCalibration::choose(auditor.risks(shaping.outputs(), pool_.cancellation()), shaping.failed,
                                        std::min(kFolds, rarer), Rng(options_.seed).fork(kCalibrationStream)));
  FittedAuditor fitted{.auditor = std::move(auditor),
                       .calibration = std::move(curve),
                       .blocks = train_.blocks,
                       .classes = train_.classes,
                       .train_cases = train_.count,
                       .train_failures = failures_of(train_)};
  ERRATA_TRY(look_for_the_unlike(shaping, fitted));
  ERRATA_ASSIGN(fitted.points,
                set_points(options_.points, fitted.risks(setting.outputs(), pool_.cancellation()), setting.failed));
  result_.audit.unlike_share = fitted.unlike_share;
  result_.fitted = std::move(fitted);
  return {};
}

/// What accepted cases look like, from training cases, and how far from that no clean one is, from the cases that shape
/// the risk. Accepted: by the first threshold for a risk that is asked for, as the shaping cases would set it.
Result<void> Fitting::look_for_the_unlike(const AuditCases& shaping, FittedAuditor& fitted) {
  const auto asked =
      std::ranges::find_if(options_.points, [](const AskedPoint& ask) { return ask.rule != OperatingRule::coverage; });
  if (!(options_.unlike > 0) || asked == options_.points.end()) return {};
  const auto* const stop = pool_.cancellation();
  const auto shaping_risks = fitted.risks(shaping.outputs(), stop);
  ERRATA_ASSIGN(const auto points, set_points({*asked}, shaping_risks, shaping.failed));
  const auto accepted_rows = [&](const AuditCases& cases, const std::vector<double>& risks, const auto& counts) {
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < cases.count; ++i)
      if (points[0].accepts(risks[i]) && counts(cases, i)) rows.push_back(i);
    return rows;
  };
  const auto right = [](const AuditCases& cases, std::size_t i) { return cases.failed[i] == 0; };
  const auto clean = [](const AuditCases& cases, std::size_t i) { return cases.is_clean(i); };
  const auto sampled = train_.at(evenly_spaced(train_.count, kTypicalCases));
  const AuditCases usual = sampled.at(accepted_rows(sampled, fitted.risks(sampled.outputs(), stop), right));
  const AuditCases judged = shaping.at(accepted_rows(shaping, shaping_risks, clean));
  if (usual.count < kLeastTypical || judged.count < kLeastTypical) return {};
  const auto read = fitted.auditor.read_by_heads(usual.outputs(), stop);
  const std::vector<std::uint32_t> none(usual.predicted.empty() ? usual.count : 0, 0);
  fitted.typicality = nn::Typicality::fit({read, usual.count, fitted.auditor.read_width()},
                                          usual.predicted.empty() ? none : usual.predicted,
                                          std::max<std::size_t>(1, fitted.classes.size()));
  fitted.unlike_share = options_.unlike;
  fitted.distance_limit = nn::distance_limit(fitted.distances(judged.outputs(), stop), options_.unlike);
  return {};
}

/// Fits detectors; one that cannot be is told among the warnings.
void Fitting::join(std::vector<Contestant> contestants, const TrainingCases& cases) {
  for (Contestant& other : contestants) {
    tell(progress_, fmt::format("fitting {}", other.detector->name()));
    if (const auto fit = other.detector->fit(cases, pool_); fit)
      others_.push_back(std::move(other));
    else
      result_.audit.warnings.push_back(fmt::format("{} is left out: {}", other.detector->name(), fit.error().message));
  }
}

void Fitting::fit_others() {
  if (!options_.baselines) return;
  join(baselines(training_, pool_.cancellation()), training_);
  if (!result_.fitted) return;
  const Auditor& auditor = result_.fitted->auditor;
  join(relatives(auditor, train_, options_), training_);
  if (others_.empty()) return;
  const AuditCases shaping = shaping_cases(calibration_);
  std::vector<std::uint8_t> clean;
  join(ensembles(others_, auditor), training_cases(shaping, clean));
}

Result<DetectorResult> Fitting::measure(std::string name, std::string words, const std::vector<double>& risk,
                                        const std::vector<std::uint8_t>& failed, bool probabilities) const {
  DetectorResult result{.name = std::move(name), .words = std::move(words)};
  ERRATA_ASSIGN(result.metrics,
                detector_metrics(risk, failed, {.replicates = options_.replicates, .probabilities = probabilities},
                                 Rng(options_.seed).fork(kMetricStream), pool_));
  ERRATA_ASSIGN(const auto curve, stats::RiskCoverage::of(risk, failed));
  result.risk_coverage = curve.points(kCurvePoints);
  result.roc = roc_curve(risk, failed);
  return result;
}

/// @param sample  cases for the pictures; 0: none
Result<SetResult> Fitting::measure_set(const EvaluationSet& set, std::size_t sample) const {
  const auto& fitted = result_.fitted;
  const ModelOutputs outputs = set.cases.outputs();
  SetResult result{.name = set.name,
                   .words = set.words,
                   .exchangeable = set.exchangeable,
                   .cases = set.cases.count,
                   .failures = failures_of(set.cases)};
  std::vector<std::vector<double>> risks;
  if (fitted) {
    ERRATA_TRY(fitted->auditor.fits(outputs));
    risks.push_back(fitted->risks(outputs, pool_.cancellation()));
    ERRATA_TRY(measure_auditor(set, risks[0], result));
  }
  if (sample > 0)
    result.sample =
        case_points(set.cases, fitted ? risks[0] : std::vector<double>(set.cases.count, std::nan("")), sample);
  for (const Contestant& other : others_) {
    risks.push_back(other.detector->risks(outputs, pool_));
    ERRATA_ASSIGN(auto measured,
                  measure(std::string(other.detector->name()), other.words, risks.back(), set.cases.failed, false));
    result.detectors.push_back(std::move(measured));
  }
  for (DetectorResult& detector : result.detectors) detector.less_auditor.p_value = std::nan("");
  ERRATA_TRY(compare_with("msp", &DetectorResult::less_msp, result, risks, set.cases.failed));
  ERRATA_TRY(compare_with("auditor", &DetectorResult::less_auditor, result, risks, set.cases.failed));
  return result;
}

/// The auditor's part of a set's figures. @param risk  [cases] calibrated
Result<void> Fitting::measure_auditor(const EvaluationSet& set, const std::vector<double>& risk,
                                      SetResult& result) const {
  ERRATA_ASSIGN(auto auditor, measure("auditor", "this auditor, calibrated", risk, set.cases.failed, true));
  result.detectors.push_back(std::move(auditor));
  result.reliability = stats::calibration(risk, set.cases.failed).reliability();
  const auto unlike = result_.fitted->unlike(set.cases.outputs(), pool_.cancellation());
  std::vector<double> risk_of_alike = risk;
  for (std::size_t i = 0; i < unlike.size(); ++i)
    if (unlike[i] != 0) risk_of_alike[i] = std::nan("");  // which is never accepted
  if (result_.fitted->unlike_share > 0)
    result.unlike = static_cast<double>(std::ranges::count(unlike, 1)) / static_cast<double>(unlike.size());
  for (const OperatingPoint& point : result_.fitted->points) {
    ERRATA_ASSIGN(const auto realised, realise(point, risk, set.cases.failed));
    ERRATA_ASSIGN(const auto alike, realise(point, risk_of_alike, set.cases.failed));
    result.points.push_back({.point = point, .realised = realised, .alike = alike});
  }
  result.label_accuracy = label_accuracy(result_.fitted->auditor, set.cases, pool_.cancellation());
  return {};
}

/// Paired tests of all detectors against one of them, corrected for how many there are.
Result<void> Fitting::compare_with(std::string_view name, FigureDifference DetectorResult::* less, SetResult& set,
                                   const std::vector<std::vector<double>>& risks,
                                   const std::vector<std::uint8_t>& failed) const {
  const auto one = std::ranges::find(set.detectors, name, &DetectorResult::name);
  if (one == set.detectors.end()) return {};
  const auto& of_one = risks[static_cast<std::size_t>(one - set.detectors.begin())];
  std::vector<double> p_values;
  std::vector<std::size_t> tested;
  for (std::size_t d = 0; d < set.detectors.size(); ++d) {
    if (set.detectors[d].name == name) continue;
    ERRATA_ASSIGN(const auto compared, compare_detectors(risks[d], of_one, failed, {.replicates = 0},
                                                         Rng(options_.seed).fork(kMetricStream), pool_));
    set.detectors[d].*less = compared[Figure::auroc];
    if (std::isnan(compared[Figure::auroc].p_value)) continue;
    p_values.push_back(compared[Figure::auroc].p_value);
    tested.push_back(d);
  }
  const auto adjusted = stats::holm(p_values);
  for (std::size_t t = 0; t < tested.size(); ++t) (set.detectors[tested[t]].*less).p_value = adjusted[t];
  return {};
}

Result<FitResult> Fitting::run(std::span<const EvaluationSet> sets) && {
  Audit& audit = result_.audit;
  audit.no_auditor = why_no_auditor(train_, calibration_);
  if (audit.no_auditor.empty()) {
    ERRATA_TRY(train_auditor());
  } else if (!options_.baselines) {
    return data_error(audit.no_auditor);
  }
  fit_others();
  for (const EvaluationSet& set : sets) {
    tell(progress_, "measuring " + set.name);
    ERRATA_ASSIGN(auto measured, measure_set(set, audit.sets.empty() ? kSampleCases : 0));
    audit.sets.push_back(std::move(measured));
  }
  if (result_.fitted && options_.evidence_seeds > 0 && !sets.empty()) {
    tell(progress_, "looking for the evidence");
    ERRATA_TRY(find_evidence(training_, result_.fitted->auditor, sets[0].cases,
                             {.auditor = options_.auditor,
                              .cases = options_.evidence_cases,
                              .seeds = options_.evidence_seeds,
                              .rng = Rng(options_.seed).fork(kEvidenceStream)},
                             audit));
  }
  return std::move(result_);
}

}  // namespace

Result<FitResult> run(const AuditCases& train, const AuditCases& calibration, std::span<const EvaluationSet> sets,
                      const FitOptions& options, ThreadPool& pool, const Progress& progress) {
  return Fitting(train, calibration, options, pool, progress).run(sets);
}

Result<std::vector<LeftOutResult>> leave_groups_out(const AuditCases& train, const AuditCases& test,
                                                    std::span<const std::uint32_t> groups,
                                                    const AuditorOptions& options, ThreadPool& pool,
                                                    const Progress& progress) {
  AuditorOptions without_group = options;
  without_group.checkpoint = {};
  without_group.cancellation = pool.cancellation();
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
      ERRATA_ASSIGN(auditor, Auditor::train(training_cases(kept, clean), without_group));
    }
    const auto area = [&](const std::vector<double>& risk) {
      return stats::ranking_areas(risk, unseen.failed).roc_auc;
    };
    results.push_back(
        {.group = name,
         .cases = unseen.count,
         .failures = failures_of(unseen),
         .auditor_auroc = auditor ? area(auditor->risks(unseen.outputs(), pool.cancellation())) : std::nan(""),
         .msp_auroc = has_softmax ? area(softmax->risks(unseen.outputs(), pool)) : std::nan(""),
         .label_accuracy = auditor ? label_accuracy(*auditor, unseen, pool.cancellation()) : std::nan("")});
  }
  return results;
}

}  // namespace errata::audit
