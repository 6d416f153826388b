#include <algorithm>
#include <cmath>

#include "errata/scene/painter.h"

namespace errata::scene {
namespace {

float at(const std::vector<float>& field, const Area& seen, int y, int x) {
  return field[static_cast<std::size_t>(y - seen.top) * static_cast<std::size_t>(seen.width) +
               static_cast<std::size_t>(x - seen.left)];
}

void paint_tree(Sheet& sheet, Rng& rng, Spot foot, double height) {
  sheet.begin("tree", "green");
  const Colour bark = varied(rng, {92, 66, 44}, 14), leaves = varied(rng, {62, 110, 44}, 26);
  sheet.line(foot, {foot.y - height * 0.5, foot.x}, std::max(2.0, height * 0.08), bark);
  for (int i = 0; i < 40; ++i) {
    const double angle = between(rng, 0, 6.28), out = height * 0.3 * std::sqrt(rng.uniform());
    const double size = height * between(rng, 0.05, 0.12);
    const Spot leaf{foot.y - height * 0.68 + out * std::sin(angle), foot.x + out * std::cos(angle)};
    const auto light = static_cast<float>(1.1 - 0.7 * (leaf.y - foot.y + height) / height);
    sheet.ellipse(leaf, size, size * 0.8, 0, lit(varied(rng, leaves, 16), light));
  }
}

void paint_house(Sheet& sheet, Rng& rng, const Area& area) {
  sheet.begin("house");
  const Colour wall = varied(rng, {204, 184, 156}, 34), roof = varied(rng, {142, 66, 52}, 26);
  const Spot gable[] = {{static_cast<double>(area.top), area.left - area.width * 0.08},
                        {area.top - area.height * 0.55, area.left + area.width * 0.5},
                        {static_cast<double>(area.top), area.right() + area.width * 0.08}};
  sheet.paint(area, [&](int, int x) {
    return lit(wall, 0.85F + 0.25F * static_cast<float>(x - area.left) / static_cast<float>(area.width));
  });
  sheet.polygon(gable, roof);
  for (const double left : {0.15, 0.6})
    sheet.rectangle({.top = area.top + area.height / 5,
                     .left = area.left + static_cast<int>(left * area.width),
                     .height = area.height / 4,
                     .width = area.width / 4},
                    {70, 84, 104});
  sheet.rectangle({.top = area.top + area.height * 11 / 20,
                   .left = area.left + area.width * 2 / 5,
                   .height = area.height * 9 / 20,
                   .width = area.width / 5},
                  {84, 54, 36});
}

/// A ball with light on one side and its shadow.
void paint_ball(Sheet& sheet, Rng& rng, Spot middle, double radius) {
  const auto& named = kColours[rng.below(6)];
  const Colour colour = varied(rng, named.colour, 20);
  sheet.go_on(0);
  sheet.ellipse({middle.y + radius * 0.95, middle.x + radius * 0.3}, radius * 0.22, radius, 0, {60, 54, 46});
  sheet.begin("ball", std::string(named.name));
  sheet.ellipse(middle, radius, radius, 0, lit(colour, 0.62F));
  for (int ring = 1; ring < 10; ++ring) {
    const double share = ring / 10.0;
    sheet.ellipse({middle.y - radius * 0.3 * share, middle.x - radius * 0.3 * share}, radius * (1 - share),
                  radius * (1 - share), 0,
                  mixed(lit(colour, 0.62F), mixed(colour, gray_of(255), 0.45F), static_cast<float>(share)));
  }
}

void paint_land(Sheet& sheet, Rng& rng) {
  const Area seen = sheet.window();
  const Colour high = varied(rng, {86, 134, 200}, 34), low = varied(rng, {206, 214, 222}, 22);
  const Colour far = varied(rng, {108, 128, 132}, 26), near = varied(rng, {104, 124, 62}, 34);
  const double horizon = sheet.height() * between(rng, 0.35, 0.6), cover = between(rng, -0.4, 0.5);
  const double waves = between(rng, 2, 5), phase = between(rng, 0, 6.28),
               rise = sheet.height() * between(rng, 0.04, 0.12);
  const auto sky = clouds(seen, 180 * sheet.unit() + 8, 6, 0.55F, rng.next());
  const auto grass = clouds(seen, 90 * sheet.unit() + 6, 7, 0.68F, rng.next());
  std::vector<double> edge;
  for (int x = 0; x < sheet.width(); ++x) {
    const double h = x / static_cast<double>(sheet.width());
    edge.push_back(horizon - rise * (std::sin(waves * 6.28 * h / 2 + phase) + 0.5 * std::sin(waves * 9.7 * h)));
  }
  sheet.paint(sheet.all(), [&](int y, int x) {
    const double hill = edge[static_cast<std::size_t>(x)];
    if (y < hill) {
      const auto white =
          static_cast<float>(std::clamp(1.4 * (static_cast<double>(at(sky, seen, y, x)) + cover), 0.0, 1.0));
      return mixed(mixed(high, low, static_cast<float>(y / horizon)), gray_of(244), 0.85F * white);
    }
    const auto depth = static_cast<float>(std::clamp((y - hill) / (sheet.height() * 0.35), 0.0, 1.0));
    return lit(mixed(far, near, std::sqrt(depth)), 1 + (0.08F + 0.26F * depth) * at(grass, seen, y, x));
  });
  const double floor = horizon + rise;
  std::vector<double> depths;
  for (int i = whole_between(rng, 3, 6); i > 0; --i) depths.push_back(between(rng, 0.15, 1));
  std::ranges::sort(depths);
  for (const double depth : depths) {
    const double y = floor + (sheet.height() - floor) * 0.75 * depth, x = between(rng, 0.04, 0.96) * sheet.width();
    const double size = sheet.height() * (0.07 + 0.24 * depth);
    if (rng.bernoulli(0.6)) {
      paint_tree(sheet, rng, {y, x}, size * 1.3);
    } else {
      paint_house(sheet, rng,
                  {.top = static_cast<int>(y - size * 0.6),
                   .left = static_cast<int>(x - size * 0.5),
                   .height = static_cast<int>(size * 0.6),
                   .width = static_cast<int>(size)});
    }
  }
}

void paint_still_life(Sheet& sheet, Rng& rng) {
  const Area seen = sheet.window();
  const Colour wall = varied(rng, {150, 142, 130}, 44), cloth = varied(rng, {176, 150, 118}, 40);
  const double edge = sheet.height() * between(rng, 0.42, 0.58);
  const double light_x = between(rng, -0.4, 0.4);
  const auto folds = clouds(seen, 150 * sheet.unit() + 8, 7, 0.6F, rng.next());
  sheet.paint(sheet.all(), [&](int y, int x) {
    const double v = y / static_cast<double>(sheet.height()) - 0.4,
                 h = x / static_cast<double>(sheet.width()) - 0.5 - light_x;
    const auto light = static_cast<float>(1.15 - 0.9 * (v * v + h * h));
    const float fold = at(folds, seen, y, x);
    return y < edge ? lit(wall, light * (1 + 0.05F * fold)) : lit(cloth, light * (1 + 0.16F * fold));
  });
  for (int i = whole_between(rng, 4, 8); i > 0; --i) {
    const double radius = between(rng, 38, 96) * sheet.unit() + 4;
    paint_ball(sheet, rng,
               {edge + between(rng, 0.1, 0.85) * (sheet.height() - edge) - radius * 0.5,
                between(rng, 0.06, 0.94) * sheet.width()},
               radius);
  }
}

}  // namespace

void paint_photo(Sheet& sheet, Rng& rng) {
  if (rng.bernoulli(0.6)) {
    paint_land(sheet, rng);
  } else {
    paint_still_life(sheet, rng);
  }
  sheet.go_on(0);
  sheet.smooth(between(rng, 0.6, 1.1));
  shade(sheet, sheet.all(), 30 * sheet.unit() + 3, 6, static_cast<float>(between(rng, 3, 8)), rng.next());
  const double fall = between(rng, 0.1, 0.35);  // towards the corners, as lenses have it
  sheet.change(sheet.all(), [&](int y, int x, std::uint8_t* pixel) {
    const double v = y / static_cast<double>(sheet.height()) - 0.5, h = x / static_cast<double>(sheet.width()) - 0.5;
    const auto keep = static_cast<float>(1 - fall * (v * v + h * h) * 2);
    for (int channel = 0; channel < 3; ++channel)
      pixel[channel] = Sheet::byte_of(static_cast<float>(pixel[channel]) * keep);
  });
  sheet.add_noise(static_cast<float>(between(rng, 1.5, 5)), rng.next());
}

}  // namespace errata::scene
