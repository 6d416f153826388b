// The exact top-k search.
//
// Counting every conjunction of three predicates is a pass over all rows for each triple of features. Two things make
// most of that work unnecessary:
//
//   - The loss of a slice only needs the cases that failed, often a tenth of the log. As bitsets over those cases, the
//     losses of all conjunctions cost an AND and a popcount over a few kilobytes each (LossCounter).
//   - With the exact loss and an upper limit of its size, a slice has an upper bound on its score and on the scores of
//     everything below it (Scorer::bound). Only where that reaches the k-th best score found so far are the slice's
//     rows counted, many slices in one blocked pass (RowCounter).
//
// Levels are searched in turn: predicates, pairs of surviving predicates, triples all of whose pairs survive. Pairs and
// triples are counted best bound first in batches that grow, so that the threshold rises early. A slice is passed over
// only when its bound lies below the threshold, and the threshold never exceeds the final k-th score: so what is found
// is exact, ties at k included, and does not depend on the batches or the threads.
//
// Cost on a million rows × 16 features: about one pass to narrow the codes and count single predicates.

#include "errata/slice/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <ranges>

#include "errata/slice/loss_counter.h"
#include "errata/slice/narrow_columns.h"
#include "errata/slice/row_counter.h"
#include "errata/slice/score.h"
#include "errata/slice/top_slices.h"

namespace errata::slice {
namespace {

constexpr std::size_t kFirstBatch = 512;
constexpr std::size_t kBatchGrowth = 8;
constexpr std::size_t kLargestBatch = std::size_t{1} << 17;

/// A surviving pair of predicates: its triples are searched when it may have some that matter.
struct Pair {
  std::uint32_t a = 0, b = 0;
  std::uint64_t n = 0;
  std::uint64_t loss = 0;
  double bound = 0;
};

/// A pair seen from its first predicate.
struct Neighbour {
  std::uint32_t other = 0;
  std::uint64_t n = 0;
  std::uint64_t loss = 0;
};

/// Surviving pairs by first predicate: those of p are [start[p], start[p+1]), ascending by the second.
class PairGraph {
 public:
  PairGraph(std::span<const Pair> pairs, std::size_t predicates) : start_(predicates + 1) {
    for (const Pair& pair : pairs) ++start_[pair.a + 1];
    std::partial_sum(start_.begin(), start_.end(), start_.begin());
    neighbours_.resize(pairs.size());
    std::vector<std::size_t> next(start_.begin(), start_.end() - 1);
    for (const Pair& pair : pairs) neighbours_[next[pair.a]++] = {.other = pair.b, .n = pair.n, .loss = pair.loss};
    for (std::size_t p = 0; p < predicates; ++p) {
      std::sort(neighbours_.begin() + static_cast<std::ptrdiff_t>(start_[p]),
                neighbours_.begin() + static_cast<std::ptrdiff_t>(start_[p + 1]),
                [](const Neighbour& x, const Neighbour& y) { return x.other < y.other; });
    }
  }
  [[nodiscard]] std::span<const Neighbour> of(std::uint32_t p) const {
    return std::span(neighbours_).subspan(start_[p], start_[p + 1] - start_[p]);
  }

 private:
  std::vector<std::size_t> start_;
  std::vector<Neighbour> neighbours_;
};

class Search {
 public:
  Search(const SearchInput& input, const SearchOptions& options, ThreadPool& pool)
      : input_(input),
        options_(options),
        pool_(pool),
        rows_(input.rows.empty() ? input.table.rows : input.rows.size()),
        loss_(input.loss.empty() ? fixed_loss(input.failed, input.rows) : fixed_loss(input.loss, input.rows)),
        min_support_(options.min_support.of(rows_)),
        scorer_(options.rank, options.alpha,
                {.rows = rows_, .loss = loss_.value(loss_.total), .largest_loss = loss_.largest}, min_support_),
        top_(options.top, scorer_.floor()) {}

  SearchResult run() {
    if (loss_.total > 0) {
      search_predicates();
      if (options_.max_predicates >= 2 && predicates_.size() > 1) search_conjunctions();
    }
    return result();
  }

 private:
  void search_predicates();
  void add_predicate(CodedPredicate predicate, std::uint64_t n, std::uint64_t loss);
  void search_conjunctions();
  std::vector<Pair> search_pairs(const LossCounter& losses, const RowCounter& rows);
  [[nodiscard]] std::vector<std::uint64_t> least_losses() const;
  std::vector<Pair> promising_pairs(const LossCounter& losses) const;
  void search_triples(std::span<const Pair> pairs, const LossCounter& losses, const RowCounter& rows);
  void promising_triples(const Pair& pair, const PairGraph& graph, const LossCounter& losses,
                         std::vector<std::uint64_t>& scratch, std::vector<Conjunction>& found) const;
  void count_and_add(std::vector<Conjunction>& batch, const RowCounter& rows);
  void add(Conjunction candidate);
  void set_charges();
  /// Bound on the scores of slices with at least this many predicates.
  [[nodiscard]] double bound(std::size_t predicates, std::uint64_t most_rows, std::uint64_t most_loss) const {
    return scorer_.bound(most_rows, loss_.value(most_loss)) - charge_[predicates - 1];
  }
  SearchResult result();

  const SearchInput& input_;
  const SearchOptions& options_;
  ThreadPool& pool_;
  std::uint64_t rows_;
  FixedLoss loss_;
  std::uint64_t min_support_;
  Scorer scorer_;
  TopSlices top_;
  std::array<double, 3> charge_{};  // by number of predicates, see SearchOptions::beyond_chance; ascending

  std::vector<NarrowColumn> columns_;        // [features]
  std::vector<NarrowColumn> lossy_columns_;  // [features], cases with a loss only
  std::vector<CodedPredicate> predicates_;   // surviving ones, ascending
  std::vector<std::uint64_t> predicate_n_, predicate_loss_;
};

void Search::add(Conjunction candidate) {
  if (candidate.n < min_support_) return;
  const double loss = loss_.value(candidate.loss);
  candidate.score = scorer_.score(candidate.n, loss) - charge_[candidate.size() - 1];
  if (scorer_.keeps(candidate.n, loss, candidate.score)) top_.add(candidate);
}

void Search::search_predicates() {
  const auto& features = input_.table.features;
  columns_.resize(features.size());
  lossy_columns_.resize(features.size());
  std::vector<std::vector<std::uint64_t>> n(features.size()), loss(features.size());
  pool_.parallel_for(features.size(), [&](std::size_t f, auto) {
    columns_[f] = NarrowColumn(features[f], input_.rows);
    lossy_columns_[f] = columns_[f].at(loss_.lossy);
    n[f] = columns_[f].histogram(features[f].bins.size());
    if (loss_.units.empty()) {
      loss[f] = lossy_columns_[f].histogram(features[f].bins.size());
    } else {
      loss[f].resize(features[f].bins.size());
      for (std::size_t i = 0; i < loss_.units.size(); ++i) loss[f][lossy_columns_[f][i]] += loss_.units[i];
    }
  });

  for (std::uint32_t f = 0; f < features.size(); ++f) {
    const std::size_t ranges = range_bins(features[f]);
    for (std::size_t first = 0; first < n[f].size(); ++first) {
      std::uint64_t rows = 0, losses = 0;
      const std::size_t end = first < ranges ? std::min(ranges, first + options_.widest_range) : first + 1;
      for (std::size_t last = first; last < end; ++last) {
        rows += n[f][last];
        losses += loss[f][last];
        const auto code = [](std::size_t value) { return static_cast<table::Code>(value); };
        add_predicate({.feature = f, .first = code(first), .last = code(last)}, rows, losses);
      }
    }
  }
  set_charges();
  for (std::uint32_t p = 0; p < predicates_.size(); ++p) {
    add({.predicates = {p, kNoPredicate, kNoPredicate}, .loss = predicate_loss_[p], .n = predicate_n_[p]});
  }
}

void Search::add_predicate(CodedPredicate predicate, std::uint64_t n, std::uint64_t loss) {
  if (n < min_support_ || loss == 0) return;
  predicates_.push_back(predicate);
  predicate_n_.push_back(n);
  predicate_loss_.push_back(loss);
}

void Search::set_charges() {
  if (!options_.beyond_chance) return;
  const auto predicates = static_cast<double>(predicates_.size());
  double slices = 1;
  for (std::size_t length = 0; length < charge_.size(); ++length) {
    const auto chosen = static_cast<double>(length);
    slices *= std::max(1.0, predicates - chosen) / (chosen + 1);
    charge_[length] = std::max(length > 0 ? charge_[length - 1] : 0, 2 * std::log(slices));
  }
}

void Search::search_conjunctions() {
  const LossCounter losses(lossy_columns_, predicates_, loss_, pool_);
  const RowCounter rows(columns_, predicates_, rows_, pool_);
  const std::vector<Pair> pairs = search_pairs(losses, rows);
  if (options_.max_predicates >= 3) search_triples(pairs, losses, rows);
}

/// [predicates] the least loss with which a pair that has at most the predicate's rows may matter, since bounds rise
/// with the loss; more than the predicate's own where none does.
std::vector<std::uint64_t> Search::least_losses() const {
  std::vector<std::uint64_t> least(predicates_.size());
  pool_.parallel_for(least.size(), [&](std::size_t p, auto) {
    const auto losses = std::views::iota(std::uint64_t{1}, predicate_loss_[p] + 1);
    const auto too_small = [&](std::uint64_t loss) { return !top_.may_matter(bound(2, predicate_n_[p], loss)); };
    least[p] = 1 + static_cast<std::uint64_t>(std::ranges::partition_point(losses, too_small) - losses.begin());
  });
  return least;
}

/// Every pair whose bound, from its exact loss and the sizes of its two predicates, reaches the threshold.
std::vector<Pair> Search::promising_pairs(const LossCounter& losses) const {
  const auto count = static_cast<std::uint32_t>(predicates_.size());
  const std::vector<std::uint64_t> least = least_losses();
  std::vector<std::vector<Pair>> found(count);
  pool_.parallel_for(count, [&](std::size_t task, auto) {
    const auto a = static_cast<std::uint32_t>(task);
    for (std::uint32_t b = a + 1; b < count; ++b) {
      const std::uint32_t smaller = predicate_n_[a] <= predicate_n_[b] ? a : b;
      if (std::min(predicate_loss_[a], predicate_loss_[b]) < least[smaller]) continue;
      if (predicates_[a].feature == predicates_[b].feature) continue;
      const std::uint64_t loss = losses.sum_and(losses.set(a), losses.set(b));
      if (loss < least[smaller]) continue;
      found[a].push_back({.a = a, .b = b, .n = 0, .loss = loss, .bound = bound(2, predicate_n_[smaller], loss)});
    }
  });
  std::vector<Pair> pairs;
  for (const auto& part : found) pairs.insert(pairs.end(), part.begin(), part.end());
  std::ranges::stable_sort(pairs, std::greater{}, &Pair::bound);
  return pairs;
}

/// Counts the promising pairs and returns those that have enough rows and may hold triples that matter.
std::vector<Pair> Search::search_pairs(const LossCounter& losses, const RowCounter& rows) {
  std::vector<Pair> pairs = promising_pairs(losses);
  std::size_t batch_size = kFirstBatch;
  std::vector<Conjunction> batch;
  for (std::size_t next = 0; next < pairs.size() && top_.may_matter(pairs[next].bound); batch_size *= kBatchGrowth) {
    const std::size_t end = std::min(pairs.size(), next + std::min(batch_size, kLargestBatch));
    batch.clear();
    for (std::size_t i = next; i < end; ++i) {
      batch.push_back({.predicates = {pairs[i].a, pairs[i].b, kNoPredicate}, .loss = pairs[i].loss});
    }
    rows.count(batch);
    for (std::size_t i = next; i < end; ++i) {
      pairs[i].n = batch[i - next].n;
      pairs[i].bound = pairs[i].n < min_support_ ? -1 : bound(2, pairs[i].n, pairs[i].loss);
      add(batch[i - next]);
    }
    next = end;
  }
  for (Pair& pair : pairs) pair.bound -= charge_[2] - charge_[1];  // from here on only its triples matter
  std::erase_if(pairs, [&](const Pair& pair) { return pair.n < min_support_ || !top_.may_matter(pair.bound); });
  std::ranges::stable_sort(pairs, std::greater{}, &Pair::bound);
  return pairs;
}

/// The triples (a, b, c) above a pair (a, b), c > b, whose three pairs survive and whose bound reaches the threshold.
void Search::promising_triples(const Pair& pair, const PairGraph& graph, const LossCounter& losses,
                               std::vector<std::uint64_t>& scratch, std::vector<Conjunction>& found) const {
  bool intersected = false;
  auto with_a = graph.of(pair.a).begin();
  const auto end_a = graph.of(pair.a).end();
  for (const Neighbour& with_b : graph.of(pair.b)) {
    while (with_a != end_a && with_a->other < with_b.other) ++with_a;
    if (with_a == end_a) return;
    if (with_a->other != with_b.other) continue;
    const std::uint64_t most_rows = std::min({pair.n, with_a->n, with_b.n});
    if (!top_.may_matter(bound(3, most_rows, std::min({pair.loss, with_a->loss, with_b.loss})))) continue;
    if (!intersected) {
      bitset_kernels().intersect(losses.set(pair.a), losses.set(pair.b), losses.words(), scratch.data());
      intersected = true;
    }
    const std::uint64_t loss = losses.sum_and(scratch.data(), losses.set(with_b.other));
    if (loss == 0 || !top_.may_matter(bound(3, most_rows, loss))) continue;
    found.push_back({.predicates = {pair.a, pair.b, with_b.other}, .loss = loss, .n = most_rows});
  }
}

void Search::search_triples(std::span<const Pair> pairs, const LossCounter& losses, const RowCounter& rows) {
  const PairGraph graph(pairs, predicates_.size());
  // A chunk of pairs yields at most chunk · predicates triples; the cap keeps that within memory.
  const std::size_t largest_chunk = std::max<std::size_t>(16, (std::size_t{1} << 18) / predicates_.size());
  std::vector<std::vector<std::uint64_t>> scratch(pool_.size(), std::vector<std::uint64_t>(losses.words()));
  std::vector<Conjunction> batch;
  std::size_t batch_size = kFirstBatch, chunk = 16;
  for (std::size_t next = 0; next < pairs.size() && top_.may_matter(pairs[next].bound);) {
    const std::size_t end = std::min(pairs.size(), next + chunk);
    constexpr std::size_t kPairsPerTask = 16;
    std::vector<std::vector<Conjunction>> found((end - next + kPairsPerTask - 1) / kPairsPerTask);
    pool_.parallel_for(found.size(), [&](std::size_t task, std::size_t worker) {
      const std::size_t first = next + task * kPairsPerTask;
      for (const Pair& pair : pairs.subspan(first, std::min(kPairsPerTask, end - first))) {
        promising_triples(pair, graph, losses, scratch[worker], found[task]);
      }
    });
    for (const auto& part : found) batch.insert(batch.end(), part.begin(), part.end());
    next = end;
    chunk = std::min(2 * chunk, largest_chunk);
    if (batch.size() < batch_size) continue;
    count_and_add(batch, rows);
    batch_size = std::min(batch_size * kBatchGrowth, kLargestBatch);
  }
  count_and_add(batch, rows);
}

/// Counts those of a batch of triples that still matter, in parts so that a part's finds spare the next.
void Search::count_and_add(std::vector<Conjunction>& batch, const RowCounter& rows) {
  std::erase_if(batch, [&](const Conjunction& c) { return !top_.may_matter(bound(3, c.n, c.loss)); });
  std::ranges::sort(batch, {}, &Conjunction::predicates);
  rows.count(batch);
  for (const Conjunction& candidate : batch) add(candidate);
  batch.clear();
}

SearchResult Search::result() {
  SearchResult result{.rows = rows_,
                      .failures = input_.loss.empty() ? loss_.total : measure_slice(input_, {}).failures,
                      .loss = loss_.value(loss_.total),
                      .min_support_rows = min_support_,
                      .slices = {}};
  for (const Conjunction& candidate : top_.take()) {
    std::vector<CodedPredicate> where;
    for (std::size_t i = 0; i < candidate.size(); ++i) {
      where.push_back(predicates_[candidate.predicates[i]]);
    }
    Slice slice{.where = std::move(where),
                .n = candidate.n,
                .failures = candidate.loss,
                .loss = loss_.value(candidate.loss),
                .score = candidate.score};
    if (!input_.loss.empty()) slice.failures = measure_slice(input_, slice.where).failures;
    result.slices.push_back(std::move(slice));
  }
  return result;
}

Result<void> check(const SearchInput& input, const SearchOptions& options) {
  if (!(options.alpha > 0 && options.alpha <= 1)) {
    return invalid_argument(fmt::format("alpha {} is not in (0, 1]", options.alpha));
  }
  if (options.top < 1) return invalid_argument("top 0 is below 1: at least one slice must be asked for");
  if (options.max_predicates < 1 || options.max_predicates > 3) {
    return invalid_argument(fmt::format("max predicates {} is not 1, 2 or 3", options.max_predicates));
  }
  if (options.beyond_chance && options.rank != Rank::deviance) {
    return invalid_argument("scores beyond chance are defined for the rank deviance only");
  }
  if (options.widest_range < 1) return invalid_argument("widest range 0 is below 1 bin");
  const MinSupport& support = options.min_support;
  if (!support.rows && !(support.share > 0 && support.share <= 1)) {
    return invalid_argument(fmt::format("min support {} is not in (0, 1] nor a number of rows", support.share));
  }
  if (support.rows && *support.rows < 1) return invalid_argument("min support 0 is below 1 row");
  ERRATA_CHECK(input.failed.size() == input.table.rows);
  ERRATA_CHECK(input.loss.empty() || input.loss.size() == input.table.rows);
  return {};
}

}  // namespace

Result<SearchResult> find_slices(const SearchInput& input, const SearchOptions& options, ThreadPool& pool) {
  ERRATA_TRY(check(input, options));
  return Search(input, options, pool).run();
}

}  // namespace errata::slice
