// What a budget of pixels shows.
//
// A patch of n × n cells is drawn together with its neighbours, since interpolation that stops at the patch would leave
// seams that no reader of a smaller picture sees. The neighbours may give only what was paid for: those with as many
// cells or more give theirs, of the others the canvas is taken as it is drawn so far. So patches are drawn in the order
// of their cells, the fewest first. Cells are means of pixels, so fewer cells follow from more.

#include "errata/relevance/shown.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "errata/base/error.h"

namespace errata::relevance {
namespace {

constexpr int kShownSide = static_cast<int>(kPatch);
constexpr std::size_t kWhole = kPatch;  ///< cells a side of a patch that is shown as it is

cv::Mat view_of(const image::Picture& picture) {
  return {static_cast<int>(picture.height), static_cast<int>(picture.width), picture.channels == 1 ? CV_8UC1 : CV_8UC3,
          const_cast<std::uint8_t*>(picture.bytes.data())};
}

std::size_t cells_a_side(std::size_t budget) {
  auto side = static_cast<std::size_t>(std::sqrt(static_cast<double>(std::min(budget, kPatchPixels))));
  while (side * side > budget) --side;
  return side;
}

cv::Rect patch_area(const PatchGrid& grid, std::size_t patch) {
  return {static_cast<int>(grid.column_of(patch)) * kShownSide, static_cast<int>(grid.row_of(patch)) * kShownSide,
          kShownSide, kShownSide};
}

/// Draws patches on a canvas that shows the base.
class Canvas {
 public:
  /// @param whole, canvas  of whole patches  @param cells  [patches] a side; 0: the base stays
  Canvas(const PatchGrid& grid, const cv::Mat& whole, cv::Mat& canvas, const std::vector<std::size_t>& cells)
      : grid_(grid), whole_(whole), canvas_(canvas), cells_(cells) {}

  void draw(std::size_t patch) {
    const cv::Rect area = patch_area(grid_, patch);
    if (cells_[patch] == kWhole) {
      whole_(area).copyTo(canvas_(area));
      return;
    }
    const cv::Rect around = cv::Rect(area.x - kShownSide, area.y - kShownSide, 3 * kShownSide, 3 * kShownSide) &
                            cv::Rect(0, 0, canvas_.cols, canvas_.rows);
    cv::Mat known = canvas_(around).clone(), small, large;
    for (int y = around.y; y < around.br().y; y += kShownSide)
      for (int x = around.x; x < around.br().x; x += kShownSide) {
        const auto other =
            static_cast<std::size_t>(y / kShownSide) * grid_.columns() + static_cast<std::size_t>(x / kShownSide);
        if (cells_[other] < cells_[patch]) continue;
        const cv::Rect there(x, y, kShownSide, kShownSide);
        whole_(there).copyTo(known(there - around.tl()));
      }
    const int cells = static_cast<int>(cells_[patch]);
    cv::resize(known, small, {around.width / kShownSide * cells, around.height / kShownSide * cells}, 0, 0,
               cv::INTER_AREA);
    cv::resize(small, large, around.size(), 0, 0, cv::INTER_LINEAR);
    large(area - around.tl()).copyTo(canvas_(area));
  }

 private:
  const PatchGrid& grid_;
  const cv::Mat& whole_;
  cv::Mat& canvas_;
  const std::vector<std::size_t>& cells_;
};

cv::Mat base_of(const cv::Mat& picture, const BaseSize& size) {
  cv::Mat small, large;
  cv::resize(picture, small, {static_cast<int>(size.width), static_cast<int>(size.height)}, 0, 0, cv::INTER_AREA);
  cv::resize(small, large, picture.size(), 0, 0, cv::INTER_LINEAR);
  return large;
}

cv::Mat in_whole_patches(const cv::Mat& picture, const PatchGrid& grid) {
  cv::Mat made;
  cv::copyMakeBorder(picture, made, 0, static_cast<int>(grid.rows()) * kShownSide - picture.rows, 0,
                     static_cast<int>(grid.columns()) * kShownSide - picture.cols, cv::BORDER_REPLICATE);
  return made;
}

image::Picture picture_of(const cv::Mat& canvas, const image::Picture& like) {
  image::Picture made{.height = like.height, .width = like.width, .channels = like.channels, .bytes = {}};
  made.bytes.resize(like.bytes.size());
  canvas(cv::Rect(0, 0, static_cast<int>(like.width), static_cast<int>(like.height))).copyTo(view_of(made));
  return made;
}

}  // namespace

BaseSize base_size(const PatchGrid& grid, std::size_t base_pixels) {
  const double all = static_cast<double>(grid.height) * static_cast<double>(grid.width);
  const double scale = std::sqrt(std::min(1.0, static_cast<double>(base_pixels) / all));
  const auto scaled = [&](std::size_t side) {
    return std::clamp(static_cast<std::size_t>(static_cast<double>(side) * scale), std::size_t{1}, side);
  };
  BaseSize size{.height = scaled(grid.height), .width = scaled(grid.width)};
  size.width = std::min(size.width, std::max(std::size_t{1}, base_pixels / size.height));
  size.height = std::min(size.height, base_pixels / size.width);
  return size;
}

Shown show_within_budget(const image::Picture& picture, const Allocation& allocation, std::size_t base_pixels,
                         const image::Box& window) {
  const PatchGrid grid{.height = picture.height, .width = picture.width};
  ERRATA_CHECK(grid == allocation.grid && base_pixels >= 1 && grid.count() > 0);
  const BaseSize base = base_size(grid, base_pixels);
  Shown shown{.picture = {}, .pixels = base.height * base.width};
  const double cells_of_base =
      static_cast<double>(kPatch) * std::sqrt(static_cast<double>(shown.pixels) /
                                              (static_cast<double>(grid.height) * static_cast<double>(grid.width)));
  std::vector<std::size_t> cells(grid.count());
  std::vector<std::size_t> drawn;
  for (std::size_t i = 0; i < allocation.positions.size(); ++i) {
    const std::size_t patch = allocation.positions[i], side = cells_a_side(allocation.budgets[i]);
    shown.pixels += side * side;
    if (static_cast<double>(side) <= cells_of_base) continue;
    cells[patch] = side;
    if (intersection(grid.box(patch), window).area() > 0) drawn.push_back(patch);
  }
  std::ranges::stable_sort(drawn, {}, [&](std::size_t patch) { return cells[patch]; });
  const cv::Mat whole = in_whole_patches(view_of(picture), grid);
  cv::Mat canvas = in_whole_patches(base_of(view_of(picture), base), grid);
  Canvas on(grid, whole, canvas, cells);
  for (const std::size_t patch : drawn) on.draw(patch);
  shown.picture = picture_of(canvas, picture);
  return shown;
}

Shown show_within_budget(const image::Picture& picture, const Allocation& allocation, std::size_t base_pixels) {
  return show_within_budget(picture, allocation, base_pixels,
                            {.top = 0, .left = 0, .height = picture.height, .width = picture.width});
}

}  // namespace errata::relevance
