#include "errata/image/video_writer.h"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "errata/image/video_sink.h"

namespace errata::image {
namespace {

namespace fs = std::filesystem;

class PictureFolder : public VideoSink {
 public:
  explicit PictureFolder(fs::path folder) : folder_(std::move(folder)) {}

  [[nodiscard]] Result<void> prepare() {
    std::error_code error;
    fs::create_directories(folder_, error);
    if (error || !fs::is_directory(folder_, error))
      return output_error(
          fmt::format("{}: cannot be made a folder{}", folder_.string(), error ? ": " + error.message() : ""));
    if (!fs::is_empty(folder_, error))
      return output_error(fmt::format("{}: is not empty; a folder of frames holds nothing else", folder_.string()));
    return {};
  }
  [[nodiscard]] Result<void> add(const Picture& picture) override {
    return write_png(folder_ / fmt::format("{:06}.png", ++count_), picture);
  }
  [[nodiscard]] Result<void> finish() override { return {}; }

 private:
  fs::path folder_;
  std::size_t count_ = 0;
};

Result<std::unique_ptr<VideoSink>> folder_sink(const fs::path& folder) {
  auto sink = std::make_unique<PictureFolder>(folder);
  ERRATA_TRY(sink->prepare());
  return sink;
}

}  // namespace

VideoWriter::VideoWriter(std::unique_ptr<VideoSink> sink) : sink_(std::move(sink)) {}
VideoWriter::VideoWriter(VideoWriter&&) noexcept = default;
VideoWriter& VideoWriter::operator=(VideoWriter&&) noexcept = default;
VideoWriter::~VideoWriter() = default;

Result<VideoWriter> VideoWriter::create(const fs::path& place, const VideoWriterOptions& options) {
  const double rate = options.frames_per_second;
  const std::string ending = place.extension().string();
  if (!(rate >= 0.1 && rate <= 240))
    return invalid_argument(fmt::format("{} frames per second are not in [0.1, 240]", rate));
  if (ending == ".gif" && rate > 50)
    return invalid_argument(
        fmt::format("{}: {} frames per second are more than the 50 of a GIF", place.string(), rate));
  if (!ending.empty() && ending != ".mp4" && ending != ".gif")
    return invalid_argument(fmt::format(
        "{}: a video is written as .mp4, as .gif, or as a folder of frames without an ending", place.string()));
  ERRATA_ASSIGN(auto sink, ending == ".mp4"   ? mp4_sink(place, rate)
                           : ending == ".gif" ? gif_sink(place, rate)
                                              : folder_sink(place));
  VideoWriter writer(std::move(sink));
  writer.place_ = place;
  return writer;
}

Result<void> VideoWriter::add(const Picture& picture) {
  ERRATA_CHECK(picture.height > 0 && picture.width > 0);
  if (count_++ == 0) {
    height_ = picture.height;
    width_ = picture.width;
  }
  if (picture.height != height_ || picture.width != width_)
    return invalid_argument(fmt::format("{}: picture {} is {} x {} pixels, the first {} x {}; a video has one size",
                                        place_.string(), count_, picture.width, picture.height, width_, height_));
  return sink_->add(picture.channels == 3 ? picture : in_colour(picture));
}

Result<void> VideoWriter::finish() {
  if (count_ == 0) return invalid_argument(fmt::format("{}: a video needs one picture at least", place_.string()));
  return sink_->finish();
}

}  // namespace errata::image
