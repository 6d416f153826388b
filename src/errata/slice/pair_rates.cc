#include "errata/slice/pair_rates.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "errata/base/error.h"

namespace errata::slice {

namespace {

constexpr std::size_t kNotShown = std::numeric_limits<std::size_t>::max();

/// The bins of one feature that are shown, and where each code goes.
struct Axis {
  std::vector<table::Predicate> bins;
  std::vector<std::size_t> bin_of;  ///< by code: index into bins or kNotShown
};

Axis most_frequent(const table::CodedFeature& feature, std::size_t max_bins) {
  std::vector<std::uint64_t> count(feature.bins.size(), 0);
  for (const table::Code code : feature.codes) ++count[code];
  std::vector<std::size_t> codes(feature.bins.size());
  std::iota(codes.begin(), codes.end(), std::size_t{0});
  std::ranges::stable_sort(codes, [&](std::size_t a, std::size_t b) { return count[a] > count[b]; });
  codes.resize(std::min(codes.size(), max_bins));
  std::ranges::sort(codes);

  Axis axis{.bins = {}, .bin_of = std::vector<std::size_t>(feature.bins.size(), kNotShown)};
  for (const std::size_t code : codes) {
    axis.bin_of[code] = axis.bins.size();
    const auto as_code = static_cast<table::Code>(code);
    axis.bins.push_back(table::predicate_of(feature, as_code, as_code));
  }
  return axis;
}

}  // namespace

PairRates count_pair_rates(const table::CodedTable& coded, std::span<const std::uint8_t> failed, std::size_t x,
                           std::size_t y, std::size_t max_bins) {
  ERRATA_CHECK(x != y && x < coded.features.size() && y < coded.features.size() && max_bins >= 1);
  const table::CodedFeature& feature_x = coded.features[x];
  const table::CodedFeature& feature_y = coded.features[y];
  const Axis axis_x = most_frequent(feature_x, max_bins);
  const Axis axis_y = most_frequent(feature_y, max_bins);
  const std::size_t cells = axis_x.bins.size() * axis_y.bins.size();

  PairRates rates{.feature_x = feature_x.name,
                  .feature_y = feature_y.name,
                  .bins_x = axis_x.bins,
                  .bins_y = axis_y.bins,
                  .n = std::vector<std::uint64_t>(cells, 0),
                  .failures = std::vector<std::uint64_t>(cells, 0)};
  for (std::size_t row = 0; row < coded.rows; ++row) {
    const std::size_t bin_x = axis_x.bin_of[feature_x.codes[row]];
    const std::size_t bin_y = axis_y.bin_of[feature_y.codes[row]];
    if (bin_x == kNotShown || bin_y == kNotShown) {
      ++rates.left_out;
      continue;
    }
    const std::size_t cell = bin_y * axis_x.bins.size() + bin_x;
    ++rates.n[cell];
    rates.failures[cell] += failed[row];
  }
  return rates;
}

}  // namespace errata::slice
