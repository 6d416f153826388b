#include "errata/table/log_files.h"

#include <fmt/format.h>
#include <glob.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

namespace errata::table {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::pair<std::string_view, FileKind>, 8> kExtensions{{
    {".parquet", FileKind::parquet},
    {".csv", FileKind::csv},
    {".csv.gz", FileKind::csv},
    {".tsv", FileKind::tsv},
    {".tsv.gz", FileKind::tsv},
    {".jsonl", FileKind::json_lines},
    {".ndjson", FileKind::json_lines},
    {".jsonl.gz", FileKind::json_lines},
}};

std::optional<FileKind> kind_of(std::string path) {
  std::ranges::transform(path, path.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (path.ends_with(".ndjson.gz")) return FileKind::json_lines;
  for (const auto& [extension, kind] : kExtensions) {
    if (path.ends_with(extension)) return kind;
  }
  return std::nullopt;
}

std::vector<std::string> expand(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> paths;
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  return paths;
}

Result<LogFile> check_file(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) {
    return data_error(fmt::format("{0}: is a directory; name its files, for instance {0}/*.parquet", path));
  }
  const std::optional<FileKind> kind = kind_of(path);
  if (!kind) {
    return data_error(fmt::format(
        "{}: unknown kind of file; known are .parquet, .csv, .tsv, .jsonl and .ndjson, the text ones also as .gz",
        path));
  }
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) return data_error(fmt::format("{}: cannot be read: {}", path, error.message()));
  if (size == 0) return data_error(fmt::format("{}: the file is empty", path));
  return LogFile{.path = path, .kind = *kind};
}

}  // namespace

Result<std::vector<LogFile>> find_log_files(const std::vector<std::string>& paths) {
  std::vector<std::string> found;
  for (const std::string& path : paths) {
    std::error_code error;
    if (fs::exists(path, error)) {
      found.push_back(path);
      continue;
    }
    const std::vector<std::string> matches = expand(path);
    if (matches.empty()) {
      const bool is_glob = path.find_first_of("*?[") != std::string::npos;
      return data_error(fmt::format("{}: {}", path, is_glob ? "no file matches" : "no such file"));
    }
    found.insert(found.end(), matches.begin(), matches.end());
  }
  if (found.empty()) return invalid_argument("no log file is named");
  std::ranges::sort(found);
  found.erase(std::ranges::unique(found).begin(), found.end());
  std::vector<LogFile> files;
  for (const std::string& path : found) {
    ERRATA_ASSIGN(LogFile file, check_file(path));
    files.push_back(std::move(file));
  }
  return files;
}

}  // namespace errata::table
