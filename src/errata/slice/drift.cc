// Has the input changed since the model was first watched? The earliest third of the cases is the reference, the rest
// is compared with it column by column. Numbers are compared twice: by PSI over the reference's deciles, whose size
// people know how to read, and by Kolmogorov–Smirnov, which tells whether it can be chance. Categories: PSI and
// chi-squared. Missing is a category of its own, because a source that went silent is drift like any other.
//
// Chi-squared needs some expected cases in every cell, and PSI grows with the number of rare categories alone, so
// categories that expect fewer than 5 cases on the smaller side are counted together.
//
// Cost: one radix sort of each numeric column, in parallel over columns.
#include "errata/slice/drift.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "errata/base/error.h"
#include "errata/base/matrix_view.h"
#include "errata/slice/time_axis.h"
#include "errata/stats/drift.h"
#include "errata/stats/multiplicity.h"
#include "errata/stats/sort_numbers.h"

namespace errata::slice {
namespace {

enum class Part : std::uint8_t { reference, rest, none };

/// Which rows are the reference: cuts the time order where two times differ, at a third of it or as near after it as
/// can be, else as near before it.
std::optional<std::vector<Part>> split_by_time(const TimeValues& times, Drift& drift) {
  auto order = time_order(times);
  std::erase_if(order, [&](std::uint32_t row) { return std::isnan(times.values[row]); });
  const std::size_t usable = order.size();
  const auto time_at = [&](std::size_t at) { return times.values[order[at]]; };
  const auto is_cut = [&](std::size_t at) { return at > 0 && time_at(at - 1) < time_at(at); };
  std::size_t cut = std::max<std::size_t>(usable / 3, 1);
  while (cut < usable && !is_cut(cut)) ++cut;
  if (cut == usable) {
    cut = usable / 3;
    while (cut > 0 && !is_cut(cut)) --cut;
  }
  if (cut == 0) return std::nullopt;
  std::vector<Part> parts(times.values.size(), Part::none);
  for (std::size_t at = 0; at < usable; ++at) parts[order[at]] = at < cut ? Part::reference : Part::rest;
  drift.reference_end = time_at(cut - 1);
  drift.reference_rows = cut;
  drift.rest_rows = usable - cut;
  return parts;
}

/// Cases of the two parts in each bin, missing in the last.
struct Histograms {
  std::vector<std::uint64_t> reference, rest;

  void add(std::uint64_t in_reference, std::uint64_t in_rest) {
    reference.push_back(in_reference);
    rest.push_back(in_rest);
  }
};

void describe(const Histograms& counts, const Drift& drift, ColumnDrift& result) {
  const auto share = [](std::uint64_t part, std::uint64_t whole) {
    return static_cast<double>(part) / static_cast<double>(whole);
  };
  result.psi = stats::population_stability_index(counts.reference, counts.rest);
  result.missing_before = share(counts.reference.back(), drift.reference_rows);
  result.missing_after = share(counts.rest.back(), drift.rest_rows);
}

/// @param reference  ascending  @param rest  likewise
ColumnDrift compare_sorted(std::span<const double> reference, std::span<const double> rest, const Drift& drift) {
  const auto edges = stats::decile_edges(reference);
  Histograms counts{.reference = stats::count_between(reference, edges), .rest = stats::count_between(rest, edges)};
  counts.add(drift.reference_rows - reference.size(), drift.rest_rows - rest.size());
  ColumnDrift result;
  result.test = "Kolmogorov–Smirnov";
  result.result = stats::kolmogorov_smirnov(reference, rest);
  describe(counts, drift, result);
  return result;
}

/// @param value_of  the value in a row, NaN when missing
template <typename ValueOf>
ColumnDrift compare_numbers(ValueOf value_of, std::span<const Part> parts, const Drift& drift) {
  std::vector<double> reference, rest;
  reference.reserve(drift.reference_rows);
  rest.reserve(drift.rest_rows);
  for (std::size_t row = 0; row < parts.size(); ++row) {
    const double value = value_of(row);
    if (parts[row] == Part::none || std::isnan(value)) continue;
    (parts[row] == Part::reference ? reference : rest).push_back(value);
  }
  stats::sort_numbers(reference);
  stats::sort_numbers(rest);
  return compare_sorted(reference, rest, drift);
}

/// The values of the rows of each level, ascending.
std::vector<double> sorted_values(const table::Levels& levels, std::span<const Part> parts, Part part) {
  const auto counts = table::count_levels(levels, [&](std::size_t row) { return parts[row] == part; });
  std::vector<double> values;
  for (std::size_t level = 0; level < counts.size(); ++level)
    if (!std::isnan(levels.values[level])) values.insert(values.end(), counts[level], levels.values[level]);
  return values;
}

ColumnDrift compare_column(const table::Numbers& numbers, std::span<const Part> parts, const Drift& drift) {
  if (const table::Levels* levels = numbers.levels())
    return compare_sorted(sorted_values(*levels, parts, Part::reference), sorted_values(*levels, parts, Part::rest),
                          drift);
  return numbers.visit([&](const auto& values) {
    return compare_numbers([&](std::size_t row) { return double{values[row]}; }, parts, drift);
  });
}

/// Puts the categories that expect fewer than 5 cases on the smaller side together. The last bin, missing, stays.
Histograms fold_rare(const Histograms& counts, const Drift& drift) {
  const auto smaller = static_cast<double>(std::min(drift.reference_rows, drift.rest_rows));
  const double share = smaller / static_cast<double>(drift.reference_rows + drift.rest_rows);
  Histograms folded;
  std::uint64_t rare_reference = 0, rare_rest = 0;
  const std::size_t missing = counts.reference.size() - 1;
  for (std::size_t i = 0; i < missing; ++i) {
    if (static_cast<double>(counts.reference[i] + counts.rest[i]) * share < 5) {
      rare_reference += counts.reference[i];
      rare_rest += counts.rest[i];
    } else {
      folded.add(counts.reference[i], counts.rest[i]);
    }
  }
  folded.add(rare_reference, rare_rest);
  folded.add(counts.reference[missing], counts.rest[missing]);
  return folded;
}

ColumnDrift compare_categories(const table::Column& column, std::span<const Part> parts, const Drift& drift) {
  const std::size_t missing = column.categories.size();
  Histograms counts{.reference = std::vector<std::uint64_t>(missing + 1),
                    .rest = std::vector<std::uint64_t>(missing + 1)};
  for (std::size_t row = 0; row < parts.size(); ++row) {
    if (parts[row] == Part::none) continue;
    auto& histogram = parts[row] == Part::reference ? counts.reference : counts.rest;
    const std::int32_t code = column.codes[row];
    ++histogram[code == table::kMissingCode ? missing : static_cast<std::size_t>(code)];
  }
  const Histograms folded = fold_rare(counts, drift);
  std::vector<std::uint64_t> both = folded.reference;
  both.insert(both.end(), folded.rest.begin(), folded.rest.end());
  ColumnDrift result;
  result.test = "chi-squared";
  result.result = stats::chi_squared_independence(MatrixView<const std::uint64_t>(both, 2, folded.reference.size()));
  describe(folded, drift, result);
  return result;
}

/// A column to compare, or the confidence where `column` is null.
struct Compared {
  std::string name;
  const table::Column* column = nullptr;
  bool is_score = false;
};

/// The confidence that follows from P(positive) is a distribution of its own only where that is on both sides of 1/2:
/// else it is the score, or 1 minus it.
bool repeats_score(const table::PredictionLog& log) {
  if (log.score_meaning == table::ScoreMeaning::predicted_class) return true;
  const auto on_one_side = [&](auto is_beyond) {
    return std::ranges::none_of(log.positive_score, [&](double p) { return !std::isnan(p) && is_beyond(p); });
  };
  if (log.positive_score.empty()) return false;
  return on_one_side([](double p) { return p < 0.5; }) || on_one_side([](double p) { return p > 0.5; });
}

std::vector<Compared> columns_to_compare(const table::PredictionLog& log) {
  std::vector<Compared> compared;
  const auto add = [&](const std::string& name, bool is_score) {
    if (const table::Column* column = log.find(name)) compared.push_back({name, column, is_score});
  };
  for (const auto& name : log.roles.features) add(name, false);
  if (log.roles.score) add(*log.roles.score, true);
  // Of two classes the one score is 1 minus the other.
  const bool two = log.roles.scores.size() == 2 && !log.positive_score.empty();
  for (std::size_t i = 0; i < log.roles.scores.size(); ++i)
    if (!two || log.classes[log.score_class[i]] == log.positive) add(log.roles.scores[i], true);
  if (log.confidence.empty() || repeats_score(log)) return compared;
  const bool is_taken = log.find("confidence") != nullptr;
  compared.push_back(
      {.name = is_taken ? "confidence in the prediction" : "confidence", .column = nullptr, .is_score = true});
  return compared;
}

ColumnDrift compare(const table::PredictionLog& log, const Compared& what, std::span<const Part> parts,
                    const Drift& drift) {
  const auto from = [](const std::vector<double>& values) { return [&](std::size_t row) { return values[row]; }; };
  const auto time_at = [&](std::size_t row) {
    const std::int64_t micros = what.column->micros[row];
    return micros == table::kMissingTime ? std::nan("") : static_cast<double>(micros);
  };
  if (what.column == nullptr) return compare_numbers(from(log.confidence), parts, drift);
  switch (what.column->kind) {
    case table::ColumnKind::numeric: return compare_column(what.column->numbers, parts, drift);
    case table::ColumnKind::timestamp: return compare_numbers(time_at, parts, drift);
    case table::ColumnKind::categorical: break;
  }
  return compare_categories(*what.column, parts, drift);
}

}  // namespace

std::optional<Drift> measure_drift(const table::PredictionLog& log, ThreadPool& pool) {
  const auto times = time_values(log);
  if (!times) return std::nullopt;
  Drift drift;
  const auto parts = split_by_time(*times, drift);
  if (!parts) return std::nullopt;

  const auto compared = columns_to_compare(log);
  drift.columns.resize(compared.size());
  pool.parallel_for(compared.size(), [&](std::size_t i, std::size_t) {
    drift.columns[i] = compare(log, compared[i], *parts, drift);
    drift.columns[i].column = compared[i].name;
    drift.columns[i].is_score = compared[i].is_score;
  });

  std::vector<double> log_p;
  for (const auto& column : drift.columns) log_p.push_back(column.result.log_p);
  const auto adjusted = stats::benjamini_hochberg(log_p);
  for (std::size_t i = 0; i < adjusted.size(); ++i) drift.columns[i].log_p_adjusted = adjusted[i];
  std::ranges::stable_sort(drift.columns, std::ranges::greater{}, &ColumnDrift::psi);
  return drift;
}

}  // namespace errata::slice
