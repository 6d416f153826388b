#include "errata/engine_nn/allocate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <ranges>
#include <utility>

#include "errata/base/cancellation.h"
#include "errata/base/utf8.h"
#include "errata/image/video.h"
#include "errata/image/video_writer.h"
#include "errata/relevance/overlay.h"

namespace errata::engine_nn {
namespace {

using relevance::ImageAllocation;

/// The query that is used; what was done to it is told.
Result<std::string> take_query(const std::string& query, std::vector<std::string>& warnings) {
  const std::string shown = with_broken_bytes_shown(query);
  if (shown != query) return invalid_argument(fmt::format("the query is not UTF-8: {}", first_bytes(shown, 200)));
  const std::string_view used = first_bytes(query, relevance::kLongestQuery);
  if (used.size() < query.size())
    warnings.push_back(fmt::format("the query has {} bytes; the first {} are used", query.size(), used.size()));
  return std::string(used);
}

}  // namespace

Result<ImageAllocation> allocate_image(const AllocateRequest& request, ThreadPool& pool, const Progress& progress) {
  return until_cancelled([&]() -> Result<ImageAllocation> {
    ImageAllocation made{.image = request.image, .query = {}, .encoder = {}, .picture = {}, .options = request.options};
    ERRATA_ASSIGN(made.query, take_query(request.query, made.warnings));
    tell(progress, "reading the image");
    ERRATA_ASSIGN(made.picture, image::read_picture(request.image, {.as_shown = true}));
    ERRATA_ASSIGN(const auto encoder, open_encoder(request.encoders, made.query, pool, progress, made.warnings));
    tell(progress, "allocating");
    if (encoder) made.encoder = encoder->name();
    ERRATA_ASSIGN(relevance::Scored scored,
                  relevance::score_image(made.picture, made.query, encoder.get(), nullptr, request.options, pool));
    ERRATA_ASSIGN(auto fixations, relevance::fixate(scored, request.options, request.fixations, nullptr));
    made.allocated = std::move(fixations.front());
    for (auto& later : fixations | std::views::drop(1)) made.later.push_back(std::move(later.allocation));
    made.revisits = request.fixations.revisit;
    made.channels = std::move(scored.stack);
    return made;
  });
}

bool is_video(const std::string& place) {
  std::error_code ignored;
  if (std::filesystem::is_directory(place, ignored)) return true;
  std::array<char, 12> begin{};
  std::ifstream(place, std::ios::binary).read(begin.data(), begin.size());
  const std::string_view bytes(begin.data(), begin.size());
  return bytes.starts_with("GIF8") || bytes.substr(4, 4) == "ftyp";
}

namespace {

/// Frames in, allocations and drawn frames out.
class VideoWork {
 public:
  VideoWork(const VideoAllocationRequest& request, relevance::VideoAllocation& made)
      : request_(request), summary_(made.summary), course_(made.course) {}

  Result<void> run(image::VideoReader& video, relevance::VideoAllocator& allocator, ThreadPool& pool,
                   const Progress& progress,
                   const std::function<Result<void>(const relevance::FrameAllocation&)>& tell_frame) {
    ERRATA_TRY(open_overlay(video.facts().frames_per_second));
    while (request_.most_frames == 0 || summary_.frames < request_.most_frames) {
      ERRATA_ASSIGN(const std::optional<image::VideoFrame> frame, video.next());
      if (!frame) break;
      ERRATA_ASSIGN(relevance::FrameAllocation made, allocator.next(frame->picture, pool));
      made.number = summary_.frames;
      made.seconds = frame->seconds;
      relevance::add_frame(made, summary_);
      course_.add(made, frame->picture);
      if (overlay_) ERRATA_TRY(overlay_->add(relevance::draw_overlay(frame->picture, made.allocated.allocation)));
      ERRATA_TRY(tell_frame(made));
      const auto all = static_cast<double>(video.facts().frames);
      tell(progress, "allocating frames", all > 0 ? static_cast<double>(summary_.frames) / all : -1);
    }
    if (overlay_) ERRATA_TRY(overlay_->finish());
    return {};
  }

 private:
  Result<void> open_overlay(double frames_per_second) {
    if (request_.overlay.empty()) return {};
    constexpr double kMostOfGif = 50;
    image::VideoWriterOptions options;
    if (frames_per_second > 0) options.frames_per_second = std::clamp(frames_per_second, .1, kMostOfGif);
    ERRATA_ASSIGN(overlay_, image::VideoWriter::create(request_.overlay, options));
    return {};
  }

  const VideoAllocationRequest& request_;
  relevance::VideoSummary& summary_;
  relevance::VideoCourse& course_;
  std::optional<image::VideoWriter> overlay_;
};

}  // namespace

Result<relevance::VideoAllocation> allocate_video(
    const VideoAllocationRequest& request, ThreadPool& pool, const Progress& progress,
    const std::function<Result<void>(const relevance::FrameAllocation& frame)>& tell_frame) {
  return until_cancelled([&]() -> Result<relevance::VideoAllocation> {
    const AllocateRequest& asked = request.allocate;
    if (asked.fixations.most != 1)
      return invalid_argument(
          fmt::format("{}: fixations are of one image; a video's frames get one each", asked.image));
    relevance::VideoAllocation made{.summary = {.video = asked.image, .options = asked.options}};
    relevance::VideoSummary& summary = made.summary;
    ERRATA_ASSIGN(summary.query, take_query(asked.query, summary.warnings));
    ERRATA_ASSIGN(image::VideoReader video, image::VideoReader::open(asked.image));
    ERRATA_ASSIGN(const auto encoder, open_encoder(asked.encoders, summary.query, pool, progress, summary.warnings));
    if (encoder) summary.encoder = encoder->name();
    ERRATA_ASSIGN(relevance::VideoAllocator allocator,
                  relevance::VideoAllocator::make({.allocate = asked.options}, summary.query, encoder.get()));
    ERRATA_TRY(VideoWork(request, made).run(video, allocator, pool, progress, tell_frame));
    const image::VideoDamage& damage = video.damage();
    if (damage.broken > 0)
      summary.warnings.push_back(
          fmt::format("{} frames are broken and passed over; the first: {}", damage.broken, damage.words));
    if (damage.missing > 0)
      summary.warnings.push_back(fmt::format("{} frames that the file declares are not there", damage.missing));
    return made;
  });
}

}  // namespace errata::engine_nn
