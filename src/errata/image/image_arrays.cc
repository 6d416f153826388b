#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <utility>

#include "errata/arrays/npz.h"
#include "errata/image/images.h"

namespace errata::image {
namespace {

constexpr std::size_t kMostChannels = 4;
constexpr std::int64_t kMostClasses = 10'000;

/// Reads [n, h, w], [n, c, h, w] or [n, h, w, c] into the set as [n, c, h, w].
Result<void> take_pixels(const arrays::NpyArray& array, std::string_view place, ImageSet& set) {
  const auto& shape = array.shape;
  const bool planes = shape.size() == 4 && shape[1] <= kMostChannels;
  const bool last = shape.size() == 4 && !planes && shape[3] <= kMostChannels;
  if (shape.size() != 3 && !planes && !last)
    return data_error(fmt::format("{}: shape {} is none of [n, h, w], [n, c, h, w], [n, h, w, c] with c at most {}",
                                  place, arrays::shape_text(shape), kMostChannels));
  if (array.size() == 0) return data_error(fmt::format("{}: shape {} has no pixels", place, arrays::shape_text(shape)));
  set.count = shape[0];
  set.channels = planes ? shape[1] : last ? shape[3] : 1;
  set.height = planes ? shape[2] : shape[1];
  set.width = planes ? shape[3] : shape[2];
  std::vector<float> values = array.floats();
  if (array.is_integer())
    for (float& value : values) value /= 255.0F;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!(values[i] >= 0 && values[i] <= 1))
      return data_error(fmt::format("{}: value {} of image {} is not in [0, {}]", place,
                                    array.is_integer() ? values[i] * 255 : values[i], i / set.image_size(),
                                    array.is_integer() ? "255" : "1"));
  if (!last) {
    set.pixels = std::move(values);
    return {};
  }
  const std::size_t area = set.height * set.width;
  set.pixels.resize(values.size());
  for (std::size_t i = 0; i < set.count; ++i)
    for (std::size_t p = 0; p < area; ++p)
      for (std::size_t c = 0; c < set.channels; ++c)
        set.pixels[(i * set.channels + c) * area + p] = values[(i * area + p) * set.channels + c];
  return {};
}

Result<void> take_labels(const arrays::NpyArray& array, std::string_view place, std::string_view images,
                         ImageSet& set) {
  const bool flat = array.shape.size() == 1 || (array.shape.size() == 2 && array.shape[1] == 1);
  if (!flat)
    return data_error(fmt::format("{}: shape {} is not [n] or [n, 1]", place, arrays::shape_text(array.shape)));
  if (array.shape[0] != set.count)
    return data_error(fmt::format("{}: has {} labels, {} has {} images", place, array.shape[0], images, set.count));
  ERRATA_ASSIGN(const std::vector<std::int64_t> labels, array.integers(place));
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0 || labels[i] >= kMostClasses)
      return data_error(fmt::format("{}: label {} of image {} is not in [0, {})", place, labels[i], i, kMostClasses));
    set.labels.push_back(static_cast<std::uint32_t>(labels[i]));
  }
  for (std::uint32_t c = 0; c <= std::ranges::max(set.labels); ++c) set.classes.push_back(fmt::to_string(c));
  return {};
}

Result<ImageSet> read_pair(const arrays::NpzFile& npz, const std::string& file, std::string_view images,
                           std::string_view labels) {
  ImageSet set{.name = file};
  const std::string images_place = fmt::format("{}, array {}", file, images),
                    labels_place = fmt::format("{}, array {}", file, labels);
  ERRATA_ASSIGN(const arrays::NpyArray pixels, npz.read(images));
  ERRATA_TRY(take_pixels(pixels, images_place, set));
  ERRATA_ASSIGN(const arrays::NpyArray classes, npz.read(labels));
  ERRATA_TRY(take_labels(classes, labels_place, images, set));
  return set;
}

struct PairNames {
  std::string_view images, labels;
};
struct SplitNames {
  PairNames train, test;
};
constexpr std::array<SplitNames, 2> kSplits{{{{"x_train", "y_train"}, {"x_test", "y_test"}},
                                             {{"train_images", "train_labels"}, {"test_images", "test_labels"}}}};
constexpr std::array<PairNames, 2> kPairs{{{"images", "labels"}, {"x", "y"}}};

}  // namespace

Result<ImageSplit> read_npz_images(const std::filesystem::path& file, const ImageOptions& options) {
  ERRATA_ASSIGN(const arrays::NpzFile npz, arrays::NpzFile::open(file));
  for (const SplitNames& names : kSplits) {
    if (!npz.has(names.train.images) || !npz.has(names.test.images)) continue;
    ImageSplit split;
    ERRATA_ASSIGN(split.train, read_pair(npz, file.string(), names.train.images, names.train.labels));
    ERRATA_ASSIGN(split.test, read_pair(npz, file.string(), names.test.images, names.test.labels));
    return split;
  }
  for (const PairNames& names : kPairs) {
    if (!npz.has(names.images)) continue;
    ERRATA_ASSIGN(const ImageSet all, read_pair(npz, file.string(), names.images, names.labels));
    return split_images(all, options.test_share, options.seed);
  }
  return data_error(
      fmt::format("{}: has no images and labels (or x_train, y_train, x_test, y_test); its arrays are: {}",
                  file.string(), fmt::join(npz.names(), ", ")));
}

}  // namespace errata::image
