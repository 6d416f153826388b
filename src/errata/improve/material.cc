#include "errata/improve/material.h"

#include <utility>

#include "errata/improve/answering.h"

namespace errata::improve {

Result<Material> gather(const Task& task, const language::Tokenizer& tokenizer, std::span<const StoredAnswer> failures,
                        std::span<const StoredAnswer> answers, std::size_t variants, Rng& rng) {
  Material material;
  for (const StoredAnswer& failure : failures) {
    const Question question{.skill = skill_of(task, failure.skill), .prompt = failure.prompt};
    ERRATA_ASSIGN(auto example, example_of(tokenizer, failure.prompt, failure.correction));
    material.failures.push_back(std::move(example));
    ++material.remembered;
    for (std::size_t v = 0; v < variants; ++v) {
      const Question variant = task.variant(question, rng);
      if (split_of(variant) != Split::pool) continue;
      ERRATA_ASSIGN(auto more, example_of(tokenizer, variant.prompt, task.reference(variant)));
      material.failures.push_back(std::move(more));
      ++material.variants;
    }
  }
  for (const StoredAnswer& one : answers) {
    if (one.detected == Detected::wrong) continue;
    ERRATA_ASSIGN(auto example, example_of(tokenizer, one.prompt, one.answer));
    material.replay.push_back(std::move(example));
  }
  return material;
}

std::vector<language::Example> batch_of(const Material& material, std::size_t size, double replay, Rng& rng) {
  std::vector<language::Example> batch;
  for (std::size_t i = 0; i < size; ++i) {
    const bool replays = !material.replay.empty() && (material.failures.empty() || rng.bernoulli(replay));
    const auto& from = replays ? material.replay : material.failures;
    batch.push_back(from[rng.below(from.size())]);
  }
  return batch;
}

std::vector<language::Example> random_batch(const Task& task, const language::Tokenizer& tokenizer, std::size_t size,
                                            Rng& rng) {
  std::vector<language::Example> batch;
  for (std::size_t i = 0; i < size; ++i) {
    const Question question = draw_question(task, i % task.skills().size(), Split::pool, rng);
    batch.push_back(example_of(tokenizer, question.prompt, task.reference(question)).value());
  }
  return batch;
}

}  // namespace errata::improve
