#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "errata/base/rng.h"
#include "errata/improve/failure_store.h"
#include "errata/improve/improvement.h"
#include "errata/improve/task.h"
#include "errata/language/tokenizer.h"
#include "errata/language/training.h"

namespace errata::improve {

/// Different examples that a round may learn from.
struct Material {
  std::vector<language::Example> failures;  ///< with their variants
  std::vector<language::Example> replay;    ///< what the model answered rightly
  std::vector<language::Example> fresh;     ///< like any question of the round
  std::vector<double> reach;                ///< [failures] running sum of how often each is drawn
  std::size_t remembered = 0, variants = 0;
};

/// What the memory's corrections, lessons like its failures, and a round's right answers give to learn from. Right is
/// what was not found to be wrong, and no correction says otherwise.
/// @param weights     [failures] how often each is drawn, beside 1 for a lesson
/// @param fresh       lessons like any question
/// @param unverified  also corrections that nothing has verified
/// @param positions   of the model: answers of its own that are longer, as odd bytes make them, are left out
[[nodiscard]] Result<Material> gather(const language::Tokenizer& tokenizer, std::span<const StoredAnswer> failures,
                                      std::span<const double> weights, std::span<const Lesson> lessons,
                                      std::span<const Lesson> fresh, std::span<const StoredAnswer> answers,
                                      bool unverified, std::size_t positions);

/// A batch of a round.
/// @param fresh  share of fresh lessons
/// @param replay  share, of the rest, of what the model answered rightly
[[nodiscard]] std::vector<language::Example> batch_of(const Material& material, std::size_t size, double fresh,
                                                      double replay, Rng& rng);
/// Puts texts, each to be read from its first token on, in the place of a share of the examples. Without texts nothing
/// is changed or drawn.
void rehearse(std::span<const std::vector<std::int32_t>> texts, const LoopOptions& options,
              std::vector<language::Example>& batch, Rng& rng);

/// A batch of the control: fresh questions of the pool, skills in turn.
[[nodiscard]] std::vector<language::Example> random_batch(const Task& task, const language::Tokenizer& tokenizer,
                                                          std::size_t size, Rng& rng);

}  // namespace errata::improve
