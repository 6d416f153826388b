#include "errata/engine_nn/real_material.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "errata/image/picture.h"
#include "errata/image/video.h"

namespace errata::engine_nn {
namespace {

namespace fs = std::filesystem;
using image::Picture;

bool ends_in(const fs::path& file, std::initializer_list<std::string_view> endings) {
  std::string own = file.extension().string();
  std::ranges::transform(own, own.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::ranges::find(endings, own) != endings.end();
}

/// Files of the folder and of its folders images and videos, by name.
std::vector<fs::path> files_of(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const fs::path& place : {folder, folder / "images", folder / "videos"}) {
    std::error_code error;
    for (auto entry = fs::directory_iterator(place, error); !error && entry != fs::directory_iterator();
         entry.increment(error))
      if (std::error_code ignored; entry->is_regular_file(ignored)) files.push_back(entry->path());
  }
  std::ranges::sort(files, {}, [](const fs::path& file) { return std::pair(file.filename(), file); });
  return files;
}

Result<void> check_size(const fs::path& file, const Picture& picture) {
  if (picture.height >= kLeastRealSide && picture.width >= kLeastRealSide) return {};
  return data_error(fmt::format("{}: {} x {} pixels; at least {} a side are needed", file.string(), picture.width,
                                picture.height, kLeastRealSide));
}

Result<Picture> open_real_picture(const fs::path& file) {
  ERRATA_ASSIGN(Picture picture, image::read_picture(file, {.as_shown = true}));
  ERRATA_TRY(check_size(file, picture));
  return image::in_colour(std::move(picture));
}

Result<std::vector<Picture>> open_real_video(const fs::path& file) {
  ERRATA_ASSIGN(image::VideoReader video, image::VideoReader::open(file));
  std::vector<Picture> frames;
  while (frames.size() < kRealFrames) {
    ERRATA_ASSIGN(auto frame, video.next());
    if (!frame) break;
    ERRATA_TRY(check_size(file, frame->picture));
    frames.push_back(std::move(frame->picture));
  }
  if (frames.size() < 2) return data_error(fmt::format("{}: one frame alone is no video", file.string()));
  return frames;
}

void add_picture(const fs::path& file, checklist::RealMaterial& found) {
  const std::string name = file.filename().string();
  if (found.pictures.size() == kMostRealPictures) {
    found.left_out.push_back(fmt::format("{}: more than {} pictures", name, kMostRealPictures));
  } else if (const auto opened = open_real_picture(file); !opened) {
    found.left_out.push_back(opened.error().message);
  } else {
    found.pictures.push_back({.file = name, .open = [file] { return open_real_picture(file); }});
  }
}

void add_video(const fs::path& file, checklist::RealMaterial& found) {
  const std::string name = file.filename().string();
  if (found.videos.size() == kMostRealVideos) {
    found.left_out.push_back(fmt::format("{}: more than {} videos", name, kMostRealVideos));
  } else if (const auto opened = open_real_video(file); !opened) {
    found.left_out.push_back(opened.error().message);
  } else {
    found.videos.push_back({.file = name, .open = [file] { return open_real_video(file); }});
  }
}

}  // namespace

Result<std::optional<checklist::RealMaterial>> find_real_material(const RealRequest& request,
                                                                  const Progress& progress) {
  if (request.folder.empty()) return std::nullopt;
  std::error_code error;
  if (!fs::is_directory(request.folder, error)) {
    if (request.may_lack) return std::nullopt;
    return invalid_argument(fmt::format("{}: there is no such folder", request.folder.string()));
  }
  tell(progress, "reading the real pictures");
  checklist::RealMaterial found{.folder = request.folder.string()};
  for (const fs::path& file : files_of(request.folder)) {
    progress.check();
    if (ends_in(file, {".png", ".jpg", ".jpeg"})) add_picture(file, found);
    if (ends_in(file, {".mp4", ".gif"})) add_video(file, found);
  }
  if (!found.pictures.empty() || !found.videos.empty()) return found;
  if (request.may_lack && found.left_out.empty()) return std::nullopt;
  return data_error(fmt::format(
      "{}: holds no picture (.png, .jpg) and no video (.mp4, .gif) that can be used, nor do its folders images and "
      "videos{}{}",
      request.folder.string(), found.left_out.empty() ? "" : "; ",
      found.left_out.empty() ? "" : found.left_out.front()));
}

}  // namespace errata::engine_nn
