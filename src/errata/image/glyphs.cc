// The Hershey fonts (A. V. Hershey, 1967) are strokes; OpenCV's putText draws them.
#include "errata/image/glyphs.h"

#include <algorithm>
#include <array>
#include <opencv2/imgproc.hpp>
#include <string>
#include <utility>

namespace errata::image {
namespace {

constexpr std::array<int, 8> kFonts{cv::FONT_HERSHEY_SIMPLEX,        cv::FONT_HERSHEY_PLAIN,
                                    cv::FONT_HERSHEY_DUPLEX,         cv::FONT_HERSHEY_COMPLEX,
                                    cv::FONT_HERSHEY_TRIPLEX,        cv::FONT_HERSHEY_COMPLEX_SMALL,
                                    cv::FONT_HERSHEY_SCRIPT_SIMPLEX, cv::FONT_HERSHEY_SCRIPT_COMPLEX};
constexpr std::array<int, 3> kThickness{5, 8, 11};

Glyph draw(int font, int thickness, char character) {
  constexpr int kPageSide = 3 * kGlyphHeight;
  cv::Mat page = cv::Mat::zeros(kPageSide, kPageSide, CV_8UC1);
  cv::putText(page, std::string(1, character), {kGlyphHeight, 2 * kGlyphHeight}, font,
              cv::getFontScaleFromHeight(font, kGlyphHeight), cv::Scalar(255), thickness, cv::LINE_AA);
  std::vector<float> ink;
  for (int y = 0; y < kPageSide; ++y)
    for (int x = 0; x < kPageSide; ++x) ink.push_back(static_cast<float>(page.at<unsigned char>(y, x)) / 255.0F);
  return crop_to_ink(ink, kPageSide, kPageSide);
}

}  // namespace

std::vector<Face> hershey_faces(std::string_view characters) {
  std::vector<Face> faces;
  for (const int font : kFonts) {
    for (const int thickness : kThickness) {
      Face face;
      for (const char character : characters) face.glyphs.push_back(draw(font, thickness, character));
      faces.push_back(std::move(face));
    }
  }
  return faces;
}

Glyph crop_to_ink(std::span<const float> page, std::size_t height, std::size_t width) {
  std::size_t top = height, bottom = 0, left = width, right = 0;
  for (std::size_t at = 0; at < page.size(); ++at) {
    if (page[at] <= 0) continue;
    top = std::min(top, at / width);
    bottom = std::max(bottom, at / width + 1);
    left = std::min(left, at % width);
    right = std::max(right, at % width + 1);
  }
  if (top >= bottom) return {};
  Glyph glyph{.height = bottom - top, .width = right - left, .ink{}};
  for (std::size_t y = top; y < bottom; ++y)
    for (std::size_t x = left; x < right; ++x) glyph.ink.push_back(page[y * width + x]);
  return glyph;
}

}  // namespace errata::image
