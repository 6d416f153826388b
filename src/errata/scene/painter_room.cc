#include <algorithm>
#include <cmath>

#include "errata/scene/painter.h"

namespace errata::scene {
namespace {

/// A rectangle given in shares of the scene.
Area part_of(const Sheet& sheet, double top, double left, double height, double width) {
  return {.top = static_cast<int>(top * sheet.height()),
          .left = static_cast<int>(left * sheet.width()),
          .height = static_cast<int>(height * sheet.height()),
          .width = static_cast<int>(width * sheet.width())};
}

/// Wall above, floor below, light from one side. @return the height at which they meet
int paint_walls(Sheet& sheet, Rng& rng, double low, double high) {
  const auto& named = kColours[rng.below(6)];
  const Colour wall = varied(rng, mixed(named.colour, gray_of(205), static_cast<float>(between(rng, 0.45, 0.7))), 8);
  const Colour floor = varied(rng, {146, 112, 82}, 28);
  const int meet = static_cast<int>(sheet.height() * between(rng, low, high));
  const auto light = static_cast<float>(between(rng, -0.12, 0.12));
  sheet.begin("wall", std::string(named.name));
  sheet.paint({.height = meet, .width = sheet.width()}, [&](int, int x) {
    return lit(wall, 1 + light * (2 * static_cast<float>(x) / static_cast<float>(sheet.width()) - 1));
  });
  shade(sheet, {.height = meet, .width = sheet.width()}, 50 * sheet.unit() + 4, 4, 4, rng.next());
  if (rng.bernoulli(0.4)) {  // wallpaper
    const int step = std::max(8, static_cast<int>(between(rng, 24, 60) * sheet.unit()));
    const auto by = static_cast<float>(between(rng, -9, 9));
    sheet.change({.height = meet, .width = sheet.width()}, [&](int, int x, std::uint8_t* pixel) {
      if (x / step % 2 == 0) return;
      for (int channel = 0; channel < 3; ++channel)
        pixel[channel] = Sheet::byte_of(static_cast<float>(pixel[channel]) + by);
    });
  }
  sheet.begin("floor");
  const int board = std::max(6, static_cast<int>(between(rng, 30, 60) * sheet.unit()));
  const std::uint64_t seed = rng.next();
  sheet.paint({.top = meet, .height = sheet.height() - meet, .width = sheet.width()}, [&](int y, int x) {
    const int row = (y - meet) / board;
    const auto tone = static_cast<float>(bits_at(seed, row, (x + row * 97) / (board * 6)) & 31U) / 31.0F;
    const bool gap = (y - meet) % board == 0;
    return lit(floor, gap ? 0.6F : 0.88F + 0.24F * tone);
  });
  return meet;
}

void paint_window(Sheet& sheet, Rng& rng, const Area& area) {
  sheet.begin("window");
  sheet.rectangle(area, gray_of(236));
  const Colour sky = varied(rng, {130, 185, 235}, 20), hills = varied(rng, {96, 140, 84}, 24);
  const int rim = std::max(2, area.width / 18);
  const Area pane = grown(area, -rim);
  sheet.paint(pane, [&](int y, int x) {
    const double v = (y - pane.top) / static_cast<double>(std::max(1, pane.height));
    return v > 0.72 + 0.06 * std::sin(x * 0.05) ? hills : mixed(sky, gray_of(240), static_cast<float>(0.6 * v));
  });
  sheet.rectangle({.top = area.top, .left = area.left + area.width / 2 - rim / 2, .height = area.height, .width = rim},
                  gray_of(232));
  sheet.rectangle({.top = area.top + area.height / 2 - rim / 2, .left = area.left, .height = rim, .width = area.width},
                  gray_of(232));
}

void paint_stove(Sheet& sheet, Rng& rng, const Area& area) {
  sheet.begin("stove");
  const Colour body = varied(rng, {196, 198, 202}, 10);
  sheet.rectangle(area, body);
  const int top = area.height / 5;
  sheet.rectangle({.top = area.top, .left = area.left, .height = top, .width = area.width}, gray_of(52));
  for (int i = 0; i < 4; ++i) {
    const Spot knob{area.top + top * 1.6, area.left + area.width * (i + 0.5) / 4};
    sheet.ellipse(knob, area.width / 22.0, area.width / 22.0, 0, gray_of(30));
    const Spot flame{area.top + top * 0.5, area.left + area.width * (i + 0.5) / 4};
    sheet.ellipse(flame, top * 0.26, area.width / 11.0, 0, {228, 84, 30});
    sheet.ellipse(flame, top * 0.15, area.width / 17.0, 0, gray_of(40));
  }
  const Area door{.top = area.top + 2 * top,
                  .left = area.left + area.width / 10,
                  .height = area.height * 9 / 20,
                  .width = area.width * 8 / 10};
  sheet.rectangle(door, gray_of(44));
  sheet.rectangle(grown(door, -std::max(2, door.height / 7)), {78, 56, 44});
  sheet.line({door.top - top * 0.15, static_cast<double>(door.left)},
             {door.top - top * 0.15, static_cast<double>(door.right())}, std::max(2, top / 8), gray_of(240));
}

void paint_refrigerator(Sheet& sheet, Rng& rng, const Area& area) {
  sheet.begin("refrigerator");
  const Colour body = varied(rng, {222, 230, 232}, 8);
  sheet.paint(area, [&](int, int x) {
    return lit(body, 0.86F + 0.16F * static_cast<float>(x - area.left) / static_cast<float>(std::max(1, area.width)));
  });
  const int split = area.top + area.height / 3;
  sheet.rectangle({.top = split, .left = area.left, .height = std::max(2, area.height / 80), .width = area.width},
                  gray_of(110));
  const double x = area.left + area.width * 0.12;
  const double thick = std::max(2, area.width / 20);
  sheet.line({area.top + area.height * 0.1, x}, {split - area.height * 0.06, x}, thick, gray_of(120));
  sheet.line({split + area.height * 0.06, x}, {split + area.height * 0.34, x}, thick, gray_of(120));
}

void paint_table(Sheet& sheet, Rng& rng, const Area& area) {
  sheet.begin("table");
  const Colour wood = varied(rng, {168, 104, 52}, 16);
  const int top = std::max(4, area.height / 4), leg = std::max(3, area.width / 14);
  const std::uint64_t seed = rng.next();
  const auto grain = [&](int y, int x) {
    const auto tone = static_cast<float>(bits_at(seed, y / 3, x / 40) & 63U) / 63.0F;
    return lit(wood, 0.82F + 0.3F * tone);
  };
  for (const int left : {area.left + leg / 2, area.right() - 3 * leg / 2})
    sheet.paint({.top = area.top + top, .left = left, .height = area.height - top, .width = leg}, grain);
  sheet.paint({.top = area.top, .left = area.left, .height = top, .width = area.width}, grain);
}

void paint_lamp(Sheet& sheet, Rng& rng, const Area& area) {
  sheet.begin("lamp");
  const double middle = area.left + area.width / 2.0;
  sheet.line({0, middle}, {static_cast<double>(area.top), middle}, std::max(2, area.width / 30), gray_of(60));
  const Spot corners[] = {{static_cast<double>(area.top), middle - area.width * 0.2},
                          {static_cast<double>(area.top), middle + area.width * 0.2},
                          {static_cast<double>(area.bottom()), static_cast<double>(area.right())},
                          {static_cast<double>(area.bottom()), static_cast<double>(area.left)}};
  sheet.polygon(corners, varied(rng, {250, 226, 150}, 14));
}

void paint_frame(Sheet& sheet, Rng& rng, const Area& area) {
  sheet.begin("picture");
  sheet.rectangle(area, {96, 64, 34});
  const Area inside = grown(area, -std::max(2, area.width / 12));
  const Colour one = any_colour(rng), two = any_colour(rng);
  sheet.paint(inside, [&](int y, int x) {
    return mixed(one, two, static_cast<float>(0.5 + 0.5 * std::sin((y + 2 * x) * 0.06)));
  });
}

void paint_face(Sheet& sheet, Rng& rng, Spot middle, double radius) {
  const Colour skins[] = {{236, 190, 160}, {198, 140, 104}, {134, 88, 62}, {92, 60, 44}};
  const Colour skin = varied(rng, skins[rng.below(4)], 10),
               hair = varied(rng, lit({92, 62, 40}, static_cast<float>(between(rng, 0.2, 1.8))), 12);
  const std::array neck{
      Spot{middle.y + radius * 0.5, middle.x - radius * 0.3}, Spot{middle.y + radius * 0.5, middle.x + radius * 0.3},
      Spot{middle.y + radius * 1.6, middle.x + radius * 0.3}, Spot{middle.y + radius * 1.6, middle.x - radius * 0.3}};
  sheet.polygon(neck, lit(skin, 0.88F));
  sheet.begin("face");
  sheet.ellipse({middle.y - radius * 0.18, middle.x}, radius * 1.02, radius * 0.86, 0, hair);
  sheet.ellipse({middle.y + radius * 0.08, middle.x}, radius * 0.9, radius * 0.7, 0, skin);
  sheet.ellipse({middle.y + radius * 0.25, middle.x + radius * 0.12}, radius * 0.6, radius * 0.5, 0, lit(skin, 1.05F));
  const double turn = between(rng, -0.08, 0.08) * radius;
  for (const double side : {-1.0, 1.0}) {
    const Spot eye{middle.y - radius * 0.08, middle.x + turn + side * radius * 0.27};
    sheet.ellipse(eye, radius * 0.09, radius * 0.14, 0, gray_of(244));
    sheet.ellipse(eye, radius * 0.08, radius * 0.07, 0, {40, 34, 34});
    sheet.line({eye.y - radius * 0.17, eye.x - radius * 0.16}, {eye.y - radius * 0.19, eye.x + radius * 0.16},
               std::max(1.0, radius * 0.06), lit(hair, 0.8F));
  }
  sheet.line({middle.y, middle.x + turn}, {middle.y + radius * 0.25, middle.x + turn + radius * 0.05},
             std::max(1.0, radius * 0.06), lit(skin, 0.78F));
  sheet.ellipse({middle.y + radius * 0.5, middle.x + turn}, radius * 0.08, radius * 0.26, 0, {172, 60, 62});
}

}  // namespace

void paint_kitchen(Sheet& sheet, Rng& rng) {
  const int meet = paint_walls(sheet, rng, 0.62, 0.74);
  const double floor = static_cast<double>(meet) / sheet.height();
  // Four places along the wall, in any order.
  std::array<int, 4> order{0, 1, 2, 3};
  rng.shuffle(std::span<int>(order));
  for (int i = 0; i < 4; ++i) {
    const double left = 0.02 + 0.245 * i + between(rng, 0, 0.03), width = between(rng, 0.17, 0.2);
    switch (order[static_cast<std::size_t>(i)]) {
      case 0: paint_stove(sheet, rng, part_of(sheet, floor - 0.2, left, between(rng, 0.25, 0.29), width)); break;
      case 1: paint_refrigerator(sheet, rng, part_of(sheet, floor - between(rng, 0.4, 0.46), left, 0.5, width)); break;
      case 2:
        paint_window(sheet, rng, part_of(sheet, between(rng, 0.1, 0.2), left, between(rng, 0.22, 0.3), width));
        break;
      default:
        paint_frame(sheet, rng,
                    part_of(sheet, between(rng, 0.14, 0.26), left + 0.02, between(rng, 0.13, 0.18), width - 0.05));
    }
  }
  paint_table(sheet, rng,
              part_of(sheet, floor + 0.02, between(rng, 0.08, 0.55), between(rng, 0.2, 0.24), between(rng, 0.3, 0.38)));
  paint_lamp(sheet, rng,
             part_of(sheet, 0.06, between(rng, 0.2, 0.7), between(rng, 0.06, 0.08), between(rng, 0.1, 0.14)));
  sheet.smooth(0.8);
  sheet.add_noise(static_cast<float>(between(rng, 1.5, 4)), rng.next());
}

void paint_person(Sheet& sheet, Rng& rng) {
  paint_walls(sheet, rng, 0.8, 0.92);
  sheet.go_on(0);
  const double radius = sheet.height() * between(rng, 0.085, 0.115), middle = sheet.width() * between(rng, 0.3, 0.7);
  const double top = sheet.height() * between(rng, 0.24, 0.34);
  const Colour shirt = varied(rng, kColours[rng.below(6)].colour, 12);
  sheet.begin("person");
  const double shoulder = top + radius * 1.35, bottom = sheet.height();
  const Spot body[] = {{shoulder, middle - radius * 0.5},
                       {shoulder, middle + radius * 0.5},
                       {shoulder + radius * 0.5, middle + radius * 1.7},
                       {bottom, middle + radius * 2},
                       {bottom, middle - radius * 2},
                       {shoulder + radius * 0.5, middle - radius * 1.7}};
  sheet.polygon(body, shirt);
  for (const double side : {-1.0, 1.0})
    sheet.line({shoulder + radius, middle + side * radius * 1.25}, {bottom, middle + side * radius * 1.35},
               std::max(1.0, radius * 0.05), lit(shirt, 0.7F));
  paint_face(sheet, rng, {top, middle}, radius);
  sheet.smooth(1);
  sheet.add_noise(static_cast<float>(between(rng, 1.5, 4)), rng.next());
}

}  // namespace errata::scene
