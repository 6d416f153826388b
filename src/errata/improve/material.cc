#include "errata/improve/material.h"

#include <algorithm>
#include <utility>

#include "errata/improve/answering.h"

namespace errata::improve {

Result<Material> gather(const Task& task, const language::Tokenizer& tokenizer, std::span<const StoredAnswer> failures,
                        std::span<const StoredAnswer> answers, std::span<const double> weights, std::size_t variants,
                        Rng& rng) {
  Material material;
  double reach = 0;
  for (std::size_t i = 0; i < failures.size(); ++i) {
    const StoredAnswer& failure = failures[i];
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
    while (!weights.empty() && material.reach.size() < material.failures.size())
      material.reach.push_back(reach += weights[i]);
  }
  for (const StoredAnswer& one : answers) {
    if (one.detected != Detected::no && one.answer != one.correction) continue;
    ERRATA_ASSIGN(auto example, example_of(tokenizer, one.prompt, one.answer));
    material.replay.push_back(std::move(example));
  }
  return material;
}

namespace {

const language::Example& drawn_failure(const Material& material, Rng& rng) {
  if (material.reach.empty()) return material.failures[rng.below(material.failures.size())];
  const auto at = std::ranges::upper_bound(material.reach, rng.uniform() * material.reach.back());
  const auto last = material.failures.size() - 1;
  return material.failures[std::min(static_cast<std::size_t>(at - material.reach.begin()), last)];
}

}  // namespace

std::vector<language::Example> batch_of(const Material& material, std::size_t size, double replay, Rng& rng) {
  std::vector<language::Example> batch;
  for (std::size_t i = 0; i < size; ++i) {
    const bool replays = !material.replay.empty() && (material.failures.empty() || rng.bernoulli(replay));
    batch.push_back(replays ? material.replay[rng.below(material.replay.size())] : drawn_failure(material, rng));
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
