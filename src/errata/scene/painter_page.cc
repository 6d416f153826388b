#include <algorithm>
#include <cmath>

#include "errata/scene/painter.h"

namespace errata::scene {
namespace {

int scaled(const Sheet& sheet, double length) { return static_cast<int>(length * sheet.unit()); }

/// Letters do not shrink with a small scene: nobody could read them.
int cap_height(Rng& rng, const Sheet& sheet, double low, double high, int least) {
  return std::max(least, scaled(sheet, between(rng, low, high)));
}

/// Lines of words from a corner. @return the area that they fill
Area write_lines(Sheet& sheet, Rng& rng, const Lettering& lettering, const Area& in, int lines, Colour colour) {
  const int pitch = lettering.cap_height * 9 / 5;
  int y = in.top;
  for (int i = 0; i < lines && y + pitch <= in.bottom(); ++i, y += pitch)
    sheet.write(some_words(rng, lettering, in.width), lettering, y, in.left, colour);
  return {.top = in.top, .left = in.left, .height = y - in.top, .width = in.width};
}

void paint_busy_background(Sheet& sheet, Rng& rng) {
  const Colour above = any_colour(rng), below = any_colour(rng);
  const double waves = between(rng, 2, 9), turn = between(rng, -2, 2), depth = between(rng, 5, 25);
  sheet.paint(sheet.all(), [&](int y, int x) {
    const double v = y / static_cast<double>(sheet.height()), h = x / static_cast<double>(sheet.width());
    return lit(mixed(above, below, static_cast<float>(v)),
               static_cast<float>(1 + depth / 255 * std::sin(6.28 * waves * (h + turn * v))));
  });
  for (int i = whole_between(rng, 14, 26); i > 0; --i) {
    const Colour colour = any_colour(rng);
    const Spot middle{between(rng, 0, sheet.height()), between(rng, 0, sheet.width())};
    const double size = between(rng, 20, 130) * sheet.unit();
    const double other = size * between(rng, 0.3, 1), angle = between(rng, 0, 180);
    const Spot corners[] = {{middle.y - size, middle.x - other},
                            {middle.y - other, middle.x + size},
                            {middle.y + size, middle.x + size * 0.2},
                            {middle.y + other * 0.5, middle.x - size}};
    if (i % 3 == 0) {
      sheet.polygon(corners, colour);
    } else {
      sheet.ellipse(middle, size, other, angle, colour);
    }
  }
  shade(sheet, sheet.all(), 60 * sheet.unit() + 4, 4, 18, rng.next());
}

void paint_red_box(Sheet& sheet, Rng& rng, const Area& box, const Lettering& lettering) {
  sheet.begin("box", "red");
  sheet.rectangle(box, varied(rng, {214, 28, 24}, 16));
  const Colour ink = rng.bernoulli(0.6) ? Colour{250, 246, 236} : Colour{250, 226, 60};
  write_lines(sheet, rng, lettering, grown(box, -lettering.cap_height * 2 / 3), 9, ink);
}

}  // namespace

void paint_magazine(Sheet& sheet, Rng& rng, float contrast) {
  paint_busy_background(sheet, rng);
  const Lettering faint{
      .font = whole_between(rng, 0, 2), .cap_height = cap_height(rng, sheet, 18, 26, 10), .weight = 0};
  const int pitch = faint.cap_height * 9 / 5, margin = scaled(sheet, 24) + 4;
  // 273 patches of 16 pixels a side must hold the text of a scene of 1024: at most 60,000 pixels.
  const int text_width = std::min(sheet.width() - 2 * margin, std::max(90, scaled(sheet, between(rng, 330, 470))));
  const int most = std::max(1, scaled(sheet, 55'000 * sheet.unit()) / std::max(1, text_width * pitch));
  const int lines = std::clamp(whole_between(rng, 3, 6), 1, std::max(2, most));
  const int box_height = std::max(26, scaled(sheet, between(rng, 130, 210)));
  const int box_width = std::max(44, scaled(sheet, between(rng, 190, 290)));
  const Area panel = place_apart(rng, sheet.all(), lines * pitch + 2 * margin, text_width + 2 * margin, {}, 0);
  const Area box = place_apart(rng, sheet.all(), box_height, box_width, {panel}, scaled(sheet, 16));
  const auto gray = static_cast<float>(between(rng, 92, 166)), slope = static_cast<float>(between(rng, -8, 8));
  sheet.paint(panel, [&](int y, int x) {
    return gray_of(gray + slope * static_cast<float>(y - panel.top + x - panel.left) /
                              static_cast<float>(panel.height + panel.width));
  });
  const Lettering bold{.font = 1, .cap_height = cap_height(rng, sheet, 22, 30, 9), .weight = 1};
  paint_red_box(sheet, rng, box, bold);
  const Lettering large{.font = 3, .cap_height = cap_height(rng, sheet, 44, 64, 13), .weight = 1};
  const std::string headline = some_words(rng, large, sheet.width() * 3 / 5);
  const Area size = extent_of(headline, large);
  const Area title = place_apart(rng, sheet.all(), size.height, size.width, {panel, box}, scaled(sheet, 12));
  sheet.begin("title");
  const Area apart = common_area(title, panel);
  if (apart.height <= 0 || apart.width <= 0)
    sheet.write(headline, large, title.top, title.left, rng.bernoulli(0.5) ? gray_of(250) : gray_of(16));
  if (rng.bernoulli(0.5)) {  // other writing, in a colour
    const auto& named = kColours[rng.below(kColours.size())];
    const int width = std::max(60, scaled(sheet, between(rng, 200, 320)));
    const Area place = place_apart(rng, sheet.all(), 2 * pitch + 8, width + 8, {panel, box, title}, scaled(sheet, 12));
    const Colour ink = varied(rng, named.colour, 10);
    const bool light = named.name == "yellow" || named.name == "white" || named.name == "orange";
    const Area hidden = common_area(place, panel), over = common_area(place, box);
    const Lettering plain{.font = 1, .cap_height = faint.cap_height, .weight = 0};
    sheet.begin("text", std::string(named.name));
    if (hidden.height * hidden.width + over.height * over.width == 0) {
      sheet.go_on(0);
      sheet.rectangle(place, light ? gray_of(40) : gray_of(225));
      sheet.go_on(sheet.extents().size());
      write_lines(sheet, rng, plain, grown(place, -4), 2, ink);
    }
  }
  sheet.begin("text", "gray");
  for (int i = 0; i < lines; ++i)
    sheet.write_faintly(some_words(rng, faint, text_width), faint, panel.top + margin + i * pitch, panel.left + margin,
                        contrast);
  sheet.add_noise(1, rng.next());
}

namespace {

struct Column {
  Area area;
  int y = 0;  ///< where the next part begins
};

void paint_figure(Sheet& sheet, Rng& rng, const Area& area) {
  sheet.begin("figure");
  const Colour ground = varied(rng, {226, 232, 238}, 18);
  sheet.rectangle(area, ground);
  const int bars = whole_between(rng, 4, 8);
  if (rng.bernoulli(0.5)) {
    const Colour colour = any_colour(rng);
    for (int i = 0; i < bars; ++i) {
      const int height = static_cast<int>(area.height * between(rng, 0.15, 0.85));
      sheet.rectangle({.top = area.bottom() - height - area.height / 20,
                       .left = area.left + area.width * (2 * i + 1) / (2 * bars + 1),
                       .height = height,
                       .width = std::max(2, area.width / (2 * bars + 1))},
                      varied(rng, colour, 25));
    }
  } else {
    const Colour sky = varied(rng, {120, 160, 205}, 40), ground_colour = varied(rng, {90, 120, 60}, 40);
    const std::uint64_t seed = rng.next();
    const double horizon = area.top + area.height * between(rng, 0.4, 0.7), waves = between(rng, 0.01, 0.05);
    sheet.paint(area, [&](int y, int x) {
      const double edge = horizon + area.height * 0.08 * std::sin(waves * (x - area.left) * 3);
      return y < edge ? lit(sky, static_cast<float>(0.8 + 0.4 * (y - area.top) / area.height)) : ground_colour;
    });
    shade(sheet, area, 12, 3, 20, seed);
  }
  const double thick = std::max(1.0, 2 * sheet.unit());
  const Spot corners[] = {{area.top + 1.0, area.left + 1.0},
                          {area.top + 1.0, area.right() - 2.0},
                          {area.bottom() - 2.0, area.right() - 2.0},
                          {area.bottom() - 2.0, area.left + 1.0},
                          {area.top + 1.0, area.left + 1.0}};
  sheet.curve(corners, thick, gray_of(70));
}

/// A fraction with an equals sign: "a + 4b" over "c - 2", "= 9x".
void paint_equation(Sheet& sheet, Rng& rng, const Area& area, int cap, Colour ink) {
  sheet.begin("equation");
  sheet.own(area);
  const Lettering symbols{.font = 2, .cap_height = cap, .weight = 0};
  const auto term = [&] {
    std::string words;
    if (rng.bernoulli(0.5)) words += static_cast<char>('2' + rng.below(8));
    return words + static_cast<char>('a' + rng.below(26));
  };
  std::string above = term() + " + " + term(), below = term() + " - " + term(), rest = "= " + term();
  const int left = area.left + area.width / 8;
  const int wide = std::max(extent_of(above, symbols).width, extent_of(below, symbols).width);
  const int middle = area.top + area.height / 2;
  sheet.write(above, symbols, middle - cap * 19 / 10, left, ink);
  sheet.line({static_cast<double>(middle), static_cast<double>(left)},
             {static_cast<double>(middle), static_cast<double>(left + wide)}, std::max(1, cap / 10), ink);
  sheet.write(below, symbols, middle + cap / 2, left, ink);
  sheet.write(rest, symbols, middle - cap / 2, left + wide + cap, ink);
  sheet.own(area);
}

/// @param plain  a paragraph and nothing else
void paint_part(Sheet& sheet, Rng& rng, Column& column, const Lettering& text, Colour ink, bool plain) {
  const Area& area = column.area;
  const int pitch = text.cap_height * 9 / 5, gap = pitch;
  const double which = plain ? 1 : rng.uniform();
  const int left = area.bottom() - column.y;
  const int figure = static_cast<int>(area.width * between(rng, 0.45, 0.7));
  const Lettering small{.font = text.font, .cap_height = std::max(8, text.cap_height * 4 / 5), .weight = 0};
  if (which < 0.3 && left > figure + 3 * pitch) {
    paint_figure(sheet, rng, {.top = column.y, .left = area.left, .height = figure, .width = area.width});
    column.y += figure + pitch / 2;
    sheet.begin("caption");
    column.y +=
        write_lines(
            sheet, rng, small,
            {.top = column.y, .left = area.left + area.width / 12, .height = 2 * pitch, .width = area.width * 5 / 6},
            whole_between(rng, 1, 2), mixed(ink, gray_of(120), 0.4F))
            .height;
  } else if (which < 0.45 && left > 6 * pitch) {
    paint_equation(sheet, rng, {.top = column.y, .left = area.left, .height = 4 * pitch, .width = area.width},
                   text.cap_height * 6 / 5, ink);
    column.y += 4 * pitch;
  } else {
    sheet.begin("paragraph");
    column.y += write_lines(sheet, rng, text, {.top = column.y, .left = area.left, .height = left, .width = area.width},
                            whole_between(rng, 3, 7), ink)
                    .height;
  }
  column.y += gap;
}

}  // namespace

void paint_document(Sheet& sheet, Rng& rng) {
  const Colour paper = varied(rng, {244, 243, 238}, 10), ink = varied(rng, {30, 30, 34}, 18);
  sheet.rectangle(sheet.all(), paper);
  shade(sheet, sheet.all(), 300 * sheet.unit() + 20, 2, 3, rng.next());
  const int margin = std::max(4, scaled(sheet, between(rng, 40, 80)));
  const Lettering large{.font = whole_between(rng, 1, 3),
                        .cap_height = cap_height(rng, sheet, 36, 52, 14),
                        .weight = whole_between(rng, 1, 2)};
  const Lettering text{.font = whole_between(rng, 0, 2), .cap_height = cap_height(rng, sheet, 16, 22, 8), .weight = 0};
  const int inside = sheet.width() - 2 * margin;
  sheet.begin("title");
  Area head = write_lines(sheet, rng, large, {.top = margin, .left = margin, .height = sheet.height(), .width = inside},
                          1, ink);
  const bool two = inside > 24 * text.cap_height && rng.bernoulli(0.6);
  const int top = head.bottom() + text.cap_height, gutter = two ? margin / 2 + text.cap_height : 0;
  const int width = two ? (inside - gutter) / 2 : inside;
  for (int i = 0; i < (two ? 2 : 1); ++i) {
    Column column{.area = {.top = top,
                           .left = margin + i * (width + gutter),
                           .height = sheet.height() - margin - top,
                           .width = width},
                  .y = top};
    const int pitch = text.cap_height * 9 / 5;
    while (column.y + 3 * pitch < column.area.bottom()) {
      paint_part(sheet, rng, column, text, ink, i == 0 && column.y == top);  // every page has a paragraph
    }
  }
  sheet.add_noise(static_cast<float>(between(rng, 0.5, 2)), rng.next());
}

}  // namespace errata::scene
