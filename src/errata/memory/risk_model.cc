// No single way of telling a failure wins everywhere. Where failures come in regimes the recent error rate tells nearly
// all; where they lie in a region of the features a linear model or the neighbours do; with late outcomes whatever is
// recent misleads, and what is left is the case itself. So many small experts read different signals, and three ways of
// combining them, each with its own weakness, are averaged: the stack finds what experts say together but may
// overfit; the mixture is never much worse in log-loss than its best expert but may be late; the leaders go by the
// ranking itself, which is what a user of coverage sees, but only over a long past.
//
// With late outcomes there is one more danger, which no weighing of experts can see in time. When the failure rate
// rises, a late average of failures goes on calling cases safe, and calls them dangerous when they no longer are: cases
// are sorted by when they came. So the more outcomes are late, the more the risk goes by two experts that read the case
// and no recent average: a linear one and one with neighbours and random features, which err in different places.
//
// Everything is prequential: an estimate reads outcomes learned before, and nothing is fitted twice.

#include "errata/memory/risk_model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "errata/memory/all_finite.h"
#include "errata/stats/logistic.h"
#include "errata/stats/risk_coverage.h"

namespace errata::memory {
namespace {

constexpr double kMostRiskLogOdds = 7;
constexpr double kShare = 0.005;
constexpr double kLeaderTemperature = 0.1;
constexpr double kLeastProbability = 1e-3;
constexpr std::size_t kFirstComparison = 200;
constexpr double kStackVariance = 0.05;
constexpr double kMostCaution = 0.7;

/// How far back experts look: their forgetting per outcome at a delay, and that of the slow one.
double forgetting_at(double delay, bool slow) { return 1 - (slow ? 0.1 : 1) / (2000 + 10 * delay); }

struct ExpertShape {
  bool confidence = true, errors = false, nearest = false, rates = false, modes = false, agreement = false,
       labels = false, linear = false, fourier = false;
  double prior_variance = 0.2;
};

constexpr std::array<ExpertShape, kExperts.size()> kShapes{{
    {.prior_variance = 0.5},
    {.errors = true, .prior_variance = 0.5},
    {.linear = true},
    {.confidence = false, .nearest = true, .prior_variance = 0.5},
    {.errors = true, .nearest = true, .rates = true, .prior_variance = 0.3},
    {.errors = true, .modes = true, .agreement = true, .labels = true, .prior_variance = 0.3},
    {.errors = true, .nearest = true, .rates = true, .modes = true, .agreement = true, .labels = true},
    {.errors = true,
     .nearest = true,
     .rates = true,
     .modes = true,
     .agreement = true,
     .labels = true,
     .linear = true,
     .prior_variance = 0.1},
    {.errors = true,
     .nearest = true,
     .rates = true,
     .modes = true,
     .agreement = true,
     .labels = true,
     .linear = true,
     .prior_variance = 0.1},
    {.nearest = true, .agreement = true, .linear = true, .fourier = true},
}};
constexpr std::size_t kSlowExpert = 8;

std::vector<std::uint32_t> inputs_of(const ExpertShape& shape, const SignalLayout& layout) {
  std::vector<std::uint32_t> inputs{static_cast<std::uint32_t>(layout.bias)};
  const auto add = [&](bool wanted, std::size_t begin, std::size_t end) {
    for (std::size_t at = begin; wanted && at < end; ++at) inputs.push_back(static_cast<std::uint32_t>(at));
  };
  add(shape.confidence, layout.confidence, layout.errors);
  add(shape.errors, layout.errors, layout.nearest);
  add(shape.nearest, layout.nearest, layout.kernel);
  add(shape.rates, layout.kernel, layout.modes);
  add(shape.modes, layout.modes, layout.agreement);
  add(shape.agreement, layout.agreement, layout.labels);
  add(shape.labels, layout.labels, layout.linear);
  add(shape.linear, layout.linear, layout.fourier);
  add(shape.fourier, layout.fourier, layout.size);
  return inputs;
}

constexpr std::array<std::size_t, kExperts.size()> kAll{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};

/// The case expert reads most; the two that read all but random features come next. A group's matrices are about as
/// large as the nearest cache.
std::span<const std::size_t> experts_in(std::size_t group) {
  constexpr std::size_t kSmall = 7;
  static_assert(kCaseExpert == 9 && kSlowExpert == 8 && kExpertGroups == 3);
  const std::span<const std::size_t> all(kAll);
  if (group == 0) return all.subspan(kCaseExpert, 1);
  return group == 1 ? all.subspan(kSmall, kCaseExpert - kSmall) : all.first(kSmall);
}

double loss(double log_odds, bool failed) {
  const double p = std::clamp(stats::sigmoid(log_odds), kLeastProbability, 1 - kLeastProbability);
  return -std::log(failed ? p : 1 - p);
}

}  // namespace

Result<IncludedExperts> experts_without(std::span<const std::string> names) {
  IncludedExperts included;
  included.fill(true);
  for (const std::string& name : names) {
    const auto found = std::ranges::find(kExperts, name);
    if (found == kExperts.end())
      return invalid_argument(fmt::format("no expert is called {}; there are {}", name, fmt::join(kExperts, ", ")));
    included[static_cast<std::size_t>(found - kExperts.begin())] = false;
  }
  if (std::ranges::count(included, true) == 0) return invalid_argument("every expert is left out");
  return included;
}

RiskModel::RiskModel(Signals signals, const IncludedExperts& included)
    : signals_(std::move(signals)), included_(included) {
  build_experts();
  leaders_.fill(1);
  for (std::size_t k = 0; k < kExperts.size(); ++k) {
    log_weights_[k] = included_[k] ? 0 : -std::numeric_limits<double>::infinity();
    leaders_[k + 1] = included_[k] ? 1 : 0;
  }
  const double leading = std::accumulate(leaders_.begin(), leaders_.end(), 0.0);
  for (double& weight : leaders_) weight /= leading;
}

void RiskModel::build_experts() {
  const SignalLayout& layout = signals_.layout();
  for (std::size_t k = 0; k < kExperts.size(); ++k) {
    inputs_[k] = inputs_of(kShapes[k], layout);
    std::vector<double> prior(inputs_[k].size());
    prior[0] = signals_.usual_log_odds();
    if (kShapes[k].confidence) prior[1] = 1;  // until outcomes tell otherwise, the model is as sure as it says
    experts_.emplace_back(std::move(prior), OnlineLogisticOptions{.prior_variance = kShapes[k].prior_variance});
  }
  const auto combined = static_cast<double>(std::ranges::count(included_, true));
  std::vector<double> mean(kExperts.size() + 1, 1 / combined);
  mean[0] = 0;
  stack_.emplace_back(std::move(mean), OnlineLogisticOptions{.prior_variance = kStackVariance});
  stacked_.resize(kExperts.size() + 1);
}

Result<RiskModel> RiskModel::fit(const SignalOptions& options, MatrixView<const float> warm,
                                 std::span<const std::uint32_t> predicted, double usual_rate,
                                 const IncludedExperts& included) {
  ERRATA_ASSIGN(auto signals, Signals::fit(options, warm, predicted, usual_rate));
  return RiskModel(std::move(signals), included);
}

std::span<const float> RiskModel::gathered(std::size_t expert, std::span<const float> signals) {
  const std::vector<std::uint32_t>& inputs = inputs_[expert];
  std::vector<float>& read = gathered_[expert];
  read.resize(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) read[i] = signals[inputs[i]];
  return read;
}

double RiskModel::log_odds_of(std::size_t expert, std::span<const float> signals) {
  return std::clamp(experts_[expert].predict(gathered(expert, signals)), -kMostRiskLogOdds, kMostRiskLogOdds);
}

void RiskModel::teach_experts(std::span<const std::size_t> experts, std::span<const float> signals, bool failed,
                              double delay) {
  std::array<OnlineLogistic::Lesson, kExperts.size()> lessons;
  for (std::size_t i = 0; i < experts.size(); ++i) {
    const std::size_t k = experts[i];
    experts_[k].set_forgetting(forgetting_at(delay, k == kSlowExpert));
    lessons[i] = {.learner = &experts_[k], .features = gathered(k, signals)};
  }
  OnlineLogistic::learn_together(std::span(lessons).first(experts.size()), failed, 1 / (1 + delay / 1000));
}

double RiskModel::mixed(std::span<const float> candidates) const {
  double sum = 0;
  double total = 0;
  for (std::size_t k = 0; k < kExperts.size(); ++k) {
    const double weight = std::exp(log_weights_[k]);
    total += weight;
    sum += weight * stats::sigmoid(static_cast<double>(candidates[k + 1]));
  }
  return stats::held_logit(sum / total);
}

double RiskModel::cautious(double together, std::span<const float> candidates) const {
  double sum = 0;
  double anchors = 0;
  for (const std::size_t k : {kLogisticExpert, kCaseExpert}) {
    if (!included_[k]) continue;
    sum += static_cast<double>(candidates[k + 1]);
    ++anchors;
  }
  if (anchors == 0) return together;
  return together + kMostCaution * delay_ / (delay_ + 300) * (sum / anchors - together);
}

RiskModel::Estimate RiskModel::estimate(const RiskCase& seen, std::span<float> keep) {
  sense(seen, keep);
  return weigh(keep);
}

void RiskModel::sense(const RiskCase& seen, std::span<float> keep) {
  ERRATA_CHECK(keep.size() == kept());
  signals_.compute(seen, keep.first(signals_.layout().size));
}

RiskModel::Estimate RiskModel::weigh(std::span<float> keep) {
  ERRATA_CHECK(keep.size() == kept());
  const std::span<float> signals = keep.first(signals_.layout().size);
  std::array<double, kExperts.size()> log_odds;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled below
  for (std::size_t k = 0; k < kExperts.size(); ++k) log_odds[k] = log_odds_of(k, signals);
  return combine(keep, log_odds);
}

RiskModel::Estimate RiskModel::combine(std::span<float> keep, std::span<const double> log_odds) {
  const std::size_t size = signals_.layout().size;
  const std::span<float> candidates = keep.subspan(size);
  Estimate made;
  candidates[0] = keep[signals_.layout().confidence];
  stacked_[0] = 1;
  for (std::size_t k = 0; k < kExperts.size(); ++k) {
    candidates[k + 1] = static_cast<float>(log_odds[k]);
    stacked_[k + 1] = included_[k] ? candidates[k + 1] : 0.0F;
    made.experts[k] = stats::sigmoid(log_odds[k]);
  }
  const double stack = stack_[0].predict(stacked_);
  const double mixture = mixed(candidates);
  candidates[kExperts.size() + 1] = static_cast<float>(stack);
  candidates[kExperts.size() + 2] = static_cast<float>(mixture);
  candidates[kExperts.size() + 3] = static_cast<float>((stack + mixture) / 2);
  double leading = 0;
  for (std::size_t c = 0; c < kCandidates; ++c) leading += leaders_[c] * static_cast<double>(candidates[c]);
  const double together = (stack + mixture + leading) / 3;
  made.risk = stats::sigmoid(cautious(together, candidates));
  return made;
}

void RiskModel::run_experts(std::span<const Turn> turns, std::size_t group) {
  const std::size_t size = signals_.layout().size;
  const std::span<const std::size_t> experts = experts_in(group);
  for (const Turn& turn : turns) {
    const std::span<const float> signals = turn.kept.first(size);
    if (turn.delay) {
      teach_experts(experts, signals, turn.failed, *turn.delay);
    } else {
      for (const std::size_t k : experts) turn.log_odds[k] = log_odds_of(k, signals);
    }
  }
}

void RiskModel::learn(std::span<const float> keep, std::span<const float> z, std::uint32_t predicted, bool failed,
                      std::uint32_t label, double lag) {
  record(z, predicted, failed, label);
  teach(keep, failed, lag);
}

void RiskModel::record(std::span<const float> z, std::uint32_t predicted, bool failed, std::uint32_t label) {
  signals_.learn(z, predicted, failed, label);
}

void RiskModel::teach(std::span<const float> keep, bool failed, double lag) {
  ERRATA_CHECK(keep.size() == kept());
  OutcomeDelay after = outcome_delay();
  after.take(lag);
  const std::span<const float> signals = keep.first(signals_.layout().size);
  teach_experts(kAll, signals, failed, after.mean);
  teach_combined(keep, failed, lag);
}

void RiskModel::teach_combined(std::span<const float> keep, bool failed, double lag) {
  OutcomeDelay after = outcome_delay();
  after.take(lag);
  delay_ = after.mean;
  const std::span<const float> candidates = keep.subspan(signals_.layout().size);
  const double rate = 1 / (1 + delay_ / 100);
  stacked_[0] = 1;
  for (std::size_t k = 0; k < kExperts.size(); ++k) stacked_[k + 1] = included_[k] ? candidates[k + 1] : 0.0F;
  stack_[0].set_forgetting(forgetting_at(delay_, false));
  stack_[0].learn(stacked_, failed, rate);
  learn_mixture(candidates, failed, rate);
  learn_leaders(candidates, failed);
  ++resolved_;
}

void RiskModel::learn_mixture(std::span<const float> candidates, bool failed, double rate) {
  for (std::size_t k = 0; k < kExperts.size(); ++k)
    log_weights_[k] -= rate * loss(static_cast<double>(candidates[k + 1]), failed);
  const double largest = std::ranges::max(log_weights_);
  double total = 0;
  for (const double weight : log_weights_) total += std::exp(weight - largest);
  const double share = kShare / (1 + delay_ / 20);
  const auto combined = static_cast<double>(std::ranges::count(included_, true));
  for (std::size_t k = 0; k < kExperts.size(); ++k)
    if (included_[k])
      log_weights_[k] = std::log((1 - share) * std::exp(log_weights_[k] - largest) / total + share / combined);
}

void RiskModel::learn_leaders(std::span<const float> candidates, bool failed) {
  const bool filling = history_failed_.size() < kHistory;
  if (filling || resolved_ % kHistoryStride == 0) {
    if (filling) {
      history_.insert(history_.end(), candidates.begin(), candidates.end());
      history_failed_.push_back(failed ? 1 : 0);
    } else {
      std::ranges::copy(candidates, history_.begin() + static_cast<std::ptrdiff_t>(history_next_ * kCandidates));
      history_failed_[history_next_] = failed ? 1 : 0;
      history_next_ = (history_next_ + 1) % kHistory;
    }
  }
  weigh_leaders();
}

void RiskModel::weigh_leaders() {
  const std::uint64_t outcomes = resolved_ + 1;
  const bool first = outcomes == kFirstComparison;
  if (!first && (outcomes < kFirstComparison || outcomes % kCompareEvery != 0)) return;
  const std::size_t turn = outcomes / kCompareEvery % kCandidates;
  std::vector<double> risk(history_failed_.size());
  for (std::size_t c = 0; c < kCandidates; ++c) {
    if (!first && c != turn) continue;
    for (std::size_t row = 0; row < risk.size(); ++row)
      risk[row] = static_cast<double>(history_[row * kCandidates + c]);
    areas_[c] = stats::RiskCoverage::of(risk, history_failed_)->areas().aurc + 1e-4;
    if (c >= 1 && c <= kExperts.size() && !included_[c - 1]) areas_[c] = std::numeric_limits<double>::infinity();
  }
  const double least = std::ranges::min(areas_);
  double total = 0;
  for (std::size_t c = 0; c < kCandidates; ++c)
    total += leaders_[c] = std::exp(-(areas_[c] / least - 1) / kLeaderTemperature);
  for (double& weight : leaders_) weight /= total;
}

void RiskModel::doubt() {
  for (OnlineLogistic& expert : experts_) expert.widen(10);
  stack_[0].widen(10);
  for (std::size_t k = 0; k < kExperts.size(); ++k)
    if (included_[k]) log_weights_[k] = std::max(log_weights_[k], std::log(0.01 / kExperts.size()));
}

std::array<double, kExperts.size()> RiskModel::expert_weights() const {
  std::array<double, kExperts.size()> weights{};
  std::ranges::transform(log_weights_, weights.begin(), [](double w) { return std::exp(w); });
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (double& weight : weights) weight /= total;
  return weights;
}

void RiskModel::save(ByteWriter& out) const {
  signals_.save(out);
  for (const bool included : included_) out.write(included);
  for (const OnlineLogistic& expert : experts_) expert.save(out);
  stack_[0].save(out);
  out.write(std::span<const double>(log_weights_));
  out.write(std::span<const double>(leaders_));
  out.write(std::span<const double>(areas_));
  out.write(history_);
  out.write(history_failed_);
  out.write(resolved_);
  out.write(history_next_);
  out.write(delay_);
}

Result<RiskModel> RiskModel::load(ByteReader& in) {
  ERRATA_ASSIGN(auto signals, Signals::load(in));
  IncludedExperts included;
  for (bool& value : included) value = in.read<std::uint8_t>() != 0;
  if (std::ranges::count(included, true) == 0) return data_error("the risk model is damaged");
  RiskModel loaded(std::move(signals), included);
  const auto read_logistic = [&in](OnlineLogistic& into) -> Result<void> {
    ERRATA_ASSIGN(auto read, OnlineLogistic::load(in));
    if (read.size() != into.size()) return data_error("an expert of the risk model is damaged");
    into = std::move(read);
    return {};
  };
  for (OnlineLogistic& expert : loaded.experts_) ERRATA_TRY(read_logistic(expert));
  ERRATA_TRY(read_logistic(loaded.stack_[0]));
  const auto read_numbers = [&in](std::span<double> into) {
    std::vector<double> read;
    in.read_into(read);
    if (read.size() != into.size()) return false;
    std::ranges::copy(read, into.begin());
    return true;
  };
  const bool whole = read_numbers(loaded.log_weights_) && read_numbers(loaded.leaders_) && read_numbers(loaded.areas_);
  in.read_into(loaded.history_);
  in.read_into(loaded.history_failed_);
  loaded.resolved_ = in.read<std::uint64_t>();
  loaded.history_next_ = in.read<std::uint64_t>();
  loaded.delay_ = in.read<double>();
  const bool sizes = loaded.history_failed_.size() <= kHistory && loaded.history_next_ < kHistory &&
                     loaded.history_.size() == loaded.history_failed_.size() * kCandidates;
  bool numbers = all_finite(loaded.leaders_) && std::isfinite(loaded.delay_) && loaded.delay_ >= 0;
  for (std::size_t k = 0; k < kExperts.size(); ++k)
    numbers = numbers && loaded.log_weights_[k] < 1 && std::isfinite(loaded.log_weights_[k]) == included[k];
  if (loaded.resolved_ >= kFirstComparison)
    numbers = numbers && std::ranges::all_of(loaded.areas_, [](double area) { return area > 0; }) &&
              std::isfinite(std::ranges::min(loaded.areas_));
  if (in.truncated() || !whole || !sizes || !numbers ||
      !std::ranges::all_of(loaded.history_failed_, [](std::uint8_t failed) { return failed <= 1; }))
    return data_error("the risk model is damaged");
  return loaded;
}

}  // namespace errata::memory
