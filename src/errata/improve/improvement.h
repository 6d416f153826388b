#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/limits.h"
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

/// A sign that an answer is wrong; the last two are learned.
enum class Signal : std::uint8_t {
  mean,         ///< mean log-probability of its tokens
  least,        ///< least log-probability of a token
  entropy,      ///< of what else its tokens might have been
  consistency,  ///< share of sampled answers that agree with it
  margin,       ///< share of the samples' most frequent answer less that of the next
  inverse,      ///< the inverse check
  auditor,      ///< module `audit`'s learned detector on the hidden states
  combined,     ///< all of these
};
inline constexpr std::size_t kSignals = 8;
[[nodiscard]] std::string_view name_of(Signal signal);

/// What settles whether an answer is remembered.
enum class Detector : std::uint8_t { verifier, least, mean, consistency, auditor, combined };
[[nodiscard]] std::string_view name_of(Detector detector);
/// @return invalid_argument that lists the names
[[nodiscard]] Result<Detector> detector_named(std::string_view name);

/// What settles whether a tuned model is kept.
enum class Gate : std::uint8_t {
  development,  ///< questions that were held back, by their truth
  alarm,        ///< the collapse alarm alone, which knows no truth: every round is kept until it rings
  none,         ///< every round is kept; what the alarm says is told
};
[[nodiscard]] std::string_view name_of(Gate gate);
/// @return invalid_argument that lists the names
[[nodiscard]] Result<Gate> gate_named(std::string_view name);

/// What is learned from a text that is not to be forgotten.
enum class Rehearsal : std::uint8_t {
  model,  ///< to expect what the model of the round's start does, whatever the text says (KL divergence)
  text,   ///< its tokens
};
[[nodiscard]] std::string_view name_of(Rehearsal rehearsal);
/// @return invalid_argument that lists the names
[[nodiscard]] Result<Rehearsal> rehearsal_named(std::string_view name);

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
  Detector detect = Detector::verifier;
  double doubt = 0.6;       ///< an answer below this confidence is doubtful; of its least token with the verifier
  std::size_t samples = 4;  ///< answers drawn to each question, whose votes are signals; 0: none
  double labelled = 0.25;   ///< share of a round's answers that the auditor learns from
  Gate gate = Gate::development;
  std::size_t watched = 300;       ///< questions that the alarm watches; 0: none
  double across_modes = 0.5;       ///< 0: every failure is drawn alike; 1: every failure mode
  std::size_t variants = 8;        ///< questions of the same shape for each remembered failure
  std::optional<double> replay{};  ///< share of a batch that the model had answered rightly; without it replay_for()
  double fresh = 0;                ///< share of a batch like any question of the round; the rest is failures and replay
  double most_forgotten = 0.01;    ///< accuracy of a skill below its start at which a round is taken back
  double rehearse = 0.2;           ///< share of a batch that are texts, where there are some
  Rehearsal rehearse_as = Rehearsal::model;
  double most_perplexity = 0.02;  ///< rise of the texts' perplexity, a share of its start, at which it is as well
  Source source = Source::failures;
  Teacher teacher = Teacher::reference;
  std::string teacher_command{};  ///< of Teacher::command, as base/command_words.h parts it
  std::size_t votes = 5;          ///< answers drawn for a vote without other models
  language::LoraOptions lora{};
  language::TrainingOptions tuning{.steps = 200, .learning_rate = 2e-3, .weight_decay = 0};
  std::size_t batch = 128;
  std::uint64_t seed = 1;
};
/// The share of replay in a batch of a round of which so many answers were wrong: enough to keep what is known where
/// failures are rare, and so little where they are many that a batch holds more of them than fresh questions would. It
/// grows with every round that was taken back because something was forgotten.
/// @param wrong  share, in [0, 1]  @param forgot  such rounds so far
[[nodiscard]] double replay_for(double wrong, std::size_t forgot = 0);

/// @return invalid_argument naming what is out of range
[[nodiscard]] Result<void> check(const LoopOptions& options);
/// Every option that results depend on but the number of rounds, in one line.
[[nodiscard]] std::string words_of(const LoopOptions& options);

/// Wrong answers of each skill.
using Evaluation = std::vector<stats::FailureCount>;
/// Mean over the skills; NaN without questions.
[[nodiscard]] double accuracy(const Evaluation& evaluation);
[[nodiscard]] double accuracy(const stats::FailureCount& skill);

/// Whether a skill lost more than `most` of its accuracy, and more than chance counts: more failures are new than the
/// root of all that there are, so that one question of ten is no verdict.
/// @param start, now  of the same questions
[[nodiscard]] bool is_forgotten(const stats::FailureCount& start, const stats::FailureCount& now, double most);
/// Whether a smaller share of all questions fails.
[[nodiscard]] bool is_better(const Evaluation& now, const Evaluation& before);

enum class Verdict : std::uint8_t {
  kept,
  no_gain,            ///< no better on the development questions: taken back
  forgot,             ///< a skill lost more than most_forgotten, or texts became stranger: taken back
  collapse,           ///< the alarm rang: taken back, with the rounds before it since its signals were best
  nothing_wrong,      ///< no failure to learn from; the loop ends
  nothing_corrected,  ///< failures, and none with a correction that may be learned from; the loop ends
};
[[nodiscard]] std::string_view name_of(Verdict verdict);
/// Did the round tune an adapter?
[[nodiscard]] bool has_learned(Verdict verdict);

/// How well a signal tells wrong answers from right ones; NaN where it was not taken or all were right or wrong.
struct SignalQuality {
  double auroc = kNaN, low = kNaN, high = kNaN;  ///< 95% interval by DeLong
  double aurc = kNaN;                            ///< area under the risk-coverage curve; lower is better
};

/// The auditor trained without a skill, on answers of that skill; mean: that of the mean log-probability.
struct WithheldQuality {
  std::size_t skill = 0;
  std::uint64_t cases = 0, wrong = 0;
  double auditor = kNaN, combined = kNaN, mean = kNaN;  ///< AUROC
};

struct DetectionQuality {
  std::uint64_t cases = 0, wrong = 0;  ///< measured on: answers that the auditor did not learn from
  std::uint64_t labelled = 0, labelled_wrong = 0;
  std::array<SignalQuality, kSignals> signals{};
  double combined_less_mean = kNaN, combined_p = kNaN;  ///< AUROC less that of the mean log-probability; DeLong's test
  std::vector<WithheldQuality> withheld{};
  [[nodiscard]] const SignalQuality& operator[](Signal signal) const {
    return signals[static_cast<std::size_t>(signal)];
  }
};

/// What the collapse alarm sees of a model on the questions that it watches, all without their truth.
struct Watch {
  double margin = kNaN;   ///< mean of the votes' margin
  double auditor = kNaN;  ///< mean probability of being right that the first round's auditor gives the answers
  double inverse = kNaN;  ///< share of the answers that the inverse check agrees with
};

/// A held-out question whose answer turned from wrong to right, or the other way.
struct Example {
  std::string skill, prompt, reference, before, after;
  bool fixed = false;
};

struct Round {
  std::size_t number = 0;    ///< from 1
  Evaluation asked;          ///< of the pool, by the model that the round began with
  std::size_t doubtful = 0;  ///< answers that were remembered without having been shown to be wrong
  DetectionQuality detection{};
  std::size_t remembered = 0, variants = 0, replayed = 0;  ///< different examples that it learned from
  double replay = kNaN;                                    ///< share of a batch; NaN of the control
  std::uint64_t adapter = 0;                               ///< checksum of what was tuned; 0 without
  double first_loss = 0, last_loss = 0;
  Evaluation development;    ///< of the tuned model
  double perplexity = kNaN;  ///< of texts, by the tuned model
  Verdict verdict = Verdict::kept;
  Evaluation held_out;              ///< of the model that is in force after the round
  stats::PairedCounts pairs;        ///< held-out questions: wrong at the start (first), wrong now (second)
  Watch before{}, watch{};          ///< of the model that it began with, and of the tuned one
  bool alarm = false;               ///< the collapse alarm rang, whatever the gate
  std::size_t back_to = 0;          ///< round whose model is in force after a collapse; 0: the start
  std::vector<Example> examples{};  ///< fixed and broken since the start, some of each
  std::uint64_t tokens_written = 0, tokens_learned = 0;  ///< by answering and sampling; in the batches of its tuning
};

/// Failures that have something in common, found by module `memory`.
struct FailureMode {
  std::uint32_t id = 0;
  std::string name;                              ///< what its questions share
  std::vector<std::uint64_t> failures;           ///< a round, from round 1
  std::vector<std::string> kinds{};              ///< of error, the most frequent first, with counts
  std::string prompt{}, answer{}, correction{};  ///< one of its failures
};

struct Cost {
  std::size_t round = 0;
  std::string step;
  double wall_seconds = 0, cpu_seconds = 0;
};

struct Improvement {
  std::string task, note{};  ///< what a reader of the answers must know
  std::vector<std::string> skills;
  LoopOptions options;
  std::size_t parameters = 0, adapter_parameters = 0;
  Evaluation start_development, start_held_out;
  std::size_t texts = 0;           ///< whose perplexity is watched
  double start_perplexity = kNaN;  ///< of these
  std::vector<Round> rounds;
  std::size_t begun = 0;     ///< a round that was begun and has not ended; 0: none
  std::string begun_step{};  ///< the last step of it that was done
  std::vector<FailureMode> modes{};
  double mode_information = kNaN;  ///< adjusted mutual information of modes and true kinds of error
  std::vector<Cost> costs{};       ///< the only part that differs from run to run
};

/// A round as the store keeps it.
[[nodiscard]] std::string round_content(const Round& round);
/// @return data error naming `place` for what is no round
[[nodiscard]] Result<Round> parse_round(std::string_view content, std::string_view place);

}  // namespace errata::improve
