#pragma once

#include <functional>
#include <string>

#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/base/thread_pool.h"
#include "errata/engine_nn/query_encoders.h"
#include "errata/relevance/allocator.h"
#include "errata/relevance/fixations.h"
#include "errata/relevance/video_allocator.h"
#include "errata/relevance/video_course.h"

namespace errata::engine_nn {

struct AllocateRequest {
  std::string image;    ///< a PNG or JPEG file
  std::string query{};  ///< UTF-8; empty: nothing is asked for
  EncoderRequest encoders{};
  relevance::AllocateOptions options{};
  relevance::FixationOptions fixations{.most = 1};  ///< of an image; nobody looks, so none is left out as sure
};

/// Opens the image and what relates the query to it (open_encoder), and allocates.
/// @return invalid_argument for options and for a query that is not UTF-8; data errors of the files
[[nodiscard]] Result<relevance::ImageAllocation> allocate_image(const AllocateRequest& request, ThreadPool& pool,
                                                                const Progress& progress = {});

struct VideoAllocationRequest {
  AllocateRequest allocate;
  std::string overlay{};        ///< .mp4, .gif or a folder: the frames with their allocations; empty: none
  std::size_t most_frames = 0;  ///< 0: all
};

/// Allocates every frame of a video, one by one, so that memory does not grow with it, and draws them.
/// @param tell_frame  gets each frame's allocation in order; what it returns as an error ends the work
/// @return as allocate_image(); invalid_argument of several fixations; output error of the overlay
[[nodiscard]] Result<relevance::VideoAllocation> allocate_video(
    const VideoAllocationRequest& request, ThreadPool& pool, const Progress& progress,
    const std::function<Result<void>(const relevance::FrameAllocation& frame)>& tell_frame);

/// Whether a place is a video: a folder, or a file that begins as MP4 or GIF does.
[[nodiscard]] bool is_video(const std::string& place);

}  // namespace errata::engine_nn
