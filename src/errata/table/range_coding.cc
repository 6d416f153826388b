// Numbers as quantile bins.
//
// Problem: edges that never separate equal values, that can be said exactly in SQL, and that cost little for millions
// of numbers.
//
// Idea: a number's code is the count of quantile edges below it. The rank i/b of a column of n finite values lies at
// position i(n-1)/b between two order statistics; position and fraction are taken in integers, so that an edge that
// falls on a value is that value exactly. A bin without values is closed by dropping its upper edge (the last bin's
// lower edge). Infinite values fall into the outermost bins.
//
// Cost: a column that is held as levels needs one count of them; then everything is done once a level, and each row is
// looked up. Others need one selection (order_statistics.h) and one pass of comparisons.
#include "errata/table/range_coding.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include "errata/base/limits.h"
#include "errata/base/sample.h"
#include "errata/table/order_statistics.h"

namespace errata::table {
namespace {

constexpr Code kMissingBin = std::numeric_limits<Code>::max();

/// An edge moved down to where SQL can say it exactly, without passing a value: times to whole microseconds, and the
/// edges of single-precision columns to single precision, which is the precision SQL may compare them in.
double sayable(double edge, const Column& column) {
  if (column.kind == ColumnKind::timestamp) return std::floor(edge);
  if (column.source_type != "FLOAT") return edge;
  auto single = static_cast<float>(edge);
  if (static_cast<double>(single) > edge) single = std::nextafter(single, -std::numeric_limits<float>::infinity());
  return static_cast<double>(single);
}

/// Of how many finite values the quantiles are, and where such a one lies when all are sorted.
class QuantileRanks {
 public:
  QuantileRanks(std::size_t values, std::size_t bins) : last_(values - 1), bins_(bins) {
    for (std::size_t i = 1; i < bins; ++i) {
      ranks_.push_back(i * last_ / bins);
      ranks_.push_back(std::min(i * last_ / bins + 1, last_));
    }
    std::ranges::sort(ranks_);
  }
  /// Ascending, some twice.
  [[nodiscard]] std::span<const std::size_t> ranks() const { return ranks_; }

  /// @param sorted  [ranks] the values there
  [[nodiscard]] std::vector<double> edges(std::span<const double> sorted, const Column& column) const {
    const auto at = [&](std::size_t rank) {
      return sorted[static_cast<std::size_t>(std::ranges::lower_bound(ranks_, rank) - ranks_.begin())];
    };
    std::vector<double> edges;
    for (std::size_t i = 1; i < bins_; ++i) {
      const std::size_t rank = i * last_ / bins_;
      const double fraction = static_cast<double>(i * last_ % bins_) / static_cast<double>(bins_);
      const double quantile = std::lerp(at(rank), at(std::min(rank + 1, last_)), fraction);
      edges.push_back(sayable(quantile, column) + 0.0);  // + 0.0 turns -0 into 0
    }
    edges.erase(std::ranges::unique(edges).begin(), edges.end());
    return edges;
  }

 private:
  std::size_t last_, bins_;
  std::vector<std::size_t> ranks_;
};

/// A sample of the finite ones of `rows` values, all of them where they are not more.
/// @param finite  how many there are
template <typename Values>
std::vector<double> finite_sample(const Values& values, std::size_t rows, std::size_t finite, std::size_t size) {
  std::vector<double> sample;
  const std::vector<std::size_t> positions = sample_positions(finite, size);
  sample.reserve(positions.size());
  std::size_t position = 0;
  for (std::size_t row = 0; row < rows && sample.size() < positions.size(); ++row) {
    if (finite == rows) row = positions[sample.size()];
    const double x = values[row];
    if (finite == rows || (std::isfinite(x) && position++ == positions[sample.size()])) sample.push_back(x);
  }
  return sample;
}

template <typename Number>
std::vector<double> quantile_edges(std::span<const Number> values, const CodingOptions& options, const Column& column) {
  const std::size_t finite = values.size() - column.missing - column.infinite;
  if (finite == 0) return {};
  const bool sampled = options.sample > 0 && finite > options.sample;
  const QuantileRanks ranks(sampled ? options.sample : finite, options.bins);
  if (sampled) {
    const std::vector<double> sample = finite_sample(values, values.size(), finite, options.sample);
    return ranks.edges(order_statistics(std::span(sample), ranks.ranks()), column);
  }
  std::vector<Number> some;
  if (finite < values.size()) {
    some.reserve(finite);
    for (const Number x : values)
      if (std::isfinite(x)) some.push_back(x);
    values = some;
  }
  return ranks.edges(order_statistics(values, ranks.ranks()), column);
}

/// @param counts  rows of each level
std::vector<double> quantile_edges(const Levels& levels, std::span<const std::uint64_t> counts,
                                   const CodingOptions& options, const Column& column) {
  std::size_t finite = 0;
  for (std::size_t level = 0; level < counts.size(); ++level)
    finite += std::isfinite(levels.values[level]) ? counts[level] : 0;
  if (finite == 0) return {};
  if (options.sample > 0 && finite > options.sample) {
    const std::vector<double> sample = levels.level.visit([&](const auto& level) {
      struct Values {
        const Levels& levels;
        decltype(level)& at;
        double operator[](std::size_t row) const { return levels.values[at[row]]; }
      };
      return finite_sample(Values{levels, level}, level.size(), finite, options.sample);
    });
    const QuantileRanks ranks(sample.size(), options.bins);
    return ranks.edges(order_statistics(std::span(sample), ranks.ranks()), column);
  }
  const QuantileRanks ranks(finite, options.bins);
  std::vector<double> sorted;
  std::size_t below = 0, next = 0;
  for (std::size_t level = 0; level < counts.size(); ++level) {
    if (!std::isfinite(levels.values[level])) continue;
    below += counts[level];
    for (; next < ranks.ranks().size() && ranks.ranks()[next] < below; ++next) sorted.push_back(levels.values[level]);
  }
  return ranks.edges(sorted, column);
}

/// Counts the edges below a number. Which way a comparison goes cannot be foreseen, so that none of them is a branch:
/// few edges are all compared, many are bisected, filled up with infinity to one less than a power of two.
class EdgeCounter {
 public:
  explicit EdgeCounter(std::span<const double> edges) : edges_(edges), full_(edges.begin(), edges.end()) {
    full_.resize(std::bit_ceil(edges.size() + 1) - 1, kInfinity);
  }
  /// @return kMissingBin for NaN
  [[nodiscard]] Code below(double x) const {
    constexpr std::size_t kFewEdges = 24;
    const std::size_t below = edges_.size() <= kFewEdges ? compared(x) : bisected(x);
    return std::isnan(x) ? kMissingBin : static_cast<Code>(below);
  }

 private:
  [[nodiscard]] std::size_t bisected(double x) const {
    std::size_t below = 0;
    for (std::size_t step = (full_.size() + 1) / 2; step > 0; step /= 2) {
      below += full_[below + step - 1] < x ? step : 0;
    }
    return below;
  }
  [[nodiscard]] std::size_t compared(double x) const {
    std::size_t below = 0;
    for (const double edge : edges_) below += std::size_t{edge < x};
    return below;
  }
  std::span<const double> edges_;
  std::vector<double> full_;
};

/// Range bins of edges and the values in them.
class RangeBins {
 public:
  explicit RangeBins(std::span<const double> edges)
      : edges_(edges), all_(edges.size() + 1, Bin{.min = kInfinity, .max = -kInfinity}), used_(all_.size(), 0) {}

  void add(Code code, double x) {
    if (code == kMissingBin) return;
    Bin& bin = all_[code];
    used_[code] = 1;
    bin.min = std::min(bin.min, x);
    bin.max = std::max(bin.max, x);
  }

  /// Those without values closed up. @param missing  add a last bin for missing values
  std::vector<Bin> close_up(bool missing) {
    std::vector<Bin> bins;
    renumbered_.assign(all_.size(), 0);
    for (std::size_t b = 0; b < all_.size(); ++b) {
      if (used_[b] == 0) continue;
      renumbered_[b] = static_cast<Code>(bins.size());
      all_[b].above = bins.empty() ? -kInfinity : bins.back().up_to;
      all_[b].up_to = b < edges_.size() ? edges_[b] : kInfinity;
      bins.push_back(std::move(all_[b]));
    }
    if (!bins.empty()) bins.back().up_to = kInfinity;
    missing_ = static_cast<Code>(bins.size());
    if (missing) bins.push_back({.kind = Bin::Kind::missing});
    return bins;
  }
  /// After close_up(): which of the bins it is now.
  [[nodiscard]] Code code(Code before) const { return before == kMissingBin ? missing_ : renumbered_[before]; }

 private:
  std::span<const double> edges_;
  std::vector<Bin> all_;
  std::vector<std::uint8_t> used_;
  std::vector<Code> renumbered_;
  Code missing_ = 0;
};

void code_values(const Levels& levels, const CodingOptions& options, const Column& column, CodedFeature& feature) {
  const std::vector<std::uint64_t> counts = count_levels(levels, [](std::size_t) { return true; });
  const std::vector<double> edges = quantile_edges(levels, counts, options, column);
  const EdgeCounter counter(edges);
  RangeBins bins(edges);
  std::vector<Code> code;
  for (std::size_t level = 0; level < counts.size(); ++level) {
    code.push_back(counter.below(levels.values[level]));
    if (counts[level] > 0) bins.add(code.back(), levels.values[level]);
  }
  feature.bins = bins.close_up(column.missing > 0);
  for (Code& one : code) one = bins.code(one);
  feature.codes = levels.level.visit([&](const auto& level) {
    return FeatureCodes::made_of(level.size(), feature.bins.size(), [&](std::size_t row) { return code[level[row]]; });
  });
}

template <typename Number>
void code_values(const std::vector<Number>& values, const CodingOptions& options, const Column& column,
                 CodedFeature& feature) {
  const std::vector<double> edges = quantile_edges(std::span(values), options, column);
  const EdgeCounter counter(edges);
  RangeBins bins(edges);
  std::vector<Code> code(values.size());
  for (std::size_t row = 0; row < values.size(); ++row) code[row] = counter.below(double{values[row]});
  for (std::size_t row = 0; row < values.size(); ++row) bins.add(code[row], double{values[row]});
  feature.bins = bins.close_up(column.missing > 0);
  feature.codes =
      FeatureCodes::made_of(values.size(), feature.bins.size(), [&](std::size_t row) { return bins.code(code[row]); });
}

std::vector<double> times_of(const Column& column) {
  std::vector<double> times;
  times.reserve(column.micros.size());
  for (const std::int64_t micros : column.micros)
    times.push_back(micros == kMissingTime ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(micros));
  return times;
}

}  // namespace

CodedFeature code_ranges(const Column& column, const CodingOptions& options) {
  CodedFeature feature{.name = column.name, .ordered = true};
  feature.is_time = column.kind == ColumnKind::timestamp;
  if (feature.is_time) {
    code_values(times_of(column), options, column, feature);
  } else {
    column.numbers.visit([&](const auto& values) { code_values(values, options, column, feature); });
  }
  return feature;
}

}  // namespace errata::table
