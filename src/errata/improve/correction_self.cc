#include "errata/improve/correction_self.h"

#include <cmath>
#include <iterator>
#include <utility>

#include "errata/improve/inverse_check.h"

namespace errata::improve {
namespace {

constexpr std::size_t kDrawnAnswers = 4;
constexpr std::size_t kInverseTries = 2;  ///< questions a lesson: about every second has the shape

class SelfCorrector : public Corrector {
 public:
  SelfCorrector(double doubt, std::uint64_t seed) : doubt_(doubt), seed_(seed) {}

  [[nodiscard]] std::string_view name() const override { return name_of(Teacher::self); }

  Result<std::vector<bool>> believes(const Asking& asking, std::span<const Question> questions,
                                     std::span<const Answered> answers) override {
    std::vector<std::string> texts;
    for (const Answered& one : answers) texts.push_back(one.text);
    ERRATA_ASSIGN(const auto checked, check_answers(asking, questions, texts));
    std::vector<bool> believed(questions.size());
    for (std::size_t i = 0; i < questions.size(); ++i)
      believed[i] = checked[i] == Checked::passes ||
                    (checked[i] == Checked::unknown && std::exp(answers[i].least_log_probability) >= doubt_);
    return believed;
  }

  Result<std::vector<Correction>> correct(const Asking& asking, std::span<const Question> questions,
                                          std::span<const StoredAnswer> answers) override {
    std::vector<Correction> corrections(questions.size());
    ERRATA_ASSIGN(auto composed, compose(asking, questions));
    for (std::size_t i = 0; i < questions.size(); ++i)
      if (composed[i]) corrections[i] = {.answer = std::move(*composed[i]), .found = true, .verified = true};
    std::vector<std::string> own;
    for (const StoredAnswer& one : answers) own.push_back(one.answer);
    ERRATA_TRY(try_answers(asking, questions, own, corrections));
    for (std::size_t draw = 0; draw < kDrawnAnswers; ++draw) {
      ERRATA_ASSIGN(const auto drawn, ask(asking, questions, 1.0, Rng(seed_).fork(draw).next()));
      ERRATA_TRY(try_answers(asking, questions, drawn, corrections));
    }
    return corrections;
  }

  Result<std::vector<Lesson>> lessons(const Asking& asking, std::span<const Question> like, std::size_t each,
                                      Rng& rng) override {
    std::vector<Question> composable, invertible, checkable;
    for (const Question& question : like) {
      if (asking.task.steps(question) > 0)
        composable.push_back(question);
      else if (asking.task.inverse(question, rng))
        invertible.insert(invertible.end(), each * kInverseTries, question);
      else
        checkable.push_back(question);
    }
    ERRATA_ASSIGN(auto lessons, composed_lessons(asking, composable, each, rng));
    ERRATA_ASSIGN(auto inverted, invert(asking, invertible, rng));
    for (auto& lesson : inverted)
      if (lesson && split_of(lesson->question) == Split::pool) lessons.push_back(std::move(*lesson));
    ERRATA_ASSIGN(auto checked, checked_lessons(asking, checkable, each, rng));
    lessons.insert(lessons.end(), std::move_iterator(checked.begin()), std::move_iterator(checked.end()));
    return lessons;
  }

 private:
  /// Takes answers that pass the check where there is no correction yet.
  static Result<void> try_answers(const Asking& asking, std::span<const Question> questions,
                                  std::span<const std::string> answers, std::vector<Correction>& corrections) {
    std::vector<Question> open;
    std::vector<std::string> theirs;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < questions.size(); ++i) {
      if (corrections[i].found) continue;
      open.push_back(questions[i]);
      theirs.push_back(answers[i]);
      places.push_back(i);
    }
    ERRATA_ASSIGN(const auto checked, check_answers(asking, open, theirs));
    for (std::size_t k = 0; k < open.size(); ++k)
      if (checked[k] == Checked::passes)
        corrections[places[k]] = {.answer = std::move(theirs[k]), .found = true, .verified = true};
    return {};
  }

  static Result<std::vector<Lesson>> composed_lessons(const Asking& asking, std::span<const Question> like,
                                                      std::size_t each, Rng& rng) {
    std::vector<Question> variants = pool_variants(asking.task, like, each, rng);
    ERRATA_ASSIGN(auto answers, compose(asking, variants));
    std::vector<Lesson> lessons;
    for (std::size_t i = 0; i < variants.size(); ++i)
      if (answers[i]) lessons.push_back({.question = std::move(variants[i]), .answer = std::move(*answers[i])});
    return lessons;
  }

  /// Its own answers where they pass their check: they teach nothing new, and keep what is known of hard shapes.
  static Result<std::vector<Lesson>> checked_lessons(const Asking& asking, std::span<const Question> like,
                                                     std::size_t each, Rng& rng) {
    std::vector<Question> variants = pool_variants(asking.task, like, each, rng);
    ERRATA_ASSIGN(auto answers, ask(asking, variants));
    ERRATA_ASSIGN(const auto checked, check_answers(asking, variants, answers));
    std::vector<Lesson> lessons;
    for (std::size_t i = 0; i < variants.size(); ++i)
      if (checked[i] == Checked::passes)
        lessons.push_back({.question = std::move(variants[i]), .answer = std::move(answers[i])});
    return lessons;
  }

  double doubt_;
  std::uint64_t seed_;
};

}  // namespace

std::unique_ptr<Corrector> make_self_corrector(double doubt, std::uint64_t seed) {
  return std::make_unique<SelfCorrector>(doubt, seed);
}

}  // namespace errata::improve
