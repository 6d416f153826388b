#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace errata::report {

// Panels show one picture several times, each time with other parts of it marked. The picture stands in the page once:
// the first panel holds it, the others point there.

/// A rectangle in pixels of the whole picture, which may have been made smaller for the page.
struct PanelRect {
  std::size_t left = 0, top = 0, width = 0, height = 0;
};

/// A part that got something.
struct PanelPart {
  PanelRect rect;
  double share = 0;  ///< of the most that any got, above the least, in [0, 1]: its colour
};

/// The rectangle of whatever has left, top, width and height: boxes of pictures are of modules that the kit knows not.
[[nodiscard]] PanelRect panel_rect(const auto& box) {
  return {.left = box.left, .top = box.top, .width = box.width, .height = box.height};
}

/// Cells of a grid that got something. @param grid  gives the box of a cell  @param shares  [cells]
[[nodiscard]] std::vector<PanelPart> panel_parts(const auto& grid, std::span<const std::uint32_t> cells,
                                                 std::span<const double> shares) {
  std::vector<PanelPart> parts;
  for (std::size_t i = 0; i < cells.size(); ++i)
    parts.push_back({.rect = panel_rect(grid.box(cells[i])), .share = shares[i]});
  return parts;
}

struct Panel {
  std::string title;                  ///< plain words
  std::string words;                  ///< what is seen, for those who do not see it
  bool veiled = false;                ///< all but the parts stands in the shade
  std::vector<PanelPart> parts{};     ///< framed
  std::vector<PanelRect> outlined{};  ///< parts of a grid: the line around all of them
};

struct PanelPicture {
  std::string id;                     ///< of the page's element: letters, digits and "-"
  std::size_t height = 0, width = 0;  ///< of the whole picture
  std::size_t unit = 1;               ///< pixels; the most that divides the corners of all rectangles, for short paths
  std::string uri;                    ///< data_uri() of the picture
  bool is_there = false;              ///< an earlier row of panels holds it
};

/// Colours of frames, from the least to the most.
inline constexpr std::size_t kFrameColours = 4;

/// A row of panels about one picture, each a figure. @param panels  at least one
[[nodiscard]] std::string panels_html(const PanelPicture& picture, const std::vector<Panel>& panels);

/// The line of words that tells the colours of frames. @param least, most  what their ends stand for, in words
[[nodiscard]] std::string frame_colours_html(const std::string& least, const std::string& most);

}  // namespace errata::report
