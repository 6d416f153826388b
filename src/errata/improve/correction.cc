#include "errata/improve/correction.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "errata/improve/correction_command.h"
#include "errata/improve/correction_self.h"
#include "errata/improve/correction_vote.h"

namespace errata::improve {
namespace {

class ReferenceCorrector : public TruthCorrector {
 public:
  [[nodiscard]] bool charges() const override { return false; }

 protected:
  Result<std::vector<std::string>> answers_to(const Asking& asking, std::span<const Question> questions) override {
    std::vector<std::string> answers;
    for (const Question& question : questions) {
      answers.push_back(asking.task.reference(question));
      const bool right = asking.task.verify(question, answers.back());
      ERRATA_TRY(asking.task.health());
      if (!right)
        return data_error(fmt::format("task {}: its verifier refuses its own reference of '{}'", asking.task.name(),
                                      question.prompt));
    }
    return answers;
  }
};

}  // namespace

std::vector<Question> pool_variants(const Task& task, std::span<const Question> like, std::size_t each, Rng& rng) {
  std::vector<Question> variants;
  for (const Question& question : like)
    for (std::size_t v = 0; v < each; ++v)
      if (Question variant = task.variant(question, rng); split_of(variant) == Split::pool)
        variants.push_back(std::move(variant));
  return variants;
}

Result<std::vector<bool>> TruthCorrector::believes(const Asking& asking, std::span<const Question> questions,
                                                   std::span<const Answered> answers) {
  std::vector<bool> right(questions.size());
  for (std::size_t i = 0; i < questions.size(); ++i) right[i] = asking.task.verify(questions[i], answers[i].text);
  ERRATA_TRY(asking.task.health());
  return right;
}

Result<std::vector<Correction>> TruthCorrector::correct(const Asking& asking, std::span<const Question> questions,
                                                        std::span<const StoredAnswer>) {
  ERRATA_ASSIGN(auto answers, answers_to(asking, questions));
  std::vector<Correction> corrections;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const bool right = asking.task.verify(questions[i], answers[i]);
    corrections.push_back({.answer = std::move(answers[i]), .found = true, .verified = right});
  }
  ERRATA_TRY(asking.task.health());
  return corrections;
}

Result<std::vector<Lesson>> TruthCorrector::lessons(const Asking& asking, std::span<const Question> like,
                                                    std::size_t each, Rng& rng) {
  std::vector<Question> variants = pool_variants(asking.task, like, each, rng);
  ERRATA_ASSIGN(auto answers, answers_to(asking, variants));
  std::vector<Lesson> lessons;
  for (std::size_t i = 0; i < variants.size(); ++i)
    if (asking.task.verify(variants[i], answers[i]))
      lessons.push_back({.question = std::move(variants[i]), .answer = std::move(answers[i])});
  ERRATA_TRY(asking.task.health());
  return lessons;
}

Result<std::unique_ptr<Corrector>> make_corrector(const LoopOptions& options, std::span<const language::Model> voters,
                                                  const Cancellation* cancellation) {
  switch (options.teacher) {
    case Teacher::self: return make_self_corrector(options.doubt, options.seed);
    case Teacher::vote: return make_vote_corrector(options, voters);
    case Teacher::command: return make_command_corrector(options.teacher_command, cancellation);
    case Teacher::reference: break;
  }
  return std::make_unique<ReferenceCorrector>();
}

Detected detect_believed(bool believed, const Answered& answered, double doubt) {
  if (!believed) return Detected::wrong;
  return std::exp(answered.least_log_probability) < doubt ? Detected::doubtful : Detected::no;
}

Result<void> set_corrections(Corrector& corrector, const Asking& asking, std::span<const Question> questions,
                             std::span<StoredAnswer> answers) {
  std::vector<Question> detected;
  std::vector<StoredAnswer> theirs;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (answers[i].detected == Detected::no) continue;
    detected.push_back(questions[i]);
    theirs.push_back(answers[i]);
    places.push_back(i);
  }
  ERRATA_ASSIGN(auto corrections, corrector.correct(asking, detected, theirs));
  for (std::size_t k = 0; k < places.size(); ++k) {
    if (!corrections[k].found) continue;
    StoredAnswer& one = answers[places[k]];
    one.correction = std::move(corrections[k].answer);
    one.corrected_by = corrector.name();
    one.verified = corrections[k].verified;
  }
  return {};
}

Result<std::vector<Lesson>> lessons_like(Corrector& corrector, const Asking& asking,
                                         std::span<const StoredAnswer> failures, const LoopOptions& options,
                                         double replay, Rng& rng) {
  if (failures.empty() || options.variants == 0) return {};
  std::size_t each = options.variants;
  if (corrector.charges()) {
    const double learned =
        static_cast<double>(options.tuning.steps * options.batch) * (1 - replay);  // examples of a round
    each = std::clamp<std::size_t>(static_cast<std::size_t>(std::ceil(learned / static_cast<double>(failures.size()))),
                                   1, each);
  }
  std::vector<Question> like;
  for (const StoredAnswer& failure : failures)
    like.push_back({.skill = skill_of(asking.task, failure.skill), .prompt = failure.prompt});
  return corrector.lessons(asking, like, each, rng);
}

Result<std::vector<Lesson>> fresh_lessons(Corrector& corrector, const Asking& asking,
                                          std::span<const Question> questions, const LoopOptions& options, Rng& rng) {
  const auto learned =
      static_cast<std::size_t>(static_cast<double>(options.tuning.steps * options.batch) * options.fresh);
  std::vector<Question> like;
  for (std::size_t i = 0; i < learned; ++i) like.push_back(questions[rng.below(questions.size())]);
  return corrector.lessons(asking, like, 1, rng);
}

}  // namespace errata::improve
