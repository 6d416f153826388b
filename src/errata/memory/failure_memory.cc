// A case passes through four parts: the embedder says what it is like, the failure modes what failures it is near, the
// risk model how likely it is to fail, and the pending cases keep what was known of it then. Its outcome passes through
// them in the same order, with the numbers as they were when the case was assessed.
//
// Before there is an embedding nothing can be measured, so the first cases and outcomes are held in the order in which
// they came, and are played through the other parts once the embedder is fitted: from then on the memory is what it
// would have been had the embedding been known from the start.

#include "errata/memory/failure_memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <limits>
#include <utility>

#include "errata/memory/embedder.h"
#include "errata/memory/pending_cases.h"
#include "errata/memory/risk_model.h"
#include "errata/memory/source_risk.h"
#include "errata/memory/warm_up.h"

namespace errata::memory {
namespace {

constexpr std::array<std::string_view, 7> kScoreNames{"errata",     "confidence", "confidence_ema", "logistic",
                                                      "neighbours", "source",     "auditor"};
constexpr std::size_t kMostEvents = 10'000;
constexpr double kMostNumber = 1e18;

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

Result<void> check_share(std::string_view what, double value) {
  if (std::isnan(value) || (value >= 0 && value <= 1)) return {};
  return invalid_argument(fmt::format("{} {} is not in [0, 1]", what, value));
}

/// P(second class), or what stands for it: the source knows binary tasks alone.
double source_score(double positive_score, double confidence) {
  if (!std::isnan(positive_score)) return positive_score;
  return std::isnan(confidence) ? 0.5 : confidence;
}

/// What there is once the embedding is fitted.
struct Fitted {
  FailureModes modes;
  RegimeDetector regimes;
  RiskModel risk;
  SourceRisk source;
};

/// A raw number for means and for the source's axes: its square must still be a float.
double moderate(double number) { return std::isinf(number) ? kUnknown : std::clamp(number, -kMostNumber, kMostNumber); }

/// The source was made for numbers: a log without any gives it one constant.
std::size_t source_width(const Schema& schema) { return std::max<std::size_t>(1, schema.numbers.size()); }

std::span<const double> source_numbers(const std::vector<double>& numbers) {
  static constexpr std::array<double, 1> kConstant{};
  return numbers.empty() ? std::span<const double>(kConstant) : std::span<const double>(numbers);
}

}  // namespace

struct FailureMemory::State {
  Schema schema;
  MemoryOptions options;
  Embedder embedder;
  WarmUp held;
  PendingCases pending;
  std::optional<Fitted> fitted{};
  std::deque<RegimeEvent> events{};
  std::vector<PlayedCase> played{};
  bool timed = false;
  std::int64_t last_case = 0;
  std::int64_t last_outcome = std::numeric_limits<std::int64_t>::min();  ///< none yet
  std::vector<float> x{}, z{};
  std::array<double, kScoreNames.size()> scores{};

  [[nodiscard]] Result<void> fits(const CaseView& seen) const;
  [[nodiscard]] Result<void> fits(std::uint64_t ticket, const Outcome& outcome) const;
  [[nodiscard]] std::int64_t now() const { return std::max(last_case, last_outcome); }
  [[nodiscard]] Assessment assess_held(const CaseView& seen);
  [[nodiscard]] Assessment assess_embedded(const CaseView& seen, bool with_source);
  void learn_embedded(std::uint64_t ticket, PendingCases::Row& row, const Outcome& outcome, std::int64_t time,
                      bool with_source);
  [[nodiscard]] Result<void> fit();
  [[nodiscard]] Result<Fitted> fitted_to_held();
  void play_held();
  [[nodiscard]] bool consistent() const;
};

Result<void> FailureMemory::State::fits(const CaseView& seen) const {
  if (seen.numbers.size() != schema.numbers.size())
    return invalid_argument(
        fmt::format("a case has {} numeric features, the memory {}", seen.numbers.size(), schema.numbers.size()));
  if (seen.categories.size() != schema.categories.size())
    return invalid_argument(fmt::format("a case has {} categorical features, the memory {}", seen.categories.size(),
                                        schema.categories.size()));
  if (seen.embedding.size() != schema.embedding)
    return invalid_argument(
        fmt::format("a case has an embedding of width {}, the memory {}", seen.embedding.size(), schema.embedding));
  if (!std::ranges::all_of(seen.embedding, [](float value) { return std::isfinite(value); }))
    return invalid_argument("the embedding of a case has a value that is not finite");
  if (seen.predicted != kNoClass && !schema.classes.empty() && seen.predicted >= schema.classes.size())
    return invalid_argument(
        fmt::format("predicted class {} is not among the {} classes", seen.predicted, schema.classes.size()));
  ERRATA_TRY(check_share("confidence", seen.confidence));
  ERRATA_TRY(check_share("score", seen.positive_score));
  return check_share("auditor's risk", seen.auditor_risk);
}

Result<void> FailureMemory::State::fits(std::uint64_t ticket, const Outcome& outcome) const {
  if (outcome.label == kNoClass || schema.classes.empty() || outcome.label < schema.classes.size()) return {};
  return invalid_argument(
      fmt::format("label {} of case {} is not among the {} classes", outcome.label, ticket, schema.classes.size()));
}

Assessment FailureMemory::State::assess_held(const CaseView& seen) {
  const std::uint64_t held_at = held.hold(seen);
  const std::uint64_t ticket = pending.next_ticket();
  PendingCases::Row& row = pending.add();
  row.time = seen.time;
  ERRATA_CHECK(held_at == ticket);
  embedder.observe(seen);
  const double risk = std::isnan(seen.confidence) ? 0.5 : 1 - seen.confidence;
  scores.fill(risk);
  scores[5] = 0;
  scores[6] = seen.auditor_risk;
  return {.ticket = ticket, .risk = risk, .scores = scores};
}

Assessment FailureMemory::State::assess_embedded(const CaseView& seen, bool with_source) {
  embedder.embed(seen, x, z);
  const ModeMatch match = fitted->modes.match(z, now());
  const RiskCase risk_case{.x = x,
                           .z = z,
                           .predicted = seen.predicted,
                           .confidence = seen.confidence,
                           .auditor_risk = seen.auditor_risk,
                           .mode_danger = match.danger,
                           .mode_rate = match.rate};
  const std::uint64_t ticket = pending.next_ticket();
  PendingCases::Row& row = pending.add();
  row.time = seen.time;
  row.predicted = seen.predicted;
  row.confidence = seen.confidence;
  row.source_score = source_score(seen.positive_score, seen.confidence);
  row.kept.resize(fitted->risk.kept());
  row.z = z;
  row.numbers.clear();
  for (const double number : seen.numbers) row.numbers.push_back(moderate(number));
  const RiskModel::Estimate made = fitted->risk.estimate(risk_case, row.kept);
  const double confidence = std::isnan(seen.confidence) ? made.experts[kConfidenceExpert] : 1 - seen.confidence;
  const double source = with_source ? fitted->source.danger(source_numbers(row.numbers), row.source_score,
                                                            static_cast<std::int64_t>(ticket))
                                    : 0;
  scores = {made.risk,
            confidence,
            made.experts[kConfidenceEmaExpert],
            made.experts[kLogisticExpert],
            made.experts[kNeighboursExpert],
            source,
            seen.auditor_risk};
  return {.ticket = ticket,
          .risk = made.risk,
          .danger = match.danger,
          .mode = match.mode,
          .similarity = match.similarity,
          .scores = scores,
          .warm = true};
}

void FailureMemory::State::learn_embedded(std::uint64_t ticket, PendingCases::Row& row, const Outcome& outcome,
                                          std::int64_t time, bool with_source) {
  const double lag = static_cast<double>(pending.next_ticket() - 1 - ticket);
  const ModeUpdate update = fitted->modes.learn({.z = row.z,
                                                 .numbers = row.numbers,
                                                 .confidence = row.confidence,
                                                 .failed = outcome.failed,
                                                 .ticket = ticket,
                                                 .time = row.time},
                                                time);
  const auto keep = [this](const RegimeEvent& event) {
    if (events.size() == kMostEvents) events.pop_front();
    events.push_back(event);
  };
  if (update.retired != kNoMode)
    if (const auto ended = fitted->regimes.forget(update.retired, time)) keep(*ended);
  for (const RegimeEvent& event : fitted->regimes.learn(update.mode, outcome.failed, row.time, time)) keep(event);
  fitted->risk.learn(row.kept, row.z, row.predicted, outcome.failed, outcome.label, lag);
  if (with_source)
    fitted->source.learn(source_numbers(row.numbers), row.source_score, outcome.failed,
                         static_cast<std::int64_t>(pending.next_ticket()) - 1);
}

Result<Fitted> FailureMemory::State::fitted_to_held() {
  const std::size_t width = embedder.width();
  std::vector<float> embedded;
  std::vector<float> confident;
  std::vector<std::uint32_t> predicted;
  std::vector<double> numbers;
  std::vector<double> source_scores;
  std::vector<std::uint8_t> failed;
  std::vector<std::string_view> texts;
  double usual = 0;
  std::size_t known = 0;
  for (std::size_t at = 0; at < held.cases().size(); ++at) {
    const WarmUp::HeldCase& from = held.cases()[at];
    embedder.embed(held.view(at, texts), x, z);
    embedded.insert(embedded.end(), z.begin(), z.end());
    predicted.push_back(from.predicted);
    const bool fails = from.outcome && from.outcome->failed;
    if (from.outcome) {
      ++known;
      usual += fails ? 1 : 0;
    }
    if (fails && !(from.confidence < options.confident)) confident.insert(confident.end(), z.begin(), z.end());
    for (const double number : from.numbers) numbers.push_back(moderate(number));
    source_scores.push_back(source_score(from.positive_score, from.confidence));
    failed.push_back(fails ? 1 : 0);
  }
  // Without outcomes the model's own word is all there is; half a failure is added either way.
  if (known == 0)
    for (const WarmUp::HeldCase& from : held.cases()) usual += std::isnan(from.confidence) ? 0.5 : 1 - from.confidence;
  const double rate = (usual + 0.5) / (static_cast<double>(known == 0 ? held.cases().size() : known) + 1);

  const std::size_t rows = held.cases().size();
  ERRATA_ASSIGN(auto modes, FailureModes::make({.width = width,
                                                .numbers = schema.numbers.size(),
                                                .max_modes = options.max_modes,
                                                .fit_modes = std::min<std::size_t>(8, options.max_modes),
                                                .confident = options.confident,
                                                .half_life = options.half_life}));
  modes.fit(MatrixView<const float>(confident, confident.size() / width, width), held.cases().front().time,
            options.seed);
  ERRATA_ASSIGN(auto regimes, RegimeDetector::make({.max_modes = options.max_modes}));
  const SignalOptions signals{.features = embedder.features(),
                              .width = width,
                              .classes = schema.classes.size(),
                              .window = options.window,
                              .seed = options.seed};
  ERRATA_ASSIGN(const auto included, experts_without(options.without));
  ERRATA_ASSIGN(auto risk,
                RiskModel::fit(signals, MatrixView<const float>(embedded, rows, width), predicted, rate, included));
  const std::size_t columns = source_width(schema);
  numbers.resize(rows * columns);
  ERRATA_ASSIGN(auto source,
                SourceRisk::fit(MatrixView<const double>(numbers, rows, columns), source_scores, failed, {}));
  return Fitted{
      .modes = std::move(modes), .regimes = std::move(regimes), .risk = std::move(risk), .source = std::move(source)};
}

void FailureMemory::State::play_held() {
  std::vector<std::string_view> texts;
  pending = PendingCases(options.max_pending);
  last_outcome = std::numeric_limits<std::int64_t>::min();  // the last one belongs to the end of the warm-up
  for (const WarmUp::Event& event : held.events()) {
    if (!event.outcome) {
      last_case = event.time;
      const Assessment made = assess_embedded(held.view(event.held, texts), false);
      PlayedCase& kept = played.emplace_back();
      std::ranges::copy(made.scores, kept.scores.begin());
      if (const auto& outcome = held.cases()[event.held].outcome) kept.failed = outcome->failed;
      continue;
    }
    last_outcome = event.time;
    const auto row = pending.find(event.held);
    if (!row) continue;  // given up long ago
    learn_embedded(event.held, **row, *held.cases()[event.held].outcome, event.time, false);
    pending.remove(event.held);
  }
}

Result<void> FailureMemory::State::fit() {
  ERRATA_TRY(embedder.fit());
  x.resize(embedder.features());
  z.resize(embedder.width());
  ERRATA_ASSIGN(auto made, fitted_to_held());
  fitted.emplace(std::move(made));
  play_held();
  held = WarmUp();
  return {};
}

/// What one part takes for granted of another: a snapshot says each of these things more than once.
bool FailureMemory::State::consistent() const {
  const bool bounds = pending.capacity() == options.max_pending && events.size() <= kMostEvents &&
                      std::ranges::all_of(events, [](const RegimeEvent& e) { return e.change <= RegimeChange::usual; });
  if (!bounds || embedder.schema() != schema || embedder.fitted() != fitted.has_value()) return false;
  if (!fitted) {
    if (held.cases().size() != pending.next_ticket() || !pending.fit(0, 0, 0)) return false;
    std::vector<std::string_view> texts;
    for (std::size_t at = 0; at < held.cases().size(); ++at) {
      if (!fits(held.view(at, texts)) || !fits(at, held.cases()[at].outcome.value_or(Outcome{}))) return false;
    }
    return true;
  }
  const SignalOptions& signals = fitted->risk.options();
  return held.cases().empty() && fitted->modes.options().width == embedder.width() &&
         fitted->modes.options().numbers == schema.numbers.size() && signals.width == embedder.width() &&
         signals.features == embedder.features() && signals.classes == schema.classes.size() &&
         fitted->source.width() == source_width(schema) &&
         pending.fit(fitted->risk.kept(), embedder.width(), schema.numbers.size());
}

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

Result<Assessment> FailureMemory::assess(const CaseView& seen) {
  State& state = *state_;
  ERRATA_TRY(state.fits(seen));
  if (state.timed && seen.time < state.last_case)
    return invalid_argument(fmt::format("time goes back from {} to {}", state.last_case, seen.time));
  state.timed = true;
  state.last_case = seen.time;
  if (state.fitted) return state.assess_embedded(seen, true);
  const Assessment made = state.assess_held(seen);
  const std::size_t enough = std::min(state.options.warm_up, state.options.max_warm_up);
  if (state.held.cases().size() >= enough) ERRATA_TRY(state.fit());
  return made;
}

Result<void> FailureMemory::learn(std::uint64_t ticket, const Outcome& outcome, std::int64_t time) {
  State& state = *state_;
  ERRATA_ASSIGN(PendingCases::Row* const row, state.pending.find(ticket));
  ERRATA_TRY(state.fits(ticket, outcome));
  if (time < row->time)
    return invalid_argument(
        fmt::format("the outcome of case {} is known at {}, before the case at {}", ticket, time, row->time));
  state.last_outcome = std::max(state.last_outcome, time);
  if (state.fitted) {
    state.learn_embedded(ticket, *row, outcome, state.last_outcome, true);
  } else {
    ERRATA_TRY(state.held.learn(ticket, outcome, state.last_outcome));
  }
  state.pending.remove(ticket);
  return {};
}

Result<void> FailureMemory::finish_warm_up() {
  if (state_->fitted) return {};
  return state_->fit();
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

void write_names(ByteWriter& out, const std::vector<std::string>& names) {
  out.write<std::uint64_t>(names.size());
  for (const std::string& name : names) out.write(name);
}

std::vector<std::string> read_names(ByteReader& in) {
  std::vector<std::string> names;
  const auto count = in.read<std::uint64_t>();
  for (std::uint64_t i = 0; i < count && !in.truncated(); ++i) names.push_back(in.read_text());
  return names;
}

}  // namespace

void FailureMemory::save(ByteWriter& out) const {
  const State& state = *state_;
  write_names(out, state.schema.numbers);
  write_names(out, state.schema.categories);
  write_names(out, state.schema.classes);
  write_names(out, state.options.without);
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
  Schema schema{.numbers = read_names(in), .categories = read_names(in), .classes = read_names(in)};
  MemoryOptions options;
  options.without = read_names(in);
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
  state->fitted.emplace(Fitted{
      .modes = std::move(modes), .regimes = std::move(regimes), .risk = std::move(risk), .source = std::move(source)});
  if (!state->consistent()) return data_error("the parts of the memory do not fit each other");
  state->x.resize(state->embedder.features());
  state->z.resize(state->embedder.width());
  return FailureMemory(std::move(state));
}

}  // namespace errata::memory
