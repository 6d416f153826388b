#include "errata/report/allocation/words.h"

#include <fmt/format.h>

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
  return fmt::format("{} of {} get {}: {}", count_text(allocation.positions.size()),
                     counted(allocation.grid.count(), "patch", "patches"),
                     counted(allocation.tokens(), "token", "tokens"),
                     strategy_words(made.allocated.selection.strategy));
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

}  // namespace errata::report
