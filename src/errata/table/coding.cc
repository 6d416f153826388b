// Columns as small integers.
//
// Problem: the slice search counts cells of small integer codes, and what a code stands for must be sayable in words
// and in SQL, and mean the same on every log.
//
// Idea: numbers and times are cut at quantiles (range_coding.h). Categories keep the bytewise order of the log's
// dictionary; the rare ones are folded into one bin, in sight.
#include "errata/table/coding.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <utility>

#include "errata/table/range_coding.h"

namespace errata::table {
namespace {

constexpr std::size_t kMaxBins = 65'000;
/// Which categories get a bin of their own: all but the rare ones and those beyond the limit.
std::vector<std::uint8_t> kept_categories(std::span<const std::size_t> counts, const CodingOptions& options) {
  std::vector<std::uint8_t> kept(counts.size(), 0);
  std::vector<std::size_t> by_count;
  for (std::size_t c = 0; c < counts.size(); ++c) {
    if (counts[c] > 0) by_count.push_back(c);
  }
  std::ranges::stable_sort(by_count, std::greater<>{}, [&](std::size_t c) { return counts[c]; });
  std::size_t keep = by_count.size();
  while (keep > 0 && counts[by_count[keep - 1]] < options.rare_below) --keep;
  if (by_count.size() - keep == 1) ++keep;  // a single rare category says more under its own name
  const std::size_t limit = std::clamp<std::size_t>(options.max_categories, 2, kMaxBins);
  if (keep > limit || (keep == limit && keep < by_count.size())) keep = limit - 1;
  for (std::size_t i = 0; i < keep; ++i) kept[by_count[i]] = 1;
  return kept;
}

/// A bin for each kept category, one for the others and one for missing values.
/// @param names  of the categories, in the order that the bins shall have
/// @param code   set to the code of each category, and last to that of missing values
CodedFeature bins_of_categories(const Column& column, std::span<const std::string> names,
                                std::span<const std::size_t> counts, bool integers, const CodingOptions& options,
                                std::vector<Code>& code) {
  const std::vector<std::uint8_t> kept = kept_categories(counts, options);
  CodedFeature feature{.name = column.name};
  Bin other{.kind = Bin::Kind::other, .category_is_integer = integers};
  code.assign(names.size() + 1, 0);
  for (std::size_t c = 0; c < names.size(); ++c) {
    if (kept[c] != 0) {
      code[c] = static_cast<Code>(feature.bins.size());
      feature.bins.push_back({.kind = Bin::Kind::category, .category = names[c], .category_is_integer = integers});
    } else if (counts[c] > 0) {
      other.members.push_back(names[c]);
    }
  }
  if (!other.members.empty()) {
    for (std::size_t c = 0; c < names.size(); ++c) {
      if (kept[c] == 0) code[c] = static_cast<Code>(feature.bins.size());
    }
    feature.bins.push_back(std::move(other));
  }
  if (column.missing > 0) {
    code.back() = static_cast<Code>(feature.bins.size());
    feature.bins.push_back({.kind = Bin::Kind::missing});
  }
  return feature;
}

/// @param category_of  [rows] which of the names; one beyond them for missing values
template <typename CategoryOf>
CodedFeature code_categories(const Column& column, std::size_t rows, const CategoryOf& category_of,
                             std::span<const std::string> names, bool integers, const CodingOptions& options) {
  std::vector<std::size_t> counts(names.size() + 1, 0);
  for (std::size_t row = 0; row < rows; ++row) ++counts[category_of(row)];
  std::vector<Code> code;
  CodedFeature feature =
      bins_of_categories(column, names, std::span(counts).first(names.size()), integers, options, code);
  feature.codes =
      FeatureCodes::made_of(rows, feature.bins.size(), [&](std::size_t row) { return code[category_of(row)]; });
  return feature;
}

CodedFeature code_texts(const Column& column, const CodingOptions& options) {
  const std::size_t missing = column.categories.size();
  return column.codes.visit([&](const auto& codes) {
    const auto category_of = [&](std::size_t row) {
      const std::int32_t code = codes[row];
      return code == kMissingCode ? missing : static_cast<std::size_t>(code);
    };
    return code_categories(column, codes.size(), category_of, column.categories, false, options);
  });
}

/// The different numbers of a column, ascending; a data error for one that is no integer.
Result<std::vector<double>> sorted_integers(const Column& column) {
  const auto is_integer = [](double x) { return std::isnan(x) || (std::isfinite(x) && x == std::trunc(x)); };
  const Levels* levels = column.numbers.levels();
  std::vector<double> distinct;
  if (levels != nullptr && std::ranges::all_of(levels->values, is_integer)) {
    distinct = levels->values;
  } else {
    for (std::size_t row = 0; row < column.numbers.size(); ++row) {
      const double x = column.numbers[row];
      if (!is_integer(x)) {
        return data_error(
            fmt::format("column {}: {} in row {} is not an integer; without bins (--bins none) only integers and text "
                        "can be categories",
                        column.name, x, row + 1));
      }
      distinct.push_back(x);
    }
  }
  std::erase_if(distinct, [](double x) { return std::isnan(x); });
  std::ranges::sort(distinct);
  distinct.erase(std::ranges::unique(distinct).begin(), distinct.end());
  return distinct;
}

Result<CodedFeature> code_integers(const Column& column, const CodingOptions& options) {
  ERRATA_ASSIGN(const std::vector<double> distinct, sorted_integers(column));
  std::vector<std::string> names;
  for (const double x : distinct) names.push_back(fmt::format("{:.0f}", x + 0.0));
  const auto category_of = [&](double x) {
    return std::isnan(x) ? distinct.size()
                         : static_cast<std::size_t>(std::ranges::lower_bound(distinct, x) - distinct.begin());
  };
  if (const Levels* levels = column.numbers.levels()) {
    std::vector<std::size_t> category;
    std::ranges::transform(levels->values, std::back_inserter(category), category_of);
    return levels->level.visit([&](const auto& level) {
      return code_categories(
          column, level.size(), [&](std::size_t row) { return category[level[row]]; }, names, true, options);
    });
  }
  return code_categories(
      column, column.numbers.size(), [&](std::size_t row) { return category_of(column.numbers[row]); }, names, true,
      options);
}

}  // namespace

Result<CodedFeature> code_column(const Column& column, const CodingOptions& options) {
  if (options.bins == 1 || options.bins > kMaxBins) {
    return invalid_argument(fmt::format("bins {} is not 0 (none) or in [2, {}]", options.bins, kMaxBins));
  }
  CodedFeature feature;
  if (column.kind == ColumnKind::categorical) {
    feature = code_texts(column, options);
  } else if (options.bins > 0) {
    feature = code_ranges(column, options);
  } else if (column.kind == ColumnKind::numeric) {
    ERRATA_ASSIGN(feature, code_integers(column, options));
  } else {
    return data_error(fmt::format("column {}: a timestamp cannot be coded without bins (--bins none)", column.name));
  }
  feature.nan_is_missing = column.nan > 0;
  return feature;
}

Result<CodedTable> code_features(const PredictionLog& log, const CodingOptions& options, ThreadPool& pool) {
  std::vector<std::string> names = log.roles.features;
  std::erase_if(names, [&](const std::string& name) { return std::ranges::count(log.redundant, name) > 0; });
  std::vector<std::optional<Result<CodedFeature>>> coded(names.size());
  pool.parallel_for(names.size(), [&](std::size_t i, std::size_t) {
    const Column* column = log.find(names[i]);
    ERRATA_CHECK(column != nullptr);
    coded[i] = code_column(*column, options);
  });
  CodedTable table{.rows = log.rows};
  for (auto& feature : coded) {
    ERRATA_ASSIGN(CodedFeature done, *std::move(feature));
    table.features.push_back(std::move(done));
  }
  return table;
}

std::string_view name_of(FeatureSource source) {
  switch (source) {
    case FeatureSource::feature: return "feature";
    case FeatureSource::label: return "label";
    case FeatureSource::prediction: return "prediction";
    case FeatureSource::stream: return "stream";
    case FeatureSource::time: return "time";
  }
  ERRATA_CHECK(false);
  return {};
}

}  // namespace errata::table
