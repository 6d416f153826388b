#pragma once

#include <filesystem>
#include <memory>

#include "errata/image/video_writer.h"

namespace errata::image {

/// Where the pictures of a VideoWriter go: always of 3 channels and one size.
class VideoSink {
 public:
  VideoSink() = default;
  VideoSink(const VideoSink&) = delete;
  VideoSink& operator=(const VideoSink&) = delete;
  virtual ~VideoSink() = default;

  [[nodiscard]] virtual Result<void> add(const Picture& picture) = 0;
  [[nodiscard]] virtual Result<void> finish() = 0;
};

/// Files that libav writes (video_sink.cc).
[[nodiscard]] Result<std::unique_ptr<VideoSink>> mp4_sink(const std::filesystem::path& place, double frames_per_second);
[[nodiscard]] Result<std::unique_ptr<VideoSink>> gif_sink(const std::filesystem::path& place, double frames_per_second);

}  // namespace errata::image
