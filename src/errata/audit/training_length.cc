#include "errata/audit/training_length.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include "errata/audit/risk_calibration.h"

namespace errata::audit {
namespace {

constexpr std::size_t kLonger = 4;  // times as many epochs
constexpr double kAny = std::numeric_limits<double>::infinity();
constexpr double kClearly = 2;  // standard errors that the question about failures must be better by

std::size_t steps_of(std::size_t cases, const AuditorOptions& options) {
  return options.epochs * ((cases + options.batch - 1) / std::max<std::size_t>(1, options.batch));
}

Result<Auditor> train(const TrainingCases& training, AuditorOptions options,
                      const std::function<void(std::size_t, std::size_t)>& on_epoch) {
  options.on_epoch = [&](std::size_t done, std::size_t of, double /*loss*/) {
    if (on_epoch) on_epoch(done, of);
  };
  return Auditor::train(training, options);
}

/// Log loss of each case. @param scores  of the cases  @param failed  both outcomes among them
Result<std::vector<double>> losses_of(std::span<const double> scores, std::span<const std::uint8_t> failed) {
  ERRATA_ASSIGN(const auto curve, RiskCalibration::fit(CalibrationMethod::log_odds, scores, failed));
  std::vector<double> losses;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double risk = curve.risk(scores[i]);
    losses.push_back(-std::log(failed[i] != 0 ? risk : 1 - risk));
  }
  return losses;
}

double mean_of(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

/// By how many standard errors of the paired difference is the mean loss above the other's?
double above(std::span<const double> losses, std::span<const double> least) {
  std::vector<double> more(losses.begin(), losses.end());
  for (std::size_t i = 0; i < more.size(); ++i) more[i] -= least[i];
  const double mean = mean_of(more), n = static_cast<double>(more.size());
  double squares = 0;
  for (const double value : more) squares += (value - mean) * (value - mean);
  const double error = std::sqrt(squares / std::max(1.0, n - 1) / n);
  return mean <= 0 ? 0 : mean / error;
}

struct Candidate {
  Auditor auditor;
  std::vector<double> losses;
};

}  // namespace

Result<LongEnough> train_as_asked(const TrainingCases& training, const AuditorOptions& options,
                                  const std::function<void(std::size_t, std::size_t)>& on_epoch) {
  ERRATA_ASSIGN(Auditor auditor, train(training, options, on_epoch));
  const std::size_t steps = steps_of(training.outputs.cases, options);
  return LongEnough{.auditor = std::move(auditor),
                    .length = {.epochs = options.epochs,
                               .steps = steps,
                               .tried = {{.target = options.target, .epochs = options.epochs, .steps = steps}}}};
}

namespace {

/// Of the lengths tried with one question the shortest that is near the best, and its losses on the held-out cases.
struct Ladder {
  LongEnough best;
  std::vector<double> losses;
};

/// @param reach  no more is tried where the shortest training has no loss below
Result<Ladder> climb(const TrainingCases& training, const AuditCases& held_out, const AuditorOptions& options,
                     double reach, const std::function<void(std::size_t, std::size_t)>& on_epoch) {
  const std::size_t cases = training.outputs.cases;
  AuditorOptions longer = options;
  std::vector<Candidate> tried;
  std::size_t least = 0;
  LengthOfTraining length;
  for (; steps_of(cases, longer) <= kMostSteps; longer.epochs *= kLonger) {
    // A training that was interrupted goes on from the checkpoint of its own length.
    if (options.checkpoint)
      longer.checkpoint = options.checkpoint->string() + fmt::format(".{}.{}", word(options.target), longer.epochs);
    ERRATA_ASSIGN(Auditor auditor, train(training, longer, on_epoch));
    ERRATA_ASSIGN(auto losses, losses_of(auditor.risks(held_out.outputs(), options.cancellation), held_out.failed));
    length.tried.push_back(
        {.target = options.target, .epochs = longer.epochs, .steps = steps_of(cases, longer), .loss = mean_of(losses)});
    tried.push_back({.auditor = std::move(auditor), .losses = std::move(losses)});
    if (tried.size() > 1 && length.tried.back().loss >= length.tried[least].loss) break;
    least = tried.size() - 1;
    if (length.tried.front().loss >= reach) break;
  }
  std::size_t taken = 0;
  while (above(tried[taken].losses, tried[least].losses) > 1) ++taken;
  length.epochs = length.tried[taken].epochs;
  length.steps = length.tried[taken].steps;
  return Ladder{.best = {.auditor = std::move(tried[taken].auditor), .length = std::move(length)},
                .losses = std::move(tried[taken].losses)};
}

}  // namespace

Result<LongEnough> train_long_enough(const TrainingCases& training, const AuditCases& held_out,
                                     const AuditorOptions& options, bool other_question,
                                     const std::function<void(std::size_t, std::size_t)>& on_epoch) {
  if (kLonger * steps_of(training.outputs.cases, options) > kMostSteps)
    return train_as_asked(training, options, on_epoch);
  ERRATA_ASSIGN(Ladder asked, climb(training, held_out, options, kAny, on_epoch));
  if (!other_question || options.target == AuditorTarget::failure) return std::move(asked.best);
  AuditorOptions of_failure = options;
  of_failure.target = AuditorTarget::failure;
  ERRATA_ASSIGN(Ladder other, climb(training, held_out, of_failure, mean_of(asked.losses), on_epoch));
  std::vector<TriedLength> tried = std::move(asked.best.length.tried);
  tried.insert(tried.end(), other.best.length.tried.begin(), other.best.length.tried.end());
  LongEnough taken = std::move(above(asked.losses, other.losses) > kClearly ? other.best : asked.best);
  taken.length.tried = std::move(tried);
  return taken;
}

}  // namespace errata::audit
