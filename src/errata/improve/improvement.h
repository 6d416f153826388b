#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/language/adapter.h"
#include "errata/language/training.h"
#include "errata/stats/rate.h"
#include "errata/stats/rate_difference.h"

namespace errata::improve {

/// What a round learns from.
enum class Source : std::uint8_t {
  failures,  ///< what was wrong or doubtful, variants of it, and what was right
  random,    ///< the control: fresh questions of the pool and their references, as many updates
};
[[nodiscard]] std::string_view name_of(Source source);

/// Who corrects what was wrong.
enum class Teacher : std::uint8_t {
  reference,  ///< the task's
  self,       ///< the model itself, by the task's identities; neither reference nor verifier is looked at
  vote,       ///< the majority of its own drawn answers, or of other models; neither is looked at either
  command,    ///< a program that is asked
};
[[nodiscard]] std::string_view name_of(Teacher teacher);
/// Does the verifier decide what is wrong and whether a round is kept?
[[nodiscard]] constexpr bool knows_truth(Teacher teacher) {
  return teacher == Teacher::reference || teacher == Teacher::command;
}

struct LoopOptions {
  std::size_t rounds = 4;
  std::size_t questions = 8000;   ///< asked in a round, skills in turn
  std::size_t development = 800;  ///< questions a skill that decide whether a round is kept
  std::size_t held_out = 800;     ///< questions a skill that nothing is chosen by
  double doubt = 0.6;             ///< a right answer with a token below this probability is doubtful
  std::size_t variants = 8;       ///< questions of the same shape for each remembered failure
  double replay = 0.6;            ///< share of a batch that the model had answered rightly
  double fresh = 0;               ///< share of a batch like any question of the round; the rest is failures and replay
  double most_forgotten = 0.01;   ///< accuracy of a skill below its start at which a round is taken back
  Source source = Source::failures;
  Teacher teacher = Teacher::reference;
  std::string teacher_command{};  ///< of Teacher::command, as base/command_words.h parts it
  std::size_t votes = 5;          ///< answers drawn for a vote without other models
  language::LoraOptions lora{};
  language::TrainingOptions tuning{.steps = 200, .learning_rate = 2e-3, .weight_decay = 0};
  std::size_t batch = 128;
  std::uint64_t seed = 1;
};
/// @return invalid_argument naming what is out of range
[[nodiscard]] Result<void> check(const LoopOptions& options);
/// Every option that results depend on but the number of rounds, in one line.
[[nodiscard]] std::string words_of(const LoopOptions& options);

/// Wrong answers of each skill.
using Evaluation = std::vector<stats::FailureCount>;
/// Mean over the skills; NaN without questions.
[[nodiscard]] double accuracy(const Evaluation& evaluation);
[[nodiscard]] double accuracy(const stats::FailureCount& skill);

enum class Verdict : std::uint8_t {
  kept,
  no_gain,        ///< no better on the development questions: taken back
  forgot,         ///< a skill lost more than most_forgotten: taken back
  nothing_wrong,  ///< no failure to learn from; the loop ends
};
[[nodiscard]] std::string_view name_of(Verdict verdict);

struct Round {
  std::size_t number = 0;    ///< from 1
  Evaluation asked;          ///< of the pool, by the model that the round began with
  std::size_t doubtful = 0;  ///< right answers among them that were doubtful
  double auroc_mean = 0;     ///< of the mean log-probability of a token, as a sign that an answer is wrong
  double auroc_least = 0;    ///< of the least; both NaN where all were right or all wrong
  std::size_t remembered = 0, variants = 0, replayed = 0;  ///< different examples that it learned from
  double first_loss = 0, last_loss = 0;
  Evaluation development;  ///< of the tuned model
  Verdict verdict = Verdict::kept;
  Evaluation held_out;        ///< of the model that is in force after the round
  stats::PairedCounts pairs;  ///< held-out questions: wrong at the start (first), wrong now (second)
};

struct Improvement {
  std::string task;
  std::vector<std::string> skills;
  LoopOptions options;
  std::size_t parameters = 0, adapter_parameters = 0;
  Evaluation start_development, start_held_out;
  std::vector<Round> rounds;
};

/// A round as the store keeps it.
[[nodiscard]] std::string round_content(const Round& round);
/// @return data error naming `place` for what is no round
[[nodiscard]] Result<Round> parse_round(std::string_view content, std::string_view place);

}  // namespace errata::improve
