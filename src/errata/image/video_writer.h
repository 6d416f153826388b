#pragma once

#include <filesystem>
#include <memory>

#include "errata/base/error.h"
#include "errata/image/picture.h"

namespace errata::image {

struct VideoWriterOptions {
  double frames_per_second = 25;  ///< in [0.1, 240]; of a GIF at most 50, in whole hundredths of a second a frame
};

class VideoSink;

/// Writes a video picture by picture, by the ending of its name:
///   NAME.mp4  H.264, constant quality (crf 18), 4:2:0; a side of an odd number of pixels is one longer, its last row
///   or
///             column repeated, as the codec needs it
///   NAME.gif  256 colours of each picture's own (image/palette.h), repeated for ever
///   NAME      a folder that is made, or is empty: 000001.png, 000002.png, …
/// A file appears under its name by finish(), whole or not at all; a folder fills picture by picture.
/// Threads: by one at a time; the same pictures give the same bytes on one machine.
class VideoWriter {
 public:
  /// @return invalid_argument for another ending and for options out of range; output error naming a place that cannot
  ///     be written; unavailable where libavcodec has no encoder for H.264 (libx264)
  [[nodiscard]] static Result<VideoWriter> create(const std::filesystem::path& place,
                                                  const VideoWriterOptions& options = {});
  VideoWriter(VideoWriter&&) noexcept;
  VideoWriter& operator=(VideoWriter&&) noexcept;
  ~VideoWriter();

  /// @param picture  1 or 3 channels, at least one pixel
  /// @return invalid_argument for another size than the first one's; output error naming the place
  [[nodiscard]] Result<void> add(const Picture& picture);
  /// Writes what is left, and gives the file its name; add() is not called any more.
  /// @return invalid_argument where no picture was added; output error naming the place
  [[nodiscard]] Result<void> finish();

 private:
  explicit VideoWriter(std::unique_ptr<VideoSink> sink);
  std::unique_ptr<VideoSink> sink_;
  std::filesystem::path place_;
  std::size_t count_ = 0, height_ = 0, width_ = 0;
};

}  // namespace errata::image
