#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "errata/base/error.h"
#include "errata/table/duckdb/file_schema.h"

namespace errata::table {

/// Is there a column whose texts alone do not say how they are written: 03/01/2026, 1,234?
[[nodiscard]] bool is_undecided(std::span<const FileSchema> files);

/// @param day_first  what the user says of dates that can be read in two ways
/// @return data error for a column that is read so in one file and, as it must be, the other way in another
[[nodiscard]] Result<void> check_date_order(std::span<const FileSchema> files, std::optional<bool> day_first);

/// Files of one log are written by one program. Where the dates or numbers of a column in one file can be read in two
/// ways, they are read as those of that column in another file are, else as those of all other columns that say it.
/// @param files   those of the log: their columns are changed
/// @param others  of a log that is compared with it
/// @return what is to be told, in words
[[nodiscard]] std::vector<std::string> read_alike(std::span<FileSchema> files, std::span<const FileSchema> others);

}  // namespace errata::table
