#include "errata/replay/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "errata/selective/coverage_tracker.h"
#include "errata/selective/score_window.h"
#include "errata/stats/sort_numbers.h"

namespace errata::replay {
namespace {

using selective::Decision;

/// Evaluated case e of a stream: its position in it, and among the cases that were decided.
struct Evaluated {
  explicit Evaluated(const SummaryInput& input)
      : begin(input.cases.trained() + input.cases.warm()),
        size(input.cases.size() - begin),
        offset(begin - input.streamed.first) {}
  std::size_t begin, size, offset;
};

void count_decision(PolicyResult& policy, Decision decision, bool failed) {
  ++policy.cases;
  switch (decision) {
    case Decision::accept:
      ++policy.accepted;
      policy.accepted_failures += failed;
      break;
    case Decision::defer:
      ++policy.deferred;
      policy.deferred_failures += failed;
      break;
    case Decision::abstain:
      ++policy.abstained;
      policy.abstained_failures += failed;
      break;
  }
}

void count_cases(const SummaryInput& input, Replay& replay) {
  const Evaluated evaluated(input);
  for (std::size_t e = 0; e < evaluated.size; ++e) {
    const std::size_t i = evaluated.begin + e;
    if (!input.cases.has_outcome(i)) {
      ++replay.without_outcome;
      continue;
    }
    const bool failed = input.cases.failed(i);
    replay.failures += failed;
    count_decision(replay.policy, Decision{input.streamed.decision[evaluated.offset + e]}, failed);
  }
}

TimeBin bin_of(const SummaryInput& input, const Evaluated& evaluated, std::size_t begin, std::size_t end) {
  TimeBin bin{.first_case = begin,
              .cases = end - begin,
              .begin = input.cases.time(evaluated.begin + begin),
              .end = input.cases.time(evaluated.begin + end - 1)};
  double risk = 0, danger = 0;
  for (std::size_t e = begin; e < end; ++e) {
    const std::size_t i = evaluated.begin + e, position = evaluated.offset + e;
    const bool failed = input.cases.has_outcome(i) && input.cases.failed(i);
    const bool accepted = Decision{input.streamed.decision[position]} == Decision::accept;
    bin.failures += failed;
    bin.accepted += accepted;
    bin.accepted_failures += accepted && failed;
    risk += input.streamed.risk[position];
    danger += static_cast<double>(input.streamed.danger[position]);
  }
  bin.mean_risk = risk / static_cast<double>(bin.cases);
  bin.mean_danger = danger / static_cast<double>(bin.cases);
  bin.threshold = static_cast<double>(input.streamed.threshold[evaluated.offset + end - 1]);
  return bin;
}

std::vector<TimeBin> bins_of(const SummaryInput& input, const std::vector<ModeResult>& modes) {
  const Evaluated evaluated(input);
  const auto& states = input.streamed.bins;
  std::vector<TimeBin> bins;
  for (std::size_t b = 0; b < states.size(); ++b) {
    const std::size_t begin = b == 0 ? 0 : bin_end(b - 1, states.size(), evaluated.size);
    TimeBin bin = bin_of(input, evaluated, begin, bin_end(b, states.size(), evaluated.size));
    for (const auto& mode : modes) {
      const auto found = std::ranges::find(states[b].activities, mode.mode.id, &StateAtBin::Activity::mode);
      bin.mode_activity.push_back(found == states[b].activities.end() ? 0 : found->activity);
    }
    bins.push_back(std::move(bin));
  }
  return bins;
}

std::vector<ExpertShare> mean_weights(const StreamedCases& streamed) {
  std::vector<ExpertShare> shares;
  for (std::size_t k = 0; k < streamed.expert_names.size(); ++k) {
    double sum = 0;
    std::size_t bins = 0;
    for (const auto& bin : streamed.bins) {
      if (k >= bin.expert_weights.size()) continue;
      sum += bin.expert_weights[k];
      ++bins;
    }
    shares.push_back({.name = streamed.expert_names[k], .weight = bins == 0 ? 0 : sum / static_cast<double>(bins)});
  }
  std::ranges::stable_sort(shares, std::ranges::greater{}, &ExpertShare::weight);
  return shares;
}

void calibrate(const SummaryInput& input, Replay& replay) {
  constexpr std::size_t kBins = 15;
  const Evaluated evaluated(input);
  std::vector<double> risk;
  std::vector<std::uint8_t> failed;
  double squares = 0;
  for (std::size_t e = 0; e < evaluated.size; ++e) {
    const std::size_t i = evaluated.begin + e;
    if (!input.cases.has_outcome(i)) continue;
    risk.push_back(input.streamed.risk[evaluated.offset + e]);
    failed.push_back(static_cast<std::uint8_t>(input.cases.failed(i)));
    const double off = risk.back() - static_cast<double>(failed.back());
    squares += off * off;
  }
  replay.calibration = calibration_bins(risk, failed, kBins);
  const auto cases = static_cast<double>(std::max<std::size_t>(1, risk.size()));
  for (const auto& bin : replay.calibration)
    replay.calibration_error += static_cast<double>(bin.n) / cases * std::abs(bin.mean_score - bin.observed);
  replay.brier = squares / cases;
}

}  // namespace

std::vector<stats::ReliabilityBin> calibration_bins(const std::vector<double>& risk,
                                                    const std::vector<std::uint8_t>& failed, std::size_t bins) {
  const auto order = stats::rows_by_value(risk);
  std::vector<stats::ReliabilityBin> made;
  std::size_t begin = 0;
  for (std::size_t b = 0; b < bins && begin < order.size(); ++b) {
    std::size_t end = std::max(begin + 1, order.size() * (b + 1) / bins);
    while (end < order.size() && risk[order[end]] == risk[order[end - 1]]) ++end;
    stats::ReliabilityBin bin{.low = risk[order[begin]], .high = risk[order[end - 1]], .n = end - begin};
    double sum = 0;
    for (std::size_t k = begin; k < end; ++k) {
      sum += risk[order[k]];
      bin.happened += failed[order[k]];
    }
    bin.weight = static_cast<double>(bin.n);
    bin.mean_score = sum / bin.weight;
    bin.observed = static_cast<double>(bin.happened) / bin.weight;
    made.push_back(bin);
    begin = end;
  }
  return made;
}

std::vector<OnlineCoverage> online_coverages(const SummaryInput& input) {
  struct Count {
    std::size_t accepted = 0, failures = 0;
  };
  const Evaluated evaluated(input);
  selective::ScoreWindow window(selective::SelectivePolicyOptions{}.window);
  std::vector<selective::CoverageTracker> trackers;
  for (std::size_t c = 0; c < kCoverages; ++c)
    trackers.emplace_back(selective::CoverageTrackerOptions{.coverage = coverage_at(c)});
  std::vector<Count> counts(kCoverages);
  std::size_t cases = 0;
  const auto rank_of = [&window](double risk) {
    const double rank = window.rank(risk);
    window.push(risk);
    return rank;
  };
  for (const double risk : input.streamed.played) {
    const double rank = rank_of(risk);
    for (auto& tracker : trackers) tracker.count(rank < tracker.level());
  }
  for (std::size_t position = input.streamed.played_positions; position < input.streamed.risk.size(); ++position) {
    if (input.cases.warm() > 0 && position == std::max(evaluated.offset, input.streamed.played_positions))
      for (auto& tracker : trackers) tracker.settle();
    const std::size_t i = input.streamed.first + position;
    const double rank = rank_of(input.streamed.risk[position]);
    const bool scored = position >= evaluated.offset && input.cases.has_outcome(i);
    const bool failed = scored && input.cases.failed(i);
    cases += scored;
    for (std::size_t c = 0; c < kCoverages; ++c) {
      const bool accepted = rank < trackers[c].level();
      trackers[c].count(accepted);
      counts[c].accepted += scored && accepted;
      counts[c].failures += accepted && failed;
    }
  }
  std::vector<OnlineCoverage> online;
  for (std::size_t c = 0; c < kCoverages && cases > 0; ++c) {
    const auto& count = counts[c];
    online.push_back({.target = trackers[c].options().coverage,
                      .coverage = double(count.accepted) / double(cases),
                      .error = count.accepted == 0 ? 0 : double(count.failures) / double(count.accepted)});
  }
  return online;
}

Replay summarise(const SummaryInput& input) {
  const Evaluated evaluated(input);
  Replay replay{.files = input.log.files,
                .rows = input.log.rows,
                .trained = input.cases.trained(),
                .warm = input.cases.warm(),
                .evaluated = evaluated.size,
                .has_time = input.cases.has_time()};
  replay.policy.options = input.judge.policy().options();
  replay.policy.bounds = input.judge.policy().bounds();
  replay.policy.cold = input.streamed.cold;
  count_cases(input, replay);
  replay.online = online_coverages(input);
  replay.modes = describe_modes(input);
  replay.bins = bins_of(input, replay.modes);
  replay.regimes = regimes_of(input);
  calibrate(input, replay);
  replay.experts = mean_weights(input.streamed);
  return replay;
}

}  // namespace errata::replay
