#include "errata/image/libav.h"

#include "errata/base/error.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/error.h>
#include <libavutil/log.h>
#include <libswscale/swscale.h>
}

#include <array>

namespace errata::image {

void LibavDelete::operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
void LibavDelete::operator()(AVFrame* frame) const { av_frame_free(&frame); }
void LibavDelete::operator()(AVPacket* packet) const { av_packet_free(&packet); }
void LibavDelete::operator()(SwsContext* context) const { sws_freeContext(context); }

LibavOwned<AVFrame> new_libav_frame() {
  LibavOwned<AVFrame> frame(av_frame_alloc());
  ERRATA_CHECK(frame != nullptr);
  return frame;
}

LibavOwned<AVPacket> new_libav_packet() {
  LibavOwned<AVPacket> packet(av_packet_alloc());
  ERRATA_CHECK(packet != nullptr);
  return packet;
}

std::string libav_words(int error) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> words{};
  av_strerror(error, words.data(), words.size());
  return words.data();
}

void silence_libav() { av_log_set_level(AV_LOG_QUIET); }

}  // namespace errata::image
