#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "errata/table/predicate.h"
#include "errata/table/prediction_log.h"

namespace errata::slice {

/// Some cases of a slice, column by column, as they stand in the log.
struct ExampleCases {
  std::vector<std::uint64_t> rows;     ///< of the files together, from 0, of those that --where keeps
  std::vector<table::Column> columns;  ///< [rows.size()] values each; id (if held), label, prediction, score, features
  std::vector<std::string> roles;      ///< [columns] "id", "label", "prediction", "score", "feature"
};

struct ExampleOptions {
  std::size_t cases = 5;
  std::size_t features = 8;  ///< those of the slice all, then as many others of the log as there is room for
};

/// Failing cases of a slice at even steps through its failures in file order; fewer where fewer fail.
/// @param members  [rows] 1 for the cases of the slice
[[nodiscard]] ExampleCases example_cases(const table::PredictionLog& log, std::span<const std::uint32_t> rows_of_slice,
                                         std::span<const table::Predicate> where, const ExampleOptions& options = {});

/// Where a row of the log stands in its files, whose rows without a label or prediction are no cases.
[[nodiscard]] std::uint64_t row_of_files(const table::PredictionLog& log, std::uint64_t row);

}  // namespace errata::slice
