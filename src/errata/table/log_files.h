#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "errata/base/error.h"
#include "errata/table/prediction_log.h"

namespace errata::table {

enum class FileKind : std::uint8_t { parquet, csv, tsv, json_lines };

struct LogFile {
  std::string path;
  FileKind kind = FileKind::parquet;
  std::uintmax_t size = 0;
  std::int64_t changed = 0;
};

/// The files that paths and globs (* ? [..]) name, sorted bytewise, each once. A path that exists is taken as it is.
/// @return data error naming the path: no such file, no file matches, a directory, an empty file, an unknown extension,
/// a name that is not UTF-8 (its other bytes are shown as \xE9)
[[nodiscard]] Result<std::vector<LogFile>> find_log_files(const std::vector<std::string>& paths);

[[nodiscard]] std::vector<FileStamp> stamps_of(const std::vector<LogFile>& files);
/// @return a data error naming the first file that has another size or time than before, or is gone
[[nodiscard]] Result<void> check_unchanged(const std::vector<FileStamp>& before);

/// The longest line that a reader of text takes: 2,000,000 bytes of CSV, 16 MiB of JSON.
/// @return a data error naming file, line and limit when a line of the file is longer; nothing is said of .gz files
/// Cost: reads a little of every limit's length.
[[nodiscard]] Result<void> check_line_lengths(const LogFile& file);

}  // namespace errata::table
