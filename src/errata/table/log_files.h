#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/table/prediction_log.h"

namespace errata::table {

enum class FileKind : std::uint8_t { parquet, csv, tsv, json_lines };

/// The longest lines that are read, in bytes.
inline constexpr std::size_t kMostTextLine = 2'000'000, kMostJsonLine = 16'777'216;

struct LogFile {
  std::string path;
  FileKind kind = FileKind::parquet;
  std::uintmax_t size = 0;
  std::int64_t changed = 0;
};

struct FoundFiles {
  std::vector<LogFile> files;
  std::vector<std::string> warnings;  ///< which are named more than once
};

/// The files that paths and globs (* ? [..], and ** for any folders) name, sorted bytewise, each once with a warning,
/// also one that is spelled in two ways or linked to. A path that exists is taken as it is; a folder stands for all
/// files below it whose names end as those of logs, but for names that begin with . or _.
/// @return data error naming the path: no such file, no file matches, a folder without any, an empty file, an unknown
/// extension, a name that is not UTF-8 (its other bytes are shown as \xE9)
[[nodiscard]] Result<FoundFiles> find_log_files(const std::vector<std::string>& paths);

/// A path as the pattern that matches it alone, for glob and for DuckDB, which takes every name of a file for a
/// pattern.
[[nodiscard]] std::string literal_pattern(std::string_view path);

[[nodiscard]] std::vector<FileStamp> stamps_of(const std::vector<LogFile>& files);
/// @return a data error naming the first file that has another size or time than before, or is gone
[[nodiscard]] Result<void> check_unchanged(const std::vector<FileStamp>& before);

/// @return a data error naming file, line and limit when a line of the file is longer; nothing is said of .gz files
/// Cost: reads a little of every limit's length.
[[nodiscard]] Result<void> check_line_lengths(const LogFile& file);

}  // namespace errata::table
