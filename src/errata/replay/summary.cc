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
  Evaluated(const CaseStream& cases, const StreamedCases& streamed)
      : begin(cases.trained() + cases.warm()), size(cases.size() - begin), offset(begin - streamed.first) {}
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

void count_decisions(const CaseStream& cases, const StreamedCases& streamed, Replay& replay) {
  const Evaluated evaluated(cases, streamed);
  for (std::size_t e = 0; e < evaluated.size; ++e) {
    const std::size_t i = evaluated.begin + e;
    if (!cases.has_outcome(i)) {
      ++replay.without_outcome;
      replay.policy.accepted_unknown += Decision{streamed.decision[evaluated.offset + e]} == Decision::accept;
      continue;
    }
    const bool failed = cases.failed(i);
    replay.failures += failed;
    count_decision(replay.policy, Decision{streamed.decision[evaluated.offset + e]}, failed);
  }
}

TimeBin bin_of(const CaseStream& cases, const StreamedCases& streamed, std::size_t begin, std::size_t end) {
  const Evaluated evaluated(cases, streamed);
  TimeBin bin{.first_case = begin,
              .cases = end - begin,
              .begin = cases.time(evaluated.begin + begin),
              .end = cases.time(evaluated.begin + end - 1)};
  double risk = 0, danger = 0;
  for (std::size_t e = begin; e < end; ++e) {
    const std::size_t i = evaluated.begin + e, position = evaluated.offset + e;
    const bool failed = cases.has_outcome(i) && cases.failed(i);
    const bool accepted = Decision{streamed.decision[position]} == Decision::accept;
    bin.failures += failed;
    bin.accepted += accepted;
    bin.accepted_failures += accepted && failed;
    risk += streamed.risk[position];
    danger += static_cast<double>(streamed.danger[position]);
  }
  bin.mean_risk = risk / static_cast<double>(bin.cases);
  bin.mean_danger = danger / static_cast<double>(bin.cases);
  bin.threshold = static_cast<double>(streamed.threshold[evaluated.offset + end - 1]);
  return bin;
}

std::vector<TimeBin> bins_of(const CaseStream& cases, const StreamedCases& streamed) {
  const Evaluated evaluated(cases, streamed);
  std::vector<TimeBin> bins;
  for (std::size_t b = 0; b < streamed.bins.size(); ++b) {
    const std::size_t begin = b == 0 ? 0 : bin_end(b - 1, streamed.bins.size(), evaluated.size);
    bins.push_back(bin_of(cases, streamed, begin, bin_end(b, streamed.bins.size(), evaluated.size)));
  }
  return bins;
}

void add_activities(const StreamedCases& streamed, const std::vector<ModeResult>& modes, std::vector<TimeBin>& bins) {
  for (std::size_t b = 0; b < bins.size(); ++b) {
    const auto& activities = streamed.bins[b].activities;
    for (const auto& mode : modes) {
      const auto found = std::ranges::find(activities, mode.mode.id, &StateAtBin::Activity::mode);
      bins[b].mode_activity.push_back(found == activities.end() ? 0 : found->activity);
    }
  }
}

void calibrate(const CaseStream& cases, const StreamedCases& streamed, Replay& replay) {
  constexpr std::size_t kBins = 15;
  const Evaluated evaluated(cases, streamed);
  std::vector<double> risk;
  std::vector<std::uint8_t> failed;
  double squares = 0;
  for (std::size_t e = 0; e < evaluated.size; ++e) {
    const std::size_t i = evaluated.begin + e;
    if (!cases.has_outcome(i)) continue;
    risk.push_back(streamed.risk[evaluated.offset + e]);
    failed.push_back(static_cast<std::uint8_t>(cases.failed(i)));
    const double off = risk.back() - static_cast<double>(failed.back());
    squares += off * off;
  }
  replay.calibration = calibration_bins(risk, failed, kBins);
  const auto known = static_cast<double>(std::max<std::size_t>(1, risk.size()));
  for (const auto& bin : replay.calibration)
    replay.calibration_error += static_cast<double>(bin.n) / known * std::abs(bin.mean_score - bin.observed);
  replay.brier = squares / known;
}

}  // namespace

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

namespace {

/// The rank of each risk among those before it: of the warm-up cases as they were played, then of each position.
std::vector<double> ranks_of(const StreamedCases& streamed) {
  selective::ScoreWindow window(selective::SelectivePolicyOptions{}.window);
  std::vector<double> ranks;
  ranks.reserve(streamed.played.size() + streamed.risk.size() - streamed.played_positions);
  const auto add = [&](std::span<const double> risks) {
    for (const double risk : risks) {
      ranks.push_back(window.rank(risk));
      window.push(risk);
    }
  };
  add(streamed.played);
  add(std::span(streamed.risk).subspan(streamed.played_positions));
  return ranks;
}

/// What a tracker of one coverage accepts. @param ranks  as ranks_of() gives them
OnlineCoverage online_coverage(const SummaryInput& input, double coverage, std::span<const double> ranks) {
  const Evaluated evaluated(input.cases, input.streamed);
  const std::size_t played = input.streamed.played.size(), first = input.streamed.played_positions;
  selective::CoverageTracker tracker({.coverage = coverage});
  OnlineCoverage online{.target = coverage};
  for (const double rank : ranks.first(played)) tracker.count(rank < tracker.level());
  for (std::size_t position = first; position < input.streamed.risk.size(); ++position) {
    if (input.cases.warm() > 0 && position == std::max(evaluated.offset, first)) tracker.settle();
    const std::size_t i = input.streamed.first + position;
    const bool scored = position >= evaluated.offset && input.cases.has_outcome(i);
    const bool accepted = ranks[played + position - first] < tracker.level();
    tracker.count(accepted);
    online.cases += scored;
    online.accepted += scored && accepted;
    online.failures += scored && accepted && input.cases.failed(i);
  }
  return online;
}

}  // namespace

std::vector<OnlineCoverage> online_coverages(const SummaryInput& input, const ThreadPool& pool) {
  const std::vector<double> ranks = ranks_of(input.streamed);
  std::vector<OnlineCoverage> online(kCoverages);
  pool.parallel_for(kCoverages,
                    [&](std::size_t c, std::size_t) { online[c] = online_coverage(input, coverage_at(c), ranks); });
  if (online.front().cases == 0) return {};
  for (OnlineCoverage& one : online) one.take_rates();
  return online;
}

Replay count_cases(const table::PredictionLog& log, const CaseStream& cases, const StreamedCases& streamed) {
  Replay replay{.files = log.files,
                .rows = log.rows,
                .trained = cases.trained(),
                .warm = cases.warm(),
                .evaluated = Evaluated(cases, streamed).size,
                .has_time = cases.has_time()};
  replay.policy.cold = streamed.cold;
  replay.policy.cold_unknown = streamed.cold_unknown;
  count_decisions(cases, streamed, replay);
  replay.bins = bins_of(cases, streamed);
  calibrate(cases, streamed, replay);
  return replay;
}

Replay summarise(const SummaryInput& input, const ThreadPool& pool) {
  Replay replay;
  std::vector<OnlineCoverage> online;
  pool.run_together({[&] { online = online_coverages(input, pool); },
                     [&] { replay = count_cases(input.log, input.cases, input.streamed); }});
  replay.policy.options = input.judge.policy().options();
  replay.policy.bounds = input.judge.policy().bounds();
  replay.online = std::move(online);
  replay.modes = describe_modes(input);
  add_activities(input.streamed, replay.modes, replay.bins);
  replay.regimes = regimes_of(input);
  replay.experts = mean_weights(input.streamed);
  return replay;
}

}  // namespace errata::replay
