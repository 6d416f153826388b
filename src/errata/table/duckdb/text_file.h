#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "errata/base/cancellation.h"
#include "errata/base/error.h"
#include "errata/table/duckdb/connection.h"
#include "errata/table/log_files.h"
#include "errata/table/text_dialect.h"
#include "errata/table/text_survey.h"

namespace errata::table {

/// The layout of a .csv or .tsv file, from its first lines.
/// @param delimiter  named by the user
/// @return data error for a file whose content is not what its name says (gzip, Parquet, …), or that names no column
[[nodiscard]] Result<TextDialect> read_dialect(const Connection& connection, const LogFile& file,
                                               std::optional<char> delimiter);

/// What the reader of delimited text is told besides the files and the columns.
[[nodiscard]] std::string dialect_sql(const TextDialect& dialect);

/// Shows the texts of a relation of VARCHAR columns to one survey each.
/// @param surveys  [columns], added to
/// @param rows     at most, from the first on; 0: all
/// @return how many there were
[[nodiscard]] Result<std::size_t> survey_texts(const Connection& connection, const std::string& select,
                                               std::span<TextSurvey> surveys, std::size_t rows);

/// Shows all bytes of a file of delimited text, unpacked where it is packed, a part at a time.
[[nodiscard]] Result<void> read_bytes(const Connection& connection, const LogFile& file, const Cancellation* stop,
                                      const std::function<void(std::string_view)>& take);

/// The first line of a file of several ends of lines that ends in CR alone, which no reader knows to be one; 0: none.
/// @param quote  within which a CR is text
[[nodiscard]] Result<std::size_t> line_ended_by_cr(const Connection& connection, const LogFile& file, char quote,
                                                   const Cancellation* stop);

/// A JSON file that holds one array, and text files that are something else by their first bytes.
/// @return data error that says what it is, and what to do
[[nodiscard]] Result<void> check_content(const LogFile& file);

}  // namespace errata::table
