#include "errata/monitor/judge.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace errata::monitor {

void write_judged(ByteWriter& out, const Judged& judged) {
  out.write(judged.ticket);
  out.write(judged.value);
  out.write(judged.mode);
  out.write(judged.decision);
}

Result<Judged> read_judged(ByteReader& in) {
  Judged judged;
  judged.ticket = in.read<std::uint64_t>();
  judged.value = in.read<double>();
  judged.mode = in.read<std::uint32_t>();
  judged.decision = in.read<selective::Decision>();
  if (judged.decision > selective::Decision::abstain)
    return data_error(fmt::format("a case that waits has the decision {}, which is none", int(judged.decision)));
  return judged;
}

Result<std::size_t> Judge::score_index(const memory::FailureMemory& memory, std::string_view name) {
  const auto names = memory.score_names();
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) {
    return invalid_argument(fmt::format("score '{}': there are {}", name, fmt::join(names, ", ")));
  }
  return static_cast<std::size_t>(found - names.begin());
}

Result<Judge> Judge::create(const memory::Schema& schema, const JudgeOptions& options) {
  ERRATA_ASSIGN(auto memory, memory::FailureMemory::create(schema, options.memory));
  return create(std::move(memory), options);
}

Result<Judge> Judge::create(memory::FailureMemory memory, const JudgeOptions& options) {
  ERRATA_ASSIGN(auto policy, selective::SelectivePolicy::create(options.policy));
  ERRATA_ASSIGN(const auto decide_by, score_index(memory, options.decide_by));
  return Judge(std::move(memory), std::move(policy), decide_by);
}

Result<void> Judge::decide_anew(const selective::SelectivePolicyOptions& policy, std::string_view decide_by) {
  ERRATA_ASSIGN(decide_by_, score_index(memory_, decide_by));
  ERRATA_ASSIGN(policy_, selective::SelectivePolicy::create(policy));
  return {};
}

Judgement Judge::judgement_of(const memory::Assessment& assessed) {
  last_ticket_ = assessed.ticket;
  return {.assessed = assessed,
          .made = {},
          .judged = {.ticket = assessed.ticket, .value = assessed.risk, .mode = assessed.mode}};
}

Result<std::vector<double>> Judge::settle_policy() {
  const auto played = memory_.take_played();
  std::vector<double> risks;
  if (played.empty()) return risks;
  ERRATA_ASSIGN(policy_, selective::SelectivePolicy::create(policy_.options()));
  // A threshold that is calibrated once is calibrated on the last outcomes: the memory knew little at the first ones.
  const auto method = policy_.options().method;
  const bool once = method == selective::RiskMethod::sgr || method == selective::RiskMethod::ltt;
  const auto known =
      static_cast<std::size_t>(std::ranges::count_if(played, [](const auto& one) { return one.failed.has_value(); }));
  warm_up_end_ = WarmUpEnd{.cases = played.size(), .outcomes = known};
  std::size_t passed_over = once ? known - std::min(known, policy_.options().cold_start) : 0;
  for (const auto& one : played) {
    const double value = one.scores[decide_by_];
    const auto made = policy_.decide(value);
    if (one.failed && passed_over > 0) {
      --passed_over;
    } else if (one.failed) {
      policy_.resolve(value, made.decision, *one.failed);
    }
    risks.push_back(one.scores.front());
  }
  return risks;
}

Result<std::vector<double>> Judge::finish_warm_up(const Cancellation* cancellation) {
  ERRATA_TRY(memory_.finish_warm_up(cancellation));
  return settle_policy();
}

Result<Judgement> Judge::assess(const memory::CaseView& seen) {
  ERRATA_ASSIGN(const auto assessed, memory_.assess(seen));
  ERRATA_TRY(settle_policy());
  return judgement_of(assessed);
}

Judgement Judge::assess(const memory::FailureMemory::Sensed& sensed) { return judgement_of(memory_.weigh(sensed)); }

Judgement Judge::decided(const memory::Assessment& assessed) {
  auto judgement = judgement_of(assessed);
  judgement.judged.value = assessed.scores[decide_by_];
  judgement.made = policy_.decide(judgement.judged.value);
  judgement.judged.decision = judgement.made.decision;
  judgement.judged.decided = true;
  return judgement;
}

Result<Judgement> Judge::decide(const memory::CaseView& seen) {
  ERRATA_ASSIGN(const auto assessed, memory_.assess(seen));
  const auto judgement = decided(assessed);
  ERRATA_TRY(settle_policy());
  return judgement;
}

Judgement Judge::decide(const memory::FailureMemory::Sensed& sensed) { return decided(memory_.weigh(sensed)); }

void Judge::resolve(const Judged& judged, bool failed) {
  const auto late = static_cast<double>(last_ticket_ - std::min(last_ticket_, judged.ticket));
  if (judged.decided) policy_.resolve(judged.value, judged.decision, failed, late);
  if (judged.mode != memory::kNoMode) count_recent(judged.mode, failed);
}

Result<void> Judge::learn(const Judged& judged, const memory::Outcome& outcome, std::int64_t time) {
  ERRATA_TRY(memory_.learn(judged.ticket, outcome, time));
  resolve(judged, outcome.failed);
  follow_regimes();
  return {};
}

void Judge::learn(const Judged& judged, const memory::FailureMemory::Noted& noted) {
  memory_.teach(noted);
  resolve(judged, noted.failed);
  follow_regimes();  // those of the warm-up
  for (const auto& event : noted.events) follow(event);
}

void Judge::count_recent(std::uint32_t mode, bool failed) {
  ++outcomes_;
  auto found = std::ranges::find(recent_, mode, &Recent::mode);
  if (found == recent_.end()) {
    if (recent_.size() < kMaxRecent) {
      found = recent_.insert(recent_.end(), Recent{});
    } else {
      found = std::ranges::min_element(recent_, {}, &Recent::last);
    }
    *found = {.mode = mode};
  }
  constexpr std::uint32_t kMask = (std::uint32_t{1} << kRecent) - 1;
  found->failed = ((found->failed << 1U) | static_cast<std::uint32_t>(failed)) & kMask;
  found->cases = static_cast<std::uint8_t>(std::min<std::size_t>(found->cases + 1U, kRecent));
  found->last = outcomes_;
}

void Judge::follow_regimes() {
  for (const auto& event : memory_.take_regime_events()) follow(event);
}

void Judge::follow(const memory::RegimeEvent& event) {
  if (event.change == memory::RegimeChange::began && !raised(event.mode)) raised_.push_back(event.mode);
  const bool over = event.change == memory::RegimeChange::ended || event.change == memory::RegimeChange::usual;
  if (over) std::erase(raised_, event.mode);
  if (events_.size() == kMaxEvents) events_.erase(events_.begin());
  events_.push_back(event);
}

std::vector<memory::RegimeEvent> Judge::take_regime_events() {
  follow_regimes();
  return std::exchange(events_, {});
}

bool Judge::raised(std::uint32_t mode) const { return std::ranges::find(raised_, mode) != raised_.end(); }

std::string Judge::reason(const Judgement& judgement, double confidence) const {
  if (!judgement.assessed.warm) return "the memory is warming up: risk is 1 − confidence";
  std::string words;
  const auto mode = judgement.judged.mode;
  if (mode == memory::kNoMode) {
    words = "far from every failure mode";
  } else {
    words = fmt::format("near mode {}", mode);
    if (raised(mode)) words += ", active now";
    const auto recent = std::ranges::find(recent_, mode, &Recent::mode);
    if (recent != recent_.end())
      words += fmt::format(" ({} of its last {} cases failed)", std::popcount(recent->failed), recent->cases);
  }
  if (raised(memory::kNoMode)) words += "; failures are raised over all cases";
  if (!std::isnan(confidence)) words += fmt::format("; confidence {:.2f}", confidence);
  return words;
}

void Judge::save(ByteWriter& out) const {
  memory_.save(out);
  policy_.save(out);
  out.write(static_cast<std::uint64_t>(decide_by_));
  out.write(outcomes_);
  out.write(static_cast<std::uint64_t>(recent_.size()));
  for (const auto& recent : recent_) {
    out.write(recent.mode);
    out.write(recent.failed);
    out.write(recent.cases);
    out.write(recent.last);
  }
  out.write(raised_);
  out.write(last_ticket_);
}

Result<Judge> Judge::load(ByteReader& in, std::uint32_t version) {
  ERRATA_ASSIGN(auto memory, memory::FailureMemory::load(in));
  ERRATA_ASSIGN(auto policy, selective::SelectivePolicy::load(in, version < 3));
  const auto decide_by = in.read<std::uint64_t>();
  if (in.truncated() || decide_by >= memory.score_names().size())
    return data_error("the score that decides is not one of the memory's");
  Judge judge(std::move(memory), std::move(policy), static_cast<std::size_t>(decide_by));
  judge.outcomes_ = in.read<std::uint64_t>();
  const auto modes = in.read<std::uint64_t>();
  if (modes > kMaxRecent)
    return data_error(fmt::format("recent outcomes of {} modes, more than {}", modes, kMaxRecent));
  for (std::uint64_t m = 0; m < modes; ++m) {
    Recent recent;
    recent.mode = in.read<std::uint32_t>();
    recent.failed = in.read<std::uint32_t>();
    recent.cases = in.read<std::uint8_t>();
    recent.last = in.read<std::uint64_t>();
    if (recent.cases > kRecent || recent.failed >> recent.cases != 0)
      return data_error("recent outcomes of a mode do not fit each other");
    judge.recent_.push_back(recent);
  }
  in.read_into(judge.raised_);
  if (version >= 3) judge.last_ticket_ = in.read<std::uint64_t>();
  if (in.truncated()) return data_error("it ends too early");
  return judge;
}

}  // namespace errata::monitor
