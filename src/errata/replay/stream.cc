// A log, streamed as a live monitor would have met it.
//
// Problem: a log holds outcomes beside the cases, but a monitor learns them later. A replay that lets a case see what
// was not yet known flatters itself. Idea: every case that is judged goes into a queue with the moment at which its
// outcome becomes known; before a case is judged the queue gives out what is due, and nothing else ever reaches the
// memory. With a delay in steps or a fixed duration the queue is first in, first out; with a column of arrival times it
// is ordered by them. The memory waits for a bounded number of outcomes; the same bound is kept here, so that an
// outcome that comes after its case was given up is counted and not learned. Cost: that of the memory, plus O(1) a case
// (O(log waiting) with a column); about 60 bytes a case are kept, and 32 a case that waits.
#include "errata/replay/stream.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <queue>

namespace errata::replay {
namespace {

class Streaming {
 public:
  Streaming(const CaseStream& cases, monitor::Judge& judge, const StreamOptions& options)
      : cases_(cases), judge_(judge), options_(options) {
    reserve();
    for (const auto& one : options.waiting) take_up(one);
  }

  Result<StreamedCases> run(const Progress& progress) {
    constexpr std::size_t kTellEvery = 4096, kLeastToFit = 2;
    const bool train_is_enough = cases_.trained() > 0 && options_.seen + cases_.trained() >= kLeastToFit;
    const std::size_t fit_at = train_is_enough ? cases_.trained() : first_evaluated();
    for (std::size_t i = 0; i < cases_.size(); ++i) {
      progress.check();
      if (i % kTellEvery == 0) tell(progress, "streaming cases", double(i) / double(cases_.size()));
      if (i == fit_at && i > 0 && options_.seen + i >= kLeastToFit) ERRATA_TRY(finish_warm_up(i, progress));
      if (i > 0 && i == cases_.trained()) judge_.memory().doubt();
      if (cases_.warm() > 0 && i == first_evaluated()) judge_.settle();
      ERRATA_TRY(deliver_before(i));
      ERRATA_TRY(meet(i));
      if (i >= first_evaluated()) keep_state(i);
    }
    take_events();
    keep_waiting();
    if (options_.reasons) done_.reasons = reasons_.sort(done_.reason);
    return std::move(done_);
  }

 private:
  struct Waiting {
    long double known = 0;   ///< moment, where time says when
    std::int64_t index = 0;  ///< in the stream; negative: of the one that it goes on from
    std::int64_t time = 0;   ///< of the case
    monitor::Judged judged;
    memory::Outcome outcome;
    bool operator>(const Waiting& other) const {
      return known != other.known ? known > other.known : index > other.index;
    }
  };

  std::size_t first_evaluated() const { return cases_.trained() + cases_.warm(); }
  bool by_column() const { return !options_.delay.column.empty(); }

  void reserve() {
    const std::size_t positions = cases_.size() - cases_.trained();
    done_.first = cases_.trained();
    for (const auto name : judge_.memory().score_names()) done_.score_names.emplace_back(name);
    for (const auto& expert : judge_.memory().expert_weights()) done_.expert_names.emplace_back(expert.name);
    done_.scores.resize(done_.score_names.size());
    for (std::size_t s = 1; s < done_.scores.size(); ++s) done_.scores[s].reserve(positions);
    done_.risk.reserve(positions);
    done_.danger.reserve(positions);
    done_.threshold.reserve(positions);
    done_.mode.reserve(positions);
    done_.decision.reserve(positions);
    done_.tickets.reserve(cases_.size());
  }

  Result<void> finish_warm_up(std::size_t i, const Progress& progress) {
    if (!judge_.memory().warming_up()) return {};
    ERRATA_ASSIGN(done_.played, judge_.finish_warm_up(progress.cancellation()));
    done_.played_positions = i - cases_.trained();
    return {};
  }

  Result<void> meet(std::size_t i) {
    const auto seen = cases_.view(i, scratch_);
    const bool train = cases_.part(i) == Part::train;
    ERRATA_ASSIGN(const auto judgement, train ? judge_.assess(seen) : judge_.decide(seen));
    done_.tickets.push_back(judgement.assessed.ticket);
    if (options_.corrections != nullptr) options_.corrections->predict(i, seen, judgement, judge_);
    if (!train) keep(judgement, seen.confidence);
    done_.cold += judgement.made.cold && i >= first_evaluated() && cases_.has_outcome(i);
    if (!cases_.has_outcome(i)) return {};
    wait_for(i, judgement.judged);
    return {};
  }

  void keep(const monitor::Judgement& judgement, double confidence) {
    const auto& assessed = judgement.assessed;
    for (std::size_t s = 1; s < done_.scores.size(); ++s)
      done_.scores[s].push_back(static_cast<float>(assessed.scores[s]));
    done_.risk.push_back(assessed.risk);
    done_.danger.push_back(static_cast<float>(assessed.danger));
    done_.threshold.push_back(static_cast<float>(judgement.made.threshold));
    done_.mode.push_back(assessed.mode);
    done_.decision.push_back(static_cast<std::uint8_t>(judgement.made.decision));
    if (options_.reasons) done_.reason.push_back(reasons_.code(judge_.reason(judgement, confidence)));
  }

  void wait_for(std::size_t i, const monitor::Judged& judged) {
    Waiting waiting{
        .index = static_cast<std::int64_t>(i), .time = cases_.time(i), .judged = judged, .outcome = cases_.outcome(i)};
    if (by_column()) {
      const auto known = cases_.known(i);
      if (!known) return;
      waiting.known = *known;
      by_time_.push(waiting);
      return;
    }
    in_order_.push_back(waiting);
  }

  /// An outcome that the stream before waited for; where a column says when outcomes are known, said there.
  void take_up(const monitor::WaitingOutcome& one) {
    const Waiting waiting{.known = one.known.value_or(static_cast<long double>(one.time)),
                          .index = -static_cast<std::int64_t>(one.cases_since),
                          .time = one.time,
                          .judged = one.judged,
                          .outcome = one.outcome};
    if (one.known)
      by_time_.push(waiting);
    else
      in_order_.push_back(waiting);
  }

  void keep_waiting() {
    const auto size = static_cast<std::int64_t>(cases_.size());
    const auto keep = [&](const Waiting& one, std::optional<long double> known) {
      done_.waiting.push_back({.judged = one.judged,
                               .outcome = one.outcome,
                               .time = one.time,
                               .cases_since = static_cast<std::uint64_t>(size - one.index),
                               .known = known});
    };
    for (const auto& one : in_order_) keep(one, std::nullopt);
    for (; !by_time_.empty(); by_time_.pop()) keep(by_time_.top(), by_time_.top().known);
  }

  /// Teaches what is known when case i is judged.
  Result<void> deliver_before(std::size_t i) {
    while (!by_time_.empty() && by_time_.top().known <= cases_.moment(i)) {
      const Waiting due = by_time_.top();
      by_time_.pop();
      // The memory's clock counts whole units, or cases: within one of them what is known is known at the case.
      const auto whole = static_cast<std::int64_t>(std::floor(due.known));
      ERRATA_TRY(deliver(due, cases_.counts_cases() ? cases_.time(i) : std::min(whole, cases_.time(i))));
    }
    const auto index = static_cast<std::int64_t>(i), steps = static_cast<std::int64_t>(options_.delay.steps);
    while (!in_order_.empty()) {
      const Waiting due = in_order_.front();
      const std::int64_t at = options_.delay.micros ? due.time + *options_.delay.micros : due.index + steps;
      if (options_.delay.micros ? at > cases_.time(i) : index <= at) break;
      in_order_.pop_front();
      const bool before = !options_.delay.micros && at < 0;  // known at the last case of the stream before
      ERRATA_TRY(deliver(due, options_.delay.micros ? at
                              : before              ? std::max(options_.follows, due.time)
                                                    : cases_.time(static_cast<std::size_t>(at))));
    }
    return {};
  }

  Result<void> deliver(const Waiting& due, std::int64_t known) {
    if (judge_.last_ticket() - due.judged.ticket >= judge_.memory().options().max_pending) {
      ++done_.given_up;
      return {};
    }
    ++done_.learned;
    ERRATA_TRY(judge_.learn(due.judged, due.outcome, known));
    if (options_.corrections != nullptr && due.index >= 0) {
      const auto i = static_cast<std::size_t>(due.index);
      options_.corrections->learn(i, cases_.view(i, scratch_), due.outcome);
    }
    return {};
  }

  void keep_state(std::size_t i) {
    const std::size_t evaluated = cases_.size() - first_evaluated();
    const std::size_t bins = std::min(options_.bins, evaluated);
    if (i - first_evaluated() + 1 != bin_end(done_.bins.size(), bins, evaluated)) return;
    StateAtBin state;
    for (const auto& mode : judge_.memory().modes()) state.activities.push_back({mode.id, mode.activity});
    for (const auto& expert : judge_.memory().expert_weights()) state.expert_weights.push_back(expert.weight);
    if (done_.expert_names.size() != state.expert_weights.size()) {
      done_.expert_names.clear();
      for (const auto& expert : judge_.memory().expert_weights()) done_.expert_names.emplace_back(expert.name);
    }
    done_.bins.push_back(std::move(state));
    take_events();
  }

  void take_events() {
    const auto events = judge_.take_regime_events();
    done_.events.insert(done_.events.end(), events.begin(), events.end());
  }

  const CaseStream& cases_;
  monitor::Judge& judge_;
  const StreamOptions& options_;
  StreamedCases done_;
  CaseScratch scratch_;
  table::Dictionary reasons_;
  std::deque<Waiting> in_order_;
  std::priority_queue<Waiting, std::vector<Waiting>, std::greater<>> by_time_;
};

}  // namespace

Result<StreamedCases> stream_cases(const CaseStream& cases, monitor::Judge& judge, const StreamOptions& options,
                                   const Progress& progress) {
  return Streaming(cases, judge, options).run(progress);
}

}  // namespace errata::replay
