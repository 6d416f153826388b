#include "errata/improve/inverse_check.h"

#include <algorithm>
#include <utility>

namespace errata::improve {
namespace {

/// By Task::check alone.
Result<std::vector<Checked>> check_once(const Asking& asking, std::span<const Question> questions,
                                        std::span<const std::string> answers) {
  std::vector<Checked> checked(questions.size(), Checked::unknown);
  std::vector<Question> asked;
  std::vector<std::pair<std::size_t, std::string>> expected;  // of a question's place
  for (std::size_t i = 0; i < questions.size(); ++i) {
    auto check = asking.task.check(questions[i], answers[i]);
    if (!check) continue;
    checked[i] = Checked::fails;
    if (!check->ask) continue;
    asked.push_back(std::move(*check->ask));
    expected.emplace_back(i, std::move(check->expected));
  }
  ERRATA_ASSIGN(const auto said, ask(asking, asked));
  for (std::size_t k = 0; k < said.size(); ++k)
    if (asking.task.meaning(said[k]) == asking.task.meaning(expected[k].second))
      checked[expected[k].first] = Checked::passes;
  return checked;
}

/// A question on its way through its steps.
struct Way {
  std::size_t place = 0, steps = 0;
  std::vector<std::string> answers{};
};

/// Asks the next step of each; those whose step cannot be asked, or fails its check, are left out.
Result<std::vector<Way>> advanced(const Asking& asking, std::span<const Question> questions, std::vector<Way> ways) {
  std::vector<Question> asked;
  std::vector<Way> going;
  for (Way& way : ways)
    if (auto next = asking.task.step(questions[way.place], way.answers)) {
      asked.push_back(std::move(*next));
      going.push_back(std::move(way));
    }
  ERRATA_ASSIGN(auto said, ask(asking, asked));
  ERRATA_ASSIGN(const auto checked, check_once(asking, asked, said));
  std::vector<Way> kept;
  for (std::size_t k = 0; k < going.size(); ++k) {
    if (checked[k] == Checked::fails) continue;
    going[k].answers.push_back(std::move(said[k]));
    kept.push_back(std::move(going[k]));
  }
  return kept;
}

}  // namespace

Result<std::vector<std::optional<std::string>>> compose(const Asking& asking, std::span<const Question> questions) {
  std::vector<std::optional<std::string>> answers(questions.size());
  std::vector<Way> ways;
  for (std::size_t i = 0; i < questions.size(); ++i)
    if (const std::size_t steps = asking.task.steps(questions[i]); steps > 0)
      ways.push_back({.place = i, .steps = steps});
  while (!ways.empty()) {
    ERRATA_ASSIGN(ways, advanced(asking, questions, std::move(ways)));
    for (Way& way : ways)
      if (way.answers.size() == way.steps)
        answers[way.place] = asking.task.assembled(questions[way.place], way.answers);
    std::erase_if(ways, [](const Way& way) { return way.answers.size() == way.steps; });
  }
  return answers;
}

Result<std::vector<std::optional<Lesson>>> invert(const Asking& asking, std::span<const Question> like, Rng& rng) {
  std::vector<std::optional<Lesson>> lessons(like.size());
  std::vector<Question> asked;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < like.size(); ++i)
    if (auto question = asking.task.inverse(like[i], rng)) {
      asked.push_back(std::move(*question));
      places.push_back(i);
    }
  ERRATA_ASSIGN(const auto said, ask(asking, asked));
  std::vector<Question> questions;
  std::vector<std::string> answers;
  std::vector<std::size_t> made;
  for (std::size_t k = 0; k < said.size(); ++k)
    if (auto lesson = asking.task.inverted(like[places[k]], asked[k], said[k])) {
      questions.push_back(std::move(lesson->question));
      answers.push_back(std::move(lesson->answer));
      made.push_back(places[k]);
    }
  ERRATA_ASSIGN(const auto checked, check_once(asking, questions, answers));
  for (std::size_t k = 0; k < made.size(); ++k)
    if (checked[k] != Checked::fails)
      lessons[made[k]] = Lesson{.question = std::move(questions[k]), .answer = std::move(answers[k])};
  return lessons;
}

Result<std::vector<Checked>> check_answers(const Asking& asking, std::span<const Question> questions,
                                           std::span<const std::string> answers) {
  ERRATA_ASSIGN(auto checked, check_once(asking, questions, answers));
  std::vector<Question> composed;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < questions.size(); ++i)
    if (asking.task.steps(questions[i]) > 0) {
      composed.push_back(questions[i]);
      places.push_back(i);
    }
  ERRATA_ASSIGN(const auto given, compose(asking, composed));
  for (std::size_t k = 0; k < places.size(); ++k)
    checked[places[k]] = !given[k]                                                                   ? Checked::unknown
                         : asking.task.meaning(*given[k]) == asking.task.meaning(answers[places[k]]) ? Checked::passes
                                                                                                     : Checked::fails;
  return checked;
}

}  // namespace errata::improve
