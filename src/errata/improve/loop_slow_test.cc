#include "errata/improve/loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "errata/base/atomic_file.h"
#include "errata/base/test_folder.h"
#include "errata/improve/arithmetic.h"
#include "errata/improve/asking.h"
#include "errata/improve/pretrain.h"
#include "errata/language/character_tokenizer.h"

namespace errata::improve {
namespace {

using ::testing::SizeIs;

/// Sums and differences of two digits, learned so far that a few are right; trained once for all tests.
const language::Model& half_trained() {
  static const language::Model model = [] {
    const Arithmetic task(2);
    const auto tokenizer = language::CharacterTokenizer::create(task.alphabet()).value();
    PretrainOptions options{.training = {.steps = 250, .learning_rate = 1e-2}, .batch = 64, .shares = {0.8, 0.2}};
    options.sizes = {.hidden = 32, .layers = 1, .heads = 2, .kv_heads = 1, .intermediate = 64, .positions = 16};
    return pretrain(task, tokenizer, options).value();
  }();
  return model;
}

LoopOptions quick_options() {
  LoopOptions options{.rounds = 2, .questions = 120, .development = 100, .held_out = 20, .variants = 2, .batch = 64};
  options.tuning.steps = 80;
  options.tuning.learning_rate = 4e-3;
  options.lora.rank = 8;
  options.most_forgotten = 0.5;
  return options;
}

const Task& two_digits() {
  static const Arithmetic task(2);
  return task;
}

struct Ran {
  Improvement made;
  std::vector<float> values;
};

Ran run(const std::filesystem::path& folder, const LoopOptions& options, const Progress& progress = {},
        const Task& task = two_digits()) {
  const auto tokenizer = language::CharacterTokenizer::create(task.alphabet()).value();
  language::Model model = half_trained();
  auto store = FailureStore::open(folder / "f.sqlite", words_of(options)).value();
  auto made =
      improve({.task = task, .tokenizer = tokenizer, .store = store, .folder = folder}, model, options, progress);
  EXPECT_TRUE(made) << made.error().message;
  return {.made = std::move(made).value(), .values = std::move(model.values)};
}

std::vector<std::string> contents(const Improvement& made) {
  std::vector<std::string> all;
  for (const Round& round : made.rounds) all.push_back(round_content(round));
  return all;
}

TEST(Loop, AnswersAreAskedCorrectedAndLearnedFrom) {
  const TestFolder folder;
  const Ran ran = run(folder.path(), quick_options());
  ASSERT_THAT(ran.made.rounds, SizeIs(2));
  const Round& first = ran.made.rounds.front();
  EXPECT_EQ(first.asked[0].trials, 60U);
  EXPECT_GT(first.asked[0].failures + first.asked[1].failures, 10U);
  EXPECT_LT(first.last_loss, first.first_loss);
}

/// A model that adds two digits and hardly subtracts.
const language::Model& adds_well() {
  static const language::Model model = [] {
    const Arithmetic task(2);
    const auto tokenizer = language::CharacterTokenizer::create(task.alphabet()).value();
    PretrainOptions options{.training = {.steps = 800, .learning_rate = 5e-3}, .batch = 64, .shares = {0.7, 0.3}};
    options.sizes = {.hidden = 48, .layers = 2, .heads = 2, .kv_heads = 1, .intermediate = 96, .positions = 16};
    return pretrain(task, tokenizer, options).value();
  }();
  return model;
}

TEST(Loop, GetsBetterAtWhatItGotWrongWithATeacherAndByItself) {
  for (const Teacher teacher : {Teacher::reference, Teacher::self}) {
    const TestFolder folder;
    LoopOptions options = quick_options();
    options.rounds = 1;
    options.questions = 1500;
    options.development = options.held_out = 200;
    options.variants = 4;
    options.tuning.steps = 150;
    options.teacher = teacher;
    const auto tokenizer = language::CharacterTokenizer::create(two_digits().alphabet()).value();
    language::Model model = adds_well();
    auto store = FailureStore::open(folder / "f.sqlite", words_of(options)).value();
    const auto made = improve({.task = two_digits(), .tokenizer = tokenizer, .store = store, .folder = folder.path()},
                              model, options);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->rounds[0].verdict, Verdict::kept) << name_of(teacher);
    EXPECT_GT(accuracy(made->rounds[0].held_out[1]), accuracy(made->start_held_out[1])) << name_of(teacher);
    EXPECT_NE(model.values, adds_well().values);
  }
}

TEST(Loop, TextsAreKeptAsTheModelHadThemOrLearned) {
  const auto tokenizer = language::CharacterTokenizer::create(two_digits().alphabet()).value();
  language::Texts texts;
  for (const char* text : {"+=+-=", "--=++==", "=-+=-", "++--==", "1=2=3=", "99--11"})
    texts.push_back(tokenizer.encode(text).value());
  const auto moved = [&](double share, Rehearsal as) {  // logarithm of the perplexity, end less start
    const TestFolder folder;
    LoopOptions options = quick_options();
    options.rounds = 1;
    options.gate = Gate::none;
    options.rehearse = share;
    options.rehearse_as = as;
    language::Model model = half_trained();
    auto store = FailureStore::open(folder / "f.sqlite", words_of(options)).value();
    const auto made = improve({.task = two_digits(),
                               .tokenizer = tokenizer,
                               .store = store,
                               .folder = folder.path(),
                               .texts = texts,
                               .rehearsed = texts},
                              model, options)
                          .value();
    return std::log(made.rounds[0].perplexity / made.start_perplexity);
  };
  const double kept = moved(0.3, Rehearsal::model), learned = moved(0.3, Rehearsal::text),
               alone = moved(0, Rehearsal::model);
  EXPECT_LT(std::abs(kept), 0.1);
  EXPECT_GT(std::abs(alone), 2 * std::abs(kept));
  EXPECT_LT(learned, -0.3);
}

TEST(Loop, FreshLessonsAreLearnedAsWell) {
  const TestFolder folder, other_folder;
  LoopOptions options = quick_options();
  options.rounds = 1;
  options.fresh = 0.5;
  const Ran ran = run(folder.path(), options);
  EXPECT_LT(ran.made.rounds[0].last_loss, ran.made.rounds[0].first_loss);
  options.fresh = 0;
  EXPECT_NE(run(other_folder.path(), options).made.rounds[0].last_loss, ran.made.rounds[0].last_loss);
}

TEST(Loop, RemembersWhatWasWrongWithItsCorrection) {
  const TestFolder folder;
  const LoopOptions options = quick_options();
  const Ran ran = run(folder.path(), options);
  const auto store = FailureStore::open(folder / "f.sqlite", words_of(options)).value();
  const Arithmetic task(2);
  std::size_t wrong = 0;
  const auto answers = store.answers(1).value();
  for (const StoredAnswer& one : answers) {
    const Question question{.skill = one.skill == "add" ? 0U : 1U, .prompt = one.prompt};
    EXPECT_EQ(split_of(question), Split::pool);
    EXPECT_EQ(one.detected == Detected::wrong, one.answer != task.reference(question));
    EXPECT_EQ(one.correction, one.detected == Detected::no ? std::string() : task.reference(question));
    wrong += one.detected == Detected::wrong ? 1 : 0;
  }
  EXPECT_EQ(wrong, ran.made.rounds[0].asked[0].failures + ran.made.rounds[0].asked[1].failures);
}

TEST(Loop, StoppedAnywhereItGoesOnToTheSameEnd) {
  const TestFolder whole_folder;
  const Ran whole = run(whole_folder.path(), quick_options());
  for (const std::size_t calls : {2U, 30U, 85U, 100U, 150U}) {
    const TestFolder folder;
    Cancellation stop;
    std::size_t told = 0;
    const Progress progress(
        [&](std::string_view, double) {
          if (++told == calls) stop.request();
        },
        &stop);
    EXPECT_THROW(run(folder.path(), quick_options(), progress), Cancelled) << calls;
    const Ran resumed = run(folder.path(), quick_options());
    EXPECT_EQ(resumed.values, whole.values) << calls;
    EXPECT_EQ(contents(resumed.made), contents(whole.made)) << calls;
  }
}

TEST(Loop, MoreRoundsGoOnFromFewer) {
  const TestFolder folder, whole_folder;
  LoopOptions fewer = quick_options();
  fewer.rounds = 1;
  (void)run(folder.path(), fewer);
  EXPECT_EQ(run(folder.path(), quick_options()).values, run(whole_folder.path(), quick_options()).values);
}

/// What goes on in a folder says, when it is refused.
std::string problem_of(const std::filesystem::path& folder, const LoopOptions& options) {
  const auto tokenizer = language::CharacterTokenizer::create(two_digits().alphabet()).value();
  language::Model model = half_trained();
  auto store = FailureStore::open(folder / "f.sqlite", words_of(options)).value();
  const auto made =
      improve({.task = two_digits(), .tokenizer = tokenizer, .store = store, .folder = folder}, model, options);
  EXPECT_FALSE(made);
  return made ? std::string() : made.error().message;
}

TEST(Loop, FewerRoundsThanAreDoneAreRefused) {
  const TestFolder folder;
  LoopOptions options = quick_options();
  (void)run(folder.path(), options);
  options.rounds = 1;
  EXPECT_THAT(problem_of(folder.path(), options), ::testing::HasSubstr("holds round 2, and --rounds 1 are fewer"));
}

TEST(Loop, AnAdapterThatWasChangedIsRefused) {
  LoopOptions options = quick_options();
  options.gate = Gate::none;
  for (const char* name : {"adapter_model.safetensors", "adapter_config.json"}) {
    const TestFolder folder;
    (void)run(folder.path(), options);
    const auto place = folder.path() / "round-1" / name;
    std::string content = read_file(place).value();
    if (const auto alpha = content.find("32.0"); content.starts_with('{') && alpha != std::string::npos)
      content.replace(alpha, 4, "48.0");  // alpha
    else
      content[content.size() - 2] = static_cast<char>(content[content.size() - 2] ^ 1);  // a bit of the last number
    ASSERT_TRUE(write_file(place, content));
    EXPECT_THAT(problem_of(folder.path(), options), ::testing::HasSubstr("not the adapter that round 1 tuned")) << name;
  }
}

TEST(Loop, AnAnswerThatWasChangedIsRefused) {
  const TestFolder folder;
  (void)run(folder.path(), quick_options());
  const Arithmetic task(2);
  const auto tokenizer = language::CharacterTokenizer::create(task.alphabet()).value();
  for (const char* prompt : {"1+2=", "nonsense"}) {
    auto store = FailureStore::open(folder / "f.sqlite", words_of(quick_options())).value();
    auto answers = store.answers(1).value();
    answers[3].prompt = prompt;
    ASSERT_TRUE(store.put_answers(1, answers));
    language::Model model = half_trained();
    const auto made = improve({.task = task, .tokenizer = tokenizer, .store = store, .folder = folder.path()}, model,
                              quick_options());
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().message, ::testing::HasSubstr(std::string(prompt) + "' (sub) as question 3 of round 1"));
  }
}

TEST(Loop, AnswersThatAreMissingAreNoticed) {
  const TestFolder folder;
  (void)run(folder.path(), quick_options());
  {
    auto store = FailureStore::open(folder / "f.sqlite", words_of(quick_options())).value();
    auto answers = store.answers(2).value();
    answers.pop_back();
    ASSERT_TRUE(store.put_answers(2, answers));
  }
  EXPECT_THAT(problem_of(folder.path(), quick_options()),
              ::testing::HasSubstr("has 119 answers of round 2, which asked 120"));
}

TEST(Loop, ARoundThatForgetsIsTakenBack) {
  const TestFolder folder;
  LoopOptions options = quick_options();
  options.rounds = 1;
  options.tuning.learning_rate = 1;  // wrecks the model
  options.most_forgotten = 0;
  const Ran ran = run(folder.path(), options);
  EXPECT_NE(ran.made.rounds[0].verdict, Verdict::kept);
  EXPECT_EQ(ran.values, half_trained().values);
  EXPECT_EQ(accuracy(ran.made.rounds[0].held_out), accuracy(ran.made.start_held_out));
  EXPECT_FALSE(std::filesystem::exists(folder / "round-1"));
}

/// Arithmetic that notes who looks at its answers.
class WatchedArithmetic : public Arithmetic {
 public:
  WatchedArithmetic() : Arithmetic(2) {}
  [[nodiscard]] std::string reference(const Question& question) const override {
    if (split_of(question) != Split::held_out) ++references;
    return Arithmetic::reference(question);
  }
  [[nodiscard]] bool verify(const Question& question, std::string_view answer) const override {
    ++(split_of(question) == Split::held_out ? held_out_verified : others_verified);
    return answer == Arithmetic::reference(question);
  }
  mutable std::size_t references = 0, held_out_verified = 0, others_verified = 0;
};

TEST(Loop, WithoutATeacherFromOutsideNoAnswerIsLookedAt) {
  for (const Teacher teacher : {Teacher::self, Teacher::vote}) {
    const TestFolder folder;
    LoopOptions options = quick_options();
    options.teacher = teacher;
    const WatchedArithmetic task;
    const Ran ran = run(folder.path(), options, {}, task);
    ASSERT_THAT(ran.made.rounds, SizeIs(2));
    EXPECT_GT(ran.made.rounds[0].variants, 10U) << name_of(teacher);
    EXPECT_EQ(task.references, 0U) << name_of(teacher);
    EXPECT_EQ(task.others_verified, 0U) << name_of(teacher);
    EXPECT_GT(task.held_out_verified, 0U);
  }
}

TEST(Loop, WhatTheModelCorrectsIsMarkedAndPassedItsCheck) {
  const TestFolder folder;
  LoopOptions options = quick_options();
  options.teacher = Teacher::self;
  const Ran ran = run(folder.path(), options);
  const auto store = FailureStore::open(folder / "f.sqlite", words_of(options)).value();
  std::size_t corrected = 0, without = 0;
  const auto answers = store.answers(1).value();
  for (const StoredAnswer& one : answers) {
    EXPECT_EQ(one.verified, !one.corrected_by.empty()) << one.prompt;
    if (one.detected == Detected::no) {
      EXPECT_EQ(one.corrected_by, "");
      continue;
    }
    ++(one.corrected_by.empty() ? without : corrected);
    if (!one.corrected_by.empty()) {
      EXPECT_EQ(one.corrected_by, "self");
    }
  }
  EXPECT_GT(corrected, 5U);
  EXPECT_GT(without, 0U);
  EXPECT_LE(ran.made.rounds[0].remembered, corrected);
}

TEST(Loop, OtherModelsVote) {
  const TestFolder folder;
  LoopOptions options = quick_options();
  options.rounds = 1;
  options.teacher = Teacher::vote;
  const Arithmetic task(2);
  const auto tokenizer = language::CharacterTokenizer::create(task.alphabet()).value();
  const std::vector<language::Model> voters{half_trained(), half_trained()};
  language::Model model = half_trained();
  auto store = FailureStore::open(folder / "f.sqlite", words_of(options)).value();
  const auto made =
      improve({.task = task, .tokenizer = tokenizer, .store = store, .folder = folder.path(), .voters = voters}, model,
              options);
  ASSERT_TRUE(made) << made.error().message;
  // Three equal models agree: nothing is wrong, what is doubtful is corrected to what was answered.
  EXPECT_EQ(made->rounds[0].asked[0].failures + made->rounds[0].asked[1].failures, 0U);
  EXPECT_GT(made->rounds[0].doubtful, 0U);
  const auto failures = store.failures(1).value();
  for (const StoredAnswer& one : failures) {
    EXPECT_EQ(one.correction, one.answer);
    EXPECT_FALSE(one.verified);
  }
}

/// A teacher in sh, which ends at a question of its own where `dies` is a file. It is asked the same ones each time.
std::string teacher_at(const std::filesystem::path& folder) {
  const auto place = folder / "teacher.sh";
  EXPECT_TRUE(write_file(place, R"sh(
count=0
while read -r line; do
  count=$((count + 1))
  if [ $count -gt 150 ] && [ -e ")sh" +
                                    (folder / "dies").string() + R"sh(" ]; then echo tired >&2; exit 4; fi
  id=${line#*:}; id=${id%%,*}
  sum=${line##*:\"}; sum=${sum%%=*}; value=$(( $sum )); answer=
  while [ -n "$value" ]; do rest=${value#?}; answer=${value%"$rest"}$answer; value=$rest; done
  echo "{\"id\":$id,\"answer\":\"$answer\"}"
done
)sh"));
  return "sh '" + place.string() + "'";
}

TEST(Loop, ATeacherThatDiesLosesNothingThatIsStored) {
  const TestFolder folder, reference_folder;
  LoopOptions options = quick_options();
  options.teacher = Teacher::command;
  options.teacher_command = teacher_at(folder.path());
  ASSERT_TRUE(write_file(folder / "dies", ""));
  const Arithmetic task(2);
  const auto tokenizer = language::CharacterTokenizer::create(task.alphabet()).value();
  {
    language::Model model = half_trained();
    auto store = FailureStore::open(folder / "f.sqlite", words_of(options)).value();
    const auto made =
        improve({.task = task, .tokenizer = tokenizer, .store = store, .folder = folder.path()}, model, options);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::unavailable);
    EXPECT_THAT(made.error().message, ::testing::HasSubstr("(question 151): ended with status 4: tired"));
    EXPECT_FALSE(store.answers(1).value().empty());
  }
  std::filesystem::remove(folder / "dies");
  const Ran gone_on = run(folder.path(), options);
  LoopOptions by_reference = quick_options();
  by_reference.variants = options.variants;
  const Ran whole = run(reference_folder.path(), by_reference);
  EXPECT_EQ(contents(gone_on.made).size(), 2U);
  EXPECT_EQ(gone_on.made.rounds[0].remembered, whole.made.rounds[0].remembered);
}

TEST(Loop, TheControlLearnsFromFreshQuestions) {
  const TestFolder folder;
  LoopOptions options = quick_options();
  options.source = Source::random;
  const Ran ran = run(folder.path(), options);
  EXPECT_EQ(ran.made.rounds[0].remembered, 0U);
  EXPECT_LT(ran.made.rounds[0].last_loss, ran.made.rounds[0].first_loss);
}

}  // namespace
}  // namespace errata::improve
