#include "errata/improve/loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <iterator>
#include <memory>
#include <numeric>
#include <utility>

#include "errata/base/checksum.h"
#include "errata/improve/alarm.h"
#include "errata/improve/asking.h"
#include "errata/improve/correction.h"
#include "errata/improve/detection.h"
#include "errata/improve/labelled.h"
#include "errata/improve/material.h"
#include "errata/improve/modes.h"
#include "errata/improve/watchman.h"
#include "errata/language/adapter.h"
#include "errata/language/fused.h"

namespace errata::improve {
namespace {

// Streams of random numbers of a round, and of the questions that stay the same through all rounds.
constexpr std::uint64_t kRoundStreams = 1'000'000, kAskStream = 0, kVariantStream = 1, kAdapterStream = 2,
                        kVoteStream = 3, kLabelStream = 4, kAuditorStream = 5, kFirstStep = 10, kDevelopmentStream = 1,
                        kHeldOutStream = 2, kOrderStream = 3, kWatchStream = 4, kWatchVoteStream = 5;
constexpr const char* kMemory = "the failure memory";

/// Wall and processor time since it was made.
class Stopwatch {
 public:
  [[nodiscard]] StepCost cost(std::size_t round, Step step) const {
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - wall_;
    return {.round = round,
            .step = step,
            .wall_seconds = wall.count(),
            .cpu_seconds = static_cast<double>(std::clock() - cpu_) / CLOCKS_PER_SEC};
  }

 private:
  std::chrono::steady_clock::time_point wall_ = std::chrono::steady_clock::now();
  std::clock_t cpu_ = std::clock();
};

std::uint64_t checksum_of(const language::Adapter& adapter) {
  const std::string_view values(reinterpret_cast<const char*>(adapter.values.data()),
                                adapter.values.size() * sizeof(float));
  return checksum(fmt::format("{} {}", adapter.options.alpha, checksum(values)));
}

class Loop {
 public:
  Loop(const LoopParts& parts, language::Model& model, const LoopOptions& options, const Progress& progress)
      : parts_(parts), model_(model), start_(model), options_(options), progress_(progress) {}

  Result<Improvement> run(std::optional<Step> only) {
    ERRATA_ASSIGN(corrector_, make_corrector(options_, parts_.voters, progress_.cancellation()));
    ERRATA_TRY(check_stored());
    ERRATA_TRY(start());
    ERRATA_TRY(go_on());
    if (only) {
      ERRATA_TRY(check_turn(*only));
      ERRATA_TRY(do_step(*only));
    } else {
      while (!is_over()) ERRATA_TRY(do_step(next_step()));
    }
    return summed_up();
  }

 private:
  [[nodiscard]] bool is_over() const {
    if (made_.rounds.size() >= options_.rounds) return true;
    if (made_.rounds.empty()) return false;
    const Verdict last = made_.rounds.back().verdict;
    return !has_learned(last) || last == Verdict::collapse;
  }
  [[nodiscard]] Step next_step() const {
    return done_ ? static_cast<Step>(static_cast<std::size_t>(*done_) + 1) : Step::answer;
  }
  [[nodiscard]] Result<void> check_turn(Step step) const {
    if (is_over())
      return conflict(
          fmt::format("there is no step left: {} of {} rounds are done", made_.rounds.size(), options_.rounds));
    if (step != next_step())
      return conflict(fmt::format("round {}: the next step is `errata improve {}`, not `errata improve {}`",
                                  made_.rounds.size() + 1, name_of(next_step()), name_of(step)));
    return {};
  }
  [[nodiscard]] Rng stream(std::size_t round, std::uint64_t of) const {
    return Rng(options_.seed).fork(round * kRoundStreams + of);
  }
  void tell(std::size_t round, const char* what) const {
    progress_.tell(round == 0 ? std::string(what) : fmt::format("round {} of {}: {}", round, options_.rounds, what),
                   -1);
  }

  /// Does a step of the round that is next, and stores it.
  Result<void> do_step(Step step) {
    const Stopwatch watch;
    round_.number = made_.rounds.size() + 1;
    questions_ = questions_of(round_.number);
    std::vector<StoredAnswer> answers;
    if (step != Step::answer) {
      ERRATA_ASSIGN(answers, parts_.store.answers(round_.number));
    }
    switch (step) {
      case Step::answer: ERRATA_TRY(answer_questions(answers)); break;
      case Step::detect: ERRATA_TRY(detect_failures(answers)); break;
      case Step::correct: ERRATA_TRY(correct(answers)); break;
      case Step::store: ERRATA_TRY(find_failure_modes(answers)); break;
      case Step::tune: ERRATA_TRY(tune(answers)); break;
      case Step::evaluate: ERRATA_TRY(evaluate_round()); break;
    }
    if (step == Step::tune || step == Step::evaluate) answers.clear();  // which these do not change
    ERRATA_TRY(parts_.store.put_step({.round = round_.number, .done = step, .figures = round_content(round_)},
                                     watch.cost(round_.number, step), answers));
    done_ = step;
    if (step == Step::evaluate) end_round();
    return {};
  }

  void end_round() {
    made_.rounds.push_back(std::exchange(round_, {}));
    done_.reset();
  }

  /// The fixed questions, and how the model does on them before anything is learned.
  Result<void> start() {
    draw_fixed_questions();
    made_.task = parts_.task.name();
    made_.note = parts_.task.note();
    made_.texts = parts_.texts.size();
    made_.skills.assign(parts_.task.skills().begin(), parts_.task.skills().end());
    made_.options = options_;
    made_.parameters = model_.plan.size;
    ERRATA_ASSIGN(const auto adapter, language::make_adapter(model_, options_.lora, 0));
    made_.adapter_parameters = adapter.plan.size;
    ERRATA_ASSIGN(const auto rounds, parts_.store.rounds());
    if (rounds.empty() || rounds[0].round != 0) ERRATA_TRY(measure_start());
    ERRATA_ASSIGN(const auto again, parts_.store.rounds());
    ERRATA_ASSIGN(const Round round, parse_round(again[0].figures, kMemory));
    made_.start_development = round.development;
    made_.start_held_out = round.held_out;
    made_.start_perplexity = round.perplexity;
    ERRATA_ASSIGN(at_start_, parts_.store.answers(0));
    const auto asks = [](const StoredAnswer& one, const Question& q) { return one.prompt == q.prompt; };
    if (!std::ranges::equal(at_start_, held_out_, asks) || made_.start_held_out.size() != made_.skills.size() ||
        made_.start_development.size() != made_.skills.size())
      return data_error("the failure memory has other held-out questions than this run: the file was changed");
    return {};
  }

  void draw_fixed_questions() {
    const std::size_t skills = parts_.task.skills().size();
    for (std::size_t skill = 0; skill < skills; ++skill) {
      Rng development = stream(0, kDevelopmentStream).fork(skill), held_out = stream(0, kHeldOutStream).fork(skill);
      for (auto& q : draw_distinct(parts_.task, skill, Split::development, options_.development, development))
        development_.push_back(std::move(q));
      for (auto& q : draw_distinct(parts_.task, skill, Split::held_out, options_.held_out, held_out))
        held_out_.push_back(std::move(q));
    }
    std::vector<Question> watched;
    for (std::size_t skill = 0; skill < skills; ++skill) {
      const std::size_t count = options_.watched * (skill + 1) / skills - options_.watched * skill / skills;
      Rng draws = stream(0, kWatchStream).fork(skill);
      std::ranges::move(draw_distinct(parts_.task, skill, Split::pool, count, draws), std::back_inserter(watched));
    }
    watchman_.emplace(parts_, options_, start_, std::move(watched), stream(0, kWatchVoteStream).next(), auditor_seed(1),
                      progress_.cancellation());
  }

  Result<void> measure_start() {
    const Stopwatch watch;
    tell(0, "measuring the start");
    Round round;
    ERRATA_ASSIGN(round.development, evaluate_development(model_));
    ERRATA_ASSIGN(round.perplexity, perplexity_of_texts(model_));
    ERRATA_ASSIGN(const auto held_out, answers_to(model_, held_out_));
    round.held_out = evaluated(held_out_, held_out);
    return parts_.store.put_step({.round = 0, .done = Step::evaluate, .figures = round_content(round)},
                                 watch.cost(0, Step::evaluate), stored_answers(parts_.task, 0, held_out_, held_out));
  }

  /// What is stored must be answers to the questions that this run asks; a file can have been changed.
  Result<void> check_stored() const {
    ERRATA_ASSIGN(const auto kept, parts_.store.all_answers());
    ERRATA_ASSIGN(const auto rounds, parts_.store.rounds());
    for (const StoredStep& one : rounds) {
      const auto count = static_cast<std::size_t>(std::ranges::count(kept, one.round, &StoredAnswer::round));
      if (one.round > 0 && count != options_.questions)
        return data_error(
            fmt::format("the failure memory has {} answers of round {}, which asked {}: the file was changed", count,
                        one.round, options_.questions));
    }
    std::size_t round = 0;
    std::vector<Question> questions;
    for (const StoredAnswer& one : kept) {
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

  /// Rounds that the store holds, and the one that was begun.
  Result<void> go_on() {
    ERRATA_ASSIGN(const auto kept, parts_.store.rounds());
    for (const StoredStep& one : kept) {
      if (one.round == 0) continue;
      if (made_.rounds.size() == options_.rounds)
        return conflict(
            fmt::format("the failure memory holds round {}, and --rounds {} are fewer: a run can only be "
                        "given more rounds",
                        one.round, options_.rounds));
      ERRATA_ASSIGN(round_, parse_round(one.figures, kMemory));
      if (one.round != made_.rounds.size() + 1 || done_ || round_.number != one.round)
        return data_error(
            fmt::format("the failure memory has round {} after {} rounds", one.round, made_.rounds.size()));
      done_ = one.done;
      if (one.done != Step::evaluate) continue;
      take_into_force(round_);
      end_round();
    }
    return rebuild();
  }

  /// Which rounds' adapters make up the model, after a round.
  void take_into_force(const Round& round) {
    if (round.verdict == Verdict::kept) in_force_.push_back(round.number);
    if (round.verdict == Verdict::collapse)
      std::erase_if(in_force_, [&](std::size_t number) { return number > round.back_to; });
  }

  /// The model of the rounds that are in force.
  Result<void> rebuild() {
    model_ = start_;
    for (const std::size_t number : in_force_) {
      ERRATA_ASSIGN(const auto adapter, tuned_adapter(made_.rounds[number - 1]));
      language::merge(model_, adapter);
    }
    return {};
  }

  /// What a round tuned, of the file, which must still hold that.
  [[nodiscard]] Result<language::Adapter> tuned_adapter(const Round& round) const {
    ERRATA_ASSIGN(auto adapter, language::load_adapter(adapter_folder(round.number), model_));
    if (checksum_of(adapter) != round.adapter)
      return data_error(fmt::format("{}: not the adapter that round {} tuned: a file was changed",
                                    adapter_folder(round.number).string(), round.number));
    return adapter;
  }

  Result<std::vector<Answered>> answers_to(const language::Model& model, const std::vector<Question>& questions) {
    return answer(asking(model), questions);
  }

  [[nodiscard]] Asking asking(const language::Model& model) const {
    return {
        .model = model, .tokenizer = parts_.tokenizer, .task = parts_.task, .cancellation = progress_.cancellation()};
  }

  /// By what the teacher believes: with one from outside, the truth.
  Result<Evaluation> evaluate_development(const language::Model& model) {
    ERRATA_ASSIGN(const auto answers, answers_to(model, development_));
    ERRATA_ASSIGN(const auto believed, corrector_->believes(asking(model), development_, answers));
    return counted(development_, [&](std::size_t i) { return believed[i]; });
  }

  /// NaN without texts.
  [[nodiscard]] Result<double> perplexity_of_texts(const language::Model& model) const {
    if (parts_.texts.empty()) return kNaN;
    tell(round_.number, "reading texts");
    return language::perplexity(model, parts_.texts, progress_.cancellation());
  }

  /// By the truth.
  [[nodiscard]] Evaluation evaluated(const std::vector<Question>& questions, std::span<const Answered> answers) const {
    return counted(questions, [&](std::size_t i) { return parts_.task.verify(questions[i], answers[i].text); });
  }

  template <typename Right>
  [[nodiscard]] Evaluation counted(const std::vector<Question>& questions, Right right) const {
    Evaluation evaluation(parts_.task.skills().size());
    for (std::size_t i = 0; i < questions.size(); ++i) {
      ++evaluation[questions[i].skill].trials;
      if (!right(i)) ++evaluation[questions[i].skill].failures;
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

  /// Answers, with every signal that needs the model alone.
  Result<void> answer_questions(std::vector<StoredAnswer>& answers) {
    tell(round_.number, "answering");
    ERRATA_ASSIGN(const auto answered, answers_to(model_, questions_));
    answers = stored_answers(parts_.task, round_.number, questions_, answered);
    tell(round_.number, "reading the answers");
    ERRATA_TRY(take_states(model_, parts_.tokenizer, answers, progress_.cancellation()));
    tell(round_.number, "sampling votes");
    ERRATA_ASSIGN(round_.tokens_written, take_votes(asking(model_), questions_, options_.samples,
                                                    stream(round_.number, kVoteStream).next(), answers));
    for (const StoredAnswer& one : answers) {
      ERRATA_ASSIGN(const auto written, parts_.tokenizer.encode(one.answer));
      round_.tokens_written += written.size() + 1;
    }
    tell(round_.number, "checking by the inverse");
    return take_inverse(asking(model_), questions_, answers);
  }

  [[nodiscard]] std::uint64_t auditor_seed(std::size_t round) const { return stream(round, kAuditorStream).next(); }

  /// Trains the auditor on the labelled answers, settles what is remembered, and measures every signal on the others.
  Result<void> detect_failures(std::vector<StoredAnswer>& answers) {
    tell(round_.number, "detecting failures");
    const auto* const stop = progress_.cancellation();
    ERRATA_TRY(ask_teacher(answers));
    Rng draws = stream(round_.number, kLabelStream);
    for (StoredAnswer& one : answers) one.labelled = draws.bernoulli(options_.labelled);
    const auto wrong = wrong_of(parts_.task, options_.teacher, answers);
    ERRATA_ASSIGN(const Labelled known,
                  labelled_answers(parts_.store, parts_.task, options_.teacher, round_.number - 1, answers));
    const std::uint64_t seed = auditor_seed(round_.number);
    ERRATA_ASSIGN(const auto auditor, AnswerAuditor::fit(known.places, known.wrong, seed, stop));
    if (auditor) {
      std::vector<const StoredAnswer*> places;
      for (const StoredAnswer& one : answers) places.push_back(&one);
      const auto risks = auditor->risks(places, stop);
      for (std::size_t i = 0; i < answers.size(); ++i) {
        answers[i].auditor_risk = risks.auditor[i];
        answers[i].combined_risk = risks.combined[i];
      }
    }
    settle(answers, wrong);
    round_.doubtful =
        static_cast<std::size_t>(std::ranges::count(answers, Detected::doubtful, &StoredAnswer::detected));
    round_.detection = measure_detection(answers, wrong);
    ERRATA_ASSIGN(round_.detection.withheld,
                  measure_withheld(made_.skills, known.places, known.wrong, answers, wrong, seed, stop));
    return {};
  }

  /// What the teacher holds for wrong; with one from outside, what is.
  Result<void> ask_teacher(std::span<StoredAnswer> answers) {
    std::vector<Answered> answered;
    for (const StoredAnswer& one : answers)
      answered.push_back({.text = one.answer,
                          .mean_log_probability = one.mean_log_probability,
                          .least_log_probability = one.least_log_probability});
    ERRATA_ASSIGN(const auto believed, corrector_->believes(asking(model_), questions_, answered));
    for (std::size_t i = 0; i < answers.size(); ++i) answers[i].detected = believed[i] ? Detected::no : Detected::wrong;
    round_.asked = counted(questions_, [&](std::size_t i) { return believed[i]; });
    return {};
  }

  /// By the options' detector; where the verifier may not be asked, the teacher stands for it.
  void settle(std::span<StoredAnswer> answers, std::span<const std::uint8_t> wrong) const {
    if (options_.detect != Detector::verifier || knows_truth(options_.teacher)) {
      detect(options_, wrong, answers);
      return;
    }
    for (StoredAnswer& one : answers) {
      one.confidence = confidence_of(one, options_.detect);
      const Answered answered{.text = one.answer, .least_log_probability = one.least_log_probability};
      one.detected = detect_believed(one.detected != Detected::wrong, answered, options_.doubt);
      one.detector = one.detected == Detected::no ? std::string() : std::string(corrector_->name());
    }
  }

  Result<void> correct(std::vector<StoredAnswer>& answers) {
    tell(round_.number, "correcting");
    ERRATA_TRY(set_corrections(*corrector_, asking(model_), questions_, answers));
    if (!knows_truth(options_.teacher)) return {};
    for (std::size_t i = 0; i < answers.size(); ++i)
      if (answers[i].detected == Detected::doubtful && !parts_.task.verify(questions_[i], answers[i].answer))
        answers[i].detected = Detected::wrong;
    return {};
  }

  /// Sorts all failures so far into modes, and lets go of hidden states that nothing will read again.
  Result<void> find_failure_modes(std::vector<StoredAnswer>& answers) {
    tell(round_.number, "finding failure modes");
    ERRATA_ASSIGN(auto failures, parts_.store.failures(round_.number));
    ERRATA_ASSIGN(const FoundModes found, find_modes(parts_.task, failures, knows_truth(options_.teacher)));
    std::vector<StoredMode> modes;
    for (const FailureMode& mode : found.modes)
      modes.push_back({.mode = mode.id,
                       .name = mode.name,
                       .failures = std::reduce(mode.failures.begin(), mode.failures.end(), std::size_t{0})});
    for (std::size_t i = 0; i < found.of.size(); ++i) {
      failures[i].mode = found.of[i];
      if (failures[i].round == round_.number) answers[failures[i].place].mode = found.of[i];
    }
    for (StoredAnswer& one : answers)
      if (one.detected == Detected::no && !one.labelled) one.embedding.clear();
    return parts_.store.put_modes(modes, failures);
  }

  /// Tunes an adapter on what is remembered, and writes it.
  Result<void> tune(const std::vector<StoredAnswer>& answers) {
    ERRATA_ASSIGN(const auto failures, parts_.store.failures(round_.number));
    const auto forgot = static_cast<std::size_t>(std::ranges::count(made_.rounds, Verdict::forgot, &Round::verdict));
    const double replay = options_.replay.value_or(replay_for(1 - accuracy(round_.asked), forgot));
    Rng rng = stream(round_.number, kVariantStream);
    const auto weights = weights_across_modes(failures, options_.across_modes);
    ERRATA_ASSIGN(const auto lessons,
                  lessons_like(*corrector_, asking(model_), as_often_as(failures, weights), options_, replay, rng));
    ERRATA_ASSIGN(const auto fresh, fresh_lessons(*corrector_, asking(model_), questions_, options_, rng));
    ERRATA_ASSIGN(const Material material, gather(parts_.tokenizer, failures, weights, lessons, fresh, answers,
                                                  options_.teacher == Teacher::vote, model_.config.positions));
    if (material.failures.empty()) {
      const bool is_wrong =
          std::ranges::any_of(answers, [](const StoredAnswer& one) { return one.detected != Detected::no; });
      round_.verdict = is_wrong ? Verdict::nothing_corrected : Verdict::nothing_wrong;
      return {};
    }
    const bool random = options_.source == Source::random;
    if (!random) {
      round_.remembered = material.remembered;
      round_.variants = material.variants;
      round_.replayed = material.replay.size();
      round_.replay = replay;
    }
    ERRATA_ASSIGN(auto adapter,
                  language::make_adapter(model_, options_.lora, stream(round_.number, kAdapterStream).next()));
    const auto draw = [&](std::size_t step) {
      Rng of_step = stream(round_.number, kFirstStep + step);
      auto batch = random ? random_batch(parts_.task, parts_.tokenizer, options_.batch, of_step)
                          : batch_of(material, options_.batch, options_.fresh, replay, of_step);
      rehearse(parts_.rehearsed, options_, batch, of_step);
      for (const auto& example : batch) round_.tokens_learned += example.tokens.size();
      return batch;
    };
    tell(round_.number, "tuning");
    const Progress tuning(
        [&](std::string_view, double share) {
          progress_.tell(fmt::format("round {} of {}: tuning", round_.number, options_.rounds), share);
        },
        progress_.cancellation());
    ERRATA_ASSIGN(const auto losses,
                  language::train_adapter(model_, adapter, options_.tuning, draw, tuning, parts_.ranks));
    round_.first_loss = losses.front();
    round_.last_loss = losses.back();
    round_.adapter = checksum_of(adapter);
    return language::save_adapter(adapter, adapter_folder(round_.number), base_of(round_.number));
  }

  /// What an adapter of a round belongs to: the model that the kept rounds before it made.
  [[nodiscard]] static std::string base_of(std::size_t round) {
    return round == 1 ? std::string("base") : fmt::format("base with the kept rounds before {} merged", round);
  }

  /// Measures the tuned model, keeps it or takes it back, and asks the held-out questions.
  Result<void> evaluate_round() {
    if (!has_learned(round_.verdict)) {
      round_.development = development_now();
      round_.perplexity = in_force_.empty() ? made_.start_perplexity : made_.rounds[in_force_.back() - 1].perplexity;
      return ask_held_out();
    }
    tell(round_.number, "evaluating");
    ERRATA_ASSIGN(const auto adapter, tuned_adapter(round_));
    language::Model tuned = model_;
    language::merge(tuned, adapter);
    ERRATA_TRY(check_merged(tuned, adapter));
    ERRATA_ASSIGN(round_.development, evaluate_development(tuned));
    ERRATA_ASSIGN(round_.perplexity, perplexity_of_texts(tuned));
    ERRATA_TRY(look_for_collapse(tuned));
    round_.verdict = gated();
    if (round_.verdict != Verdict::collapse) round_.back_to = 0;
    if (round_.verdict == Verdict::kept) {
      model_ = std::move(tuned);
    } else {
      std::error_code ignored;
      std::filesystem::remove_all(adapter_folder(round_.number), ignored);
    }
    take_into_force(round_);
    if (round_.verdict == Verdict::collapse) ERRATA_TRY(rebuild());
    return ask_held_out();
  }

  [[nodiscard]] Verdict gated() const {
    if (options_.gate == Gate::development) return verdict_of(round_.development, round_.perplexity);
    return options_.gate == Gate::alarm && round_.alarm ? Verdict::collapse : Verdict::kept;
  }

  /// A merged model must compute what model and adapter do, or it is not used.
  Result<void> check_merged(const language::Model& tuned, const language::Adapter& adapter) const {
    ERRATA_ASSIGN(const auto prompt, language::question_tokens(parts_.tokenizer, development_.front().prompt));
    ERRATA_ASSIGN(const double apart, language::most_apart(model_, adapter, tuned, prompt));
    if (!(apart <= language::kMostApart))
      return data_error(fmt::format(
          "the merged model's logits are up to {} from those of model and adapter: the round is not used", apart));
    return {};
  }

  /// What the alarm sees of the tuned model beside those before it.
  Result<void> look_for_collapse(const language::Model& tuned) {
    if (options_.samples == 0 || watchman_->questions() == 0) return {};
    tell(round_.number, "watching for collapse");
    std::vector<Watch> history;
    std::vector<std::size_t> numbers{0};
    if (made_.rounds.empty()) {
      ERRATA_ASSIGN(round_.before, watchman_->look(start_));
    } else {
      const Round& last = made_.rounds.back();
      round_.before = last.verdict == Verdict::kept ? last.watch : last.before;
    }
    history.push_back(made_.rounds.empty() ? round_.before : made_.rounds.front().before);
    for (const std::size_t number : in_force_) {
      history.push_back(made_.rounds[number - 1].watch);
      numbers.push_back(number);
    }
    ERRATA_ASSIGN(round_.watch, watchman_->look(tuned));
    const auto back = collapse_since(history, round_.watch, watchman_->questions());
    round_.alarm = back.has_value();
    if (back) round_.back_to = numbers[*back];
    return {};
  }

  [[nodiscard]] const Evaluation& development_now() const {
    return in_force_.empty() ? made_.start_development : made_.rounds[in_force_.back() - 1].development;
  }

  [[nodiscard]] Verdict verdict_of(const Evaluation& tuned, double perplexity) const {
    if (perplexity > made_.start_perplexity * (1 + options_.most_perplexity)) return Verdict::forgot;
    // Where no verifier may be asked, an answer fails with its check, so that every mistake may count twice.
    const double most = options_.most_forgotten * (knows_truth(options_.teacher) ? 1 : 2);
    for (std::size_t skill = 0; skill < tuned.size(); ++skill)
      if (is_forgotten(made_.start_development[skill], tuned[skill], most)) return Verdict::forgot;
    return is_better(tuned, development_now()) ? Verdict::kept : Verdict::no_gain;
  }

  /// The held-out questions by the model in force; asked again only after it has changed.
  Result<void> ask_held_out() {
    const bool changed = round_.verdict == Verdict::kept || round_.verdict == Verdict::collapse;
    if (!changed && !made_.rounds.empty()) {
      const Round& last = made_.rounds.back();
      round_.held_out = last.held_out;
      round_.pairs = last.pairs;
      round_.examples = last.examples;
      return {};
    }
    ERRATA_ASSIGN(const auto answers, answers_to(model_, held_out_));
    round_.held_out = evaluated(held_out_, answers);
    for (std::size_t i = 0; i < answers.size(); ++i) compare_with_start(i, answers[i].text);
    return {};
  }

  void compare_with_start(std::size_t i, const std::string& now) {
    constexpr std::ptrdiff_t kShown = 4;  // of a skill that were fixed, and that were broken
    const bool was_right = parts_.task.verify(held_out_[i], at_start_[i].answer);
    const bool is_right = parts_.task.verify(held_out_[i], now);
    auto& pairs = round_.pairs;
    ++(was_right ? (is_right ? pairs.neither : pairs.only_second) : (is_right ? pairs.only_first : pairs.both));
    if (was_right == is_right) return;
    const std::string& skill = made_.skills[held_out_[i].skill];
    const auto alike = [&](const Example& one) { return one.skill == skill && one.fixed == is_right; };
    if (std::ranges::count_if(round_.examples, alike) >= kShown) return;
    round_.examples.push_back({.skill = skill,
                               .prompt = held_out_[i].prompt,
                               .reference = parts_.task.reference(held_out_[i]),
                               .before = at_start_[i].answer,
                               .after = now,
                               .fixed = is_right});
  }

  /// What the report tells beside the rounds.
  Result<Improvement> summed_up() {
    if (done_) {
      made_.begun = round_.number;
      made_.begun_step = name_of(*done_);
    }
    if (is_over()) parts_.store.compact();
    ERRATA_ASSIGN(const auto failures, parts_.store.failures(options_.rounds));
    const bool has_states =
        std::ranges::none_of(failures, [](const StoredAnswer& one) { return one.embedding.empty(); });
    if (has_states) {
      ERRATA_ASSIGN(auto found, find_modes(parts_.task, failures, knows_truth(options_.teacher)));
      made_.modes = std::move(found.modes);
      made_.mode_information = found.information;
    }
    ERRATA_ASSIGN(const auto costs, parts_.store.costs());
    for (const StepCost& one : costs)
      if (one.round <= options_.rounds)
        made_.costs.push_back({.round = one.round,
                               .step = std::string(name_of(one.step)),
                               .wall_seconds = one.wall_seconds,
                               .cpu_seconds = one.cpu_seconds});
    return std::move(made_);
  }

  const LoopParts& parts_;
  language::Model& model_;
  const language::Model start_;
  const LoopOptions& options_;
  const Progress& progress_;
  Improvement made_;
  std::unique_ptr<Corrector> corrector_;
  std::vector<Question> development_, held_out_;
  std::optional<Watchman> watchman_;
  std::vector<StoredAnswer> at_start_;  ///< the held-out questions
  std::vector<std::size_t> in_force_;   ///< rounds whose adapters the model holds
  Round round_;                         ///< that is next, or was begun
  std::optional<Step> done_;            ///< its last step
  std::vector<Question> questions_;     ///< of it
};

}  // namespace

Result<Improvement> improve(const LoopParts& parts, language::Model& model, const LoopOptions& options,
                            const Progress& progress, std::optional<Step> only) {
  ERRATA_TRY(check(options));
  return Loop(parts, model, options, progress).run(only);
}

}  // namespace errata::improve
