#include "errata/relevance/video_course.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "errata/image/fitted.h"

namespace errata::relevance {
namespace {

std::vector<double> tokens_of_patches(const Allocation& allocation) {
  std::vector<double> tokens(allocation.grid.count());
  for (std::size_t i = 0; i < allocation.positions.size(); ++i)
    tokens[allocation.positions[i]] = static_cast<double>(allocation.budgets[i]);
  return tokens;
}

/// The whole patches that a length moves by, and the rest as a share of one.
struct Moved {
  long patches = 0;
  double share = 0;
};
Moved moved(double pixels) {
  const double patches = pixels / static_cast<double>(kPatch), whole = std::floor(patches);
  return {.patches = static_cast<long>(whole), .share = patches - whole};
}

void join(VideoStretch& stretch, const VideoStretch& next) {
  stretch.frames += next.frames;
  stretch.tokens += next.tokens;
  stretch.shift += next.shift;
  stretch.jitter += next.jitter;
  stretch.jittered += next.jittered;
  stretch.contexts += next.contexts;
  for (std::size_t i = 0; i < stretch.by_strategy.size(); ++i) stretch.by_strategy[i] += next.by_strategy[i];
}

}  // namespace

std::optional<double> allocation_jitter(const Allocation& before, const Allocation& after, const FrameShift& shift) {
  if (before.grid != after.grid) return std::nullopt;
  const std::vector<double> old = tokens_of_patches(before), now = tokens_of_patches(after);
  const auto rows = static_cast<long>(after.grid.rows()), columns = static_cast<long>(after.grid.columns());
  const Moved down = moved(-shift.down), right = moved(-shift.right);
  double apart = 0, mass = 0;
  // Moved back, a patch lies over four of the frame before, each of which covers a rectangle of it.
  for (long row = 0; row < rows; ++row)
    for (long column = 0; column < columns; ++column) {
      const double here = now[static_cast<std::size_t>(row * columns + column)];
      for (const long y : {0L, 1L})
        for (const long x : {0L, 1L}) {
          const double area = (y == 0 ? 1 - down.share : down.share) * (x == 0 ? 1 - right.share : right.share);
          const long from_row = row + down.patches + y, from_column = column + right.patches + x;
          if (area == 0 || from_row < 0 || from_column < 0 || from_row >= rows || from_column >= columns) continue;
          const double then = old[static_cast<std::size_t>(from_row * columns + from_column)];
          apart += area * std::abs(then - here);
          mass += area * (then + here) / 2;
        }
    }
  return mass > 0 ? std::optional(apart / mass) : std::nullopt;
}

Strategy VideoStretch::strategy() const {
  return static_cast<Strategy>(std::ranges::max_element(by_strategy) - by_strategy.begin());
}

void VideoCourse::add(const FrameAllocation& frame, const image::Picture& picture) {
  const Allocation& allocation = frame.allocated.allocation;
  VideoStretch one{.first = frame.number,
                   .seconds = frame.seconds,
                   .frames = 1,
                   .tokens = allocation.tokens(),
                   .shift = std::hypot(frame.shift.down, frame.shift.right),
                   .contexts = frame.begins_context ? 1U : 0U};
  one.by_strategy.at(static_cast<std::size_t>(frame.allocated.selection.strategy)) = 1;
  if (before_ && !frame.begins_context) {
    if (const auto jitter = allocation_jitter(*before_, allocation, frame.shift)) {
      one.jitter = *jitter;
      one.jittered = 1;
    }
  }
  before_ = allocation;
  if (!stretches_.empty() && stretches_.back().frames < frames_a_stretch_) {
    join(stretches_.back(), one);
  } else {
    if (stretches_.size() == kMostStretches) {
      for (std::size_t i = 0; i < kMostStretches / 2; ++i) {
        stretches_[i] = stretches_[2 * i];
        join(stretches_[i], stretches_[2 * i + 1]);
      }
      stretches_.resize(kMostStretches / 2);
      frames_a_stretch_ *= 2;
    }
    stretches_.push_back(one);
  }
  show(frame, picture);
}

void VideoCourse::show(const FrameAllocation& frame, const image::Picture& picture) {
  if (frame.number % frames_a_shown_ != 0) return;
  if (shown_.size() == kMostShown) {
    frames_a_shown_ *= 2;
    std::erase_if(shown_, [&](const ShownFrame& shown) { return shown.number % frames_a_shown_ != 0; });
    if (frame.number % frames_a_shown_ != 0) return;
  }
  shown_.push_back({.number = frame.number,
                    .seconds = frame.seconds,
                    .begins_context = frame.begins_context,
                    .strategy = frame.allocated.selection.strategy,
                    .allocation = frame.allocated.allocation,
                    .picture = image::fitted(picture, kShownSide)});
}

}  // namespace errata::relevance
