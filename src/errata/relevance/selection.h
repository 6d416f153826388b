#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "errata/relevance/positions.h"
#include "errata/relevance/scores.h"
#include "errata/relevance/specificity.h"

namespace errata::relevance {

/// What may speak against looking where the scores point.
enum class Guard : std::uint8_t {
  no_structure,         ///< the image has edges everywhere or nowhere: a void
  vague_query,          ///< the query would suit any image
  unlike_training,      ///< the image is unlike those that the encoder knows
  query_not_understood  ///< nothing relates this query to this image
};
/// "no-structure", "vague-query", "unlike-training", "query-not-understood"
[[nodiscard]] std::string_view name_of(Guard guard);

/// One guard's figure. It fires beyond its limit.
struct GuardReading {
  Guard guard{};
  double value = 0, limit = 0;
  double doubt = 1;          ///< a distance from the limit that is neither clear nor close, > 0
  bool fires_above = false;  ///< or below
  [[nodiscard]] bool fired() const { return fires_above ? value > limit : value < limit; }
  /// 1/(1 + e^(−|value − limit|/doubt)), in [½, 1)
  [[nodiscard]] double sure() const;
};

/// Limits of the guards. They were chosen on scenes of training seeds (docs/methods/relevance.md).
struct SelectionOptions {
  double least_structure = .46, much_structure = 2.0;
  double least_of_unlike = .385;  ///< an unlike image with less structure is a void, whatever else it is
  double least_specificity = .25;
  double most_unlike = .5;
};

struct Selection {
  Strategy strategy = Strategy::focused;
  std::vector<GuardReading> guards;  ///< all that were read
  double sure = 1;                   ///< in [½, 1]: of the surest guard that fired, of the least sure where none did
};

/// How unevenly edges lie over an image: standard deviation over mean of the edge density of 8 × 8 blocks (along the
/// shorter side), each less the density that nine tenths of the patches exceed, which is noise. 0 for an image without
/// edges. Textures and paintings without a subject have little, scenes with objects much.
[[nodiscard]] double structure_of(const FeatureStack& stack);

/// Chooses how to choose. An image unlike the known ones is looked at evenly, since scores mean nothing there, unless
/// it is clearly a void. A void is looked at broadly, as any image is under a vague query and under one that nothing
/// relates to it; else what is asked for is sought, by clusters where the image has clear parts.
/// @param unlike  how unlike the encoder's training the image is, in [0, 1]; nothing where no encoder says so
/// @param asked   whether something relates the query to the image
[[nodiscard]] Selection select_strategy(double structure, const Specificity& query, std::optional<double> unlike,
                                        bool asked, const SelectionOptions& options = {});

}  // namespace errata::relevance
