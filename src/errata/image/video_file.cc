/// libav takes files apart and decodes them. It knows hundreds of formats, some of which open other files or speak to
/// servers: so the format is settled here by the file's first bytes, the codec by a list of two, and no protocol but
/// that of files is allowed. One thread decodes, and the conversion to RGB is the exact one, so a file gives the same
/// bytes each time.

#include <fmt/format.h>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libswscale/swscale.h>
}

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "errata/image/libav.h"
#include "errata/image/orientation.h"
#include "errata/image/video_source.h"

namespace errata::image {
namespace {

/// The kind of container, by the first bytes of a file; empty for another.
Result<std::string> container_of(const std::filesystem::path& place) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(place, error))
    return data_error(fmt::format("{}: {}", place.string(),
                                  error ? error.message() : std::string("is no regular file, which a video must be")));
  std::ifstream stream(place, std::ios::binary);
  if (!stream) return data_error(fmt::format("{}: cannot be opened", place.string()));
  std::array<char, 8> bytes{};
  stream.read(bytes.data(), bytes.size());
  const std::string_view first(bytes.data(), static_cast<std::size_t>(stream.gcount()));
  if (first.starts_with("GIF8")) return "gif";
  const std::string_view name = first.substr(std::min<std::size_t>(4, first.size()));
  for (const std::string_view box : {"ftyp", "moov", "mdat", "free", "skip", "wide"})
    if (name == box) return "mov";
  return data_error(fmt::format("{}: is neither an MP4 nor a GIF file, nor a folder of frames", place.string()));
}

/// How a film is to be turned, by the matrix beside it; upright where that is no turn of quarters.
Orientation orientation_of_stream(const AVStream& stream) {
  const auto* matrix =
      reinterpret_cast<const std::int32_t*>(av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, nullptr));
  if (matrix == nullptr) return Orientation::upright;
  const double left = av_display_rotation_get(matrix);  // degrees, NaN for a matrix that turns nothing
  if (std::abs(left - 90) < 1) return Orientation::turned_left;
  if (std::abs(left + 90) < 1) return Orientation::turned_right;
  if (std::abs(std::abs(left) - 180) < 1) return Orientation::upside_down;
  return Orientation::upright;
}

struct CloseInput {
  void operator()(AVFormatContext* input) const { avformat_close_input(&input); }
};

class VideoFile : public VideoSource {
 public:
  explicit VideoFile(std::filesystem::path place) : place_(std::move(place)) {}

  [[nodiscard]] Result<void> open() {
    ERRATA_ASSIGN(const std::string container, container_of(place_));
    silence_libav();
    AVFormatContext* made = nullptr;
    AVDictionary* options = nullptr;
    av_dict_set(&options, "protocol_whitelist", "file", 0);
    const int opened = avformat_open_input(&made, ("file:" + place_.string()).c_str(),
                                           av_find_input_format(container.c_str()), &options);
    av_dict_free(&options);
    if (opened < 0) return refused(libav_words(opened));
    input_.reset(made);
    const int found = av_find_best_stream(made, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
    if (found < 0) return refused("there is no video in it");
    stream_ = made->streams[found];
    for (unsigned i = 0; i < made->nb_streams; ++i)
      if (made->streams[i] != stream_) made->streams[i]->discard = AVDISCARD_ALL;
    ERRATA_TRY(open_decoder());
    return take_facts();
  }

  [[nodiscard]] Result<std::optional<VideoFrame>> next() override {
    while (true) {
      if (ended_) return std::nullopt;
      const int received = avcodec_receive_frame(decoder_.get(), frame_.get());
      if (received == 0) {
        ++decoded_;
        if (frame_->decode_error_flags == 0 && (frame_->flags & AV_FRAME_FLAG_CORRUPT) == 0) return frame_as_shown();
        count_broken(damage_, fmt::format("{}: frame {} is damaged", place_.string(), decoded_));
      } else if (received == AVERROR(EAGAIN)) {
        send_packet();
      } else if (received == AVERROR_EOF) {
        ended_ = true;
        ERRATA_TRY(check_end());
      } else {
        count_broken(damage_, fmt::format("{}: {}", place_.string(), libav_words(received)));
        if (++failures_ > kMostFailures) ended_ = true;
      }
    }
  }

  [[nodiscard]] const VideoFacts& facts() const override { return facts_; }
  [[nodiscard]] const VideoDamage& damage() const override { return damage_; }

 private:
  VideoFacts facts_;
  VideoDamage damage_;
  static constexpr std::size_t kMostFailures = 1000;  ///< of the decoder in a row without an end

  [[nodiscard]] std::unexpected<Error> refused(const std::string& why) const {
    return data_error(fmt::format("{}: cannot be read as a video: {}", place_.string(), why));
  }

  [[nodiscard]] Result<void> open_decoder() {
    const AVCodecID codec = stream_->codecpar->codec_id;
    if (codec != AV_CODEC_ID_H264 && codec != AV_CODEC_ID_GIF)
      return refused(fmt::format("its codec is {}; H.264 and GIF are read", avcodec_get_name(codec)));
    const AVCodec* const decoder = avcodec_find_decoder(codec);
    if (decoder == nullptr)
      return unavailable(
          fmt::format("{}: this machine's libavcodec has no decoder for {}", place_.string(), avcodec_get_name(codec)));
    decoder_.reset(avcodec_alloc_context3(decoder));
    ERRATA_CHECK(decoder_ != nullptr);
    if (const int copied = avcodec_parameters_to_context(decoder_.get(), stream_->codecpar); copied < 0)
      return refused(libav_words(copied));
    decoder_->thread_count = 1;
    decoder_->max_pixels = static_cast<std::int64_t>(kMostPixels);
    decoder_->pkt_timebase = stream_->time_base;
    // What libav would cover up is an error, so that it is counted.
    decoder_->err_recognition = AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_BUFFER | AV_EF_EXPLODE;
    if (const int opened = avcodec_open2(decoder_.get(), decoder, nullptr); opened < 0)
      return refused(libav_words(opened));
    return {};
  }

  [[nodiscard]] Result<void> take_facts() {
    const auto height = static_cast<std::size_t>(std::max(0, stream_->codecpar->height));
    const auto width = static_cast<std::size_t>(std::max(0, stream_->codecpar->width));
    if (height == 0 || width == 0 || width > kMostPixels / height)
      return refused(fmt::format("{} x {} pixels; 1 to {} are read", width, height, kMostPixels));
    orientation_ = orientation_of_stream(*stream_);
    const bool turns = static_cast<int>(orientation_) >= 5;
    facts_.height = turns ? width : height;
    facts_.width = turns ? height : width;
    facts_.frames = stream_->nb_frames > 0 ? static_cast<std::size_t>(stream_->nb_frames) : 0;
    const AVRational rate = stream_->avg_frame_rate;
    if (rate.num > 0 && rate.den > 0) facts_.frames_per_second = av_q2d(rate);
    return {};
  }

  /// Gives the decoder the next packet of the video, or says that there is none.
  void send_packet() {
    while (true) {
      const int read = av_read_frame(input_.get(), packet_.get());
      if (read < 0) {  // the end, or a file that is cut short
        avcodec_send_packet(decoder_.get(), nullptr);
        return;
      }
      if (packet_->stream_index != stream_->index) {
        av_packet_unref(packet_.get());
        continue;
      }
      ++packets_;
      const int sent = avcodec_send_packet(decoder_.get(), packet_.get());
      av_packet_unref(packet_.get());
      if (sent < 0)
        count_broken(damage_, fmt::format("{}: frame {}: {}", place_.string(), packets_, libav_words(sent)));
      return;
    }
  }

  [[nodiscard]] Result<void> check_end() {
    if (shown_ == 0) return refused("none of its frames can be decoded");
    const std::size_t read = shown_ + damage_.broken;
    if (facts_.frames > read) damage_.missing = facts_.frames - read;
    return {};
  }

  [[nodiscard]] Result<std::optional<VideoFrame>> frame_as_shown() {
    const bool turns = static_cast<int>(orientation_) >= 5;
    const auto height = static_cast<std::size_t>(frame_->height), width = static_cast<std::size_t>(frame_->width);
    if (height != (turns ? facts_.width : facts_.height) || width != (turns ? facts_.height : facts_.width)) {
      ended_ = true;
      return data_error(fmt::format("{}: frame {} is {} x {} pixels, the first {} x {}; a video has one size",
                                    place_.string(), shown_ + 1, width, height, facts_.width, facts_.height));
    }
    ERRATA_ASSIGN(Picture picture, converted());
    VideoFrame shown_frame{.picture = shown(std::move(picture), orientation_), .seconds = seconds()};
    av_frame_unref(frame_.get());
    ++shown_;
    failures_ = 0;
    return shown_frame;
  }

  [[nodiscard]] double seconds() {
    const std::int64_t at = frame_->best_effort_timestamp;
    if (at == AV_NOPTS_VALUE)
      return facts_.frames_per_second > 0 ? static_cast<double>(shown_) / facts_.frames_per_second : 0;
    if (shown_ == 0) first_ = at;
    return static_cast<double>(at - first_) * av_q2d(stream_->time_base);
  }

  /// The frame as stored, in RGB; what is transparent is laid on black.
  [[nodiscard]] Result<Picture> converted() {
    // Only GIF's frames know transparency, and theirs are of this format.
    const bool alpha = frame_->format == AV_PIX_FMT_BGRA || frame_->format == AV_PIX_FMT_RGBA;
    const AVPixelFormat to = alpha ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24;
    converter_.reset(sws_getCachedContext(converter_.release(), frame_->width, frame_->height,
                                          static_cast<AVPixelFormat>(frame_->format), frame_->width, frame_->height, to,
                                          SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_BITEXACT, nullptr,
                                          nullptr, nullptr));
    if (converter_ == nullptr) return refused("its colours are of a kind that cannot be converted");
    const int* const coefficients = sws_getCoefficients(frame_->colorspace);
    sws_setColorspaceDetails(converter_.get(), coefficients, frame_->color_range == AVCOL_RANGE_JPEG ? 1 : 0,
                             sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, 1 << 16, 1 << 16);
    Picture picture{.height = static_cast<std::size_t>(frame_->height),
                    .width = static_cast<std::size_t>(frame_->width),
                    .channels = 3,
                    .bytes{}};
    const std::size_t channels = alpha ? 4 : 3;
    // libswscale writes whole vectors, so each row has room behind it.
    constexpr std::size_t kRoom = 64;
    const std::size_t pitch = (picture.width * channels + kRoom) / kRoom * kRoom;
    rows_.resize(pitch * picture.height + kRoom);
    std::uint8_t* const planes[4] = {rows_.data(), nullptr, nullptr, nullptr};
    const int pitches[4] = {static_cast<int>(pitch), 0, 0, 0};
    if (sws_scale(converter_.get(), frame_->data, frame_->linesize, 0, frame_->height, planes, pitches) !=
        frame_->height)
      return refused("its colours cannot be converted");
    picture.bytes.reserve(picture.height * picture.width * 3);
    for (std::size_t y = 0; y < picture.height; ++y) {
      const std::uint8_t* const row = &rows_[y * pitch];
      if (!alpha) picture.bytes.insert(picture.bytes.end(), row, row + 3 * picture.width);
      for (std::size_t i = 0; alpha && i < picture.width; ++i)
        for (std::size_t c = 0; c < 3; ++c)
          picture.bytes.push_back(static_cast<std::uint8_t>((row[4 * i + c] * row[4 * i + 3] + 127) / 255));
    }
    return picture;
  }

  std::filesystem::path place_;
  std::unique_ptr<AVFormatContext, CloseInput> input_;
  AVStream* stream_ = nullptr;
  LibavOwned<AVCodecContext> decoder_;
  LibavOwned<SwsContext> converter_;
  LibavOwned<AVFrame> frame_ = new_libav_frame();
  LibavOwned<AVPacket> packet_ = new_libav_packet();
  std::vector<std::uint8_t> rows_;
  Orientation orientation_ = Orientation::upright;
  std::size_t packets_ = 0, decoded_ = 0, shown_ = 0, failures_ = 0;
  std::int64_t first_ = 0;  ///< time of the first frame, in the stream's units
  bool ended_ = false;
};

}  // namespace

Result<std::unique_ptr<VideoSource>> open_video_file(const std::filesystem::path& place) {
  auto source = std::make_unique<VideoFile>(place);
  ERRATA_TRY(source->open());
  return source;
}

}  // namespace errata::image
