#include "errata/relevance/tokens.h"

#include <algorithm>

#include "errata/base/error.h"

namespace errata::relevance {
namespace {

constexpr std::uint8_t kNothing = 128;

/// Copies rows of `area.height` × `area.width` pixels between places of two pictures.
struct Corner {
  std::size_t top = 0, left = 0;
};
void copy_pixels(const image::Picture& from, Corner at, image::Picture& to, Corner there, const image::Box& area) {
  const std::size_t bytes = area.width * from.channels;
  for (std::size_t y = 0; y < area.height; ++y) {
    const auto* row = &from.bytes[((at.top + y) * from.width + at.left) * from.channels];
    std::copy_n(row, bytes, &to.bytes[((there.top + y) * to.width + there.left) * to.channels]);
  }
}

}  // namespace

std::vector<Token> tokens_of(const image::Picture& picture, const Allocation& allocation) {
  const PatchGrid grid{.height = picture.height, .width = picture.width};
  ERRATA_CHECK(grid == allocation.grid);
  std::vector<Token> tokens;
  for (std::size_t i = 0; i < allocation.positions.size(); ++i) {
    const image::Box box = grid.box(allocation.positions[i]);
    Token token{.position = allocation.positions[i],
                .budget = allocation.budgets[i],
                .pixels = {.height = box.height, .width = box.width, .channels = picture.channels, .bytes = {}}};
    token.pixels.bytes.resize(box.area() * picture.channels);
    copy_pixels(picture, {.top = box.top, .left = box.left}, token.pixels, {}, box);
    tokens.push_back(std::move(token));
  }
  return tokens;
}

image::Picture laid_out(std::span<const Token> tokens, const PatchGrid& grid, std::size_t channels) {
  image::Picture page{.height = grid.height, .width = grid.width, .channels = channels, .bytes = {}};
  page.bytes.assign(grid.height * grid.width * channels, kNothing);
  for (const Token& token : tokens) {
    ERRATA_CHECK(token.position < grid.count() && token.pixels.channels == channels);
    image::Box box = grid.box(token.position);
    box.height = std::min(box.height, token.pixels.height);
    box.width = std::min(box.width, token.pixels.width);
    copy_pixels(token.pixels, {}, page, {.top = box.top, .left = box.left}, box);
  }
  return page;
}

}  // namespace errata::relevance
