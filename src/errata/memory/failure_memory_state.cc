// A case passes through four parts: the embedder says what it is like, the failure modes what failures it is near, the
// risk model how likely it is to fail, and the pending cases keep what was known of it then. Its outcome passes through
// them in the same order, with the numbers as they were when the case was assessed.
//
// Before there is an embedding nothing can be measured, so the first cases and outcomes are held in the order in which
// they came, and are played through the other parts once the embedder is fitted: from then on the memory is what it
// would have been had the embedding been known from the start.

#include "errata/memory/failure_memory_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace errata::memory {
namespace {

constexpr double kMostNumber = 1e18;

Result<void> check_share(std::string_view what, double value) {
  if (std::isnan(value) || (value >= 0 && value <= 1)) return {};
  return invalid_argument(fmt::format("{} {} is not in [0, 1]", what, value));
}

/// P(second class), or what stands for it: the source knows binary tasks alone.
double source_score(double positive_score, double confidence) {
  if (!std::isnan(positive_score)) return positive_score;
  return std::isnan(confidence) ? 0.5 : confidence;
}

/// A raw number for means and for the source's axes: its square must still be a float.
double moderate(double number) { return std::isinf(number) ? kUnknown : std::clamp(number, -kMostNumber, kMostNumber); }

/// The source was made for numbers: a log without any gives it one constant.
std::size_t source_width(const Schema& schema) { return std::max<std::size_t>(1, schema.numbers.size()); }

std::span<const double> source_numbers(const std::vector<double>& numbers) {
  static constexpr std::array<double, 1> kConstant{};
  return numbers.empty() ? std::span<const double>(kConstant) : std::span<const double>(numbers);
}

}  // namespace

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

FailureMemory::Sensed FailureMemory::State::sense(const CaseView& seen, bool with_source) {
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
  fitted->risk.sense(risk_case, row.kept);
  const double source = with_source ? fitted->source.danger(source_numbers(row.numbers), row.source_score,
                                                            static_cast<std::int64_t>(ticket))
                                    : 0;
  return {.assessed = {.ticket = ticket,
                       .danger = match.danger,
                       .mode = match.mode,
                       .similarity = match.similarity,
                       .warm = true},
          .confidence = seen.confidence,
          .source = source,
          .auditor_risk = seen.auditor_risk,
          .kept = row.kept};
}

Assessment FailureMemory::State::weigh(const Sensed& sensed) {
  const RiskModel::Estimate made =
      sensed.is_estimated ? fitted->risk.combine(sensed.kept, sensed.log_odds) : fitted->risk.weigh(sensed.kept);
  // Weights that somebody wrote into a snapshot may leave no number: nothing is riskier.
  const double risk = made.risk >= 0 && made.risk <= 1 ? made.risk : 1;
  scores = {risk,
            std::isnan(sensed.confidence) ? made.experts[kConfidenceExpert] : 1 - sensed.confidence,
            made.experts[kConfidenceEmaExpert],
            made.experts[kLogisticExpert],
            made.experts[kNeighboursExpert],
            sensed.source,
            sensed.auditor_risk};
  Assessment assessed = sensed.assessed;
  assessed.risk = risk;
  assessed.scores = scores;
  return assessed;
}

void FailureMemory::State::note(std::uint64_t ticket, PendingCases::Row& row, const Outcome& outcome, std::int64_t time,
                                bool with_source, Noted& into) {
  into.kept.swap(row.kept);
  into.failed = outcome.failed;
  into.is_taught = false;
  into.lag = static_cast<double>(pending.next_ticket() - 1 - ticket);
  into.events.clear();
  const ModeUpdate update = fitted->modes.learn({.z = row.z,
                                                 .numbers = row.numbers,
                                                 .confidence = row.confidence,
                                                 .failed = outcome.failed,
                                                 .ticket = ticket,
                                                 .time = row.time},
                                                time);
  if (update.retired != kNoMode)
    if (const auto ended = fitted->regimes.forget(update.retired, time)) into.events.push_back(*ended);
  for (const RegimeEvent& event : fitted->regimes.learn(update.mode, outcome.failed, row.time, time))
    into.events.push_back(event);
  fitted->risk.record(row.z, row.predicted, outcome.failed, outcome.label);
  if (with_source)
    fitted->source.learn(source_numbers(row.numbers), row.source_score, outcome.failed,
                         static_cast<std::int64_t>(pending.next_ticket()) - 1);
}

void FailureMemory::State::learn_embedded(std::uint64_t ticket, PendingCases::Row& row, const Outcome& outcome,
                                          std::int64_t time, bool with_source) {
  note(ticket, row, outcome, time, with_source, noted);
  fitted->risk.teach(noted.kept, noted.failed, noted.lag);
  for (const RegimeEvent& event : noted.events) {
    if (events.size() == kMostEvents) events.pop_front();
    events.push_back(event);
  }
}

Result<FittedParts> FailureMemory::State::fitted_to_held(const Cancellation* cancellation) {
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
    throw_if_requested(cancellation);
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
            options.seed, cancellation);
  ERRATA_ASSIGN(auto regimes, RegimeDetector::make({.max_modes = options.max_modes, .half_life = options.half_life}));
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
  ERRATA_ASSIGN(auto source, SourceRisk::fit(MatrixView<const double>(numbers, rows, columns), source_scores, failed,
                                             {}, cancellation));
  return FittedParts{
      .modes = std::move(modes), .regimes = std::move(regimes), .risk = std::move(risk), .source = std::move(source)};
}

void FailureMemory::State::play_held(const Cancellation* cancellation) {
  std::vector<std::string_view> texts;
  pending = PendingCases(options.max_pending);
  last_outcome = std::numeric_limits<std::int64_t>::min();  // the last one belongs to the end of the warm-up
  for (const WarmUp::Event& event : held.events()) {
    throw_if_requested(cancellation);
    if (!event.outcome) {
      last_case = event.time;
      const Assessment made = weigh(sense(held.view(event.held, texts), false));
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

Result<void> FailureMemory::State::fit(const Cancellation* cancellation) {
  ERRATA_TRY(embedder.fit());
  x.resize(embedder.features());
  z.resize(embedder.width());
  ERRATA_ASSIGN(auto made, fitted_to_held(cancellation));
  fitted.emplace(std::move(made));
  play_held(cancellation);
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

}  // namespace errata::memory
