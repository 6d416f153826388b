#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "errata/audit/auditor_target.h"
#include "errata/audit/detector_metrics.h"
#include "errata/audit/operating_point.h"
#include "errata/stats/calibration.h"
#include "errata/stats/risk_coverage.h"

namespace errata::audit {

/// What an audit found out: plain values for the report.

struct RocPoint {
  double false_positive_rate = 0, true_positive_rate = 0;
};

/// One detector on one set of cases that nothing was fitted to.
struct DetectorResult {
  std::string name;   ///< "auditor", "msp", …
  std::string words;  ///< one line
  DetectorMetrics metrics;
  FigureDifference less_msp;      ///< AUROC less that of the first softmax detector; p-values by Holm within the set
  FigureDifference less_auditor;  ///< likewise less that of the auditor; p-value NaN where there is none
  std::vector<RocPoint> roc;      ///< at most 200 points; of the auditor and of chosen others
  std::vector<stats::RiskCoveragePoint> risk_coverage;  ///< likewise
};

/// What the auditor does at one operating point on one set.
struct RealisedPoint {
  OperatingPoint point;
  RealisedRisk realised;
  RealisedRisk alike{};  ///< of what is accepted and not unlike the clean cases; as `realised` where it does not look
};

/// One case for the pictures of an audit.
struct CasePoint {
  float confidence = 0;      ///< the model's, of its prediction: largest softmax; NaN without logits
  float risk = 0;            ///< calibrated, in (0, 1); NaN without an auditor
  float pca1 = 0, pca2 = 0;  ///< the block before the logits along its first two principal axes; 0 without latents
  bool failed = false;
};

/// Cases that were evaluated together: held out, shifted in some way, clean.
struct SetResult {
  std::string name;           ///< "held out", "seen mix", "unseen mix A", "clean"
  std::string words;          ///< what is in it
  bool exchangeable = false;  ///< drawn as the calibration cases were, so that guarantees hold
  std::uint64_t cases = 0, failures = 0;
  std::vector<DetectorResult> detectors;           ///< in the order of reports, the auditor first where there is one
  std::vector<stats::ReliabilityBin> reliability;  ///< of the auditor's calibrated risk
  std::vector<RealisedPoint> points;
  /// Share of the cases that are too unlike the clean ones, whatever their risk; NaN where the auditor does not look.
  double unlike = std::numeric_limits<double>::quiet_NaN();
  double label_accuracy = std::numeric_limits<double>::quiet_NaN();  ///< of the auditor's own classes; target label
  std::vector<CasePoint> sample;  ///< of the first set: at most 2,000 cases, evenly spaced; empty for the others
};

/// The auditor trained without one group of inputs, on cases of that group alone.
struct LeftOutResult {
  std::string group;   ///< "elastic"
  std::string family;  ///< "geometric"
  std::uint64_t cases = 0, failures = 0;
  double auditor_auroc = 0, msp_auroc = 0;
  double label_accuracy = std::numeric_limits<double>::quiet_NaN();
};

/// How much of the auditor's evidence one group of columns holds.
struct EvidenceResult {
  std::string name;  ///< a block ("conv2:max"), or a column of one ("hidden[17]")
  double auroc_lost =
      0;  ///< fall of AUROC when the group's columns are permuted over the cases; mean over heads or seeds
  double auroc_lost_sd = 0;  ///< over seeds
  double integrated = 0;     ///< share of Σ |integrated gradient|, in [0, 1]
  double integrated_sd = 0;
};

/// A length of training that was tried.
struct TriedLength {
  AuditorTarget target = AuditorTarget::label;
  std::size_t epochs = 0, steps = 0;
  double loss = std::numeric_limits<double>::quiet_NaN();  ///< mean log loss on held-out cases; NaN: not compared
};

/// What was audited and how, for the head of the report.
struct AuditSubject {
  std::string model;    ///< path or "built-in"
  std::string data;     ///< log or image set
  std::string runtime;  ///< describe_runtime()
  std::uint64_t seed = 0;
  std::uint64_t train_cases = 0, train_failures = 0;
  std::uint64_t calibration_cases = 0, calibration_failures = 0;
  std::size_t columns = 0;  ///< latents and logits that the auditor reads; 0 without one
  std::string target;       ///< "label" or "failure"; empty without an auditor
  std::string split;        ///< how the parts were made, in words
  double train_seconds = 0;
  std::size_t epochs = 0, steps = 0;  ///< that the auditor was trained for; 0 without one
  std::vector<TriedLength> tried{};   ///< the lengths that this one was chosen from, shortest first
};

/// The built-in pair (`errata audit train`): what its first network does, and the source's own way of scoring.
struct BuiltInPair {
  double primary_accuracy = 0;  ///< on clean test images
  double primary_seconds = 0, capture_seconds = 0;
  double auroc_on_training_cases = 0;  ///< of the auditor on the very cases that it learned from; NaN without one
  double msp_auroc_on_training_cases = 0;
};

struct Audit {
  AuditSubject subject;
  std::string no_auditor;  ///< why there is none and other detectors stand alone; empty where there is one
  std::optional<BuiltInPair> built_in;
  std::vector<SetResult> sets;
  std::vector<OperatingPoint> points;
  double unlike_share = 0;  ///< of accepted clean calibration cases that count as unlike the others; 0: none looked for
  std::vector<LeftOutResult> left_out;
  std::vector<EvidenceResult> evidence;                                  ///< blocks, most evidence first
  std::vector<EvidenceResult> channels;                                  ///< columns, most evidence first, at most 20
  double evidence_stability = std::numeric_limits<double>::quiet_NaN();  ///< mean rank correlation between seeds
  std::string calibration;                                               ///< method
  std::vector<std::string> warnings;
};

}  // namespace errata::audit
