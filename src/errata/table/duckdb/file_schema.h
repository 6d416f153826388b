#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/cancellation.h"
#include "errata/base/error.h"
#include "errata/table/duckdb/connection.h"
#include "errata/table/log_files.h"
#include "errata/table/reading.h"
#include "errata/table/text_dialect.h"
#include "errata/table/text_survey.h"

namespace errata::table {

/// What a SQL type means for a log. Lists are those of numbers.
enum class TypeFamily : std::uint8_t { number, text, boolean, time, list, other };
[[nodiscard]] TypeFamily family_of(std::string_view sql_type);

/// A column of one file.
struct FileColumn {
  std::string name;
  std::string stored;     ///< its type as the reader of the file gives it; empty: the file does not have it
  TextReading reading{};  ///< of what the file holds as text
  std::string value;      ///< SQL over the reader's columns: what the log's column holds
  std::string type;       ///< of the value
  std::string epoch{};    ///< "milliseconds": numbers that count these since 1970 and are read as times by a guess

  bool operator==(const FileColumn&) const = default;
};

/// What one file holds.
struct FileSchema {
  LogFile file;
  TextDialect dialect{};  ///< of .csv and .tsv
  std::vector<FileColumn> columns{};
  std::vector<std::string> notes{};  ///< on how it is read, in words
};

struct SourceOptions {
  std::size_t max_columns = 4096;
  bool full_scan = false;  ///< look at every line of text files to find the types, not at the first 20,480
  Reading reading{};
  std::optional<std::string> time{};  ///< the column that the user named for the time
  std::vector<std::string> others{};  ///< columns that the caller reads for itself, which may be times
  std::vector<LogFile> alike{};       ///< files that are written as those of the log are, where these do not say how
  const Cancellation* stop = nullptr;
};

/// Finds the columns of a file. Types of text are settled from its values (text_survey.h); what the user said of a
/// column goes before.
[[nodiscard]] Result<FileSchema> read_file_schema(const Connection& connection, const LogFile& file,
                                                  const SourceOptions& options);

/// That a column became text since some values are not of the type it had.
/// @param first  of them  @param row  its row in the file, from 1
[[nodiscard]] std::string words_of_change(const LogFile& file, const FileColumn& before, std::size_t count,
                                          const std::string& first, std::size_t row);

/// The table function that reads files of one layout and the columns of the first.
[[nodiscard]] std::string reader(std::span<const FileSchema> files);

/// The text of a column that the file holds as text, over the columns of text_reader().
[[nodiscard]] std::string text_of(const FileColumn& column);
/// A reader of the same columns in which all that is text in the file is text.
[[nodiscard]] std::string text_reader(std::span<const FileSchema> files);

/// Whether one reader may read both.
[[nodiscard]] bool same_reader(const FileSchema& a, const FileSchema& b);

}  // namespace errata::table
