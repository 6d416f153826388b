#include "errata/robustness/log_evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "errata/slice/over_time.h"
#include "errata/slice/pairing.h"

namespace errata::robustness {
namespace {

using table::Column;
using table::ColumnKind;
using table::PredictionLog;

bool means_clean(const std::string& word) { return word == "none" || word == "clean" || word == "0" || word.empty(); }

/// A number for each row, 0 where it is clean, else 1 + index into names.
struct Kinds {
  std::vector<std::string> names;
  std::vector<std::uint32_t> of;
};

Kinds kinds_of_words(const Column& column) {
  Kinds kinds;
  std::vector<std::uint32_t> of_category;
  for (const std::string& word : column.categories) {
    if (!means_clean(word)) kinds.names.push_back(word);
    of_category.push_back(means_clean(word) ? 0 : static_cast<std::uint32_t>(kinds.names.size()));
  }
  for (const std::int32_t code : column.codes)
    kinds.of.push_back(code == table::kMissingCode ? 0 : of_category[static_cast<std::size_t>(code)]);
  return kinds;
}

/// Each value a level; of many values, parts of the range from the least above 0 to the largest.
Result<Kinds> levels_of_numbers(const Column& column) {
  std::set<double> values;
  for (std::size_t i = 0; i < column.numbers.size(); ++i) {
    const double value = column.numbers[i];
    if (value < 0 || std::isinf(value))
      return data_error(
          fmt::format("column {}: row {}: severity {} is not a number of at least 0", column.name, i + 1, value));
    if (value > 0 && values.size() <= kMostLevels) values.insert(value);
  }
  Kinds kinds;
  if (values.size() <= kMostLevels) {
    for (const double value : values) kinds.names.push_back(fmt::format("{}", value));
    for (const double value : column.numbers)
      kinds.of.push_back(value > 0 ? 1 + static_cast<std::uint32_t>(std::distance(values.begin(), values.find(value)))
                                   : 0);
    return kinds;
  }
  double least = INFINITY, most = 0;
  for (const double value : column.numbers) {
    if (!(value > 0)) continue;
    least = std::min(least, value);
    most = std::max(most, value);
  }
  const double part = (most - least) / static_cast<double>(kPartsOfRange);
  for (std::size_t p = 0; p < kPartsOfRange; ++p)
    kinds.names.push_back(fmt::format("{:.3g} to {:.3g}", least + static_cast<double>(p) * part,
                                      least + static_cast<double>(p + 1) * part));
  const auto part_of = [&](double value) {
    return static_cast<std::uint32_t>(std::clamp((value - least) / part, 0.0, kPartsOfRange - 1.0));
  };
  for (const double value : column.numbers) kinds.of.push_back(value > 0 ? 1 + part_of(value) : 0);
  return kinds;
}

Result<const Column*> column_named(const PredictionLog& log, const std::string& name) {
  const Column* column = log.find(name);
  if (column == nullptr) return invalid_argument(fmt::format("there is no column {}", name));
  if (column->kind == ColumnKind::timestamp)
    return data_error(fmt::format("column {}: times are neither a severity nor a kind of corruption", name));
  return column;
}

Result<Kinds> levels_of(const PredictionLog& log, const std::string& name) {
  ERRATA_ASSIGN(const Column* column, column_named(log, name));
  if (column->kind == ColumnKind::numeric) return levels_of_numbers(*column);
  return kinds_of_words(*column);
}

Result<Kinds> corruptions_of(const PredictionLog& log, const ShiftColumns& columns) {
  if (!columns.corruption) return Kinds{.names = {"all"}, .of = {}};
  ERRATA_ASSIGN(const Column* column, column_named(log, *columns.corruption));
  if (column->kind == ColumnKind::categorical) return kinds_of_words(*column);
  return levels_of_numbers(*column);
}

/// @return no sweep where no case is clean, or all are
Result<std::optional<Sweep>> sweep_of_log(const PredictionLog& log, const ShiftColumns& columns) {
  ERRATA_ASSIGN(Kinds levels, levels_of(log, *columns.severity));
  ERRATA_ASSIGN(Kinds corruptions, corruptions_of(log, columns));
  Sweep sweep{.corruptions = std::move(corruptions.names),
              .levels = std::move(levels.names),
              .subjects = log.rows,
              .cases = {}};
  std::size_t clean = 0;
  for (std::uint32_t i = 0; i < log.rows; ++i) {
    // A mildest corruption may be written as severity 0: where its kind is told, that decides.
    const bool told = columns.corruption.has_value();
    const bool is_clean = told ? corruptions.of[i] == 0 : levels.of[i] == 0;
    if (!is_clean && levels.of[i] == 0) continue;
    ShiftedCase one{.subject = i, .failed = log.failed[i] != 0};
    if (!is_clean) {
      one.corruption = told ? corruptions.of[i] - 1 : 0;
      one.level = levels.of[i];
    }
    if (!log.confidence.empty()) one.confidence = static_cast<float>(log.confidence[i]);
    clean += is_clean ? 1 : 0;
    sweep.cases.push_back(one);
  }
  if (clean == 0 || clean == sweep.cases.size() || sweep.levels.empty()) return std::nullopt;
  return sweep;
}

/// Answers as numbers that are equal where the answers are; of numbers the value itself decides.
std::vector<std::uint32_t> answers_of(const PredictionLog& log, const std::vector<std::uint32_t>& of_class,
                                      const std::optional<std::string>& role) {
  if (log.task == table::Task::classes) return of_class;
  const Column* column = role ? log.find(*role) : nullptr;
  if (column == nullptr || column->kind != ColumnKind::numeric) return {};
  std::map<double, std::uint32_t> known;
  std::vector<std::uint32_t> answers;
  for (std::size_t i = 0; i < log.rows; ++i)
    answers.push_back(
        known.try_emplace(column->numbers[i] + 0.0, static_cast<std::uint32_t>(known.size())).first->second);
  return answers;
}

/// Rows of one stream after another, each in the order of time.
Sequences sequences_of_log(const PredictionLog& log, const Column& stream) {
  std::map<std::pair<double, std::int32_t>, std::vector<std::uint32_t>> streams;
  for (const std::uint32_t row : slice::time_order(log)) {
    switch (stream.kind) {
      case ColumnKind::numeric:
        if (!std::isnan(stream.numbers[row])) streams[{stream.numbers[row], 0}].push_back(row);
        break;
      case ColumnKind::categorical:
        if (stream.codes[row] != table::kMissingCode) streams[{0, stream.codes[row]}].push_back(row);
        break;
      case ColumnKind::timestamp:
        if (stream.micros[row] != table::kMissingTime)
          streams[{static_cast<double>(stream.micros[row]), 0}].push_back(row);
        break;
    }
  }
  const auto labels = answers_of(log, log.label_class, log.roles.label);
  const auto predicted = answers_of(log, log.predicted_class, log.roles.prediction);
  Sequences made{.perturbations = {"streams"}, .frames = {}};
  std::uint32_t number = 0;
  for (const auto& [key, rows] : streams) {
    for (const std::uint32_t row : rows)
      if (!labels.empty() && !predicted.empty())
        made.frames.push_back(
            {.sequence = number, .subject = number, .label = labels[row], .predicted = predicted[row]});
    ++number;
  }
  return made;
}

Result<Paired> paired_of(const PredictionLog& log, const PredictionLog& earlier, const slice::PairingOptions& options,
                         const Progress& progress, std::vector<std::string>& notes) {
  ERRATA_ASSIGN(const slice::Pairing pairs, slice::pair_rows(earlier, log, options, progress));
  if (pairs.first.empty()) return data_error("no case of the log is in the earlier one too");
  Paired paired;
  for (std::size_t i = 0; i < pairs.first.size(); ++i) {
    paired.failed_before.push_back(earlier.failed[pairs.first[i]]);
    paired.failed.push_back(log.failed[pairs.second[i]]);
  }
  notes.insert(notes.end(), pairs.warnings.begin(), pairs.warnings.end());
  if (pairs.first_unmatched + pairs.second_unmatched > 0)
    notes.push_back(fmt::format("{} cases of the log and {} of the earlier one have no partner in the other",
                                pairs.second_unmatched, pairs.first_unmatched));
  return paired;
}

}  // namespace

Result<Evidence> evidence_of_log(PredictionLog log, const ShiftColumns& columns, const PredictionLog* earlier,
                                 const slice::PairingOptions& pairing, const Progress& progress) {
  Evidence evidence{.subject = {.of_log = true, .notes = log.warnings}};
  if (log.rows == 0) return data_error("the log has no case");
  if (columns.severity) {
    ERRATA_ASSIGN(evidence.sweep, sweep_of_log(log, columns));
  }
  if (!evidence.sweep)
    evidence.why(Check::corruption) = columns.severity ? Unmeasured::no_clean : Unmeasured::no_severity;
  // Where no column is named, calibration can be told of all cases together.
  if (columns.severity) evidence.why(Check::calibration) = evidence.why(Check::corruption);
  const bool has_scores =
      std::ranges::any_of(log.confidence, [](double confidence) { return !std::isnan(confidence); });
  if (evidence.why(Check::calibration) == Unmeasured::none && !has_scores)
    evidence.why(Check::calibration) = Unmeasured::no_confidence;
  evidence.why(Check::rejection) = Unmeasured::no_pictures;
  const Column* stream = log.roles.stream ? log.find(*log.roles.stream) : nullptr;
  if (stream == nullptr) {
    evidence.why(Check::stability) = Unmeasured::no_streams;
  } else if (!log.roles.time) {
    evidence.why(Check::stability) = Unmeasured::no_order;
  } else {
    evidence.sequences = sequences_of_log(log, *stream);
  }
  if (log.roles.features.empty() && stream == nullptr && !log.roles.time)
    evidence.why(Check::slices) = Unmeasured::no_features;
  if (earlier == nullptr) {
    evidence.why(Check::retention) = Unmeasured::no_earlier;
  } else {
    ERRATA_ASSIGN(evidence.paired, paired_of(log, *earlier, pairing, progress, evidence.subject.notes));
  }
  evidence.log = std::move(log);
  return evidence;
}

}  // namespace errata::robustness
