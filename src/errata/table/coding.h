#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/thread_pool.h"
#include "errata/table/prediction_log.h"

namespace errata::table {

using Code = std::uint16_t;
using FeatureCodes = PackedIntegers<Code>;

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
  std::string category{};
  bool category_is_integer = false;  ///< the column was numeric and its integers were taken as categories
  std::vector<std::string> members{};
};

enum class FeatureSource : std::uint8_t { feature, label, prediction, stream, time };
[[nodiscard]] std::string_view name_of(FeatureSource source);  ///< "feature", …

/// A column as small integers.
struct CodedFeature {
  std::string name{};
  FeatureSource source = FeatureSource::feature;
  bool ordered = false;  ///< range bins come first, ascending, so that neighbouring codes are neighbouring ranges
  FeatureCodes codes{};  ///< [rows], each < bins.size()
  std::vector<Bin> bins{};
  bool is_time = false;         ///< range bounds are microseconds since 1970 UTC
  bool nan_is_missing = false;  ///< the column holds NaN beside NULL, which SQL has to be told
};

struct CodedTable {
  std::size_t rows = 0;
  std::vector<CodedFeature> features{};
};

struct CodingOptions {
  /// Quantile bins of a numeric feature, >= 2; 0 means none: integers are categories, other numbers an error.
  std::size_t bins = 10;
  /// Where a column has more finite values, its quantiles are those of so many of them, drawn with a fixed seed; 0
  /// takes all. For grids that only have to be fine.
  std::size_t sample = 0;
  /// Categories with fewer rows are folded into "other" when there are at least two such; 0 folds none.
  std::size_t rare_below = 0;
  /// At most this many bins a feature; the least frequent categories beyond it are folded.
  std::size_t max_categories = 65'000;
};

/// Codes one column.
/// Numeric: edges are the distinct linear-interpolation quantiles i/bins of the finite values (i = 1 … bins-1);
/// code = number of edges < x, so bins are (above, up_to] and equal values are never split; empty bins are closed up.
/// The outermost bounds are ∓infinity. Categories keep sorted order (integers taken as categories: numeric order), then
/// comes "other" if any were folded. Missing values get a last bin of their own.
/// @return invalid_argument when bins is 1 or above 65,000; data error naming the column when bins = 0 and a value is
/// not an integer, or the column is a timestamp
/// Cost: O(rows · log bins) expected for numbers, O(rows) for categories. Safe to call from any thread.
///     ERRATA_ASSIGN(auto age, code_column(*log.find("age"), {.bins = 10}));  // age.bins[3] is (30, 33]
[[nodiscard]] Result<CodedFeature> code_column(const Column& column, const CodingOptions& options);

/// Codes the log's features, in their order, columns in parallel. The result does not depend on the pool's size.
/// @return the error of the first column that has one
[[nodiscard]] Result<CodedTable> code_features(const PredictionLog& log, const CodingOptions& options,
                                               ThreadPool& pool);

}  // namespace errata::table
