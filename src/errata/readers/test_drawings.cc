#include "errata/readers/test_drawings.h"

#include <opencv2/imgproc.hpp>

namespace errata::readers {
namespace {

cv::Mat pixels_of(image::Picture& picture) {
  return cv::Mat(static_cast<int>(picture.height), static_cast<int>(picture.width), CV_8UC3, picture.bytes.data());
}

image::Picture picture_of(const cv::Mat& pixels) {
  image::Picture picture{.height = static_cast<std::size_t>(pixels.rows),
                         .width = static_cast<std::size_t>(pixels.cols),
                         .channels = 3,
                         .bytes{}};
  picture.bytes.assign(pixels.datastart, pixels.dataend);
  return picture;
}

}  // namespace

image::Picture light_page(int height, int width) {
  return picture_of(cv::Mat(height, width, CV_8UC3, {235, 235, 230}));
}

void draw_words(image::Picture& page, const DrawnWords& words) {
  constexpr int kFont = cv::FONT_HERSHEY_DUPLEX, kThickness = 2;
  cv::putText(pixels_of(page), words.words, {words.x, words.y}, kFont,
              words.height / (cv::getTextSize("H", kFont, 1, 1, nullptr).height), {20, 20, 40}, kThickness,
              cv::LINE_AA);
}

image::Picture draw_face(int side, int x, int y, double scale) {
  cv::Mat wall(side, side, CV_8UC3, cv::Scalar(90, 110, 140));
  const auto at = [&](double right, double down) {
    return cv::Point(static_cast<int>(x + right * scale), static_cast<int>(y + down * scale));
  };
  const auto oval = [&](double right, double down, double wide, double high, const cv::Scalar& colour) {
    cv::ellipse(wall, at(right, down), cv::Size(static_cast<int>(wide * scale), static_cast<int>(high * scale)), 0, 0,
                360, colour, -1, cv::LINE_AA);
  };
  const cv::Scalar skin(225, 176, 140), shade(190, 149, 118), dark(60, 40, 30);
  oval(0, -14, 52, 62, {50, 35, 25});  // hair
  cv::rectangle(wall, at(-18, 40), at(18, 100), shade, -1);
  oval(0, 4, 44, 56, skin);
  for (const int eye : {-18, 18}) {
    oval(eye, -8, 9, 5, {240, 240, 240});
    oval(eye, -8, 4.5, 4.5, dark);
    oval(eye, -19, 12, 3, dark);
  }
  oval(0, 14, 6, 3, shade);
  cv::line(wall, at(-4, -5), at(-6, 12), shade, 2, cv::LINE_AA);
  oval(0, 32, 16, 6, {170, 80, 80});
  cv::GaussianBlur(wall, wall, cv::Size(0, 0), 1.2);
  return picture_of(wall);
}

image::Picture turned_right(const image::Picture& picture) {
  image::Picture from = picture;
  cv::Mat turned;
  cv::rotate(pixels_of(from), turned, cv::ROTATE_90_CLOCKWISE);
  return picture_of(turned);
}

}  // namespace errata::readers
