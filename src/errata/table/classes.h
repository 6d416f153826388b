#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "errata/table/prediction_log.h"

namespace errata::table {

/// More different integers than these are numbers, not classes.
inline constexpr std::size_t kMaxIntegerClasses = 100;

/// The distinct integers of a numeric column; nothing when it holds other numbers or more than kMaxIntegerClasses.
[[nodiscard]] std::optional<std::set<double>> distinct_integers(const Column& column);

[[nodiscard]] bool is_boolean(const Column& column);

/// A column as class names: the distinct ones, and which one each row has (PredictionLog::kNoClass where missing).
struct ClassNames {
  std::vector<std::string> names;
  std::vector<std::uint32_t> rows;
};
/// @param booleans_as_integers  call true and false 1 and 0, to compare them with numbers
[[nodiscard]] ClassNames class_names(const Column& column, bool booleans_as_integers);

/// Numbers in numeric order, before other names in bytewise order; each once.
void sort_classes(std::vector<std::string>& names);

/// Row values as indices into the sorted classes.
[[nodiscard]] std::vector<std::uint32_t> renumber(const ClassNames& from, const std::vector<std::string>& classes);

/// A column in SQL so that it equals `other` exactly where their class names are equal.
[[nodiscard]] std::string class_sql(const Column& column, const Column& other);

}  // namespace errata::table
