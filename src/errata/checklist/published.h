#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "errata/base/matrix_view.h"

namespace errata::checklist {

// Ways to keep k of the patches of an image that others published, written from their papers. They see what an encoder
// gives: a vector a patch, and where they ask for it the relevance of each patch to the query. They give patches, each
// once, in the order in which they were chosen; all of equals the first.

/// Max–min diversity: the first patch is the one farthest from its nearest other, each next one the farthest from its
/// nearest chosen one, by cosine distance.
/// @param features  [patches, d], rows of any length  @param wanted  >= 1
/// Cost: O(n² d) for the first, O(n d) for each next.
/// Reference: S. R. Alvar et al., "DivPrune: diversity-based visual token pruning for large multimodal models", CVPR
/// 2025.
[[nodiscard]] std::vector<std::uint32_t> div_prune(MatrixView<const float> features, std::size_t wanted);

/// The greedy maximum of det(K_S), K_ij = r_i r_j cos_ij, r the relevance between 0 and 1: a determinantal point
/// process conditioned on the query. Patches beyond the rank of the features follow in the order of their relevance.
/// @param relevance  [patches]
/// Cost: O(n (d + k)) for each.
/// References: Q. Zhang et al., "Beyond attention or similarity: maximizing conditional diversity for token pruning in
/// MLLMs" (CDPruner), NeurIPS 2025; L. Chen et al., NeurIPS 2018 (the greedy maximum).
[[nodiscard]] std::vector<std::uint32_t> cd_pruner(MatrixView<const float> features, std::span<const float> relevance,
                                                   std::size_t wanted);

/// Max–sum diversity: each next patch is the one whose cosine distances to the chosen ones have the greatest sum; the
/// first has the greatest sum to all. It is the first of two stages; the second drops tokens inside a language model.
/// Cost: O(n d) for each.
/// Reference: D. Li et al., "ToDRE: effective visual token pruning via token diversity and task relevance",
/// arXiv 2505.18757, 2025.
[[nodiscard]] std::vector<std::uint32_t> to_dre(MatrixView<const float> features, std::size_t wanted);

}  // namespace errata::checklist
