#include "errata/report/analysis/hard_or_wrong.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "errata/report/analysis/comparison_words.h"
#include "errata/report/kit/numbers.h"

namespace errata::report {

namespace {

constexpr std::size_t kClassWidth = 20;

std::string beside(const std::string& value, const std::string& of_log) {
  return fmt::format("{} (log {})", value, of_log);
}

std::string class_text(const slice::ClassMetrics& whole, std::size_t index) {
  return plain_text(whole.per_class[index].name, kClassWidth);
}

/// Share of all cases of the log; NaN where its confusion matrix is not kept.
double share_of_log(const slice::ClassMetrics& whole, const slice::Confusion& confusion) {
  if (whole.confusion.empty()) return std::numeric_limits<double>::quiet_NaN();
  double all = 0;
  for (const double weight : whole.confusion) all += weight;
  return whole.confusion[confusion.label * whole.per_class.size() + confusion.predicted] / all;
}

std::string class_kinds(const slice::ClassMetrics& whole, const slice::FailureKinds& kinds) {
  if (kinds.binary && whole.binary) {
    const slice::BinaryErrors &here = *kinds.binary, &log = *whole.binary;
    return fmt::format("false negatives {}, false positives {}, base rate of {} {}",
                       beside(percent_text(here.false_negative_rate), percent_text(log.false_negative_rate)),
                       beside(percent_text(here.false_positive_rate), percent_text(log.false_positive_rate)),
                       plain_text(here.positive, kClassWidth),
                       beside(percent_text(here.base_rate), percent_text(log.base_rate)));
  }
  std::string text;
  for (const slice::Confusion& confusion : kinds.confusions) {
    text += fmt::format("{}{} → {} {}", text.empty() ? "confused: " : ", ", class_text(whole, confusion.label),
                        class_text(whole, confusion.predicted),
                        beside(percent_text(confusion.share), percent_text(share_of_log(whole, confusion))));
  }
  return text;
}

}  // namespace

std::string_view words_of(slice::Belief belief) {
  switch (belief) {
    case slice::Belief::as_believed: return "as it believes";
    case slice::Belief::more_than_believed: return "more than it believes";
    case slice::Belief::less_than_believed: return "less than it believes";
  }
  ERRATA_CHECK(false);
  return {};
}

std::string excess_words(const slice::Excess& excess) {
  return fmt::format("{} fail where its confidence expects {}: {} (adj. {})", percent_text(excess.rate),
                     percent_text(excess.expected_rate), words_of(excess.belief), p_equation(excess.log_p_adjusted));
}

std::string excess_note(const slice::Excess& excess) {
  return fmt::format("its confidence expects {}: fails {} (adj. {})", percent_text(excess.expected_rate),
                     words_of(excess.belief), p_equation(excess.log_p_adjusted));
}

std::string belief_words(const slice::Analysis& analysis) {
  std::string text;
  for (const auto belief :
       {slice::Belief::more_than_believed, slice::Belief::as_believed, slice::Belief::less_than_believed}) {
    const auto count = std::ranges::count_if(analysis.hotspots, [&](const slice::NamedHotspot& hotspot) {
      return hotspot.slice.excess && hotspot.slice.excess->belief == belief;
    });
    if (count == 0) continue;
    if (analysis.hotspots.size() == 1)
      text = fmt::format("It fails {}", words_of(belief));
    else if (text.empty())
      text = fmt::format("{} of them {} {}", count, count == 1 ? "fails" : "fail", words_of(belief));
    else
      text += fmt::format(", {} {}", count, words_of(belief));
  }
  return text.empty() ? text : text + " (what its calibrated confidence expects).";
}

std::string excess_sentences(const slice::Excess& excess) {
  std::string text = fmt::format(
      "{} of {} fail ({}) where the model's calibrated confidence expects {} ({}): {}. Excess {} points (95% interval "
      "{} to {})",
      count_text(excess.failures), counted(excess.n, "case", "cases"), percent_text(excess.rate),
      number_text(excess.expected, 4), percent_text(excess.expected_rate), words_of(excess.belief),
      points_text(excess.excess), points_text(excess.interval.low), points_text(excess.interval.high));
  if (excess.claimed_rate) text += fmt::format("; uncalibrated it claims {}", percent_text(*excess.claimed_rate));
  return text + fmt::format(". Test on {}: {} failures, {} expected, two-sided {}, adjusted {}.",
                            counted(excess.tested_n, "case", "cases"), count_text(excess.tested_failures),
                            number_text(excess.tested_expected, 4), p_equation(excess.log_p),
                            p_equation(excess.log_p_adjusted));
}

std::string failure_kinds_words(const slice::Analysis& analysis, const slice::FailureKinds& kinds) {
  if (analysis.classes) return class_kinds(*analysis.classes, kinds);
  if (!kinds.bias || !kinds.spread || !analysis.numbers) return {};
  const slice::NumberMetrics& log = *analysis.numbers;
  return fmt::format("bias {}, spread {}", beside(number_text(*kinds.bias, 3), number_text(log.bias, 3)),
                     beside(number_text(*kinds.spread, 3), number_text(log.spread, 3)));
}

std::string claim_words(const slice::Analysis& analysis) {
  if (!analysis.claim) return {};
  const slice::Claim& claim = *analysis.claim;
  constexpr double kNear = 1.1;  // times: large logs tell any two numbers apart
  const double more = std::max(claim.rate, claim.claimed_rate), less = std::min(claim.rate, claim.claimed_rate);
  if (claim.log_p > std::log(analysis.options.confirm.fdr) || more < kNear * less) return {};
  return fmt::format("Its confidence claims that {} fail, and {} do: it is {}.", percent_text(claim.claimed_rate),
                     percent_text(claim.rate), claim.rate > claim.claimed_rate ? "overconfident" : "underconfident");
}

}  // namespace errata::report
