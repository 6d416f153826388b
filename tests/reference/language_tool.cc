// What the tests of language models ask of Errata's, one question a call (models_test.py, bench/language_bench.py):
//   language_tool logits MODEL ADAPTER|- OUT.npy < tokens          writes [tokens, vocabulary] of one sequence
//   language_tool generate MODEL ADAPTER|- COUNT PROMPTS [THREADS [recompute]] < tokens
//       prints the answer's tokens, then seconds by the wall's and the CPU's clock, of so many equal prompts
//   language_tool convert MODEL FOLDER                             writes the model as Hugging Face's programs read it
//   language_tool adapter MODEL FOLDER RANK ALPHA TARGET...        writes an adapter of random numbers
//   language_tool fuse MODEL ADAPTER FOLDER                        writes the model with the adapter in it
//   language_tool answer MODEL QUESTION                            prints the answer of a chat model to one question
//   language_tool load MODEL                                       prints the seconds that reading it takes
//   language_tool train MODEL EXAMPLES TOKENS STEPS RANK|0 [THREADS]
//       prints tokens a second by both clocks, after a first step, and bytes of the optimizer
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "errata/arrays/npy.h"
#include "errata/base/atomic_file.h"
#include "errata/base/rng.h"
#include "errata/language/adapter.h"
#include "errata/language/checkpoint.h"
#include "errata/language/generation.h"
#include "errata/language/tokenizer.h"
#include "errata/language/training.h"
#include "errata/nn/runtime.h"

namespace {

using namespace errata;
using namespace errata::language;
using Words = std::vector<std::string>;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double cpu_seconds_since(std::clock_t start) { return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC; }

/// Threads named by a word that may be missing.
void set_threads(const Words& words, std::size_t at) {
  if (words.size() > at) nn::set_threads(std::stoul(words[at]));
}

std::vector<std::int32_t> tokens_of_input() {
  return {std::istream_iterator<std::int32_t>(std::cin), std::istream_iterator<std::int32_t>()};
}

/// A model, and the adapter where one is named.
struct Opened {
  Model model;
  std::vector<Adapter> adapters;
  [[nodiscard]] const Adapter* adapter() const { return adapters.empty() ? nullptr : adapters.data(); }
};

Result<Opened> open(const std::string& model, const std::string& adapter) {
  Opened opened;
  ERRATA_ASSIGN(opened.model, load_model(model));
  if (adapter == "-") return opened;
  ERRATA_ASSIGN(Adapter read, load_adapter(adapter, opened.model));
  opened.adapters.push_back(std::move(read));
  return opened;
}

Result<void> write_logits(const Words& words) {
  ERRATA_ASSIGN(const Opened opened, open(words.at(0), words.at(1)));
  const std::vector<std::int32_t> tokens = tokens_of_input();
  ERRATA_ASSIGN(const std::vector<float> logits, logits_of(opened.model, opened.adapter(), tokens));
  const auto array = arrays::npy_array(std::span(logits), {tokens.size(), opened.model.config.vocabulary});
  return write_file(words.at(2), arrays::npy_content(array));
}

Result<void> print_answer(const Words& words) {
  ERRATA_ASSIGN(const Opened opened, open(words.at(0), words.at(1)));
  const std::vector<std::vector<std::int32_t>> prompts(std::stoul(words.at(3)), tokens_of_input());
  set_threads(words, 4);
  const bool cache = words.size() < 6 || words[5] != "recompute";
  const auto start = std::chrono::steady_clock::now();
  const std::clock_t cpu_start = std::clock();
  ERRATA_ASSIGN(const auto answers, generate(opened.model, opened.adapter(), prompts,
                                             {.most_tokens = std::stoul(words.at(2)), .end = -1, .cache = cache}));
  fmt::print("{}\n{} {}\n", fmt::join(answers[0].tokens, " "), seconds_since(start), cpu_seconds_since(cpu_start));
  return {};
}

Result<void> print_words(const Words& words) {
  ERRATA_ASSIGN(const Model model, load_model(words.at(0)));
  ERRATA_ASSIGN(const auto tokenizer, load_tokenizer(words.at(0)));
  const std::vector<Message> question{{.role = "user", .content = words.at(1)}};
  ERRATA_ASSIGN(const std::string prompt, tokenizer->chat(question));
  ERRATA_ASSIGN(const auto tokens, prompt_tokens(*tokenizer, prompt));
  const std::vector<std::vector<std::int32_t>> prompts{tokens};
  ERRATA_ASSIGN(const auto answers, generate(model, nullptr, prompts, {.most_tokens = 64, .end = tokenizer->end()}));
  fmt::print("{}\n", tokenizer->decode(answers[0].tokens));
  return {};
}

Result<void> convert(const Words& words) {
  ERRATA_ASSIGN(const Model model, load_model(words.at(0)));
  return save_model(model, words.at(1));
}

Result<void> write_adapter(const Words& words) {
  ERRATA_ASSIGN(const Model model, load_model(words.at(0)));
  const LoraOptions options{.rank = std::stoul(words.at(2)),
                            .alpha = std::stod(words.at(3)),
                            .targets = Words(words.begin() + 4, words.end())};
  ERRATA_ASSIGN(Adapter adapter, make_adapter(model, options, 1));
  Rng rng(2);
  for (float& value : adapter.values) value = static_cast<float>(0.1 * rng.normal());
  return save_adapter(adapter, words.at(1), words.at(0));
}

Result<void> fuse(const Words& words) {
  ERRATA_ASSIGN(Opened opened, open(words.at(0), words.at(1)));
  merge(opened.model, *opened.adapter());
  return save_model(opened.model, words.at(2));
}

Result<void> time_loading(const Words& words) {
  const auto start = std::chrono::steady_clock::now();
  ERRATA_ASSIGN(const Model model, load_model(words.at(0)));
  fmt::print("{:.3f} seconds, {} numbers\n", seconds_since(start), model.values.size());
  return {};
}

Result<void> time_training(const Words& words) {
  ERRATA_ASSIGN(Model model, load_model(words.at(0)));
  const std::size_t examples = std::stoul(words.at(1)), length = std::stoul(words.at(2)),
                    steps = std::stoul(words.at(3)), rank = std::stoul(words.at(4));
  auto start = std::chrono::steady_clock::now();
  std::clock_t cpu_start = 0;
  const auto draw = [&](std::size_t step) {
    if (step == 1) {  // the first step makes room
      start = std::chrono::steady_clock::now();
      cpu_start = std::clock();
    }
    Rng rng(step);
    std::vector<Example> batch(examples);
    for (Example& example : batch)
      for (std::size_t t = 0; t < length; ++t)
        example.tokens.push_back(static_cast<std::int32_t>(rng.below(model.config.vocabulary)));
    return batch;
  };
  const TrainingOptions options{.steps = steps + 1};
  std::size_t learning = model.plan.size;
  set_threads(words, 5);
  if (rank == 0) {
    ERRATA_TRY(train_model(model, options, draw));
  } else {
    ERRATA_ASSIGN(Adapter adapter, make_adapter(model, {.rank = rank}, 1));
    ERRATA_TRY(train_adapter(model, adapter, options, draw));
    learning = adapter.plan.size;
  }
  const auto tokens = static_cast<double>(examples * length * steps);
  fmt::print("{:.1f} tokens a second, {:.1f} a CPU second, {} bytes of moments\n", tokens / seconds_since(start),
             tokens / cpu_seconds_since(cpu_start), 8 * learning);
  return {};
}

}  // namespace

int main(int count, char** arguments) {
  const std::map<std::string, std::function<Result<void>(const Words&)>> verbs{
      {"logits", write_logits}, {"generate", print_answer}, {"convert", convert},   {"adapter", write_adapter},
      {"fuse", fuse},           {"answer", print_words},    {"load", time_loading}, {"train", time_training}};
  Words words(arguments + 1, arguments + count);
  const auto verb = words.empty() ? verbs.end() : verbs.find(words[0]);
  if (verb == verbs.end()) {
    fmt::print(stderr, "language_tool: no verb of that name\n");
    return 2;
  }
  words.erase(words.begin());
  const auto done = verb->second(words);
  if (!done) fmt::print(stderr, "{}\n", done.error().message);
  return done ? 0 : 3;
}
