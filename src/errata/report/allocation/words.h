#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "errata/relevance/allocator.h"

namespace errata::report {

/// "273 of 4,096 patches get 40,000 tokens: the most relevant ones."
[[nodiscard]] std::string allocation_headline(const relevance::ImageAllocation& made);

/// "Fixation 2: 39,980 tokens for 273 patches, relevance 0.61 to 0.83". @param number  from 1
[[nodiscard]] std::string fixation_words(const relevance::ImageAllocation& made, std::size_t number,
                                         const relevance::Allocation& fixation);
/// What the later fixations could do, and why they ended: "3 fixations; none looks where another has looked".
[[nodiscard]] std::string fixations_headline(const relevance::ImageAllocation& made);

/// What a guard read and what that means: "the query would suit any image (specificity 0, at least 0.25 is asked for)".
[[nodiscard]] std::string guard_words(const relevance::GuardReading& reading);

/// That the guard against images of another kind could not be read, and what that means. @param encoder  its name
[[nodiscard]] std::string no_unlike_words(std::string_view encoder);

/// How a strategy chooses: "the most relevant patch of each cell of a grid".
[[nodiscard]] std::string strategy_words(relevance::Strategy strategy);

/// Something that decided, in words.
struct DecisionWords {
  std::string words;
  bool alert = false;  ///< a guard that fired
};
/// Strategy, guards, weights, rule and padding, in this order.
[[nodiscard]] std::vector<DecisionWords> decision_words(const relevance::ImageAllocation& made);

}  // namespace errata::report
