#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "errata/base/cancellation.h"
#include "errata/language/adapter.h"
#include "errata/language/model.h"
#include "errata/language/training.h"

namespace errata::language {

/// What a model computed inside while it wrote answers.
struct HiddenStates {
  std::size_t width = 0;        ///< 2 · layers · hidden
  std::vector<float> states;    ///< [answers, width]: of each layer the mean over the answer's tokens, then the last
  std::vector<double> entropy;  ///< [answers] mean over the answer's tokens, in nats, of what else might have come
};

/// Reads questions with their answers and keeps the states from which the answers' tokens were told: those behind the
/// last token of the question up to the last but one of the sequence. Sequences of like length are read together, at
/// most 64 at a time; the result does not depend on the number of threads.
/// @param answered  tokens with their answers, as training reads them
/// @param layers    places of layers, each below config.layers
/// @return one row an answer, or invalid_argument for a sequence that the model cannot read and a layer that it has not
/// Cost: one pass over every sequence.
[[nodiscard]] Result<HiddenStates> hidden_states(const Model& model, const Adapter* adapter,
                                                 std::span<const Example> answered, std::span<const std::size_t> layers,
                                                 const Cancellation* cancellation = nullptr);

}  // namespace errata::language
