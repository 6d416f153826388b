// CIFAR-10's binary files: image after image a byte of label, then a plane each of red, green and blue, row by row.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "errata/image/images.h"
#include "errata/image/packed_file.h"

namespace errata::image {
namespace {

constexpr std::array<std::string_view, 10> kCifar{"airplane", "automobile", "bird",  "cat",  "deer",
                                                  "dog",      "frog",       "horse", "ship", "truck"};
constexpr std::size_t kSide = 32, kValues = 3 * kSide * kSide, kRecord = 1 + kValues;
constexpr std::size_t kMostImages = 1'000'000;  // of a file

Result<void> append_cifar(ImageSet& set, const std::filesystem::path& place) {
  ERRATA_ASSIGN(PackedFile file, PackedFile::open(place));
  std::string content;
  ERRATA_TRY(file.read_until(kMostImages * kRecord + 1, content));
  if (content.size() > kMostImages * kRecord)
    return data_error(fmt::format("{}: more than {} images", place.string(), kMostImages));
  if (content.empty() || content.size() % kRecord != 0)
    return data_error(
        fmt::format("{}: {} bytes are no whole number of images of {} bytes", place.string(), content.size(), kRecord));
  const std::size_t images = content.size() / kRecord;
  set.pixels.reserve((set.count + images) * kValues);
  for (std::size_t i = 0; i < images; ++i) {
    const auto label = static_cast<std::uint8_t>(content[i * kRecord]);
    if (label >= kCifar.size())
      return data_error(fmt::format("{}: image {} has label {}; cifar10 has labels 0 to 9", place.string(), i, label));
    set.labels.push_back(label);
    for (std::size_t v = 1; v < kRecord; ++v)
      set.pixels.push_back(static_cast<float>(static_cast<std::uint8_t>(content[i * kRecord + v])) / 255.0F);
  }
  set.count += images;
  return {};
}

ImageSet part(const ImageSet& from, std::size_t first, std::size_t count) {
  const auto rows = [&](const auto& values, std::size_t width) {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(first * width);
    return std::pair(begin, begin + static_cast<std::ptrdiff_t>(count * width));
  };
  ImageSet set = {.name = from.name,
                  .count = count,
                  .channels = from.channels,
                  .height = from.height,
                  .width = from.width,
                  .pixels = {},
                  .labels = {},
                  .classes = from.classes};
  const auto [pixel, pixels_end] = rows(from.pixels, kValues);
  const auto [label, labels_end] = rows(from.labels, 1);
  set.pixels.assign(pixel, pixels_end);
  set.labels.assign(label, labels_end);
  return set;
}

}  // namespace

Result<ImageSplit> read_cifar10(const std::filesystem::path& folder, double test_share) {
  ImageSet train{.name = "cifar10",
                 .channels = 3,
                 .height = kSide,
                 .width = kSide,
                 .pixels = {},
                 .labels = {},
                 .classes = {kCifar.begin(), kCifar.end()}};
  for (int batch = 1; batch <= 5; ++batch)
    if (const auto place = packed_or_not(folder, fmt::format("data_batch_{}.bin", batch)); !place.empty())
      ERRATA_TRY(append_cifar(train, place));
  if (train.count == 0)
    return data_error(fmt::format("{}: has neither data_batch_1.bin nor data_batch_1.bin.gz", folder.string()));
  if (const auto place = packed_or_not(folder, "test_batch.bin"); !place.empty()) {
    ImageSet test = part(train, 0, 0);
    ERRATA_TRY(append_cifar(test, place));
    return ImageSplit{.train = std::move(train), .test = std::move(test)};
  }
  if (train.count < 2) return data_error(fmt::format("{}: 1 image cannot be split", folder.string()));
  const auto asked = static_cast<std::size_t>(std::lround(test_share * static_cast<double>(train.count)));
  const std::size_t tested = std::clamp<std::size_t>(asked, 1, train.count - 1);
  return ImageSplit{.train = part(train, 0, train.count - tested), .test = part(train, train.count - tested, tested)};
}

}  // namespace errata::image
