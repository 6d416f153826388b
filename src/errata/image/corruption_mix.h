#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "errata/base/error.h"
#include "errata/image/corruption.h"

namespace errata::image {

/// A mix of corruptions in words.
struct MixWords {
  std::string mix = "source";           ///< source, train, all, none, or names of corruptions between commas
  std::optional<double> probability{};  ///< that an image is corrupted, in [0, 1]; .92 for train and all, else .8
  std::optional<std::size_t> chain{};   ///< corruptions in a row at most, 1 to 8; 2 for train and all, else 1
  std::optional<double> partial{};      ///< that one is kept to a part, in [0, 1]; .5 for train and all, else 0
};

/// @return the mix that the words mean; invalid_argument naming a corruption that there is none of, a probability or
/// chain outside its range
[[nodiscard]] Result<CorruptionMix> mix_of(const MixWords& words);

/// "rotate, fog, probability 0.8, up to 2 in a row"
[[nodiscard]] std::string words_of(const CorruptionMix& mix);

/// The source's four at the given probability.
[[nodiscard]] CorruptionMix source_mix(double probability = 0.8);
/// Corruptions that the default auditor is trained on, how they are mixed (92% of the images, up to two in a row, half
/// of these in a part of the image alone), and the two mixes that are kept from it.
[[nodiscard]] std::vector<Corruption> training_pool();
[[nodiscard]] CorruptionMix broad_mix(std::vector<Corruption> pool);
[[nodiscard]] CorruptionMix unseen_mix_a();
[[nodiscard]] CorruptionMix unseen_mix_b();

}  // namespace errata::image
