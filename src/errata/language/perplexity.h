#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "errata/base/cancellation.h"
#include "errata/base/error.h"
#include "errata/language/model.h"
#include "errata/language/tokenizer.h"

namespace errata::language {

/// Texts that nothing is learned from, as a model reads them.
using Texts = std::vector<std::vector<std::int32_t>>;

/// The lines of a file that are not blank, each a text of its own: the tokenizer's begin(), then the line's tokens.
/// @param positions  that the model reads
/// @return data error naming file and line for one that the tokenizer cannot read, of one token, or too long; and for a
///     file without texts
[[nodiscard]] Result<Texts> read_texts(const std::filesystem::path& file, const Tokenizer& tokenizer,
                                       std::size_t positions);

/// Parts texts into those that are measured and those that may be learned from, by a checksum of each: as many, or one
/// more to measure. A text that comes again counts once.
struct PartedTexts {
  Texts measured, rehearsed;
};
[[nodiscard]] PartedTexts parted(Texts texts);

/// How well a model expects texts: exp of the mean −log p a token, of every token but the first of each; ≥ 1, lower is
/// better. Cost: a pass over every text; the same bits on any number of threads.
/// @return invalid_argument without texts and for a text that the model cannot read
[[nodiscard]] Result<double> perplexity(const Model& model, const Texts& texts,
                                        const Cancellation* cancellation = nullptr);

}  // namespace errata::language
