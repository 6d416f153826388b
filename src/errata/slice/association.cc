#include "errata/slice/association.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "errata/base/error.h"
#include "errata/base/matrix_view.h"
#include "errata/stats/association.h"
#include "errata/stats/multiplicity.h"
#include "errata/stats/tests.h"

namespace errata::slice {
namespace {

/// [bins, 2] rows that did not fail and that did.
std::vector<std::uint64_t> failures_by_bin(const table::CodedFeature& feature,
                                           const std::vector<std::uint8_t>& failed) {
  std::vector<std::uint64_t> counts(feature.bins.size() * 2);
  feature.codes.visit([&](const auto& codes) {
    for (std::size_t row = 0; row < failed.size(); ++row) ++counts[codes[row] * std::size_t{2} + failed[row]];
  });
  return counts;
}

stats::TestResult compare_levels(const table::Levels& levels, const std::vector<std::uint8_t>& failed) {
  std::vector<std::uint64_t> in_failures(levels.values.size()), in_others(levels.values.size());
  levels.level.visit([&](const auto& level) {
    for (std::size_t row = 0; row < level.size(); ++row) {
      in_failures[level[row]] += failed[row];
      in_others[level[row]] += std::uint64_t{1} - failed[row];
    }
  });
  stats::RankComparison ranks;
  for (std::size_t level = 0; level < levels.values.size();) {
    const double value = levels.values[level];
    if (std::isnan(value)) break;
    stats::TiedCases tied;
    for (; level < levels.values.size() && levels.values[level] == value; ++level) {
      tied.a += static_cast<double>(in_failures[level]);
      tied.b += static_cast<double>(in_others[level]);
    }
    ranks.add(tied);
  }
  return ranks.test();
}

/// Mann–Whitney of the present values of a numeric or time column, failures against the others.
stats::TestResult compare_values(const table::Column& column, const std::vector<std::uint8_t>& failed) {
  if (const table::Levels* levels = column.numbers.levels()) return compare_levels(*levels, failed);
  std::vector<double> values;
  std::vector<std::uint8_t> in_failures;
  const auto add = [&](std::size_t row, double value) {
    values.push_back(value);
    in_failures.push_back(failed[row]);
  };
  values.reserve(failed.size());
  in_failures.reserve(failed.size());
  column.numbers.visit([&](const auto& numbers) {
    for (std::size_t row = 0; row < numbers.size(); ++row)
      if (!std::isnan(numbers[row])) add(row, numbers[row]);
  });
  for (std::size_t row = 0; row < column.micros.size(); ++row) {
    if (column.micros[row] != table::kMissingTime) add(row, static_cast<double>(column.micros[row]));
  }
  return stats::mann_whitney(values, in_failures);
}

Association measure(const table::PredictionLog& log, const table::CodedFeature& feature) {
  const auto counts = failures_by_bin(feature, log.failed);
  const MatrixView<const std::uint64_t> by_bin(counts, feature.bins.size(), 2);
  Association result;
  result.feature = feature.name;
  result.numeric = feature.ordered;
  result.mutual_information = stats::mutual_information_bits(by_bin);
  if (feature.ordered) {
    const table::Column* column = log.find(feature.name);
    ERRATA_CHECK(column != nullptr && column->kind != table::ColumnKind::categorical);
    const auto test = compare_values(*column, log.failed);
    result.effect = test.statistic;
    result.effect_name = "rank-biserial";
    result.log_p = test.log_p;
  } else {
    result.effect = stats::cramers_v(by_bin);
    result.effect_name = "Cramér's V";
    result.log_p = stats::chi_squared_independence(by_bin).log_p;
  }
  return result;
}

}  // namespace

std::vector<Association> associate(const table::PredictionLog& log, const table::CodedTable& coded, ThreadPool& pool) {
  ERRATA_CHECK(coded.rows == log.failed.size());
  std::vector<const table::CodedFeature*> features;
  for (const auto& feature : coded.features) {
    if (feature.source == table::FeatureSource::label || feature.source == table::FeatureSource::prediction) continue;
    features.push_back(&feature);
  }
  std::vector<Association> result(features.size());
  pool.parallel_for(features.size(), [&](std::size_t i, std::size_t) { result[i] = measure(log, *features[i]); });

  std::vector<double> log_p(result.size());
  std::ranges::transform(result, log_p.begin(), &Association::log_p);
  const auto adjusted = stats::benjamini_hochberg(log_p);
  for (std::size_t i = 0; i < result.size(); ++i) result[i].log_p_adjusted = adjusted[i];
  std::ranges::stable_sort(result, std::ranges::greater{}, &Association::mutual_information);
  return result;
}

}  // namespace errata::slice
