#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/rng.h"

namespace errata::improve {

struct Question {
  std::size_t skill = 0;  ///< place in Task::skills()
  std::string prompt;     ///< what the model reads
  friend bool operator==(const Question&, const Question&) = default;
};

/// What is known of a question before it is answered, for slices.
struct Feature {
  std::string name, value;
};

/// Something that a model is to learn, with a reference that knows the answers.
class Task {
 public:
  Task() = default;
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  virtual ~Task() = default;

  [[nodiscard]] virtual std::string_view name() const = 0;
  /// Every character of prompts and answers.
  [[nodiscard]] virtual std::string_view alphabet() const = 0;
  [[nodiscard]] virtual std::span<const std::string> skills() const = 0;
  [[nodiscard]] virtual Question generate(std::size_t skill, Rng& rng) const = 0;
  /// The right answer.
  [[nodiscard]] virtual std::string reference(const Question& question) const = 0;
  [[nodiscard]] virtual bool verify(const Question& question, std::string_view answer) const = 0;
  /// Another question of the same shape.
  [[nodiscard]] virtual Question variant(const Question& question, Rng& rng) const = 0;
  /// The same names for every question.
  [[nodiscard]] virtual std::vector<Feature> features(const Question& question) const = 0;
};

/// Place of a skill in Task::skills(); their number where there is none of that name.
[[nodiscard]] std::size_t skill_of(const Task& task, std::string_view name);

/// What a question may be used for, settled by its text alone: one in ten is held out, one in ten decides whether a
/// round is kept, and only the others are ever trained on or asked in a round.
enum class Split : std::uint8_t { held_out, development, pool };
[[nodiscard]] Split split_of(const Question& question);

/// A question of a skill that falls to a split. Draws until one does; every skill must have such questions.
[[nodiscard]] Question draw_question(const Task& task, std::size_t skill, Split split, Rng& rng);

/// Different questions of a skill, or as many as 20 draws each find. @param count  asked for
[[nodiscard]] std::vector<Question> draw_distinct(const Task& task, std::size_t skill, Split split, std::size_t count,
                                                  Rng& rng);

}  // namespace errata::improve
