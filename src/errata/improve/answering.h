#pragma once

#include <span>
#include <string>
#include <vector>

#include "errata/base/cancellation.h"
#include "errata/improve/task.h"
#include "errata/language/generation.h"
#include "errata/language/tokenizer.h"
#include "errata/language/training.h"

namespace errata::improve {

/// What a model answered, and how sure it was: the probabilities that it gave to what it wrote.
struct Answered {
  std::string text;
  double mean_log_probability = 0;   ///< a token
  double least_log_probability = 0;  ///< of its most doubtful token
};

/// Answers greedily, a question each. An answer longer than the longest reference is cut off, and so wrong.
/// @param longest  reference, in characters
[[nodiscard]] Result<std::vector<Answered>> answer(const language::Model& model, const language::Tokenizer& tokenizer,
                                                   std::span<const Question> questions, std::size_t longest,
                                                   const Cancellation* cancellation = nullptr);

/// Answers drawn at temperature 1, `count` to each question one after the other.
[[nodiscard]] Result<std::vector<std::string>> sampled_answers(const language::Model& model,
                                                               const language::Tokenizer& tokenizer,
                                                               std::span<const Question> questions, std::size_t longest,
                                                               std::size_t count, std::uint64_t seed,
                                                               const Cancellation* cancellation = nullptr);

/// Which of the answers are right.
[[nodiscard]] Result<std::vector<bool>> judge(const language::Model& model, const language::Tokenizer& tokenizer,
                                              const Task& task, std::span<const Question> questions,
                                              const Cancellation* cancellation = nullptr);

/// A question and its answer as something to learn.
/// @return data error for characters that the model has not
[[nodiscard]] Result<language::Example> example_of(const language::Tokenizer& tokenizer, const std::string& prompt,
                                                   const std::string& answer);

}  // namespace errata::improve
