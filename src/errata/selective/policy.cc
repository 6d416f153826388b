#include "errata/selective/policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "errata/base/limits.h"

namespace errata::selective {
namespace {

constexpr std::array kMethods{RiskMethod::online, RiskMethod::sgr, RiskMethod::ltt, RiskMethod::rolling};

// Where the first outcomes show no threshold to be safe, twice as many are asked, four times as many, …; delta is
// shared between the attempts, so that all together promise it.
constexpr std::size_t kAttempts = 8;
double share_of_delta(std::size_t attempt) { return attempt == 0 ? 0.8 : 0.2 / static_cast<double>(1U << attempt); }

bool calibrates_once(const SelectivePolicyOptions& options) {
  return options.risk.has_value() && (options.method == RiskMethod::sgr || options.method == RiskMethod::ltt);
}

void save_options(const SelectivePolicyOptions& options, ByteWriter& out) {
  out.write(options.coverage.has_value());
  out.write(options.coverage.value_or(0));
  out.write(options.risk.has_value());
  out.write(options.risk.value_or(0));
  out.write(options.method);
  out.write(options.delta);
  out.write(options.step);
  out.write<std::uint64_t>(options.rolling_window);
  out.write(options.defer_share);
  out.write<std::uint64_t>(options.cold_start);
  out.write(options.cold_decision);
  out.write<std::uint64_t>(options.window);
}

std::optional<double> read_optional(ByteReader& in) {
  const bool given = in.read<std::uint8_t>() != 0;
  const auto value = in.read<double>();
  return given ? std::optional(value) : std::nullopt;
}

SelectivePolicyOptions read_options(ByteReader& in) {
  SelectivePolicyOptions options;
  options.coverage = read_optional(in);
  options.risk = read_optional(in);
  options.method = in.read<RiskMethod>();
  options.delta = in.read<double>();
  options.step = in.read<double>();
  options.rolling_window = static_cast<std::size_t>(in.read<std::uint64_t>());
  options.defer_share = in.read<double>();
  options.cold_start = static_cast<std::size_t>(in.read<std::uint64_t>());
  options.cold_decision = in.read<Decision>();
  options.window = static_cast<std::size_t>(in.read<std::uint64_t>());
  return options;
}

}  // namespace

std::string_view word(RiskMethod method) {
  switch (method) {
    case RiskMethod::online: return "online";
    case RiskMethod::sgr: return "sgr";
    case RiskMethod::ltt: return "ltt";
    case RiskMethod::rolling: return "rolling";
  }
  return "";
}

Result<RiskMethod> risk_method(std::string_view name) {
  for (const RiskMethod method : kMethods) {
    if (word(method) == name) return method;
  }
  return invalid_argument(fmt::format("risk method {} is not one of online, sgr, ltt, rolling", name));
}

Result<void> SelectivePolicyOptions::check() const {
  if (coverage.has_value() == risk.has_value()) {
    return invalid_argument(coverage ? "a target coverage and a target risk cannot both hold: give one"
                                     : "selective prediction needs a target coverage or a target risk");
  }
  if (coverage) ERRATA_TRY((CoverageTrackerOptions{.coverage = *coverage}.check()));
  if (risk) {
    ERRATA_TRY((RiskTarget{.risk = *risk, .delta = delta}.check()));
    if (std::ranges::find(kMethods, method) == kMethods.end()) return invalid_argument("the risk method is unknown");
    if (method == RiskMethod::online) {
      ERRATA_TRY(
          (OnlineRiskOptions{.risk = *risk, .step = step, .debt = std::max(step, OnlineRiskOptions{}.debt)}.check()));
    }
    if (method == RiskMethod::rolling) ERRATA_TRY((RollingRiskOptions{.target = {}, .window = rolling_window}.check()));
  }
  if (!(defer_share >= 0 && defer_share < 1)) {
    return invalid_argument(fmt::format("defer share {} is not in [0, 1)", defer_share));
  }
  if (calibrates_once(*this) && (cold_start < 1 || cold_start > std::numeric_limits<std::uint32_t>::max())) {
    return invalid_argument(fmt::format("a cold start of {} outcomes is not in 1 to 2^32 - 1", cold_start));
  }
  if (word(cold_decision).empty()) return invalid_argument("the cold-start decision is unknown");
  if (window < 1 || window > std::numeric_limits<std::uint32_t>::max()) {
    return invalid_argument(fmt::format("a window of {} scores is not in 1 to 2^32 - 1", window));
  }
  return {};
}

SelectivePolicy::Control SelectivePolicy::make_control(const SelectivePolicyOptions& options) {
  if (options.coverage) return CoverageTracker({.coverage = *options.coverage});
  if (options.method == RiskMethod::online) {
    return OnlineRiskControl(
        {.risk = *options.risk, .step = options.step, .debt = std::max(options.step, OnlineRiskOptions{}.debt)});
  }
  const RiskTarget target{.risk = *options.risk, .delta = options.delta};
  if (options.method == RiskMethod::rolling) {
    return RollingRiskControl({.target = target,
                               .window = options.rolling_window,
                               .refresh = std::max<std::size_t>(1, options.rolling_window / 20)});
  }
  return Calibration{.risk = {},
                     .failed = {},
                     .done = false,
                     .rule = {.threshold = -kInfinity, .coverage = 0, .accepted = {}, .risk_bound = 1}};
}

SelectivePolicy::SelectivePolicy(const SelectivePolicyOptions& options)
    : options_(options), window_(options.window), control_(make_control(options)) {
  if (options.defer_share > 0) deferral_.emplace(CoverageTrackerOptions{.coverage = options.defer_share});
}

Result<SelectivePolicy> SelectivePolicy::create(const SelectivePolicyOptions& options) {
  ERRATA_TRY(options.check());
  return SelectivePolicy(options);
}

void SelectivePolicy::settle() {
  if (auto* tracker = std::get_if<CoverageTracker>(&control_)) tracker->settle();
  if (deferral_) deferral_->settle();
}

bool SelectivePolicy::cold() const {
  if (const auto* calibration = std::get_if<Calibration>(&control_))
    return !calibration->done && calibration->risk.size() < options_.cold_start;
  if (const auto* rolling = std::get_if<RollingRiskControl>(&control_)) return rolling->seen() < options_.cold_start;
  return window_.seen() < options_.cold_start;
}

/// The level of ranks below which a case is accepted, also where the threshold is one of risk.
double SelectivePolicy::level() const {
  if (const auto* tracker = std::get_if<CoverageTracker>(&control_)) return tracker->level();
  if (const auto* online = std::get_if<OnlineRiskControl>(&control_)) return online->level();
  return window_.share_up_to(threshold());
}

double SelectivePolicy::threshold() const {
  if (const auto* rolling = std::get_if<RollingRiskControl>(&control_)) return rolling->threshold();
  if (const auto* calibration = std::get_if<Calibration>(&control_)) return calibration->rule.threshold;
  const double accepted = level();
  return accepted >= 1 ? kInfinity : window_.score_at(accepted);
}

bool SelectivePolicy::accepts(double risk, double rank) const {
  const bool by_rank =
      std::holds_alternative<CoverageTracker>(control_) || std::holds_alternative<OnlineRiskControl>(control_);
  return risk < kInfinity && (by_rank ? rank < level() : risk <= threshold());  // NaN fails both
}

PolicyDecision SelectivePolicy::decide(double risk) {
  PolicyDecision made{.decision = Decision::abstain, .threshold = threshold(), .cold = cold()};
  const double rank = window_.rank(risk);
  const bool accepted = accepts(risk, rank);
  bool deferred = false;
  if (deferral_) {
    deferred = !accepted && risk < kInfinity && rank < level() + deferral_->level();
    deferral_->count(deferred);
  }
  if (auto* tracker = std::get_if<CoverageTracker>(&control_)) tracker->count(accepted);
  if (auto* online = std::get_if<OnlineRiskControl>(&control_)) online->decided(accepted);
  window_.push(risk);
  if (made.cold && risk < kInfinity) {
    made.decision = options_.cold_decision;
  } else if (accepted) {
    made.decision = Decision::accept;
  } else if (deferred) {
    made.decision = Decision::defer;
  }
  return made;
}

void SelectivePolicy::calibrate(Calibration& calibration, double risk, bool failed) const {
  if (calibration.done) return;
  calibration.risk.push_back(risk);
  calibration.failed.push_back(failed);
  std::size_t attempt = 0;
  while (attempt < kAttempts && calibration.risk.size() != options_.cold_start << attempt) ++attempt;
  if (attempt == kAttempts) return;
  const RiskTarget target{.risk = *options_.risk, .delta = options_.delta * share_of_delta(attempt)};
  const auto rule = options_.method == RiskMethod::sgr ? sgr_threshold(calibration.risk, calibration.failed, target)
                                                       : ltt_threshold(calibration.risk, calibration.failed, target);
  ERRATA_CHECK(rule.has_value());
  if (rule->threshold > -kInfinity || attempt + 1 == kAttempts)
    calibration = {.risk = {}, .failed = {}, .done = true, .rule = *rule};
}

void SelectivePolicy::resolve(double risk, Decision decision, bool failed, double delay_cases) {
  if (auto* rolling = std::get_if<RollingRiskControl>(&control_)) rolling->resolved(risk, failed);
  if (auto* calibration = std::get_if<Calibration>(&control_)) calibrate(*calibration, risk, failed);
  if (auto* online = std::get_if<OnlineRiskControl>(&control_)) {
    online->late(delay_cases);
    // The rule of the cold start did not ask the level: what it accepted is no promise that was kept or broken.
    if (decision == Decision::accept && !cold())
      online->resolved(failed);
    else if (risk < kInfinity)
      online->refused(window_.rank(risk), failed);
  }
}

PolicyBounds SelectivePolicy::bounds() const {
  PolicyBounds bounds;
  // A threshold of an old snapshot does not say what it was shown by.
  const auto known = [this](const Calibration* calibration) {
    return calibration != nullptr && !cold() &&
           (calibration->rule.accepted.trials > 0 || calibration->rule.threshold == -kInfinity);
  };
  if (const auto* online = std::get_if<OnlineRiskControl>(&control_)) bounds.risk = online->bound();
  if (const auto* tracker = std::get_if<CoverageTracker>(&control_)) bounds.coverage_slack = tracker->slack() + 1;
  if (const auto* calibration = std::get_if<Calibration>(&control_); known(calibration))
    bounds.threshold = calibration->rule;
  return bounds;
}

void SelectivePolicy::save(ByteWriter& out) const {
  save_options(options_, out);
  window_.save(out);
  if (const auto* tracker = std::get_if<CoverageTracker>(&control_)) tracker->save(out);
  if (const auto* online = std::get_if<OnlineRiskControl>(&control_)) online->save(out);
  if (const auto* rolling = std::get_if<RollingRiskControl>(&control_)) rolling->save(out);
  if (const auto* calibration = std::get_if<Calibration>(&control_)) {
    out.write(calibration->risk);
    out.write(calibration->failed);
    out.write(calibration->done);
    out.write(calibration->rule.threshold);
    out.write(calibration->rule.coverage);
    out.write(calibration->rule.accepted.failures);
    out.write(calibration->rule.accepted.trials);
    out.write(calibration->rule.risk_bound);
  }
  if (deferral_) deferral_->save(out);
}

Result<SelectivePolicy::Control> SelectivePolicy::load_control(const SelectivePolicyOptions& options, ByteReader& in,
                                                               bool without_bounds) {
  const auto other = [] { return data_error("the selective policy has parts of another target"); };
  if (options.coverage) {
    ERRATA_ASSIGN(auto tracker, CoverageTracker::load(in));
    if (tracker.options().coverage != *options.coverage) return other();
    return tracker;
  }
  if (options.method == RiskMethod::online) {
    ERRATA_ASSIGN(auto online, OnlineRiskControl::load(in, without_bounds));
    if (online.options().risk != *options.risk || online.options().step != options.step) return other();
    return online;
  }
  if (options.method == RiskMethod::rolling) {
    ERRATA_ASSIGN(auto rolling, RollingRiskControl::load(in));
    if (rolling.options().target.risk != *options.risk || rolling.options().window != options.rolling_window)
      return other();
    return rolling;
  }
  Calibration calibration;
  in.read_into(calibration.risk);
  in.read_into(calibration.failed);
  calibration.done = in.read<std::uint8_t>() != 0;
  ControlledThreshold& rule = calibration.rule;
  rule.threshold = in.read<double>();
  if (!without_bounds) {
    rule.coverage = in.read<double>();
    rule.accepted.failures = in.read<std::uint64_t>();
    rule.accepted.trials = in.read<std::uint64_t>();
    rule.risk_bound = in.read<double>();
  }
  const bool fits =
      calibration.risk.size() == calibration.failed.size() && !std::isnan(rule.threshold) && rule.coverage >= 0 &&
      rule.coverage <= 1 && rule.risk_bound >= 0 && rule.risk_bound <= 1 &&
      rule.accepted.failures <= rule.accepted.trials &&
      (calibration.done ? calibration.risk.empty() : calibration.risk.size() < options.cold_start << (kAttempts - 1)) &&
      std::ranges::all_of(calibration.failed, [](auto f) { return f <= 1; });
  if (in.truncated() || !fits) return data_error("the calibration cases of the selective policy are damaged");
  return calibration;
}

Result<SelectivePolicy> SelectivePolicy::load(ByteReader& in, bool without_bounds) {
  const SelectivePolicyOptions options = read_options(in);
  if (in.truncated()) return data_error("the selective policy ends too early");
  if (const auto valid = options.check(); !valid) {
    return data_error(fmt::format("the selective policy cannot be: {}", valid.error().message));
  }
  ERRATA_ASSIGN(auto window, ScoreWindow::load(in));
  if (window.capacity() != options.window) return data_error("the selective policy has a window of another size");
  ERRATA_ASSIGN(auto control, load_control(options, in, without_bounds));
  SelectivePolicy policy(options);
  policy.window_ = std::move(window);
  policy.control_ = std::move(control);
  if (policy.deferral_) {
    ERRATA_ASSIGN(auto deferral, CoverageTracker::load(in));
    if (deferral.options().coverage != options.defer_share) {
      return data_error("the selective policy has parts of another target");
    }
    policy.deferral_ = deferral;
  }
  return policy;
}

}  // namespace errata::selective
