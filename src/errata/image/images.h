#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/matrix_view.h"
#include "errata/base/thread_pool.h"

namespace errata::image {

/// Labelled images of one size in memory, pixels in [0, 1] as the file had them (a byte b is b/255).
struct ImageSet {
  std::string name;  ///< "mnist", or the path that it came from
  std::size_t count = 0, channels = 1, height = 0, width = 0;
  std::vector<float> pixels;          ///< [count, channels, height, width]
  std::vector<std::uint32_t> labels;  ///< [count] index into classes
  std::vector<std::string> classes;   ///< names, in order of the index
  std::vector<std::string> notes{};   ///< what was passed over, in words
  [[nodiscard]] std::size_t image_size() const { return channels * height * width; }
  [[nodiscard]] MatrixView<const float> view() const { return {pixels, count, image_size()}; }
};

/// Images to train on and images that nothing is ever fitted to.
struct ImageSplit {
  ImageSet train, test;
};

struct ImageOptions {
  std::filesystem::path data{};  ///< folder that holds mnist/, fashion-mnist/, cifar10/; needed for these words only
  double test_share = 1.0 / 6;   ///< in (0, 1): held out where the source has no test images of its own
  std::uint64_t seed = 1;        ///< of that split, and of the digits
  std::size_t digits = 70'000;   ///< images of the words "digits" and "letters", of which test_share are test images
};

/// Opens what a user names, see docs/formats/images.md:
///   "mnist", "fashion-mnist"  the idx files of data/mnist, data/fashion-mnist
///   "cifar10"                 the binary files of data/cifar10 (read_cifar10())
///   "digits", "letters"       rendered here (image/digits.h)
///   a .npz file               x_train, y_train, x_test, y_test; or images and labels, split by the seed
///   a folder                  idx files; or train/ and test/ with a folder a class; or a folder a class, split
///                             by the seed
/// Both parts have one size and one list of classes.
/// @return data error naming file, place and value; invalid_argument for a share outside (0, 1), too few digits, or a
/// word that is no set, file or folder
[[nodiscard]] Result<ImageSplit> open_images(std::string_view word, const ImageOptions& options, ThreadPool& pool);

/// An idx file of bytes with three dimensions [n, h, w] (magic 2051) and one of n labels (magic 2049), each also
/// gzipped. Classes are named by their numbers, 0 to the largest label.
/// @return data error naming the file: not there, another magic, truncated, left-over bytes, counts that differ
/// Reference: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".
[[nodiscard]] Result<ImageSet> read_idx(const std::filesystem::path& images, const std::filesystem::path& labels);

/// CIFAR-10 in its authors' binary layout, plain or gzipped: those of data_batch_1.bin … data_batch_5.bin that are
/// there, and test_batch.bin. Where that is missing the last images are test images, a share of test_share, whatever
/// the seed: no seed trains on what another is measured on.
/// @return data error naming the file: not there, not a whole number of images, a label above 9
/// Reference: A. Krizhevsky, "Learning multiple layers of features from tiny images", 2009.
[[nodiscard]] Result<ImageSplit> read_cifar10(const std::filesystem::path& folder, double test_share);

/// Arrays of an .npz file: images [n, h, w], [n, c, h, w] or [n, h, w, c] (c at most 4), bytes or floats in [0, 1];
/// labels [n] or [n, 1], whole numbers from 0. Bytes count where the array is of an integer type.
[[nodiscard]] Result<ImageSplit> read_npz_images(const std::filesystem::path& file, const ImageOptions& options);

/// A folder of a class each, in it its PNG and JPEG images; classes and images in the order of their names. Grey and
/// coloured images together become coloured. Pixels stand as stored, whatever EXIF says, as those who train models read
/// them.
/// @return data error naming the image that cannot be read or has another size, or the class without images
[[nodiscard]] Result<ImageSet> read_image_folder(const std::filesystem::path& folder,
                                                 const Cancellation* cancellation = nullptr);

/// The images in another size and number of channels: cut or framed with black about the middle; grey becomes three
/// equal channels, colours their mean. @param channels  1 or 3
[[nodiscard]] ImageSet in_shape(const ImageSet& images, std::size_t channels, std::size_t height, std::size_t width);

/// Draws test_share of the images, at least one, as test images; both parts keep the order of the set.
[[nodiscard]] Result<ImageSplit> split_images(const ImageSet& images, double test_share, std::uint64_t seed);

}  // namespace errata::image
