#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "errata/base/cancellation.h"
#include "errata/improve/task.h"
#include "errata/language/model.h"
#include "errata/language/tokenizer.h"

namespace errata::improve {

/// Whom questions are put to; all outlive it.
struct Asking {
  const language::Model& model;
  const language::Tokenizer& tokenizer;
  const Task& task;
  const Cancellation* cancellation = nullptr;
};

/// Answers, a question each. @param temperature  0: the likeliest; else drawn, every question by its place
[[nodiscard]] Result<std::vector<std::string>> ask(const Asking& asking, std::span<const Question> questions,
                                                   double temperature = 0, std::uint64_t seed = 0);

}  // namespace errata::improve
