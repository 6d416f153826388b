#include "errata/report/audit/words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "errata/report/kit/numbers.h"
#include "errata/report/kit/terminal_text.h"

namespace errata::report {

namespace {

constexpr double kWorthAWord = 0.01;  ///< of AUROC
constexpr double kLevel = 0.05;       ///< of a test, corrected for the number of detectors
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// The detector of largest AUROC among those that `counts`; null where none has one.
template <typename Counts>
const audit::DetectorResult* best_of(const audit::SetResult& set, Counts counts) {
  const audit::DetectorResult* best = nullptr;
  double most = -1;
  for (const audit::DetectorResult& detector : set.detectors) {
    const double area = detector.metrics[audit::Figure::auroc].value;
    if (!counts(detector) || !(area > most)) continue;
    best = &detector;
    most = area;
  }
  return best;
}

}  // namespace

std::string auroc_text(double auroc) {
  if (!std::isfinite(auroc)) return "–";
  if (auroc < 1 && auroc >= 0.9995) return ">0.999";
  if (auroc > 0 && auroc < 0.0005) return "<0.001";
  return fmt::format("{:.3f}", auroc);
}

const audit::DetectorResult* result_named(const audit::SetResult& set, std::string_view name) {
  const auto found = std::ranges::find(set.detectors, name, &audit::DetectorResult::name);
  return found == set.detectors.end() ? nullptr : &*found;
}

const audit::DetectorResult* best_other(const audit::SetResult& set) {
  return best_of(set, [](const audit::DetectorResult& detector) {
    return detector.name != kAuditor && detector.name != kSoftmax && detector.name != kSourceAuditor;
  });
}

const audit::DetectorResult* best_detector(const audit::SetResult& set) {
  return best_of(set, [](const audit::DetectorResult&) { return true; });
}

std::vector<const audit::DetectorResult*> better_detectors(const audit::SetResult& set) {
  std::vector<const audit::DetectorResult*> better;
  for (const audit::DetectorResult& detector : set.detectors)
    if (detector.name != kAuditor && detector.less_auditor.difference > kWorthAWord &&
        detector.less_auditor.p_value < kLevel)
      better.push_back(&detector);
  std::ranges::stable_sort(better, std::ranges::greater(), [](const audit::DetectorResult* detector) {
    return detector->metrics[audit::Figure::auroc].value;
  });
  return better;
}

std::string better_words(const audit::SetResult& set) {
  const auto better = better_detectors(set);
  if (better.empty()) return {};
  const audit::DetectorResult& best = *better.front();
  const double p = best.less_auditor.p_value;
  return fmt::format("On {} `{}` knows more than the auditor: AUROC {} against {} (paired test, {}).",
                     plain_text(set.name, 40), plain_text(best.name),
                     auroc_text(best.metrics[audit::Figure::auroc].value),
                     auroc_text(figure_of(set, kAuditor, audit::Figure::auroc)),
                     p == 0 ? std::string("p < 1e-300") : p_equation(std::log(p)));
}

std::vector<const audit::DetectorResult*> shown_detectors(const audit::SetResult& set) {
  std::vector<const audit::DetectorResult*> shown;
  for (const auto* detector :
       {result_named(set, kAuditor), result_named(set, kSoftmax), best_other(set), result_named(set, kSourceAuditor)})
    if (detector != nullptr) shown.push_back(detector);
  return shown;
}

std::vector<std::string> detector_names(const audit::Audit& audit) {
  std::vector<std::string> names;
  for (const audit::SetResult& set : audit.sets)
    for (const audit::DetectorResult& detector : set.detectors)
      if (std::ranges::find(names, detector.name) == names.end()) names.push_back(detector.name);
  return names;
}

double figure_of(const audit::SetResult& set, std::string_view detector, audit::Figure figure) {
  const audit::DetectorResult* result = result_named(set, detector);
  return result == nullptr ? kNan : result->metrics[figure].value;
}

double failure_share(std::uint64_t failures, std::uint64_t cases) {
  return cases == 0 ? kNan : static_cast<double>(failures) / static_cast<double>(cases);
}

bool is_unseen(const audit::SetResult& set) { return set.name.starts_with("unseen"); }

bool breaks_target(const audit::RealisedPoint& point) {
  return point.point.rule != audit::OperatingRule::coverage && point.realised.risk > point.point.target;
}

std::string guarantee_word(const audit::SetResult& set, const audit::OperatingPoint& point) {
  if (point.rule == audit::OperatingRule::coverage) return "–";
  return set.exchangeable ? "promised" : "not promised";
}

std::string rule_words(const audit::OperatingPoint& point) {
  if (point.rule == audit::OperatingRule::coverage) return fmt::format("coverage of {}", level_text(point.target));
  return fmt::format("{}, at most {} failures", audit::name_of(point.rule), level_text(point.target));
}

std::string rule_name(const audit::OperatingPoint& point) {
  return fmt::format("{} {}", audit::name_of(point.rule), level_text(point.target));
}

std::string point_words(const audit::OperatingPoint& point) {
  if (!std::isfinite(point.at.threshold) && point.at.threshold < 0)
    return fmt::format("{}: no threshold could be shown to keep it; nothing is accepted.", rule_words(point));
  std::string words = fmt::format("{}: risks up to {} are accepted, {} of the cases that set it.", rule_words(point),
                                  number_text(point.at.threshold, 3), percent_text(point.at.coverage));
  if (point.rule == audit::OperatingRule::coverage) return words + " Nothing is promised about failures.";
  return words + fmt::format(" With probability {} no more than {} of accepted cases fail, on cases like those.",
                             level_text(1 - point.delta), level_text(point.target));
}

std::string unlike_words(const audit::Audit& audit) {
  if (!(audit.unlike_share > 0)) return {};
  return fmt::format(
      "A second condition, for input that is like nothing it knows: a case is unlike the others when it is farther "
      "from "
      "accepted training cases than {} of the accepted clean cases are. Nothing is promised about it.",
      level_text(1 - audit.unlike_share));
}

std::string subject_name(const audit::Audit& audit) {
  const std::string model = plain_text(audit.subject.model, kLongLine);
  const std::string data = plain_text(audit.subject.data, kLongLine);
  if (model.empty() && data.empty()) return "a model";
  return model.empty() ? data : data.empty() ? model : fmt::format("{} on {}", model, data);
}

std::string subject_words(const audit::Audit& audit) {
  const audit::AuditSubject& subject = audit.subject;
  if (!audit.no_auditor.empty())
    return fmt::format(
        "The detectors that need no auditor were fitted to {}, {} of them failures ({}). Figures are of cases that "
        "they "
        "have not seen.",
        counted(subject.train_cases, "case", "cases"), count_text(subject.train_failures),
        percent_text(failure_share(subject.train_failures, subject.train_cases)));
  std::string words =
      fmt::format("The auditor learned {} from {} columns of {}, {} of them failures ({})",
                  subject.target == "label" ? "the truth" : "when the model fails", count_text(subject.columns),
                  counted(subject.train_cases, "case", "cases"), count_text(subject.train_failures),
                  percent_text(failure_share(subject.train_failures, subject.train_cases)));
  if (subject.calibration_cases > 0) {
    words += fmt::format(", and was calibrated on {} others", count_text(subject.calibration_cases));
    if (!audit.calibration.empty()) words += fmt::format(" ({})", plain_text(audit.calibration));
  }
  return words + ". Figures are of cases that it has not seen, unless they say otherwise.";
}

std::string training_words(const audit::Audit& audit) {
  const audit::AuditSubject& subject = audit.subject;
  if (subject.epochs == 0 || !audit.no_auditor.empty()) return {};
  std::string words = fmt::format("It was trained for {}, {} of the optimiser",
                                  counted(subject.epochs, "epoch", "epochs"), counted(subject.steps, "step", "steps"));
  if (subject.tried.size() < 2) return words + ".";
  std::vector<std::string> others;
  bool other_question = false;
  for (const audit::TriedLength& tried : subject.tried) {
    if (audit::word(tried.target) != subject.target)
      other_question = true;
    else if (tried.epochs != subject.epochs)
      others.push_back(count_text(tried.epochs));
  }
  if (!others.empty())
    words +=
        fmt::format("; {} did worse on held-out cases or no better (`--epochs` sets it)", fmt::join(others, " and "));
  if (other_question)
    words += subject.target == "failure"
                 ? "; asked for the truth it did clearly worse there (`--target label` asks for it all the same)"
                 : "; asked when the model fails it did not do clearly better there (`--target`)";
  return words + ".";
}

std::string pair_words(const audit::Audit& audit) {
  if (!audit.built_in) return {};
  const audit::BuiltInPair& pair = *audit.built_in;
  std::string words =
      fmt::format("The audited network is right on {} of clean test images.", percent_text(pair.primary_accuracy));
  if (!audit.no_auditor.empty()) return words;
  return words + fmt::format(
                     " On the very cases that it learned from the auditor has AUROC {} (softmax {}): not a figure to "
                     "rely on.",
                     auroc_text(pair.auroc_on_training_cases), auroc_text(pair.msp_auroc_on_training_cases));
}

std::vector<std::size_t> left_out_order(const audit::Audit& audit) {
  std::vector<std::size_t> order(audit.left_out.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) {
    const double area = audit.left_out[i].auditor_auroc;
    return std::isnan(area) ? 2 : area;
  });
  return order;
}

std::string left_out_words(const audit::Audit& audit) {
  double sum = 0, softmax = 0;
  std::size_t known = 0, below = 0;
  for (const audit::LeftOutResult& result : audit.left_out) {
    if (std::isnan(result.auditor_auroc)) continue;
    sum += result.auditor_auroc;
    softmax += result.msp_auroc;
    below += result.auditor_auroc < result.msp_auroc - 0.01 ? 1U : 0U;
    ++known;
  }
  if (known == 0) return {};
  const audit::LeftOutResult& worst = audit.left_out[left_out_order(audit).front()];
  const auto count = static_cast<double>(known);
  const bool compared = std::isfinite(softmax);
  std::string words = fmt::format(
      "Trained without one kind of input and measured on that kind alone, {}, it has a mean AUROC of {}{}; the worst "
      "is "
      "{} with {}.",
      times_text(known), auroc_text(sum / count),
      compared ? fmt::format(" (softmax {})", auroc_text(softmax / count)) : "", plain_text(worst.group),
      auroc_text(worst.auditor_auroc));
  if (!compared) return words;
  return words + (below == 0
                      ? std::string(" Softmax is nowhere better by more than 0.01.")
                      : fmt::format(" Softmax is better by more than 0.01 on {}.", counted(below, "kind", "kinds")));
}

std::string evidence_words(const audit::Audit& audit) {
  if (audit.evidence.empty()) return {};
  const audit::EvidenceResult& first = audit.evidence.front();
  std::string words = fmt::format(
      "`{}` carries the most evidence: its columns exchanged between cases, AUROC falls by "
      "{:.3f}, and it has {} of the gradients.",
      plain_text(first.name), first.auroc_lost, percent_text(first.integrated));
  if (std::isfinite(audit.evidence_stability)) {
    words += fmt::format(" Between seeds the ranking {} (mean rank correlation {:.2f}).",
                         audit.evidence_stability >= 0.8   ? "stays"
                         : audit.evidence_stability >= 0.5 ? "stays in part"
                                                           : "does not stay",
                         audit.evidence_stability);
  }
  return words;
}

}  // namespace errata::report
