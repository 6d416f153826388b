// Hotspots that hold on cases that were not used to find them.
//
// The log is cut in two. On one part candidates are found, round by round: the slice that fails most beyond what the
// slices before it lead to expect, until nothing is left beyond chance. A large mild slice thus hides neither a small
// sharp one inside it nor one beside it. None of this looks at the other part, so there each candidate is a hypothesis
// stated beforehand: given the part's sizes its failures are hypergeometric if it is no hotspot, and Benjamini–Hochberg
// over all candidates keeps the expected share of false hotspots at the level asked for.
//
// Cost: one residual search a round, on the searched part.

#include "errata/slice/confirm.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "errata/base/rng.h"
#include "errata/slice/candidates.h"
#include "errata/slice/fold.h"
#include "errata/stats/hypergeometric.h"
#include "errata/stats/multiplicity.h"
#include "errata/stats/tests.h"

namespace errata::slice {
namespace {

using Rows = std::vector<std::uint32_t>;

struct Parts {
  Rows search, confirm;
};

/// Each failure and each success goes to the searched part with the same share, by selection sampling: exactly
/// round(share · failures) failures, every such choice equally likely, rows in order.
Parts split_at_random(std::span<const std::uint8_t> failed, double share, std::uint64_t seed) {
  Rng rng = Rng(seed).fork(0x5911);
  std::array<std::uint64_t, 2> left{};
  for (const auto flag : failed) ++left[flag];
  std::array<std::uint64_t, 2> wanted{};
  for (std::size_t stratum = 0; stratum < 2; ++stratum) {
    wanted[stratum] = static_cast<std::uint64_t>(std::llround(share * static_cast<double>(left[stratum])));
  }
  Parts parts;
  for (std::uint32_t row = 0; row < failed.size(); ++row) {
    const std::size_t stratum = failed[row];
    const bool chosen = rng.below(left[stratum]--) < wanted[stratum];
    if (chosen) --wanted[stratum];
    (chosen ? parts.search : parts.confirm).push_back(row);
  }
  return parts;
}

Parts split_by_time(std::span<const std::uint32_t> time_order, double share) {
  const auto cut = static_cast<std::ptrdiff_t>(std::llround(share * static_cast<double>(time_order.size())));
  Parts parts{.search = Rows(time_order.begin(), time_order.begin() + cut),
              .confirm = Rows(time_order.begin() + cut, time_order.end())};
  std::ranges::sort(parts.search);
  std::ranges::sort(parts.confirm);
  return parts;
}

Parts split(std::span<const std::uint8_t> failed, const ConfirmOptions& options,
            std::span<const std::uint32_t> time_order) {
  const double share = search_share_of(options, failed.size());
  return options.split == SplitBy::time ? split_by_time(time_order, share)
                                        : split_at_random(failed, share, options.seed);
}

SearchInput restricted(const SearchInput& input, std::span<const std::uint32_t> rows) {
  return {.table = input.table, .failed = input.failed, .loss = input.loss, .rows = rows};
}

/// One-sided test on the held-out part that the slice fails more (or less, or has larger losses) than the rest of it.
/// @param positions  of the slice's cases in the held-out part
double log_p_value(const SearchInput& held_out, const TestedSlice& tested, const Slice& whole,
                   std::span<const std::uint32_t> positions) {
  const Slice& slice = tested.confirmed;
  if (held_out.loss.empty()) {
    const stats::Hypergeometric table{.population = whole.n, .marked = whole.failures, .drawn = slice.n};
    return tested.raised ? stats::hypergeometric_log_upper_tail(table, slice.failures)
                         : stats::hypergeometric_log_lower_tail(table, slice.failures);
  }
  std::vector<double> losses;
  for (const std::uint32_t row : held_out.rows) losses.push_back(held_out.loss[row]);
  std::vector<std::uint8_t> inside(losses.size(), 0);
  for (const std::uint32_t i : positions) inside[i] = 1;
  const stats::TestResult test = stats::mann_whitney(losses, inside);
  return (test.statistic > 0) == tested.raised ? test.log_p - std::log(2.0) : 0;
}

Slice rest_of(const Slice& whole, const Slice& part) {
  return {.n = whole.n - part.n, .failures = whole.failures - part.failures, .loss = whole.loss - part.loss};
}

Slice scored(Slice slice, const ConfirmOptions& options, const Slice& whole, double largest_loss) {
  if (slice.n > 0 && whole.loss > 0) {
    slice.score = slice_score(options.search.rank, options.search.alpha,
                              {.rows = whole.n, .loss = whole.loss, .largest_loss = largest_loss}, slice.n, slice.loss);
  }
  return slice;
}

std::vector<TestedSlice> test_candidates(const SearchInput& input, const ConfirmOptions& options, const Parts& parts,
                                         std::span<const Candidate> candidates, ThreadPool& pool) {
  const SearchInput held_out = restricted(input, parts.confirm);
  std::vector<std::uint8_t> is_held_out(input.table.rows, 0);
  for (const std::uint32_t row : parts.confirm) is_held_out[row] = 1;
  const SliceInParts all = measure_in_parts(input, {}, is_held_out);
  const double largest = input.loss.empty() ? 1 : *std::ranges::max_element(input.loss);
  std::vector<TestedSlice> tested(candidates.size());
  pool.parallel_for(tested.size(), [&](std::size_t i, auto) {
    TestedSlice& slice = tested[i];
    slice.where = candidates[i].where;
    slice.raised = candidates[i].raised;
    SliceInParts in = measure_in_parts(input, slice.where, is_held_out);
    slice.whole = scored(std::move(in.whole), options, all.whole, largest);
    slice.searched = scored(std::move(in.first), options, all.first, largest);
    slice.confirmed = scored(std::move(in.second), options, all.second, largest);
    slice.log_p = log_p_value(held_out, slice, all.second, positions_in(in.rows, parts.confirm));
  });
  std::vector<double> log_p(tested.size());
  std::ranges::transform(tested, log_p.begin(), &TestedSlice::log_p);
  const std::vector<double> adjusted = stats::benjamini_hochberg(log_p);
  for (std::size_t i = 0; i < tested.size(); ++i) {
    tested[i].log_p_adjusted = adjusted[i];
    tested[i].is_confirmed = adjusted[i] <= std::log(options.fdr);
  }
  return tested;
}

/// What each hotspot adds to those before it, and which of them it lies in, on all cases.
void tell_nesting(const SearchInput& input, std::vector<Hotspot>& hotspots) {
  std::vector<Rows> rows;
  std::vector<std::uint8_t> seen(input.table.rows, 0);
  for (Hotspot& hotspot : hotspots) {
    rows.push_back(slice_rows(input.table, hotspot.slice.where));
    for (const std::uint32_t row : rows.back()) {
      hotspot.added_failures += std::uint64_t{input.failed[row]} & (seen[row] ^ 1U);
      seen[row] = 1;
    }
    for (std::size_t outer = rows.size() - 1; outer-- > 0 && !hotspot.inside;) {
      if (!std::ranges::includes(rows[outer], rows.back())) continue;
      hotspot.inside = outer;
      hotspot.rest_of_outer = rest_of(hotspots[outer].slice.whole, hotspot.slice.whole);
    }
  }
}

Result<void> check(const ConfirmOptions& options, std::span<const std::uint32_t> time_order) {
  if (!(options.fdr > 0 && options.fdr < 1)) {
    return invalid_argument(fmt::format("false discovery rate {} is not in (0, 1)", options.fdr));
  }
  if (options.search_share && !(*options.search_share > 0 && *options.search_share < 1)) {
    return invalid_argument(fmt::format("share to search {} is not in (0, 1)", *options.search_share));
  }
  if (options.split == SplitBy::time && time_order.empty()) {
    return invalid_argument("confirmation by time needs a time column: name one with --time");
  }
  return {};
}

}  // namespace

double search_share_of(const ConfirmOptions& options, std::size_t cases) {
  constexpr std::size_t kMany = 100'000;
  return options.search_share.value_or(cases > kMany ? 0.5 : 0.7);
}

std::vector<std::uint32_t> held_out_rows(std::span<const std::uint8_t> failed, const ConfirmOptions& options,
                                         std::span<const std::uint32_t> time_order) {
  return split(failed, options, time_order).confirm;
}

Result<ConfirmResult> confirm_hotspots(const SearchInput& input, const ConfirmOptions& options,
                                       std::span<const std::uint32_t> time_order, ThreadPool& pool) {
  ERRATA_TRY(check(options, time_order));
  ERRATA_CHECK(input.rows.empty());
  Parts parts = split(input.failed, options, time_order);
  ConfirmResult result{.searched_rows = parts.search.size(),
                       .confirm_rows = parts.confirm.size(),
                       .min_support_rows = options.search.min_support.of(parts.search.size())};
  if (parts.search.empty() || parts.confirm.empty()) return result;

  const auto candidates = find_candidates(input, std::move(parts.search), {}, options, pool);
  result.tested = candidates.size();
  std::vector<TestedSlice> hotspots;
  for (TestedSlice& slice : test_candidates(input, options, parts, candidates, pool)) {
    if (slice.is_confirmed) {
      (slice.raised ? hotspots : result.safe).push_back(std::move(slice));
    } else if (slice.raised) {
      result.unconfirmed.push_back(std::move(slice));
    }
  }
  std::ranges::stable_sort(result.unconfirmed, std::greater{}, [](const TestedSlice& s) { return s.whole.score; });
  std::ranges::stable_sort(result.safe, std::less{}, &TestedSlice::log_p);
  result.hotspots = fold_redundant(restricted(input, parts.confirm), std::move(hotspots), options.near_equal);
  tell_nesting(input, result.hotspots);
  return result;
}

std::string_view name_of(FoldReason reason) {
  switch (reason) {
    case FoldReason::near_equal: return "near_equal";
    case FoldReason::child: return "child";
    case FoldReason::explained: return "explained";
  }
  ERRATA_CHECK(false);
  return {};
}

}  // namespace errata::slice
