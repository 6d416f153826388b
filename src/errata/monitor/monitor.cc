// A monitor is a judge with names.
//
// Problem: a server knows its cases by ids of its own, and outcomes come late, twice, or for cases nobody has heard of.
// The memory knows cases by tickets, and each mistake must be told without harm. Idea: the ids of the last max_pending
// cases stay in a hash map, also after their outcomes came, and leave it in the order in which they came: as long as
// an id is there, everything about it can be said exactly, and the bound is the memory's own. Readers never touch any
// of this: every so many calls the writer swaps a pointer to a copy of what they may want, under a lock of nothing
// else. (libstdc++ 12's std::atomic<std::shared_ptr> unlocks with a relaxed store, which is a race where memory is
// weakly ordered.)
#include "errata/monitor/monitor.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <mutex>
#include <unordered_map>

#include "errata/base/atomic_file.h"
#include "errata/base/bytes.h"
#include "errata/monitor/snapshot.h"

namespace errata::monitor {
namespace {

struct IdHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view id) const { return std::hash<std::string_view>()(id); }
};

struct KnownCase {
  Judged judged;
  std::int64_t time = 0;
  bool resolved = false;
};

struct Counters {
  std::uint64_t decided = 0, accepted = 0, deferred = 0, abstained = 0, learned = 0, failures = 0;
};

}  // namespace

struct Monitor::State {
  MonitorOptions options;
  Judge judge;
  std::unordered_map<std::string, KnownCase, IdHash, std::equal_to<>> known{};
  std::deque<std::string_view> order{};  ///< keys of `known`, oldest first
  std::size_t waiting = 0;
  Counters counters{};
  bool timed = false;
  std::int64_t last_time = 0;
  std::size_t calls = 0;
  mutable std::mutex viewing{};  ///< of `view`; held for a copy or a swap of the pointer only
  std::shared_ptr<const MonitorView> view = std::make_shared<const MonitorView>();

  State(MonitorOptions given, Judge made) : options(std::move(given)), judge(std::move(made)) {}

  Result<std::int64_t> in_order(std::int64_t time, std::string_view id) const {
    if (!timed || time >= last_time) return time;
    if (options.backward_time == BackwardTime::clamp) return last_time;
    return invalid_argument(fmt::format("id '{}': time goes back from {} to {}", id, last_time, time));
  }
  void remember(std::string_view id, const KnownCase& seen) {
    if (order.size() == options.memory.max_pending) forget_oldest();
    const auto [place, fresh] = known.emplace(id, seen);
    ERRATA_CHECK(fresh);
    order.emplace_back(place->first);
    waiting += static_cast<std::size_t>(!seen.resolved);
  }
  void forget_oldest() {
    const auto oldest = known.find(order.front());
    waiting -= static_cast<std::size_t>(!oldest->second.resolved);
    order.pop_front();
    known.erase(oldest);
  }
  void count(selective::Decision decision) {
    ++counters.decided;
    counters.accepted += decision == selective::Decision::accept;
    counters.deferred += decision == selective::Decision::defer;
    counters.abstained += decision == selective::Decision::abstain;
  }
  void called(std::int64_t time) {
    timed = true;
    last_time = time;
    if (++calls >= options.publish_every) publish();
  }
  void publish() {
    calls = 0;
    const auto& memory = judge.memory();
    auto fresh = std::make_shared<const MonitorView>(MonitorView{.decided = counters.decided,
                                                                 .accepted = counters.accepted,
                                                                 .deferred = counters.deferred,
                                                                 .abstained = counters.abstained,
                                                                 .learned = counters.learned,
                                                                 .failures = counters.failures,
                                                                 .waiting = waiting,
                                                                 .time = last_time,
                                                                 .warming_up = memory.warming_up(),
                                                                 .modes = memory.modes(),
                                                                 .regimes = memory.regimes(),
                                                                 .experts = memory.expert_weights()});
    const std::scoped_lock lock(viewing);
    view.swap(fresh);
  }
  void save(ByteWriter& out) const;
  [[nodiscard]] Result<void> load(ByteReader& in);
};

Monitor::Monitor(std::unique_ptr<State> state) : state_(std::move(state)) {}
Monitor::Monitor(Monitor&&) noexcept = default;
Monitor& Monitor::operator=(Monitor&&) noexcept = default;
Monitor::~Monitor() = default;

Result<Monitor> Monitor::create(const memory::Schema& schema, const MonitorOptions& options) {
  if (options.publish_every < 1) return invalid_argument("publish_every 0 is below 1");
  ERRATA_ASSIGN(
      auto judge,
      Judge::create(schema, {.memory = options.memory, .policy = options.policy, .decide_by = options.decide_by}));
  return Monitor(std::make_unique<State>(options, std::move(judge)));
}

Result<MonitorDecision> Monitor::decide(std::string_view id, const memory::CaseView& seen) {
  State& state = *state_;
  if (id.empty() || id.size() > kLongestId)
    return invalid_argument(fmt::format("an id of {} bytes: it has 1 to {}", id.size(), kLongestId));
  if (state.known.contains(id)) return conflict(fmt::format("id '{}': a case of this id was decided", id));
  memory::CaseView at = seen;
  ERRATA_ASSIGN(at.time, state.in_order(seen.time, id));
  const auto judgement = state.judge.decide(at);
  if (!judgement)
    return std::unexpected(Error{judgement.error().code, fmt::format("id '{}': {}", id, judgement.error().message)});
  state.remember(id, {.judged = judgement->judged, .time = at.time});
  state.count(judgement->made.decision);
  MonitorDecision decision{.risk = judgement->assessed.risk,
                           .decision = judgement->made.decision,
                           .threshold = judgement->made.threshold,
                           .cold = judgement->made.cold,
                           .mode = judgement->assessed.mode,
                           .similarity = judgement->assessed.similarity,
                           .danger = judgement->assessed.danger,
                           .warm = judgement->assessed.warm,
                           .scores = judgement->assessed.scores};
  if (state.options.reasons) decision.reason = state.judge.reason(*judgement, seen.confidence);
  state.called(at.time);
  return decision;
}

Result<void> Monitor::learn(std::string_view id, const memory::Outcome& outcome, std::int64_t time) {
  State& state = *state_;
  const auto found = state.known.find(id);
  if (found == state.known.end()) {
    return not_found(fmt::format("id '{}': no case of this id among the last {}", id.substr(0, kLongestId),
                                 state.options.memory.max_pending));
  }
  KnownCase& seen = found->second;
  if (seen.resolved) return conflict(fmt::format("id '{}': its outcome is known already", id));
  if (time < seen.time && state.options.backward_time == BackwardTime::refuse)
    return invalid_argument(
        fmt::format("id '{}': its outcome is known at {}, before the case at {}", id, time, seen.time));
  const std::size_t classes = schema().classes.size();
  if (outcome.label != memory::kNoClass && outcome.label >= classes)
    return invalid_argument(fmt::format("id '{}': label {} is not among the {} classes", id, outcome.label, classes));
  ERRATA_ASSIGN(const auto known, state.in_order(time, id));
  const auto learned = state.judge.learn(seen.judged, outcome, known);
  if (!learned)
    return std::unexpected(Error{learned.error().code, fmt::format("id '{}': {}", id, learned.error().message)});
  seen.resolved = true;
  --state.waiting;
  ++state.counters.learned;
  state.counters.failures += outcome.failed;
  state.called(known);
  return {};
}

const memory::Schema& Monitor::schema() const { return state_->judge.memory().schema(); }
const MonitorOptions& Monitor::options() const { return state_->options; }
std::span<const std::string_view> Monitor::score_names() const { return state_->judge.memory().score_names(); }
std::shared_ptr<const MonitorView> Monitor::view() const {
  const std::scoped_lock lock(state_->viewing);
  return state_->view;
}
void Monitor::publish() { state_->publish(); }

void Monitor::State::save(ByteWriter& out) const {
  out.write(options.backward_time);
  out.write(options.reasons);
  out.write(static_cast<std::uint64_t>(options.publish_every));
  out.write(options.decide_by);
  for (const auto value : {counters.decided, counters.accepted, counters.deferred, counters.abstained, counters.learned,
                           counters.failures})
    out.write(value);
  out.write(timed);
  out.write(last_time);
  out.write(static_cast<std::uint64_t>(order.size()));
  for (const auto id : order) {
    const KnownCase& seen = known.find(id)->second;
    out.write(id);
    write_judged(out, seen.judged);
    out.write(seen.time);
    out.write(seen.resolved);
  }
}

/// Reads what save() wrote but for the first four values, which made this state.
Result<void> Monitor::State::load(ByteReader& in) {
  for (auto* value : {&counters.decided, &counters.accepted, &counters.deferred, &counters.abstained, &counters.learned,
                      &counters.failures})
    *value = in.read<std::uint64_t>();
  timed = in.read<std::uint8_t>() != 0;
  last_time = in.read<std::int64_t>();
  const auto cases = in.read<std::uint64_t>();
  for (std::uint64_t c = 0; c < cases && !in.truncated(); ++c) {
    const std::string id = in.read_text();
    KnownCase seen;
    ERRATA_ASSIGN(seen.judged, read_judged(in));
    seen.judged.decided = true;
    seen.time = in.read<std::int64_t>();
    seen.resolved = in.read<std::uint8_t>() != 0;
    if (known.contains(id) || order.size() == options.memory.max_pending)
      return data_error("the cases that wait do not fit each other");
    remember(id, seen);
  }
  if (in.truncated()) return data_error("it ends too early");
  return {};
}

std::string Monitor::snapshot() const {
  ByteWriter content;
  state_->judge.save(content);
  state_->save(content);
  return seal(SnapshotKind::monitor, schema(), content.bytes());
}

Result<void> Monitor::save(const std::string& place) const { return write_file(place, snapshot()); }

Result<Monitor> Monitor::restore(std::string_view bytes, const memory::Schema& schema, std::string_view place) {
  std::uint32_t version = 0;
  ERRATA_ASSIGN(const auto content, unseal(bytes, SnapshotKind::monitor, &schema, place, &version));
  const auto damaged = [&](const Error& error) { return data_error(fmt::format("{}: {}", place, error.message)); };
  ByteReader in(content);
  auto judge = Judge::load(in, version);
  if (!judge) return damaged(judge.error());
  MonitorOptions options{.memory = judge->memory().options(), .policy = judge->policy().options()};
  options.backward_time = in.read<BackwardTime>();
  options.reasons = in.read<std::uint8_t>() != 0;
  options.publish_every = static_cast<std::size_t>(in.read<std::uint64_t>());
  options.decide_by = in.read_text();
  auto state = std::make_unique<State>(std::move(options), *std::move(judge));
  if (const auto loaded = state->load(in); !loaded) return damaged(loaded.error());
  ERRATA_TRY(in.finish(place));
  state->publish();
  return Monitor(std::move(state));
}

Result<Monitor> Monitor::load(const std::string& place, const memory::Schema& schema) {
  ERRATA_ASSIGN(const auto bytes, read_file(place));
  return restore(bytes, schema, place);
}

}  // namespace errata::monitor
