#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "errata/base/thread_pool.h"
#include "errata/relevance/plane.h"

namespace errata::relevance {

// What is measured of an image for each of its patches, without a query. Every channel is a function of the planes and
// gives [patches] values, larger where there is more of it. Pages and formulas: docs/methods/relevance.md.

/// Sobel's gradient magnitude of grey, mean over the patch; 0 to about 1.
[[nodiscard]] std::vector<float> edges(const Planes& planes);
/// The same of (grey − μ)/(σ + .01), μ and σ over the 33 × 33 pixels around: edges as strong as their surroundings
/// allow, so that writing of contrast 6/255 counts like writing of 200/255.
[[nodiscard]] std::vector<float> contrast_normalised_edges(const Planes& planes);
/// |grey − Gaussian(σ = 1) of grey|, mean over the patch.
[[nodiscard]] std::vector<float> high_pass(const Planes& planes);
/// e^(−d/16), d pixels to the nearest edge (Canny of the image's own scale), mean over the patch; 0 without any edge.
[[nodiscard]] std::vector<float> edge_nearness(const Planes& planes);
/// Distance in colour (red − green, yellow − blue) from the image's mean colour, mean over the patch.
[[nodiscard]] std::vector<float> colour(const Planes& planes);
/// Distance of the patch's middle from the image's, 0 in the middle, 1 in the corners.
[[nodiscard]] std::vector<float> eccentricity(const PatchGrid& grid);
/// Saliency by the spectral residual: what the logarithm of the spectrum has beyond its own local mean.
/// Reference: X. Hou, L. Zhang, CVPR 2007.
[[nodiscard]] std::vector<float> spectral_saliency(const Planes& planes);
/// Saliency by centre and surround on six scales, on- and off-centre apart, the greatest value 1.
/// Reference: S. Montabone, A. Soto, Image and Vision Computing 28 (2010), 391–402.
[[nodiscard]] std::vector<float> fine_saliency(const Planes& planes);
/// How much of the patch and its neighbours to the left and right is crossed by strokes: pairs of opposite steps of the
/// contrast-normalised rows at 2 to 12 pixels from each other, for each 16 pixels of a row, at most 1.
[[nodiscard]] std::vector<float> text_likeness(const Planes& planes);
/// Mean absolute difference of grey to another image of the same size.
[[nodiscard]] std::vector<float> motion(const Planes& planes, const Planes& before);

enum class Saliency : std::uint8_t { spectral, fine };

/// All of them for one image; what needs a frame before this one is zero without it.
struct FeatureStack {
  PatchGrid grid;
  std::vector<float> edges, contrast_normalised_edges, high_pass, edge_nearness, colour, eccentricity, saliency,
      text_likeness, motion;
};

/// Cost: 1024² pixels in well under 100 ms of one core with the spectral saliency, twice that with the fine one.
/// @param before  a frame of the same size before this one, or null
[[nodiscard]] FeatureStack measure(const Planes& planes, Saliency saliency, const Planes* before, ThreadPool& pool);

}  // namespace errata::relevance
