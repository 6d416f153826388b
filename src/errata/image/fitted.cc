#include "errata/image/fitted.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "errata/base/error.h"

namespace errata::image {

Picture fitted(const Picture& picture, std::size_t side) {
  ERRATA_CHECK(side >= 1 && !picture.bytes.empty());
  const std::size_t longer = std::max(picture.height, picture.width);
  if (longer <= side) return picture;
  const auto scaled = [&](std::size_t length) {
    return std::max<std::size_t>(1, (length * side + longer / 2) / longer);
  };
  Picture small{
      .height = scaled(picture.height), .width = scaled(picture.width), .channels = picture.channels, .bytes = {}};
  small.bytes.resize(small.height * small.width * small.channels);
  const int type = CV_8UC(static_cast<int>(picture.channels));
  // OpenCV's headers know no picture that is only read.
  const cv::Mat from(static_cast<int>(picture.height), static_cast<int>(picture.width), type,
                     const_cast<std::uint8_t*>(picture.bytes.data()));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
  cv::Mat to(static_cast<int>(small.height), static_cast<int>(small.width), type, small.bytes.data());
  cv::resize(from, to, to.size(), 0, 0, cv::INTER_AREA);
  return small;
}

}  // namespace errata::image
