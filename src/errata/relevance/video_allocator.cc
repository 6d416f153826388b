// Relevance along a video.
//
// The frame before and this one are compared by phase correlation, which measures a shift of the whole picture however
// large, and whose response tells a moved picture from another one: mean flow cannot, since a pan of 80 pixels is more
// motion than most cuts. A response is also low where the camera comes nearer, where light falls on everything or where
// much moves by itself; these keep most of their large shapes, so a boundary asks for a second witness: the thumbnails,
// brought to one brightness and contrast and to the measured shift, no longer correlate.
//
// Within a context the relevance of the frame before is carried by the global shift, and what moved by itself by the
// best match of each patch near there. The rest of a pixel that a patch cannot follow is interpolated.

#include "errata/relevance/video_allocator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <string>
#include <utility>

namespace errata::relevance {
namespace {

constexpr double kMostCompared = 512;  // pixels of the longer side
constexpr int kThumbnail = 48;         // pixels of the longer side
constexpr double kAlike = .45;         // correlation of thumbnails of one scene

cv::Mat grey_mat(const Plane& plane) {
  return {static_cast<int>(plane.height), static_cast<int>(plane.width), CV_32F,
          const_cast<float*>(plane.values.data())};  // NOLINT(cppcoreguidelines-pro-type-const-cast): is only read
}

cv::Mat at_most(const cv::Mat& image, double side) {
  const double factor = std::min(1.0, side / std::max(image.rows, image.cols));
  if (factor == 1.0) return image;
  cv::Mat small;
  cv::resize(image, small,
             {std::max(1, static_cast<int>(std::lround(image.cols * factor))),
              std::max(1, static_cast<int>(std::lround(image.rows * factor)))},
             0, 0, cv::INTER_AREA);
  return small;
}

/// Correlation of what two thumbnails have in common after a shift in their own pixels: 1 where one of them is blank, 0
/// where they have too little in common to tell.
double likeness(const cv::Mat& before, const cv::Mat& after, int down, int right) {
  const cv::Rect all({0, 0}, before.size());
  const cv::Rect seen = all & cv::Rect(cv::Point(-right, -down), before.size());
  if (seen.area() < all.area() / 8) return 0;
  cv::Mat a = before(seen).clone(), b = after(seen + cv::Point(right, down)).clone();
  a -= cv::mean(a)[0];
  b -= cv::mean(b)[0];
  const double lengths = cv::norm(a) * cv::norm(b);
  return lengths > 1e-6 ? a.dot(b) / lengths : 1;
}

bool is_boundary(const Plane& before, const Plane& after, const FrameShift& shift, double least_response) {
  if (shift.response >= least_response) return false;
  const cv::Mat a = at_most(grey_mat(before), kThumbnail), b = at_most(grey_mat(after), kThumbnail);
  const double factor = static_cast<double>(a.rows) / static_cast<double>(before.height);
  const auto pixels = [&](double full) { return static_cast<int>(std::lround(full * factor)); };
  return std::max(likeness(a, b, 0, 0), likeness(a, b, pixels(shift.down), pixels(shift.right))) < kAlike;
}

/// The value at a place between the middles of patches, and whether it lies in the grid.
struct Carried {
  float value = 0;
  bool inside = false;
};
Carried value_at(const std::vector<float>& values, const PatchGrid& grid, double row, double column) {
  const double last_row = static_cast<double>(grid.rows()) - 1, last_column = static_cast<double>(grid.columns()) - 1;
  if (row < -.5 || column < -.5 || row > last_row + .5 || column > last_column + .5) return {};
  const double r = std::clamp(row, 0.0, last_row), c = std::clamp(column, 0.0, last_column);
  const auto top = static_cast<std::size_t>(r), left = static_cast<std::size_t>(c);
  const std::size_t below = std::min(top + 1, grid.rows() - 1), beside = std::min(left + 1, grid.columns() - 1);
  const auto at = [&](std::size_t y, std::size_t x) { return static_cast<double>(values[y * grid.columns() + x]); };
  const double dy = r - static_cast<double>(top), dx = c - static_cast<double>(left);
  const double above = std::lerp(at(top, left), at(top, beside), dx),
               under = std::lerp(at(below, left), at(below, beside), dx);
  return {.value = static_cast<float>(std::lerp(above, under, dy)), .inside = true};
}

/// Mean absolute difference of a patch to the frame before, moved back by whole pixels; nothing beyond its edge.
std::optional<float> difference(const Plane& before, const Plane& after, const image::Box& box, long down, long right) {
  const long top = static_cast<long>(box.top) - down, left = static_cast<long>(box.left) - right;
  if (top < 0 || left < 0 || top + static_cast<long>(box.height) > static_cast<long>(before.height) ||
      left + static_cast<long>(box.width) > static_cast<long>(before.width))
    return std::nullopt;
  float sum = 0;
  for (std::size_t y = 0; y < box.height; y += 2) {
    const float* now = after.values.data() + (box.top + y) * after.width + box.left;
    const float* then =
        before.values.data() + (static_cast<std::size_t>(top) + y) * before.width + static_cast<std::size_t>(left);
    for (std::size_t x = 0; x < box.width; x += 2) sum += std::abs(now[x] - then[x]);
  }
  const std::size_t compared = (box.height + 1) / 2 * ((box.width + 1) / 2);
  return sum / static_cast<float>(compared);
}

/// The frame before as the camera's motion would have it look now; what was beyond its edge is its edge.
image::Picture follow_camera(const image::Picture& before, const FrameShift& shift) {
  image::Picture moved = before;
  const long down = std::lround(shift.down), right = std::lround(shift.right);
  const long last_row = static_cast<long>(before.height) - 1, last_column = static_cast<long>(before.width) - 1;
  for (long y = 0; y <= last_row; ++y) {
    const long from_row = std::clamp(y - down, 0L, last_row);
    for (long x = 0; x <= last_column; ++x) {
      const auto from = static_cast<std::size_t>(from_row * (last_column + 1) + std::clamp(x - right, 0L, last_column));
      const auto to = static_cast<std::size_t>(y * (last_column + 1) + x);
      std::copy_n(before.bytes.data() + from * before.channels, before.channels,
                  moved.bytes.data() + to * before.channels);
    }
  }
  return moved;
}

constexpr float kSame = .03F;           // a patch that differs by less followed the camera
constexpr long kReach = 24, kStep = 6;  // where a patch that did not is looked for, pixels

struct PatchShift {
  double down = 0, right = 0;
};
/// Where a patch came from: with the camera, unless it is found better nearby.
PatchShift residual_shift(const Plane& before, const Plane& after, const image::Box& box, const FrameShift& shift) {
  const long down = std::lround(shift.down), right = std::lround(shift.right);
  const auto with_camera = difference(before, after, box, down, right);
  PatchShift best{.down = shift.down, .right = shift.right};
  if (with_camera && *with_camera < kSame) return best;
  float least = with_camera ? *with_camera * .7F : 1;  // what is hardly better is chance
  for (long dy = -kReach; dy <= kReach; dy += kStep)
    for (long dx = -kReach; dx <= kReach; dx += kStep) {
      const auto found = difference(before, after, box, down + dy, right + dx);
      if (!found || *found >= least) continue;
      least = *found;
      best = {.down = static_cast<double>(down + dy), .right = static_cast<double>(right + dx)};
    }
  return best;
}

}  // namespace

FrameShift shift_between(const Plane& before, const Plane& after) {
  // Copies, since the window is laid on what is compared, in place.
  const cv::Mat a = at_most(grey_mat(before), kMostCompared).clone();
  const cv::Mat b = at_most(grey_mat(after), kMostCompared).clone();
  if (a.rows < 8 || a.cols < 8) return {};  // too small for a spectrum: taken for one scene that stands still
  cv::Mat window;
  cv::createHanningWindow(window, a.size(), CV_32F);
  FrameShift shift;
  const cv::Point2d found = cv::phaseCorrelate(a, b, window, &shift.response);
  shift.right = found.x * static_cast<double>(before.width) / a.cols;
  shift.down = found.y * static_cast<double>(before.height) / a.rows;
  if (!std::isfinite(shift.response) || !std::isfinite(found.x) || !std::isfinite(found.y)) return {.response = 1};
  return shift;
}

void add_frame(const FrameAllocation& frame, VideoSummary& summary) {
  const std::size_t tokens = frame.allocated.allocation.tokens();
  if (summary.frames == 0) {
    summary.height = frame.allocated.allocation.grid.height;
    summary.width = frame.allocated.allocation.grid.width;
  }
  ++summary.frames;
  summary.tokens += tokens;
  summary.most_tokens = std::max(summary.most_tokens, tokens);
  if (frame.begins_context) summary.contexts.push_back(frame.seconds);
  summary.unlike_not_told |= frame.allocated.unlike_not_told;
  ++summary.strategies[frame.allocated.selection.strategy];
}

struct VideoAllocator::State {
  VideoOptions options;
  std::string query;
  const QueryEncoder* encoder = nullptr;
  std::optional<image::Picture> before;
  Plane grey_before;
  std::vector<float> carried;  ///< [patches] blended relevance of the frame before
  Strategy strategy{};         ///< of this context: another one from frame to frame would be a jump of its own

  [[nodiscard]] bool begins_context(const Plane& grey, FrameShift& shift) const {
    if (!before || grey.height != grey_before.height || grey.width != grey_before.width) return true;
    shift = shift_between(grey_before, grey);
    return is_boundary(grey_before, grey, shift, options.boundary);
  }

  void blend(const Plane& grey, const FrameShift& shift, std::vector<float>& relevance) const {
    const PatchGrid grid = grid_of(grey);
    constexpr double kSide = kPatch;
    for (std::size_t patch = 0; patch < relevance.size(); ++patch) {
      const PatchShift from = residual_shift(grey_before, grey, grid.box(patch), shift);
      const Carried old = value_at(carried, grid, static_cast<double>(grid.row_of(patch)) - from.down / kSide,
                                   static_cast<double>(grid.column_of(patch)) - from.right / kSide);
      if (old.inside) relevance[patch] = std::lerp(relevance[patch], old.value, static_cast<float>(options.cached));
    }
  }
};

Result<VideoAllocator> VideoAllocator::make(const VideoOptions& options, std::string_view query,
                                            const QueryEncoder* encoder) {
  ERRATA_TRY(options.allocate.check());
  if (!(options.cached >= 0 && options.cached < 1))
    return invalid_argument(fmt::format("a weight of the frame before of {} is not in [0, 1)", options.cached));
  if (!(options.boundary >= 0 && options.boundary <= 1))
    return invalid_argument(fmt::format("a response of {} at a boundary is not in [0, 1]", options.boundary));
  auto state = std::make_unique<State>();
  state->options = options;
  state->query = query;
  state->encoder = encoder;
  return VideoAllocator(std::move(state));
}

VideoAllocator::VideoAllocator(std::unique_ptr<State> state) : state_(std::move(state)) {}
VideoAllocator::VideoAllocator(VideoAllocator&&) noexcept = default;
VideoAllocator& VideoAllocator::operator=(VideoAllocator&&) noexcept = default;
VideoAllocator::~VideoAllocator() = default;

Result<FrameAllocation> VideoAllocator::next(const image::Picture& frame, ThreadPool& pool) {
  State& state = *state_;
  FrameAllocation made;
  Plane grey = planes_of(frame).grey;
  made.begins_context = state.begins_context(grey, made.shift);
  std::optional<image::Picture> earlier;
  if (!made.begins_context) earlier = follow_camera(*state.before, made.shift);
  AllocateOptions options = state.options.allocate;
  ERRATA_ASSIGN(Scored scored,
                score_image(frame, state.query, state.encoder, earlier ? &*earlier : nullptr, options, pool));
  if (!made.begins_context) {
    state.blend(grey, made.shift, scored.scores.balanced);
    options.strategy = state.strategy;
  }
  made.allocated = allocate_scored(scored, {}, options);
  state.strategy = made.allocated.selection.strategy;
  state.carried = std::move(scored.scores.balanced);
  state.before = frame;
  state.grey_before = std::move(grey);
  return made;
}

}  // namespace errata::relevance
