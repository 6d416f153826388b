#include "errata/improve/material.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "errata/improve/asking.h"

namespace errata::improve {

namespace {

/// @param most  tokens; a longer lesson is left out
Result<std::vector<language::Example>> examples_of(const language::Tokenizer& tokenizer,
                                                   std::span<const Lesson> lessons, std::size_t most) {
  std::vector<language::Example> examples;
  for (const Lesson& lesson : lessons) {
    ERRATA_ASSIGN(auto example, example_of(tokenizer, lesson.question.prompt, lesson.answer));
    if (example.tokens.size() <= most) examples.push_back(std::move(example));
  }
  return examples;
}

const language::Example& drawn_failure(const Material& material, Rng& rng) {
  const auto at = std::ranges::upper_bound(material.reach, rng.uniform() * material.reach.back());
  const auto last = material.failures.size() - 1;
  return material.failures[std::min(static_cast<std::size_t>(at - material.reach.begin()), last)];
}

}  // namespace

Result<Material> gather(const language::Tokenizer& tokenizer, std::span<const StoredAnswer> failures,
                        std::span<const double> weights, std::span<const Lesson> lessons, std::span<const Lesson> fresh,
                        std::span<const StoredAnswer> answers, bool unverified, std::size_t positions) {
  Material material;
  // What a teacher from outside says is not left out in silence: training refuses what is too long.
  const std::size_t most = unverified ? positions : std::numeric_limits<std::size_t>::max();
  ERRATA_ASSIGN(material.failures, examples_of(tokenizer, lessons, most));
  ERRATA_ASSIGN(material.fresh, examples_of(tokenizer, fresh, most));
  material.variants = material.failures.size();
  double reach = 0;
  for (std::size_t i = 0; i < material.variants; ++i) material.reach.push_back(++reach);
  for (std::size_t i = 0; i < failures.size(); ++i) {
    const StoredAnswer& failure = failures[i];
    if (failure.corrected_by.empty() || !(failure.verified || unverified)) continue;
    ERRATA_ASSIGN(auto example, example_of(tokenizer, failure.prompt, failure.correction));
    if (example.tokens.size() > most) continue;
    material.failures.push_back(std::move(example));
    material.reach.push_back(reach += weights[i]);
    ++material.remembered;
  }
  for (const StoredAnswer& one : answers) {
    if (one.detected == Detected::wrong || (!one.corrected_by.empty() && one.answer != one.correction)) continue;
    ERRATA_ASSIGN(auto example, example_of(tokenizer, one.prompt, one.answer));
    if (example.tokens.size() <= positions) material.replay.push_back(std::move(example));
  }
  return material;
}

std::vector<language::Example> batch_of(const Material& material, std::size_t size, double fresh, double replay,
                                        Rng& rng) {
  std::vector<language::Example> batch;
  for (std::size_t i = 0; i < size; ++i) {
    if (!material.fresh.empty() && rng.bernoulli(fresh)) {
      batch.push_back(material.fresh[rng.below(material.fresh.size())]);
      continue;
    }
    const bool replays = !material.replay.empty() && (material.failures.empty() || rng.bernoulli(replay));
    batch.push_back(replays ? material.replay[rng.below(material.replay.size())] : drawn_failure(material, rng));
  }
  return batch;
}

void rehearse(std::span<const std::vector<std::int32_t>> texts, const LoopOptions& options,
              std::vector<language::Example>& batch, Rng& rng) {
  if (texts.empty()) return;
  for (language::Example& one : batch)
    if (rng.bernoulli(options.rehearse))
      one = {
          .tokens = texts[rng.below(texts.size())], .answer = 1, .as_model = options.rehearse_as == Rehearsal::model};
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
