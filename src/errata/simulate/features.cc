#include "errata/simulate/features.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "errata/base/error.h"
#include "errata/stats/tests.h"

// Simulated features must be correlated like real ones, have marginals that a person believes, and have quantiles
// that are known before anything is drawn, so that a hotspot can be planted at "the top fifth of utilisation".
//
// A Gaussian copula does all three. Every feature is a monotone function of a standard normal z, and z shares a
// factor with its relatives. Numbers are a curve of z, so the u-quantile of the feature is the curve at the
// u-quantile of z; a category is an interval of z that holds its share. Each column draws from a stream of its own,
// in row order, which makes row r independent of the number of rows.

namespace errata::simulate {
namespace {

using table::Column;
using table::ColumnKind;

constexpr std::uint64_t kFactorStream = 1'000'000;
constexpr std::uint64_t kMissingStream = 2'000'000;

/// Upper ends in z of all categories but the last.
std::vector<double> category_edges(std::span<const Category> categories) {
  std::vector<double> edges;
  double below = 0;
  for (std::size_t i = 0; i + 1 < categories.size(); ++i) {
    below += categories[i].share;
    edges.push_back(stats::normal_quantile(std::clamp(below, 1e-12, 1 - 1e-12)));
  }
  return edges;
}

Column categorical_column(const Feature& feature, std::span<const double> z) {
  const auto edges = category_edges(feature.categories);
  const auto position = [&](double value) { return std::ranges::lower_bound(edges, value) - edges.begin(); };
  Column column{.name = feature.name};
  if (feature.integer_codes) {
    column.source_type = "INTEGER";
    for (const double value : z) column.numbers.push_back(static_cast<double>(position(value)));
    return column;
  }
  column.kind = ColumnKind::categorical;
  column.source_type = "VARCHAR";
  for (const auto& category : feature.categories) column.categories.push_back(category.name);
  std::ranges::sort(column.categories);
  std::vector<std::int32_t> code_at;
  for (const auto& category : feature.categories)
    code_at.push_back(static_cast<std::int32_t>(std::ranges::lower_bound(column.categories, category.name) -
                                                column.categories.begin()));
  column.codes.reserve(z.size());
  for (const double value : z) column.codes.push_back(code_at[static_cast<std::size_t>(position(value))]);
  return column;
}

Column numeric_column(const Feature& feature, std::span<const double> z) {
  Column column{.name = feature.name, .source_type = "DOUBLE"};
  column.numbers.reserve(z.size());
  for (const double value : z) column.numbers.push_back(feature.curve(value));
  return column;
}

void lose_values(Column& column, double share, Rng rng) {
  const std::size_t rows = std::max(column.numbers.size(), column.codes.size());
  for (std::size_t r = 0; r < rows; ++r) {
    if (!rng.bernoulli(share)) continue;
    if (column.kind == ColumnKind::categorical)
      column.codes.set(r, table::kMissingCode);
    else
      column.numbers.set(r, std::numeric_limits<double>::quiet_NaN());
    ++column.missing;
  }
}

/// Variance of Σ risk · z: the weights on a factor add up before they are squared, the own parts do not.
double risk_variance(std::span<const Feature> features) {
  double variance = 0;
  std::array<double, kFactors> on_factor{};
  for (const auto& f : features) {
    on_factor[f.factor] += f.risk * f.loading;
    variance += f.risk * f.risk * (1 - f.loading * f.loading);
  }
  for (const double weight : on_factor) variance += weight * weight;
  return variance;
}

std::vector<Category> skewed_categories(std::size_t count, double exponent, const std::string& prefix) {
  std::vector<Category> categories;
  double total = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double share = std::pow(static_cast<double>(i + 1), -exponent);
    categories.push_back({.name = prefix + std::to_string(i), .share = share});
    total += share;
  }
  for (auto& category : categories) category.share /= total;
  return categories;
}

std::string numbered(const char* prefix, std::size_t i, std::size_t count) {
  const std::string digits = std::to_string(i + 1);
  const std::size_t width = std::to_string(count).size();
  return prefix + std::string(width - digits.size(), '0') + digits;
}

}  // namespace

double Curve::operator()(double z) const {
  double value = location + scale * z;
  if (log) value = std::exp(value);
  if (step >= 1)
    value = std::round(value / step) * step;
  else if (step > 0)
    value = std::round(value * std::round(1 / step)) / std::round(1 / step);  // 0.283, no 0.28300000001
  return std::clamp(value, min, max);
}

Column feature_column(const Feature& feature, std::span<const double> z, const Rng& rng) {
  auto column = feature.categories.empty() ? numeric_column(feature, z) : categorical_column(feature, z);
  if (feature.missing > 0) lose_values(column, feature.missing, rng);
  return column;
}

DrawnFeatures draw_features(std::span<const Feature> features, const EachRow& rows, const Rng& rng,
                            std::span<const Shift> shifts) {
  std::array<std::vector<double>, kFactors> factors;
  for (std::size_t f = 0; f < kFactors; ++f) {
    Rng stream = rng.fork(kFactorStream + f);
    factors[f].resize(rows.size());
    for (const std::size_t r : rows) factors[f][r] = stream.normal();
  }
  const double variance = risk_variance(features);
  const double risk_scale = variance > 0 ? 1 / std::sqrt(variance) : 0;
  DrawnFeatures drawn{.columns = {}, .risk = std::vector<double>(rows.size(), 0.0)};
  std::vector<double> z(rows.size());
  for (std::size_t j = 0; j < features.size(); ++j) {
    const Feature& feature = features[j];
    Rng stream = rng.fork(j);
    const double own = std::sqrt(1 - feature.loading * feature.loading);
    for (const std::size_t r : rows) z[r] = feature.loading * factors[feature.factor][r] + own * stream.normal();
    for (const auto& shift : shifts) {
      if (shift.feature != j) continue;
      for (std::size_t r = shift.begin; r < rows.size(); ++r) z[r] += shift.size;
    }
    if (feature.risk != 0)
      for (const std::size_t r : rows) drawn.risk[r] += risk_scale * feature.risk * z[r];
    drawn.columns.push_back(feature_column(feature, z, rng.fork(kMissingStream + j)));
  }
  return drawn;
}

// Factors: 0 age and standing, 1 means, 2 strain, 3 the loan asked for.
// NOLINTNEXTLINE(readability-function-size): a table, a few lines a feature
std::vector<Feature> credit_features() {
  return {
      {.name = "age",
       .curve = {.location = 42, .scale = 13, .step = 1, .min = 18, .max = 90},
       .loading = 0.8,
       .risk = -0.3},
      {.name = "employment",
       .categories =
           {{"student", 0.06}, {"unemployed", 0.05}, {"self-employed", 0.14}, {"salaried", 0.58}, {"retired", 0.17}},
       .loading = 0.6,
       .missing = 0.02},
      {.name = "tenure_months",
       .curve = {.location = 3.6, .scale = 0.9, .log = true, .step = 1, .max = 480},
       .loading = 0.6,
       .risk = -0.4,
       .missing = 0.03},
      {.name = "home",
       .categories = {{"rent", 0.41}, {"parents", 0.09}, {"mortgage", 0.32}, {"own", 0.18}},
       .loading = 0.5},
      {.name = "region",
       .categories = {{"north", 0.21}, {"south", 0.24}, {"east", 0.18}, {"west", 0.27}, {"islands", 0.10}}},
      {.name = "income",
       .curve = {.location = 10.5, .scale = 0.5, .log = true, .step = 100, .max = 1e6},
       .factor = 1,
       .loading = 0.85,
       .risk = -0.7,
       .missing = 0.04},
      {.name = "product",
       .categories = {{"card", 0.38}, {"personal loan", 0.33}, {"car loan", 0.18}, {"home improvement", 0.11}},
       .factor = 1,
       .loading = 0.4},
      {.name = "channel", .categories = {{"branch", 0.30}, {"web", 0.34}, {"app", 0.20}, {"partner", 0.16}}},
      {.name = "utilisation",
       .curve = {.location = 0.42, .scale = 0.24, .step = 0.001, .min = 0, .max = 1.2},
       .factor = 2,
       .loading = 0.7,
       .risk = 0.9,
       .missing = 0.01},
      {.name = "debt_to_income",
       .curve = {.location = -1.4, .scale = 0.55, .log = true, .step = 0.001, .max = 3},
       .factor = 2,
       .loading = 0.6,
       .risk = 0.6,
       .missing = 0.04},
      {.name = "delinquencies",
       .curve = {.location = -0.9, .scale = 1.1, .step = 1, .min = 0, .max = 12},
       .factor = 2,
       .loading = 0.5,
       .risk = 0.8},
      {.name = "open_accounts",
       .curve = {.location = 5.5, .scale = 2.6, .step = 1, .min = 0, .max = 30},
       .loading = 0.3},
      {.name = "history_years",
       .curve = {.location = 2.2, .scale = 0.7, .log = true, .step = 0.5, .max = 60},
       .loading = 0.7,
       .risk = -0.4},
      {.name = "loan_amount",
       .curve = {.location = 8.9, .scale = 0.8, .log = true, .step = 50, .min = 500, .max = 2e5},
       .factor = 3,
       .loading = 0.8},
      {.name = "term_months",
       .categories = {{"12", 0.22}, {"24", 0.31}, {"36", 0.27}, {"60", 0.20}},
       .factor = 3,
       .loading = 0.7},
      {.name = "interest_rate",
       .curve = {.location = 7.9, .scale = 2.4, .step = 0.05, .min = 1.9, .max = 24.9},
       .factor = 2,
       .loading = 0.4},
  };
}

std::vector<Feature> wide_features(std::size_t count) {
  std::vector<Feature> features;
  for (std::size_t i = 0; i < count; ++i) {
    Feature feature{
        .name = numbered("f", i, count), .factor = i % kFactors, .loading = 0.5 + 0.1 * static_cast<double>(i % 5)};
    switch (i % 8) {
      case 0: feature.categories = skewed_categories(3, 1.5, "p"); break;
      case 1: feature.categories = skewed_categories(66, 1.2, "s"); break;
      case 2: feature.categories = skewed_categories(11, 2.0, "g"); break;
      case 3: feature.curve = {.location = 5, .scale = 2, .log = true, .step = 1, .max = 1e9}; break;
      case 4: feature.curve = {.location = -2.5, .scale = 1.5, .step = 1, .min = 0, .max = 9}; break;
      case 5: feature.curve = {.location = -0.4, .scale = 0.6, .step = 0.01, .min = 0, .max = 1}; break;
      case 6: feature.curve = {.location = 260, .scale = 200, .step = 1, .min = 0, .max = 511}; break;
      default: feature.curve = {.location = -2.2, .scale = 1, .step = 1, .min = 0, .max = 1}; break;
    }
    features.push_back(std::move(feature));
  }
  return features;
}

std::vector<Feature> code_features(std::size_t count) {
  constexpr std::array<std::size_t, 16> kCardinalities{12, 10, 7, 10, 10, 10, 10, 12, 3, 109, 10, 10, 10, 10, 10, 306};
  std::vector<Feature> features;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t cardinality = kCardinalities[i % kCardinalities.size()];
    const bool quantile_bins = cardinality == 10;
    features.push_back({.name = numbered("f", i, count),
                        .categories = skewed_categories(cardinality, quantile_bins ? 0 : 0.7, ""),
                        .integer_codes = true,
                        .factor = i % kFactors,
                        .loading = 0.3 + 0.1 * static_cast<double>(i % 5)});
  }
  return features;
}

}  // namespace errata::simulate
