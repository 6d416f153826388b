#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "errata/relevance/allocator.h"

namespace errata::relevance {

/// How far the content of a frame lies from where it was in the frame before.
struct FrameShift {
  double down = 0, right = 0;  ///< pixels
  double response = 0;         ///< of the phase correlation, in [0, 1]: 1 for a pure shift, near 0 for another scene
};

/// Phase correlation of two frames of one size, at a quarter of a megapixel or less.
/// Reference: C. D. Kuglin, D. C. Hines, ICCS 1975.
[[nodiscard]] FrameShift shift_between(const Plane& before, const Plane& after);

struct VideoOptions {
  AllocateOptions allocate{};
  double boundary = .25;  ///< in [0, 1]: a response below it, and pictures that differ, begin another scene
  double cached = .7;     ///< in [0, 1): weight of the relevance carried on from the frame before
};

/// A frame's allocation.
struct FrameAllocation {
  std::size_t number = 0;  ///< from 0
  double seconds = 0;      ///< from the beginning of the video
  Allocated allocated;
  FrameShift shift{};           ///< from the frame before; of the first 0
  bool begins_context = false;  ///< the first frame, or one after a boundary: nothing is carried on
};

/// What the frames of a video got, and all that a report of it tells.
struct VideoSummary {
  std::string video, query{};
  std::string encoder{};  ///< empty: nothing related the query to the frames
  AllocateOptions options{};
  std::size_t height = 0, width = 0;             ///< of the first frame
  std::size_t frames = 0, tokens = 0;            ///< of all frames
  std::size_t most_tokens = 0;                   ///< of one frame
  std::vector<double> contexts{};                ///< seconds at which one begins; of the first 0
  std::map<Strategy, std::size_t> strategies{};  ///< frames by strategy
  bool unlike_not_told = false;                  ///< of any frame (Allocated::unlike_not_told)
  std::vector<std::string> warnings{};
};
/// Counts a frame.
void add_frame(const FrameAllocation& frame, VideoSummary& summary);

/// Allocates the frames of a video one after the other. Relevance is carried on along the motion and blended with that
/// of the frame, so that budgets do not jump; at a boundary between scenes it begins anew.
class VideoAllocator {
 public:
  /// @param encoder  null, or outlives the allocator
  /// @return invalid_argument naming the option out of its range
  [[nodiscard]] static Result<VideoAllocator> make(const VideoOptions& options, std::string_view query,
                                                   const QueryEncoder* encoder);
  VideoAllocator(VideoAllocator&&) noexcept;
  VideoAllocator& operator=(VideoAllocator&&) noexcept;
  ~VideoAllocator();

  /// @param frame  of any size; another size than before begins a context
  [[nodiscard]] Result<FrameAllocation> next(const image::Picture& frame, ThreadPool& pool);

 private:
  struct State;
  explicit VideoAllocator(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace errata::relevance
