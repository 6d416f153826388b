#include "errata/improve/loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <utility>

#include "errata/improve/answering.h"
#include "errata/improve/correction.h"
#include "errata/improve/detection.h"
#include "errata/improve/material.h"
#include "errata/language/adapter.h"

namespace errata::improve {
namespace {

// Streams of random numbers of a round, and of the questions that stay the same through all rounds.
constexpr std::uint64_t kRoundStreams = 1'000'000, kAskStream = 0, kVariantStream = 1, kAdapterStream = 2,
                        kFirstStep = 10, kDevelopmentStream = 1, kHeldOutStream = 2, kOrderStream = 3;

class Loop {
 public:
  Loop(const LoopParts& parts, language::Model& model, const LoopOptions& options, const Progress& progress)
      : parts_(parts), model_(model), options_(options), progress_(progress) {}

  Result<Improvement> run() {
    ERRATA_ASSIGN(corrector_, make_corrector(options_, parts_.voters, progress_.cancellation()));
    ERRATA_TRY(check_stored());
    ERRATA_TRY(start());
    ERRATA_TRY(go_on());
    for (std::size_t number = made_.rounds.size() + 1; number <= options_.rounds && !is_over(); ++number) {
      ERRATA_ASSIGN(Round round, run_round(number));
      ERRATA_TRY(parts_.store.put_round(number, round_content(round)));
      made_.rounds.push_back(std::move(round));
    }
    return std::move(made_);
  }

 private:
  [[nodiscard]] bool is_over() const {
    return !made_.rounds.empty() && made_.rounds.back().verdict == Verdict::nothing_wrong;
  }
  [[nodiscard]] Rng stream(std::size_t round, std::uint64_t of) const {
    return Rng(options_.seed).fork(round * kRoundStreams + of);
  }
  void tell(std::size_t round, const char* what) const {
    progress_.tell(round == 0 ? std::string(what) : fmt::format("round {} of {}: {}", round, options_.rounds, what),
                   -1);
  }

  /// The fixed questions, and how the model does on them before anything is learned.
  Result<void> start() {
    tell(0, "measuring the start");
    for (std::size_t skill = 0; skill < parts_.task.skills().size(); ++skill) {
      Rng development = stream(0, kDevelopmentStream).fork(skill), held_out = stream(0, kHeldOutStream).fork(skill);
      for (auto& q : draw_distinct(parts_.task, skill, Split::development, options_.development, development))
        development_.push_back(std::move(q));
      for (auto& q : draw_distinct(parts_.task, skill, Split::held_out, options_.held_out, held_out))
        held_out_.push_back(std::move(q));
    }
    made_.task = parts_.task.name();
    made_.skills.assign(parts_.task.skills().begin(), parts_.task.skills().end());
    made_.options = options_;
    made_.parameters = model_.plan.size;
    ERRATA_ASSIGN(const auto adapter, language::make_adapter(model_, options_.lora, 0));
    made_.adapter_parameters = adapter.plan.size;
    ERRATA_ASSIGN(made_.start_development, evaluate_development(model_));
    ERRATA_ASSIGN(made_.start_held_out, evaluate(model_, held_out_, &right_at_start_));
    return {};
  }

  /// What is stored must be answers to the questions that this run asks; a file can have been changed.
  Result<void> check_stored() const {
    ERRATA_ASSIGN(const auto stored, parts_.store.all_answers());
    std::size_t round = 0;
    std::vector<Question> questions;
    for (const StoredAnswer& one : stored) {
      if (std::exchange(round, one.round) != one.round) questions = questions_of(one.round);
      if (one.place >= questions.size() || questions[one.place].prompt != one.prompt ||
          parts_.task.skills()[questions[one.place].skill] != one.skill)
        return data_error(
            fmt::format("the failure memory has '{}' ({}) as question {} of round {}, which this run does not ask "
                        "there: the file was changed",
                        one.prompt, one.skill, one.place, one.round));
    }
    return {};
  }

  /// Rounds that the store holds.
  Result<void> go_on() {
    ERRATA_ASSIGN(const auto contents, parts_.store.rounds());
    for (const std::string& content : contents) {
      if (made_.rounds.size() == options_.rounds) break;
      ERRATA_ASSIGN(Round round, parse_round(content, "the failure memory"));
      if (round.verdict == Verdict::kept) {
        ERRATA_ASSIGN(const auto adapter, language::load_adapter(adapter_folder(round.number), model_));
        language::merge(model_, adapter);
      }
      made_.rounds.push_back(std::move(round));
    }
    return {};
  }

  /// @param right  filled where it is given
  Result<Evaluation> evaluate(const language::Model& model, const std::vector<Question>& questions,
                              std::vector<bool>* right) {
    ERRATA_ASSIGN(auto judged, judge(model, parts_.tokenizer, parts_.task, questions, progress_.cancellation()));
    Evaluation evaluation = counted(questions, judged);
    if (right != nullptr) *right = std::move(judged);
    return evaluation;
  }

  [[nodiscard]] Asking asking(const language::Model& model) const {
    return {
        .model = model, .tokenizer = parts_.tokenizer, .task = parts_.task, .cancellation = progress_.cancellation()};
  }

  /// By what the teacher believes: with one from outside, the truth.
  Result<Evaluation> evaluate_development(const language::Model& model) {
    ERRATA_ASSIGN(const auto answers, answer(model, parts_.tokenizer, development_, parts_.task.longest_answer(),
                                             progress_.cancellation()));
    ERRATA_ASSIGN(const auto believed, corrector_->believes(asking(model), development_, answers));
    return counted(development_, believed);
  }

  [[nodiscard]] Evaluation counted(const std::vector<Question>& questions, const std::vector<bool>& right) const {
    Evaluation evaluation(parts_.task.skills().size());
    for (std::size_t i = 0; i < questions.size(); ++i) {
      ++evaluation[questions[i].skill].trials;
      if (!right[i]) ++evaluation[questions[i].skill].failures;
    }
    return evaluation;
  }

  [[nodiscard]] std::filesystem::path adapter_folder(std::size_t round) const {
    return parts_.folder / fmt::format("round-{}", round);
  }

  /// The questions of a round: skills in turn, fresh of the pool.
  [[nodiscard]] std::vector<Question> questions_of(std::size_t round) const {
    return round_questions(parts_.task, round, options_.questions, stream(0, kOrderStream), stream(round, kAskStream));
  }

  /// Answers, detects, corrects and stores; or what the store has of the round already.
  Result<std::vector<StoredAnswer>> answers_of(std::size_t number, const std::vector<Question>& questions) {
    ERRATA_ASSIGN(auto stored, parts_.store.answers(number));
    if (stored.size() == questions.size()) return stored;
    tell(number, "answering");
    ERRATA_ASSIGN(const auto answers,
                  answer(model_, parts_.tokenizer, questions, parts_.task.longest_answer(), progress_.cancellation()));
    ERRATA_ASSIGN(const auto believed, corrector_->believes(asking(model_), questions, answers));
    stored.clear();
    for (std::size_t i = 0; i < questions.size(); ++i) {
      StoredAnswer one{.round = number,
                       .place = i,
                       .skill = made_.skills[questions[i].skill],
                       .prompt = questions[i].prompt,
                       .answer = answers[i].text,
                       .correction = {},
                       .detected = knows_truth(options_.teacher)
                                       ? detect(parts_.task, questions[i], answers[i], options_.doubt)
                                       : detect_believed(believed[i], answers[i], options_.doubt),
                       .mean_log_probability = answers[i].mean_log_probability,
                       .least_log_probability = answers[i].least_log_probability};
      stored.push_back(std::move(one));
    }
    ERRATA_TRY(set_corrections(*corrector_, asking(model_), questions, stored));
    ERRATA_TRY(parts_.store.put_answers(number, stored));
    return stored;
  }

  Result<Round> run_round(std::size_t number) {
    Round round{.number = number};
    const std::vector<Question> questions = questions_of(number);
    ERRATA_ASSIGN(const auto answers, answers_of(number, questions));
    round.asked.resize(made_.skills.size());
    for (std::size_t i = 0; i < answers.size(); ++i) {
      auto& skill = round.asked[questions[i].skill];
      ++skill.trials;
      if (answers[i].detected == Detected::wrong) ++skill.failures;
      if (answers[i].detected == Detected::doubtful) ++round.doubtful;
    }
    measure_detection(answers, round);
    ERRATA_ASSIGN(const auto failures, parts_.store.failures(number));
    Rng rng = stream(number, kVariantStream);
    ERRATA_ASSIGN(const auto lessons, lessons_like(*corrector_, asking(model_), failures, options_, rng));
    ERRATA_ASSIGN(const auto fresh, fresh_lessons(*corrector_, asking(model_), questions, options_, rng));
    ERRATA_ASSIGN(const Material material,
                  gather(parts_.tokenizer, failures, lessons, fresh, answers, options_.teacher == Teacher::vote));
    if (material.failures.empty()) return without_failures(std::move(round));
    ERRATA_TRY(tune(material, round));
    ERRATA_ASSIGN(round.held_out, held_out_now(round));
    return round;
  }

  [[nodiscard]] Result<Round> without_failures(Round round) {
    round.verdict = Verdict::nothing_wrong;
    round.development = development_now();
    ERRATA_ASSIGN(round.held_out, held_out_now(round));
    return round;
  }

  /// Tunes an adapter, and keeps it or takes it back.
  Result<void> tune(const Material& material, Round& round) {
    const bool random = options_.source == Source::random;
    if (!random) {
      round.remembered = material.remembered;
      round.variants = material.variants;
      round.replayed = material.replay.size();
    }
    ERRATA_ASSIGN(auto adapter,
                  language::make_adapter(model_, options_.lora, stream(round.number, kAdapterStream).next()));
    const auto draw = [&](std::size_t step) {
      Rng rng = stream(round.number, kFirstStep + step);
      return random ? random_batch(parts_.task, parts_.tokenizer, options_.batch, rng)
                    : batch_of(material, options_.batch, options_.fresh, options_.replay, rng);
    };
    tell(round.number, "tuning");
    const Progress tuning(
        [&](std::string_view, double share) {
          progress_.tell(fmt::format("round {} of {}: tuning", round.number, options_.rounds), share);
        },
        progress_.cancellation());
    ERRATA_ASSIGN(const auto losses, language::train_adapter(model_, adapter, options_.tuning, draw, tuning));
    round.first_loss = losses.front();
    round.last_loss = losses.back();
    tell(round.number, "evaluating");
    language::Model tuned = model_;
    language::merge(tuned, adapter);
    ERRATA_TRY(check_merged(tuned, adapter));
    ERRATA_ASSIGN(round.development, evaluate_development(tuned));
    round.verdict = verdict_of(round.development);
    if (round.verdict != Verdict::kept) return {};
    ERRATA_TRY(language::save_adapter(adapter, adapter_folder(round.number), base_of(round.number)));
    model_ = std::move(tuned);
    return {};
  }

  /// What an adapter of a round belongs to: the model that the kept rounds before it made.
  [[nodiscard]] static std::string base_of(std::size_t round) {
    return round == 1 ? std::string("base") : fmt::format("base with the kept rounds before {} merged", round);
  }

  /// A merged model must compute what model and adapter do, or it is not used.
  Result<void> check_merged(const language::Model& tuned, const language::Adapter& adapter) const {
    constexpr float kMostApart = 1e-2F;  // logits are of the order of 10; rounding is of the order of 1e-5
    ERRATA_ASSIGN(const auto prompt, parts_.tokenizer.encode(development_.front().prompt));
    ERRATA_ASSIGN(const auto with_adapter, language::logits_of(model_, &adapter, prompt));
    ERRATA_ASSIGN(const auto merged, language::logits_of(tuned, nullptr, prompt));
    for (std::size_t i = 0; i < merged.size(); ++i)
      if (!(std::abs(merged[i] - with_adapter[i]) <= kMostApart))
        return data_error(
            fmt::format("the merged model computes {} where model and adapter compute {}: the round is not used",
                        merged[i], with_adapter[i]));
    return {};
  }

  [[nodiscard]] const Evaluation& development_now() const {
    const Evaluation* now = &made_.start_development;
    for (const Round& round : made_.rounds)
      if (round.verdict == Verdict::kept) now = &round.development;
    return *now;
  }

  [[nodiscard]] Verdict verdict_of(const Evaluation& tuned) const {
    // Where no verifier may be asked, an answer fails with its check, so that every mistake may count twice.
    const double most = options_.most_forgotten * (knows_truth(options_.teacher) ? 1 : 2);
    for (std::size_t skill = 0; skill < tuned.size(); ++skill)
      if (accuracy(tuned[skill]) < accuracy(made_.start_development[skill]) - most) return Verdict::forgot;
    return accuracy(tuned) > accuracy(development_now()) ? Verdict::kept : Verdict::no_gain;
  }

  /// The held-out questions by the model in force; asked again only after it has changed.
  Result<Evaluation> held_out_now(Round& round) {
    if (round.verdict != Verdict::kept && !made_.rounds.empty()) {
      round.pairs = made_.rounds.back().pairs;
      return made_.rounds.back().held_out;
    }
    std::vector<bool> right;
    ERRATA_ASSIGN(auto evaluation, evaluate(model_, held_out_, &right));
    for (std::size_t i = 0; i < right.size(); ++i) {
      auto& pairs = round.pairs;
      auto& count = right_at_start_[i] ? (right[i] ? pairs.neither : pairs.only_second)
                                       : (right[i] ? pairs.only_first : pairs.both);
      ++count;
    }
    return evaluation;
  }

  const LoopParts& parts_;
  language::Model& model_;
  const LoopOptions& options_;
  const Progress& progress_;
  Improvement made_;
  std::unique_ptr<Corrector> corrector_;
  std::vector<Question> development_, held_out_;
  std::vector<bool> right_at_start_;
};

}  // namespace

Result<Improvement> improve(const LoopParts& parts, language::Model& model, const LoopOptions& options,
                            const Progress& progress) {
  ERRATA_TRY(check(options));
  return Loop(parts, model, options, progress).run();
}

}  // namespace errata::improve
