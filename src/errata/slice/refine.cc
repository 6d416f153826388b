#include "errata/slice/refine.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace errata::slice {
namespace {

using Where = std::vector<CodedPredicate>;

/// The predicate with one end moved by a bin, in each way that leaves a range of at least one bin.
std::vector<CodedPredicate> steps(const table::CodedFeature& feature, CodedPredicate predicate) {
  const std::size_t ranges = range_bins(feature);
  std::vector<CodedPredicate> moved;
  if (predicate.last >= ranges) return moved;
  const auto step = [&](int first, int last) {
    CodedPredicate changed = predicate;
    changed.first = static_cast<table::Code>(changed.first + first);
    changed.last = static_cast<table::Code>(changed.last + last);
    moved.push_back(changed);
  };
  if (predicate.first > 0) step(-1, 0);
  if (predicate.last + 1U < ranges) step(0, 1);
  if (predicate.first < predicate.last) {
    step(1, 0);
    step(0, -1);
  }
  return moved;
}

class Measure {
 public:
  explicit Measure(const SearchInput& input) : input_(input) {
    const Slice all = measure_slice(input, {});
    whole_ = {.rows = all.n, .loss = all.loss};
    if (!input.loss.empty()) whole_.largest_loss = *std::ranges::max_element(input.loss);
  }
  [[nodiscard]] double deviance(const Slice& slice) const {
    return slice.n == 0 ? 0 : slice_score(Rank::deviance, 1, whole_, slice.n, slice.loss);
  }
  [[nodiscard]] double deviance(const Where& where) const { return deviance(measure_slice(input_, where)); }

 private:
  const SearchInput& input_;
  Whole whole_;
};

struct BinSums {
  std::uint64_t n = 0;
  double loss = 0;
};

std::vector<BinSums> sums_by_bin(const SearchInput& input, std::uint32_t feature) {
  const table::CodedFeature& coded = input.table.features[feature];
  if (!coded.ordered) return {};
  std::vector<BinSums> sums(coded.bins.size());
  const std::size_t rows = input.rows.empty() ? input.table.rows : input.rows.size();
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t row = input.rows.empty() ? i : input.rows[i];
    BinSums& bin = sums[coded.codes[row]];
    ++bin.n;
    bin.loss += input.loss.empty() ? input.failed[row] : input.loss[row];
  }
  return sums;
}

}  // namespace

Where refine_ranges(const SearchInput& input, Where where) {
  const Measure measure(input);
  double best = measure.deviance(where);
  while (true) {
    std::optional<Where> better;
    for (std::size_t i = 0; i < where.size(); ++i) {
      for (const CodedPredicate& step : steps(input.table.features[where[i].feature], where[i])) {
        Where changed = where;
        changed[i] = step;
        if (const double deviance = measure.deviance(changed); deviance > best) {
          best = deviance;
          better = std::move(changed);
        }
      }
    }
    if (!better) break;
    where = std::move(*better);
  }
  std::erase_if(where, [&](const CodedPredicate& predicate) {
    return predicate.first == 0 && predicate.last + 1U == input.table.features[predicate.feature].bins.size();
  });
  return where;
}

std::optional<Slice> best_range(const SearchInput& input, std::uint64_t min_support) {
  const Measure measure(input);
  std::optional<Slice> best;
  double ranges = 0;
  for (std::uint32_t f = 0; f < input.table.features.size(); ++f) {
    const std::vector<BinSums> bins = sums_by_bin(input, f);
    const std::size_t count = range_bins(input.table.features[f]);
    ranges += static_cast<double>(count) * static_cast<double>(count + 1) / 2;
    for (std::size_t first = 0; first < count; ++first) {
      Slice slice;
      for (std::size_t last = first; last < count; ++last) {
        slice.n += bins[last].n;
        slice.loss += bins[last].loss;
        slice.score = measure.deviance(slice);
        if (slice.n < min_support || (best && slice.score <= best->score)) continue;
        best = slice;
        best->where = {
            {.feature = f, .first = static_cast<table::Code>(first), .last = static_cast<table::Code>(last)}};
      }
    }
  }
  if (!best) return std::nullopt;
  best->score -= 2 * std::log(ranges);
  if (best->score <= 0) return std::nullopt;
  return best;
}

}  // namespace errata::slice
