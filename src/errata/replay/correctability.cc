// Can the failures of a mode be corrected, or only refused?
//
// Problem: after the fact some correction always looks good in some mode. And a corrector that is trained on failures
// alone learns one thing, that predictions are wrong: it flips everything, and makes the error worse.
//
// Idea: predict every case as a corrector would have at that moment, from outcomes that had arrived, successes and
// failures both, and test the paired differences by betting. The wealth of a bet against a true hypothesis is a
// nonnegative supermartingale, so the test may look after every case and as long as the log lasts. Two corrections are
// tried: flip where the memory's risk is above one half, and follow a small model of the label that only knows the
// mode. What neither can lower, with evidence that little is to be gained, is irreducible for these corrections.
//
// Cost: one small logistic update a case; the tests are one pass over a byte a case at the end.
#include "errata/replay/correctability.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "errata/stats/betting.h"
#include "errata/stats/logistic.h"

namespace errata::replay {
namespace {

constexpr double kClip = 4, kPriorPrecision = 1;

/// One correction in one group of cases.
struct Correction {
  std::uint64_t failures = 0;
  stats::BettingTest lowers, gains_little;
  void add(bool failed, bool changes, double margin) {
    const bool corrected_fails = failed != changes;
    failures += corrected_fails;
    const double gain = static_cast<double>(failed) - static_cast<double>(corrected_fails);
    lowers.bet(gain);
    gains_little.bet(margin - gain);
  }
};

struct Group {
  std::uint64_t cases = 0, failures = 0;
  Correction flip, specialist;
  void add(bool failed, bool flips, bool specialist_flips) {
    constexpr double kLeastMargin = .01, kMarginShare = .1, kPriorCases = 20;
    const double error = static_cast<double>(failures) / (static_cast<double>(cases) + kPriorCases);
    const double margin = std::max(kLeastMargin, kMarginShare * error);
    ++cases;
    failures += failed;
    flip.add(failed, flips, margin);
    specialist.add(failed, specialist_flips, margin);
  }
};

CorrectionResult result_of(const Group& group, std::uint32_t mode, std::string words, double groups,
                           const CorrectabilityOptions& options) {
  CorrectionResult result{.mode = mode, .words = std::move(words), .cases = group.cases};
  if (group.cases == 0) return result;
  const auto share = [&](std::uint64_t failures) {
    return static_cast<double>(failures) / static_cast<double>(group.cases);
  };
  result.error = share(group.failures);
  result.flipped_error = share(group.flip.failures);
  result.specialist_error = share(group.specialist.failures);
  result.all_flipped_error = 1 - result.error;
  const double flip = group.flip.lowers.p_value(2 * groups), specialist = group.specialist.lowers.p_value(2 * groups);
  const bool flip_is_better =
      flip < specialist || (flip == specialist && group.flip.failures <= group.specialist.failures);
  result.better = flip_is_better ? "flip" : "specialist";
  result.p_value = std::min(flip, specialist);
  result.harm_p_value =
      std::max(group.flip.gains_little.p_value(groups), group.specialist.gains_little.p_value(groups));
  if (group.cases < options.least_cases) return result;
  if (result.p_value <= options.level)
    result.verdict = Verdict::correctable;
  else if (result.harm_p_value <= options.level)
    result.verdict = Verdict::irreducible;
  return result;
}

}  // namespace

Correctability::Correctability(const CaseStream& cases, const CorrectabilityOptions& options)
    : cases_(&cases), options_(options), possible_(cases.schema().classes.size() == 2) {
  scales_.resize(cases.schema().numbers.size());
  x_.resize(scales_.size() + 2);
  said_.resize(possible_ ? cases.size() : 0);
  mode_.resize(said_.size(), memory::kNoMode);
  specialists_.push_back(
      {.weights = std::vector<double>(x_.size()), .precision = std::vector<double>(x_.size(), kPriorPrecision)});
}

void Correctability::rescale(const memory::CaseView& seen) {
  for (std::size_t j = 0; j < scales_.size(); ++j) {
    if (!std::isfinite(seen.numbers[j])) continue;
    Scale& scale = scales_[j];
    scale.count += 1;
    const double off = seen.numbers[j] - scale.mean;
    scale.mean += off / scale.count;
    scale.m2 += off * (seen.numbers[j] - scale.mean);
  }
}

void Correctability::fill(const memory::CaseView& seen) {
  for (std::size_t j = 0; j < scales_.size(); ++j) {
    const Scale& scale = scales_[j];
    const double deviation = scale.count > 1 ? std::sqrt(scale.m2 / scale.count) : 0;
    const double off = deviation > 0 ? (seen.numbers[j] - scale.mean) / deviation : 0;
    x_[j] = std::isnan(off) ? 0 : std::clamp(off, -kClip, kClip);
  }
  const double share =
      std::isnan(seen.positive_score)
          ? (seen.predicted == 1 ? 1 : -1) * (std::isnan(seen.confidence) ? .5 : seen.confidence - .5) + .5
          : seen.positive_score;
  const double p = std::clamp(share, .001, .999);
  x_[scales_.size()] = std::clamp(std::log(p / (1 - p)), -kClip, kClip);
  x_.back() = 1;
}

Correctability::Specialist* Correctability::specialist_of(std::uint32_t mode) {
  const auto found = std::ranges::find(specialists_.begin() + 1, specialists_.end(), mode, &Specialist::mode);
  if (found != specialists_.end()) return &*found;
  if (specialists_.size() > options_.max_modes) return nullptr;
  // A new specialist starts from what is known of all cases, held loosely.
  specialists_.push_back({.mode = mode,
                          .weights = specialists_.front().weights,
                          .precision = std::vector<double>(x_.size(), kPriorPrecision)});
  return &specialists_.back();
}

double Correctability::log_odds(const Specialist& specialist) const {
  double sum = 0;
  for (std::size_t j = 0; j < x_.size(); ++j) sum += specialist.weights[j] * x_[j];
  return sum;
}

void Correctability::update(Specialist& specialist, bool positive) const {
  const double p = stats::sigmoid(log_odds(specialist));
  const double curvature = std::max(p * (1 - p), .01), off = static_cast<double>(positive) - p;
  // One Newton step along x for the diagonal of the precision.
  double spread = 1 / curvature;
  for (std::size_t j = 0; j < x_.size(); ++j) spread += x_[j] * x_[j] / specialist.precision[j];
  for (std::size_t j = 0; j < x_.size(); ++j) {
    const double gain = x_[j] / specialist.precision[j] / (spread * curvature);
    specialist.weights[j] += gain * off;
    specialist.precision[j] += curvature * x_[j] * x_[j];
    specialist.precision[j] = kPriorPrecision + (specialist.precision[j] - kPriorPrecision) * options_.forgetting;
  }
}

void Correctability::predict(std::size_t i, const memory::CaseView& seen, const monitor::Judgement& judgement,
                             const monitor::Judge& judge) {
  if (!possible_) return;
  rescale(seen);
  fill(seen);
  const auto mode = judgement.judged.mode;
  mode_[i] = mode;
  const bool predicted = seen.predicted == 1;
  const auto differs = [&](const Specialist& specialist) { return (log_odds(specialist) > 0) != predicted; };
  std::uint8_t said = judgement.assessed.risk > .5 ? kFlip : 0;
  if (differs(specialists_.front())) said |= kGlobalFlips;
  const auto found = std::ranges::find(specialists_.begin() + 1, specialists_.end(), mode, &Specialist::mode);
  if (mode != memory::kNoMode && found != specialists_.end() && differs(*found)) said |= kModeFlips;
  if (mode != memory::kNoMode && judge.raised(mode)) said |= kInRegime;
  said_[i] = said;
}

void Correctability::learn(std::size_t i, const memory::CaseView& seen, const memory::Outcome& outcome) {
  if (!possible_ || outcome.label == memory::kNoClass) return;
  fill(seen);
  update(specialists_.front(), outcome.label == 1);
  if (mode_[i] == memory::kNoMode) return;
  if (Specialist* specialist = specialist_of(mode_[i])) update(*specialist, outcome.label == 1);
}

std::vector<CorrectionResult> Correctability::results() const {
  if (!possible_) return {};
  Group all;
  std::map<std::uint32_t, Group> modes, regimes;
  for (std::size_t i = cases_->trained() + cases_->warm(); i < cases_->size(); ++i) {
    if (!cases_->has_outcome(i)) continue;
    const bool failed = cases_->failed(i);
    const auto says = [&](std::uint8_t what) { return (said_[i] & what) != 0; };
    all.add(failed, says(kFlip), says(kGlobalFlips));
    if (mode_[i] == memory::kNoMode) continue;
    modes[mode_[i]].add(failed, says(kFlip), says(kModeFlips));
    if (says(kInRegime)) regimes[mode_[i]].add(failed, says(kFlip), says(kModeFlips));
  }
  const auto groups = static_cast<double>(1 + modes.size() + regimes.size());
  std::vector<CorrectionResult> results;
  results.push_back(result_of(all, memory::kNoMode, "all cases", groups, options_));
  for (const auto& [mode, group] : modes)
    results.push_back(result_of(group, mode, fmt::format("mode {}", mode), groups, options_));
  for (const auto& [mode, group] : regimes)
    results.push_back(result_of(group, mode, fmt::format("regimes of mode {}", mode), groups, options_));
  return results;
}

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::correctable: return "correctable";
    case Verdict::irreducible: return "irreducible";
    case Verdict::unknown: return "unknown";
  }
  ERRATA_CHECK(false);
  return {};
}

}  // namespace errata::replay
