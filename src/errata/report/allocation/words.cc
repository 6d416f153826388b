#include "errata/report/allocation/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "errata/report/kit/numbers.h"

namespace errata::report {

using relevance::Guard;
using relevance::Strategy;

std::string strategy_words(Strategy strategy) {
  switch (strategy) {
    case Strategy::focused: return "the most relevant ones";
    case Strategy::cluster: return "the most relevant ones of the most relevant parts";
    case Strategy::grid_diverse: return "the most relevant one of each cell of a grid";
    case Strategy::uniform: return "evenly spread";
    case Strategy::random: return "drawn at random";
    case Strategy::downsample: break;
  }
  return "all alike";
}

std::string allocation_headline(const relevance::ImageAllocation& made) {
  const auto& allocation = made.allocated.allocation;
  return fmt::format("{} of {} {} {}: {}", count_text(allocation.positions.size()),
                     counted(allocation.grid.count(), "patch", "patches"),
                     allocation.positions.size() == 1 ? "gets" : "get", counted(allocation.tokens(), "token", "tokens"),
                     strategy_words(made.allocated.selection.strategy));
}

std::string fixation_words(const relevance::ImageAllocation& made, std::size_t number,
                           const relevance::Allocation& fixation) {
  std::string words = fmt::format("Fixation {}: {} for {}", number, counted(fixation.tokens(), "token", "tokens"),
                                  counted(fixation.positions.size(), "patch", "patches"));
  if (fixation.positions.empty()) return words;
  const auto relevance_of = [&](std::uint32_t patch) { return made.allocated.scores.balanced[patch]; };
  const auto [least, most] = std::ranges::minmax(fixation.positions, {}, relevance_of);
  return words +
         fmt::format(", relevance {} to {}", number_text(relevance_of(least), 2), number_text(relevance_of(most), 2));
}

std::string fixations_headline(const relevance::ImageAllocation& made) {
  return fmt::format("{} fixations; {}", count_text(made.later.size() + 1),
                     made.revisits ? "each may look where another has looked" : "none looks where another has looked");
}

std::string guard_words(const relevance::GuardReading& reading) {
  const std::string value = number_text(reading.value, 3), limit = number_text(reading.limit, 3);
  const bool fired = reading.fired();
  switch (reading.guard) {
    case Guard::no_structure:
      return fired
                 ? fmt::format("edges lie evenly over the image (unevenness {}, structure begins at {})", value, limit)
                 : fmt::format("edges show structure (unevenness {}, at least {})", value, limit);
    case Guard::vague_query:
      return fired ? fmt::format("the query would suit any image (specificity {}, under {})", value, limit)
                   : fmt::format("the query is about something (specificity {}, at least {})", value, limit);
    case Guard::unlike_training:
      return fired ? fmt::format("the image is unlike those that the encoder knows ({}, over {})", value, limit)
                   : fmt::format("the image is like those that the encoder knows ({}, at most {})", value, limit);
    case Guard::query_not_understood: break;
  }
  return fired ? "nothing relates the query to the image" : "the query is related to the image";
}

std::string no_unlike_words(std::string_view encoder) {
  return fmt::format(
      "guard {} is not available: {} does not say which images it knows, and is believed in an image of any kind",
      relevance::name_of(Guard::unlike_training), plain_text(encoder));
}

std::vector<DecisionWords> decision_words(const relevance::ImageAllocation& made) {
  const auto& allocated = made.allocated;
  const auto& weights = allocated.scores.weights;
  const auto& limits = made.options.limits;
  std::vector<DecisionWords> lines;
  const auto add = [&](std::string words, bool alert = false) {
    lines.push_back({.words = std::move(words), .alert = alert});
  };
  add(made.options.strategy ? fmt::format("strategy {}, as asked for", relevance::name_of(*made.options.strategy))
                            : fmt::format("strategy {}, {} sure", relevance::name_of(allocated.selection.strategy),
                                          percent_text(allocated.selection.sure)));
  for (const auto& reading : allocated.selection.guards) add(guard_words(reading), reading.fired());
  if (allocated.unlike_not_told) add(no_unlike_words(made.encoder));
  add(fmt::format("weights: information {}, salience {}, query {}", number_text(weights.propositional, 2),
                  number_text(weights.perspectival, 2), number_text(weights.participatory, 2)));
  add(fmt::format("budget {}: {} to {} tokens a patch, {} in all", relevance::name_of(made.options.rule),
                  count_text(limits.least), count_text(limits.most), count_text(limits.total)));
  if (allocated.in_padding > 0)
    add(fmt::format("{} of bars and frames left out", counted(allocated.in_padding, "patch", "patches")));
  return lines;
}

}  // namespace errata::report
