#include "errata/improve/loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "errata/base/test_folder.h"
#include "errata/improve/answering.h"
#include "errata/improve/arithmetic.h"
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

struct Ran {
  Improvement made;
  std::vector<float> values;
};

Ran run(const std::filesystem::path& folder, const LoopOptions& options, const Progress& progress = {}) {
  const Arithmetic task(2);
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

TEST(Loop, GetsBetterAtWhatItGotWrong) {
  const TestFolder folder;
  const Ran ran = run(folder.path(), quick_options());
  ASSERT_THAT(ran.made.rounds, SizeIs(2));
  const Round& first = ran.made.rounds.front();
  EXPECT_EQ(first.asked[0].trials, 60U);
  EXPECT_GT(first.asked[0].failures + first.asked[1].failures, 10U);
  EXPECT_EQ(first.verdict, Verdict::kept);
  EXPECT_LT(first.last_loss, first.first_loss);
  EXPECT_GT(accuracy(first.development), accuracy(ran.made.start_development));
  EXPECT_NE(ran.values, half_trained().values);
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
