// One failure on one small page: the image, what was done to it, what the model took it for, and what the auditor said.

#include "errata/audit/failure_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <opencv2/imgproc.hpp>

namespace errata::audit {
namespace {

constexpr int kSide = 224;  // of an image, about
constexpr int kMargin = 24;
constexpr int kHead = 44;     // above images and bars
constexpr int kFoot = 96;     // below
constexpr int kBars = 360;    // width of the bars' part
constexpr int kNames = 120;   // of it: class names
constexpr int kFigures = 56;  // of it: percentages
constexpr std::size_t kMostBars = 10, kBarsOfMany = 8;
const cv::Scalar kInk(40, 40, 40), kPale(205, 205, 205), kTruth(46, 125, 80), kWrong(190, 50, 50),
    kTrack(238, 238, 238);

std::string plain(const std::string& text, std::size_t longest) {
  std::string result;
  for (const char c : text)
    if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) result += c >= ' ' && c <= '~' ? c : '?';
  return result.size() <= longest ? result : result.substr(0, longest - 1) + ".";
}

void write(cv::Mat& page, const std::string& text, cv::Point at, double size, const cv::Scalar& colour) {
  cv::putText(page, text, at, cv::FONT_HERSHEY_SIMPLEX, size, colour, 1, cv::LINE_AA);
}

cv::Mat enlarged(std::span<const float> image, const FailureView& view) {
  const std::size_t pixels = view.height * view.width;
  cv::Mat small(static_cast<int>(view.height), static_cast<int>(view.width), CV_8UC3);
  for (std::size_t at = 0; at < pixels; ++at)
    for (std::size_t c = 0; c < 3; ++c) {
      const float x = image[(view.channels >= 3 ? c : 0) * pixels + at];
      small.at<cv::Vec3b>(static_cast<int>(at / view.width), static_cast<int>(at % view.width))[static_cast<int>(c)] =
          static_cast<unsigned char>(std::lround(255 * std::clamp(x, 0.F, 1.F)));
    }
  const double factor = static_cast<double>(kSide) / static_cast<double>(std::max(view.height, view.width));
  cv::Mat large;
  cv::resize(small, large, {}, factor, factor, factor >= 1 ? cv::INTER_NEAREST : cv::INTER_AREA);
  return large;
}

void place_image(cv::Mat& page, const cv::Mat& image, int left, const std::string& title) {
  write(page, title, {left, kHead - 14}, 0.5, kInk);
  const cv::Rect where(left, kHead, image.cols, image.rows);
  image.copyTo(page(where));
  cv::rectangle(page, where, kPale);
}

std::vector<std::size_t> classes_to_show(const FailureView& view) {
  std::vector<std::size_t> shown(view.classes.size());
  std::iota(shown.begin(), shown.end(), 0);
  if (shown.size() <= kMostBars) return shown;
  std::ranges::stable_sort(shown, std::greater{}, [&](std::size_t c) { return view.probabilities[c]; });
  shown.resize(kBarsOfMany);
  if (std::ranges::find(shown, view.truth) == shown.end()) shown.back() = view.truth;
  return shown;
}

void place_bars(cv::Mat& page, const FailureView& view, int left) {
  write(page, "what the model says", {left, kHead - 14}, 0.5, kInk);
  const auto shown = classes_to_show(view);
  const int step = kSide / static_cast<int>(std::max<std::size_t>(1, shown.size()));
  const int first = left + kNames, room = kBars - kNames - kFigures;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const std::size_t c = shown[i];
    const double p = view.probabilities[c];
    const int top = kHead + static_cast<int>(i) * step, height = std::max(4, std::min(24, step) - 6);
    const cv::Scalar& colour = c == view.truth ? kTruth : c == view.predicted ? kWrong : kInk;
    write(page, plain(view.classes[c], 14), {left, top + height}, 0.42, colour);
    cv::rectangle(page, cv::Rect(first, top, room, height), kTrack, cv::FILLED);
    const int length = static_cast<int>(std::lround(p * room));
    if (length > 0) cv::rectangle(page, cv::Rect(first, top, length, height), colour, cv::FILLED);
    write(page, fmt::format("{:.1f}%", 100 * p), {first + room + 6, top + height}, 0.42, colour);
  }
}

void place_words(cv::Mat& page, const FailureView& view, int top) {
  write(page,
        fmt::format("model: {}, {:.2f}% sure.  Truth: {}.", plain(view.classes[view.predicted], 30),
                    100 * view.probabilities[view.predicted], plain(view.classes[view.truth], 30)),
        {kMargin, top + 34}, 0.6, kInk);
  write(page, fmt::format("auditor: {:.1f}% likely to be wrong", 100 * view.auditor_risk), {kMargin, top + 68}, 0.6,
        kWrong);
}

}  // namespace

image::Picture draw_failure(const FailureView& view) {
  const cv::Mat clean = enlarged(view.clean, view), corrupted = enlarged(view.corrupted, view);
  const int second = kMargin + clean.cols + kMargin, bars = second + corrupted.cols + kMargin;
  const int bottom = kHead + std::max(clean.rows, kSide);
  cv::Mat page(bottom + kFoot, bars + kBars + kMargin, CV_8UC3, cv::Scalar::all(255));
  place_image(page, clean, kMargin, "clean");
  place_image(page, corrupted, second, plain(view.corruption, 26));
  place_bars(page, view, bars);
  place_words(page, view, bottom);
  return {.height = static_cast<std::size_t>(page.rows),
          .width = static_cast<std::size_t>(page.cols),
          .channels = 3,
          .bytes = {page.datastart, page.dataend}};
}

}  // namespace errata::audit
