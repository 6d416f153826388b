#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "errata/audit/audit.h"

namespace errata::report {

// What the terminal, the page and the JSON of an audit say alike. Text of the log in it is made safe to print
// (plain_text), but not escaped for HTML.

inline constexpr const char* kAuditor = "auditor";
inline constexpr const char* kSoftmax = "msp";
inline constexpr const char* kSourceAuditor = "source_auditor";

/// A sentence about an audit, and whether it is bad news.
struct AuditFinding {
  std::string words;
  bool bad = false;
};

/// An area with three decimals: "0.966"; ">0.999" and "<0.001" so that only 1 is "1.000" and only 0 is "0.000"; "–" for
/// NaN.
[[nodiscard]] std::string auroc_text(double auroc);

/// A detector of a set by its name, or null.
[[nodiscard]] const audit::DetectorResult* result_named(const audit::SetResult& set, std::string_view name);
/// The one of largest AUROC that is none of the three above, or null.
[[nodiscard]] const audit::DetectorResult* best_other(const audit::SetResult& set);
/// The one of largest AUROC of all, or null where nothing can be told apart.
[[nodiscard]] const audit::DetectorResult* best_detector(const audit::SetResult& set);
/// Those that know more than the auditor on a set: AUROC larger by more than .01 and, in the paired test corrected for
/// the number of detectors, at 5%; the largest AUROC first.
[[nodiscard]] std::vector<const audit::DetectorResult*> better_detectors(const audit::SetResult& set);
/// "On FGSM `mahalanobis_nearest` knows more: AUROC 0.957, the auditor 0.502 (paired test, p = 1e-200)."; empty where
/// none does.
[[nodiscard]] std::string better_words(const audit::SetResult& set);
/// The ones that curves are drawn of, as far as the set has them: auditor, msp, the best other, the source's auditor.
[[nodiscard]] std::vector<const audit::DetectorResult*> shown_detectors(const audit::SetResult& set);
/// Names of all detectors of all sets, each once, in the order of the first set that has it.
[[nodiscard]] std::vector<std::string> detector_names(const audit::Audit& audit);
/// A figure of a detector of a set; NaN without it.
[[nodiscard]] double figure_of(const audit::SetResult& set, std::string_view detector, audit::Figure figure);

/// failures / cases; NaN without cases.
[[nodiscard]] double failure_share(std::uint64_t failures, std::uint64_t cases);
/// Was the set announced as made of what the auditor never saw? Its name begins with "unseen".
[[nodiscard]] bool is_unseen(const audit::SetResult& set);
/// Has more failed among the accepted than was asked for?
[[nodiscard]] bool breaks_target(const audit::RealisedPoint& point);
/// "promised" where the guarantee holds, "not promised" under a shift, "–" for a rule that promises nothing.
[[nodiscard]] std::string guarantee_word(const audit::SetResult& set, const audit::OperatingPoint& point);

/// "sgr, at most 5% failures", "ltt, …", "coverage of 80%".
[[nodiscard]] std::string rule_words(const audit::OperatingPoint& point);
/// The same in a column's width: "sgr 5%".
[[nodiscard]] std::string rule_name(const audit::OperatingPoint& point);
/// What a point is: "sgr, at most 5% failures: risks up to 0.214 are accepted, 61.2% of the cases that set it. With
/// probability 95% no more than 5% of accepted cases fail, on cases like those."
[[nodiscard]] std::string point_words(const audit::OperatingPoint& point);

/// What is unlike the others; empty where nothing is looked for.
[[nodiscard]] std::string unlike_words(const audit::Audit& audit);

/// "built-in on digits"
[[nodiscard]] std::string subject_name(const audit::Audit& audit);
/// What was trained on what; without an auditor what the other detectors learned from.
[[nodiscard]] std::string subject_words(const audit::Audit& audit);
/// For how long the auditor was trained and what that was chosen from; empty without one.
[[nodiscard]] std::string training_words(const audit::Audit& audit);
/// About the built-in pair; empty without one.
[[nodiscard]] std::string pair_words(const audit::Audit& audit);
/// The finding in one line: "Failures are told apart with AUROC 0.966 on unseen mix A, 0.813 by softmax"
[[nodiscard]] std::string audit_headline(const audit::Audit& audit);

/// At most seven sentences from the figures, the most important first.
[[nodiscard]] std::vector<AuditFinding> audit_findings(const audit::Audit& audit);
/// What to do about them; empty when nothing is wrong.
[[nodiscard]] std::vector<std::string> audit_advice(const audit::Audit& audit);

/// About the groups that were left out: how many, the mean, the worst.
[[nodiscard]] std::string left_out_words(const audit::Audit& audit);
/// Positions in audit.left_out, the least AUROC first, NaN last.
[[nodiscard]] std::vector<std::size_t> left_out_order(const audit::Audit& audit);
/// How far the evidence agrees between seeds; empty without evidence.
[[nodiscard]] std::string evidence_words(const audit::Audit& audit);

}  // namespace errata::report
