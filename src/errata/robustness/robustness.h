#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/limits.h"
#include "errata/base/progress.h"
#include "errata/base/thread_pool.h"
#include "errata/robustness/evidence.h"
#include "errata/stats/calibration.h"
#include "errata/stats/rate.h"
#include "errata/stats/rate_difference.h"
#include "errata/table/predicate.h"

namespace errata::robustness {

/// What figures must reach, by default and where nothing else is said. docs/methods/robustness.md gives the reasons.
struct Gates {
  double min_retained = 0.80;        ///< accuracy at the middle severity ÷ clean accuracy, mean over corruptions
  double min_worst_retained = 0.50;  ///< the same of the worst corruption
  double max_ece = 0.10;             ///< expected calibration error at the middle severity
  double max_fpr95 = 0.30;           ///< of foreign pictures taken for own ones, where 95% of the own ones are accepted
  double min_auroc = 0.90;           ///< of telling the two apart
  double max_flip_rate = 0.05;       ///< of pairs of neighbouring frames
  double max_worst_flip_rate = 0.10;  ///< the same of the worst perturbation
  double max_slice_gap = 0.10;        ///< failure rate of the worst confirmed slice less that of the other cases
  double max_negative_flips = 0.02;   ///< share of cases that the earlier model had right and this one gets wrong
};

/// What is measured, by name.
enum class Quantity : std::uint8_t {
  retained,
  worst_retained,
  mean_error,
  ece,
  clean_ece,
  overconfidence,
  fpr95,
  auroc,
  flip_rate,
  worst_flip_rate,
  slice_gap,
  negative_flips,
  positive_flips,
};

struct QuantityInfo {
  Quantity quantity;
  Check check;
  std::string_view name;            ///< "retained"
  std::string_view words;           ///< one line
  double Gates::* limit = nullptr;  ///< none: it has no gate
  bool at_least = true;             ///< what the gate asks for; or at most
  std::string_view gate{};          ///< "min-retained": of the flag, and of the key in errata.toml
};
/// All of them, by check.
[[nodiscard]] std::span<const QuantityInfo> quantities();
[[nodiscard]] const QuantityInfo& info_of(Quantity quantity);

struct Figure {
  Quantity quantity{};
  double value = kNaN;
  stats::RateInterval interval{.low = kNaN, .high = kNaN};  ///< 95%
  std::uint64_t cases = 0;                                  ///< that it was measured on
  std::optional<double> limit{};
  [[nodiscard]] bool passes() const;  ///< one without a limit does; a NaN keeps none
};

enum class Verdict : std::uint8_t { passed, failed, not_measured };
[[nodiscard]] std::string_view name_of(Verdict verdict);

struct CheckResult {
  Check check{};
  Unmeasured why = Unmeasured::none;
  std::vector<Figure> figures;  ///< empty where it was not measured
  [[nodiscard]] Verdict verdict() const;
};

/// One corruption of the sweep.
struct SweepRow {
  std::string corruption;
  std::uint64_t cases = 0;       ///< a level
  std::vector<double> accuracy;  ///< [levels], NaN without cases
  double retained = kNaN;        ///< accuracy at the middle level ÷ clean accuracy
};

/// All corruptions at one level; the first is clean.
struct LevelRow {
  std::string level;
  std::uint64_t cases = 0;
  double accuracy = kNaN, confidence = kNaN, ece = kNaN;
  stats::RateInterval accuracy_interval{.low = kNaN, .high = kNaN}, ece_interval{.low = kNaN, .high = kNaN};
  std::vector<stats::ReliabilityBin> reliability{};
};

/// One set of foreign pictures.
struct ForeignRow {
  std::string set;
  std::uint64_t pictures = 0;
  double fpr95 = kNaN, auroc = kNaN;
  stats::RateInterval fpr95_interval{.low = kNaN, .high = kNaN}, auroc_interval{.low = kNaN, .high = kNaN};
};

/// One perturbation, or all streams of a log.
struct FlipRow {
  std::string perturbation;
  std::uint64_t sequences = 0, pairs = 0, flips = 0;
  double rate = kNaN;
  stats::RateInterval interval{.low = kNaN, .high = kNaN};
};

/// A slice that is confirmed to fail more than the rest.
struct GapRow {
  std::vector<table::Predicate> where;
  std::string sql;
  stats::FailureCount slice, rest;  ///< on the held-out cases
  double gap = kNaN;
  stats::RateInterval interval{.low = kNaN, .high = kNaN};
};

struct Options {
  std::vector<Check> checks{};  ///< empty: all; those named must be measured, or the checklist does not pass
  Gates gates{};
  std::uint64_t seed = 1;         ///< of intervals and of the halves of the slice search
  std::size_t replicates = 1000;  ///< of the bootstrap, >= 1
  std::size_t slices = 5;         ///< confirmed slices that are listed
};

/// Everything that `errata checklist --model` and `--log` say, as plain values.
struct Robustness {
  Subject subject;
  Options options;
  std::uint64_t cases = 0, failures = 0;  ///< clean ones; of a log without levels all
  std::vector<CheckResult> results;
  std::vector<std::string> levels;  ///< of the sweep, mildest first, without the clean one
  std::size_t middle = 0;           ///< of levels: the one that gates look at
  std::vector<SweepRow> sweep;
  std::vector<LevelRow> calibration;
  std::string rejecting_score;  ///< the best of the simple scores
  std::vector<ForeignRow> foreign;
  std::vector<FlipRow> flips;
  std::vector<GapRow> gaps;  ///< worst first
  std::uint64_t slices_tested = 0;
  std::optional<stats::PairedCounts> retention{};  ///< the first is the earlier model

  /// Something was measured, no gate is missed, and every check that was named was measured.
  [[nodiscard]] bool passed() const;
};

/// @return invalid_argument naming the gate that is not in [0, 1], or no replicates
[[nodiscard]] Result<void> check_options(const Options& options);

/// Makes the result from what a model did. The same evidence and options give the same result on any number of threads.
/// @return errors of check_options(), and data errors of the slice search
[[nodiscard]] Result<Robustness> run(const Evidence& evidence, const Options& options, ThreadPool& pool,
                                     const Progress& progress = {});

}  // namespace errata::robustness
