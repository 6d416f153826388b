#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "errata/monitor/judge.h"

namespace errata::replay {

/// A warm-up that ended before its outcomes had come, though they come later: where it ends then decides what modes,
/// scales of modes and the usual failure rate begin with.
struct EarlyWarmUp {
  monitor::WarmUpEnd end;
  /// Cases that had been met when the first outcome came; none came by the end of the log.
  std::optional<std::size_t> first_outcome{};
};

/// Fewer outcomes than this, or than half of the warm-up's cases where that is less, place nothing.
inline constexpr std::size_t kFewOutcomes = 10;

/// @param end            none: no warm-up ended
/// @param first_outcome  cases that had been met when the first outcome came
/// @param known          outcomes that came or are still to come
/// @return nothing where the warm-up had outcomes, or where the log has none
[[nodiscard]] std::optional<EarlyWarmUp> early_warm_up(const std::optional<monitor::WarmUpEnd>& end,
                                                       std::optional<std::size_t> first_outcome, std::size_t known);

/// What that means and what helps, in a sentence.
/// @param cases  of the log, or of the stream
/// @param split  a column says which cases warm the memory
[[nodiscard]] std::string sentence_of(const EarlyWarmUp& early, std::size_t cases, bool split);

}  // namespace errata::replay
