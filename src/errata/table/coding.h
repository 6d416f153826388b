#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "errata/base/error.h"
#include "errata/table/prediction_log.h"

namespace errata::table {

using Code = std::uint16_t;

/// What one code of a coded feature stands for.
struct Bin {
  enum class Kind : std::uint8_t {
    range,     ///< above < x <= up_to
    category,  ///< x = category
    other,     ///< x is one of members, the rare categories folded together
    missing,   ///< x is missing
  };
  Kind kind = Kind::range;
  double above = -std::numeric_limits<double>::infinity();
  double up_to = std::numeric_limits<double>::infinity();
  double min = 0;  ///< range: the smallest and the largest value seen in it, for people
  double max = 0;
  std::string category;
  bool category_is_integer = false;  ///< the column was numeric and its integers were taken as categories
  std::vector<std::string> members;
};

enum class FeatureSource : std::uint8_t { feature, label, prediction, stream, time };

/// A column as small integers.
struct CodedFeature {
  std::string name;
  FeatureSource source = FeatureSource::feature;
  bool ordered =
      false;  ///< range bins in ascending order come first, so that neighbouring codes are neighbouring ranges
  std::vector<Code> codes;  ///< [rows], each < bins.size()
  std::vector<Bin> bins;
  bool is_time = false;  ///< range bounds are microseconds since 1970 UTC
};

struct CodedTable {
  std::size_t rows = 0;
  std::vector<CodedFeature> features;
};

struct CodingOptions {
  /// Quantile bins of a numeric feature, >= 2; 0 means none: integers are categories, other numbers an error.
  std::size_t bins = 10;
  /// Categories with fewer rows are folded into "other" when there are at least two such; 0 folds none.
  std::size_t rare_below = 0;
  /// At most this many bins a feature; the least frequent categories beyond it are folded.
  std::size_t max_categories = 65'000;
};

/// Codes one column.
/// Numeric: edges are the distinct linear-interpolation quantiles i/bins of the finite values (i = 1 … bins-1);
/// code = number of edges < x, so bins are (above, up_to] and equal values are never split; empty bins are closed up.
/// The outermost bounds are ∓infinity. Missing values get a last bin of their own. Categories keep sorted order.
/// @return data error naming the column when bins = 0 and a value is not an integer
/// Cost: O(rows log rows) for numbers, O(rows) for categories.
[[nodiscard]] Result<CodedFeature> code_column(const Column& column, const CodingOptions& options);

/// Codes the named columns (default: the log's features).
[[nodiscard]] Result<CodedTable> code_features(const PredictionLog& log, const CodingOptions& options);

}  // namespace errata::table
