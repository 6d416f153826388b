// Frames and shade are paths of one SVG element over the picture, a path a colour: a few kilobytes where a second
// picture would be tens of them, and sharp at any size.
#include "errata/report/kit/panels.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>

#include "errata/base/error.h"
#include "errata/report/kit/html.h"

namespace errata::report {

namespace {

/// Lengths as multiples of the picture's unit.
struct Paths {
  std::size_t unit = 1;

  [[nodiscard]] double of(std::size_t pixels) const { return static_cast<double>(pixels) / static_cast<double>(unit); }
  [[nodiscard]] std::string rect(const PanelRect& rect) const {
    return fmt::format("M{} {}h{}v{}h-{}z", of(rect.left), of(rect.top), of(rect.width), of(rect.height),
                       of(rect.width));
  }
};

/// Neighbours in a row as one.
std::vector<PanelRect> merged_rows(const std::vector<PanelPart>& parts) {
  std::vector<PanelRect> rects;
  for (const PanelPart& part : parts) rects.push_back(part.rect);
  std::ranges::sort(rects, {}, [](const PanelRect& rect) { return std::pair(rect.top, rect.left); });
  std::vector<PanelRect> merged;
  for (const PanelRect& rect : rects) {
    const bool goes_on = !merged.empty() && merged.back().top == rect.top && merged.back().height == rect.height &&
                         merged.back().left + merged.back().width == rect.left;
    if (goes_on)
      merged.back().width += rect.width;
    else
      merged.push_back(rect);
  }
  return merged;
}

/// All but the parts.
std::string shade_path(const PanelPicture& picture, const std::vector<PanelPart>& parts) {
  const Paths paths{picture.unit};
  std::string path = paths.rect({.width = picture.width, .height = picture.height});
  for (const PanelRect& rect : merged_rows(parts)) path += paths.rect(rect);
  return path;
}

/// Edges of cells that no neighbouring cell shares.
std::string outline_path(const std::vector<PanelRect>& cells, const Paths& paths) {
  using Point = std::pair<std::size_t, std::size_t>;
  std::set<std::pair<Point, Point>> edges;
  for (const PanelRect& cell : cells) {
    const std::size_t right = cell.left + cell.width, bottom = cell.top + cell.height;
    const Point a{cell.left, cell.top}, b{right, cell.top}, c{cell.left, bottom}, d{right, bottom};
    for (const auto& edge : {std::pair{a, b}, std::pair{c, d}, std::pair{a, c}, std::pair{b, d}})
      if (const auto [at, is_new] = edges.insert(edge); !is_new) edges.erase(at);
  }
  std::string path;
  for (const auto& [from, to] : edges)
    path += fmt::format("M{} {}L{} {}", paths.of(from.first), paths.of(from.second), paths.of(to.first),
                        paths.of(to.second));
  return path;
}

std::string frames_html(const std::vector<PanelPart>& parts, const Paths& paths) {
  std::array<std::string, kFrameColours> frames;
  for (const PanelPart& part : parts) {
    const double share = std::clamp(part.share, 0.0, 1.0);
    frames[static_cast<std::size_t>(std::lround(share * (kFrameColours - 1)))] += paths.rect(part.rect);
  }
  std::string html;
  for (std::size_t colour = 0; colour < kFrameColours; ++colour)
    if (!frames[colour].empty()) html += fmt::format("<path class=\"frame-{}\" d=\"{}\"/>", colour, frames[colour]);
  return html;
}

std::string panel_html(const PanelPicture& picture, const Panel& panel, bool holds) {
  std::string html = fmt::format("<figure class=\"panel\"><svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">",
                                 picture.width, picture.height, escape_html(panel.words));
  html += holds ? fmt::format("<image id=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" href=\"{}\"/>",
                              picture.id, picture.width, picture.height, picture.uri)
                : fmt::format("<use href=\"#{}\"/>", picture.id);
  const Paths paths{picture.unit};
  std::string over;
  if (panel.veiled) over += fmt::format("<path class=\"shade\" d=\"{}\"/>", shade_path(picture, panel.parts));
  over += frames_html(panel.parts, paths);
  if (!panel.outlined.empty())
    over += fmt::format("<path class=\"outline\" d=\"{}\"/>", outline_path(panel.outlined, paths));
  if (!over.empty()) html += fmt::format("<g transform=\"scale({})\">{}</g>", picture.unit, over);
  return html + fmt::format("</svg><figcaption>{}</figcaption></figure>\n", escape_html(panel.title));
}

}  // namespace

std::string panels_html(const PanelPicture& picture, const std::vector<Panel>& panels) {
  ERRATA_CHECK(!panels.empty());
  std::string html = "<div class=\"panels\">\n";
  for (const Panel& panel : panels) html += panel_html(picture, panel, !picture.is_there && &panel == &panels.front());
  return html + "</div>\n";
}

std::string frame_colours_html(const std::string& least, const std::string& most) {
  std::string html = fmt::format("<p class=\"caption frame-key\"><span>{}</span>", escape_html(least));
  for (std::size_t colour = 0; colour < kFrameColours; ++colour)
    html += fmt::format("<svg viewBox=\"0 0 16 16\" aria-hidden=\"true\"><path class=\"frame-{}\" d=\"{}\"/></svg>",
                        colour, Paths().rect({.left = 2, .top = 2, .width = 12, .height = 12}));
  return html + fmt::format("<span>{}</span></p>\n", escape_html(most));
}

}  // namespace errata::report
