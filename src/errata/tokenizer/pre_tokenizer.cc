#include "errata/tokenizer/pre_tokenizer.h"

#include <fmt/format.h>

#include <utility>

namespace errata::tokenizer {

Result<PreTokenizer> PreTokenizer::create(const Splitting& splitting, std::string_view place) {
  constexpr std::size_t kMostSteps = 16;
  if (splitting.steps.size() > kMostSteps)
    return data_error(fmt::format("{}: more than {} passes that split the text", place, kMostSteps));
  PreTokenizer made;
  made.begins_with_space_ = splitting.begins_with_space;
  for (const SplitStep& step : splitting.steps) {
    ERRATA_ASSIGN(auto pattern, SplitPattern::create(step.pattern, place));
    made.steps_.push_back(
        {.pattern = std::move(pattern), .keeps_matches = !step.drops_matches, .keeps_rest = !step.drops_rest});
  }
  if (!splitting.as_gpt2) return made;
  ERRATA_ASSIGN(auto pattern, SplitPattern::create(kGpt2Pattern, place));
  made.last_.push_back({.pattern = std::move(pattern), .keeps_matches = true, .keeps_rest = true});
  return made;
}

Result<void> PreTokenizer::split_by(const Step& step, std::vector<std::string_view>& pieces) {
  std::vector<std::string_view> split;
  split.reserve(2 * pieces.size());
  for (const std::string_view piece : pieces) {
    std::size_t at = 0;
    const auto keep = [&](std::size_t end, bool wanted) {
      if (wanted && end > at) split.push_back(piece.substr(at, end - at));
      at = end;
    };
    ERRATA_TRY(step.pattern.find(piece, [&](std::size_t begin, std::size_t end) {
      keep(begin, step.keeps_rest);
      keep(end, step.keeps_matches);
    }));
    keep(piece.size(), step.keeps_rest);
  }
  pieces = std::move(split);
  return {};
}

Result<void> PreTokenizer::split(std::string_view text, Pieces& pieces) const {
  pieces.owned.clear();
  pieces.pieces.assign(1, text);
  for (const Step& step : steps_) ERRATA_TRY(split_by(step, pieces.pieces));
  if (begins_with_space_)
    for (std::string_view& piece : pieces.pieces)
      if (!piece.starts_with(' ')) piece = pieces.owned.emplace_back(" " + std::string(piece));
  for (const Step& step : last_) ERRATA_TRY(split_by(step, pieces.pieces));
  return {};
}

}  // namespace errata::tokenizer
