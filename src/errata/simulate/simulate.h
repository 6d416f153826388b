#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/cancellation.h"
#include "errata/base/error.h"
#include "errata/table/predicate.h"
#include "errata/table/prediction_log.h"

namespace errata::simulate {

/// What `simulate` can draw.
struct Kind {
  std::string_view name;
  std::string_view words;        ///< for people, one line
  std::size_t default_rows = 0;  ///< used when SimulateOptions::rows is 0
};
[[nodiscard]] std::span<const Kind> kinds();

struct SimulateOptions {
  std::string kind = "credit";
  std::size_t rows = 0;  ///< 0 means the kind's default; at most 1e9
  std::uint64_t seed = 1;
  std::optional<std::size_t> features;  ///< `wide` and `codes` only: 1 … 4000
};

/// Cases that fail more often than the rest, because the generator says so.
struct PlantedHotspot {
  std::vector<table::Predicate> where;
  double failure_rate = 0;  ///< probability of failure of its cases (`numbers`: share above the bound, as drawn)
  std::uint64_t n = 0, failures = 0;  ///< as drawn, failures for other reasons included
};

/// A stretch of time with more failures.
struct BadPeriod {
  std::int64_t begin = 0, end = 0;  ///< microseconds since 1970 UTC; the end is exclusive
  double failure_rate = 0;          ///< probability of failure of its cases
  std::uint64_t n = 0, failures = 0;
};

/// A feature whose distribution moves and stays moved.
struct PlantedDrift {
  std::string feature;
  std::int64_t begin = 0;  ///< microseconds since 1970 UTC
  double shift = 0;        ///< of the standard normal that the feature is a monotone function of
};

/// Cases whose score claims more than it keeps.
struct Miscalibration {
  std::vector<table::Predicate> where;
  double sharpness = 1;  ///< the log-odds of the honest score were multiplied by this
  std::uint64_t n = 0;
  double mean_confidence = 0, accuracy = 0;  ///< as drawn
};

/// A way to fail that comes and goes.
struct PlantedMode {
  std::string words;                    ///< what happens to labels (or features) while it is active, for people
  std::vector<table::Predicate> where;  ///< its cases; empty: all of them
  double strength = 1;                  ///< (0, 1] share of its cases that it happens to while active
  double failure_rate = 0;              ///< mean probability of failure of its cases while active
  std::uint64_t n = 0, failures = 0;    ///< its cases while active
};

/// A stretch of the log in which a mode is active.
struct PlantedRegime {
  std::size_t mode = 0;                    ///< index into Truth::modes
  std::size_t begin_row = 0, end_row = 0;  ///< the end is exclusive
  std::int64_t begin = 0, end = 0;         ///< microseconds since 1970 UTC; 0 in kinds without a time column
  std::size_t ramp_rows = 0;               ///< the strength rises evenly from 0 over so many rows
};

/// How late labels are.
struct PlantedDelay {
  double median_micros = 0;  ///< of a log-normal distribution
  double spread = 0;         ///< standard deviation of its logarithm
  double never = 0;          ///< share of labels that never arrive
};

/// What was planted, and what came of it.
struct Truth {
  std::string kind;
  std::uint64_t seed = 0;
  std::size_t rows = 0;
  std::uint64_t failures = 0;
  std::string failure;   ///< SQL condition of a failure, "prediction <> label"
  double base_rate = 0;  ///< mean probability of failure outside everything that was planted
  double mean_rate = 0, lowest_rate = 0, highest_rate = 0;  ///< probability of failure over all cases
  std::vector<PlantedHotspot> hotspots;
  std::vector<BadPeriod> bad_periods;
  std::vector<PlantedDrift> drifts;
  std::vector<Miscalibration> miscalibrations;
  std::vector<PlantedMode> modes;
  std::vector<PlantedRegime> regimes;  ///< by begin
  std::optional<PlantedDelay> delay;
};

struct SimulatedLog {
  std::vector<table::Column> columns;  ///< as they are written
  std::vector<std::string> features;   ///< names of the feature columns
  std::vector<std::uint8_t> failed;    ///< [rows] 0/1
  std::vector<double> failure_rate;    ///< [rows] probability of failure of each case
  Truth truth;
};

/// Draws a log. The same options give the same log on every machine. A longer log of the same seed begins with the
/// shorter one in all that does not depend on time (times are spread over one year however many rows there are).
/// @return invalid_argument for an unknown kind, rows over the limit, or features where the kind has its own
/// @param cancellation  looked at every some thousand rows; unwinds with Cancelled
/// Cost: about 40 ns a value, one thread; memory: the columns and five numbers a row.
///     ERRATA_ASSIGN(auto drawn, simulate({.kind = "planted", .rows = 20'000, .seed = 7}));
[[nodiscard]] Result<SimulatedLog> simulate(const SimulateOptions& options, const Cancellation* cancellation = nullptr);

/// The drawn columns as a log in memory with its roles, so that tests need no file.
/// Labels and predictions are classes where they are 0/1 or text; `codes` has neither and only says what failed.
[[nodiscard]] table::PredictionLog prediction_log(const SimulatedLog& drawn);

/// The truth as JSON, format `errata-truth` version 1 (docs/formats/simulated-truth.md).
[[nodiscard]] std::string truth_json(const Truth& truth);

/// Where the truth of a log is written: beside it, `<stem>.truth.json` (`year.csv.gz` → `year.truth.json`).
[[nodiscard]] std::string truth_path(const std::string& log_path);

/// Draws a log and writes it by its extension, with the truth beside it; each file whole or not at all.
/// @return errors of simulate(), output errors; an error of code `cancelled` when it was stopped
[[nodiscard]] Result<SimulatedLog> write_simulated(const SimulateOptions& options, const std::string& place,
                                                   const Cancellation* cancellation = nullptr);

}  // namespace errata::simulate
