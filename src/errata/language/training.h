#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "errata/base/progress.h"
#include "errata/language/adapter.h"
#include "errata/language/model.h"
#include "errata/language/ranks.h"

namespace errata::language {

/// A text to learn from: tokens from `answer` on are to be predicted, those before are what they are predicted from.
struct Example {
  std::vector<std::int32_t> tokens;
  std::size_t answer = 1;  ///< from 1 to tokens.size() − 1
  /// To an adapter: not the tokens are to be predicted but what the model without it expects in their places; the loss
  /// is KL(model ‖ adapted) a token.
  bool as_model = false;
};

struct TrainingOptions {
  std::size_t steps = 1000;
  double learning_rate = 1e-3;  ///< at its highest; rises over 30% of the steps and falls as a cosine (nn/one_cycle.h)
  double weight_decay = 0.01;   ///< of matrices
};

/// @return invalid_argument for steps that are not from 1 to 10⁷, a learning rate outside (0, 1] and a weight decay
///     outside [0, 1)
[[nodiscard]] Result<void> check(const TrainingOptions& options);

/// The examples of a step, counted from 0; at least one.
using DrawBatch = std::function<Result<std::vector<Example>>(std::size_t step)>;

/// AdamW on the mean loss a token of the answers: −log p, or the divergence of Example::as_model. A batch is cut into
/// shards of 32 examples (4 where an adapter of a large model learns) that run side by side on the threads of `nn`, and
/// their slopes are added up in order: the same bits on any number of threads. Over several processes the shards are
/// dealt out in turn, and sums are taken in doubles, so that what is learned is that of one process but for the last
/// bit of a slope once in many.
/// @param ranks  of which this is rank 0, or null: the others are in train_along()
/// @return the loss of every step, or invalid_argument for examples that the model cannot read (an empty answer, too
///     long, unknown tokens), as_model without an adapter and steps or rates out of range, data error when the loss is
///     no longer a number, unavailable error when another rank has ended
/// Cost: about 6 multiplications a parameter and token; with ranks 8 bytes a number that learns and step to send.
[[nodiscard]] Result<std::vector<double>> train_model(Model& model, const TrainingOptions& options,
                                                      const DrawBatch& draw, const Progress& progress = {},
                                                      Ranks* ranks = nullptr);
/// The same for an adapter alone; the model stays as it is.
[[nodiscard]] Result<std::vector<double>> train_adapter(const Model& model, Adapter& adapter,
                                                        const TrainingOptions& options, const DrawBatch& draw,
                                                        const Progress& progress = {}, Ranks* ranks = nullptr);

/// Takes its share of every training of rank 0, which tells it all that it needs, until rank 0 ends.
/// @return unavailable error when another rank has ended before that
/// @throws Cancelled by `progress`
[[nodiscard]] Result<void> train_along(Ranks& ranks, const Progress& progress = {});

/// Loss of a batch and its slopes, of the adapter where there is one, else of the model; for tests and tools.
struct Slopes {
  double loss = 0;            ///< mean a token of the answers
  std::vector<float> slopes;  ///< [plan.size]
};
[[nodiscard]] Result<Slopes> slopes_of(const Model& model, const Adapter* adapter, std::span<const Example> batch);

}  // namespace errata::language
