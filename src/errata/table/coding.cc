// Columns as small integers.
//
// Problem: the slice search counts cells of small integer codes, and what a code stands for must be sayable in words
// and in SQL, and mean the same on every log.
//
// Idea: a number's code is the count of quantile edges below it. An edge never separates equal values, so the rank i/b
// of a column of n finite values lies at position i(n-1)/b between two order statistics; position and fraction are
// taken in integers, so that an edge that falls on a value is that value exactly. A bin without values is closed by
// dropping its upper edge (the last bin's lower edge). Infinite values fall into the outermost bins.
//
// Categories keep the bytewise order of the log's dictionary; the rare ones are folded into one bin, in sight.
//
// Cost: numbers need one selection (order_statistics.h) and one pass of comparisons.
#include "errata/table/coding.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

#include "errata/base/sample.h"
#include "errata/table/order_statistics.h"

namespace errata::table {
namespace {

constexpr std::size_t kMaxBins = 65'000;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Values of a numeric or timestamp column as doubles, NaN where missing.
class Numbers {
 public:
  explicit Numbers(const Column& column) {
    if (column.kind == ColumnKind::numeric) {
      view_ = column.numbers;
      return;
    }
    own_.reserve(column.micros.size());
    for (const std::int64_t micros : column.micros) {
      own_.push_back(micros == kMissingTime ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(micros));
    }
    view_ = own_;
  }
  [[nodiscard]] std::span<const double> values() const { return view_; }

 private:
  std::vector<double> own_;
  std::span<const double> view_;
};

/// An edge moved down to where SQL can say it exactly, without passing a value: times to whole microseconds, and the
/// edges of single-precision columns to single precision, which is the precision SQL may compare them in.
double sayable(double edge, const Column& column) {
  if (column.kind == ColumnKind::timestamp) return std::floor(edge);
  if (column.source_type != "FLOAT") return edge;
  auto single = static_cast<float>(edge);
  if (static_cast<double>(single) > edge) single = std::nextafter(single, -std::numeric_limits<float>::infinity());
  return static_cast<double>(single);
}

std::vector<double> quantile_edges(std::span<const double> values, const CodingOptions& options, const Column& column) {
  const std::size_t bins = options.bins;
  std::vector<double> finite;
  if (column.missing != 0 || column.infinite != 0) {
    finite.reserve(values.size());
    std::ranges::copy_if(values, std::back_inserter(finite), [](double x) { return std::isfinite(x); });
    values = finite;
  }
  if (values.empty()) return {};
  if (options.sample > 0 && values.size() > options.sample) {
    finite = sample_of(values, options.sample);
    values = finite;
  }
  const std::size_t last = values.size() - 1;
  std::vector<std::size_t> ranks;
  for (std::size_t i = 1; i < bins; ++i) {
    ranks.push_back(i * last / bins);
    ranks.push_back(std::min(i * last / bins + 1, last));
  }
  std::ranges::sort(ranks);
  const std::vector<double> sorted = order_statistics(values, ranks);
  const auto at = [&](std::size_t rank) {
    return sorted[static_cast<std::size_t>(std::ranges::lower_bound(ranks, rank) - ranks.begin())];
  };
  std::vector<double> edges;
  for (std::size_t i = 1; i < bins; ++i) {
    const std::size_t rank = i * last / bins;
    const double fraction = static_cast<double>(i * last % bins) / static_cast<double>(bins);
    const double quantile = std::lerp(at(rank), at(std::min(rank + 1, last)), fraction);
    edges.push_back(sayable(quantile, column) + 0.0);  // + 0.0 turns -0 into 0
  }
  edges.erase(std::ranges::unique(edges).begin(), edges.end());
  return edges;
}

constexpr Code kMissingBin = std::numeric_limits<Code>::max();

/// code = number of edges < x; kMissingBin for NaN. Which way a comparison goes cannot be foreseen, so that none of
/// them is a branch: few edges are all compared, many are bisected, filled up with infinity to one less than a power of
/// two.
std::vector<Code> count_edges_below(std::span<const double> values, std::span<const double> edges) {
  constexpr std::size_t kFewEdges = 24;
  std::vector<double> full(edges.begin(), edges.end());
  full.resize(std::bit_ceil(edges.size() + 1) - 1, kInfinity);
  const auto bisected = [&](double x) {
    std::size_t below = 0;
    for (std::size_t step = (full.size() + 1) / 2; step > 0; step /= 2) {
      below += full[below + step - 1] < x ? step : 0;
    }
    return below;
  };
  const auto compared = [&](double x) {
    std::size_t below = 0;
    for (const double edge : edges) below += std::size_t{edge < x};
    return below;
  };
  std::vector<Code> codes(values.size());
  for (std::size_t row = 0; row < values.size(); ++row) {
    const double x = values[row];
    const std::size_t below = edges.size() <= kFewEdges ? compared(x) : bisected(x);
    codes[row] = std::isnan(x) ? kMissingBin : static_cast<Code>(below);
  }
  return codes;
}

/// Range bins of the edges, those without values closed up; `codes` are renumbered to them.
std::vector<Bin> close_up(std::span<const double> values, std::span<const double> edges, std::vector<Code>& codes) {
  std::vector<Bin> all(edges.size() + 1, Bin{.min = kInfinity, .max = -kInfinity});
  std::vector<std::uint8_t> used(all.size(), 0);
  for (std::size_t row = 0; row < values.size(); ++row) {
    if (codes[row] == kMissingBin) continue;
    Bin& bin = all[codes[row]];
    used[codes[row]] = 1;
    bin.min = std::min(bin.min, values[row]);
    bin.max = std::max(bin.max, values[row]);
  }
  std::vector<Bin> bins;
  std::vector<Code> renumbered(all.size(), 0);
  for (std::size_t b = 0; b < all.size(); ++b) {
    if (used[b] == 0) continue;
    renumbered[b] = static_cast<Code>(bins.size());
    all[b].above = bins.empty() ? -kInfinity : bins.back().up_to;
    all[b].up_to = b < edges.size() ? edges[b] : kInfinity;
    bins.push_back(std::move(all[b]));
  }
  if (!bins.empty()) bins.back().up_to = kInfinity;
  for (Code& code : codes) code = code == kMissingBin ? kMissingBin : renumbered[code];
  return bins;
}

/// Gives the missing rows a last bin.
void add_missing_bin(CodedFeature& feature, std::size_t missing) {
  if (missing == 0) return;
  const auto last = static_cast<Code>(feature.bins.size());
  std::ranges::replace(feature.codes, kMissingBin, last);
  feature.bins.push_back({.kind = Bin::Kind::missing});
}

CodedFeature code_ranges(const Column& column, const CodingOptions& options) {
  const Numbers numbers(column);
  const std::vector<double> edges = quantile_edges(numbers.values(), options, column);
  CodedFeature feature{.name = column.name, .ordered = true};
  feature.codes = count_edges_below(numbers.values(), edges);
  feature.bins = close_up(numbers.values(), edges, feature.codes);
  feature.is_time = column.kind == ColumnKind::timestamp;
  return feature;
}

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

/// Codes category numbers (kMissingCode = missing) whose names are given in the order the bins shall have.
CodedFeature code_categories(const Column& column, std::span<const std::int32_t> category,
                             std::span<const std::string> names, bool integers, const CodingOptions& options) {
  std::vector<std::size_t> counts(names.size(), 0);
  for (const std::int32_t c : category) {
    if (c != kMissingCode) ++counts[static_cast<std::size_t>(c)];
  }
  const std::vector<std::uint8_t> kept = kept_categories(counts, options);
  CodedFeature feature{.name = column.name};
  Bin other{.kind = Bin::Kind::other, .category_is_integer = integers};
  std::vector<Code> code_of(names.size(), kMissingBin);
  for (std::size_t c = 0; c < names.size(); ++c) {
    if (kept[c] != 0) {
      code_of[c] = static_cast<Code>(feature.bins.size());
      feature.bins.push_back({.kind = Bin::Kind::category, .category = names[c], .category_is_integer = integers});
    } else if (counts[c] > 0) {
      other.members.push_back(names[c]);
    }
  }
  if (!other.members.empty()) {
    for (std::size_t c = 0; c < names.size(); ++c) {
      if (kept[c] == 0) code_of[c] = static_cast<Code>(feature.bins.size());
    }
    feature.bins.push_back(std::move(other));
  }
  feature.codes.reserve(category.size());
  for (const std::int32_t c : category) {
    feature.codes.push_back(c == kMissingCode ? kMissingBin : code_of[static_cast<std::size_t>(c)]);
  }
  return feature;
}

Result<CodedFeature> code_integers(const Column& column, const CodingOptions& options) {
  std::vector<double> distinct;
  for (std::size_t row = 0; row < column.numbers.size(); ++row) {
    const double x = column.numbers[row];
    if (std::isnan(x)) continue;
    if (!std::isfinite(x) || x != std::trunc(x)) {
      return data_error(
          fmt::format("column {}: {} in row {} is not an integer; without bins (--bins none) only integers and text "
                      "can be categories",
                      column.name, x, row + 1));
    }
    distinct.push_back(x);
  }
  std::ranges::sort(distinct);
  distinct.erase(std::ranges::unique(distinct).begin(), distinct.end());
  std::vector<std::string> names;
  for (const double x : distinct) names.push_back(fmt::format("{:.0f}", x + 0.0));
  std::vector<std::int32_t> category;
  category.reserve(column.numbers.size());
  for (const double x : column.numbers) {
    category.push_back(std::isnan(x)
                           ? kMissingCode
                           : static_cast<std::int32_t>(std::ranges::lower_bound(distinct, x) - distinct.begin()));
  }
  return code_categories(column, category, names, true, options);
}

}  // namespace

Result<CodedFeature> code_column(const Column& column, const CodingOptions& options) {
  if (options.bins == 1 || options.bins > kMaxBins) {
    return invalid_argument(fmt::format("bins {} is not 0 (none) or in [2, {}]", options.bins, kMaxBins));
  }
  CodedFeature feature;
  if (column.kind == ColumnKind::categorical) {
    feature = code_categories(column, column.codes, column.categories, false, options);
  } else if (options.bins > 0) {
    feature = code_ranges(column, options);
  } else if (column.kind == ColumnKind::numeric) {
    ERRATA_ASSIGN(feature, code_integers(column, options));
  } else {
    return data_error(fmt::format("column {}: a timestamp cannot be coded without bins (--bins none)", column.name));
  }
  feature.nan_is_missing = column.nan > 0;
  add_missing_bin(feature, column.missing);
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
