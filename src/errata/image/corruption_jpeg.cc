// JPEG and back, in memory, by libjpeg-turbo (the integer transform, the same on every machine). One or three channels
// are one picture; with any other number each channel is a grey one.

#include <turbojpeg.h>

#include <cmath>
#include <cstdint>
#include <memory>

#include "errata/base/error.h"
#include "errata/image/corruption_primitives.h"

namespace errata::image::primitives {
namespace {

struct CloseJpeg {
  void operator()(void* handle) const { tjDestroy(handle); }
};
using JpegHandle = std::unique_ptr<void, CloseJpeg>;

/// @param bytes  [height, width, channels], 1 or 3 channels
void through_jpeg(std::vector<std::uint8_t>& bytes, std::size_t channels, std::size_t height, std::size_t width,
                  int quality) {
  // Handles hold tables that cost more to make than a small picture: one pair a thread.
  thread_local const JpegHandle writer(tjInitCompress()), reader(tjInitDecompress());
  ERRATA_CHECK(writer && reader);
  const auto columns = static_cast<int>(width), rows = static_cast<int>(height);
  const int format = channels == 1 ? TJPF_GRAY : TJPF_RGB, sampling = channels == 1 ? TJSAMP_GRAY : TJSAMP_420;
  std::vector<std::uint8_t> packed(tjBufSize(columns, rows, sampling));
  unsigned char* written = packed.data();
  auto size = static_cast<unsigned long>(packed.size());  // NOLINT(google-runtime-int): the library's type
  ERRATA_CHECK(tjCompress2(writer.get(), bytes.data(), columns, 0, rows, format, &written, &size, sampling, quality,
                           TJFLAG_NOREALLOC | TJFLAG_ACCURATEDCT) == 0);
  ERRATA_CHECK(tjDecompress2(reader.get(), written, size, bytes.data(), columns, 0, rows, format, TJFLAG_ACCURATEDCT) ==
               0);
}

}  // namespace

void jpeg(const Canvas& image, double severity, Rng& /*rng*/) {
  const auto quality = static_cast<int>(std::lround(between(15, 1, severity)));
  const std::size_t together = image.channels == 3 ? 3 : 1;
  std::vector<std::uint8_t> bytes(image.area() * together);
  for (std::size_t first = 0; first < image.channels; first += together) {
    for (std::size_t c = 0; c < together; ++c)
      for (std::size_t i = 0; i < image.area(); ++i)
        bytes[i * together + c] = static_cast<std::uint8_t>(std::lround(255 * in_range(image.plane(first + c)[i])));
    through_jpeg(bytes, together, image.height, image.width, quality);
    for (std::size_t c = 0; c < together; ++c)
      for (std::size_t i = 0; i < image.area(); ++i)
        image.plane(first + c)[i] = static_cast<float>(bytes[i * together + c]) / 255.0F;
  }
}

}  // namespace errata::image::primitives
