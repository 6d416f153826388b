#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/tokenizer/merge_table.h"
#include "errata/tokenizer/text_map.h"

namespace errata::tokenizer {

/// Merges by the names of their tokens.
class MergeNames {
 public:
  /// @param tokens  by number; empty ones have no name
  /// @param place   what errors call them by
  /// @return data error naming a token that has two numbers
  [[nodiscard]] static Result<MergeNames> create(const std::vector<std::string>& tokens, std::string_view place);

  /// "a b". @param index  of the merge, for errors
  /// @return data error naming the merge: no two names with one space between, a name or product that is no token
  [[nodiscard]] Result<PairMerge> parse(std::string_view merge, std::size_t index) const;
  [[nodiscard]] Result<PairMerge> of(std::string_view left, std::string_view right, std::size_t index) const;

 private:
  MergeNames() = default;
  std::string place_;
  TextMap<std::int32_t> numbers_;
};

}  // namespace errata::tokenizer
