#include "errata/slice/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "errata/stats/hypergeometric.h"
#include "errata/stats/multiplicity.h"
#include "errata/stats/tests.h"

// Two versions of a model are compared by the failure rates of the same slices on their logs. Three tests a slice: is
// it above the rest of the first log, above the rest of the second, and do its two rates differ? The third decides
// whether anything changed; the first two tell a hotspot that appeared or went from one that was and stays.
//
// A slice that a search found on a log looks worse there than it is, because it was chosen for looking bad; compared
// as found, every hotspot would seem to get better. Its counts there are therefore those of the held-out cases, which
// the search did not see. On the other log it was not searched, and all cases count.

namespace errata::slice {
namespace {

using stats::FailureCount;

void set_counts(SliceOnLog& slice, FailureCount count) {
  slice.n = count.trials;
  slice.failures = count.failures;
  slice.rate = stats::failure_rate(count);
  if (slice.n > 0) slice.interval = *stats::wilson_interval(count, 0.95);
}

FailureCount failures_of(const table::PredictionLog& log) {
  FailureCount all{.failures = 0, .trials = log.rows};
  for (const auto flag : log.failed) all.failures += flag;
  return all;
}

SliceOnLog measured(const table::PredictionLog& log, FailureCount all, std::span<const table::Predicate> where) {
  const auto in = table::matches(log, where);
  if (!in) return {.rate = std::nan(""), .rest = std::nan(""), .unmeasurable = in.error().message};
  FailureCount count;
  for (std::size_t r = 0; r < log.rows; ++r) {
    count.trials += (*in)[r];
    count.failures += ((*in)[r] & log.failed[r]) != 0;
  }
  SliceOnLog slice;
  set_counts(slice, count);
  slice.rest = stats::failure_rate({.failures = all.failures - count.failures, .trials = all.trials - count.trials});
  slice.log_p = stats::hypergeometric_log_upper_tail(
      {.population = all.trials, .marked = all.failures, .drawn = count.trials}, count.failures);
  return slice;
}

/// Adjusts the one-sided tests of the slices that mean something on the log.
void settle_raised(std::span<SliceOnLog* const> slices, double fdr) {
  std::vector<double> log_p;
  for (const auto* slice : slices)
    if (slice->unmeasurable.empty()) log_p.push_back(slice->log_p);
  const auto adjusted = stats::benjamini_hochberg(log_p);
  std::size_t next = 0;
  for (auto* slice : slices) {
    if (!slice->unmeasurable.empty()) continue;
    slice->log_p_adjusted = adjusted[next++];
    slice->raised = slice->log_p_adjusted <= std::log(fdr);
  }
}

bool comparable(const ComparedSlice& slice) { return slice.first.n > 0 && slice.second.n > 0; }

void settle_changes(std::span<ComparedSlice> slices, double fdr) {
  std::vector<double> log_p;
  for (auto& slice : slices) {
    if (!comparable(slice)) continue;
    slice.log_p =
        stats::two_rates_test(slice.first.failures, slice.first.n, slice.second.failures, slice.second.n).log_p;
    log_p.push_back(slice.log_p);
  }
  const auto adjusted = stats::benjamini_hochberg(log_p);
  std::size_t next = 0;
  for (auto& slice : slices) {
    if (!comparable(slice)) {
      slice.change = Change::incomparable;
      continue;
    }
    slice.log_p_adjusted = adjusted[next++];
    if (slice.log_p_adjusted > std::log(fdr))
      slice.change = Change::unchanged;
    else if (slice.second.rate > slice.first.rate)
      slice.change = slice.second.raised && !slice.first.raised ? Change::appeared : Change::worse;
    else
      slice.change = slice.first.raised && !slice.second.raised ? Change::gone : Change::better;
  }
}

ComparedLog told(const table::PredictionLog& log) {
  const auto count = failures_of(log);
  ComparedLog whole{.files = log.files, .rows = log.rows, .failures = count.failures};
  whole.rate = stats::failure_rate(count);
  if (log.rows > 0) whole.interval = *stats::wilson_interval(count, 0.95);
  return whole;
}

int place_of(Change change) {
  switch (change) {
    case Change::appeared: return 0;
    case Change::worse: return 1;
    case Change::unchanged: return 2;
    case Change::better: return 3;
    case Change::gone: return 4;
    case Change::incomparable: return 5;
  }
  return 5;
}

/// Share of the cases of either that both have; 0 where one of them cannot be told or neither has a case.
double jaccard(const table::PredictionLog& log, const Candidate& a, const Candidate& b) {
  const auto in_a = table::matches(log, a.where), in_b = table::matches(log, b.where);
  if (!in_a || !in_b) return 0;
  std::uint64_t both = 0, either = 0;
  for (std::size_t r = 0; r < log.rows; ++r) {
    both += ((*in_a)[r] & (*in_b)[r]) != 0;
    either += ((*in_a)[r] | (*in_b)[r]) != 0;
  }
  return either > 0 ? static_cast<double>(both) / static_cast<double>(either) : 0;
}

}  // namespace

std::string_view name_of(Change change) {
  switch (change) {
    case Change::appeared: return "new";
    case Change::gone: return "gone";
    case Change::worse: return "worse";
    case Change::better: return "better";
    case Change::unchanged: return "unchanged";
    case Change::incomparable: return "incomparable";
  }
  return "";
}

std::vector<SliceOnLog> measure_on_log(const table::PredictionLog& log,
                                       std::span<const std::vector<table::Predicate>> slices, double fdr,
                                       const Progress& progress) {
  std::vector<SliceOnLog> result;
  const auto all = failures_of(log);
  for (const auto& where : slices) {
    progress.check();
    result.push_back(measured(log, all, where));
  }
  std::vector<SliceOnLog*> tested;
  for (auto& slice : result) tested.push_back(&slice);
  settle_raised(tested, fdr);
  return result;
}

std::vector<Candidate> without_repeats(std::vector<Candidate> candidates, const table::PredictionLog& first,
                                       const table::PredictionLog& second, double near_equal,
                                       const Progress& progress) {
  std::vector<Candidate> kept;
  for (auto& candidate : candidates) {
    const auto repeats = [&](const Candidate& other) {
      progress.check();
      return other.found_on == FoundOn::first && jaccard(first, candidate, other) >= near_equal &&
             jaccard(second, candidate, other) >= near_equal;
    };
    if (candidate.found_on != FoundOn::second || std::ranges::none_of(kept, repeats))
      kept.push_back(std::move(candidate));
  }
  return kept;
}

Result<Comparison> compare_slices(const table::PredictionLog& first, const table::PredictionLog& second,
                                  std::span<const Candidate> candidates, double fdr, const Progress& progress) {
  if (!(fdr > 0 && fdr < 1)) return invalid_argument(fmt::format("fdr {} is not in (0, 1)", fdr));
  Comparison comparison{.first = told(first), .second = told(second), .fdr = fdr};
  comparison.log_p = stats::two_rates_test(comparison.first.failures, comparison.first.rows, comparison.second.failures,
                                           comparison.second.rows)
                         .log_p;
  for (const auto& candidate : candidates) {
    progress.check();
    ComparedSlice slice{
        .where = candidate.where, .sql = table::where_clause(candidate.where), .found_on = candidate.found_on};
    const auto on = [&](const table::PredictionLog& log, const ComparedLog& whole, FoundOn side) {
      auto counts = measured(log, {.failures = whole.failures, .trials = whole.rows}, candidate.where);
      if (candidate.found_on != side || !candidate.held_out) return counts;
      set_counts(counts, {.failures = candidate.held_out->failures, .trials = candidate.held_out->n});
      counts.log_p = candidate.held_out->log_p;
      return counts;
    };
    slice.first = on(first, comparison.first, FoundOn::first);
    slice.second = on(second, comparison.second, FoundOn::second);
    comparison.slices.push_back(std::move(slice));
  }
  std::vector<SliceOnLog*> on_first, on_second;
  for (auto& slice : comparison.slices) {
    on_first.push_back(&slice.first);
    on_second.push_back(&slice.second);
  }
  settle_raised(on_first, fdr);
  settle_raised(on_second, fdr);
  settle_changes(comparison.slices, fdr);
  const auto order = [](const ComparedSlice& slice) {
    const double change = comparable(slice) ? std::abs(slice.second.rate - slice.first.rate) : 0;
    return std::tuple(place_of(slice.change), -change);
  };
  std::ranges::stable_sort(comparison.slices, {}, order);
  return comparison;
}

std::string_view name_of(FoundOn found_on) {
  switch (found_on) {
    case FoundOn::first: return "first";
    case FoundOn::second: return "second";
    case FoundOn::saved: return "saved";
  }
  return "";
}

}  // namespace errata::slice
