#pragma once

#include <memory>
#include <span>

#include "errata/improve/correction.h"

namespace errata::improve {

/// The most frequent answer is taken for right: of LoopOptions::votes drawn ones, or of the model's and other models'
/// likeliest ones, where more than half agree. Without other models an answer that the model is sure of is believed
/// without a vote. Nothing verifies a vote. @param voters  outlive it
[[nodiscard]] std::unique_ptr<Corrector> make_vote_corrector(const LoopOptions& options,
                                                             std::span<const language::Model> voters);

}  // namespace errata::improve
