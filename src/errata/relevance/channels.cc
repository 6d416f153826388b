// Channels of an image by OpenCV's filters, pooled to patches. Each works on the planes alone, so they run side by
// side; none depends on the number of threads.

#include "errata/relevance/channels.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "errata/base/error.h"

namespace errata::relevance {
namespace {

constexpr int kAround = 33;           // pixels of a side: two patches and a middle
constexpr float kLeastSpread = .01F;  // 2.5/255: what is flatter than that is noise of eight bits

cv::Mat mat_of(const Plane& plane) {
  return {static_cast<int>(plane.height), static_cast<int>(plane.width), CV_32F,
          const_cast<float*>(plane.values.data())};  // NOLINT(cppcoreguidelines-pro-type-const-cast): is only read
}

std::vector<float> patch_means_of(const cv::Mat& mat) {
  const PatchGrid grid{.height = static_cast<std::size_t>(mat.rows), .width = static_cast<std::size_t>(mat.cols)};
  ERRATA_CHECK(mat.isContinuous());
  return patch_means(grid, {mat.ptr<float>(), mat.total()});
}

cv::Mat steps_to_the_right(const cv::Mat& grey) {
  cv::Mat dx;
  cv::Sobel(grey, dx, CV_32F, 1, 0, 3, .25);
  return dx;
}

/// @param dx  of steps_to_the_right()
std::vector<float> gradient_means(const cv::Mat& grey, const cv::Mat& dx) {
  cv::Mat dy, magnitude;
  cv::Sobel(grey, dy, CV_32F, 0, 1, 3, .25);
  cv::magnitude(dx, dy, magnitude);
  return patch_means_of(magnitude);
}

cv::Mat contrast_normalised(const Plane& grey) {
  const cv::Mat values = mat_of(grey);
  cv::Mat mean, spread, off;
  cv::boxFilter(values, mean, CV_32F, {kAround, kAround});
  cv::sqrBoxFilter(values, spread, CV_32F, {kAround, kAround});
  cv::multiply(mean, mean, off);
  cv::subtract(spread, off, spread);
  cv::max(spread, 0, spread);
  cv::sqrt(spread, spread);
  cv::add(spread, kLeastSpread, spread);
  cv::subtract(values, mean, off);
  cv::divide(off, spread, off);
  return off;
}

/// The surround of one scale: grey less its mean over a window, what is above and what is below.
void add_centre_surround(const cv::Mat& grey, int side, cv::Mat& on, cv::Mat& off) {
  cv::Mat mean;
  cv::boxFilter(grey, mean, CV_32F, {side, side});
  const cv::Mat difference = grey - mean;
  on += cv::max(difference, 0);
  off += cv::max(-difference, 0);
}

void scale_to_one(cv::Mat& values) {
  double most = 0;
  cv::minMaxLoc(values, nullptr, &most);
  if (most > 0) values /= most;
}

/// What text_likeness() is. @param steps  to the right, of contrast-normalised grey
std::vector<float> strokes_of(const cv::Mat& steps, const PatchGrid& grid) {
  constexpr float kStep = .35F;
  constexpr int kThin = 2, kThick = 12;
  std::vector<float> strokes(grid.count());
  for (int y = 0; y < steps.rows; ++y) {
    const float* row = steps.ptr<float>(y);
    const std::size_t first = static_cast<std::size_t>(y) / kPatch * grid.columns();
    int last = -1 - kThick;
    float last_step = 0;
    for (int x = 0; x < steps.cols; ++x) {
      if (std::abs(row[x]) < kStep) continue;
      const bool peak = (x == 0 || std::abs(row[x]) >= std::abs(row[x - 1])) &&
                        (x + 1 == steps.cols || std::abs(row[x]) > std::abs(row[x + 1]));
      if (!peak) continue;
      const int apart = x - last;
      if (apart >= kThin && apart <= kThick && std::signbit(row[x]) != std::signbit(last_step))
        strokes[first + static_cast<std::size_t>(x - apart / 2) / kPatch] += 1;
      last = x;
      last_step = row[x];
    }
  }
  // Two pairs (a stroke and the gap after it) on every row of a patch are as dense as writing gets.
  std::vector<float> values(grid.count());
  for (std::size_t patch = 0; patch < values.size(); ++patch) {
    const std::size_t column = grid.column_of(patch);
    float sum = strokes[patch], pixels = static_cast<float>(grid.box(patch).area());
    for (const std::size_t beside : {patch - 1, patch + 1}) {
      if (beside == patch - 1 ? column == 0 : column + 1 == grid.columns()) continue;
      sum += strokes[beside];
      pixels += static_cast<float>(grid.box(beside).area());
    }
    values[patch] = std::min(1.0F, sum / pixels * static_cast<float>(kPatch) / 2);
  }
  return values;
}

/// Spectra of images of different shape are compared at one size.
constexpr int kSpectrumSide = 64;
/// Amplitude of what eight bits round away, .29/255 a pixel: less than that is no spectrum but noise.
constexpr double kRounding = .29 / 255 * kSpectrumSide;

}  // namespace

std::vector<float> edges(const Planes& planes) {
  const cv::Mat grey = mat_of(planes.grey);
  return gradient_means(grey, steps_to_the_right(grey));
}

std::vector<float> contrast_normalised_edges(const Planes& planes) {
  const cv::Mat normal = contrast_normalised(planes.grey);
  return gradient_means(normal, steps_to_the_right(normal));
}

std::vector<float> high_pass(const Planes& planes) {
  const cv::Mat grey = mat_of(planes.grey);
  cv::Mat smooth, difference;
  cv::GaussianBlur(grey, smooth, {7, 7}, 1);
  cv::absdiff(grey, smooth, difference);
  return patch_means_of(difference);
}

std::vector<float> edge_nearness(const Planes& planes) {
  cv::Mat bytes, steps, distance;
  mat_of(planes.grey).convertTo(bytes, CV_8U, 255);
  cv::Scalar mean, deviation;
  cv::meanStdDev(bytes, mean, deviation);
  const double high = std::max(2 * deviation[0], 8.0);
  cv::Canny(bytes, steps, high / 2, high);
  if (cv::countNonZero(steps) == 0) return std::vector<float>(grid_of(planes.grey).count());
  cv::distanceTransform(255 - steps, distance, cv::DIST_L2, 3);
  cv::exp(distance / -static_cast<double>(kPatch), distance);
  return patch_means_of(distance);
}

std::vector<float> colour(const Planes& planes) {
  const cv::Mat red = mat_of(planes.red), green = mat_of(planes.green), blue = mat_of(planes.blue);
  const cv::Mat red_green = red - green, yellow_blue = (red + green) / 2 - blue;
  cv::Mat distance;
  cv::magnitude(red_green - cv::mean(red_green)[0], yellow_blue - cv::mean(yellow_blue)[0], distance);
  return patch_means_of(distance);
}

std::vector<float> eccentricity(const PatchGrid& grid) {
  std::vector<float> values(grid.count());
  const double middle_y = static_cast<double>(grid.height) / 2, middle_x = static_cast<double>(grid.width) / 2;
  for (std::size_t patch = 0; patch < values.size(); ++patch) {
    const image::Box box = grid.box(patch);
    const double y = static_cast<double>(box.top) + static_cast<double>(box.height) / 2 - middle_y;
    const double x = static_cast<double>(box.left) + static_cast<double>(box.width) / 2 - middle_x;
    values[patch] = static_cast<float>(std::hypot(y, x) / std::hypot(middle_y, middle_x));
  }
  return values;
}

std::vector<float> spectral_saliency(const Planes& planes) {
  cv::Mat small, spectrum;
  cv::resize(mat_of(planes.grey), small, {kSpectrumSide, kSpectrumSide}, 0, 0, cv::INTER_AREA);
  cv::dft(small, spectrum, cv::DFT_COMPLEX_OUTPUT);
  std::array<cv::Mat, 2> parts;
  cv::split(spectrum, parts.data());
  cv::Mat amplitude, phase, local;
  cv::cartToPolar(parts[0], parts[1], amplitude, phase);
  cv::log(amplitude + kRounding, amplitude);
  cv::blur(amplitude, local, {3, 3}, {-1, -1}, cv::BORDER_REPLICATE);
  cv::exp(amplitude - local, amplitude);
  cv::polarToCart(amplitude, phase, parts[0], parts[1]);
  cv::merge(parts.data(), parts.size(), spectrum);
  cv::idft(spectrum, spectrum, cv::DFT_SCALE);
  cv::split(spectrum, parts.data());
  cv::Mat energy = parts[0].mul(parts[0]) + parts[1].mul(parts[1]), map;
  cv::GaussianBlur(energy, energy, {9, 9}, 2.5);
  const PatchGrid grid = grid_of(planes.grey);
  cv::resize(energy, map, {static_cast<int>(grid.columns()), static_cast<int>(grid.rows())}, 0, 0, cv::INTER_LINEAR);
  scale_to_one(map);
  return {map.begin<float>(), map.end<float>()};
}

std::vector<float> fine_saliency(const Planes& planes) {
  const cv::Mat grey = mat_of(planes.grey);
  cv::Mat on = cv::Mat::zeros(grey.size(), CV_32F), off = on.clone();
  for (const int radius : {3, 6, 7, 12, 14, 24}) add_centre_surround(grey, 2 * radius * 2 + 1, on, off);
  scale_to_one(on);
  scale_to_one(off);
  cv::Mat both = on + off;
  scale_to_one(both);
  return patch_means_of(both);
}

std::vector<float> text_likeness(const Planes& planes) {
  return strokes_of(steps_to_the_right(contrast_normalised(planes.grey)), grid_of(planes.grey));
}

std::vector<float> motion(const Planes& planes, const Planes& before) {
  cv::Mat difference;
  cv::absdiff(mat_of(planes.grey), mat_of(before.grey), difference);
  return patch_means_of(difference);
}

FeatureStack measure(const Planes& planes, Saliency saliency, const Planes* before, ThreadPool& pool) {
  FeatureStack stack{.grid = grid_of(planes.grey)};
  stack.motion.resize(stack.grid.count());
  pool.run_together({
      [&] { stack.edges = edges(planes); },
      [&] {
        const cv::Mat normal = contrast_normalised(planes.grey), steps = steps_to_the_right(normal);
        stack.contrast_normalised_edges = gradient_means(normal, steps);
        stack.text_likeness = strokes_of(steps, stack.grid);
      },
      [&] { stack.high_pass = high_pass(planes); },
      [&] { stack.edge_nearness = edge_nearness(planes); },
      [&] { stack.colour = colour(planes); },
      [&] { stack.eccentricity = eccentricity(stack.grid); },
      [&] { stack.saliency = saliency == Saliency::fine ? fine_saliency(planes) : spectral_saliency(planes); },
      [&] {
        if (before != nullptr) stack.motion = motion(planes, *before);
      },
  });
  return stack;
}

}  // namespace errata::relevance
