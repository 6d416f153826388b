// A log, streamed as a live monitor would have met it.
//
// Problem: a log holds outcomes beside the cases, but a monitor learns them later. A replay that lets a case see what
// was not yet known flatters itself. Idea: every case that is judged goes into a queue with the moment at which its
// outcome becomes known; before a case is judged the queue gives out what is due, and nothing else ever reaches the
// memory. The memory waits for a bounded number of outcomes; the same bound is kept here, so that an outcome that comes
// after its case was given up is counted and not learned.
//
// A live monitor must answer before it sees the next case. A replay has the log: when outcomes come does not depend on
// what is decided, and half of the work (embedding, distances to past cases, modes, regimes) takes nothing from the
// other half (experts, their mixture, the policy). So cases and outcomes become one sequence of operations; the front
// takes the first halves of a block of them while the second halves of the block before are taken. The experts in turn
// take nothing from the mixture and the policy, nor from each other: they go through the block between the two, a few
// by themselves, whose matrices then stay in the nearest cache. All go through the sequence in its order, so the result
// is that of one thread, to the bit. While the memory is warming up it only holds cases, and operations are taken
// whole; and one by one where the memory waits for so few cases that it might give one up whose second half is not
// taken.
//
// Cost: that of the memory, plus O(1) a case (O(log waiting) with a column of times); about 60 bytes a case are kept,
// and 80 a case that waits.
#include "errata/replay/stream.h"

#include <algorithm>
#include <array>
#include <functional>
#include <initializer_list>
#include <span>
#include <utility>

#include "errata/replay/arrivals.h"

namespace errata::replay {
namespace {

constexpr std::uint32_t kNoSlot = 0xFFFFFFFF;
constexpr std::size_t kBlock = 1024;  ///< operations that are taken together
constexpr std::size_t kBlocks = 3;    ///< that are under way at once

/// A case is met, or an outcome arrives.
struct Operation {
  std::size_t at = 0;  ///< the case; or that before which the outcome arrives
  bool arrives = false;
  bool halved = false;           ///< the first half is taken
  std::uint32_t slot = kNoSlot;  ///< where the judgement of a case waits for its outcome
  Arrivals::Arrival arrival{};
  memory::FailureMemory::Noted noted{};
  memory::FailureMemory::Sensed sensed{};
  std::optional<StateAtBin> ended{};  ///< the stretch that ends with the case
};

/// Makes the sequence of operations, and takes their first halves where the memory is warm.
class Front {
 public:
  Front(const CaseStream& cases, const monitor::Judge& judge, memory::FailureMemory& memory,
        const StreamOptions& options)
      : cases_(cases),
        memory_(memory),
        bins_(std::min(options.bins, cases.size() - first_evaluated())),
        by_column_(!options.delay.column.empty()),
        last_ticket_(judge.last_ticket()),
        arrivals_(cases, options.delay, options.follows) {
    tickets_.reserve(cases.size());
    for (const auto& one : options.waiting)
      arrivals_.wait({.index = -static_cast<std::int64_t>(one.cases_since),
                      .time = one.time,
                      .ticket = one.judged.ticket,
                      .slot = take_slot(),
                      .outcome = one.outcome,
                      .known = one.known});
  }

  [[nodiscard]] bool at_end() const { return at_ == cases_.size(); }

  Result<void> next(Operation& operation) {
    operation.halved = !memory_.warming_up();
    operation.ended.reset();
    if (take_arrival(operation)) {
      const auto& [waiting, known] = operation.arrival;
      if (operation.halved) ERRATA_TRY(memory_.note(waiting.ticket, waiting.outcome, known, operation.noted));
      return {};
    }
    if (!operation.halved) return {};
    ERRATA_ASSIGN(operation.sensed, memory_.sense(cases_.view(at_, scratch_)));
    met(operation, operation.sensed.assessed.ticket);
    return {};
  }

  /// A case was met, in part or whole.
  void met(Operation& operation, std::uint64_t ticket) {
    tickets_.push_back(last_ticket_ = ticket);
    operation.slot = kNoSlot;
    const auto known = by_column_ && cases_.has_outcome(at_) ? cases_.known(at_) : std::nullopt;
    if (cases_.has_outcome(at_) && (known || !by_column_)) {
      operation.slot = take_slot();
      arrivals_.wait({.index = static_cast<std::int64_t>(at_),
                      .time = cases_.time(at_),
                      .ticket = ticket,
                      .slot = operation.slot,
                      .outcome = cases_.outcome(at_),
                      .known = known});
    }
    end_bin(operation);
    ++at_;
  }

  [[nodiscard]] std::vector<Arrivals::Waiting> take_rest() { return arrivals_.take_rest(); }
  [[nodiscard]] std::vector<std::uint64_t> take_tickets() { return std::move(tickets_); }
  [[nodiscard]] std::size_t learned() const { return learned_; }
  [[nodiscard]] std::size_t given_up() const { return given_up_; }

 private:
  std::size_t first_evaluated() const { return cases_.trained() + cases_.warm(); }

  bool take_arrival(Operation& operation) {
    operation.at = at_;
    operation.arrives = false;
    while (const auto due = arrivals_.next_before(at_)) {
      free_.push_back(due->waiting.slot);
      if (last_ticket_ - due->waiting.ticket >= memory_.options().max_pending) {
        ++given_up_;
        continue;
      }
      ++learned_;
      operation.arrives = true;
      operation.arrival = *due;
      operation.slot = due->waiting.slot;
      return true;
    }
    return false;
  }

  std::uint32_t take_slot() {
    if (free_.empty()) free_.push_back(slots_++);
    const auto slot = free_.back();
    free_.pop_back();
    return slot;
  }

  void end_bin(Operation& operation) {
    const std::size_t evaluated = cases_.size() - first_evaluated();
    if (at_ < first_evaluated() || at_ - first_evaluated() + 1 != bin_end(ended_, bins_, evaluated)) return;
    ++ended_;
    operation.ended.emplace();
    for (const auto& mode : memory_.modes()) operation.ended->activities.push_back({mode.id, mode.activity});
  }

  const CaseStream& cases_;
  memory::FailureMemory& memory_;
  std::size_t bins_, ended_ = 0;
  bool by_column_;
  std::uint64_t last_ticket_;
  Arrivals arrivals_;
  std::size_t at_ = 0, learned_ = 0, given_up_ = 0;
  std::uint32_t slots_ = 0;
  std::vector<std::uint32_t> free_;
  std::vector<std::uint64_t> tickets_;
  CaseScratch scratch_;
};

class Streaming {
 public:
  Streaming(const CaseStream& cases, monitor::Judge& judge, const StreamOptions& options)
      : cases_(cases), judge_(judge), options_(options), front_(cases, judge, judge.memory(), options) {
    reserve();
    for (const auto& one : options.waiting) judged_.push_back(one.judged);
  }

  Result<StreamedCases> run(const Progress& progress) {
    Operation one;
    const bool one_by_one = judge_.memory().options().max_pending < kBlocks * kBlock;
    while (!front_.at_end() && (one_by_one || judge_.memory().warming_up())) {
      tell_progress(progress);
      ERRATA_TRY(front_.next(one));
      ERRATA_TRY(take(one, progress));
    }
    ERRATA_TRY(run_ahead(progress));
    take_events();
    finish();
    return std::move(done_);
  }

 private:
  struct Block {
    std::vector<Operation> operations{};  ///< those beyond `size` are room
    std::size_t size = 0;
    std::vector<memory::FailureMemory::Turn> turns{};
  };

  std::size_t first_evaluated() const { return cases_.trained() + cases_.warm(); }

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
  }

  void tell_progress(const Progress& progress) {
    constexpr std::size_t kTellEvery = 4096;
    if (begun_ < tell_at_) return;
    tell(progress, "streaming cases", double(begun_) / double(cases_.size()));
    tell_at_ = begun_ + kTellEvery;
  }

  Result<void> run_ahead(const Progress& progress) {
    std::array<Block, kBlocks> blocks;
    Block *now = blocks.data(), *next = now + 1, *after = now + 2;
    Result<void> filled, taken;
    ERRATA_TRY(fill(*now));
    // Experts that are doubted at a case must not be ahead of it.
    while (now->size > 0 && cases_.trained() > 0 && begun_ <= cases_.trained()) {
      tell_progress(progress);
      together({[&] { filled = fill(*next); }, [&] { taken = take(*now, progress); }});
      ERRATA_TRY(taken);
      ERRATA_TRY(filled);
      std::swap(now, next);
    }
    if (now->size == 0) return {};
    auto delay = judge_.memory().outcome_delay();
    plan(*now, delay);
    static_assert(memory::kExpertGroups == 3);
    together({[&] { filled = fill(*next); }, [&] { run_experts(*now, 0); }, [&] { run_experts(*now, 1); },
              [&] { run_experts(*now, 2); }});
    ERRATA_TRY(filled);
    while (now->size > 0) {
      tell_progress(progress);
      plan(*next, delay);
      together({[&] { filled = fill(*after); }, [&] { run_experts(*next, 0); }, [&] { run_experts(*next, 1); },
                [&] { run_experts(*next, 2); }, [&] { taken = take(*now, progress); }});
      ERRATA_TRY(taken);
      ERRATA_TRY(filled);
      Block* const taken_block = std::exchange(now, std::exchange(next, after));
      after = taken_block;
    }
    return {};
  }

  void together(std::initializer_list<std::function<void()>> work) const {
    if (options_.pool != nullptr) return options_.pool->run_together(work);
    for (const auto& one : work) one();
  }

  static void plan(Block& block, memory::OutcomeDelay& delay) {
    block.turns.clear();
    for (Operation& operation : std::span(block.operations).first(block.size)) {
      if (operation.arrives) {
        block.turns.push_back({.noted = &operation.noted});
      } else {
        block.turns.push_back({.sensed = &operation.sensed});
      }
    }
    memory::FailureMemory::plan_experts(block.turns, delay);
  }

  void run_experts(const Block& block, std::size_t group) { judge_.memory().run_experts(block.turns, group); }

  Result<void> fill(Block& block) {
    for (block.size = 0; block.size < kBlock && !front_.at_end(); ++block.size) {
      if (block.size == block.operations.size()) block.operations.emplace_back();
      ERRATA_TRY(front_.next(block.operations[block.size]));
    }
    return {};
  }

  Result<void> take(Block& block, const Progress& progress) {
    for (Operation& operation : std::span(block.operations).first(block.size)) ERRATA_TRY(take(operation, progress));
    return {};
  }

  Result<void> take(Operation& operation, const Progress& progress) {
    for (; begun_ <= operation.at; ++begun_) ERRATA_TRY(begin(begun_, progress));
    return operation.arrives ? learn(operation) : meet(operation);
  }

  /// What is to be done before the outcomes that arrive before case i.
  Result<void> begin(std::size_t i, const Progress& progress) {
    constexpr std::size_t kLeastToFit = 2;
    const bool train_is_enough = cases_.trained() > 0 && options_.seen + cases_.trained() >= kLeastToFit;
    const std::size_t fit_at = train_is_enough ? cases_.trained() : first_evaluated();
    progress.check();
    if (i == fit_at && i > 0 && options_.seen + i >= kLeastToFit && judge_.memory().warming_up()) {
      ERRATA_ASSIGN(done_.played, judge_.finish_warm_up(progress.cancellation()));
      done_.played_positions = i - cases_.trained();
    }
    if (i > 0 && i == cases_.trained()) judge_.memory().doubt();
    if (cases_.warm() > 0 && i == first_evaluated()) judge_.settle();
    return {};
  }

  Result<void> learn(const Operation& operation) {
    const auto& [waiting, known] = operation.arrival;
    const monitor::Judged judged = judged_[operation.slot];
    if (!done_.first_outcome) done_.first_outcome = judge_.last_ticket() + 1;
    if (operation.halved) {
      judge_.learn(judged, operation.noted);
    } else {
      ERRATA_TRY(judge_.learn(judged, waiting.outcome, known));
    }
    if (options_.corrections == nullptr || waiting.index < 0) return {};
    const auto i = static_cast<std::size_t>(waiting.index);
    options_.corrections->learn(i, cases_.view(i, scratch_), waiting.outcome);
    return {};
  }

  Result<monitor::Judgement> judgement_of(Operation& operation) {
    const bool train = cases_.part(operation.at) == Part::train;
    if (operation.halved) return train ? judge_.assess(operation.sensed) : judge_.decide(operation.sensed);
    const auto seen = cases_.view(operation.at, scratch_);
    ERRATA_ASSIGN(const auto judgement, train ? judge_.assess(seen) : judge_.decide(seen));
    front_.met(operation, judgement.assessed.ticket);
    return judgement;
  }

  Result<void> meet(Operation& operation) {
    const std::size_t i = operation.at;
    ERRATA_ASSIGN(const auto judgement, judgement_of(operation));
    if (operation.slot != kNoSlot) {
      if (operation.slot >= judged_.size()) judged_.resize(operation.slot + std::size_t{1});
      judged_[operation.slot] = judgement.judged;
    }
    if (options_.corrections != nullptr) options_.corrections->predict(i, cases_.view(i, scratch_), judgement, judge_);
    if (cases_.part(i) != Part::train) keep(i, judgement);
    if (judgement.made.cold && i >= first_evaluated()) ++(cases_.has_outcome(i) ? done_.cold : done_.cold_unknown);
    if (operation.ended) end_bin(std::move(*operation.ended));
    return {};
  }

  void keep(std::size_t i, const monitor::Judgement& judgement) {
    const auto& assessed = judgement.assessed;
    for (std::size_t s = 1; s < done_.scores.size(); ++s)
      done_.scores[s].push_back(static_cast<float>(assessed.scores[s]));
    done_.risk.push_back(assessed.risk);
    done_.danger.push_back(static_cast<float>(assessed.danger));
    done_.threshold.push_back(static_cast<float>(judgement.made.threshold));
    done_.mode.push_back(assessed.mode);
    done_.decision.push_back(static_cast<std::uint8_t>(judgement.made.decision));
    if (!options_.reasons) return;
    done_.reason.push_back(reasons_.code(judge_.reason(judgement, cases_.view(i, scratch_).confidence)));
  }

  void end_bin(StateAtBin state) {
    const auto experts = judge_.memory().expert_weights();
    for (const auto& expert : experts) state.expert_weights.push_back(expert.weight);
    if (done_.expert_names.size() != experts.size()) {
      done_.expert_names.clear();
      for (const auto& expert : experts) done_.expert_names.emplace_back(expert.name);
    }
    done_.bins.push_back(std::move(state));
    take_events();
  }

  void take_events() {
    const auto events = judge_.take_regime_events();
    done_.events.insert(done_.events.end(), events.begin(), events.end());
  }

  void finish() {
    const auto size = static_cast<std::int64_t>(cases_.size());
    for (const auto& one : front_.take_rest())
      done_.waiting.push_back({.judged = judged_[one.slot],
                               .outcome = one.outcome,
                               .time = one.time,
                               .cases_since = static_cast<std::uint64_t>(size - one.index),
                               .known = one.known});
    done_.tickets = front_.take_tickets();
    done_.learned = front_.learned();
    done_.given_up = front_.given_up();
    if (options_.reasons) done_.reasons = reasons_.sort(done_.reason);
  }

  const CaseStream& cases_;
  monitor::Judge& judge_;
  const StreamOptions& options_;
  Front front_;
  StreamedCases done_;
  std::size_t begun_ = 0, tell_at_ = 0;  ///< cases for which begin() was called; progress is told from there on
  std::vector<monitor::Judged> judged_;  ///< by slot
  CaseScratch scratch_;
  table::Dictionary reasons_;
};

}  // namespace

Result<StreamedCases> stream_cases(const CaseStream& cases, monitor::Judge& judge, const StreamOptions& options,
                                   const Progress& progress) {
  return Streaming(cases, judge, options).run(progress);
}

}  // namespace errata::replay
