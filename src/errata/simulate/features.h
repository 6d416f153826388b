#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "errata/base/rng.h"
#include "errata/simulate/rows.h"
#include "errata/table/prediction_log.h"

namespace errata::simulate {

struct Category {
  std::string name;
  double share = 0;  ///< shares of a feature sum to 1
};

/// A monotone map from a standard normal z to a number: location + scale z, or exp of that, rounded and cut off.
struct Curve {
  double location = 0, scale = 1;
  bool log = false;
  double step = 0;  ///< values are multiples of it (a whole number or 1/one); 0 means no rounding
  double min = -1e300, max = 1e300;
  [[nodiscard]] double operator()(double z) const;
};

/// One feature of a simulated log: z = loading · factor + √(1 − loading²) · own, standard normal, and the value is a
/// monotone function of z. Features on the same factor are correlated.
struct Feature {
  std::string name;
  std::vector<Category> categories;  ///< in the order of z; empty means numeric
  bool integer_codes = false;        ///< write a category as its position, a number
  Curve curve;                       ///< numeric
  std::size_t factor = 0;            ///< < kFactors
  double loading = 0;                ///< (-1, 1)
  double risk = 0;                   ///< weight of z in the model's risk score
  double missing = 0;                ///< share of missing values, at random
};
inline constexpr std::size_t kFactors = 4;

/// From row `begin` on, z of a feature is moved by `size`.
struct Shift {
  std::size_t feature = 0;
  std::size_t begin = 0;
  double size = 0;
};

struct DrawnFeatures {
  std::vector<table::Column> columns;
  std::vector<double>
      risk;  ///< [rows] Σ risk · z, scaled to variance 1 without shifts; 0 where no feature has a weight
};

/// Row r of every column depends on the generator and r alone, so that a longer draw begins with the shorter one.
[[nodiscard]] DrawnFeatures draw_features(std::span<const Feature> features, const EachRow& rows, const Rng& rng,
                                          std::span<const Shift> shifts = {});

/// One feature as a column. @param z  [rows] @param rng  which values are missing
[[nodiscard]] table::Column feature_column(const Feature& feature, std::span<const double> z, const Rng& rng);

/// The 16 features of an applicant for credit.
[[nodiscard]] std::vector<Feature> credit_features();
/// Features in the manner of a network log: four groups of correlated ones, skewed categories, counts that are mostly
/// 0.
[[nodiscard]] std::vector<Feature> wide_features(std::size_t count);
/// Integer codes with the cardinalities of a binned log of flights.
[[nodiscard]] std::vector<Feature> code_features(std::size_t count);

}  // namespace errata::simulate
