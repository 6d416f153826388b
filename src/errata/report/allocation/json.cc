#include "errata/report/allocation/json.h"

#include <nlohmann/json.hpp>

#include "errata/report/allocation/words.h"
#include "errata/report/kit/json_values.h"

namespace errata::report {
namespace {

using Json = nlohmann::ordered_json;
using relevance::Allocated;

Json guard_json(const relevance::GuardReading& reading) {
  return {{"guard", relevance::name_of(reading.guard)},
          {"fired", reading.fired()},
          {"value", reading.value},
          {"limit", reading.limit},
          {"fires", reading.fires_above ? "above" : "below"},
          {"sure", reading.sure()}};
}

/// Names of the guards that an encoder that decided cannot tell.
Json guards_not_available(bool unlike_not_told) {
  Json names = Json::array();
  if (unlike_not_told) names.push_back(relevance::name_of(relevance::Guard::unlike_training));
  return names;
}

Json position_json(const Allocated& allocated, std::size_t i) {
  const relevance::PatchGrid& grid = allocated.allocation.grid;
  const std::uint32_t patch = allocated.allocation.positions[i];
  const image::Box box = grid.box(patch);
  const auto& scores = allocated.scores;
  Json json{{"patch", patch},
            {"row", grid.row_of(patch)},
            {"column", grid.column_of(patch)},
            {"box", {box.left, box.top, box.right(), box.bottom()}},
            {"tokens", allocated.allocation.budgets[i]},
            {"relevance", scores.balanced[patch]},
            {"propositional", scores.propositional[patch]},
            {"perspectival", scores.perspectival[patch]}};
  json["participatory"] = scores.participatory.empty() ? Json(nullptr) : Json(scores.participatory[patch]);
  return json;
}

Json fixations_json(const relevance::ImageAllocation& made) {
  Json fixations = Json::array();
  for (const relevance::Allocation& fixation : made.fixations())
    fixations.push_back({{"fixation", fixations.size() + 1},
                         {"tokens", fixation.tokens()},
                         {"patches", fixation.positions},
                         {"budgets", fixation.budgets}});
  return fixations;
}

}  // namespace

std::string allocation_json(const relevance::ImageAllocation& made, int indent) {
  const Allocated& allocated = made.allocated;
  const relevance::PatchGrid& grid = allocated.allocation.grid;
  Json positions = Json::array();
  for (std::size_t i = 0; i < allocated.allocation.positions.size(); ++i)
    positions.push_back(position_json(allocated, i));
  const auto& limits = made.options.limits;
  const auto& weights = allocated.scores.weights;
  const Json json{
      {"schema", "errata.allocation"},
      {"schema_version", kAllocationSchemaVersion},
      {"image", made.image},
      {"height", grid.height},
      {"width", grid.width},
      {"patch", relevance::kPatch},
      {"rows", grid.rows()},
      {"columns", grid.columns()},
      {"query", made.query},
      {"encoder", made.encoder.empty() ? Json(nullptr) : Json(made.encoder)},
      {"headline", allocation_headline(made)},
      {"strategy", relevance::name_of(allocated.selection.strategy)},
      {"strategy_chosen", !made.options.strategy.has_value()},
      {"sure", allocated.selection.sure},
      {"guards", array_of(allocated.selection.guards, guard_json)},
      {"guards_not_available", guards_not_available(allocated.unlike_not_told)},
      {"structure", allocated.structure},
      {"specificity", allocated.query.value},
      {"unlike", or_null(allocated.unlike)},
      {"agreement", allocated.scores.agreement},
      {"weights",
       {{"propositional", weights.propositional},
        {"perspectival", weights.perspectival},
        {"participatory", weights.participatory}}},
      {"budget",
       {{"rule", relevance::name_of(made.options.rule)},
        {"least", limits.least},
        {"most", limits.most},
        {"total", limits.total},
        {"used", allocated.allocation.tokens()}}},
      {"patches_in_padding", allocated.in_padding},
      {"positions", std::move(positions)},
      {"revisits", made.revisits},
      {"fixations", fixations_json(made)},
      {"warnings", made.warnings},
  };
  return json_text(json, indent);
}

std::string frame_json(const relevance::FrameAllocation& frame) {
  const Allocated& allocated = frame.allocated;
  return json_text(Json{{"frame", frame.number},
                        {"seconds", frame.seconds},
                        {"begins_context", frame.begins_context},
                        {"shift", {frame.shift.right, frame.shift.down}},
                        {"response", frame.shift.response},
                        {"strategy", relevance::name_of(allocated.selection.strategy)},
                        {"tokens", allocated.allocation.tokens()},
                        {"patches", allocated.allocation.positions},
                        {"budgets", allocated.allocation.budgets}},
                   -1);
}

std::string video_json(const relevance::VideoAllocation& made, int indent) {
  const auto& summary = made.summary;
  Json stretches = Json::array(), strategies = Json::object();
  for (const relevance::VideoStretch& stretch : made.course.stretches()) {
    const auto frames = static_cast<double>(stretch.frames);
    stretches.push_back(
        {{"frame", stretch.first},
         {"seconds", stretch.seconds},
         {"frames", stretch.frames},
         {"tokens", static_cast<double>(stretch.tokens) / frames},
         {"shift", stretch.shift / frames},
         {"jitter",
          stretch.jittered == 0 ? Json(nullptr) : Json(stretch.jitter / static_cast<double>(stretch.jittered))},
         {"contexts", stretch.contexts},
         {"strategy", relevance::name_of(stretch.strategy())}});
  }
  for (const auto& [strategy, frames] : summary.strategies)
    strategies[std::string(relevance::name_of(strategy))] = frames;
  const auto& limits = summary.options.limits;
  return json_text(Json{{"schema", "errata.allocation.video"},
                        {"schema_version", kAllocationSchemaVersion},
                        {"video", summary.video},
                        {"height", summary.height},
                        {"width", summary.width},
                        {"query", summary.query},
                        {"encoder", summary.encoder.empty() ? Json(nullptr) : Json(summary.encoder)},
                        {"frames", summary.frames},
                        {"tokens", summary.tokens},
                        {"most_tokens", summary.most_tokens},
                        {"budget",
                         {{"rule", relevance::name_of(summary.options.rule)},
                          {"least", limits.least},
                          {"most", limits.most},
                          {"total", limits.total}}},
                        {"contexts", summary.contexts.size()},
                        {"strategies", std::move(strategies)},
                        {"guards_not_available", guards_not_available(summary.unlike_not_told)},
                        {"stretches", std::move(stretches)},
                        {"warnings", summary.warnings}},
                   indent);
}

}  // namespace errata::report
