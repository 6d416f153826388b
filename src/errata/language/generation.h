#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "errata/base/cancellation.h"
#include "errata/language/adapter.h"
#include "errata/language/model.h"

namespace errata::language {

struct GenerationOptions {
  std::size_t most_tokens = 16;  ///< an answer that has not ended by then is cut off
  std::int32_t end = 0;          ///< the token that ends an answer, beside those of the model (ModelConfig::ends)
  double temperature = 0;  ///< 0: the likeliest token, the first of equals; else tokens are drawn from softmax(z / t)
  std::uint64_t seed = 0;  ///< of the draws; every prompt has its own stream by its place
  bool cache = true;       ///< keep keys and values; false reads everything again for every token
};

struct Answer {
  std::vector<std::int32_t> tokens;      ///< without the end
  std::vector<float> log_probabilities;  ///< of each token as softmax(z) has it, and of the end where it came
  bool ended = false;

  [[nodiscard]] double mean_log_probability() const;  ///< a token; 0 without tokens
  [[nodiscard]] double least_log_probability() const;
};

/// Answers to prompts. Those of like length are read together, at most 32 at a time, the shorter behind padding,
/// groups side by side on the threads of `nn`; an answer depends on the prompts, their order and the
/// options alone, not on the number of threads.
/// @param adapter  or null
/// @param prompts  token sequences of at least one token
/// @return an answer a prompt, or invalid_argument for a prompt that the model cannot read or that leaves no room, and
/// for
///     a temperature that is not ≥ 0
[[nodiscard]] Result<std::vector<Answer>> generate(const Model& model, const Adapter* adapter,
                                                   std::span<const std::vector<std::int32_t>> prompts,
                                                   const GenerationOptions& options,
                                                   const Cancellation* cancellation = nullptr);

/// What the model expects behind each token of a sequence: [tokens, vocabulary].
[[nodiscard]] Result<std::vector<float>> logits_of(const Model& model, const Adapter* adapter,
                                                   std::span<const std::int32_t> tokens);

}  // namespace errata::language
