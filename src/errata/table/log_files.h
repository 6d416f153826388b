#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "errata/base/error.h"

namespace errata::table {

enum class FileKind : std::uint8_t { parquet, csv, tsv, json_lines };

struct LogFile {
  std::string path;
  FileKind kind = FileKind::parquet;
};

/// The files that paths and globs (* ? [..]) name, sorted bytewise, each once. A path that exists is taken as it is.
/// @return data error naming the path: no such file, no file matches, a directory, an empty file, an unknown extension
[[nodiscard]] Result<std::vector<LogFile>> find_log_files(const std::vector<std::string>& paths);

}  // namespace errata::table
