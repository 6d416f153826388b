#include "errata/engine_nn/allocator_protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "errata/base/json_nesting.h"
#include "errata/base/utf8.h"

namespace errata::engine_nn {
namespace {

using checklist::Answer;
using checklist::BadAnswer;
using checklist::Fault;
using relevance::Allocation;
using Json = nlohmann::ordered_json;

constexpr std::size_t kDeepest = 8, kQuoted = 60;

std::string dumped(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

/// A value in words, cut when it is long.
std::string quoted(const Json& value) {
  std::string text = dumped(value);
  if (text.size() > kQuoted) text = std::string(first_bytes(text, kQuoted)) + "...";
  return text;
}

std::unexpected<BadAnswer> bad(Fault fault, std::string message) {
  return std::unexpected(BadAnswer{.fault = fault, .message = std::move(message)});
}

/// The list of whole numbers under a key.
std::expected<const Json*, BadAnswer> list_of(const Json& json, const char* key) {
  const auto list = json.find(key);
  if (list == json.end() || !list->is_array())
    return bad(Fault::malformed, fmt::format("the answer has no list '{}'", key));
  for (const Json& value : *list)
    if (!value.is_number_integer())
      return bad(Fault::malformed, fmt::format("{} in '{}' is no whole number", quoted(value), key));
  return &*list;
}

/// Whether a whole number, signed or not, lies in [least, most].
bool is_within(const Json& value, std::uint64_t least, std::uint64_t most) {
  if (!value.is_number_unsigned() && value.get<std::int64_t>() < 0) return false;
  const auto number = value.get<std::uint64_t>();
  return number >= least && number <= most;
}

/// The object of a line that answers the question `id`.
std::expected<Json, BadAnswer> object_of(std::string_view line, std::uint64_t id) {
  if (nests_deeper(line, kDeepest)) return bad(Fault::malformed, "the answer is nested too deep");
  Json json = Json::parse(line, nullptr, false);
  if (!json.is_object())
    return bad(Fault::malformed, fmt::format("the answer is no JSON object: {}", quoted(Json(std::string(line)))));
  const auto own = json.find("id");
  if (own == json.end()) return bad(Fault::malformed, "the answer has no 'id'");
  if (!own->is_number_integer() || !is_within(*own, id, id))
    return bad(Fault::other_id, fmt::format("the answer has id {}, the question {}", quoted(*own), id));
  if (const auto error = json.find("error"); error != json.end())
    return bad(Fault::refused, "it says: " + (error->is_string() ? error->get<std::string>() : quoted(*error)));
  return json;
}

Answer allocation_of(const Json& positions, const Json& budgets, const checklist::Task& task) {
  Allocation made{
      .grid = {.height = task.picture->height, .width = task.picture->width}, .positions = {}, .budgets = {}};
  std::vector<std::uint8_t> taken(made.grid.count());
  std::size_t left = task.total;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    if (!is_within(positions[i], 0, taken.size() - 1))
      return bad(Fault::outside, fmt::format("position {} is not in [0, {})", quoted(positions[i]), taken.size()));
    const auto position = positions[i].get<std::uint32_t>();
    if (std::exchange(taken[position], 1) != 0)
      return bad(Fault::repeated, fmt::format("position {} stands in the answer twice", position));
    if (!is_within(budgets[i], 1, task.total))
      return bad(Fault::budget,
                 fmt::format("budget {} of position {} is not in [1, {}]", quoted(budgets[i]), position, task.total));
    const auto budget = budgets[i].get<std::size_t>();
    if (budget > left)
      return bad(Fault::over_total, fmt::format("the budgets of the first {} of {} positions sum to {} tokens, of {}",
                                                i + 1, positions.size(), task.total - left + budget, task.total));
    left -= budget;
    made.positions.push_back(position);
    made.budgets.push_back(budget);
  }
  return made;
}

}  // namespace

AllocatorQuestion question_of(const checklist::Task& task, std::uint64_t id, std::string image) {
  const relevance::PatchGrid grid{.height = task.picture->height, .width = task.picture->width};
  return {.id = id,
          .image = std::move(image),
          .query = task.query,
          .width = grid.width,
          .height = grid.height,
          .patch = relevance::kPatch,
          .rows = grid.rows(),
          .columns = grid.columns(),
          .max_positions = checklist::kPositions,
          .max_tokens = task.total,
          .frame = task.frame,
          .examined = task.examined};
}

std::string line_of(const AllocatorQuestion& question) {
  Json json{{"id", question.id},
            {"image", question.image},
            {"query", question.query},
            {"width", question.width},
            {"height", question.height},
            {"patch", question.patch},
            {"rows", question.rows},
            {"columns", question.columns},
            {"max_positions", question.max_positions},
            {"max_tokens", question.max_tokens}};
  if (question.frame) {
    json["video"] = question.frame->video;
    json["frame"] = question.frame->number;
  }
  if (!question.examined.empty()) json["examined"] = question.examined;
  return dumped(json);
}

Result<AllocatorQuestion> parse_question(std::string_view line) {
  try {
    const Json json = Json::parse(line);
    AllocatorQuestion question{.id = json.at("id"),
                               .image = json.at("image"),
                               .query = json.at("query"),
                               .width = json.at("width"),
                               .height = json.at("height"),
                               .patch = json.at("patch"),
                               .rows = json.at("rows"),
                               .columns = json.at("columns"),
                               .max_positions = json.at("max_positions"),
                               .max_tokens = json.at("max_tokens")};
    if (json.contains("video")) question.frame = {.video = json.at("video"), .number = json.at("frame")};
    if (json.contains("examined")) question.examined = json.at("examined").get<std::vector<std::uint32_t>>();
    return question;
  } catch (const nlohmann::json::exception& problem) {
    return data_error(fmt::format("no question of Errata's: {}", problem.what()));
  }
}

Answer parse_answer(std::string_view line, std::uint64_t id, const checklist::Task& task) {
  const auto json = object_of(line, id);
  if (!json) return std::unexpected(json.error());
  const auto positions = list_of(*json, "positions"), budgets = list_of(*json, "budgets");
  if (!positions) return std::unexpected(positions.error());
  if (!budgets) return std::unexpected(budgets.error());
  if ((*positions)->size() != (*budgets)->size())
    return bad(Fault::malformed, fmt::format("{} positions have {} budgets", (*positions)->size(), (*budgets)->size()));
  if ((*positions)->size() > checklist::kPositions)
    return bad(Fault::too_many,
               fmt::format("{} positions, at most {} are allowed", (*positions)->size(), checklist::kPositions));
  return allocation_of(**positions, **budgets, task);
}

std::string answer_line(std::uint64_t id, const std::vector<std::uint32_t>& positions,
                        const std::vector<std::uint64_t>& budgets) {
  return dumped({{"id", id}, {"positions", positions}, {"budgets", budgets}});
}

std::string refusal_line(std::uint64_t id, std::string_view why) { return dumped({{"id", id}, {"error", why}}); }

}  // namespace errata::engine_nn
