#include "errata/slice/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "errata/slice/search.h"
#include "errata/stats/hypergeometric.h"
#include "errata/stats/multiplicity.h"
#include "errata/stats/tests.h"

// Two versions of a model are compared by the failure rates of the same slices on their logs. Three tests a slice: is
// it above the rest of the first log, above the rest of the second, and do its two rates differ? The third decides
// whether anything changed; the first two tell a hotspot that appeared or went from one that was and stays.
//
// A slice that a search found on a log looks worse there than it is, because it was chosen for looking bad; compared
// as found, every hotspot would seem to get better. On that log only the held-out cases count, which the search did not
// see. Another log was not searched for it, and all its cases count, unless they are the very same cases: then the
// choice speaks for both, and the held-out ones count on both sides.

namespace errata::slice {
namespace {

using stats::FailureCount;
using Rows = std::vector<std::uint32_t>;
using Members = std::vector<std::uint8_t>;

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

/// The cases that a slice is counted on, as rows of either log; paired: the i-th of both are one case.
struct Cases {
  Rows first, second;
  bool paired = false;
};

/// Counts on some rows of a log.
SliceOnLog measured(const table::PredictionLog& log, const Rows& rows, const Members& in) {
  FailureCount all, count;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::uint64_t failed = log.failed[rows[i]];
    ++all.trials;
    all.failures += failed;
    count.trials += in[i];
    count.failures += in[i] & failed;
  }
  SliceOnLog slice;
  set_counts(slice, count);
  slice.rest = stats::failure_rate({.failures = all.failures - count.failures, .trials = all.trials - count.trials});
  slice.log_p = stats::hypergeometric_log_upper_tail(
      {.population = all.trials, .marked = all.failures, .drawn = count.trials}, count.failures);
  return slice;
}

SliceOnLog unmeasurable(const Error& why) {
  return {.rate = std::nan(""), .rest = std::nan(""), .unmeasurable = why.message};
}

/// Which of some rows a conjunction holds for.
Result<Members> members_at(const table::PredictionLog& log, std::span<const table::Predicate> where, const Rows& rows) {
  ERRATA_ASSIGN(const auto in, table::matches(log, where));
  Members members;
  members.reserve(rows.size());
  for (const auto row : rows) members.push_back(in[row]);
  return members;
}

stats::PairedCounts paired_counts(const CompareInput& input, const Cases& cases, const Members& in) {
  stats::PairedCounts counts;
  for (std::size_t i = 0; i < cases.first.size(); ++i) {
    if (in[i] == 0) continue;
    const bool a = input.first.failed[cases.first[i]] != 0, b = input.second.failed[cases.second[i]] != 0;
    ++(a ? (b ? counts.both : counts.only_first) : (b ? counts.only_second : counts.neither));
  }
  return counts;
}

/// Test and interval of a difference of rates, and where they go.
struct Difference {
  double log_p = 0;
  stats::RateInterval interval{.low = -1, .high = 1};
};

Difference difference_of(FailureCount first, FailureCount second, const std::optional<stats::PairedCounts>& paired) {
  if (first.trials == 0 || second.trials == 0) return {};
  if (paired)
    return {.log_p = stats::mcnemar_test(paired->only_first, paired->only_second).log_p,
            .interval = *stats::paired_difference_interval(*paired, 0.95)};
  return {.log_p = stats::two_rates_test(first.failures, first.trials, second.failures, second.trials).log_p,
          .interval = *stats::rate_difference_interval(first, second, 0.95)};
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
  for (const auto& slice : slices)
    if (comparable(slice)) log_p.push_back(slice.log_p);
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
  ComparedLog whole{
      .files = log.files, .rows = log.rows, .failures = count.failures, .compared = count, .warnings = log.warnings};
  whole.rate = stats::failure_rate(count);
  if (log.rows > 0) whole.interval = *stats::wilson_interval(count, 0.95);
  return whole;
}

int rank_of(Change change) {
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
double jaccard(const table::PredictionLog& log, const SliceToCompare& a, const SliceToCompare& b) {
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
  const Rows rows = all_rows(log.rows);
  for (const auto& where : slices) {
    progress.check();
    const auto in = members_at(log, where, rows);
    result.push_back(in ? measured(log, rows, *in) : unmeasurable(in.error()));
  }
  std::vector<SliceOnLog*> tested;
  for (auto& slice : result) tested.push_back(&slice);
  settle_raised(tested, fdr);
  return result;
}

std::vector<SliceToCompare> without_repeats(std::vector<SliceToCompare> candidates, const table::PredictionLog& first,
                                            const table::PredictionLog& second, double near_equal,
                                            const Progress& progress) {
  std::vector<SliceToCompare> kept;
  for (auto& candidate : candidates) {
    const auto repeats = [&](const SliceToCompare& other) {
      progress.check();
      return other.found_on == FoundOn::first && jaccard(first, candidate, other) >= near_equal &&
             jaccard(second, candidate, other) >= near_equal;
    };
    if (candidate.found_on != FoundOn::second || std::ranges::none_of(kept, repeats))
      kept.push_back(std::move(candidate));
  }
  return kept;
}

namespace {

/// The cases for slices of each origin.
class CasesOf {
 public:
  explicit CasesOf(const CompareInput& input)
      : first_(cases(input, input.held_out_first, {})),
        second_(cases(input, {}, input.held_out_second)),
        saved_(cases(input, {}, {})) {}

  [[nodiscard]] const Cases& operator()(FoundOn found_on) const {
    return found_on == FoundOn::first ? first_ : found_on == FoundOn::second ? second_ : saved_;
  }

 private:
  static Members flags(std::size_t rows, std::span<const std::uint32_t> chosen) {
    Members in(rows, chosen.empty() ? 1 : 0);
    for (const auto row : chosen) in[row] = 1;
    return in;
  }

  /// @param first, second  rows that count; empty: all
  static Cases cases(const CompareInput& input, std::span<const std::uint32_t> first,
                     std::span<const std::uint32_t> second) {
    if (!input.pairing.paired())
      return {.first = first.empty() ? all_rows(input.first.rows) : Rows(first.begin(), first.end()),
              .second = second.empty() ? all_rows(input.second.rows) : Rows(second.begin(), second.end())};
    const Members in_first = flags(input.first.rows, first), in_second = flags(input.second.rows, second);
    Cases cases{.paired = true};
    for (std::size_t p = 0; p < input.pairing.first.size(); ++p) {
      const auto a = input.pairing.first[p], b = input.pairing.second[p];
      if ((in_first[a] & in_second[b]) == 0) continue;
      cases.first.push_back(a);
      cases.second.push_back(b);
    }
    return cases;
  }

  Cases first_, second_, saved_;
};

/// A pair lies in a slice when it does on the log that the slice was found on, or else on the one that can tell.
void compare_paired(const CompareInput& input, const Cases& cases, ComparedSlice& slice) {
  const bool by_second = slice.found_on == FoundOn::second;
  auto in = by_second ? members_at(input.second, slice.where, cases.second)
                      : members_at(input.first, slice.where, cases.first);
  const auto other = in ? in
                        : (by_second ? members_at(input.first, slice.where, cases.first)
                                     : members_at(input.second, slice.where, cases.second));
  if (!other) {
    slice.first = slice.second = unmeasurable(in.error());
    return;
  }
  slice.first = measured(input.first, cases.first, *other);
  slice.second = measured(input.second, cases.second, *other);
  slice.paired = paired_counts(input, cases, *other);
}

ComparedSlice compared(const CompareInput& input, const SliceToCompare& candidate, const Cases& cases) {
  ComparedSlice slice{
      .where = candidate.where, .sql = table::where_clause(candidate.where), .found_on = candidate.found_on};
  if (cases.paired) {
    compare_paired(input, cases, slice);
  } else {
    const auto on = [&](const table::PredictionLog& log, const Rows& rows) {
      const auto in = members_at(log, slice.where, rows);
      return in ? measured(log, rows, *in) : unmeasurable(in.error());
    };
    slice.first = on(input.first, cases.first);
    slice.second = on(input.second, cases.second);
  }
  const auto [log_p, interval] =
      difference_of({.failures = slice.first.failures, .trials = slice.first.n},
                    {.failures = slice.second.failures, .trials = slice.second.n}, slice.paired);
  slice.log_p = log_p;
  slice.difference = interval;
  return slice;
}

void compare_whole(const CompareInput& input, const Cases& cases, Comparison& comparison) {
  const Pairing& pairing = input.pairing;
  comparison.pairing = {.by = pairing.by,
                        .guessed = pairing.guessed,
                        .first_column = pairing.first_column,
                        .second_column = pairing.second_column,
                        .cases = pairing.first.size(),
                        .first_unmatched = pairing.first_unmatched,
                        .second_unmatched = pairing.second_unmatched};
  comparison.warnings = pairing.warnings;
  if (cases.paired) {
    comparison.paired = paired_counts(input, cases, Members(cases.first.size(), 1));
    comparison.first.compared = comparison.paired->first();
    comparison.second.compared = comparison.paired->second();
  }
  const auto first = comparison.first.compared, second = comparison.second.compared;
  const auto [log_p, interval] = difference_of(first, second, comparison.paired);
  comparison.log_p = log_p;
  comparison.difference = interval;
  if (log_p > std::log(comparison.fdr)) return;
  comparison.change = stats::failure_rate(second) > stats::failure_rate(first) ? Change::worse : Change::better;
}

}  // namespace

bool Comparison::is_worse() const {
  return change == Change::worse || std::ranges::any_of(slices, [](const ComparedSlice& slice) {
           return slice.change == Change::appeared || slice.change == Change::worse;
         });
}

Result<Comparison> compare_logs(const CompareInput& input, const CompareOptions& options, const ThreadPool& pool,
                                const Progress& progress) {
  if (!(options.fdr > 0 && options.fdr < 1))
    return invalid_argument(fmt::format("fdr {} is not in (0, 1)", options.fdr));
  const CasesOf cases(input);
  Comparison comparison{.first = told(input.first),
                        .second = told(input.second),
                        .task = input.first.task,
                        .positive = input.first.positive,
                        .rule = input.first.rule,
                        .fdr = options.fdr};
  compare_whole(input, cases(FoundOn::saved), comparison);
  for (const auto& candidate : input.candidates) {
    progress.check();
    comparison.slices.push_back(compared(input, candidate, cases(candidate.found_on)));
  }
  std::vector<SliceOnLog*> on_first, on_second;
  for (auto& slice : comparison.slices) {
    on_first.push_back(&slice.first);
    on_second.push_back(&slice.second);
  }
  settle_raised(on_first, options.fdr);
  settle_raised(on_second, options.fdr);
  settle_changes(comparison.slices, options.fdr);
  const auto order = [](const ComparedSlice& slice) {
    const double change = comparable(slice) ? std::abs(slice.second.rate - slice.first.rate) : 0;
    return std::tuple(rank_of(slice.change), -change);
  };
  std::ranges::stable_sort(comparison.slices, {}, order);
  comparison.metrics = metric_changes(input.first, input.second, input.pairing, {.seed = options.seed}, pool);
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
