#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

#include "errata/image/video_source.h"

namespace errata::image {
namespace {

namespace fs = std::filesystem;

/// A file of a folder, with the last number in its name.
struct NumberedFile {
  fs::path place;
  std::string number;  ///< its digits without zeros before them
};

bool is_frame_name(const fs::path& file) {
  std::string extension = file.extension().string();
  for (char& letter : extension) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return !file.filename().string().starts_with('.') &&
         (extension == ".png" || extension == ".jpg" || extension == ".jpeg");
}

std::string last_number(const std::string& name) {
  constexpr std::string_view kDigits = "0123456789";
  const std::size_t last = name.find_last_of(kDigits);
  if (last == std::string::npos) return "";
  const std::size_t before = name.find_last_not_of(kDigits, last);
  const std::size_t first = name.find_first_not_of('0', before == std::string::npos ? 0 : before + 1);
  return first > last ? "" : name.substr(first, last + 1 - first);
}

class FrameFolder : public VideoSource {
 public:
  FrameFolder(std::vector<NumberedFile> files, double frames_per_second) : files_(std::move(files)) {
    facts_.frames = files_.size();
    facts_.frames_per_second = frames_per_second;
  }

  /// Size of the first frame that can be read, or the error of the last one.
  [[nodiscard]] Result<void> find_size() {
    Result<void> outcome;
    for (const NumberedFile& file : files_) {
      const auto picture = read_picture(file.place);
      if (picture) {
        facts_.height = picture->height;
        facts_.width = picture->width;
        return {};
      }
      outcome = std::unexpected(picture.error());
    }
    return outcome;
  }

  [[nodiscard]] Result<std::optional<VideoFrame>> next() override {
    while (at_ < files_.size()) {
      const fs::path& place = files_[at_].place;
      const double seconds = static_cast<double>(at_++) / facts_.frames_per_second;
      auto picture = read_picture(place);
      if (!picture) {
        count_broken(damage_, picture.error().message);
        continue;
      }
      if (picture->height != facts_.height || picture->width != facts_.width)
        return data_error(fmt::format("{}: is {} x {} pixels, the first frame {} x {}; a video has one size",
                                      place.string(), picture->width, picture->height, facts_.width, facts_.height));
      return VideoFrame{.picture = in_colour(std::move(*picture)), .seconds = seconds};
    }
    return std::nullopt;
  }

  [[nodiscard]] const VideoFacts& facts() const override { return facts_; }
  [[nodiscard]] const VideoDamage& damage() const override { return damage_; }

 private:
  VideoFacts facts_;
  VideoDamage damage_;
  std::vector<NumberedFile> files_;
  std::size_t at_ = 0;
};

}  // namespace

Result<std::unique_ptr<VideoSource>> open_frame_folder(const fs::path& folder, double frames_per_second) {
  std::vector<NumberedFile> files;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (is_frame_name(at->path()))
      files.push_back({.place = at->path(), .number = last_number(at->path().stem().string())});
  if (error) return data_error(fmt::format("{}: cannot be read: {}", folder.string(), error.message()));
  if (files.empty()) return data_error(fmt::format("{}: has no .png, .jpg or .jpeg frame", folder.string()));
  // Of two numbers without zeros before them the longer is the larger.
  std::ranges::sort(files, {}, [](const NumberedFile& file) {
    return std::tuple(file.number.size(), std::cref(file.number).get(), file.place);
  });
  auto source = std::make_unique<FrameFolder>(std::move(files), frames_per_second);
  ERRATA_TRY(source->find_size());
  return source;
}

}  // namespace errata::image
