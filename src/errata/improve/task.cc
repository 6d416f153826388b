#include "errata/improve/task.h"

#include <algorithm>
#include <set>

#include "errata/base/checksum.h"
#include "errata/base/error.h"

namespace errata::improve {

std::size_t skill_of(const Task& task, std::string_view name) {
  return static_cast<std::size_t>(std::ranges::find(task.skills(), name) - task.skills().begin());
}

Split split_of(const Question& question) {
  constexpr std::uint64_t kParts = 10;
  switch (checksum(question.prompt) % kParts) {
    case 0: return Split::held_out;
    case 1: return Split::development;
    default: return Split::pool;
  }
}

Question draw_question(const Task& task, std::size_t skill, Split split, Rng& rng) {
  constexpr std::size_t kMostDraws = 1'000'000;
  for (std::size_t draw = 0; draw < kMostDraws; ++draw)
    if (Question question = task.generate(skill, rng); split_of(question) == split) return question;
  constexpr bool kSkillHasQuestionsOfTheSplit = false;
  ERRATA_CHECK(kSkillHasQuestionsOfTheSplit);
  return {};
}

std::vector<Question> draw_distinct(const Task& task, std::size_t skill, Split split, std::size_t count, Rng& rng) {
  constexpr std::size_t kDrawsEach = 20;
  std::vector<Question> questions;
  std::set<std::string> seen;
  for (std::size_t draw = 0; draw < kDrawsEach * count && questions.size() < count; ++draw)
    if (Question question = draw_question(task, skill, split, rng); seen.insert(question.prompt).second)
      questions.push_back(std::move(question));
  return questions;
}

}  // namespace errata::improve
