#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/cancellation.h"
#include "errata/base/rng.h"
#include "errata/improve/asking.h"
#include "errata/improve/failure_store.h"
#include "errata/improve/improvement.h"
#include "errata/improve/task.h"

namespace errata::improve {

struct Correction {
  std::string answer{};
  bool found = false;
  bool verified = false;
};

/// Who says what is wrong, and what would be right (docs/methods/improve.md).
class Corrector {
 public:
  Corrector() = default;
  Corrector(const Corrector&) = delete;
  Corrector& operator=(const Corrector&) = delete;
  virtual ~Corrector() = default;

  /// As the memory names it.
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// Does an answer hold, as far as the teacher knows? With one from outside, the task's verifier says so.
  [[nodiscard]] virtual Result<std::vector<bool>> believes(const Asking& asking, std::span<const Question> questions,
                                                           std::span<const Answered> answers) = 0;
  /// Corrections of what was detected. @param answers  the model's, of those questions
  [[nodiscard]] virtual Result<std::vector<Correction>> correct(const Asking& asking,
                                                                std::span<const Question> questions,
                                                                std::span<const StoredAnswer> answers) = 0;
  /// Up to `each` lessons of the shape of every question, in order.
  [[nodiscard]] virtual Result<std::vector<Lesson>> lessons(const Asking& asking, std::span<const Question> like,
                                                            std::size_t each, Rng& rng) = 0;
  /// Does a lesson cost an answer of a model or a program?
  [[nodiscard]] virtual bool charges() const { return true; }
};

/// A teacher from outside: what it answers is verified, and what is wrong of it is kept apart.
class TruthCorrector : public Corrector {
 public:
  [[nodiscard]] std::string_view name() const override { return name_of(Teacher::reference); }
  [[nodiscard]] Result<std::vector<bool>> believes(const Asking& asking, std::span<const Question> questions,
                                                   std::span<const Answered> answers) override;
  [[nodiscard]] Result<std::vector<Correction>> correct(const Asking& asking, std::span<const Question> questions,
                                                        std::span<const StoredAnswer> answers) override;
  [[nodiscard]] Result<std::vector<Lesson>> lessons(const Asking& asking, std::span<const Question> like,
                                                    std::size_t each, Rng& rng) override;

 protected:
  /// An answer a question.
  [[nodiscard]] virtual Result<std::vector<std::string>> answers_to(const Asking& asking,
                                                                    std::span<const Question> questions) = 0;
};

/// `each` variants of every question, those of the pool.
[[nodiscard]] std::vector<Question> pool_variants(const Task& task, std::span<const Question> like, std::size_t each,
                                                  Rng& rng);

/// The corrector of the options' teacher.
/// @param voters  outlive it; for Teacher::vote
/// @return invalid_argument for a command that is no command, or cannot be started
[[nodiscard]] Result<std::unique_ptr<Corrector>> make_corrector(const LoopOptions& options,
                                                                std::span<const language::Model> voters,
                                                                const Cancellation* cancellation);

/// As detect(), where no verifier may be asked: wrong is what the teacher does not believe.
[[nodiscard]] Detected detect_believed(bool believed, const Answered& answered, double doubt);

/// Puts corrections to the answers of a round that were detected. @param questions  of the answers
[[nodiscard]] Result<void> set_corrections(Corrector& corrector, const Asking& asking,
                                           std::span<const Question> questions, std::span<StoredAnswer> answers);

/// Lessons of the shape of the memory's failures: LoopOptions::variants of each, or, where each costs an answer, no
/// more than a round can learn from.
[[nodiscard]] Result<std::vector<Lesson>> lessons_like(Corrector& corrector, const Asking& asking,
                                                       std::span<const StoredAnswer> failures,
                                                       const LoopOptions& options, double replay, Rng& rng);

/// Lessons like questions of the round, as many as LoopOptions::fresh of its batches asks for, drawn of them all.
[[nodiscard]] Result<std::vector<Lesson>> fresh_lessons(Corrector& corrector, const Asking& asking,
                                                        std::span<const Question> questions, const LoopOptions& options,
                                                        Rng& rng);

}  // namespace errata::improve
