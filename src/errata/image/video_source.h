#pragma once

#include <filesystem>
#include <memory>
#include <optional>

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
  [[nodiscard]] const VideoFacts& facts() const { return facts_; }
  [[nodiscard]] const VideoDamage& damage() const { return damage_; }

 protected:
  void count_broken(std::string words) {
    if (damage_.broken++ == 0) damage_.words = std::move(words);
  }
  VideoFacts facts_;
  VideoDamage damage_;
};

/// A file that libav reads (video_file.cc), and a folder of pictures (video_folder.cc).
[[nodiscard]] Result<std::unique_ptr<VideoSource>> open_video_file(const std::filesystem::path& place);
[[nodiscard]] Result<std::unique_ptr<VideoSource>> open_frame_folder(const std::filesystem::path& folder,
                                                                     double frames_per_second);

}  // namespace errata::image
