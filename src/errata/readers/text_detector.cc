#include "errata/readers/text_detector.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <utility>

#include "errata/base/limits.h"
#include "errata/readers/model_files.h"

namespace errata::readers {
namespace {

constexpr std::size_t kStride = 32;  ///< the model takes sides that are multiples of it
constexpr float kThinnest = 3;       ///< pixels of the map; thinner pieces are no text
constexpr InputLayout kDetectorLayout{
    .mean = {0.485F, 0.456F, 0.406F}, .sd = {0.229F, 0.224F, 0.225F}, .blue_first = true};

Result<void> check_detection(const TextDetectionOptions& options) {
  if (options.long_side < kStride || options.long_side > 4096)
    return invalid_argument(fmt::format("long side {} is not in [32, 4096]", options.long_side));
  if (!(options.threshold > 0 && options.threshold < 1))
    return invalid_argument(fmt::format("threshold {} is not in (0, 1)", options.threshold));
  if (!is_probability(options.region_score))
    return invalid_argument(fmt::format("region score {} is not in [0, 1]", options.region_score));
  if (!(options.growth >= 0 && options.growth <= 10))
    return invalid_argument(fmt::format("growth {} is not in [0, 10]", options.growth));
  return {};
}

/// A side of the model's input for a side of a picture.
std::size_t input_side(std::size_t side, double scale) {
  const auto strides = std::lround(static_cast<double>(side) * scale / static_cast<double>(kStride));
  return static_cast<std::size_t>(std::max(1L, strides)) * kStride;
}

/// The corners of a rectangle from the upper left on, clockwise: of the two left ones the upper is the first.
std::array<cv::Point2f, 4> in_order(const cv::RotatedRect& rectangle) {
  std::array<cv::Point2f, 4> points;
  rectangle.points(points.data());
  std::ranges::sort(
      points, [](const cv::Point2f& a, const cv::Point2f& b) { return std::pair(a.x, a.y) < std::pair(b.x, b.y); });
  if (points[0].y > points[1].y) std::swap(points[0], points[1]);
  if (points[2].y > points[3].y) std::swap(points[2], points[3]);
  return {points[0], points[2], points[3], points[1]};
}

/// Mean probability within a rectangle.
double mean_within(const cv::Mat& map, const std::array<cv::Point2f, 4>& corners) {
  const auto [left, right] = std::ranges::minmax(corners, {}, &cv::Point2f::x);
  const auto [upper, lower] = std::ranges::minmax(corners, {}, &cv::Point2f::y);
  const auto within = [](float value, int size) { return std::clamp(static_cast<int>(value), 0, size - 1); };
  const int x0 = within(std::floor(left.x), map.cols), x1 = within(std::ceil(right.x), map.cols);
  const int y0 = within(std::floor(upper.y), map.rows), y1 = within(std::ceil(lower.y), map.rows);
  cv::Mat mask = cv::Mat::zeros(y1 - y0 + 1, x1 - x0 + 1, CV_8UC1);
  std::vector<cv::Point> outline;
  for (const cv::Point2f& corner : corners)
    outline.emplace_back(static_cast<int>(corner.x) - x0, static_cast<int>(corner.y) - y0);
  cv::fillPoly(mask, std::vector{outline}, cv::Scalar(1));
  return cv::mean(map(cv::Rect(x0, y0, mask.cols, mask.rows)), mask)[0];
}

/// The region around one piece of text pixels, in pixels of the map.
std::optional<TextRegion> region_of(const cv::Mat& map, const std::vector<cv::Point>& contour,
                                    const TextDetectionOptions& options) {
  cv::RotatedRect rectangle = cv::minAreaRect(contour);
  float& width = rectangle.size.width;
  float& height = rectangle.size.height;
  if (std::min(width, height) < kThinnest) return std::nullopt;
  const double score = mean_within(map, in_order(rectangle));
  if (score < options.region_score) return std::nullopt;
  const auto grown = static_cast<float>(options.growth) * width * height / (2 * (width + height));
  width += 2 * grown;
  height += 2 * grown;
  if (std::min(width, height) < kThinnest + 2) return std::nullopt;
  const auto points = in_order(rectangle);
  TextRegion region{.quad = {}, .score = std::min(1.0, score)};
  for (std::size_t i = 0; i < 4; ++i) region.quad.corners[i] = {.x = points[i].x, .y = points[i].y};
  return region;
}

}  // namespace

std::vector<TextRegion> text_regions(std::span<const float> probabilities, std::size_t height, std::size_t width,
                                     double down, double across, const TextDetectionOptions& options) {
  ERRATA_CHECK(probabilities.size() == height * width);
  const cv::Mat map(static_cast<int>(height), static_cast<int>(width), CV_32FC1,
                    const_cast<float*>(probabilities.data()));
  const cv::Mat above = map > options.threshold;
  std::vector<std::vector<cv::Point>> contours;
  cv::findContours(above, contours, cv::RETR_LIST, cv::CHAIN_APPROX_SIMPLE);
  if (contours.size() > options.most_regions) contours.resize(options.most_regions);
  std::vector<TextRegion> regions;
  for (const auto& contour : contours) {
    auto region = region_of(map, contour, options);
    if (!region) continue;
    for (Corner& corner : region->quad.corners)
      corner = {.x = std::clamp(corner.x, 0.0F, static_cast<float>(width)) * static_cast<float>(across),
                .y = std::clamp(corner.y, 0.0F, static_cast<float>(height)) * static_cast<float>(down)};
    regions.push_back(*region);
  }
  std::ranges::stable_sort(regions, {}, [](const TextRegion& region) {
    return std::pair(region.quad.corners[0].y, region.quad.corners[0].x);
  });
  return regions;
}

Result<TextDetector> TextDetector::open() {
  ERRATA_ASSIGN(const std::filesystem::path model, find_model(ModelFile::text_detector));
  return open(model);
}

Result<TextDetector> TextDetector::open(const std::filesystem::path& model) {
  ERRATA_ASSIGN(Network network, Network::open(model, 1));
  return TextDetector(std::move(network));
}

Result<std::vector<TextRegion>> TextDetector::find(const image::Picture& picture,
                                                   const TextDetectionOptions& options) const {
  ERRATA_TRY(check_detection(options));
  ERRATA_CHECK(picture.height > 0 && picture.width > 0);
  const double scale = std::min(
      1.0, static_cast<double>(options.long_side) / static_cast<double>(std::max(picture.height, picture.width)));
  const std::size_t height = input_side(picture.height, scale), width = input_side(picture.width, scale);
  const auto input = input_of(
      picture, {.height = height, .width = width, .filled_height = height, .filled_width = width}, kDetectorLayout);
  const std::array shape{std::int64_t{1}, std::int64_t{3}, static_cast<std::int64_t>(height),
                         static_cast<std::int64_t>(width)};
  ERRATA_ASSIGN(const auto outputs, network_.run(shape, input));
  if (outputs[0].shape != std::vector<std::size_t>{1, 1, height, width})
    return data_error(
        fmt::format("{}: is no text detector: it does not give a map of {} x {} pixels for such a picture",
                    network_.place().string(), width, height));
  return text_regions(outputs[0].values, height, width,
                      static_cast<double>(picture.height) / static_cast<double>(height),
                      static_cast<double>(picture.width) / static_cast<double>(width), options);
}

}  // namespace errata::readers
