#include "errata/image/images.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "errata/arrays/npz.h"
#include "errata/base/atomic_file.h"
#include "errata/base/test_folder.h"
#include "errata/image/picture.h"
#include "errata/image/test_exif.h"

namespace errata::image {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 255);
  return bytes;
}

/// Three images of 2 x 2 with the bytes 0, 1, 2 …, and labels 1, 0, 2.
std::string idx_images() {
  std::string content = big_endian(2051) + big_endian(3) + big_endian(2) + big_endian(2);
  for (char value = 0; value < 12; ++value) content += value;
  return content;
}
std::string idx_labels() { return big_endian(2049) + big_endian(3) + std::string("\1\0\2", 3); }

template <typename T>
std::string error_of(const Result<T>& result) {
  EXPECT_FALSE(result) << "was read";
  return result ? "" : result.error().message;
}

TEST(Idx, ReadsImagesAndLabels) {
  const TestFolder files;
  const auto set = read_idx(files.file("images", idx_images()), files.file("labels", idx_labels()));
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ(set->count, 3U);
  EXPECT_EQ(set->height, 2U);
  EXPECT_EQ(set->width, 2U);
  EXPECT_EQ(set->channels, 1U);
  for (std::size_t i = 0; i < 12; ++i) EXPECT_FLOAT_EQ(set->pixels[i], static_cast<float>(i) / 255);
  EXPECT_THAT(set->labels, ElementsAre(1, 0, 2));
  EXPECT_THAT(set->classes, ElementsAre("0", "1", "2"));
}

TEST(Idx, RefusesWhatItCannotReadAndSaysWhy) {
  const TestFolder files;
  const auto labels = files.file("labels", idx_labels());
  const auto images = files.file("images", idx_images());
  const auto with = [&](const std::string& content) { return error_of(read_idx(files.file("bad", content), labels)); };
  EXPECT_THAT(with(idx_images().substr(0, 27)), HasSubstr("bad: is truncated: 3 x 2 x 2 needs 12 bytes, 11 are there"));
  EXPECT_THAT(with(idx_images().substr(0, 10)), HasSubstr("bad: is truncated: 10 bytes, its header alone has 16"));
  EXPECT_THAT(with(""), HasSubstr("is truncated: 0 bytes"));
  EXPECT_THAT(with(idx_images() + "x"), HasSubstr("bytes are left over behind its 12 values"));
  EXPECT_THAT(with(idx_labels()), HasSubstr("bad: starts with 2049, not with 2051"));
  EXPECT_THAT(with(big_endian(2051) + big_endian(0) + big_endian(2) + big_endian(2)), HasSubstr("dimension 0 is 0"));
  EXPECT_THAT(with(big_endian(2051) + std::string(12, '\xff')), HasSubstr("needs too many bytes"));
  EXPECT_THAT(error_of(read_idx(files / "none", labels)), HasSubstr("none: cannot be read: No such file"));
  EXPECT_THAT(error_of(read_idx(files.path(), labels)), HasSubstr("is a directory"));
  EXPECT_THAT(error_of(read_idx(images, files.file("few", big_endian(2049) + big_endian(2) + std::string(2, '\0')))),
              HasSubstr("images: has 3 images, "));
}

TEST(Idx, IsUnpackedNoFurtherThanItsHeaderAsks) {
  // The file ends within four million zeros behind the images; who unpacks them all finds that it is truncated.
  const TestFolder files;
  const auto place = files / "images.gz";
  const std::string content = idx_images() + std::string(4'000'000, '\0');
  gzFile file = gzopen(place.c_str(), "wb");
  ASSERT_EQ(gzwrite(file, content.data(), static_cast<unsigned>(content.size())), content.size());
  gzclose(file);
  const std::string packed = *read_file(place);
  EXPECT_LT(packed.size(), 10'000U);
  EXPECT_THAT(error_of(read_idx(files.file("bomb.gz", packed.substr(0, packed.size() - 100)),
                                files.file("labels", idx_labels()))),
              HasSubstr("bomb.gz: bytes are left over behind its 12 values"));
}

TEST(Idx, RefusesATruncatedGzip) {
  const auto data = real_data_folder("mnist");
  if (data.empty()) GTEST_SKIP() << "no mnist in the data folder";
  const TestFolder files;
  const std::string whole = *read_file(data / "mnist/t10k-labels-idx1-ubyte.gz");
  const auto cut = files.file("cut.gz", whole.substr(0, whole.size() / 2));
  EXPECT_THAT(error_of(read_idx(data / "mnist/t10k-images-idx3-ubyte.gz", cut)),
              HasSubstr("cut.gz: cannot be unpacked: it is truncated"));
}

TEST(OpenImages, ReadsMnistByItsName) {
  const auto data = real_data_folder("mnist");
  if (data.empty()) GTEST_SKIP() << "no mnist in the data folder";
  ThreadPool pool(1);
  const auto split = open_images("mnist", {.data = data}, pool);
  ASSERT_TRUE(split) << split.error().message;
  EXPECT_EQ(split->train.count, 60'000U);
  EXPECT_EQ(split->test.count, 10'000U);
  EXPECT_EQ(split->test.name, "mnist");
  EXPECT_THAT(std::span(split->test.labels).first(5), ElementsAre(7, 2, 1, 0, 4));
  double sum = 0;
  for (const float value : split->train.pixels) sum += static_cast<double>(value);
  EXPECT_NEAR(sum / static_cast<double>(split->train.pixels.size()), 0.1307, 0.0001);  // the source's mean
}

TEST(OpenImages, RefusesWordsThatAreNothing) {
  ThreadPool pool(1);
  EXPECT_EQ(open_images("cifar", {}, pool).error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(error_of(open_images("cifar", {}, pool)),
              HasSubstr("'cifar' is no set of images: mnist, fashion-mnist, cifar10"));
  EXPECT_THAT(error_of(open_images("mnist", {}, pool)), HasSubstr("'mnist' needs a data folder"));
  for (const double share : {0.0, 1.0, -1.0, std::nan("")})
    EXPECT_EQ(open_images("digits", {.test_share = share}, pool).error().code, ErrorCode::invalid_argument);
  const TestFolder files;
  EXPECT_THAT(error_of(open_images("mnist", {.data = files.path()}, pool)),
              HasSubstr("has neither train-images-idx3-ubyte nor"));
}

TEST(OpenImages, RefusesLabelsBeyondTheTenOfMnist) {
  const TestFolder files;
  for (const std::string part : {"mnist/train", "mnist/t10k"}) {
    (void)files.file(part + "-images-idx3-ubyte", idx_images());
    (void)files.file(part + "-labels-idx1-ubyte", big_endian(2049) + big_endian(3) + std::string("\1\0\x0a", 3));
  }
  ThreadPool pool(1);
  EXPECT_THAT(error_of(open_images("mnist", {.data = files.path()}, pool)),
              HasSubstr("has label 10; mnist has labels 0 to 9"));
}

// --- CIFAR-10 ---

/// An image whose planes are filled with red, red + 1, red + 2, but for the last value of green, which is 255.
std::string cifar_image(std::uint8_t label, std::uint8_t red) {
  std::string image(1, static_cast<char>(label));
  for (int channel = 0; channel < 3; ++channel) image += std::string(1024, static_cast<char>(red + channel));
  image[2048] = '\xff';
  return image;
}

TEST(Cifar, ReadsPlanesAndKeepsTheLastImagesForTests) {
  const TestFolder files;
  (void)files.file("cifar10/data_batch_1.bin", cifar_image(9, 10) + cifar_image(0, 20));
  (void)files.file("cifar10/data_batch_3.bin", cifar_image(3, 30) + cifar_image(4, 40));
  ThreadPool pool(1);
  for (const std::uint64_t seed : {1U, 2U}) {
    const auto split = open_images("cifar10", {.data = files.path(), .test_share = 0.25, .seed = seed}, pool);
    ASSERT_TRUE(split) << split.error().message;
    EXPECT_THAT(split->train.labels, ElementsAre(9, 0, 3));
    EXPECT_THAT(split->test.labels, ElementsAre(4));
    EXPECT_EQ(split->test.classes[4], "deer");
    EXPECT_EQ(split->train.channels, 3U);
    EXPECT_EQ(split->train.height, 32U);
    EXPECT_EQ(split->train.view()(1, 0), 20.0F / 255);
    EXPECT_EQ(split->train.view()(1, 1024), 21.0F / 255);
    EXPECT_EQ(split->train.view()(1, 2047), 1.0F);
    EXPECT_EQ(split->train.view()(1, 2048), 22.0F / 255);
    EXPECT_EQ(split->test.view()(0, 0), 40.0F / 255);
  }
  (void)files.file("cifar10/test_batch.bin", cifar_image(8, 50));
  const auto whole = open_images("cifar10", {.data = files.path()}, pool);
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ(whole->train.count, 4U);
  EXPECT_THAT(whole->test.labels, ElementsAre(8));
}

TEST(Cifar, SaysWhatIsWrongWithAFile) {
  const TestFolder files;
  ThreadPool pool(1);
  const auto error = [&] { return error_of(open_images("cifar10", {.data = files.path()}, pool)); };
  EXPECT_THAT(error(), HasSubstr("has neither data_batch_1.bin nor data_batch_1.bin.gz"));
  (void)files.file("cifar10/data_batch_1.bin", cifar_image(1, 1) + "x");
  EXPECT_THAT(error(), HasSubstr("data_batch_1.bin: 3074 bytes are no whole number of images of 3073 bytes"));
  (void)files.file("cifar10/data_batch_1.bin", cifar_image(1, 1) + cifar_image(10, 1));
  EXPECT_THAT(error(), HasSubstr("data_batch_1.bin: image 1 has label 10; cifar10 has labels 0 to 9"));
  (void)files.file("cifar10/data_batch_1.bin", cifar_image(1, 1));
  EXPECT_THAT(error(), HasSubstr("1 image cannot be split"));
}

TEST(InShape, CutsFramesAndConverts) {
  const ImageSet grey{
      .count = 1, .height = 3, .width = 2, .pixels = {1, 2, 3, 4, 5, 6}, .labels = {0}, .classes = {"a"}};
  const ImageSet framed = in_shape(grey, 3, 1, 4);
  EXPECT_THAT(framed.pixels, ElementsAre(0, 3, 4, 0, 0, 3, 4, 0, 0, 3, 4, 0));
  const ImageSet colour{
      .count = 1, .channels = 3, .height = 1, .width = 2, .pixels = {0.25, 1, 0.5, 0, 0.75, 0.5}, .labels = {0}};
  EXPECT_THAT(in_shape(colour, 1, 1, 2).pixels, ElementsAre(0.5, 0.5));
  EXPECT_THAT(in_shape(colour, 3, 1, 2).pixels, ElementsAre(0.25, 1, 0.5, 0, 0.75, 0.5));
}

// --- .npz ---

const std::vector<float> kFloats{0, 0.1F, 0.2F, 0.3F, 0.4F, 0.5F, 0.6F, 0.7F, 0.8F, 0.9F, 1, 0.5F};
const std::vector<std::int64_t> kLabels{1, 0};

arrays::NpyArray floats(std::vector<std::size_t> shape) {
  return arrays::npy_array(std::span<const float>(kFloats), std::move(shape));
}
arrays::NpyArray labels(const std::vector<std::int64_t>& values) {
  return arrays::npy_array(std::span<const std::int64_t>(values), {values.size()});
}

Result<ImageSplit> through_npz(const TestFolder& files,
                               const std::vector<std::pair<std::string, arrays::NpyArray>>& arrays) {
  const auto place = files / "set.npz";
  EXPECT_TRUE(arrays::write_npz(place, arrays));
  ThreadPool pool(1);
  return open_images(place.string(), {}, pool);
}

TEST(NpzImages, PutsChannelsInFront) {
  const TestFolder files;
  const auto split = through_npz(files, {{"x_train", floats({2, 1, 2, 3})},
                                         {"y_train", labels(kLabels)},
                                         {"x_test", floats({2, 1, 2, 3})},
                                         {"y_test", labels(kLabels)}});
  ASSERT_TRUE(split) << split.error().message;
  EXPECT_EQ(split->train.pixels, kFloats);
  EXPECT_THAT(split->train.labels, ElementsAre(1, 0));
  // [2, 6, 5, 3]: too many planes to be channels, so they stand last.
  std::vector<float> last(2 * 6 * 5 * 3);
  for (std::size_t i = 0; i < last.size(); ++i) last[i] = static_cast<float>(i) / 180;
  const auto array = arrays::npy_array(std::span<const float>(last), {2, 6, 5, 3});
  const auto turned = through_npz(
      files, {{"x_train", array}, {"y_train", labels(kLabels)}, {"x_test", array}, {"y_test", labels(kLabels)}});
  ASSERT_TRUE(turned) << turned.error().message;
  EXPECT_EQ(turned->test.channels, 3U);
  EXPECT_EQ(turned->test.height, 6U);
  EXPECT_EQ(turned->test.width, 5U);
  EXPECT_EQ(turned->test.pixels[90 + 30 + 7], last[90 + 7 * 3 + 1]);  // image 1, channel 1, pixel 7
}

TEST(NpzImages, SplitsWhatHasNoTestImagesBySeed) {
  const TestFolder files;
  std::vector<std::uint8_t> bytes(12 * 4);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  const auto split =
      through_npz(files, {{"images", arrays::npy_array(std::span<const std::uint8_t>(bytes), {12, 2, 2})},
                          {"labels", labels({0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2})}});
  ASSERT_TRUE(split) << split.error().message;
  EXPECT_EQ(split->test.count, 2U);
  EXPECT_EQ(split->train.count, 10U);
  std::multiset<float> all(split->train.pixels.begin(), split->train.pixels.end());
  all.insert(split->test.pixels.begin(), split->test.pixels.end());
  std::multiset<float> expected;
  for (const std::uint8_t value : bytes) expected.insert(static_cast<float>(value) / 255);
  EXPECT_EQ(all, expected);
  for (std::size_t i = 0; i < split->train.count; ++i)  // labels go with their images
    EXPECT_EQ(split->train.labels[i],
              static_cast<std::uint32_t>(std::lround(split->train.pixels[4 * i] * 255) / 4 % 3));
}

TEST(NpzImages, RefusesWhatDoesNotFitAndSaysWhy) {
  const TestFolder files;
  const auto with = [&](const arrays::NpyArray& images, const arrays::NpyArray& classes) {
    return error_of(through_npz(files, {{"images", images}, {"labels", classes}}));
  };
  EXPECT_THAT(with(floats({12}), labels(kLabels)), HasSubstr("array images: shape [12] is none of"));
  EXPECT_THAT(with(floats({2, 2, 3}), labels({0, 1, 0})), HasSubstr("array labels: has 3 labels, images has 2 images"));
  EXPECT_THAT(with(floats({2, 2, 3}), labels({0, -1})), HasSubstr("label -1 of image 1 is not in [0, 10000)"));
  EXPECT_THAT(with(floats({2, 2, 3}), labels({0, 10'000})), HasSubstr("label 10000 of image 1"));
  EXPECT_THAT(with(floats({2, 2, 3}), floats({12})), HasSubstr("has 12 labels"));
  auto values = kFloats;
  values[7] = 1.5F;
  EXPECT_THAT(with(arrays::npy_array(std::span<const float>(values), {2, 2, 3}), labels(kLabels)),
              HasSubstr("value 1.5 of image 1 is not in [0, 1]"));
  values[7] = std::nanf("");
  EXPECT_THAT(with(arrays::npy_array(std::span<const float>(values), {2, 2, 3}), labels(kLabels)),
              HasSubstr("value nan of image 1"));
  EXPECT_THAT(error_of(through_npz(files, {{"pictures", floats({12})}})),
              HasSubstr("has no images and labels (or x_train"));
  EXPECT_THAT(error_of(through_npz(files, {{"x_train", floats({2, 2, 3})},
                                           {"y_train", labels(kLabels)},
                                           {"x_test", floats({2, 3, 2})},
                                           {"y_test", labels(kLabels)}})),
              HasSubstr("test images are 2 x 3 pixels in 1 channels, training images 3 x 2 in 1"));
  EXPECT_THAT(error_of(through_npz(files, {{"x_train", floats({2, 2, 3})},
                                           {"y_train", labels(kLabels)},
                                           {"x_test", floats({2, 2, 3})},
                                           {"y_test", labels({0, 5})}})),
              HasSubstr("class 2 of the test images is '2', that of the training images none"));
  const auto truncated = files.file("cut.npz", read_file(files / "set.npz")->substr(0, 100));
  ThreadPool pool(1);
  EXPECT_THAT(error_of(open_images(truncated, {}, pool)), HasSubstr("cut.npz: cannot be read as .npz"));
}

// --- folders ---

Picture picture(std::size_t height, std::size_t width, std::size_t channels, std::uint8_t first) {
  Picture made{.height = height, .width = width, .channels = channels, .bytes{}};
  for (std::size_t i = 0; i < height * width * channels; ++i)
    made.bytes.push_back(static_cast<std::uint8_t>(first + i));
  return made;
}

TEST(ImageFolder, ReadsAFolderAClassAndAddsColour) {
  const TestFolder files;
  for (const std::string name :
       {"cat/b.png", "cat/a.png", "dog/c.PNG", "cat/notes.txt", "dog/.hidden.png", "dog/d.BMP"})
    (void)files.file(name, "");
  ASSERT_TRUE(write_png(files / "cat/a.png", picture(2, 3, 1, 10)));
  ASSERT_TRUE(write_png(files / "cat/b.png", picture(2, 3, 1, 20)));
  ASSERT_TRUE(write_png(files / "dog/c.PNG", picture(2, 3, 3, 30)));
  const auto set = read_image_folder(files.path());
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_THAT(set->classes, ElementsAre("cat", "dog"));
  EXPECT_THAT(set->notes, ElementsAre(HasSubstr("1 of 4 pictures are passed over, the first is ")));
  EXPECT_THAT(set->labels, ElementsAre(0, 0, 1));
  EXPECT_EQ(set->count, 3U);
  EXPECT_EQ(set->channels, 3U);
  const auto byte = [&](std::size_t i) { return std::lround(set->pixels[i] * 255); };
  EXPECT_EQ(byte(0), 10);            // a.png, red
  EXPECT_EQ(byte(6), 10);            // a.png, green
  EXPECT_EQ(byte(18 + 12 + 1), 21);  // b.png, blue, second pixel
  EXPECT_EQ(byte(36 + 1), 33);       // c.PNG, red of the second pixel
  EXPECT_EQ(byte(36 + 6), 31);       // c.PNG, green of the first
  ThreadPool pool(1);
  const auto split = open_images(files.path().string(), {}, pool);
  ASSERT_TRUE(split) << split.error().message;
  EXPECT_EQ(split->test.count, 1U);
}

TEST(ImageFolder, RefusesWhatDoesNotFitAndSaysWhy) {
  const TestFolder files;
  for (const std::string name : {"cat/a.png", "dog/b.png"}) (void)files.file(name, "");
  ASSERT_TRUE(write_png(files / "cat/a.png", picture(2, 3, 1, 10)));
  ASSERT_TRUE(write_png(files / "dog/b.png", picture(3, 2, 1, 10)));
  EXPECT_THAT(error_of(read_image_folder(files.path())), HasSubstr("b.png: is 2 x 3 pixels, "));
  (void)files.file("dog/b.png", "GIF89a");
  EXPECT_THAT(error_of(read_image_folder(files.path())), HasSubstr("b.png: is neither PNG nor JPEG"));
  (void)files.file("dog/b.png", read_file(files / "cat/a.png")->substr(0, 50));
  EXPECT_THAT(error_of(read_image_folder(files.path())), HasSubstr("b.png: cannot be read as PNG"));
  (void)files.file("dog/b.png", "\xff\xd8\xff rest");
  EXPECT_THAT(error_of(read_image_folder(files.path())), HasSubstr("b.png: cannot be read as JPEG"));
  std::filesystem::remove(files / "dog/b.png");
  EXPECT_THAT(error_of(read_image_folder(files.path())), HasSubstr("dog: has no .png, .jpg or .jpeg image"));
  std::filesystem::remove(files / "dog");
  EXPECT_THAT(error_of(read_image_folder(files.path())),
              HasSubstr("needs a folder for each of at least 2 classes, has 1"));
  EXPECT_THAT(error_of(read_image_folder(files / "none")), HasSubstr("none: cannot be read: No such file"));
}

TEST(ImageFolder, PixelsStandAsStoredWhateverExifSays) {
  const TestFolder files;
  for (const std::string name : {"cat/a.png", "dog/b.png"}) {
    (void)files.file(name, "");
    ASSERT_TRUE(write_png(files / name, picture(2, 3, 1, 10)));
  }
  std::string content = *read_file(files / "cat/a.png");
  const std::string exif = exif_of(6);
  content.insert(33, std::string("\0\0\0", 3) + static_cast<char>(exif.size()) + "eXIf" + exif + std::string(4, '\0'));
  (void)files.file("cat/a.png", content);
  EXPECT_EQ(read_picture(files / "cat/a.png")->height, 3U) << "a picture is turned";
  const auto set = read_image_folder(files.path());
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ(set->height, 2U);
}

TEST(Picture, ComesBackFromPngByteForByte) {
  const TestFolder files;
  for (const std::size_t channels : {1U, 3U}) {
    const Picture made = picture(9, 7, channels, 3);
    ASSERT_TRUE(write_png(files / "a.png", made));
    const auto read = read_picture(files / "a.png");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->channels, channels);
    EXPECT_EQ(read->height, 9U);
    EXPECT_EQ(read->width, 7U);
    EXPECT_EQ(read->bytes, made.bytes);
  }
  const auto failed = write_png(files / "none/a.png", picture(1, 1, 1, 0));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::output);
}

TEST(Picture, ReadsRealPhotographs) {
  const auto data = real_data_folder("images");
  if (data.empty()) GTEST_SKIP() << "no images in the data folder";
  const auto photograph = read_picture(data / "images/person_dog.jpg"),
             cells = read_picture(data / "images/microscopy_cell_gray.png");
  ASSERT_TRUE(photograph) << photograph.error().message;
  ASSERT_TRUE(cells) << cells.error().message;
  EXPECT_EQ(photograph->channels, 3U);
  EXPECT_EQ(cells->channels, 1U);
  EXPECT_GT(photograph->width * photograph->height, 100'000U);
  const TestFolder files;
  const std::string whole = *read_file(data / "images/person_dog.jpg");
  EXPECT_THAT(error_of(read_picture(files.file("cut.jpg", whole.substr(0, whole.size() / 2)))),
              HasSubstr("cut.jpg: cannot be read as JPEG"));
}

}  // namespace
}  // namespace errata::image
