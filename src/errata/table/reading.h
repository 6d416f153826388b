#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "errata/table/text_survey.h"

namespace errata::table {

/// What the user says of how files are read; all else is found out.
struct Reading {
  std::vector<std::pair<std::string, ColumnType>> types{};  ///< of columns by name
  std::optional<char> delimiter{};                          ///< between the fields of delimited text
  TextConventions text{};
  bool hive = false;  ///< folders named key=value give every row below them a column key
};

}  // namespace errata::table
