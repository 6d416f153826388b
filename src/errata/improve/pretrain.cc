#include "errata/improve/pretrain.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "errata/improve/asking.h"
#include "errata/language/byte_pair_tokenizer.h"
#include "errata/language/character_tokenizer.h"

namespace errata::improve {

namespace {

constexpr std::uint64_t kTextStream = 0, kFirstStep = 1;  ///< of the seed

Result<std::vector<double>> shares_of(const Task& task, const PretrainOptions& options) {
  std::vector<double> shares = options.shares;
  if (shares.empty()) shares.assign(task.skills().size(), 1.0);
  const auto is_share = [](double share) { return share >= 0 && std::isfinite(share); };
  if (shares.size() != task.skills().size() || !std::ranges::all_of(shares, is_share) || std::ranges::max(shares) <= 0)
    return invalid_argument(
        fmt::format("shares of skills: {} numbers ≥ 0 are needed, one above 0", task.skills().size()));
  return shares;
}

}  // namespace

Result<std::unique_ptr<language::Tokenizer>> make_tokenizer(const Task& task, const PretrainOptions& options) {
  if (options.byte_pairs == 0) {
    ERRATA_ASSIGN(auto characters, language::CharacterTokenizer::create(task.alphabet()));
    return std::make_unique<language::CharacterTokenizer>(std::move(characters));
  }
  constexpr std::size_t kQuestions = 5000;
  ERRATA_ASSIGN(const auto shares, shares_of(task, options));
  Rng rng = Rng(options.seed).fork(kTextStream);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < kQuestions; ++i) {
    const Question question = draw_question(task, rng.categorical(shares), Split::pool, rng);
    texts.push_back(question.prompt);
    texts.push_back(task.reference(question));
  }
  ERRATA_ASSIGN(auto pairs, language::BytePairTokenizer::train(texts, options.byte_pairs));
  return std::make_unique<language::BytePairTokenizer>(std::move(pairs));
}

Result<language::Model> pretrain(const Task& task, const language::Tokenizer& tokenizer, const PretrainOptions& options,
                                 const Progress& progress, language::Ranks* ranks) {
  ERRATA_ASSIGN(const auto shares, shares_of(task, options));
  if (options.batch == 0) return invalid_argument("a batch of 0 examples");
  language::ModelConfig sizes = options.sizes;
  sizes.vocabulary = tokenizer.vocabulary();
  ERRATA_ASSIGN(language::Model model, language::make_model(sizes, options.seed));
  for (const char c : task.alphabet()) ERRATA_TRY(tokenizer.encode(std::string(1, c)));
  const auto draw = [&](std::size_t step) {
    Rng rng = Rng(options.seed).fork(kFirstStep + step);
    std::vector<language::Example> batch;
    for (std::size_t i = 0; i < options.batch; ++i) {
      const Question question = draw_question(task, rng.categorical(shares), Split::pool, rng);
      batch.push_back(example_of(tokenizer, question.prompt, task.reference(question)).value());
    }
    return batch;
  };
  ERRATA_TRY(language::train_model(model, options.training, draw, progress, ranks));
  return model;
}

}  // namespace errata::improve
