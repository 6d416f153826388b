#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
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

/// A question with the answer that is to be learned.
struct Lesson {
  Question question;
  std::string answer;
  friend bool operator==(const Lesson&, const Lesson&) = default;
};

/// What must hold if an answer is right: another question and the answer that it must have.
struct Check {
  std::optional<Question> ask;  ///< nothing: the answer cannot be right, whatever is asked
  std::string expected;
};

/// What a question may be used for, settled by its text alone: one in ten is held out, one in ten decides whether a
/// round is kept, and only the others are ever trained on or asked in a round.
enum class Split : std::uint8_t { held_out, development, pool };
[[nodiscard]] Split split_of(const Question& question);

/// Something that a model is to learn, with a reference that knows the answers. What follows `features` are identities
/// of the task, for a model that corrects itself: they give questions to ask, never an answer. A task without them
/// leaves them as they are here.
class Task {
 public:
  Task() = default;
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  virtual ~Task() = default;

  [[nodiscard]] virtual std::string_view name() const = 0;
  /// What a reader of its answers must know; often nothing.
  [[nodiscard]] virtual std::string_view note() const { return {}; }
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
  /// What an answer says, however it is put: votes are counted and checks compared by it. The answer itself where the
  /// task knows of nothing better.
  [[nodiscard]] virtual std::string meaning(std::string_view answer) const { return std::string(answer); }
  /// Characters.
  [[nodiscard]] virtual std::size_t longest_prompt() const = 0;
  /// Tokens, the end left out; a longer answer is cut off.
  [[nodiscard]] std::size_t longest_answer() const { return longest_ > 0 ? longest_ : usual_longest_answer(); }
  /// @param tokens  of the longest answer from now on; 0: as the task has it
  void set_longest_answer(std::size_t tokens) { longest_ = tokens; }

  /// What must hold if `answer` is right; nothing where the task knows of nothing.
  [[nodiscard]] virtual std::optional<Check> check(const Question& question, std::string_view answer) const;
  /// A question of another kind whose answer gives one of the shape of `like` with its answer: for a − b the question
  /// b + c. Nothing where there is none.
  [[nodiscard]] virtual std::optional<Question> inverse(const Question& like, Rng& rng) const;
  /// That question and answer. @param asked  of inverse(like)
  /// @return nothing where the answer is none, or the question has not the shape
  [[nodiscard]] virtual std::optional<Lesson> inverted(const Question& like, const Question& asked,
                                                       std::string_view answer) const;
  /// How many simpler questions a question can be answered by, one after another; 0 where there are none.
  [[nodiscard]] virtual std::size_t steps(const Question& question) const;
  /// The next of them. @param answers  to those before, fewer than steps()
  /// @return nothing where an answer cannot be gone on with
  [[nodiscard]] virtual std::optional<Question> step(const Question& question,
                                                     std::span<const std::string> answers) const;

  /// The question's answer. @param answers  to all steps
  /// @return nothing where they give none
  [[nodiscard]] virtual std::optional<std::string> assembled(const Question& question,
                                                             std::span<const std::string> answers) const;

  /// What has gone wrong outside of the program since the task was made: a verifier that ended. Its answers count for
  /// nothing then.
  [[nodiscard]] virtual Result<void> health() const { return {}; }

  /// All questions of a skill and split, for a task that has a list of them; else null.
  [[nodiscard]] virtual const std::vector<Question>* listed(std::size_t skill, Split split) const;

 private:
  /// Characters of the longest reference: no fewer than its tokens.
  [[nodiscard]] virtual std::size_t usual_longest_answer() const = 0;
  std::size_t longest_ = 0;
};

/// Place of a skill in Task::skills(); their number where there is none of that name.
[[nodiscard]] std::size_t skill_of(const Task& task, std::string_view name);

/// A question of a skill that falls to a split. Draws until one does; every skill must have such questions.
[[nodiscard]] Question draw_question(const Task& task, std::size_t skill, Split split, Rng& rng);

/// Different questions of a skill, or as many as 20 draws each find; of a list, all that there are in an order of the
/// generator. @param count  asked for
[[nodiscard]] std::vector<Question> draw_distinct(const Task& task, std::size_t skill, Split split, std::size_t count,
                                                  Rng& rng);

/// The questions of a round: skills in turn, drawn of the pool. Of a list none comes again before all have come.
/// @param round  from 1
[[nodiscard]] std::vector<Question> round_questions(const Task& task, std::size_t round, std::size_t count,
                                                    const Rng& order, Rng rng);

}  // namespace errata::improve
