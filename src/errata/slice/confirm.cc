// Hotspots that hold on cases that were not used to find them.
//
// The log is cut in two. On one part, the slice search gives candidates: the exact top-k of the chosen rank, and then,
// round by round, the slice that explains most of the failures which the slices before it do not (its cases are set
// aside and the rest is searched again until nothing is left beyond chance), so that a large hotspot does not crowd out
// the others. Ranges of ordered features are refined while that explains more. None of this looks at the other part, so
// there each candidate is a hypothesis stated beforehand: given the part's sizes its failures are hypergeometric if it
// is no hotspot, and Benjamini–Hochberg over all candidates keeps the expected share of false hotspots at the level
// asked for.
//
// Cost: one search a round, each on at most the searched part.

#include "errata/slice/confirm.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "errata/base/rng.h"
#include "errata/slice/fold.h"
#include "errata/slice/refine.h"
#include "errata/stats/hypergeometric.h"
#include "errata/stats/multiplicity.h"
#include "errata/stats/tests.h"

namespace errata::slice {
namespace {

using Rows = std::vector<std::uint32_t>;

/// A range of two bins is found even where a single one has too few cases or too little effect.
constexpr std::size_t kWidestRange = 2;

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
  return options.split == SplitBy::time ? split_by_time(time_order, options.search_share)
                                        : split_at_random(failed, options.search_share, options.seed);
}

SearchInput restricted(const SearchInput& input, std::span<const std::uint32_t> rows) {
  return {.table = input.table, .failed = input.failed, .loss = input.loss, .rows = rows};
}

/// The candidates of all rounds, without repetition, in the order found.
class Candidates {
 public:
  void add(const std::vector<CodedPredicate>& where) {
    if (seen_.insert(where).second) list_.push_back(where);
  }
  [[nodiscard]] const std::vector<std::vector<CodedPredicate>>& list() const { return list_; }

 private:
  std::set<std::vector<CodedPredicate>> seen_;
  std::vector<std::vector<CodedPredicate>> list_;
};

/// The slice that explains most of these failures beyond chance: a conjunction, its ranges refined, or one wide range.
Result<std::vector<CodedPredicate>> explains_most(const SearchInput& unexplained, SearchOptions search,
                                                  ThreadPool& pool) {
  search.rank = Rank::deviance;
  search.beyond_chance = true;
  search.widest_range = kWidestRange;
  search.top = 1;
  ERRATA_ASSIGN(const SearchResult found, find_slices(unexplained, search, pool));
  const std::optional<Slice> range = best_range(unexplained, search.min_support.of(unexplained.rows.size()));
  const bool conjunction = !found.slices.empty() && (!range || found.slices.front().score >= range->score);
  if (conjunction) return refine_ranges(unexplained, found.slices.front().where);
  return range ? range->where : std::vector<CodedPredicate>{};
}

Result<Candidates> find_candidates(const SearchInput& input, const ConfirmOptions& options, const Rows& search_rows,
                                   ThreadPool& pool) {
  Candidates candidates;
  SearchOptions search = options.search;
  search.min_support = {.rows = options.search.min_support.of(search_rows.size())};
  ERRATA_ASSIGN(const SearchResult top, find_slices(restricted(input, search_rows), search, pool));
  for (const Slice& slice : top.slices) candidates.add(slice.where);

  Rows left = search_rows;
  for (std::size_t round = 0; round < options.rounds && !left.empty(); ++round) {
    ERRATA_ASSIGN(const auto where, explains_most(restricted(input, left), search, pool));
    if (where.empty()) break;
    candidates.add(where);
    const auto explained = slice_members(input.table, where);
    std::erase_if(left, [&](std::uint32_t row) { return explained[row] != 0; });
  }
  return candidates;
}

/// One-sided test on the held-out part that the slice fails more (or has larger losses) than the rest of it.
double log_p_value(const SearchInput& held_out, const Slice& slice, const Slice& whole) {
  if (held_out.loss.empty()) {
    return stats::hypergeometric_log_upper_tail({.population = whole.n, .marked = whole.failures, .drawn = slice.n},
                                                slice.failures);
  }
  const auto members = slice_members(held_out.table, slice.where);
  std::vector<double> losses;
  std::vector<std::uint8_t> inside;
  for (const std::uint32_t row : held_out.rows) {
    losses.push_back(held_out.loss[row]);
    inside.push_back(members[row]);
  }
  const stats::TestResult test = stats::mann_whitney(losses, inside);
  return test.statistic > 0 ? test.log_p - std::log(2.0) : 0;
}

Slice scored(const SearchInput& input, const ConfirmOptions& options, const std::vector<CodedPredicate>& where,
             const Slice& whole, double largest_loss) {
  Slice slice = measure_slice(input, where);
  if (slice.n > 0 && whole.loss > 0) {
    slice.score = slice_score(options.search.rank, options.search.alpha,
                              {.rows = whole.n, .loss = whole.loss, .largest_loss = largest_loss}, slice.n, slice.loss);
  }
  return slice;
}

std::vector<TestedSlice> test_candidates(const SearchInput& input, const ConfirmOptions& options, const Parts& parts,
                                         const Candidates& candidates, ThreadPool& pool) {
  const SearchInput searched = restricted(input, parts.search), held_out = restricted(input, parts.confirm);
  const std::array<Slice, 3> wholes{measure_slice(input, {}), measure_slice(searched, {}), measure_slice(held_out, {})};
  const double largest = input.loss.empty() ? 1 : *std::ranges::max_element(input.loss);
  std::vector<TestedSlice> tested(candidates.list().size());
  pool.parallel_for(tested.size(), [&](std::size_t i, auto) {
    TestedSlice& slice = tested[i];
    slice.where = candidates.list()[i];
    slice.whole = scored(input, options, slice.where, wholes[0], largest);
    slice.searched = scored(searched, options, slice.where, wholes[1], largest);
    slice.confirmed = scored(held_out, options, slice.where, wholes[2], largest);
    slice.log_p = log_p_value(held_out, slice.confirmed, wholes[2]);
  });
  std::vector<double> log_p(tested.size());
  std::ranges::transform(tested, log_p.begin(), &TestedSlice::log_p);
  const std::vector<double> adjusted = stats::benjamini_hochberg(log_p);
  for (std::size_t i = 0; i < tested.size(); ++i) {
    tested[i].log_p_adjusted = adjusted[i];
    tested[i].is_hotspot = adjusted[i] <= std::log(options.fdr);
  }
  return tested;
}

Result<void> check(const ConfirmOptions& options, std::span<const std::uint32_t> time_order) {
  if (!(options.fdr > 0 && options.fdr < 1)) {
    return invalid_argument(fmt::format("false discovery rate {} is not in (0, 1)", options.fdr));
  }
  if (!(options.search_share > 0 && options.search_share < 1)) {
    return invalid_argument(fmt::format("share to search {} is not in (0, 1)", options.search_share));
  }
  if (options.split == SplitBy::time && time_order.empty()) {
    return invalid_argument("confirmation by time needs a time column: name one with --time");
  }
  return {};
}

}  // namespace

std::size_t ConfirmResult::tested() const {
  std::size_t count = unconfirmed.size() + hotspots.size();
  for (const Hotspot& hotspot : hotspots) count += hotspot.folded.size();
  return count;
}

std::vector<std::uint32_t> held_out_rows(std::span<const std::uint8_t> failed, const ConfirmOptions& options,
                                         std::span<const std::uint32_t> time_order) {
  return split(failed, options, time_order).confirm;
}

Result<ConfirmResult> confirm_hotspots(const SearchInput& input, const ConfirmOptions& options,
                                       std::span<const std::uint32_t> time_order, ThreadPool& pool) {
  ERRATA_TRY(check(options, time_order));
  ERRATA_CHECK(input.rows.empty());
  const Parts parts = split(input.failed, options, time_order);
  ConfirmResult result{.searched_rows = parts.search.size(),
                       .confirm_rows = parts.confirm.size(),
                       .min_support_rows = options.search.min_support.of(parts.search.size())};
  if (parts.search.empty() || parts.confirm.empty()) return result;

  ERRATA_ASSIGN(const Candidates candidates, find_candidates(input, options, parts.search, pool));
  std::vector<TestedSlice> hotspots;
  for (TestedSlice& slice : test_candidates(input, options, parts, candidates, pool)) {
    (slice.is_hotspot ? hotspots : result.unconfirmed).push_back(std::move(slice));
  }
  std::ranges::stable_sort(result.unconfirmed, std::greater{}, [](const TestedSlice& s) { return s.whole.score; });
  result.hotspots = fold_redundant(restricted(input, parts.confirm), std::move(hotspots), options.near_equal);
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
