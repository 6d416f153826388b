#include <algorithm>
#include <cmath>
#include <numbers>

#include "errata/scene/painter.h"

namespace errata::scene {
namespace {

constexpr std::array<std::string_view, 5> kShapes{"circle", "square", "triangle", "star", "cross"};

/// Corners of a regular figure; every second one is nearer when `inner` < 1.
std::vector<Spot> corners_of(Spot middle, double radius, double inner, int corners, double turn) {
  std::vector<Spot> spots;
  for (int i = 0; i < corners; ++i) {
    const double angle = turn + 2 * std::numbers::pi * i / corners, length = i % 2 == 0 ? radius : radius * inner;
    spots.push_back({middle.y - length * std::cos(angle), middle.x + length * std::sin(angle)});
  }
  return spots;
}

void paint_shape(Sheet& sheet, std::string_view kind, Spot middle, double radius, double turn, Colour colour) {
  if (kind == "circle") return sheet.ellipse(middle, radius, radius, 0, colour);
  if (kind == "square") return sheet.polygon(corners_of(middle, radius * 1.2, 1, 4, turn + 0.785), colour);
  if (kind == "triangle") return sheet.polygon(corners_of(middle, radius * 1.25, 1, 3, turn), colour);
  if (kind == "star") return sheet.polygon(corners_of(middle, radius * 1.2, 0.42, 10, turn), colour);
  for (const double angle : {turn, turn + std::numbers::pi / 2}) {
    const double y = radius * std::cos(angle), x = radius * std::sin(angle);
    sheet.line({middle.y - y, middle.x - x}, {middle.y + y, middle.x + x}, radius * 0.6, colour);
  }
}

void paint_ground(Sheet& sheet, Rng& rng) {
  const Colour one = mixed(any_colour(rng), gray_of(170), 0.75F), two = mixed(any_colour(rng), gray_of(150), 0.75F);
  const double turn = between(rng, 0, 6.28), y_step = std::cos(turn) / sheet.height(),
               x_step = std::sin(turn) / sheet.width();
  sheet.paint(sheet.all(), [&](int y, int x) {
    return mixed(one, two, static_cast<float>(0.5 + 0.5 * std::sin(2 * (y * y_step + x * x_step))));
  });
  shade(sheet, sheet.all(), between(rng, 20, 200) * sheet.unit() + 6, 4, static_cast<float>(between(rng, 2, 16)),
        rng.next());
}

}  // namespace

void paint_shapes(Sheet& sheet, Rng& rng) {
  paint_ground(sheet, rng);
  std::vector<Area> taken;
  const int small = std::min(sheet.height(), sheet.width());
  const int count = small >= 512 ? whole_between(rng, 7, 12) : whole_between(rng, 2, 4);
  for (int i = 0; i < count; ++i) {
    const double radius = small >= 512 ? between(rng, 30, 62) : between(rng, 14, std::min(44.0, small * 0.26));
    const int side = static_cast<int>(2.5 * radius);
    const Area area = place_apart(rng, sheet.all(), side, side, taken, 4);
    const auto& colour = kColours[rng.below(kColours.size())];
    const auto kind = kShapes[rng.below(kShapes.size())];
    const double turn = between(rng, -0.3, 0.3);
    const Colour shown = varied(rng, colour.colour, 14);
    bool free = true;
    for (const Area& other : taken) {
      const Area common = common_area(area, other);
      free = free && common.height * common.width < side * side / 12;
    }
    if (!free) continue;
    taken.push_back(area);
    sheet.begin(std::string(kind), std::string(colour.name));
    paint_shape(sheet, kind, {area.top + side / 2.0, area.left + side / 2.0}, radius, turn, shown);
  }
  sheet.smooth(0.7);
  sheet.add_noise(static_cast<float>(between(rng, 1, 4)), rng.next());
}

namespace {

/// A board with words.
struct Board {
  Area area;
  NamedColour colour;
  Colour shown;
  Lettering letters;
  std::vector<std::string> lines;
};

Board plan_board(const Sheet& sheet, Rng& rng, const NamedColour& colour, const std::vector<Area>& taken, bool large) {
  Board board{.area = {},
              .colour = colour,
              .shown = varied(rng, colour.colour, 12),
              .letters = {.font = whole_between(rng, 0, 2),
                          .cap_height = large ? whole_between(rng, 18, 32) : whole_between(rng, 10, 20),
                          .weight = 1},
              .lines = {}};
  const int most = std::max(40, large ? static_cast<int>(between(rng, 160, 300) * sheet.unit()) : sheet.width() - 30);
  int width = 0;
  for (int line = whole_between(rng, 1, large ? 3 : 2); line > 0; --line) {
    board.lines.push_back(some_words(rng, board.letters, most));
    width = std::max(width, extent_of(board.lines.back(), board.letters).width);
  }
  const int cap = board.letters.cap_height, height = static_cast<int>(board.lines.size()) * cap * 9 / 5 + 2 * cap;
  board.area = place_apart(rng, sheet.all(), height, width + 2 * cap, taken, 24);
  return board;
}

void paint_board(Sheet& sheet, const Board& board) {
  const auto name = board.colour.name;
  const bool light = name == "yellow" || name == "white" || name == "orange";
  sheet.begin("sign", std::string(name));
  sheet.rectangle(board.area, board.shown);
  int y = board.area.top + board.letters.cap_height;
  for (const auto& line : board.lines) {
    sheet.write(line, board.letters, y, board.area.left + board.letters.cap_height, light ? gray_of(24) : gray_of(246));
    y += board.letters.cap_height * 9 / 5;
  }
}

}  // namespace

void paint_signs(Sheet& sheet, Rng& rng) {
  paint_photo(sheet, rng);
  std::array<NamedColour, kColours.size()> colours = kColours;
  rng.shuffle(std::span<NamedColour>(colours));
  const bool large = std::min(sheet.height(), sheet.width()) >= 512;
  std::vector<Board> boards;
  std::vector<Area> taken;
  for (int i = large ? whole_between(rng, 3, 5) : whole_between(rng, 1, 2); i > 0; --i) {
    Board board = plan_board(sheet, rng, colours[static_cast<std::size_t>(i)], taken, large);
    const bool free = std::ranges::none_of(taken, [&](const Area& other) {
      const Area common = common_area(grown(board.area, 4), other);
      return common.height > 0 && common.width > 0;
    });
    if (!free) continue;
    taken.push_back(board.area);
    boards.push_back(std::move(board));
  }
  sheet.go_on(0);
  for (const Board& board : boards)  // posts first: none stands before a board
    sheet.rectangle(
        {.top = board.area.bottom(), .left = board.area.left + board.area.width / 2 - 4, .height = 60, .width = 8},
        gray_of(90));
  for (const Board& board : boards) paint_board(sheet, board);
  sheet.add_noise(2, rng.next());
}

}  // namespace errata::scene
