#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <system_error>
#include <utility>

#include "errata/image/images.h"
#include "errata/image/picture.h"

namespace errata::image {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 8> kOtherPictures{".bmp", ".gif",  ".tif", ".tiff",
                                                         ".ppm", ".webp", ".pgm", ".jfif"};

bool is_image_name(const fs::path& file) {
  std::string extension = file.extension().string();
  for (char& letter : extension) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return extension == ".png" || extension == ".jpg" || extension == ".jpeg";
}

/// Pictures of kinds that are not read, which nobody would leave out knowingly.
bool is_other_picture(const fs::path& file) {
  std::string extension = file.extension().string();
  for (char& letter : extension) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return std::ranges::find(kOtherPictures, extension) != kOtherPictures.end();
}

/// What a folder holds, sorted by name, without hidden entries.
Result<std::vector<fs::path>> entries_of(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> entries;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (!at->path().filename().string().starts_with('.')) entries.push_back(at->path());
  if (error) return data_error(fmt::format("{}: cannot be read: {}", folder.string(), error.message()));
  std::ranges::sort(entries);
  return entries;
}

struct LabelledPicture {
  fs::path file;
  std::uint32_t label = 0;
};

/// Red, green and blue planes, or one grey plane; a grey picture fills all planes.
void append_planes(const Picture& picture, std::size_t channels, std::vector<float>& pixels) {
  const std::size_t area = picture.height * picture.width;
  for (std::size_t channel = 0; channel < channels; ++channel)
    for (std::size_t i = 0; i < area; ++i)
      pixels.push_back(
          static_cast<float>(picture.bytes[i * picture.channels + std::min(channel, picture.channels - 1)]) / 255.0F);
}

/// Grey images so far become coloured ones.
void add_colour(ImageSet& set) {
  std::vector<float> grey = std::exchange(set.pixels, {});
  const std::size_t area = set.height * set.width;
  set.channels = 3;
  for (std::size_t first = 0; first < grey.size(); first += area)
    for (std::size_t channel = 0; channel < 3; ++channel)
      set.pixels.insert(set.pixels.end(), grey.begin() + static_cast<std::ptrdiff_t>(first),
                        grey.begin() + static_cast<std::ptrdiff_t>(first + area));
}

}  // namespace

Result<ImageSet> read_image_folder(const fs::path& folder, const Cancellation* cancellation) {
  ImageSet set{.name = folder.string()};
  std::vector<LabelledPicture> files;
  std::vector<fs::path> passed_over;
  ERRATA_ASSIGN(const std::vector<fs::path> classes, entries_of(folder));
  std::error_code ignored;
  for (const fs::path& entry : classes) {
    if (!fs::is_directory(entry, ignored)) continue;
    const std::size_t before = files.size();
    ERRATA_ASSIGN(const std::vector<fs::path> images, entries_of(entry));
    for (const fs::path& image : images) {
      if (is_image_name(image))
        files.push_back({.file = image, .label = static_cast<std::uint32_t>(set.classes.size())});
      else if (is_other_picture(image))
        passed_over.push_back(image);
    }
    if (files.size() == before) return data_error(fmt::format("{}: has no .png, .jpg or .jpeg image", entry.string()));
    set.classes.push_back(entry.filename().string());
  }
  if (set.classes.size() < 2)
    return data_error(
        fmt::format("{}: needs a folder for each of at least 2 classes, has {}; or the idx files "
                    "train-images-idx3-ubyte, train-labels-idx1-ubyte and t10k-… beside them (also .gz)",
                    folder.string(), set.classes.size()));
  if (!passed_over.empty())
    set.notes.push_back(fmt::format("{} of {} pictures are passed over, the first is {}: .png and .jpg are read",
                                    passed_over.size(), passed_over.size() + files.size(),
                                    passed_over.front().string()));
  for (const LabelledPicture& one : files) {
    throw_if_requested(cancellation);
    ERRATA_ASSIGN(const Picture picture, read_picture(one.file, {.as_shown = false}));
    if (set.count == 0) {
      set.channels = picture.channels;
      set.height = picture.height;
      set.width = picture.width;
    }
    if (picture.height != set.height || picture.width != set.width)
      return data_error(fmt::format("{}: is {} x {} pixels, {} is {} x {}; all images need one size", one.file.string(),
                                    picture.width, picture.height, files.front().file.string(), set.width, set.height));
    if (picture.channels > set.channels) add_colour(set);
    append_planes(picture, set.channels, set.pixels);
    set.labels.push_back(one.label);
    ++set.count;
  }
  return set;
}

}  // namespace errata::image
