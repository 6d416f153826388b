#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "errata/base/rng.h"
#include "errata/simulate/features.h"
#include "errata/simulate/rows.h"
#include "errata/simulate/simulate.h"

namespace errata::simulate {

/// Rows from the end of the part before it on.
struct Part {
  std::string name;
  std::size_t end_row = 0;
};

/// A log that is being drawn: its columns so far and each case's probability of failure.
struct Drawing {
  Rng rng;
  std::size_t rows = 0;
  const Cancellation* stop = nullptr;  ///< unwinds the drawing with Cancelled
  table::PredictionLog log;            ///< columns only
  std::vector<std::string> features;
  std::vector<std::int64_t> times;    ///< [rows] ascending, or empty
  std::vector<double> risk;           ///< [rows] the model's risk score, standard normal
  std::vector<double> failure_rate;   ///< [rows] probability of failure
  std::vector<std::uint8_t> planted;  ///< [rows] 1 inside a hotspot or bad period
  std::vector<std::uint8_t> failed;   ///< [rows]
  Truth truth;

  Drawing(const SimulateOptions& options, std::size_t row_count, const Cancellation* cancellation = nullptr);
  [[nodiscard]] EachRow each_row() const { return EachRow(rows, stop); }

  /// Adds `timestamp`, one year from 2025-01-01 UTC in ascending order, and `batch`, its month.
  void add_times();
  void add_features(std::span<const Feature> specification, std::span<const Shift> shifts = {});
  /// The row of the first case at or after a share of the year.
  [[nodiscard]] std::size_t row_at(double share_of_rows) const;

  /// Raises the probability of failure of a hotspot's cases to `rate` where it is lower.
  void plant_hotspot(std::vector<table::Predicate> where, double rate);
  /// The same for a stretch of time, [begin, end) in microseconds.
  void plant_period(std::int64_t begin, std::int64_t end, double rate);
  /// Draws `failed` from `failure_rate`.
  void draw_failures();
  /// [rows] 0/1: the cases of a conjunction.
  [[nodiscard]] std::vector<std::uint8_t> members(std::span<const table::Predicate> where) const;

  /// Adds a numeric column.
  void add_numbers(std::string name, std::vector<double> values, std::string type = "DOUBLE");
  /// Adds `split`: the name of a part for each row; a part ends where the next begins.
  void add_split(const std::vector<Part>& parts);
  /// Counts what was planted and hands the log over.
  [[nodiscard]] SimulatedLog finish() &&;

 private:
  void count_regimes();
};

/// `feature` lies between two quantiles, 0 <= low < high <= 1 (0 and 1 are open ends).
[[nodiscard]] table::Predicate between_quantiles(const Feature& feature, double low, double high);
/// `feature` is its category of that name.
[[nodiscard]] table::Predicate is_category(const Feature& feature, const std::string& name);

/// Bounds of what choose_hotspots() draws; supports are shares of the cases.
struct HotspotRange {
  std::size_t count = 1;
  double least_support = 0.025, most_support = 0.09;
  double least_rate = 0, most_rate = 0;
};
struct ChosenHotspot {
  std::vector<table::Predicate> where;
  double rate = 0;
};
/// Draws conjunctions of 1 to 3 predicates (categories, or one or two deciles of a number) that hold for a moderate
/// share of the cases and hardly overlap. Fewer than `count` where the features do not allow it.
/// The supports are measured on 20,000 cases of a draw of its own, so that the choice does not depend on the rows.
[[nodiscard]] std::vector<ChosenHotspot> choose_hotspots(std::span<const Feature> features, const HotspotRange& range,
                                                         const Rng& rng);

}  // namespace errata::simulate
