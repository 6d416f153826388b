#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/tokenizer/split_pattern.h"

namespace errata::tokenizer {

/// One pass over the pieces of a text.
struct SplitStep {
  std::string pattern;         ///< a regular expression (SplitPattern)
  bool drops_matches = false;  ///< what matches is left out; else it is a piece
  bool drops_rest = false;     ///< what stands between the matches is left out; else it is a piece
  friend bool operator==(const SplitStep&, const SplitStep&) = default;
};

/// How a text is split before its pieces become tokens.
struct Splitting {
  std::vector<SplitStep> steps;    ///< one after the other
  bool begins_with_space = false;  ///< then each piece that begins with no space gets one
  bool as_gpt2 = false;            ///< and then each is split by kGpt2Pattern
  friend bool operator==(const Splitting&, const Splitting&) = default;
};

/// Pieces of a text, and what they point to where that is not the text.
struct Pieces {
  std::vector<std::string_view> pieces;  ///< none is empty
  std::deque<std::string> owned;
};

/// Splits texts.
class PreTokenizer {
 public:
  /// @return data error naming the place: more than 16 steps, a pattern that is none
  [[nodiscard]] static Result<PreTokenizer> create(const Splitting& splitting, std::string_view place);
  /// @param text  UTF-8, not empty; has to outlive the pieces
  [[nodiscard]] Result<void> split(std::string_view text, Pieces& pieces) const;

 private:
  struct Step {
    SplitPattern pattern;
    bool keeps_matches = true, keeps_rest = true;
  };
  [[nodiscard]] static Result<void> split_by(const Step& step, std::vector<std::string_view>& pieces);
  std::vector<Step> steps_, last_;
  bool begins_with_space_ = false;
};

}  // namespace errata::tokenizer
