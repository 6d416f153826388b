// An audit in sentences. Each function below looks at one question and answers with a sentence, or with nothing where
// the audit has no figures for it; their order is the order of importance. What an auditor does on inputs of a kind
// that it never saw comes before what it does on held-out cases like its own, because that is where it is needed and
// where it is worst. A sentence of bad news is marked, and has its counterpart in the advice.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "errata/report/audit/words.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/terminal_text.h"

namespace errata::report {

namespace {

using audit::Figure;
using audit::SetResult;
using Finding = std::optional<AuditFinding>;

constexpr std::size_t kFindings = 7;
/// A difference of AUROC that is worth a word.
constexpr double kClear = 0.01;
constexpr double kWellCalibrated = 0.05, kBadlyCalibrated = 0.1;

std::string name_of(const SetResult& set) { return plain_text(set.name, 40); }

double area_of(const SetResult& set, std::string_view detector) { return figure_of(set, detector, Figure::auroc); }

const SetResult* held_out(const audit::Audit& audit) {
  const auto found = std::ranges::find_if(audit.sets, &SetResult::exchangeable);
  return found == audit.sets.end() ? nullptr : &*found;
}

/// The held-out set, else the first; null without sets.
const SetResult* first_set(const audit::Audit& audit) {
  const SetResult* held = held_out(audit);
  return held != nullptr || audit.sets.empty() ? held : &audit.sets.front();
}

/// Unseen sets on which something can be said; without any, the held-out one, else the first.
std::vector<const SetResult*> main_sets(const audit::Audit& audit) {
  std::vector<const SetResult*> sets;
  for (const SetResult& set : audit.sets)
    if (is_unseen(set) && std::isfinite(area_of(set, kAuditor))) sets.push_back(&set);
  if (!sets.empty()) return sets;
  const SetResult* first = first_set(audit);
  if (first != nullptr && std::isfinite(area_of(*first, kAuditor))) sets.push_back(first);
  return sets;
}

/// "a", "a and b", "a, b and c"
std::string listed(const std::vector<std::string>& parts) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i)
    text += (i == 0 ? "" : i + 1 == parts.size() ? " and " : ", ") + parts[i];
  return text;
}

/// Of several tests the largest p-value; empty where there was none.
std::string test_words(const std::vector<const SetResult*>& sets) {
  double most = -1;
  for (const SetResult* set : sets) {
    const double p = result_named(*set, kAuditor)->less_msp.p_value;
    if (std::isnan(p)) return {};
    most = std::max(most, p);
  }
  if (most < 0) return {};
  const bool many = sets.size() > 1;
  const std::string p = most == 0 ? "p < 1e-300" : p_equation(std::log(most));
  return fmt::format(" (paired test{}, {}{})", many ? "s" : "", many ? "largest " : "", p);
}

Finding no_auditor_finding(const audit::Audit& audit) {
  if (audit.no_auditor.empty()) return {};
  return AuditFinding{.words = fmt::format("No auditor was made: {}.", plain_text(audit.no_auditor, kLongLine)),
                      .bad = true};
}

/// Without an auditor: what the best of the others does.
Finding others_finding(const audit::Audit& audit) {
  const SetResult* set = first_set(audit);
  if (audit.no_auditor.empty() || set == nullptr) return {};
  const audit::DetectorResult* best = best_detector(*set);
  if (best == nullptr)
    return AuditFinding{.words = fmt::format("{} of the {} of {} failed: nothing can be told apart there either.",
                                             count_text(set->failures), counted(set->cases, "case", "cases"),
                                             name_of(*set))};
  std::string words = fmt::format("On {} `{}` tells failures from successes best, with AUROC {}", name_of(*set),
                                  plain_text(best->name), auroc_text(best->metrics[Figure::auroc].value));
  if (best->name != kSoftmax && std::isfinite(area_of(*set, kSoftmax)))
    words += fmt::format("; softmax with {}", auroc_text(area_of(*set, kSoftmax)));
  return AuditFinding{.words = words + "."};
}

Finding ranking_finding(const audit::Audit& audit) {
  const auto sets = main_sets(audit);
  if (sets.empty()) return {};
  std::vector<std::string> own, softmax;
  bool worse = false, has_softmax = true;
  for (const SetResult* set : sets) {
    own.push_back(fmt::format("{} on {}", auroc_text(area_of(*set, kAuditor)), name_of(*set)));
    softmax.push_back(auroc_text(area_of(*set, kSoftmax)));
    has_softmax = has_softmax && std::isfinite(area_of(*set, kSoftmax));
    worse = worse || area_of(*set, kAuditor) < area_of(*set, kSoftmax);
  }
  const bool unseen = is_unseen(*sets.front());
  std::string words = fmt::format("The auditor tells failures from successes with AUROC {}{}", listed(own),
                                  unseen ? ", kinds of input that it never saw" : "");
  if (has_softmax) words += fmt::format("; softmax with {}{}", listed(softmax), test_words(sets));
  words += ".";
  if (const SetResult* held = held_out(audit); unseen && held != nullptr && std::isfinite(area_of(*held, kAuditor))) {
    words += fmt::format(" On {} it reaches {}", name_of(*held), auroc_text(area_of(*held, kAuditor)));
    if (std::isfinite(area_of(*held, kSoftmax)))
      words += fmt::format(", softmax {}", auroc_text(area_of(*held, kSoftmax)));
    words += ".";
  }
  return AuditFinding{.words = std::move(words), .bad = worse};
}

Finding coverage_finding(const audit::Audit& audit) {
  const auto sets = main_sets(audit);
  if (sets.empty()) return {};
  std::vector<std::string> own;
  bool worse = false;
  for (const SetResult* set : sets) {
    const double accepted = figure_of(*set, kAuditor, Figure::coverage_at_5_percent);
    const double softmax = figure_of(*set, kSoftmax, Figure::coverage_at_5_percent);
    std::string words = fmt::format("{} of {}", percent_text(accepted), name_of(*set));
    if (std::isfinite(softmax)) words += fmt::format(" (softmax {})", percent_text(softmax));
    worse = worse || accepted < softmax;
    own.push_back(std::move(words));
  }
  return AuditFinding{
      .words = fmt::format("With at most 5% failures among them it can accept {}, thresholds set in hindsight.",
                           listed(own)),
      .bad = worse};
}

/// The first point that promises something, on every set.
Finding guarantee_finding(const audit::Audit& audit) {
  const auto promises = [](const audit::OperatingPoint& p) { return p.rule != audit::OperatingRule::coverage; };
  const auto first = std::ranges::find_if(audit.points, promises);
  if (first == audit.points.end()) return {};
  const auto at = static_cast<std::size_t>(first - audit.points.begin());
  std::vector<std::string> promised, kept, broken;
  bool bad = false;
  for (const SetResult& set : audit.sets) {
    if (at >= set.points.size()) continue;
    const audit::RealisedPoint& point = set.points[at];
    const std::string words =
        fmt::format("{} ({})", name_of(set),
                    point.realised.accepted.trials == 0 ? std::string("none accepted")
                                                        : percent_text(point.realised.risk) + " of the accepted fail");
    bad = bad || breaks_target(point);
    const std::string shorter =
        fmt::format("{} ({})", name_of(set),
                    point.realised.accepted.trials == 0 ? "none accepted" : percent_text(point.realised.risk));
    if (set.exchangeable)
      promised.push_back(words + (breaks_target(point) ? ": more than that" : ""));
    else
      (breaks_target(point) ? broken : kept).push_back(shorter);
  }
  if (promised.empty() && broken.empty() && kept.empty()) return {};
  std::string words = fmt::format("Its threshold ({}) has a guarantee", rule_words(*first));
  words += promised.empty() ? std::string(" on cases like the calibration ones alone, and none of the sets is.")
                            : fmt::format(" on {}.", listed(promised));
  if (broken.empty() && kept.empty()) return AuditFinding{.words = std::move(words), .bad = bad};
  words += " Elsewhere nothing is promised: ";
  if (!broken.empty()) words += fmt::format("more than that fail on {}", listed(broken));
  if (!kept.empty()) words += fmt::format("{}{}", broken.empty() ? "it was kept on " : ", no more on ", listed(kept));
  words += ".";
  return AuditFinding{.words = std::move(words), .bad = bad};
}

/// Where another detector knows more: the largest gap.
Finding beaten_finding(const audit::Audit& audit) {
  const SetResult* where = nullptr;
  double gap = 0;
  std::vector<std::string> others;
  for (const SetResult& set : audit.sets) {
    const auto better = better_detectors(set);
    if (better.empty()) continue;
    if (where != nullptr) others.push_back(name_of(set));
    if (!(better.front()->less_auditor.difference > gap)) continue;
    if (where != nullptr) others.back() = name_of(*where);
    gap = better.front()->less_auditor.difference;
    where = &set;
  }
  if (where == nullptr) return {};
  std::string words = better_words(*where);
  if (!others.empty()) words += fmt::format(" Others know more on {} as well.", listed(others));
  return AuditFinding{.words = std::move(words), .bad = true};
}

Finding left_out_finding(const audit::Audit& audit) {
  std::string words = left_out_words(audit);
  if (words.empty()) return {};
  const bool bad = std::ranges::any_of(audit.left_out, [](const audit::LeftOutResult& result) {
    return result.auditor_auroc < result.msp_auroc - kClear;
  });
  return AuditFinding{.words = std::move(words), .bad = bad};
}

Finding classifier_finding(const audit::Audit& audit) {
  const auto sets = main_sets(audit);
  if (sets.empty() || !std::isfinite(sets.front()->label_accuracy)) return {};
  const SetResult& set = *sets.front();
  const double model = 1 - failure_share(set.failures, set.cases);
  const double own = set.label_accuracy;
  std::string words = fmt::format("The auditor's own classes are right in {} of {}, the model's in {}",
                                  percent_text(own), name_of(set), percent_text(model));
  words += own > model ? ": it is a second classifier, and the better one, which is part of why it knows."
                       : ": it does not know by being the better classifier.";
  return AuditFinding{.words = std::move(words)};
}

Finding evidence_finding(const audit::Audit& audit) {
  std::string words = evidence_words(audit);
  if (words.empty()) return {};
  return AuditFinding{.words = std::move(words)};
}

const SetResult* worst_calibrated(const audit::Audit& audit) {
  const SetResult* worst = nullptr;
  for (const SetResult& set : audit.sets) {
    const double error = figure_of(set, kAuditor, Figure::ece);
    if (std::isnan(error)) continue;
    if (worst == nullptr || error > figure_of(*worst, kAuditor, Figure::ece)) worst = &set;
  }
  return worst;
}

Finding calibration_finding(const audit::Audit& audit) {
  const SetResult* worst = worst_calibrated(audit);
  if (worst == nullptr) return {};
  const double most = figure_of(*worst, kAuditor, Figure::ece);
  const SetResult* held = held_out(audit);
  std::string words;
  if (held != nullptr && held != worst && std::isfinite(figure_of(*held, kAuditor, Figure::ece)))
    words = fmt::format("Its risk is off by {} on average on {} (ECE), by {} on {}, the worst.",
                        percent_text(figure_of(*held, kAuditor, Figure::ece)), name_of(*held), percent_text(most),
                        name_of(*worst));
  else
    words = fmt::format("Its risk is off by {} on average on {} (ECE){}.", percent_text(most), name_of(*worst),
                        audit.sets.size() > 1 ? ", the worst" : "");
  return AuditFinding{.words = std::move(words), .bad = most > kBadlyCalibrated};
}

}  // namespace

std::string audit_headline(const audit::Audit& audit) {
  if (!audit.no_auditor.empty()) return fmt::format("No auditor: {}", plain_text(audit.no_auditor, kLongLine));
  const auto sets = main_sets(audit);
  if (sets.empty()) return "There was nothing to tell apart";
  std::string words =
      fmt::format("AUROC {} on {}", auroc_text(area_of(*sets.front(), kAuditor)), name_of(*sets.front()));
  const double softmax = area_of(*sets.front(), kSoftmax);
  return std::isfinite(softmax) ? words + fmt::format(", {} by softmax", auroc_text(softmax)) : words;
}

std::vector<AuditFinding> audit_findings(const audit::Audit& audit) {
  std::vector<AuditFinding> findings;
  for (const auto& look :
       {no_auditor_finding, others_finding, ranking_finding, coverage_finding, guarantee_finding, beaten_finding,
        left_out_finding, classifier_finding, calibration_finding, evidence_finding}) {
    if (findings.size() == kFindings) break;
    if (Finding found = look(audit)) findings.push_back(std::move(*found));
  }
  return findings;
}

std::vector<std::string> audit_advice(const audit::Audit& audit) {
  std::vector<std::string> advice;
  if (!audit.no_auditor.empty())
    advice.emplace_back(
        "Give cases of both outcomes, failures and successes, to learn from and to calibrate on: a longer log, or "
        "larger shares of it.");
  if (const Finding broken = guarantee_finding(audit); broken && broken->bad)
    advice.emplace_back(
        "Refuse by the threshold only on inputs like those that set it. Before using it on shifted inputs, calibrate "
        "again on labelled cases of that kind.");
  if (const SetResult* worst = worst_calibrated(audit);
      worst != nullptr && figure_of(*worst, kAuditor, Figure::ece) > kBadlyCalibrated)
    advice.push_back(
        fmt::format("Do not read the risk as a probability on inputs like {}: rank by it there.", name_of(*worst)));
  for (const SetResult& set : audit.sets) {
    const auto better = better_detectors(set);
    if (better.empty()) continue;
    advice.push_back(fmt::format("Watch `{}` beside the auditor where inputs like {} can come.",
                                 plain_text(better.front()->name), name_of(set)));
    break;
  }
  const auto gain = [](const audit::LeftOutResult& result) {
    const double more = result.auditor_auroc - result.msp_auroc;
    return std::isnan(more) ? 1 : more;
  };
  if (const auto worst = std::ranges::min_element(audit.left_out, {}, gain);
      worst != audit.left_out.end() && gain(*worst) < 0)
    advice.push_back(fmt::format("Keep {} among the training cases: without it the auditor is below softmax there.",
                                 plain_text(worst->group)));
  const auto sets = main_sets(audit);
  if (!sets.empty()) {
    const double model = 1 - failure_share(sets.front()->failures, sets.front()->cases);
    if (sets.front()->label_accuracy > model + kWellCalibrated)
      advice.emplace_back(
          "Train the model itself on such inputs: the auditor reads better answers off its layers than the model "
          "gives.");
  }
  return advice;
}

}  // namespace errata::report
