#include "errata/image/video.h"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "errata/image/video_source.h"

namespace errata::image {

VideoReader::VideoReader(std::unique_ptr<VideoSource> source) : source_(std::move(source)) {}
VideoReader::VideoReader(VideoReader&&) noexcept = default;
VideoReader& VideoReader::operator=(VideoReader&&) noexcept = default;
VideoReader::~VideoReader() = default;

Result<VideoReader> VideoReader::open(const std::filesystem::path& place, const VideoOptions& options) {
  if (!(options.frames_per_second >= 0.001 && options.frames_per_second <= 1000))
    return invalid_argument(fmt::format("{} frames per second are not in [0.001, 1000]", options.frames_per_second));
  std::error_code ignored;
  ERRATA_ASSIGN(auto source, std::filesystem::is_directory(place, ignored)
                                 ? open_frame_folder(place, options.frames_per_second)
                                 : open_video_file(place));
  return VideoReader(std::move(source));
}

Result<std::optional<VideoFrame>> VideoReader::next() { return source_->next(); }
const VideoFacts& VideoReader::facts() const { return source_->facts(); }
const VideoDamage& VideoReader::damage() const { return source_->damage(); }

}  // namespace errata::image
