#pragma once

#include <cstdint>

#include "errata/base/rng.h"
#include "errata/image/corruption_canvas.h"

namespace errata::image {

/// A part of an image about a place, turned: what lies on one side of a line, in a box, or in an ellipse.
struct ImagePart {
  enum class Form : std::uint8_t { half_plane, box, ellipse };

  Form form = Form::box;
  Point middle{};
  double cosine = 1, sine = 0;   ///< of the angle from the x axis to the part's own
  double along = 0, across = 0;  ///< half-lengths, in pixels; of a half-plane neither counts

  [[nodiscard]] bool holds(Point point) const;
};

/// Half-planes three times in ten, boxes four, ellipses three; the middle anywhere but near the edge, half-lengths of 2
/// to 10 and 2 to 16 pixels of an image 28 high.
[[nodiscard]] ImagePart random_part(std::size_t height, std::size_t width, Rng& rng);

}  // namespace errata::image
