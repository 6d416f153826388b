#include "errata/readers/text_lines.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace errata::readers {
namespace {

float middle_of(const TextLine& line) {
  float sum = 0;
  for (const Corner& corner : line.quad.corners) sum += corner.y;
  return sum / 4;
}

/// Height of the line itself, whatever its slant.
float height_of(const TextLine& line) {
  const auto& c = line.quad.corners;
  return std::hypot(c[3].x - c[0].x, c[3].y - c[0].y);
}

}  // namespace

void sort_for_reading(std::vector<TextLine>& lines) {
  std::ranges::stable_sort(lines, {}, middle_of);
  std::size_t row = 0;  // where the row begins
  const auto end_row = [&](std::size_t end) {
    std::stable_sort(lines.begin() + static_cast<std::ptrdiff_t>(row), lines.begin() + static_cast<std::ptrdiff_t>(end),
                     [](const TextLine& a, const TextLine& b) { return a.quad.corners[0].x < b.quad.corners[0].x; });
    row = end;
  };
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const float apart = middle_of(lines[i]) - middle_of(lines[row]);
    if (apart >= std::min(height_of(lines[row]), height_of(lines[i])) / 2) end_row(i);
  }
  end_row(lines.size());
}

Result<std::vector<TextLine>> read_text(const image::Picture& picture, const TextDetector& detector,
                                        const TextReader& reader, const ThreadPool& pool,
                                        const TextDetectionOptions& options) {
  ERRATA_ASSIGN(const std::vector<TextRegion> regions, detector.find(picture, options));
  std::vector<Quad> quads;
  for (const TextRegion& region : regions) quads.push_back(region.quad);
  ERRATA_ASSIGN(std::vector<ReadText> texts, reader.read(picture, quads, pool));
  std::vector<TextLine> lines;
  for (std::size_t i = 0; i < regions.size(); ++i)
    lines.push_back({.quad = regions[i].quad,
                     .score = regions[i].score,
                     .text = std::move(texts[i].text),
                     .confidence = texts[i].confidence});
  sort_for_reading(lines);
  return lines;
}

}  // namespace errata::readers
