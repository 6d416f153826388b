#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "errata/base/error.h"
#include "errata/improve/task.h"

namespace errata::improve {

/// Small stories about a number of things that grows and shrinks: "Ann has 12 pears. She buys 7. She sells 5. How many
/// pears has Ann now? " with the answer "12+7=19, 19-5=14 #### 14". Right is an answer whose number behind the last
/// "####" is. Skills: one, two, three (events). Numbers have up to `digits` digits, as arithmetic draws them; no count
/// is below 0 or longer than that. Features: digits (of the first count), carries (with borrows, of all events), last
/// (event: more or fewer). A variant has the same skill, digits and kinds of events.
///
/// Identities: an event is checked by the reverse one; one that takes away is made from one that gives; several events
/// are single ones, one after another.
class WordProblems : public Task {
 public:
  /// @param digits  from 1 to 4
  /// @param skills  different ones of one, two, three, at least one
  [[nodiscard]] static Result<void> check_options(std::size_t digits, const std::vector<std::string>& skills);
  explicit WordProblems(std::size_t digits = 2, std::vector<std::string> skills = {"one", "two", "three"});

  [[nodiscard]] std::string_view name() const override { return "word-problems"; }
  [[nodiscard]] std::string_view alphabet() const override { return alphabet_; }
  [[nodiscard]] std::span<const std::string> skills() const override { return skills_; }
  [[nodiscard]] Question generate(std::size_t skill, Rng& rng) const override;
  [[nodiscard]] std::string reference(const Question& question) const override;
  [[nodiscard]] bool verify(const Question& question, std::string_view answer) const override;
  [[nodiscard]] Question variant(const Question& question, Rng& rng) const override;
  [[nodiscard]] std::vector<Feature> features(const Question& question) const override;
  [[nodiscard]] std::size_t longest_prompt() const override;
  [[nodiscard]] std::string meaning(std::string_view answer) const override;
  [[nodiscard]] std::optional<Check> check(const Question& question, std::string_view answer) const override;
  [[nodiscard]] std::optional<Question> inverse(const Question& like, Rng& rng) const override;
  [[nodiscard]] std::optional<Lesson> inverted(const Question& like, const Question& asked,
                                               std::string_view answer) const override;
  [[nodiscard]] std::size_t steps(const Question& question) const override;
  [[nodiscard]] std::optional<Question> step(const Question& question,
                                             std::span<const std::string> answers) const override;
  [[nodiscard]] std::optional<std::string> assembled(const Question& question,
                                                     std::span<const std::string> answers) const override;

 private:
  [[nodiscard]] std::size_t usual_longest_answer() const override;
  [[nodiscard]] bool has_single() const;
  std::size_t digits_;
  std::vector<std::string> skills_;
  std::string alphabet_;
};

}  // namespace errata::improve
