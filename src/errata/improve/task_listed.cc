#include "errata/improve/task_listed.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "errata/base/error.h"
#include "errata/base/words.h"

namespace errata::improve {
namespace {

constexpr std::array<std::string_view, 3> kUses{"held out", "for development", "for the pool"};

}  // namespace

Result<void> ListedTask::check_questions(const std::vector<ListedQuestion>& questions, std::string_view source) {
  if (questions.empty()) return data_error(fmt::format("{}: no questions", source));
  std::map<std::string_view, const ListedQuestion*> seen;
  std::map<std::string_view, std::array<std::size_t, 3>> counts;
  for (const ListedQuestion& one : questions) {
    const auto [before, first] = seen.emplace(one.prompt, &one);
    if (!first && (before->second->answer != one.answer || before->second->skill != one.skill))
      return data_error(fmt::format("{}, {} and {}: two answers, or two skills, of the question '{}'", source,
                                    before->second->place, one.place, one.prompt));
    ++counts[one.skill][static_cast<std::size_t>(split_of({.skill = 0, .prompt = one.prompt}))];
  }
  for (const auto& [skill, uses] : counts)
    for (std::size_t use = 0; use < uses.size(); ++use)
      if (uses[use] == 0)
        return data_error(fmt::format(
            "{}: skill '{}' has {} questions, and none of them is {} (the prompt's checksum decides): more are needed",
            source, skill, uses[0] + uses[1] + uses[2], kUses[use]));
  return {};
}

ListedTask::ListedTask(std::vector<ListedQuestion> questions) {
  std::set<char> characters;
  for (ListedQuestion& one : questions) {
    auto at = static_cast<std::size_t>(std::ranges::find(skills_, one.skill) - skills_.begin());
    if (at == skills_.size()) {
      skills_.push_back(one.skill);
      lists_.emplace_back();
    }
    characters.insert(one.prompt.begin(), one.prompt.end());
    characters.insert(one.answer.begin(), one.answer.end());
    longest_prompt_ = std::max(longest_prompt_, one.prompt.size());
    longest_answer_ = std::max(longest_answer_, one.answer.size());
    Question question{.skill = at, .prompt = one.prompt};
    if (!answers_.emplace(std::move(one.prompt), std::move(one.answer)).second) continue;
    lists_[at][static_cast<std::size_t>(split_of(question))].push_back(std::move(question));
  }
  alphabet_.assign(characters.begin(), characters.end());
}

Question ListedTask::generate(std::size_t skill, Rng& rng) const {
  std::size_t all = 0;
  for (const auto& list : lists_[skill]) all += list.size();
  std::size_t at = rng.below(all), split = 0;
  while (at >= lists_[skill][split].size()) at -= lists_[skill][split++].size();
  return lists_[skill][split][at];
}

std::string ListedTask::reference(const Question& question) const {
  const auto found = answers_.find(question.prompt);
  ERRATA_CHECK(found != answers_.end());
  return found->second;
}

Question ListedTask::variant(const Question& question, Rng& rng) const {
  return draw_question(*this, question.skill, Split::pool, rng);
}

std::vector<Feature> ListedTask::features(const Question& question) const {
  return {{.name = "prompt_words", .value = fmt::format("{}", errata::words_of(question.prompt).size())}};
}

const std::vector<Question>* ListedTask::listed(std::size_t skill, Split split) const {
  return &lists_[skill][static_cast<std::size_t>(split)];
}

}  // namespace errata::improve
