#include "errata/tokenizer/merge_names.h"

#include <fmt/format.h>

#include "errata/tokenizer/byte_characters.h"

namespace errata::tokenizer {

Result<MergeNames> MergeNames::create(const std::vector<std::string>& tokens, std::string_view place) {
  MergeNames names;
  names.place_ = place;
  names.numbers_.reserve(tokens.size());
  for (std::size_t i = 0; i < tokens.size(); ++i)
    if (!tokens[i].empty() && !names.numbers_.emplace(tokens[i], static_cast<std::int32_t>(i)).second)
      return data_error(fmt::format("{}: the token \"{}\" has two numbers, {} and {}", place, shown(tokens[i]),
                                    names.numbers_.find(tokens[i])->second, i));
  return names;
}

Result<PairMerge> MergeNames::parse(std::string_view merge, std::size_t index) const {
  const std::size_t space = merge.find(' ');
  if (space == std::string_view::npos || merge.find(' ', space + 1) != std::string_view::npos)
    return data_error(
        fmt::format("{}: merge {} is \"{}\", not two tokens with a space between", place_, index, shown(merge)));
  return of(merge.substr(0, space), merge.substr(space + 1), index);
}

Result<PairMerge> MergeNames::of(std::string_view left, std::string_view right, std::size_t index) const {
  const auto number = [&](std::string_view name) {
    const auto found = numbers_.find(name);
    return found == numbers_.end() ? -1 : found->second;
  };
  const std::string product = std::string(left) + std::string(right);
  const PairMerge merge{.left = number(left), .right = number(right), .product = number(product)};
  for (const auto& [name, found] : {std::pair(left, merge.left), std::pair(right, merge.right),
                                    std::pair(std::string_view(product), merge.product)})
    if (found < 0)
      return data_error(fmt::format("{}: merge {} speaks of \"{}\", which is no token", place_, index, shown(name)));
  return merge;
}

}  // namespace errata::tokenizer
