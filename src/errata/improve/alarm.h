#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "errata/improve/improvement.h"

namespace errata::improve {

/// The collapse alarm. A model that learns from its own votes grows surer of them whether they are right or not, so
/// its votes' margin alone says nothing. The auditor and the inverse check are not trained by it. The alarm compares a
/// model with the best one before it, by the mean of what these two say, and rings where one of them is below by more
/// than a standard error of a share of n questions and the other, where it is known, is not above by as much.
/// (Differences on the same questions scatter about half as much.) Where the margin has risen meanwhile that is a
/// collapse, else plain damage; either is to be taken back.
/// @param history    of the start and of every model that was kept, in order; at least one
/// @param now        of the model that is to be judged
/// @param questions  n, on which all were taken
/// @return the place in `history` of the model to go back to; nothing where the alarm is silent, or nothing but the
///     margin is known
[[nodiscard]] std::optional<std::size_t> collapse_since(std::span<const Watch> history, const Watch& now,
                                                        std::size_t questions);

}  // namespace errata::improve
