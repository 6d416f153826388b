#include "errata/image/images.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <system_error>
#include <utility>

#include "errata/base/rng.h"
#include "errata/image/digits.h"
#include "errata/image/packed_file.h"

namespace errata::image {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 10> kFashion{"T-shirt/top", "trouser", "pullover", "dress", "coat",
                                                    "sandal",      "shirt",   "sneaker",  "bag",   "ankle boot"};

Result<ImageSet> read_idx_pair(const fs::path& folder, std::string_view part) {
  const std::string names[] = {fmt::format("{}-images-idx3-ubyte", part), fmt::format("{}-labels-idx1-ubyte", part)};
  const auto images = packed_or_not(folder, names[0]), labels = packed_or_not(folder, names[1]);
  if (images.empty() || labels.empty()) {
    const std::string& missing = names[images.empty() ? 0 : 1];
    return data_error(fmt::format("{}: has neither {} nor {}.gz", folder.string(), missing, missing));
  }
  return read_idx(images, labels);
}

Result<ImageSplit> read_idx_split(const fs::path& folder) {
  ImageSplit split;
  ERRATA_ASSIGN(split.train, read_idx_pair(folder, "train"));
  ERRATA_ASSIGN(split.test, read_idx_pair(folder, "t10k"));
  return split;
}

/// One of the sets that this program knows by name.
Result<ImageSplit> read_known(std::string_view word, const ImageOptions& options) {
  if (options.data.empty())
    return data_error(fmt::format("'{}' needs a data folder that holds {}/; 'digits' needs none", word, word));
  if (word == "cifar10") return read_cifar10(options.data / word, options.test_share);
  ERRATA_ASSIGN(ImageSplit split, read_idx_split(options.data / word));
  for (ImageSet* set : {&split.train, &split.test}) {
    if (set->classes.size() > kFashion.size())
      return data_error(fmt::format("{}: has label {}; {} has labels 0 to 9", set->name, set->classes.back(), word));
    set->classes.clear();
    for (std::size_t c = 0; c < kFashion.size(); ++c)
      set->classes.push_back(word == "fashion-mnist" ? std::string(kFashion[c]) : fmt::to_string(c));
    set->name = word;
  }
  return split;
}

Result<ImageSplit> read_folder(const fs::path& folder, const ImageOptions& options, const ThreadPool& pool) {
  std::error_code ignored;
  if (!packed_or_not(folder, "train-images-idx3-ubyte").empty()) return read_idx_split(folder);
  if (fs::is_directory(folder / "train", ignored) && fs::is_directory(folder / "test", ignored)) {
    ImageSplit split;
    ERRATA_ASSIGN(split.train, read_image_folder(folder / "train", pool.cancellation()));
    ERRATA_ASSIGN(split.test, read_image_folder(folder / "test", pool.cancellation()));
    return split;
  }
  ERRATA_ASSIGN(const ImageSet all, read_image_folder(folder, pool.cancellation()));
  return split_images(all, options.test_share, options.seed);
}

Result<ImageSplit> draw_characters(std::string_view word, const ImageOptions& options, ThreadPool& pool) {
  const auto test = static_cast<std::size_t>(std::lround(options.test_share * static_cast<double>(options.digits)));
  const DigitOptions drawn{.train = options.digits - test, .test = test, .seed = options.seed};
  return word == "letters" ? render_letters(drawn, pool) : render_digits(drawn, pool);
}

Result<ImageSplit> open_source(std::string_view word, const ImageOptions& options, ThreadPool& pool) {
  if (word == "mnist" || word == "fashion-mnist" || word == "cifar10") return read_known(word, options);
  if (word == "digits" || word == "letters") return draw_characters(word, options, pool);
  const fs::path place(word);
  std::error_code ignored;
  if (fs::is_directory(place, ignored)) return read_folder(place, options, pool);
  if (place.extension() == ".npz") return read_npz_images(place, options);
  return invalid_argument(
      fmt::format("'{}' is no set of images: mnist, fashion-mnist, cifar10, digits, letters, a folder that is there, "
                  "or a .npz file",
                  word));
}

/// Test images must be of the kind of the training images; classes that only training images have are the test set's
/// too.
Result<void> match_parts(ImageSplit& split) {
  ImageSet& train = split.train;
  ImageSet& test = split.test;
  if (test.channels != train.channels || test.height != train.height || test.width != train.width)
    return data_error(fmt::format("{}: test images are {} x {} pixels in {} channels, training images {} x {} in {}",
                                  test.name, test.width, test.height, test.channels, train.width, train.height,
                                  train.channels));
  for (std::size_t c = 0; c < test.classes.size(); ++c)
    if (c >= train.classes.size() || test.classes[c] != train.classes[c])
      return data_error(fmt::format("{}: class {} of the test images is '{}', that of the training images {}",
                                    test.name, c, test.classes[c],
                                    c < train.classes.size() ? fmt::format("'{}'", train.classes[c]) : "none"));
  test.classes = train.classes;
  return {};
}

ImageSet chosen(const ImageSet& from, const std::vector<std::size_t>& rows) {
  ImageSet set{.name = from.name,
               .count = rows.size(),
               .channels = from.channels,
               .height = from.height,
               .width = from.width,
               .pixels{},
               .labels{},
               .classes = from.classes,
               .notes = from.notes};
  set.pixels.reserve(rows.size() * from.image_size());
  for (const std::size_t row : rows) {
    const auto image = from.view().row(row);
    set.pixels.insert(set.pixels.end(), image.begin(), image.end());
    set.labels.push_back(from.labels[row]);
  }
  return set;
}

Result<void> check_share(double test_share) {
  if (test_share > 0 && test_share < 1) return {};
  return invalid_argument(fmt::format("share of test images {} is not in (0, 1)", test_share));
}

}  // namespace

Result<ImageSplit> split_images(const ImageSet& images, double test_share, std::uint64_t seed) {
  ERRATA_TRY(check_share(test_share));
  if (images.count < 2) return data_error(fmt::format("{}: {} image cannot be split", images.name, images.count));
  std::vector<std::size_t> order(images.count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  Rng rng(seed);
  rng.shuffle(std::span(order));
  const auto drawn = static_cast<std::size_t>(std::lround(test_share * static_cast<double>(images.count)));
  const auto middle = order.begin() + static_cast<std::ptrdiff_t>(std::clamp<std::size_t>(drawn, 1, images.count - 1));
  std::vector<std::size_t> test(order.begin(), middle), train(middle, order.end());
  std::ranges::sort(test);
  std::ranges::sort(train);
  return ImageSplit{.train = chosen(images, train), .test = chosen(images, test)};
}

ImageSet in_shape(const ImageSet& images, std::size_t channels, std::size_t height, std::size_t width) {
  ImageSet set{.name = images.name,
               .count = images.count,
               .channels = channels,
               .height = height,
               .width = width,
               .pixels = std::vector<float>(images.count * channels * height * width),
               .labels = images.labels,
               .classes = images.classes,
               .notes = images.notes};
  // Row y of the new image is row y + images.height / 2 - height / 2 of the old, columns likewise.
  const auto old_index = [](std::size_t index, std::size_t from, std::size_t to) { return index + from / 2 - to / 2; };
  for (std::size_t i = 0; i < images.count; ++i) {
    const auto old = images.view().row(i);
    for (std::size_t c = 0; c < channels; ++c)
      for (std::size_t y = 0; y < height; ++y)
        for (std::size_t x = 0; x < width; ++x) {
          const std::size_t row = old_index(y, images.height, height), column = old_index(x, images.width, width);
          if (row >= images.height || column >= images.width) continue;  // below 0 too, which wraps around
          const auto at = [&](std::size_t channel) {
            return old[(channel * images.height + row) * images.width + column];
          };
          float value = at(std::min(c, images.channels - 1));
          if (channels == 1 && images.channels > 1) {
            value = 0;
            for (std::size_t k = 0; k < images.channels; ++k) value += at(k) / static_cast<float>(images.channels);
          }
          set.pixels[((i * channels + c) * height + y) * width + x] = value;
        }
  }
  return set;
}

Result<ImageSplit> open_images(std::string_view word, const ImageOptions& options, ThreadPool& pool) {
  ERRATA_TRY(check_share(options.test_share));
  ERRATA_ASSIGN(ImageSplit split, open_source(word, options, pool));
  ERRATA_TRY(match_parts(split));
  return split;
}

}  // namespace errata::image
