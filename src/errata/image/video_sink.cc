/// libav encodes and writes; encoders run on one thread and are told to leave versions and times out, so that the same
/// pictures give the same file.

#include "errata/image/video_sink.h"

#include <fmt/format.h>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
}

#include <cmath>
#include <cstring>
#include <utility>

#include "errata/base/atomic_file.h"
#include "errata/image/libav.h"
#include "errata/image/palette.h"

namespace errata::image {
namespace {

struct CloseOutput {
  void operator()(AVFormatContext* output) const {
    avio_closep(&output->pb);
    avformat_free_context(output);
  }
};

class EncodedFile : public VideoSink {
 public:
  enum class Kind : std::uint8_t { mp4, gif };

  EncodedFile(AtomicFile file, std::filesystem::path place, Kind kind, double frames_per_second)
      : file_(std::move(file)), place_(std::move(place)), kind_(kind), rate_(frames_per_second) {}

  EncodedFile(const EncodedFile&) = delete;
  EncodedFile& operator=(const EncodedFile&) = delete;
  /// A video that is given up is ended all the same, in the file that goes: only then do muxers let go of what they
  /// keep.
  ~EncodedFile() override {
    if (begun_) (void)av_write_trailer(output_.get());
  }

  [[nodiscard]] Result<void> find_encoder() {
    silence_libav();
    codec_ = kind_ == Kind::mp4 ? avcodec_find_encoder_by_name("libx264") : avcodec_find_encoder(AV_CODEC_ID_GIF);
    if (codec_ == nullptr)
      return unavailable(fmt::format("{}: this machine's libavcodec cannot write it{}", place_.string(),
                                     kind_ == Kind::mp4 ? " (libx264 is missing); write a .gif or a folder" : ""));
    return {};
  }

  [[nodiscard]] Result<void> add(const Picture& picture) override {
    if (encoder_ == nullptr) ERRATA_TRY(begin(picture));
    ERRATA_TRY(must(av_frame_make_writable(frame_.get())));
    if (kind_ == Kind::gif)
      fill_with_palette(picture);
    else
      fill_with_colours(picture);
    frame_->pts = std::llround(static_cast<double>(count_++) * ticks_per_frame());
    return encode(frame_.get());
  }

  [[nodiscard]] Result<void> finish() override {
    ERRATA_TRY(encode(nullptr));
    begun_ = false;
    ERRATA_TRY(must(av_write_trailer(output_.get())));
    ERRATA_TRY(must(avio_closep(&output_->pb)));
    return file_.commit();
  }

 private:
  static constexpr int kGifTicks = 100, kMp4Ticks = 90'000;  ///< a second

  [[nodiscard]] double ticks_per_frame() const { return (kind_ == Kind::gif ? kGifTicks : kMp4Ticks) / rate_; }

  [[nodiscard]] Result<void> must(int done) const {
    if (done >= 0) return {};
    return output_error(fmt::format("{}: cannot be written: {}", place_.string(), libav_words(done)));
  }

  [[nodiscard]] Result<void> begin(const Picture& picture) {
    const bool gif = kind_ == Kind::gif;
    // 4:2:0 has a colour for each square of four pixels.
    const auto even = [&](std::size_t side) { return static_cast<int>(gif ? side : (side + 1) / 2 * 2); };
    AVFormatContext* output = nullptr;
    ERRATA_TRY(must(avformat_alloc_output_context2(&output, nullptr, gif ? "gif" : "mp4", nullptr)));
    output_.reset(output);
    output->flags |= AVFMT_FLAG_BITEXACT;
    encoder_.reset(avcodec_alloc_context3(codec_));
    ERRATA_CHECK(encoder_ != nullptr);
    encoder_->width = even(picture.width);
    encoder_->height = even(picture.height);
    encoder_->pix_fmt = gif ? AV_PIX_FMT_PAL8 : AV_PIX_FMT_YUV420P;
    encoder_->time_base = {1, gif ? kGifTicks : kMp4Ticks};
    encoder_->framerate = av_d2q(rate_, 1'000'000);
    encoder_->thread_count = 1;
    encoder_->flags |= AV_CODEC_FLAG_BITEXACT;
    if ((output->oformat->flags & AVFMT_GLOBALHEADER) != 0) encoder_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    AVDictionary* options = nullptr;
    if (gif) {
      av_dict_set(&options, "gifflags", "0", 0);  // whole frames: each has a palette of its own
    } else {
      encoder_->colorspace = AVCOL_SPC_SMPTE170M;
      encoder_->color_range = AVCOL_RANGE_MPEG;
      av_dict_set(&options, "crf", "18", 0);
    }
    const int opened = avcodec_open2(encoder_.get(), codec_, &options);
    av_dict_free(&options);
    ERRATA_TRY(must(opened));
    return begin_file();
  }

  [[nodiscard]] Result<void> begin_file() {
    stream_ = avformat_new_stream(output_.get(), nullptr);
    ERRATA_CHECK(stream_ != nullptr);
    stream_->time_base = encoder_->time_base;
    stream_->avg_frame_rate = encoder_->framerate;
    ERRATA_TRY(must(avcodec_parameters_from_context(stream_->codecpar, encoder_.get())));
    ERRATA_TRY(must(avio_open(&output_->pb, ("file:" + file_.path().string()).c_str(), AVIO_FLAG_WRITE)));
    ERRATA_TRY(must(avformat_write_header(output_.get(), nullptr)));
    begun_ = true;
    frame_->format = encoder_->pix_fmt;
    frame_->width = encoder_->width;
    frame_->height = encoder_->height;
    return must(av_frame_get_buffer(frame_.get(), 0));
  }

  void fill_with_palette(const Picture& picture) {
    const PalettePicture made = in_palette(picture);
    for (std::size_t y = 0; y < picture.height; ++y)
      std::memcpy(frame_->data[0] + static_cast<std::ptrdiff_t>(y) * frame_->linesize[0],
                  &made.indices[y * picture.width], picture.width);
    std::array<std::uint32_t, 256> colours{};
    colours.fill(0xFF000000U);
    for (std::size_t i = 0; i < made.colours.size(); ++i)
      for (std::size_t c = 0; c < 3; ++c) colours[i] |= std::uint32_t{made.colours[i][c]} << (16 - 8 * c);
    std::memcpy(frame_->data[1], colours.data(), sizeof(colours));
  }

  void fill_with_colours(const Picture& picture) {
    const auto width = static_cast<std::size_t>(encoder_->width), height = static_cast<std::size_t>(encoder_->height);
    rows_.resize(width * height * 3);
    for (std::size_t y = 0; y < height; ++y) {
      const std::size_t from = std::min(y, picture.height - 1) * picture.width * 3;
      std::memcpy(&rows_[y * width * 3], &picture.bytes[from], picture.width * 3);
      if (width > picture.width)
        std::memcpy(&rows_[(y * width + picture.width) * 3], &picture.bytes[from + (picture.width - 1) * 3], 3);
    }
    if (converter_ == nullptr)
      converter_.reset(sws_getContext(encoder_->width, encoder_->height, AV_PIX_FMT_RGB24, encoder_->width,
                                      encoder_->height, AV_PIX_FMT_YUV420P,
                                      SWS_BILINEAR | SWS_ACCURATE_RND | SWS_BITEXACT, nullptr, nullptr, nullptr));
    ERRATA_CHECK(converter_ != nullptr);
    const std::uint8_t* const planes[4] = {rows_.data(), nullptr, nullptr, nullptr};
    const int pitches[4] = {encoder_->width * 3, 0, 0, 0};
    sws_scale(converter_.get(), planes, pitches, 0, encoder_->height, frame_->data, frame_->linesize);
  }

  /// Hands a frame to the encoder, or says that there are no more, and writes what it has ready.
  [[nodiscard]] Result<void> encode(const AVFrame* frame) {
    ERRATA_TRY(must(avcodec_send_frame(encoder_.get(), frame)));
    while (true) {
      const int received = avcodec_receive_packet(encoder_.get(), packet_.get());
      if (received == AVERROR(EAGAIN) || received == AVERROR_EOF) return {};
      ERRATA_TRY(must(received));
      if (packet_->duration == 0) packet_->duration = std::llround(ticks_per_frame());
      av_packet_rescale_ts(packet_.get(), encoder_->time_base, stream_->time_base);
      packet_->stream_index = stream_->index;
      ERRATA_TRY(must(av_interleaved_write_frame(output_.get(), packet_.get())));
    }
  }

  AtomicFile file_;
  std::filesystem::path place_;
  Kind kind_;
  double rate_;
  const AVCodec* codec_ = nullptr;
  std::unique_ptr<AVFormatContext, CloseOutput> output_;
  AVStream* stream_ = nullptr;
  LibavOwned<AVCodecContext> encoder_;
  LibavOwned<SwsContext> converter_;
  LibavOwned<AVFrame> frame_ = new_libav_frame();
  LibavOwned<AVPacket> packet_ = new_libav_packet();
  std::vector<std::uint8_t> rows_;
  std::size_t count_ = 0;
  bool begun_ = false;  ///< the header is written, the trailer is not
};

Result<std::unique_ptr<VideoSink>> encoded_file(const std::filesystem::path& place, EncodedFile::Kind kind,
                                                double frames_per_second) {
  ERRATA_ASSIGN(AtomicFile file, AtomicFile::create(place));
  auto sink = std::make_unique<EncodedFile>(std::move(file), place, kind, frames_per_second);
  ERRATA_TRY(sink->find_encoder());
  return sink;
}

}  // namespace

Result<std::unique_ptr<VideoSink>> mp4_sink(const std::filesystem::path& place, double frames_per_second) {
  return encoded_file(place, EncodedFile::Kind::mp4, frames_per_second);
}

Result<std::unique_ptr<VideoSink>> gif_sink(const std::filesystem::path& place, double frames_per_second) {
  return encoded_file(place, EncodedFile::Kind::gif, frames_per_second);
}

}  // namespace errata::image
