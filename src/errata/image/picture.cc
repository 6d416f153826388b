#include "errata/image/picture.h"

#include <fmt/format.h>
#include <png.h>
#include <turbojpeg.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "errata/base/atomic_file.h"
#include "errata/image/orientation.h"

namespace errata::image {
namespace {

Result<void> check_size(const std::string& place, std::size_t height, std::size_t width) {
  if (height > 0 && width > 0 && width <= kMostPixels / height) return {};
  return data_error(fmt::format("{}: {} x {} pixels; 1 to {} are read", place, width, height, kMostPixels));
}

/// The file without what it says about its colours. Everyone who trains a model reads the values as they stand, and
/// libpng's reader would turn them into those of a screen.
std::string without_colour_space(const std::string& content) {
  constexpr std::size_t kSignature = 8, kAround = 12;  // length, name and checksum of a chunk
  std::string kept = content.substr(0, kSignature);
  std::size_t at = kSignature;
  while (at + kAround <= content.size()) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) length = length << 8U | static_cast<unsigned char>(content[at + i]);
    const std::string_view name = std::string_view(content).substr(at + 4, 4);
    const bool dropped = name == "gAMA" || name == "cHRM" || name == "iCCP" || name == "sRGB";
    if (length > content.size() - at - kAround) break;
    if (!dropped) kept.append(content, at, length + kAround);
    at += length + kAround;
  }
  return kept.append(content, at);  // cut short, for the reader to say so
}

/// Laid on black, value by value: v · alpha, as it is done with stored values everywhere.
void lay_on_black(std::size_t channels, const std::vector<std::uint8_t>& with_alpha, std::vector<std::uint8_t>& bytes) {
  const std::size_t width = channels + 1;
  for (std::size_t i = 0; i < with_alpha.size(); i += width)
    for (std::size_t c = 0; c < channels; ++c)
      bytes.push_back(static_cast<std::uint8_t>((with_alpha[i + c] * with_alpha[i + channels] + 127) / 255));
}

/// libpng's own reader of whole images, which reports errors without jumps.
class PngReader {
 public:
  PngReader() { image_.version = PNG_IMAGE_VERSION; }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;
  ~PngReader() { png_image_free(&image_); }

  Result<Picture> read(const std::string& file, const std::string& place) {
    const std::string content = without_colour_space(file);
    const auto damaged = [&] {
      return data_error(fmt::format("{}: cannot be read as PNG: {}", place, static_cast<const char*>(image_.message)));
    };
    if (png_image_begin_read_from_memory(&image_, content.data(), content.size()) == 0) return damaged();
    ERRATA_TRY(check_size(place, image_.height, image_.width));
    image_.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;  // 16 bits are finer steps of the same scale, and not linear light
    const bool coloured = (image_.format & PNG_FORMAT_FLAG_COLOR) != 0;
    const bool alpha = (image_.format & PNG_FORMAT_FLAG_ALPHA) != 0;
    image_.format = coloured ? (alpha ? PNG_FORMAT_RGBA : PNG_FORMAT_RGB) : (alpha ? PNG_FORMAT_GA : PNG_FORMAT_GRAY);
    Picture picture{.height = image_.height, .width = image_.width, .channels = coloured ? 3U : 1U, .bytes{}};
    std::vector<std::uint8_t> bytes(PNG_IMAGE_SIZE(image_));
    if (png_image_finish_read(&image_, nullptr, bytes.data(), 0, nullptr) == 0) return damaged();
    if (alpha)
      lay_on_black(picture.channels, bytes, picture.bytes);
    else
      picture.bytes = std::move(bytes);
    return picture;
  }

 private:
  png_image image_{};
};

/// What the paper shows through four inks, in place. @param bytes  [pixels, 4], 255: no ink; becomes [pixels, 3]
void colours_of_inks(std::vector<std::uint8_t>& bytes) {
  std::size_t to = 0;
  for (std::size_t from = 0; from < bytes.size(); from += 4)
    for (std::size_t c = 0; c < 3; ++c)
      bytes[to++] = static_cast<std::uint8_t>((bytes[from + c] * bytes[from + 3] + 127) / 255);
  bytes.resize(to);
}

Result<Picture> read_jpeg(const std::string& content, const std::string& place) {
  const std::unique_ptr<void, int (*)(void*)> reader(tjInitDecompress(), tjDestroy);
  ERRATA_CHECK(reader != nullptr);
  const auto damaged = [&] {
    return data_error(fmt::format("{}: cannot be read as JPEG: {}", place, tjGetErrorStr2(reader.get())));
  };
  // The pointer is read through only.
  const auto* bytes = reinterpret_cast<const unsigned char*>(content.data());
  int width = 0, height = 0, sampling = 0, colours = 0;
  if (tjDecompressHeader3(reader.get(), bytes, content.size(), &width, &height, &sampling, &colours) != 0)
    return damaged();
  if (width == 0 && height == 0)
    return data_error(fmt::format("{}: cannot be read as JPEG: there is no image in it", place));
  ERRATA_TRY(check_size(place, static_cast<std::size_t>(height), static_cast<std::size_t>(width)));
  Picture picture{.height = static_cast<std::size_t>(height),
                  .width = static_cast<std::size_t>(width),
                  .channels = colours == TJCS_GRAY ? 1U : 3U,
                  .bytes{}};
  const bool inks = colours == TJCS_CMYK || colours == TJCS_YCCK;
  picture.bytes.resize(picture.height * picture.width * (inks ? 4 : picture.channels));
  const int format = inks ? TJPF_CMYK : picture.channels == 1 ? TJPF_GRAY : TJPF_RGB;
  if (tjDecompress2(reader.get(), bytes, content.size(), picture.bytes.data(), width, 0, height, format,
                    TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING) != 0)
    return damaged();
  if (inks) colours_of_inks(picture.bytes);
  return picture;
}

}  // namespace

Result<Picture> parse_picture(const std::string& content, const std::filesystem::path& place,
                              const PictureOptions& options) {
  Result<Picture> picture = data_error(fmt::format("{}: is neither PNG nor JPEG", place.string()));
  if (content.starts_with("\x89PNG\r\n\x1a\n")) picture = PngReader().read(content, place.string());
  if (content.starts_with("\xff\xd8")) picture = read_jpeg(content, place.string());
  if (!picture || !options.as_shown) return picture;
  return shown(std::move(*picture), orientation_of(content));
}

Result<Picture> read_picture(const std::filesystem::path& file, const PictureOptions& options) {
  ERRATA_ASSIGN(const std::string content, read_file(file));
  return parse_picture(content, file, options);
}

Picture in_colour(Picture picture) {
  if (picture.channels == 3) return picture;
  std::vector<std::uint8_t> bytes;
  bytes.reserve(3 * picture.bytes.size());
  for (const std::uint8_t grey : picture.bytes) bytes.insert(bytes.end(), 3, grey);
  return {.height = picture.height, .width = picture.width, .channels = 3, .bytes = std::move(bytes)};
}

Result<std::string> png_content(const Picture& picture) {
  ERRATA_CHECK(picture.channels == 1 || picture.channels == 3);
  ERRATA_CHECK(!picture.bytes.empty() && picture.bytes.size() == picture.height * picture.width * picture.channels);
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(picture.width);
  image.height = static_cast<png_uint_32>(picture.height);
  image.format = picture.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  std::string content(PNG_IMAGE_PNG_SIZE_MAX(image), '\0');
  png_alloc_size_t size = content.size();
  if (png_image_write_to_memory(&image, content.data(), &size, 0, picture.bytes.data(), 0, nullptr) == 0)
    return output_error(fmt::format("no PNG file can be made: {}", static_cast<const char*>(image.message)));
  content.resize(size);
  return content;
}

Result<std::string> jpeg_content(const Picture& picture, int quality) {
  ERRATA_CHECK(picture.channels == 1 || picture.channels == 3);
  ERRATA_CHECK(!picture.bytes.empty() && picture.bytes.size() == picture.height * picture.width * picture.channels);
  const std::unique_ptr<void, int (*)(void*)> writer(tjInitCompress(), tjDestroy);
  ERRATA_CHECK(writer != nullptr);
  const int format = picture.channels == 1 ? TJPF_GRAY : TJPF_RGB;
  const int sampling = picture.channels == 1 ? TJSAMP_GRAY : TJSAMP_420;
  const auto width = static_cast<int>(picture.width), height = static_cast<int>(picture.height);
  std::string content(tjBufSize(width, height, sampling), '\0');
  auto* bytes = reinterpret_cast<unsigned char*>(content.data());
  auto size = static_cast<unsigned long>(content.size());  // NOLINT(google-runtime-int): the library's type
  if (tjCompress2(writer.get(), picture.bytes.data(), width, 0, height, format, &bytes, &size, sampling, quality,
                  TJFLAG_NOREALLOC | TJFLAG_ACCURATEDCT) != 0)
    return output_error(fmt::format("no JPEG file can be made: {}", tjGetErrorStr2(writer.get())));
  content.resize(size);
  return content;
}

Result<void> write_png(const std::filesystem::path& place, const Picture& picture) {
  const auto content = png_content(picture);
  if (!content) return output_error(fmt::format("{}: {}", place.string(), content.error().message));
  return write_file(place, *content);
}

}  // namespace errata::image
