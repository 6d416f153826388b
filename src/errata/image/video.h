#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "errata/base/error.h"
#include "errata/image/picture.h"

namespace errata::image {

/// One picture of a video.
struct VideoFrame {
  Picture picture;     ///< always of 3 channels
  double seconds = 0;  ///< from the beginning of the video
};

/// What a video says about itself before it is decoded.
struct VideoFacts {
  std::size_t height = 0, width = 0;  ///< of the pictures, as shown
  std::size_t frames = 0;             ///< that it declares; 0 where it does not say
  double frames_per_second = 0;       ///< on average; 0 where it does not say
};

/// What could not be read so far.
struct VideoDamage {
  std::size_t broken = 0;   ///< frames that are there and cannot be decoded: passed over
  std::size_t missing = 0;  ///< frames that are declared and not there; known at the end
  std::string words{};      ///< about the first broken one
};

struct VideoOptions {
  double frames_per_second = 25;  ///< of a folder of frames, which has no times; in [0.001, 1000]
};

class VideoSource;

/// Frames of a video one by one: no more than a few are in memory at a time, however long it is. Reads MP4 with H.264,
/// told apart by its first bytes, GIF likewise, and a folder of PNG or JPEG files in the order of the last number in
/// their names. What is transparent is laid on black; frames are turned as the file says. A frame that is broken is
/// passed over and counted, and those that build on it are given as they decode, until the next whole picture.
/// Threads: each reader by one at a time; a file gives the same frames each time.
class VideoReader {
 public:
  /// @return data error naming the place: not there, another kind of file, no video in it, cut short before its index,
  ///     a codec that is not read, more than kMostPixels pixels a frame; invalid_argument for options out of range
  [[nodiscard]] static Result<VideoReader> open(const std::filesystem::path& place, const VideoOptions& options = {});
  VideoReader(VideoReader&&) noexcept;
  VideoReader& operator=(VideoReader&&) noexcept;
  ~VideoReader();

  /// The next frame, or nothing at the end.
  /// @return data error naming the place: not one frame could be decoded, a frame of another size than the first
  [[nodiscard]] Result<std::optional<VideoFrame>> next();

  [[nodiscard]] const VideoFacts& facts() const;
  [[nodiscard]] const VideoDamage& damage() const;

 private:
  explicit VideoReader(std::unique_ptr<VideoSource> source);
  std::unique_ptr<VideoSource> source_;
};

}  // namespace errata::image
