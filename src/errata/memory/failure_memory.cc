#include "errata/memory/failure_memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "errata/memory/failure_memory_state.h"

namespace errata::memory {
namespace {

Result<void> check(const MemoryOptions& options) {
  if (options.warm_up < 2) return invalid_argument(fmt::format("warm-up {} is below 2 cases", options.warm_up));
  if (options.max_warm_up < options.warm_up)
    return invalid_argument(
        fmt::format("the longest warm-up {} is below the warm-up {}", options.max_warm_up, options.warm_up));
  if (options.window < 1 || options.window > 1'000'000)
    return invalid_argument(fmt::format("window {} is not in [1, 1000000]", options.window));
  if (options.max_modes < 1 || options.max_modes > 64)
    return invalid_argument(fmt::format("number of modes {} is not in [1, 64]", options.max_modes));
  if (options.max_pending < 1 || options.max_pending > PendingCases::kMostCapacity)
    return invalid_argument(
        fmt::format("waiting cases {} is not in [1, {}]", options.max_pending, PendingCases::kMostCapacity));
  if (!(options.confident >= 0 && options.confident <= 1))
    return invalid_argument(fmt::format("confidence {} of a confident failure is not in [0, 1]", options.confident));
  if (const auto included = experts_without(options.without); !included) return std::unexpected(included.error());
  if (!(options.half_life > 0)) return invalid_argument(fmt::format("half-life {} is not above 0", options.half_life));
  return {};
}

}  // namespace

FailureMemory::FailureMemory(std::unique_ptr<State> state) : state_(std::move(state)) {}
FailureMemory::FailureMemory(FailureMemory&&) noexcept = default;
FailureMemory& FailureMemory::operator=(FailureMemory&&) noexcept = default;
FailureMemory::~FailureMemory() = default;

Result<FailureMemory> FailureMemory::create(const Schema& schema, const MemoryOptions& options) {
  ERRATA_TRY(check(options));
  ERRATA_ASSIGN(auto embedder, Embedder::create(schema, {}));
  return FailureMemory(std::make_unique<State>(State{.schema = schema,
                                                     .options = options,
                                                     .embedder = std::move(embedder),
                                                     .pending = PendingCases(options.max_pending)}));
}

/// Checks a case, and sets the clock to its time.
Result<void> FailureMemory::State::arrive(const CaseView& seen) {
  ERRATA_TRY(fits(seen));
  if (timed && seen.time < last_case)
    return invalid_argument(fmt::format("time goes back from {} to {}", last_case, seen.time));
  timed = true;
  last_case = seen.time;
  return {};
}

Result<FailureMemory::Sensed> FailureMemory::sense(const CaseView& seen) {
  ERRATA_CHECK(state_->fitted);
  ERRATA_TRY(state_->arrive(seen));
  return state_->sense(seen, true);
}

Assessment FailureMemory::weigh(const Sensed& sensed) { return state_->weigh(sensed); }

Result<Assessment> FailureMemory::assess(const CaseView& seen) {
  State& state = *state_;
  ERRATA_TRY(state_->arrive(seen));
  if (state.fitted) return state.weigh(state.sense(seen, true));
  const Assessment made = state.assess_held(seen);
  const std::size_t enough = std::min(state.options.warm_up, state.options.max_warm_up);
  if (state.held.cases().size() >= enough) ERRATA_TRY(state.fit());
  return made;
}

/// Finds the case of an outcome that fits it, and sets the clock of outcomes.
Result<PendingCases::Row*> FailureMemory::State::arrive(std::uint64_t ticket, const Outcome& outcome,
                                                        std::int64_t time) {
  ERRATA_ASSIGN(PendingCases::Row* const row, pending.find(ticket));
  ERRATA_TRY(fits(ticket, outcome));
  if (time < row->time)
    return invalid_argument(
        fmt::format("the outcome of case {} is known at {}, before the case at {}", ticket, time, row->time));
  last_outcome = std::max(last_outcome, time);
  return row;
}

Result<void> FailureMemory::note(std::uint64_t ticket, const Outcome& outcome, std::int64_t time, Noted& noted) {
  State& state = *state_;
  ERRATA_CHECK(state.fitted);
  ERRATA_ASSIGN(PendingCases::Row* const row, state.arrive(ticket, outcome, time));
  state.note(ticket, *row, outcome, state.last_outcome, true, noted);
  state.pending.remove(ticket);
  return {};
}

void FailureMemory::teach(const Noted& noted) {
  RiskModel& risk = state_->fitted->risk;
  noted.is_taught ? risk.teach_combined(noted.kept, noted.failed, noted.lag)
                  : risk.teach(noted.kept, noted.failed, noted.lag);
}

void FailureMemory::plan_experts(std::span<const Turn> turns, OutcomeDelay& delay) {
  for (const Turn& turn : turns) {
    if (turn.sensed != nullptr) {
      turn.sensed->is_estimated = true;
      continue;
    }
    delay.take(turn.noted->lag);
    turn.noted->delay = delay.mean;
    turn.noted->is_taught = true;
  }
}

void FailureMemory::run_experts(std::span<const Turn> turns, std::size_t group) {
  std::vector<RiskModel::Turn> of_model;
  of_model.reserve(turns.size());
  for (const auto& [sensed, noted] : turns) {
    if (sensed != nullptr) {
      of_model.push_back({.kept = sensed->kept, .log_odds = sensed->log_odds.data()});
    } else {
      of_model.push_back({.kept = noted->kept, .failed = noted->failed, .delay = noted->delay});
    }
  }
  state_->fitted->risk.run_experts(of_model, group);
}

OutcomeDelay FailureMemory::outcome_delay() const { return state_->fitted->risk.outcome_delay(); }

Result<void> FailureMemory::learn(std::uint64_t ticket, const Outcome& outcome, std::int64_t time) {
  State& state = *state_;
  ERRATA_ASSIGN(PendingCases::Row* const row, state.arrive(ticket, outcome, time));
  if (state.fitted) {
    state.learn_embedded(ticket, *row, outcome, state.last_outcome, true);
  } else {
    ERRATA_TRY(state.held.learn(ticket, outcome, state.last_outcome));
  }
  state.pending.remove(ticket);
  return {};
}

Result<void> FailureMemory::finish_warm_up(const Cancellation* cancellation) {
  if (state_->fitted) return {};
  return state_->fit(cancellation);
}

void FailureMemory::doubt() {
  if (state_->fitted) state_->fitted->risk.doubt();
}

bool FailureMemory::warming_up() const { return !state_->fitted; }
std::span<const std::string_view> FailureMemory::score_names() const { return kScoreNames; }
const Schema& FailureMemory::schema() const { return state_->schema; }
const MemoryOptions& FailureMemory::options() const { return state_->options; }
std::size_t FailureMemory::pending() const { return state_->pending.size(); }

std::vector<Mode> FailureMemory::modes() const {
  return state_->fitted ? state_->fitted->modes.modes(state_->now()) : std::vector<Mode>{};
}

std::span<const RetiredMode> FailureMemory::retired_modes() const {
  return state_->fitted ? state_->fitted->modes.retired() : std::span<const RetiredMode>{};
}

const FeatureCoder* FailureMemory::usual_features() const { return state_->embedder.coder(); }

std::vector<FeatureDifference> FailureMemory::describe(std::uint32_t mode, std::size_t count) const {
  return state_->fitted ? state_->fitted->modes.describe(mode, count) : std::vector<FeatureDifference>{};
}

std::vector<RegimeState> FailureMemory::regimes() const {
  return state_->fitted ? state_->fitted->regimes.states() : std::vector<RegimeState>{};
}

std::vector<FailureMemory::PlayedCase> FailureMemory::take_played() { return std::exchange(state_->played, {}); }

std::vector<RegimeEvent> FailureMemory::take_regime_events() {
  std::vector<RegimeEvent> taken(state_->events.begin(), state_->events.end());
  state_->events.clear();
  return taken;
}

std::vector<FailureMemory::ExpertWeight> FailureMemory::expert_weights() const {
  std::vector<ExpertWeight> weights;
  if (!state_->fitted) return weights;
  const auto shares = state_->fitted->risk.expert_weights();
  for (std::size_t k = 0; k < shares.size(); ++k) weights.push_back({.name = kExperts[k], .weight = shares[k]});
  return weights;
}

namespace {

void write_event(ByteWriter& out, const RegimeEvent& event) {
  out.write(event.change);
  out.write(event.mode);
  for (const std::uint64_t value : {event.regime, event.cases}) out.write(value);
  for (const std::int64_t value : {event.onset, event.time, event.known}) out.write(value);
  for (const double value : {event.log_evidence, event.rate_before, event.rate}) out.write(value);
}

RegimeEvent read_event(ByteReader& in) {
  RegimeEvent event{.change = in.read<RegimeChange>(), .mode = in.read<std::uint32_t>()};
  for (std::uint64_t* value : {&event.regime, &event.cases}) *value = in.read<std::uint64_t>();
  for (std::int64_t* value : {&event.onset, &event.time, &event.known}) *value = in.read<std::int64_t>();
  for (double* value : {&event.log_evidence, &event.rate_before, &event.rate}) *value = in.read<double>();
  return event;
}

}  // namespace

void FailureMemory::save(ByteWriter& out) const {
  const State& state = *state_;
  out.write(state.schema.numbers);
  out.write(state.schema.categories);
  out.write(state.schema.classes);
  out.write(state.options.without);
  out.write<std::uint64_t>(state.schema.embedding);
  for (const std::size_t value : {state.options.warm_up, state.options.max_warm_up, state.options.window,
                                  state.options.max_modes, state.options.max_pending})
    out.write<std::uint64_t>(value);
  out.write(state.options.confident);
  out.write(state.options.half_life);
  out.write(state.options.seed);
  state.embedder.save(out);
  state.held.save(out);
  state.pending.save(out);
  out.write(state.timed);
  out.write(state.last_case);
  out.write(state.last_outcome);
  out.write<std::uint64_t>(state.events.size());
  for (const RegimeEvent& event : state.events) write_event(out, event);
  out.write(state.fitted.has_value());
  if (!state.fitted) return;
  state.fitted->modes.save(out);
  state.fitted->regimes.save(out);
  state.fitted->risk.save(out);
  state.fitted->source.save(out);
}

Result<FailureMemory> FailureMemory::load(ByteReader& in) {
  Schema schema{.numbers = in.read_texts(), .categories = in.read_texts(), .classes = in.read_texts()};
  MemoryOptions options;
  options.without = in.read_texts();
  schema.embedding = static_cast<std::size_t>(in.read<std::uint64_t>());
  for (std::size_t* value :
       {&options.warm_up, &options.max_warm_up, &options.window, &options.max_modes, &options.max_pending})
    *value = static_cast<std::size_t>(in.read<std::uint64_t>());
  options.confident = in.read<double>();
  options.half_life = in.read<double>();
  options.seed = in.read<std::uint64_t>();
  if (in.truncated()) return data_error("the memory ends too early");
  ERRATA_TRY(check(options));
  ERRATA_ASSIGN(auto embedder, Embedder::load(in));
  ERRATA_ASSIGN(auto held, WarmUp::load(in));
  ERRATA_ASSIGN(auto pending, PendingCases::load(in));
  auto state = std::make_unique<State>(State{.schema = std::move(schema),
                                             .options = options,
                                             .embedder = std::move(embedder),
                                             .held = std::move(held),
                                             .pending = std::move(pending)});
  state->timed = in.read<std::uint8_t>() != 0;
  state->last_case = in.read<std::int64_t>();
  state->last_outcome = in.read<std::int64_t>();
  const auto events = in.read<std::uint64_t>();
  for (std::uint64_t i = 0; i < events && !in.truncated(); ++i) state->events.push_back(read_event(in));
  if (in.read<std::uint8_t>() == 0) {
    if (in.truncated()) return data_error("the memory ends too early");
    if (!state->consistent()) return data_error("the parts of the memory do not fit each other");
    return FailureMemory(std::move(state));
  }
  ERRATA_ASSIGN(auto modes, FailureModes::load(in));
  ERRATA_ASSIGN(auto regimes, RegimeDetector::load(in));
  ERRATA_ASSIGN(auto risk, RiskModel::load(in));
  ERRATA_ASSIGN(auto source, SourceRisk::load(in));
  if (in.truncated()) return data_error("the memory ends too early");
  state->fitted.emplace(FittedParts{
      .modes = std::move(modes), .regimes = std::move(regimes), .risk = std::move(risk), .source = std::move(source)});
  if (!state->consistent()) return data_error("the parts of the memory do not fit each other");
  state->x.resize(state->embedder.features());
  state->z.resize(state->embedder.width());
  return FailureMemory(std::move(state));
}

}  // namespace errata::memory
