/// EXIF is a TIFF file within a picture: the order of bytes, the place of a directory, and in it entries of 12 bytes:
/// tag, type, count, value. All places come from the file, so each is checked before it is read.

#include "errata/image/orientation.h"

#include <cstddef>
#include <optional>
#include <utility>

namespace errata::image {
namespace {

constexpr std::size_t kTiffHeader = 8, kTiffEntry = 12;
constexpr std::uint32_t kOrientationTag = 274, kShortType = 3;
constexpr std::string_view kPngSignature = "\x89PNG\r\n\x1a\n", kJpegStart = "\xff\xd8";

/// Numbers of a file of either order of bytes; nothing beyond its end.
struct Numbers {
  std::string_view bytes;
  bool highest_first = true;

  /// @param size  bytes, at most 4
  [[nodiscard]] std::optional<std::uint32_t> at(std::size_t place, std::size_t size) const {
    if (place > bytes.size() || size > bytes.size() - place) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
      value = value << 8U | static_cast<unsigned char>(bytes[place + (highest_first ? i : size - 1 - i)]);
    return value;
  }
};

std::optional<Orientation> orientation_of_tiff(std::string_view tiff) {
  if (!tiff.starts_with("MM") && !tiff.starts_with("II")) return std::nullopt;
  const Numbers numbers{.bytes = tiff, .highest_first = tiff.starts_with("MM")};
  if (numbers.at(2, 2) != 42U) return std::nullopt;
  const auto directory = numbers.at(4, 4);
  if (!directory || *directory < kTiffHeader) return std::nullopt;
  const std::size_t entries = numbers.at(*directory, 2).value_or(0);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = *directory + 2 + i * kTiffEntry;
    const auto tag = numbers.at(entry, 2), value = numbers.at(entry + 8, 2);
    if (!tag || !value) return std::nullopt;
    if (*tag != kOrientationTag) continue;
    if (numbers.at(entry + 2, 2) != kShortType || *value < 1 || *value > 8) return std::nullopt;
    return static_cast<Orientation>(*value);
  }
  return std::nullopt;
}

/// Segments up to the pixels: FF, a name, a length that counts itself.
std::optional<Orientation> orientation_of_jpeg(std::string_view content) {
  constexpr unsigned char kApp1 = 0xE1, kScan = 0xDA, kEnd = 0xD9, kFill = 0xFF, kAlone = 0xD0;
  constexpr std::string_view kExif("Exif\0\0", 6);
  const Numbers numbers{.bytes = content};
  std::size_t at = kJpegStart.size();
  while (at + 4 <= content.size() && static_cast<unsigned char>(content[at]) == kFill) {
    const auto name = static_cast<unsigned char>(content[at + 1]);
    if (name == kFill) {  // any number of them may stand before a name
      ++at;
      continue;
    }
    if (name == kScan || name == kEnd) break;
    if (name == 0x01 || (name & 0xF8U) == kAlone) {  // without a length
      at += 2;
      continue;
    }
    const std::size_t length = numbers.at(at + 2, 2).value_or(0);
    if (length < 2 || length > content.size() - at - 2) break;
    const std::string_view segment = content.substr(at + 4, length - 2);
    if (name == kApp1 && segment.starts_with(kExif)) return orientation_of_tiff(segment.substr(kExif.size()));
    at += 2 + length;
  }
  return std::nullopt;
}

std::optional<Orientation> orientation_of_png(std::string_view content) {
  constexpr std::size_t kAround = 12;  // length, name and checksum of a chunk
  const Numbers numbers{.bytes = content};
  std::size_t at = kPngSignature.size();
  while (at + kAround <= content.size()) {
    const std::size_t length = numbers.at(at, 4).value_or(0);
    if (length > content.size() - at - kAround) break;
    if (content.substr(at + 4, 4) == "eXIf") return orientation_of_tiff(content.substr(at + 8, length));
    at += length + kAround;
  }
  return std::nullopt;
}

}  // namespace

Orientation orientation_of(std::string_view content) {
  std::optional<Orientation> said;
  if (content.starts_with(kPngSignature)) said = orientation_of_png(content);
  if (content.starts_with(kJpegStart)) said = orientation_of_jpeg(content);
  return said.value_or(Orientation::upright);
}

Picture shown(Picture stored, Orientation orientation) {
  if (orientation == Orientation::upright) return stored;
  const auto number = static_cast<std::uint8_t>(orientation);
  const bool turns = number >= 5;  // rows become columns
  const bool from_right = number == 2 || number == 3 || number == 7 || number == 8;
  const bool from_below = number == 3 || number == 4 || number == 6 || number == 7;
  Picture made{.height = turns ? stored.width : stored.height,
               .width = turns ? stored.height : stored.width,
               .channels = stored.channels,
               .bytes = std::vector<std::uint8_t>(stored.bytes.size())};
  std::size_t to = 0;
  for (std::size_t y = 0; y < made.height; ++y)
    for (std::size_t x = 0; x < made.width; ++x) {
      const std::size_t row = turns ? x : y, column = turns ? y : x;
      const std::size_t from = (from_below ? stored.height - 1 - row : row) * stored.width +
                               (from_right ? stored.width - 1 - column : column);
      for (std::size_t c = 0; c < stored.channels; ++c) made.bytes[to++] = stored.bytes[from * stored.channels + c];
    }
  return made;
}

}  // namespace errata::image
