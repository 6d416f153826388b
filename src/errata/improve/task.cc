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

std::optional<Check> Task::check(const Question&, std::string_view) const { return std::nullopt; }
std::optional<Question> Task::inverse(const Question&, Rng&) const { return std::nullopt; }
std::optional<Lesson> Task::inverted(const Question&, const Question&, std::string_view) const { return std::nullopt; }
std::size_t Task::steps(const Question&) const { return 0; }
std::optional<Question> Task::step(const Question&, std::span<const std::string>) const { return std::nullopt; }
std::optional<std::string> Task::assembled(const Question&, std::span<const std::string> answers) const {
  return answers.back();
}
const std::vector<Question>* Task::listed(std::size_t, Split) const { return nullptr; }

Question draw_question(const Task& task, std::size_t skill, Split split, Rng& rng) {
  if (const auto* const list = task.listed(skill, split)) return (*list)[rng.below(list->size())];
  constexpr std::size_t kMostDraws = 1'000'000;
  for (std::size_t draw = 0; draw < kMostDraws; ++draw)
    if (Question question = task.generate(skill, rng); split_of(question) == split) return question;
  constexpr bool kSkillHasQuestionsOfTheSplit = false;
  ERRATA_CHECK(kSkillHasQuestionsOfTheSplit);
  return {};
}

std::vector<Question> draw_distinct(const Task& task, std::size_t skill, Split split, std::size_t count, Rng& rng) {
  if (const auto* const list = task.listed(skill, split)) {
    std::vector<Question> shuffled = *list;
    rng.shuffle(std::span(shuffled));
    shuffled.resize(std::min(count, shuffled.size()));
    return shuffled;
  }
  constexpr std::size_t kDrawsEach = 20;
  std::vector<Question> questions;
  std::set<std::string> seen;
  for (std::size_t draw = 0; draw < kDrawsEach * count && questions.size() < count; ++draw)
    if (Question question = draw_question(task, skill, split, rng); seen.insert(question.prompt).second)
      questions.push_back(std::move(question));
  return questions;
}

std::vector<Question> round_questions(const Task& task, std::size_t round, std::size_t count, const Rng& order,
                                      Rng rng) {
  const std::size_t skills = task.skills().size();
  std::vector<std::vector<Question>> lists(skills);
  for (std::size_t skill = 0; skill < skills; ++skill) {
    const auto* const list = task.listed(skill, Split::pool);
    if (list == nullptr) continue;
    lists[skill] = *list;
    order.fork(skill).shuffle(std::span(lists[skill]));
  }
  std::vector<Question> questions;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t skill = i % skills, before = (round - 1) * ((count + skills - 1) / skills) + i / skills;
    const auto& list = lists[skill];
    questions.push_back(list.empty() ? draw_question(task, skill, Split::pool, rng) : list[before % list.size()]);
  }
  return questions;
}

}  // namespace errata::improve
