#include "errata/improve/labelled.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace errata::improve {

std::vector<std::uint8_t> wrong_of(const Task& task, Teacher teacher, std::span<const StoredAnswer> answers) {
  std::vector<std::uint8_t> wrong;
  for (const StoredAnswer& one : answers) {
    bool is_wrong = std::isnan(one.inverse) ? one.detected == Detected::wrong : one.inverse == 0;
    if (knows_truth(teacher)) {
      const Question question{.skill = skill_of(task, one.skill), .prompt = one.prompt};
      is_wrong = !task.verify(question, one.answer);
    }
    wrong.push_back(is_wrong ? 1 : 0);
  }
  return wrong;
}

Result<Labelled> labelled_answers(const FailureStore& store, const Task& task, Teacher teacher, std::size_t last_round,
                                  std::span<const StoredAnswer> more) {
  Labelled all;
  for (std::size_t round = 1; round <= last_round; ++round) {
    ERRATA_ASSIGN(auto answers, store.answers(round));
    std::ranges::copy_if(answers, std::back_inserter(all.answers), &StoredAnswer::labelled);
  }
  std::ranges::copy_if(more, std::back_inserter(all.answers), &StoredAnswer::labelled);
  for (const StoredAnswer& one : all.answers) {
    if (one.embedding.empty() || one.embedding.size() != all.answers[0].embedding.size())
      return data_error(
          fmt::format("the failure memory has no hidden states of '{}' in round {}", one.prompt, one.round));
    all.places.push_back(&one);
  }
  all.wrong = wrong_of(task, teacher, all.answers);
  return all;
}

}  // namespace errata::improve
