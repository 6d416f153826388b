#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/improve/task.h"

namespace errata::improve {

/// A question of a list, and what is known of it.
struct ListedQuestion {
  std::string prompt, answer, skill;
  std::string place{};  ///< where it was told, as "line 3"
};

/// A task that has all its questions with their answers. They are drawn without replacement, and parted by their
/// prompts as all questions are. A variant is another question of the same skill in the pool. Features: prompt_words.
class ListedTask : public Task {
 public:
  /// @param source  named in errors
  /// @return data error for no questions, one prompt with two answers, and a skill without a question for each use
  [[nodiscard]] static Result<void> check_questions(const std::vector<ListedQuestion>& questions,
                                                    std::string_view source);
  /// @param questions  that check_questions() lets pass
  explicit ListedTask(std::vector<ListedQuestion> questions);

  [[nodiscard]] std::string_view alphabet() const override { return alphabet_; }
  [[nodiscard]] std::span<const std::string> skills() const override { return skills_; }
  [[nodiscard]] Question generate(std::size_t skill, Rng& rng) const override;
  [[nodiscard]] std::string reference(const Question& question) const override;
  [[nodiscard]] Question variant(const Question& question, Rng& rng) const override;
  [[nodiscard]] std::vector<Feature> features(const Question& question) const override;
  [[nodiscard]] std::size_t longest_prompt() const override { return longest_prompt_; }
  [[nodiscard]] const std::vector<Question>* listed(std::size_t skill, Split split) const override;

 private:
  [[nodiscard]] std::size_t usual_longest_answer() const override { return longest_answer_; }
  std::vector<std::string> skills_;
  std::map<std::string, std::string, std::less<>> answers_;  ///< by prompt
  std::vector<std::array<std::vector<Question>, 3>> lists_;  ///< of each skill, by split
  std::string alphabet_;
  std::size_t longest_prompt_ = 0, longest_answer_ = 0;
};

}  // namespace errata::improve
