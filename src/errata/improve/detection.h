#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "errata/base/cancellation.h"
#include "errata/improve/asking.h"
#include "errata/improve/failure_store.h"
#include "errata/improve/improvement.h"
#include "errata/improve/task.h"
#include "errata/language/model.h"
#include "errata/language/tokenizer.h"

namespace errata::improve {

/// A signal of an answer as a risk: higher is more likely wrong; NaN where it was not taken.
[[nodiscard]] double risk_of(const StoredAnswer& answer, Signal signal);
/// The probability of being right that a detector gives an answer: of its least token, the geometric mean of its
/// tokens, the share of samples that agree, or 1 less the auditor's or the combined risk. NaN where it was not taken.
[[nodiscard]] double confidence_of(const StoredAnswer& answer, Detector by);

/// Reads questions with their answers once more: entropy, and the hidden states of the middle and the last layer.
[[nodiscard]] Result<void> take_states(const language::Model& model, const language::Tokenizer& tokenizer,
                                       std::span<StoredAnswer> answers, const Cancellation* cancellation = nullptr);

/// Answers as rows of the store that no signal was taken of but those of their tokens.
[[nodiscard]] std::vector<StoredAnswer> stored_answers(const Task& task, std::size_t round,
                                                       std::span<const Question> questions,
                                                       std::span<const Answered> answers);

/// What the task's identities say of answers, as the model works them out: inverse.
[[nodiscard]] Result<void> take_inverse(const Asking& asking, std::span<const Question> questions,
                                        std::span<StoredAnswer> answers);

/// Draws answers at temperature 1 and counts what they mean as votes: agreement, margin and vote.
/// @param samples  to each question; 0 changes nothing  @param seed  of the draws
/// @return tokens that were written
[[nodiscard]] Result<std::uint64_t> take_votes(const Asking& asking, std::span<const Question> questions,
                                               std::size_t samples, std::uint64_t seed,
                                               std::span<StoredAnswer> answers);

/// The auditor of answers: module `audit`'s learned detector on their hidden states, calibrated, and a logistic
/// regression of its log-odds and all other signals (combined). Both learn from whether answers were right, never from
/// a confidence.
class AnswerAuditor {
 public:
  /// Three auditors, each trained on two thirds of the answers, calibrated on the other, and averaged.
  /// @param labelled  answers with hidden states of one width  @param wrong  [labelled] 0/1
  /// @return nothing where there are fewer than 12 of either outcome to learn from
  [[nodiscard]] static Result<std::optional<AnswerAuditor>> fit(std::span<const StoredAnswer* const> labelled,
                                                                std::span<const std::uint8_t> wrong, std::uint64_t seed,
                                                                const Cancellation* cancellation = nullptr);
  AnswerAuditor(AnswerAuditor&&) noexcept;
  AnswerAuditor& operator=(AnswerAuditor&&) noexcept;
  ~AnswerAuditor();

  struct Risks {
    std::vector<double> auditor, combined;  ///< [answers] in (0, 1)
  };
  [[nodiscard]] Risks risks(std::span<const StoredAnswer* const> answers,
                            const Cancellation* cancellation = nullptr) const;

 private:
  struct Parts;
  explicit AnswerAuditor(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

/// Settles of each answer whether it is remembered, by what the options detect with, and how sure that is. With the
/// verifier: it is wrong, or a token had a probability below `doubt`. With another detector: its confidence is below
/// `doubt`, or it is a labelled answer that is wrong.
/// @param wrong  [answers] 0/1; of the labelled ones alone where no verifier detects
void detect(const LoopOptions& options, std::span<const std::uint8_t> wrong, std::span<StoredAnswer> answers);

/// How well each signal tells wrong answers from right ones, on answers that nothing learned from.
/// @param wrong  [answers] 0/1
[[nodiscard]] DetectionQuality measure_detection(std::span<const StoredAnswer> answers,
                                                 std::span<const std::uint8_t> wrong);

/// The auditor trained without a skill, on the answers of that skill alone; one an entry of `skills`.
/// @param labelled, labelled_wrong  what auditors learn from  @param answers, wrong  what they are measured on
[[nodiscard]] Result<std::vector<WithheldQuality>> measure_withheld(
    std::span<const std::string> skills, std::span<const StoredAnswer* const> labelled,
    std::span<const std::uint8_t> labelled_wrong, std::span<const StoredAnswer> answers,
    std::span<const std::uint8_t> wrong, std::uint64_t seed, const Cancellation* cancellation = nullptr);

}  // namespace errata::improve
