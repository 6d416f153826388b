#include "errata/simulate/simulate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "errata/simulate/kinds.h"

namespace errata::simulate {
namespace {

constexpr std::size_t kMostRows = 1'000'000'000;
constexpr std::size_t kMostFeatures = 4'000;
constexpr std::string_view kRegimes = "regimes";
constexpr std::uint64_t kMostRegimesSeed = std::numeric_limits<std::uint32_t>::max();

struct DrawnKind {
  Kind kind;
  void (*draw)(Drawing&) = nullptr;
  void (*draw_features)(Drawing&, std::size_t features) = nullptr;
  std::size_t default_features = 0;
};

constexpr std::array kDrawnKinds{
    DrawnKind{{"credit", "a year of a credit model: hotspots, two bad weeks, a drifting feature", 100'000},
              draw_credit},
    DrawnKind{{"null", "failures that go with nothing", 100'000}, draw_null},
    DrawnKind{{"planted", "failures that go with nothing but one to three hotspots drawn from the seed", 100'000},
              draw_planted},
    DrawnKind{{"drift", "two features and the failure rate move in the middle of the year", 100'000}, draw_drift},
    DrawnKind{{"miscalibrated", "over-confident scores in one region", 100'000}, draw_miscalibrated},
    DrawnKind{{"numbers", "a regressor with errors that grow with the level, and a hotspot", 100'000}, draw_numbers},
    DrawnKind{{"multiclass", "four grades, one score column each, and a hotspot", 100'000}, draw_multiclass},
    DrawnKind{
        {"wide", "41 correlated features, or as many as asked for, and hotspots", 247'011}, nullptr, draw_wide, 41},
    DrawnKind{{"codes", "integer codes and err, in the shape of a binned log of flights", 1'000'000},
              nullptr,
              draw_codes,
              16},
    DrawnKind{{kRegimes, "five regimes in turn, the simulation of introspective failure memory", 50'000},
              draw_source_stream},
    DrawnKind{{"stream", "failure modes that come and go in many ways, labels that arrive late", 40'000}, draw_stream},
    DrawnKind{{"stream-stationary", "a stream whose failure modes are always active", 40'000}, draw_stream_stationary},
    DrawnKind{{"stream-abrupt", "a stream whose failure modes begin at once, and never come back", 40'000},
              draw_stream_abrupt},
    DrawnKind{{"stream-gradual", "a stream whose failure modes grow slowly", 40'000}, draw_stream_gradual},
    DrawnKind{{"stream-cyclic", "a stream whose failure modes come back in a cycle", 40'000}, draw_stream_cyclic},
};

constexpr auto kKinds = [] {
  std::array<Kind, kDrawnKinds.size()> kinds;
  for (std::size_t i = 0; i < kinds.size(); ++i) kinds[i] = kDrawnKinds[i].kind;
  return kinds;
}();

Result<const DrawnKind*> find_kind(const std::string& name) {
  for (const auto& drawn : kDrawnKinds)
    if (drawn.kind.name == name) return &drawn;
  std::vector<std::string_view> names;
  for (const auto& kind : kKinds) names.push_back(kind.name);
  return invalid_argument(fmt::format("there is no kind of log '{}'; the kinds are {}", name, fmt::join(names, ", ")));
}

Result<void> check(const SimulateOptions& options, const DrawnKind& kind) {
  if (options.rows > kMostRows)
    return invalid_argument(fmt::format("rows {} is over the limit of {}", options.rows, kMostRows));
  if (kind.kind.name == kRegimes && options.seed > kMostRegimesSeed)
    return invalid_argument(
        fmt::format("seed {} is over the limit of {} of the kind '{}'", options.seed, kMostRegimesSeed, kRegimes));
  if (!options.features) return {};
  if (kind.draw_features == nullptr)
    return invalid_argument(fmt::format(
        "the kind '{}' has features of its own; only wide and codes take a number of them", kind.kind.name));
  if (*options.features < 1 || *options.features > kMostFeatures)
    return invalid_argument(fmt::format("features {} is not in [1, {}]", *options.features, kMostFeatures));
  return {};
}

/// Categories of a class column: text as it is, 0/1 numbers as "0" and "1".
void set_classes(table::PredictionLog& log, const table::Column& label, const table::Column& prediction) {
  const bool text = label.kind == table::ColumnKind::categorical;
  log.classes = text ? label.categories : std::vector<std::string>{"0", "1"};
  const auto index = [&](const table::Column& column, std::size_t r) {
    return static_cast<std::uint32_t>(text ? column.codes[r] : static_cast<std::int32_t>(column.numbers[r]));
  };
  for (std::size_t r = 0; r < log.rows; ++r) {
    log.label_class.push_back(index(label, r));
    log.predicted_class.push_back(index(prediction, r));
  }
}

void set_scores(table::PredictionLog& log) {
  const auto* p1 = log.find("p1");
  if (const auto* score = p1 != nullptr ? p1 : log.find("score")) {
    log.roles.score = score->name;
    log.score_meaning = table::ScoreMeaning::positive_class;
    log.positive = "1";
    log.positive_score = score->numbers.to_vector();
    for (const double p : score->numbers) log.confidence.push_back(std::max(p, 1 - p));
    return;
  }
  for (const auto& name : log.classes) {
    const auto* column = log.find("p_" + name);
    if (column == nullptr) return;
    log.roles.scores.push_back(column->name);
    log.confidence.resize(log.rows);
    for (std::size_t r = 0; r < log.rows; ++r) log.confidence[r] = std::max(log.confidence[r], column->numbers[r]);
  }
}

}  // namespace

std::span<const Kind> kinds() { return kKinds; }

Result<SimulatedLog> simulate(const SimulateOptions& options, const Cancellation* cancellation) {
  ERRATA_ASSIGN(const auto* kind, find_kind(options.kind));
  ERRATA_TRY(check(options, *kind));
  Drawing drawing(options, options.rows == 0 ? kind->kind.default_rows : options.rows, cancellation);
  if (kind->draw != nullptr)
    kind->draw(drawing);
  else
    kind->draw_features(drawing, options.features.value_or(kind->default_features));
  return std::move(drawing).finish();
}

table::PredictionLog prediction_log(const SimulatedLog& drawn) {
  table::PredictionLog log;
  log.rows = drawn.failed.size();
  log.columns = drawn.columns;
  log.failed = drawn.failed;
  log.roles.features = drawn.features;
  log.rule = {.kind = table::FailureRule::Kind::expression, .words = drawn.truth.failure, .sql = drawn.truth.failure};
  if (log.find("timestamp") != nullptr) {
    log.roles.time = "timestamp";
    if (log.find("batch") != nullptr) log.roles.stream = "batch";
  }
  const bool named_y = log.find("y_true") != nullptr;
  const auto* label = log.find(named_y ? "y_true" : "label");
  const auto* prediction = log.find(named_y ? "y_pred" : "prediction");
  if (label == nullptr) return log;
  log.roles.label = label->name;
  log.roles.prediction = prediction->name;
  if (drawn.truth.kind == "numbers") {
    log.task = table::Task::numbers;
    return log;
  }
  log.task = table::Task::classes;
  log.rule.kind = table::FailureRule::Kind::mismatch;
  set_classes(log, *label, *prediction);
  set_scores(log);
  return log;
}

}  // namespace errata::simulate
