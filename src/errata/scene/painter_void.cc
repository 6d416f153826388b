#include <algorithm>
#include <cmath>

#include "errata/scene/painter.h"

/// Pictures without anything to look at in particular.
namespace errata::scene {

void paint_pollock(Sheet& sheet, Rng& rng) {
  const Colour canvas = varied(rng, {214, 200, 172}, 26);
  sheet.rectangle(sheet.all(), canvas);
  shade(sheet, sheet.all(), 40 * sheet.unit() + 4, 4, 10, rng.next());
  std::vector<Colour> paints{gray_of(16), gray_of(244)};
  for (int i = whole_between(rng, 2, 5); i > 0; --i) paints.push_back(any_colour(rng));
  const double unit = std::max(0.35, sheet.unit());
  const double area = static_cast<double>(sheet.height()) * sheet.width() / (unit * unit);
  for (int i = static_cast<int>(area / 1700 * between(rng, 0.8, 1.3)); i > 0; --i) {
    const Colour paint = varied(rng, paints[rng.below(paints.size())], 14);
    Spot at{between(rng, -0.05, 1.05) * sheet.height(), between(rng, -0.05, 1.05) * sheet.width()};
    double angle = between(rng, 0, 6.28), bend = between(rng, -0.5, 0.5);
    std::vector<Spot> path{at};
    for (int step = whole_between(rng, 4, 14); step > 0; --step) {
      angle += bend + between(rng, -0.35, 0.35);
      at = {at.y + 16 * unit * std::sin(angle), at.x + 16 * unit * std::cos(angle)};
      path.push_back(at);
    }
    sheet.curve(path, std::max(1.0, between(rng, 0.8, 6) * unit), paint);
    for (int drop = whole_between(rng, 0, 3); drop > 0; --drop) {
      const double size = std::max(0.8, between(rng, 1, 6) * unit);
      sheet.ellipse({at.y + between(rng, -30, 30) * unit, at.x + between(rng, -30, 30) * unit}, size, size, 0, paint);
    }
  }
  sheet.add_noise(3, rng.next());
}

void paint_noise(Sheet& sheet, Rng& rng) {
  const auto deviation = static_cast<float>(between(rng, 14, 60)), level = static_cast<float>(between(rng, 90, 165));
  const bool colours = rng.bernoulli(0.5);
  const int grain = whole_between(rng, 1, 3);
  const std::uint64_t seed = rng.next();
  sheet.paint(sheet.all(), [&](int y, int x) {
    const std::uint64_t bits = bits_at(seed, y / grain, x / grain), more = bits_at(seed + 1, y / grain, x / grain);
    const float light = deviation * normal_of(bits, 0);
    if (!colours) return gray_of(level + light);
    return Colour{level + light, level + deviation * normal_of(bits, 1), level + deviation * normal_of(more, 0)};
  });
}

void paint_texture(Sheet& sheet, Rng& rng) {
  const Colour one = any_colour(rng), two = mixed(one, any_colour(rng), 0.6F);
  const int kind = whole_between(rng, 0, 3);
  const double step = std::max(5.0, between(rng, 14, 46) * sheet.unit()), turn = between(rng, 0, 3.14);
  const double down = std::cos(turn), along = std::sin(turn);
  const std::uint64_t seed = rng.next();
  const auto seen = sheet.window();
  const auto field = clouds(seen, std::max(4.0, step), 4, 0.7F, seed);
  sheet.paint(sheet.all(), [&](int y, int x) {
    const float cloud = field[static_cast<std::size_t>(y - seen.top) * static_cast<std::size_t>(seen.width) +
                              static_cast<std::size_t>(x - seen.left)];
    const double u = (y * down + x * along) / step, v = (x * down - y * along) / step;
    double share = 0;
    switch (kind) {
      case 0: share = 0.5 + 0.5 * std::sin(6.28 * u + cloud); break;                  // stripes
      case 1: share = 0.5 + 0.25 * (std::sin(6.28 * u) + std::sin(6.28 * v)); break;  // weave
      case 2: {                                                                       // bricks
        const int row = y / static_cast<int>(step);
        const int column = (x + row % 2 * static_cast<int>(step)) / static_cast<int>(2 * step);
        const bool joint =
            y % static_cast<int>(step) < 3 || (x + row % 2 * static_cast<int>(step)) % static_cast<int>(2 * step) < 3;
        share = joint ? 1 : 0.1 + 0.3 * static_cast<double>(bits_at(seed, row, column) & 255U) / 255;
        break;
      }
      default: share = 0.5 + 0.5 * static_cast<double>(cloud);  // plaster, grass
    }
    return lit(mixed(one, two, static_cast<float>(std::clamp(share, 0.0, 1.0))), 1 + 0.06F * cloud);
  });
  sheet.add_noise(3, rng.next());
}

void paint_gradient(Sheet& sheet, Rng& rng) {
  const Colour one = any_colour(rng), two = any_colour(rng), three = any_colour(rng);
  const double turn = between(rng, 0, 6.28), y_step = std::cos(turn), x_step = std::sin(turn);
  const bool round = rng.bernoulli(0.3);
  sheet.paint(sheet.all(), [&](int y, int x) {
    const double v = y / static_cast<double>(sheet.height()) - 0.5, h = x / static_cast<double>(sheet.width()) - 0.5;
    const double share =
        round ? std::sqrt(v * v + h * h) * 1.4 : std::clamp(0.5 + (v * y_step + h * x_step) / 1.42, 0.0, 1.0);
    return share < 0.5 ? mixed(one, two, static_cast<float>(2 * share))
                       : mixed(two, three, static_cast<float>(2 * share - 1));
  });
  sheet.add_noise(static_cast<float>(between(rng, 0, 2)), rng.next());
}

void paint_blank(Sheet& sheet, Rng& rng) {
  sheet.rectangle(sheet.all(),
                  rng.bernoulli(0.5) ? gray_of(static_cast<float>(between(rng, 0, 255))) : any_colour(rng));
  const auto deviation = static_cast<float>(rng.bernoulli(0.3) ? 0 : between(rng, 0.3, 3));
  sheet.add_noise(deviation, rng.next());
}

}  // namespace errata::scene
