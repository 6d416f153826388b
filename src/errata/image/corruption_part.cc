#include "errata/image/corruption_part.h"

#include <cmath>
#include <numbers>

namespace errata::image {

bool ImagePart::holds(Point point) const {
  const double x = point.x - middle.x, y = point.y - middle.y;
  const double u = cosine * x + sine * y, v = cosine * y - sine * x;
  switch (form) {
    case Form::half_plane: return u > 0;
    case Form::box: return std::abs(u) < along && std::abs(v) < across;
    case Form::ellipse: return (u * u) / (along * along) + (v * v) / (across * across) < 1;
  }
  return false;
}

ImagePart random_part(std::size_t height, std::size_t width, Rng& rng) {
  const double kind = rng.uniform(), unit = static_cast<double>(height) / 28;
  const auto inside = [&](std::size_t size) {
    return between(1.0 / 7, 6.0 / 7, rng.uniform()) * static_cast<double>(size);
  };
  const double x = inside(width), y = inside(height), angle = 2 * std::numbers::pi * rng.uniform();
  const double along = between(2, 10, rng.uniform()) * unit, across = between(2, 16, rng.uniform()) * unit;
  using enum ImagePart::Form;
  return {.form = kind < 0.3   ? half_plane
                  : kind < 0.7 ? box
                               : ellipse,
          .middle = {.x = x, .y = y},
          .cosine = std::cos(angle),
          .sine = std::sin(angle),
          .along = along,
          .across = across};
}

}  // namespace errata::image
