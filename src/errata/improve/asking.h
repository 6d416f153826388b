#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "errata/base/cancellation.h"
#include "errata/base/error.h"
#include "errata/improve/task.h"
#include "errata/language/model.h"
#include "errata/language/tokenizer.h"
#include "errata/language/training.h"

namespace errata::improve {

/// Whom questions are put to; all outlive it.
struct Asking {
  const language::Model& model;
  const language::Tokenizer& tokenizer;
  const Task& task;
  const Cancellation* cancellation = nullptr;
};

/// What a model answered, and how sure it was: the probabilities that it gave to what it wrote.
struct Answered {
  std::string text;
  double mean_log_probability = 0;   ///< a token
  double least_log_probability = 0;  ///< of its most doubtful token
};

/// Answers, a question each, cut off behind Task::longest_answer() tokens.
/// @param temperature  0: the likeliest; else drawn, every question by its place
[[nodiscard]] Result<std::vector<Answered>> answer(const Asking& asking, std::span<const Question> questions,
                                                   double temperature = 0, std::uint64_t seed = 0);
/// Their texts alone.
[[nodiscard]] Result<std::vector<std::string>> ask(const Asking& asking, std::span<const Question> questions,
                                                   double temperature = 0, std::uint64_t seed = 0);

/// Can the model read all questions of a list, with room for an answer, and their references?
/// @return data error with the first that it cannot read; nothing to say of a task without a list
[[nodiscard]] Result<void> check_listed(const Asking& asking);

/// Which of the answers are right.
[[nodiscard]] Result<std::vector<bool>> judge(const Asking& asking, std::span<const Question> questions);

/// A question and its answer as something to learn.
/// @return data error for characters that the model has not
[[nodiscard]] Result<language::Example> example_of(const language::Tokenizer& tokenizer, const std::string& prompt,
                                                   const std::string& answer);

}  // namespace errata::improve
