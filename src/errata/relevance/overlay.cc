#include "errata/relevance/overlay.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <string>

namespace errata::relevance {
namespace {

using Colour = std::array<std::uint8_t, 3>;

/// Blue, cyan, yellow, red.
Colour heat(double share) {
  constexpr std::array<std::array<double, 3>, 4> kStops{{{40, 90, 255}, {0, 220, 230}, {255, 220, 0}, {235, 30, 20}}};
  const double at = std::clamp(share, 0.0, 1.0) * (kStops.size() - 1);
  const auto first = std::min(static_cast<std::size_t>(at), kStops.size() - 2);
  Colour colour{};
  for (std::size_t c = 0; c < colour.size(); ++c)
    colour[c] = static_cast<std::uint8_t>(
        std::lround(std::lerp(kStops[first][c], kStops[first + 1][c], at - static_cast<double>(first))));
  return colour;
}

image::Picture darkened(const image::Picture& picture) {
  image::Picture dark{.height = picture.height, .width = picture.width, .channels = 3, .bytes = {}};
  dark.bytes.resize(picture.height * picture.width * 3);
  for (std::size_t i = 0; i < picture.height * picture.width; ++i) {
    const std::uint8_t* pixel = picture.bytes.data() + i * picture.channels;
    const unsigned grey =
        picture.channels == 1 ? pixel[0] : (299U * pixel[0] + 587U * pixel[1] + 114U * pixel[2]) / 1000;
    std::fill_n(dark.bytes.begin() + static_cast<long>(i * 3), 3, static_cast<std::uint8_t>(grey * 2 / 5));
  }
  return dark;
}

/// A funded patch: its pixels in a frame.
void draw_patch(const image::Picture& picture, const image::Box& box, const Colour& frame, image::Picture& drawn) {
  for (std::size_t y = box.top; y < box.bottom(); ++y)
    for (std::size_t x = box.left; x < box.right(); ++x) {
      const bool edge = y == box.top || x == box.left || y + 1 == box.bottom() || x + 1 == box.right();
      const std::size_t at = y * picture.width + x;
      for (std::size_t c = 0; c < 3; ++c)
        drawn.bytes[at * 3 + c] =
            edge ? frame[c] : picture.bytes[at * picture.channels + (picture.channels == 1 ? 0 : c)];
    }
}

/// A number, white on black, with its corner at that of a patch, or as near as the picture lets it.
void draw_number(std::size_t number, const image::Box& box, image::Picture& drawn) {
  constexpr double kScale = .5;
  constexpr int kRim = 2;
  cv::Mat canvas(static_cast<int>(drawn.height), static_cast<int>(drawn.width), CV_8UC3, drawn.bytes.data());
  const std::string text = std::to_string(number);
  int below = 0;
  const cv::Size size = cv::getTextSize(text, cv::FONT_HERSHEY_SIMPLEX, kScale, 1, &below);
  const cv::Size plate(size.width + 2 * kRim, size.height + 2 * kRim);
  const cv::Point corner(std::max(0, std::min(static_cast<int>(box.left), canvas.cols - plate.width)),
                         std::max(0, std::min(static_cast<int>(box.top), canvas.rows - plate.height)));
  cv::rectangle(canvas, cv::Rect(corner, plate), cv::Scalar::all(0), cv::FILLED);
  cv::putText(canvas, text, corner + cv::Point(kRim, kRim + size.height), cv::FONT_HERSHEY_SIMPLEX, kScale,
              cv::Scalar::all(255), 1, cv::LINE_AA);
}

}  // namespace

std::vector<double> budget_shares(const Allocation& allocation) {
  std::vector<double> shares;
  if (allocation.budgets.empty()) return shares;
  const auto [least, most] = std::ranges::minmax(allocation.budgets);
  for (const std::size_t tokens : allocation.budgets)
    shares.push_back(most > least ? static_cast<double>(tokens - least) / static_cast<double>(most - least) : .5);
  return shares;
}

image::Picture draw_overlay(const image::Picture& picture, const Allocation& allocation) {
  return draw_overlay(picture, std::span(&allocation, 1));
}

image::Picture draw_overlay(const image::Picture& picture, std::span<const Allocation> fixations) {
  Allocation all{.grid = fixations.front().grid};
  for (const Allocation& fixation : fixations) {
    all.positions.insert(all.positions.end(), fixation.positions.begin(), fixation.positions.end());
    all.budgets.insert(all.budgets.end(), fixation.budgets.begin(), fixation.budgets.end());
  }
  image::Picture drawn = darkened(picture);
  const std::vector<double> shares = budget_shares(all);
  for (std::size_t i = 0; i < all.positions.size(); ++i)
    draw_patch(picture, all.grid.box(all.positions[i]), heat(shares[i]), drawn);
  for (std::size_t i = 0; i < fixations.size() && fixations.size() > 1; ++i)
    if (!fixations[i].positions.empty()) draw_number(i + 1, all.grid.box(fixations[i].positions.front()), drawn);
  return drawn;
}

}  // namespace errata::relevance
