#include "output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "console.h"

namespace errata::cli {

Result<void> OutputFiles::open(const std::string& place) {
  if (place.empty() || place == "-") return {};
  std::error_code ignored;
  for (const auto& input : inputs_)
    if (std::filesystem::equivalent(place, input, ignored))
      return invalid_argument(fmt::format("{}: the log itself cannot be the place of an output", place));
  if (std::ranges::find(files_, place, &File::place) != files_.end())
    return invalid_argument(fmt::format("{}: named for two outputs", place));
  ERRATA_ASSIGN(auto file, AtomicFile::create(place));
  files_.push_back({.place = place, .file = std::move(file)});
  return {};
}

Result<void> OutputFiles::write(const std::string& place, std::string_view content) {
  const auto file = std::ranges::find(files_, place, &File::place);
  if (file == files_.end()) return {};
  return file->file.write(content);
}

Result<void> OutputFiles::commit() {
  for (auto& file : files_) ERRATA_TRY(file.file.commit());
  files_.clear();
  return {};
}

std::string places_text(std::initializer_list<std::pair<std::string_view, std::string_view>> places) {
  std::string text;
  for (const auto& [place, what] : places)
    if (!place.empty() && place != "-") text += fmt::format("{}: {}\n", visible_text(place), what);
  return text.empty() ? text : "\n" + text;
}

Result<void> check_folder(const std::string& folder) {
  namespace fs = std::filesystem;
  if (folder.empty()) return {};
  std::error_code ignored;
  fs::path nearest = fs::absolute(folder, ignored);
  if (nearest.empty()) return output_error(fmt::format("{}: the working directory is gone", folder));
  while (!fs::exists(nearest, ignored) && nearest.has_relative_path()) nearest = nearest.parent_path();
  if (!fs::is_directory(nearest, ignored))
    return output_error(fmt::format("{}: cannot be a folder: {} is a file", folder, nearest.string()));
  if (::access(nearest.c_str(), W_OK | X_OK) != 0)
    return output_error(fmt::format("{}: cannot be written: {}", folder, std::generic_category().message(errno)));
  return {};
}

}  // namespace errata::cli
