/// Forms and letters are drawn by OpenCV into the window, everything else pixel by pixel. Random values are functions
/// of the seed and of the place, not of a generator's state, so a pixel does not care what else is drawn.

#include "errata/scene/sheet.h"

#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "errata/base/error.h"

namespace errata::scene {
namespace {

constexpr std::array<int, 4> kLetteringFonts{cv::FONT_HERSHEY_SIMPLEX, cv::FONT_HERSHEY_DUPLEX,
                                             cv::FONT_HERSHEY_COMPLEX, cv::FONT_HERSHEY_TRIPLEX};

int font_of(const Lettering& lettering) {
  return kLetteringFonts[static_cast<std::size_t>(lettering.font) % kLetteringFonts.size()];
}
int thickness_of(const Lettering& lettering) { return std::max(1, (lettering.cap_height + 6) / 12) + lettering.weight; }
double scale_of(const Lettering& lettering) {
  return cv::getFontScaleFromHeight(font_of(lettering), lettering.cap_height, 1);
}

cv::Scalar scalar_of(Colour colour) {
  return {static_cast<double>(Sheet::byte_of(colour.red)), static_cast<double>(Sheet::byte_of(colour.green)),
          static_cast<double>(Sheet::byte_of(colour.blue))};
}

cv::Mat picture_mat(image::Picture& picture) {
  return {static_cast<int>(picture.height), static_cast<int>(picture.width), CV_8UC3, picture.bytes.data()};
}

int rounded(double value) { return static_cast<int>(std::lround(value)); }

Area around(std::span<const Spot> spots, double margin) {
  double top = spots[0].y, bottom = top, left = spots[0].x, right = left;
  for (const Spot& spot : spots) {
    top = std::min(top, spot.y);
    bottom = std::max(bottom, spot.y);
    left = std::min(left, spot.x);
    right = std::max(right, spot.x);
  }
  const int y = static_cast<int>(std::floor(top - margin)), x = static_cast<int>(std::floor(left - margin));
  return {.top = y,
          .left = x,
          .height = static_cast<int>(std::ceil(bottom + margin)) + 1 - y,
          .width = static_cast<int>(std::ceil(right + margin)) + 1 - x};
}

image::Box box_of(const Area& area, const Area& window) {
  const Area seen = common_area(area, window);
  if (seen.height <= 0 || seen.width <= 0) return {};
  return {.top = static_cast<std::size_t>(seen.top - window.top),
          .left = static_cast<std::size_t>(seen.left - window.left),
          .height = static_cast<std::size_t>(seen.height),
          .width = static_cast<std::size_t>(seen.width)};
}

}  // namespace

Area common_area(const Area& a, const Area& b) {
  const int top = std::max(a.top, b.top), left = std::max(a.left, b.left);
  const int bottom = std::min(a.bottom(), b.bottom()), right = std::min(a.right(), b.right());
  return {.top = top, .left = left, .height = std::max(0, bottom - top), .width = std::max(0, right - left)};
}

Area grown(const Area& area, int by) {
  return {.top = area.top - by, .left = area.left - by, .height = area.height + 2 * by, .width = area.width + 2 * by};
}

Area extent_of(std::string_view words, const Lettering& lettering) {
  int below = 0;
  const cv::Size size =
      cv::getTextSize(std::string(words), font_of(lettering), scale_of(lettering), thickness_of(lettering), &below);
  return {.height = size.height + thickness_of(lettering) + below * 2 / 3, .width = size.width};
}

Sheet::Sheet(const View& view) : view_(view) {
  view_.window = common_area(view.window, all());
  picture_ = {.height = static_cast<std::size_t>(view_.window.height),
              .width = static_cast<std::size_t>(view_.window.width),
              .channels = 3,
              .bytes = {}};
  picture_.bytes.resize(picture_.height * picture_.width * 3);
  owners_.resize(picture_.height * picture_.width);
}

std::size_t Sheet::begin(std::string kind, std::string colour) {
  ERRATA_CHECK(drawn_.size() < 255);
  drawn_.push_back({.kind = std::move(kind), .colour = std::move(colour), .lines = {}});
  extents_.emplace_back();
  owner_ = static_cast<std::uint8_t>(drawn_.size());
  return drawn_.size();
}

bool Sheet::reaches(const Area& area) {
  if (owner_ > 0) {
    const Area inside = common_area(area, all());
    Area& extent = extents_[owner_ - 1U];
    if (extent.height == 0 || extent.width == 0) {
      extent = inside;
    } else if (inside.height > 0 && inside.width > 0) {
      const int top = std::min(extent.top, inside.top), left = std::min(extent.left, inside.left);
      extent = {.top = top,
                .left = left,
                .height = std::max(extent.bottom(), inside.bottom()) - top,
                .width = std::max(extent.right(), inside.right()) - left};
    }
  }
  const Area seen = common_area(area, view_.window);
  return seen.height > 0 && seen.width > 0;
}

void Sheet::own(const Area& area) {
  if (!reaches(area)) return;
  const Area seen = common_area(area, view_.window);
  for (int y = seen.top; y < seen.bottom(); ++y)
    std::fill_n(owners_.begin() + static_cast<std::ptrdiff_t>(place(y, seen.left)), seen.width, owner_);
}

void Sheet::rectangle(const Area& area, Colour colour) {
  paint(area, [&](int, int) { return colour; });
}

void Sheet::ellipse(Spot middle, double half_height, double half_width, double degrees, Colour colour) {
  const double reach = std::max(half_height, half_width);
  if (!reaches(around(std::array{middle}, reach + 1))) return;
  constexpr double kFine = 16;  // parts of a pixel, as OpenCV takes them
  const cv::Point centre{rounded((middle.x - view_.window.left) * kFine),
                         rounded((middle.y - view_.window.top) * kFine)};
  const cv::Size axes{rounded(half_width * kFine), rounded(half_height * kFine)};
  cv::Mat owners(static_cast<int>(picture_.height), static_cast<int>(picture_.width), CV_8UC1, owners_.data());
  cv::ellipse(picture_mat(picture_), centre, axes, degrees, 0, 360, scalar_of(colour), cv::FILLED, cv::LINE_AA, 4);
  cv::ellipse(owners, centre, axes, degrees, 0, 360, owner_, cv::FILLED, cv::LINE_8, 4);
}

void Sheet::polygon(std::span<const Spot> corners, Colour colour) {
  if (!reaches(around(corners, 1))) return;
  constexpr double kFine = 16;
  std::vector<cv::Point> points;
  for (const Spot& corner : corners)
    points.emplace_back(rounded((corner.x - view_.window.left) * kFine),
                        rounded((corner.y - view_.window.top) * kFine));
  cv::Mat owners(static_cast<int>(picture_.height), static_cast<int>(picture_.width), CV_8UC1, owners_.data());
  cv::fillPoly(picture_mat(picture_), points, scalar_of(colour), cv::LINE_AA, 4);
  cv::fillPoly(owners, points, owner_, cv::LINE_8, 4);
}

void Sheet::line(Spot from, Spot to, double thickness, Colour colour) {
  curve(std::array{from, to}, thickness, colour);
}

void Sheet::curve(std::span<const Spot> places, double thickness, Colour colour) {
  if (!reaches(around(places, thickness / 2 + 1))) return;
  constexpr double kFine = 16;
  std::vector<cv::Point> points;
  for (const Spot& spot : places)
    points.emplace_back(rounded((spot.x - view_.window.left) * kFine), rounded((spot.y - view_.window.top) * kFine));
  cv::Mat owners(static_cast<int>(picture_.height), static_cast<int>(picture_.width), CV_8UC1, owners_.data());
  const int thick = std::max(1, rounded(thickness));
  cv::polylines(picture_mat(picture_), points, false, scalar_of(colour), thick, cv::LINE_AA, 4);
  cv::polylines(owners, points, false, owner_, thick, cv::LINE_8, 4);
}

void Sheet::note(std::string_view words, const Lettering& lettering, const Area& area) {
  own(area);
  if (owner_ > 0)
    drawn_[owner_ - 1U].lines.push_back(
        {.area = area, .words = std::string(words), .cap_height = lettering.cap_height});
}

Area Sheet::write(std::string_view words, const Lettering& lettering, int top, int left, Colour colour) {
  Area area = extent_of(words, lettering);
  area.top = top;
  area.left = left;
  if (reaches(area)) {
    const int baseline = top + lettering.cap_height + thickness_of(lettering) / 2;
    cv::putText(picture_mat(picture_), std::string(words), {left - view_.window.left, baseline - view_.window.top},
                font_of(lettering), scale_of(lettering), scalar_of(colour), thickness_of(lettering), cv::LINE_AA);
  }
  note(words, lettering, area);
  return area;
}

Area Sheet::write_faintly(std::string_view words, const Lettering& lettering, int top, int left, float contrast) {
  Area area = extent_of(words, lettering);
  area.top = top;
  area.left = left;
  if (reaches(area)) {
    cv::Mat ink = cv::Mat::zeros(area.height, area.width, CV_8UC1);
    cv::putText(ink, std::string(words), {0, lettering.cap_height + thickness_of(lettering) / 2}, font_of(lettering),
                scale_of(lettering), cv::Scalar(255), thickness_of(lettering), cv::LINE_AA);
    change(area, [&](int y, int x, std::uint8_t* pixel) {
      const float by = contrast * static_cast<float>(ink.at<std::uint8_t>(y - top, x - left)) / 255.0F;
      for (int channel = 0; channel < 3; ++channel) pixel[channel] = byte_of(static_cast<float>(pixel[channel]) + by);
    });
  }
  note(words, lettering, area);
  return area;
}

void Sheet::add_noise(float deviation, std::uint64_t seed) {
  change(all(), [&](int y, int x, std::uint8_t* pixel) {
    const std::uint64_t bits = bits_at(seed, y, x);
    const float light = deviation * normal_of(bits, 0), tint = 0.3F * deviation * normal_of(bits, 1);
    pixel[0] = byte_of(static_cast<float>(pixel[0]) + light + tint);
    pixel[1] = byte_of(static_cast<float>(pixel[1]) + light);
    pixel[2] = byte_of(static_cast<float>(pixel[2]) + light - tint);
  });
}

void Sheet::smooth(double sigma) {
  if (picture_.bytes.empty()) return;
  cv::Mat mat = picture_mat(picture_);
  cv::GaussianBlur(mat, mat, {0, 0}, sigma, sigma, cv::BORDER_REPLICATE);
}

Scene Sheet::finish() {
  struct Bounds {
    std::size_t top = SIZE_MAX, bottom = 0, left = SIZE_MAX, right = 0, count = 0;
  };
  std::vector<Bounds> bounds(drawn_.size() + 1);
  for (std::size_t y = 0, at = 0; y < picture_.height; ++y)
    for (std::size_t x = 0; x < picture_.width; ++x, ++at) {
      if (owners_[at] == 0) continue;
      Bounds& of = bounds[owners_[at]];
      of.top = std::min(of.top, y);
      of.bottom = std::max(of.bottom, y + 1);
      of.left = std::min(of.left, x);
      of.right = std::max(of.right, x + 1);
      ++of.count;
    }
  Scene scene;
  for (std::size_t i = 1; i < bounds.size(); ++i) {
    const Bounds& of = bounds[i];
    if (of.count == 0) continue;
    const Drawn& drawn = drawn_[i - 1];
    Thing thing{.kind = drawn.kind,
                .colour = drawn.colour,
                .box = {.top = of.top, .left = of.left, .height = of.bottom - of.top, .width = of.right - of.left},
                .mask = {},
                .lines = {}};
    if (of.count < thing.box.area()) {
      thing.mask.resize(thing.box.area());
      for (std::size_t y = 0; y < thing.box.height; ++y)
        for (std::size_t x = 0; x < thing.box.width; ++x)
          thing.mask[y * thing.box.width + x] =
              owners_[(thing.box.top + y) * picture_.width + thing.box.left + x] == i ? 1 : 0;
    }
    for (const auto& line : drawn.lines)
      if (const image::Box box = box_of(line.area, view_.window); box.area() > 0)
        thing.lines.push_back(
            {.box = box, .words = line.words, .cap_height = static_cast<std::size_t>(line.cap_height)});
    scene.things.push_back(std::move(thing));
  }
  scene.picture = std::move(picture_);
  return scene;
}

std::vector<float> clouds(const Area& area, double cell, int octaves, float gain, std::uint64_t seed) {
  const auto rows = static_cast<std::size_t>(std::max(0, area.height));
  const auto columns = static_cast<std::size_t>(std::max(0, area.width));
  std::vector<float> sum(rows * columns);
  float height = 1, total = 0;
  // Layers finer than a pixel and a half would be noise.
  for (int octave = 0; octave < octaves && (octave == 0 || cell >= 1.5); ++octave, height *= gain, cell /= 2) {
    total += height * height;
    const int first = static_cast<int>(std::floor(area.left / cell));
    const int last = static_cast<int>(std::floor((area.right() - 1) / cell)) + 1;
    std::vector<float> lattice(static_cast<std::size_t>(std::max(0, last - first + 1)));
    std::vector<std::size_t> left(columns);
    std::vector<float> share(columns);
    const auto smooth_step = [](double t) { return static_cast<float>(t * t * (3 - 2 * t)); };
    for (std::size_t x = 0; x < columns; ++x) {
      const double at = (area.left + static_cast<double>(x)) / cell, whole = std::floor(at);
      left[x] = static_cast<std::size_t>(static_cast<int>(whole) - first);
      share[x] = smooth_step(at - whole);
    }
    const auto value = [&](int y, int x) {
      return static_cast<float>(bits_at(seed + static_cast<std::uint64_t>(octave), y, x) >> 40U) *
                 (2.0F / 16777216.0F) -
             1.0F;
    };
    for (std::size_t y = 0; y < rows; ++y) {
      const double at = (area.top + static_cast<double>(y)) / cell, whole = std::floor(at);
      const float down = smooth_step(at - whole);
      const int above = static_cast<int>(whole);
      for (std::size_t i = 0; i < lattice.size(); ++i) {
        const int x = first + static_cast<int>(i);
        lattice[i] = height * (value(above, x) * (1 - down) + value(above + 1, x) * down);
      }
      float* row = sum.data() + y * columns;
      for (std::size_t x = 0; x < columns; ++x)
        row[x] += lattice[left[x]] + (lattice[left[x] + 1] - lattice[left[x]]) * share[x];
    }
  }
  // Each layer is uniform in ± height before it is smoothed: 1.5 standard deviations of the sum are about 1.
  const float scale = 1.6F / std::sqrt(total);
  for (float& value : sum) value *= scale;
  return sum;
}

}  // namespace errata::scene
