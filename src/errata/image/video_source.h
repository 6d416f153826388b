#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "errata/image/video.h"

namespace errata::image {

/// Where the frames of a VideoReader come from.
class VideoSource {
 public:
  VideoSource() = default;
  VideoSource(const VideoSource&) = delete;
  VideoSource& operator=(const VideoSource&) = delete;
  virtual ~VideoSource() = default;

  [[nodiscard]] virtual Result<std::optional<VideoFrame>> next() = 0;
  [[nodiscard]] virtual const VideoFacts& facts() const = 0;
  [[nodiscard]] virtual const VideoDamage& damage() const = 0;
};

/// Counts a frame that cannot be decoded.
inline void count_broken(VideoDamage& damage, std::string words) {
  if (damage.broken++ == 0) damage.words = std::move(words);
}

/// A file that libav reads (video_file.cc), and a folder of pictures (video_folder.cc).
[[nodiscard]] Result<std::unique_ptr<VideoSource>> open_video_file(const std::filesystem::path& place);
[[nodiscard]] Result<std::unique_ptr<VideoSource>> open_frame_folder(const std::filesystem::path& folder,
                                                                     double frames_per_second);

}  // namespace errata::image
