#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/relevance/channels.h"
#include "errata/relevance/query_encoder.h"

namespace errata::relevance {

/// What brings a scorer's values to one scale before they are balanced: raw ones let the widest drown the others.
enum class Normalisation : std::uint8_t {
  none,
  min_max,  ///< (s − min)/(max − min), ½ where all are equal
  rank,     ///< share of the other patches that are below, ties by half
};

/// How much each scorer counts.
struct Weights {
  double propositional = 0, perspectival = 0, participatory = 0;
};

/// How the weights come about.
enum class Balance : std::uint8_t {
  fixed,     ///< as given
  adaptive,  ///< what catches the eye counts only as far as it agrees with what is asked for
  learned,   ///< by gates that look at the three scores
};
/// "fixed", "adaptive", "learned"
[[nodiscard]] std::string_view name_of(Balance balance);
/// @return invalid_argument that lists the names
[[nodiscard]] Result<Balance> balance_named(std::string_view name);

/// What gates look at: 1, the agreement of salience and query, the means of the normalised participatory and
/// perspectival scores, which are low where little stands out much.
using GateInputs = std::array<double, 4>;

/// Weights as a softmax of slopes · inputs. The defaults were learned by bench/gates_bench on drawn scenes of seeds
/// from 1,000 on.
struct Gates {
  GateInputs propositional{-1.33, -.21, -.49, -.18}, perspectival{-.19, .06, .02, .09},
      participatory{1.52, .15, .47, .09};
  [[nodiscard]] Weights weights(const GateInputs& inputs) const;
};

/// Every weight of a score in one place. The defaults are Errata's; document() gives those of the design that Errata
/// corrects (docs/methods/relevance.md).
struct ScoreOptions {
  // Propositional: what there is to know.
  double edges = 0, contrast_normalised_edges = .7, high_pass = 0, edge_nearness = 0, text_likeness = .3;
  // Perspectival: what catches the eye.
  double saliency = .6, motion = .4;
  Saliency kind = Saliency::spectral;
  Normalisation normalisation = Normalisation::min_max;
  bool smooth_participatory = true;  ///< mean over the patch and its eight neighbours
  Balance balance = Balance::adaptive;
  Weights weights{.propositional = .15, .perspectival = .05, .participatory = .80};
  Gates gates{};  ///< of Balance::learned

  /// The allocator as it was first written down: raw scores, .2/.2/.6, fine saliency.
  [[nodiscard]] static ScoreOptions document();
};

/// Scores of each patch.
struct Scores {
  std::vector<float> propositional, perspectival, participatory;  ///< [patches]; the last empty without a query
  std::vector<float> balanced;                                    ///< [patches] Σ weight · normalised score
  Weights weights{};                                              ///< that were used; their sum is 1
  /// Spearman's correlation of perspectival and participatory scores; 0 without a query.
  double agreement = 0;
};

/// @param relevance  what the query asks for, [patches] of the stack's grid, or empty: the other two share its weight
[[nodiscard]] Scores score(const FeatureStack& stack, std::span<const float> relevance, const ScoreOptions& options);

/// The values on one scale. @return [n] in [0, 1], but for Normalisation::none
[[nodiscard]] std::vector<float> normalised(std::span<const float> values, Normalisation how);

/// Mean over a patch and those of its eight neighbours that there are. @param values  [patches]
[[nodiscard]] std::vector<float> smoothed(std::span<const float> values, const PatchGrid& grid);

/// Spearman's rank correlation, ties at their mean rank; 0 where one side is constant. @param a, b  of one length
[[nodiscard]] double rank_correlation(std::span<const float> a, std::span<const float> b);

}  // namespace errata::relevance
