#include "errata/table/log_files.h"

#include <fmt/format.h>
#include <glob.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "errata/base/utf8.h"

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

std::vector<std::string> glob_paths(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> paths;
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  return paths;
}

/// Hidden files, and those that writers of folders keep beside the data: _SUCCESS, _metadata.
bool is_set_aside(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.starts_with('.') || name.starts_with('_');
}

/// The folder and all below it; links are not followed.
std::vector<std::string> folders_below(const std::string& folder) {
  std::vector<std::string> found{folder};
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, error), end;
       !error && at != end; at.increment(error)) {
    if (!at->is_directory(error)) continue;
    if (is_set_aside(at->path()))
      at.disable_recursion_pending();
    else
      found.push_back(at->path().string());
  }
  return found;
}

/// The files of a folder, and of all below it, whose kind is known by their names.
std::vector<std::string> files_below(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (const std::string& below : folders_below(folder))
    for (fs::directory_iterator at(below, error), end; !error && at != end; at.increment(error))
      if (!at->is_directory(error) && !is_set_aside(at->path()) && kind_of(at->path().string()))
        files.push_back(at->path().string());
  return files;
}

/// Paths that a pattern matches; ** stands for any number of folders.
std::vector<std::string> expand(const std::string& pattern) {
  if (pattern == "**" || pattern.ends_with("/**")) {
    std::vector<std::string> files;
    for (const std::string& folder : expand(pattern == "**" ? "." : pattern.substr(0, pattern.size() - 3)))
      std::ranges::move(files_below(folder), std::back_inserter(files));
    return files;
  }
  const std::size_t at = pattern.find("**/");
  if (at == std::string::npos || (at > 0 && pattern[at - 1] != '/')) return glob_paths(pattern);
  const std::string above = at == 0 ? "." : at == 1 ? "/" : pattern.substr(0, at - 1);
  std::vector<std::string> paths;
  for (const std::string& top :
       above.find_first_of("*?[") == std::string::npos ? std::vector{above} : glob_paths(above))
    for (const std::string& folder : folders_below(top))
      for (std::string& path : expand(literal_pattern(folder) + "/" + pattern.substr(at + 3))) paths.push_back(path);
  return paths;
}

Result<LogFile> check_file(const std::string& path) {
  std::error_code error;
  const std::optional<FileKind> kind = kind_of(path);
  if (!kind) {
    return data_error(fmt::format(
        "{}: unknown kind of file; known are .parquet, .csv, .tsv, .jsonl and .ndjson, the text ones also as .gz: "
        "name it by what it holds, or convert it",
        path));
  }
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) return data_error(fmt::format("{}: cannot be read: {}", path, error.message()));
  if (size == 0) return data_error(fmt::format("{}: the file is empty", path));
  const auto changed = fs::last_write_time(path, error);
  return LogFile{.path = path, .kind = *kind, .size = size, .changed = changed.time_since_epoch().count()};
}

/// DuckDB takes names in UTF-8 only.
Result<void> check_name(const std::string& path) {
  const std::string shown = with_broken_bytes_shown(path);
  if (shown == path) return {};
  return data_error(fmt::format("{}: the name of the file is not UTF-8; rename it", shown));
}

/// Where the last line that begins in [from, from + limit] of the stream begins; npos when none but that at `from`
/// does.
std::size_t last_line_begin(std::ifstream& stream, std::size_t from, std::size_t limit) {
  constexpr std::size_t kBlock = 65'536;
  std::string block;
  for (std::size_t end = from + limit + 1; end > from;) {
    const std::size_t begin = end - std::min(kBlock, end - from);
    block.resize(end - begin);
    stream.seekg(static_cast<std::streamoff>(begin));
    stream.read(block.data(), static_cast<std::streamsize>(block.size()));
    const std::size_t newline = block.find_last_of("\r\n");
    if (newline != std::string::npos) return begin + newline + 1;
    end = begin;
  }
  return std::string::npos;
}

/// The paths that the arguments stand for, in their order.
Result<std::vector<std::string>> named_paths(const std::vector<std::string>& paths) {
  std::vector<std::string> found;
  for (const std::string& path : paths) {
    ERRATA_TRY(check_name(path));
    std::error_code error;
    if (fs::is_directory(path, error)) {
      const std::vector<std::string> files = files_below(path);
      if (files.empty())
        return data_error(fmt::format("{}: the folder holds no .parquet, .csv, .tsv, .jsonl or .ndjson file", path));
      found.insert(found.end(), files.begin(), files.end());
      continue;
    }
    if (fs::exists(path, error)) {
      found.push_back(path);
      continue;
    }
    if (path.find("://") != std::string::npos)
      return data_error(fmt::format("{}: files of this machine are read only; fetch it first", path));
    const std::vector<std::string> matches = expand(path);
    if (matches.empty()) {
      const bool is_glob = path.find_first_of("*?[") != std::string::npos;
      return data_error(fmt::format("{}: {}", path, is_glob ? "no file matches" : "no such file"));
    }
    found.insert(found.end(), matches.begin(), matches.end());
  }
  return found;
}

/// Files that are named more than once, by whatever spelling.
struct Repeated {
  std::set<std::string> files;  ///< canonical names
  std::string first, also;      ///< how the first of them is spelled

  void add(const std::string& canonical, const std::string& path, const std::string& again) {
    if (files.empty()) std::tie(first, also) = std::pair(path, again);
    files.insert(canonical);
  }
  [[nodiscard]] std::string words() const {
    const std::string spelled = also == first ? first : fmt::format("{} (also as {})", first, also);
    if (files.size() == 1) return fmt::format("{} is named more than once, and read once", spelled);
    return fmt::format("{} files are named more than once, and read once each; the first is {}", files.size(), spelled);
  }
};

}  // namespace

Result<FoundFiles> find_log_files(const std::vector<std::string>& paths) {
  ERRATA_ASSIGN(std::vector<std::string> named, named_paths(paths));
  if (named.empty()) return invalid_argument("no log file is named");
  std::ranges::sort(named);
  FoundFiles found;
  Repeated repeated;
  std::map<std::string, std::string> known;  // canonical name, first spelling
  for (const std::string& path : named) {
    std::error_code error;
    if (fs::is_directory(path, error))
      return data_error(fmt::format("{0}: is a folder; name it alone, or its files with {0}/**", path));
    ERRATA_TRY(check_name(path));
    const auto [at, is_new] = known.try_emplace(fs::canonical(path, error).string(), path);
    if (!is_new) {
      repeated.add(at->first, at->second, path);
      continue;
    }
    ERRATA_ASSIGN(LogFile file, check_file(path));
    found.files.push_back(std::move(file));
  }
  if (!repeated.files.empty()) found.warnings.push_back(repeated.words());
  return found;
}

std::string literal_pattern(std::string_view path) {
  std::string pattern;
  for (const char c : path) pattern += c == '*' || c == '?' || c == '[' ? fmt::format("[{}]", c) : std::string(1, c);
  return pattern;
}

std::vector<FileStamp> stamps_of(const std::vector<LogFile>& files) {
  std::vector<FileStamp> stamps;
  for (const LogFile& file : files) stamps.push_back({.path = file.path, .size = file.size, .changed = file.changed});
  return stamps;
}

Result<void> check_unchanged(const std::vector<FileStamp>& before) {
  for (const FileStamp& stamp : before) {
    std::error_code error;
    const std::uintmax_t size = fs::file_size(stamp.path, error);
    if (error) return data_error(fmt::format("{}: is gone since it was read: {}", stamp.path, error.message()));
    const auto changed = fs::last_write_time(stamp.path, error);
    if (size == stamp.size && !error && changed.time_since_epoch().count() == stamp.changed) continue;
    return data_error(fmt::format(
        "{}: somebody changed the file while it was in use: {} bytes before, {} now; run it again when it is at rest",
        stamp.path, stamp.size, size));
  }
  return {};
}

Result<void> check_line_lengths(const LogFile& file) {
  if (file.kind == FileKind::parquet || file.path.ends_with(".gz")) return {};
  const std::size_t limit = file.kind == FileKind::json_lines ? kMostJsonLine : kMostTextLine;
  std::ifstream stream(file.path, std::ios::binary);
  for (std::size_t line = 0; file.size > line + limit;) {
    const std::size_t next = last_line_begin(stream, line, limit);
    if (next == std::string::npos) {
      stream.seekg(0);
      std::string before;
      std::size_t number = 1;
      while (static_cast<std::size_t>(stream.tellg()) < line && std::getline(stream, before)) ++number;
      return data_error(fmt::format("{}: line {} is longer than {} bytes, the limit", file.path, number, limit));
    }
    line = next;
  }
  return {};
}

}  // namespace errata::table
