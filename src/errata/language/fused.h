#pragma once

#include <cstdint>
#include <span>

#include "errata/language/adapter.h"
#include "errata/language/model.h"

namespace errata::language {

/// Logits are of the order of 10, and rounding leaves a fused model about 1e-5 from model and adapter: one that is
/// farther away than this does not compute the same.
inline constexpr double kMostApart = 1e-2;

/// The largest difference between a logit of `fused` and that of model and adapter on a text; infinite where one is no
/// number.
[[nodiscard]] Result<double> most_apart(const Model& model, const Adapter& adapter, const Model& fused,
                                        std::span<const std::int32_t> tokens);

/// A model whose embedding is its head as well, with a head of its own that begins as the embedding: an adapter of the
/// head then changes the head alone. One that has a head of its own stays as it is.
[[nodiscard]] Model untied(const Model& model);

}  // namespace errata::language
