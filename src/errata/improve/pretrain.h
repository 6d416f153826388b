#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "errata/base/progress.h"
#include "errata/improve/task.h"
#include "errata/language/model.h"
#include "errata/language/tokenizer.h"
#include "errata/language/training.h"

namespace errata::improve {

struct PretrainOptions {
  language::ModelConfig sizes{
      .hidden = 64, .layers = 3, .heads = 4, .kv_heads = 2, .intermediate = 192, .positions = 32};
  language::TrainingOptions training{.steps = 1300, .learning_rate = 3e-3};
  std::size_t batch = 128;
  std::vector<double> shares{};  ///< of each skill; empty: all alike
  std::size_t byte_pairs = 0;    ///< tokens of a byte-level BPE; 0: every character is a token
  std::uint64_t seed = 1;
};

/// The tokenizer of a model that is trained from scratch: the task's characters, or byte pairs that are learned from
/// questions of the pool and their references, shares as in training.
/// @return invalid_argument for shares as pretrain(), and fewer tokens than 257
[[nodiscard]] Result<std::unique_ptr<language::Tokenizer>> make_tokenizer(const Task& task,
                                                                          const PretrainOptions& options);

/// A model of the sizes asked for, trained from scratch on questions of the pool and their references. The vocabulary
/// is the tokenizer's.
/// @param ranks  that train together, of which this is rank 0, or null
/// @return invalid_argument for shares that are not one a skill, or sum to nothing, and as train_model()
[[nodiscard]] Result<language::Model> pretrain(const Task& task, const language::Tokenizer& tokenizer,
                                               const PretrainOptions& options, const Progress& progress = {},
                                               language::Ranks* ranks = nullptr);

}  // namespace errata::improve
