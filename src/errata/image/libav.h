#pragma once

#include <memory>
#include <string>

struct AVCodecContext;
struct AVFormatContext;
struct AVFrame;
struct AVPacket;
struct SwsContext;

namespace errata::image {

/// Gives back what libav made.
struct LibavDelete {
  void operator()(AVCodecContext* context) const;
  void operator()(AVFrame* frame) const;
  void operator()(AVPacket* packet) const;
  void operator()(SwsContext* context) const;
};
template <typename T>
using LibavOwned = std::unique_ptr<T, LibavDelete>;

[[nodiscard]] LibavOwned<AVFrame> new_libav_frame();
[[nodiscard]] LibavOwned<AVPacket> new_libav_packet();

/// What an error's number means: "Invalid data found when processing input".
[[nodiscard]] std::string libav_words(int error);

/// libav writes to standard error on its own; from here on it does not.
void silence_libav();

}  // namespace errata::image
