#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "errata/base/rng.h"
#include "errata/improve/asking.h"
#include "errata/improve/task.h"

// What a model finds out by itself: a task's identities give the questions, the model answers them.
namespace errata::improve {

/// Questions answered by the model's own single steps (Task::step), where every step passes its check.
/// @return nothing where a task has no steps, or one of them failed
[[nodiscard]] Result<std::vector<std::optional<std::string>>> compose(const Asking& asking,
                                                                      std::span<const Question> questions);

/// Questions of the shape of each with their answers, by a question of another kind that the model answers
/// (Task::inverse). @return nothing where there is none, the shape was not met, or the check fails
[[nodiscard]] Result<std::vector<std::optional<Lesson>>> invert(const Asking& asking, std::span<const Question> like,
                                                                Rng& rng);

/// What a task's identities say of an answer.
enum class Checked : std::uint8_t { passes, fails, unknown };

/// By steps where a question has them: the answer must be what they give; else by Task::check, answered by the model.
/// @param answers  one a question
[[nodiscard]] Result<std::vector<Checked>> check_answers(const Asking& asking, std::span<const Question> questions,
                                                         std::span<const std::string> answers);

}  // namespace errata::improve
