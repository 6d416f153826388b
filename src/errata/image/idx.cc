// idx files: two zero bytes, the type of the values (8: bytes), the number of dimensions, each dimension in 32 bits
// with the highest byte first, then the values. Gzipped or not, zlib reads both alike.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "errata/image/images.h"
#include "errata/image/packed_file.h"

namespace errata::image {
namespace {

/// An idx file of bytes.
struct IdxBytes {
  std::array<std::size_t, 3> shape{1, 1, 1};
  std::string content;
  std::size_t start = 0;  ///< of the values in the content
  [[nodiscard]] std::uint8_t value(std::size_t i) const { return static_cast<std::uint8_t>(content[start + i]); }
};

std::uint32_t big_endian(const std::string& content, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<std::uint8_t>(content[at + i]);
  return value;
}

/// @param dimensions  1 or 3
Result<IdxBytes> read_idx_bytes(const std::filesystem::path& place, std::size_t dimensions) {
  IdxBytes idx{.start = 4 + 4 * dimensions};
  ERRATA_ASSIGN(PackedFile file, PackedFile::open(place));
  ERRATA_TRY(file.read_until(idx.start, idx.content));
  const auto expected = static_cast<std::uint32_t>(0x0800 + dimensions);
  if (idx.content.size() >= 4 && big_endian(idx.content, 0) != expected)
    return data_error(fmt::format("{}: starts with {}, not with {} as an idx file of bytes with {} dimension{} does",
                                  place.string(), big_endian(idx.content, 0), expected, dimensions,
                                  dimensions == 1 ? "" : "s"));
  if (idx.content.size() < idx.start)
    return data_error(fmt::format("{}: is truncated: {} bytes, its header alone has {}", place.string(),
                                  idx.content.size(), idx.start));
  std::size_t values = 1;
  bool too_many = false;
  for (std::size_t d = 0; d < dimensions; ++d) {
    idx.shape[d] = big_endian(idx.content, 4 + 4 * d);
    if (idx.shape[d] == 0) return data_error(fmt::format("{}: has no values: dimension {} is 0", place.string(), d));
    too_many |= __builtin_mul_overflow(values, idx.shape[d], &values);
  }
  const auto shape = fmt::format("{}", fmt::join(std::span(idx.shape).first(dimensions), " x "));
  if (too_many) return data_error(fmt::format("{}: {} needs too many bytes", place.string(), shape));
  // One byte more than the header asks for: what is packed may be a thousand times as long as the file.
  ERRATA_TRY(file.read_until(idx.start + values + 1, idx.content));
  const std::size_t there = idx.content.size() - idx.start;
  if (there < values)
    return data_error(
        fmt::format("{}: is truncated: {} needs {} bytes, {} are there", place.string(), shape, values, there));
  if (there > values)
    return data_error(fmt::format("{}: bytes are left over behind its {} values", place.string(), values));
  return idx;
}

}  // namespace

Result<ImageSet> read_idx(const std::filesystem::path& images, const std::filesystem::path& labels) {
  ERRATA_ASSIGN(const IdxBytes pixels, read_idx_bytes(images, 3));
  ERRATA_ASSIGN(const IdxBytes classes, read_idx_bytes(labels, 1));
  if (pixels.shape[0] != classes.shape[0])
    return data_error(fmt::format("{}: has {} images, {} has {} labels", images.string(), pixels.shape[0],
                                  labels.string(), classes.shape[0]));
  ImageSet set{.name = images.string(), .count = pixels.shape[0], .height = pixels.shape[1], .width = pixels.shape[2]};
  set.pixels.resize(set.count * set.image_size());
  for (std::size_t i = 0; i < set.pixels.size(); ++i) set.pixels[i] = static_cast<float>(pixels.value(i)) / 255.0F;
  set.labels.resize(set.count);
  for (std::size_t i = 0; i < set.count; ++i) set.labels[i] = classes.value(i);
  for (std::uint32_t c = 0; c <= std::ranges::max(set.labels); ++c) set.classes.push_back(fmt::to_string(c));
  return set;
}

}  // namespace errata::image
