#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "errata/image/picture.h"
#include "errata/relevance/video_allocator.h"

namespace errata::relevance {

/// How far budgets jump from one frame to the next, apart from where the picture moved: the budgets of the frame
/// before, spread over their patches and moved by the shift, against those of this one where the two frames overlap,
///     Σ |then − now| / Σ (then + now)/2,
/// in [0, 2]: 0 where they moved along, 2 where they have nothing in common.
/// @return nothing where no tokens lie there, or the frames are not of one size
/// Cost: O(patches)
[[nodiscard]] std::optional<double> allocation_jitter(const Allocation& before, const Allocation& after,
                                                      const FrameShift& shift);

/// Frames of a video that follow each other, as one point of a chart.
struct VideoStretch {
  std::size_t first = 0;                     ///< number of its first frame
  double seconds = 0;                        ///< when that is shown
  std::size_t frames = 0, tokens = 0;        ///< of all its frames
  double shift = 0;                          ///< pixels, sum over the frames
  double jitter = 0;                         ///< sum over those that have one
  std::size_t jittered = 0;                  ///< how many that are
  std::size_t contexts = 0;                  ///< that begin in it
  std::array<std::size_t, 6> by_strategy{};  ///< frames, in the order of Strategy

  [[nodiscard]] Strategy strategy() const;  ///< of most frames, of equally many the first
};

/// A frame that a report shows.
struct ShownFrame {
  std::size_t number = 0;
  double seconds = 0;
  bool begins_context = false;
  Strategy strategy{};
  Allocation allocation;
  image::Picture picture;  ///< made smaller, neither side beyond VideoCourse::kShownSide
};

/// What a video's frames got over time, in memory that does not grow with it: stretches of frames whose length doubles
/// when there are too many, and frames at even distances that double likewise.
class VideoCourse {
 public:
  static constexpr std::size_t kMostStretches = 512, kMostShown = 12, kShownSide = 384;

  /// @param frame    the next one  @param picture  as it was allocated
  void add(const FrameAllocation& frame, const image::Picture& picture);

  [[nodiscard]] const std::vector<VideoStretch>& stretches() const { return stretches_; }
  [[nodiscard]] std::size_t frames_a_stretch() const { return frames_a_stretch_; }  ///< fewer in the last
  [[nodiscard]] const std::vector<ShownFrame>& shown() const { return shown_; }

 private:
  void show(const FrameAllocation& frame, const image::Picture& picture);

  std::vector<VideoStretch> stretches_;
  std::vector<ShownFrame> shown_;
  std::size_t frames_a_stretch_ = 1, frames_a_shown_ = 1;
  std::optional<Allocation> before_;
};

/// A video's allocations, as a report tells them.
struct VideoAllocation {
  VideoSummary summary;
  VideoCourse course{};
};

}  // namespace errata::relevance
