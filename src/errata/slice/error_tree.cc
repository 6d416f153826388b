// Which few questions about a case tell best whether the model fails? A greedy tree misses two features that matter
// only together; an exact one is affordable when it is shallow, because a tree of depth 2 is made of counts of pairs:
// the leaves of "x_f = c, then x_g = d" are known once it is known how many rows, and failures, have both codes.
//
// The block of feature f is the matrix [codes of f, all codes of all features] of these counts. Then
//
//     best stump     from one count a code,
//     best depth 2   root split by root split: the counts of the yes side are a row of the block of its feature (for
//                    "<=" the sum of the rows so far), those of the no side the sum of all rows less it, and each side
//                    gets its best stump,
//     best depth 3   the same once more, with a block for each code of the root feature h instead of a row.
//
// Counting is the cost: one addition a row and feature for each block, over chunks of rows that stay in the cache.
// Rows and failures are counted in that one addition, packed in 64 bits (both stay below 2^32); sums and differences of
// packed counts are packed counts. At depth 2 the blocks of all features are held at once where they fit, so that a
// pair of features is counted for one of them and mirrored for the other; where codes are few and the machine counts
// the bits of vectors, by intersections of bitsets (code_pairs.h). There is one task a block, and the winners are
// compared in feature order, so that the tree does not depend on the number of threads.
//
// Costs are sums of logarithms, and one partition reached in two ways can differ in the last bits. A plan replaces
// another only when it is better by more than such noise; so ties keep the first in order, with the fewest leaves.
#include "errata/slice/error_tree.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <utility>

#include "errata/base/error.h"
#include "errata/slice/code_pairs.h"
#include "errata/stats/binomial_cost.h"

namespace errata::slice {
namespace {

using table::Code;

/// Rows in the low half, failures in the high half.
using Count = std::uint64_t;
constexpr int kFailureShift = 32;
std::uint64_t rows_in(Count count) { return count & 0xffff'ffff; }
std::uint64_t failures_of(Count count) { return count >> kFailureShift; }
Count count_of(std::uint8_t failed) { return 1 + (Count{failed} << kFailureShift); }
double deviance_of(Count count) { return stats::binomial_cost(failures_of(count), rows_in(count)); }

Count sum(std::span<const Count> counts) { return std::accumulate(counts.begin(), counts.end(), Count{0}); }

constexpr std::size_t kMostCounts = std::size_t{1} << 21;  // held for all pairs of features: 16 MiB

struct Split {
  std::size_t splitter = 0;
  Code first = 0, last = 0;
};

/// A feature that the tree may split on. Its items are its codes; those of all splitters are numbered in a row.
struct Splitter {
  const table::CodedFeature* feature = nullptr;
  std::size_t first_item = 0;
  std::size_t ranges = 0;  // the first codes, split by "<="; the others are split by "="

  [[nodiscard]] std::size_t codes() const { return feature->bins.size(); }
  [[nodiscard]] bool is_range(std::size_t code) const { return code < ranges; }
  /// "<= the last range" is left out: it says the same as "= missing", or nothing.
  [[nodiscard]] bool splits_at(std::size_t code) const { return !is_range(code) || code + 1 < ranges; }
};

/// A tree in preorder: a node, then its yes subtree, then its no subtree.
struct PlanNode {
  Count count = 0;
  std::optional<Split> split;
};
struct Plan {
  double cost = std::numeric_limits<double>::infinity();
  std::vector<PlanNode> nodes;
};

Plan join(Count total, Split split, const Plan& yes, const Plan& no) {
  Plan plan{.cost = yes.cost + no.cost, .nodes = {{.count = total, .split = split}}};
  plan.nodes.insert(plan.nodes.end(), yes.nodes.begin(), yes.nodes.end());
  plan.nodes.insert(plan.nodes.end(), no.nodes.begin(), no.nodes.end());
  return plan;
}

class TreeSearch {
 public:
  TreeSearch(std::vector<Splitter> splitters, std::span<const std::uint8_t> failed, const TreeOptions& options);

  [[nodiscard]] Plan best_plan(int depth, ThreadPool& pool) const;
  [[nodiscard]] double penalty() const { return penalty_; }

 private:
  [[nodiscard]] Plan leaf(Count count) const;
  void keep_better(Plan& best, Plan candidate) const;
  [[nodiscard]] bool allowed(Count yes, Count no) const;
  [[nodiscard]] Split split_of(const Splitter& splitter, std::size_t code) const;
  [[nodiscard]] std::size_t block_size(const Splitter& f) const { return f.codes() * items_; }
  [[nodiscard]] Count total_of(std::span<const Count> items) const;

  [[nodiscard]] std::vector<Count> count_items() const;
  [[nodiscard]] std::vector<Count> count_blocks(const Splitter& f, const Splitter* h, std::size_t first_g = 0) const;
  [[nodiscard]] std::vector<std::vector<Count>> count_pairs_once(ThreadPool& pool) const;
  template <typename Visit>
  void walk_splits(const Splitter& splitter, std::span<const Count> parts, Visit visit) const;

  [[nodiscard]] Plan best_stump(std::span<const Count> items) const;
  [[nodiscard]] Plan best_depth_2(const Splitter& f, std::span<const Count> block) const;
  [[nodiscard]] Plan best_depth_3(const Splitter& h, ThreadPool& pool) const;

  std::vector<Splitter> splitters_;
  std::size_t items_ = 0;
  std::span<const std::uint8_t> failed_;
  Count total_;
  std::uint64_t min_leaf_;
  double penalty_;
  double noise_;
};

TreeSearch::TreeSearch(std::vector<Splitter> splitters, std::span<const std::uint8_t> failed,
                       const TreeOptions& options)
    : splitters_(std::move(splitters)),
      failed_(failed),
      total_(std::transform_reduce(failed.begin(), failed.end(), Count{0}, std::plus(), count_of)),
      min_leaf_(std::max<std::uint64_t>(options.min_leaf, 1)),
      penalty_(options.penalty.value_or(3 * std::log(std::max(1.0, static_cast<double>(rows_in(total_)))))),
      noise_(1e-9 * deviance_of(total_)) {
  for (Splitter& splitter : splitters_) {
    splitter.first_item = items_;
    items_ += splitter.codes();
  }
}

Plan TreeSearch::leaf(Count count) const {
  return {.cost = deviance_of(count) + penalty_, .nodes = {{.count = count, .split = std::nullopt}}};
}

void TreeSearch::keep_better(Plan& best, Plan candidate) const {
  if (candidate.cost < best.cost - noise_) best = std::move(candidate);
}

bool TreeSearch::allowed(Count yes, Count no) const { return std::min(rows_in(yes), rows_in(no)) >= min_leaf_; }

Split TreeSearch::split_of(const Splitter& splitter, std::size_t code) const {
  const auto last = static_cast<Code>(code);
  return {.splitter = static_cast<std::size_t>(&splitter - splitters_.data()),
          .first = splitter.is_range(code) ? Code{0} : last,
          .last = last};
}

/// Every row has one code of the first splitter, so its items add up to the rows that were counted.
Count TreeSearch::total_of(std::span<const Count> items) const { return sum(items.first(splitters_[0].codes())); }

std::vector<Count> TreeSearch::count_items() const {
  std::vector<Count> items(items_);
  for (const Splitter& splitter : splitters_) {
    const auto counts = std::span(items).subspan(splitter.first_item, splitter.codes());
    splitter.feature->codes.visit([&](const auto& codes) {
      for (std::size_t row = 0; row < failed_.size(); ++row) counts[codes[row]] += count_of(failed_[row]);
    });
  }
  return items;
}

/// The block of f, or one for each code of h. @param first_g  the splitter from which on codes are counted
std::vector<Count> TreeSearch::count_blocks(const Splitter& f, const Splitter* h, std::size_t first_g) const {
  constexpr std::size_t kChunk = 2048;
  std::array<Count, kChunk> ones{};
  std::array<std::size_t, kChunk> start{};
  std::vector<Count> blocks((h == nullptr ? 1 : h->codes()) * block_size(f));
  for (std::size_t begin = 0; begin < failed_.size(); begin += kChunk) {
    const std::size_t rows = std::min(kChunk, failed_.size() - begin);
    const auto with_codes = [&](const Splitter& splitter, const auto& use) {
      splitter.feature->codes.visit([&](const auto& codes) { use(codes.stored().subspan(begin, rows)); });
    };
    for (std::size_t i = 0; i < rows; ++i) ones[i] = count_of(failed_[begin + i]);
    with_codes(f, [&](const auto codes) {
      for (std::size_t i = 0; i < rows; ++i) start[i] = codes[i] * items_;
    });
    if (h != nullptr)
      with_codes(*h, [&](const auto codes) {
        for (std::size_t i = 0; i < rows; ++i) start[i] += codes[i] * block_size(f);
      });
    for (const Splitter& g : std::span(splitters_).subspan(first_g)) {
      Count* counts = blocks.data() + g.first_item;
      with_codes(g, [&](const auto codes) {
        for (std::size_t i = 0; i < rows; ++i) counts[start[i] + codes[i]] += ones[i];
      });
    }
  }
  return blocks;
}

/// The blocks of all features, each pair of which is counted once: the half below the diagonal mirrors the other.
std::vector<std::vector<Count>> TreeSearch::count_pairs_once(ThreadPool& pool) const {
  std::vector<std::vector<Count>> blocks(splitters_.size());
  std::vector<const table::CodedFeature*> features;
  for (const Splitter& splitter : splitters_) features.push_back(splitter.feature);
  if (code_pairs_are_quick(features)) {
    const std::vector<Count> pairs = count_code_pairs(features, failed_, pool);
    for (std::size_t f = 0; f < blocks.size(); ++f) {
      const auto begin = pairs.begin() + static_cast<std::ptrdiff_t>(splitters_[f].first_item * items_);
      blocks[f].assign(begin, begin + static_cast<std::ptrdiff_t>(block_size(splitters_[f])));
    }
    return blocks;
  }
  pool.parallel_for(blocks.size(), [&](std::size_t f, auto) { blocks[f] = count_blocks(splitters_[f], nullptr, f); });
  for (std::size_t f = 0; f < blocks.size(); ++f) {
    const Splitter& of_f = splitters_[f];
    for (std::size_t code = 0; code < of_f.codes(); ++code) {
      for (std::size_t g = 0; g < f; ++g) {
        const Splitter& of_g = splitters_[g];
        for (std::size_t other = 0; other < of_g.codes(); ++other)
          blocks[f][code * items_ + of_g.first_item + other] = blocks[g][other * items_ + of_f.first_item + code];
      }
    }
  }
  return blocks;
}

/// Calls visit(split, yes, no) with the counts of either side of each split of a feature.
/// @param parts  [codes of the splitter, anything]: the counts of the rows of each code
template <typename Visit>
void TreeSearch::walk_splits(const Splitter& splitter, std::span<const Count> parts, Visit visit) const {
  const std::size_t size = parts.size() / splitter.codes();
  std::vector<Count> whole(size), yes(size), no(size);
  for (std::size_t i = 0; i < parts.size(); ++i) whole[i % size] += parts[i];
  for (std::size_t code = 0; code < splitter.codes(); ++code) {
    const auto part = parts.subspan(code * size, size);
    for (std::size_t i = 0; i < size; ++i) {
      yes[i] = (splitter.is_range(code) ? yes[i] : 0) + part[i];
      no[i] = whole[i] - yes[i];
    }
    if (splitter.splits_at(code)) visit(split_of(splitter, code), yes, no);
  }
}

/// The best tree of depth at most 1 on rows with these counts a code.
Plan TreeSearch::best_stump(std::span<const Count> items) const {
  const Count total = total_of(items);
  double best_cost = deviance_of(total) + penalty_;
  std::optional<Split> best;
  Count best_yes = 0;
  for (const Splitter& splitter : splitters_) {
    Count yes = 0;
    for (std::size_t code = 0; code < splitter.codes(); ++code) {
      yes = (splitter.is_range(code) ? yes : 0) + items[splitter.first_item + code];
      if (!splitter.splits_at(code) || !allowed(yes, total - yes)) continue;
      const double cost = deviance_of(yes) + deviance_of(total - yes) + 2 * penalty_;
      if (cost >= best_cost - noise_) continue;
      best_cost = cost;
      best = split_of(splitter, code);
      best_yes = yes;
    }
  }
  return best ? join(total, *best, leaf(best_yes), leaf(total - best_yes)) : leaf(total);
}

/// The best tree of depth at most 2 that splits on f first.
Plan TreeSearch::best_depth_2(const Splitter& f, std::span<const Count> block) const {
  Plan best;
  walk_splits(f, block, [&](Split split, std::span<const Count> yes, std::span<const Count> no) {
    const Count yes_total = total_of(yes), no_total = total_of(no);
    if (!allowed(yes_total, no_total)) return;
    keep_better(best, join(yes_total + no_total, split, best_stump(yes), best_stump(no)));
  });
  return best;
}

/// The best tree of depth at most 3 that splits on h first: for each split of h, the best root f of either side.
Plan TreeSearch::best_depth_3(const Splitter& h, ThreadPool& pool) const {
  struct Sides {
    Split split;
    Plan yes, no;
  };
  std::vector<std::vector<Sides>> by_second(splitters_.size());
  pool.parallel_for(splitters_.size(), [&](std::size_t second, std::size_t) {
    const Splitter& f = splitters_[second];
    walk_splits(h, count_blocks(f, &h), [&](Split split, std::span<const Count> yes, std::span<const Count> no) {
      by_second[second].push_back({split, best_depth_2(f, yes), best_depth_2(f, no)});
    });
  });

  Plan best;
  const auto items = count_blocks(h, nullptr);
  std::size_t index = 0;
  walk_splits(h, items, [&](Split split, std::span<const Count> yes, std::span<const Count> no) {
    const Count yes_total = total_of(yes), no_total = total_of(no);
    Plan best_yes = leaf(yes_total), best_no = leaf(no_total);
    for (auto& sides : by_second) {
      keep_better(best_yes, std::move(sides[index].yes));
      keep_better(best_no, std::move(sides[index].no));
    }
    ++index;
    if (allowed(yes_total, no_total)) keep_better(best, join(yes_total + no_total, split, best_yes, best_no));
  });
  return best;
}

Plan TreeSearch::best_plan(int depth, ThreadPool& pool) const {
  if (splitters_.empty()) return leaf(total_);
  if (depth == 1) return best_stump(count_items());
  std::vector<Plan> by_root(splitters_.size());
  if (depth == 2) {
    const bool all_fit = items_ * items_ <= kMostCounts;
    const auto blocks = all_fit ? count_pairs_once(pool) : std::vector<std::vector<Count>>();
    pool.parallel_for(splitters_.size(), [&](std::size_t root, std::size_t) {
      const Splitter& f = splitters_[root];
      by_root[root] = all_fit ? best_depth_2(f, blocks[root]) : best_depth_2(f, count_blocks(f, nullptr));
    });
  } else {
    for (std::size_t root = 0; root < splitters_.size(); ++root) by_root[root] = best_depth_3(splitters_[root], pool);
  }
  Plan best = leaf(total_);
  for (Plan& plan : by_root) keep_better(best, std::move(plan));
  return best;
}

/// Turns the plan's nodes from `next` on into a subtree and returns its index.
int add_subtree(ErrorTree& tree, const std::vector<Splitter>& splitters, const Plan& plan, std::size_t& next) {
  const PlanNode& from = plan.nodes[next++];
  const auto index = tree.nodes.size();
  TreeNode& node = tree.nodes.emplace_back();
  node.n = rows_in(from.count);
  node.failures = failures_of(from.count);
  node.rate = stats::failure_rate({.failures = node.failures, .trials = node.n});
  node.interval =
      stats::wilson_interval({.failures = node.failures, .trials = node.n}, 0.95).value_or(stats::RateInterval{});
  if (from.split) {
    node.split = table::predicate_of(*splitters[from.split->splitter].feature, from.split->first, from.split->last);
    // Below a split the values on its one side are few: "<= edge" is told, not the range of values seen in the log.
    if (std::isinf(node.split->above)) node.split->min = node.split->above;
    const int yes = add_subtree(tree, splitters, plan, next);
    const int no = add_subtree(tree, splitters, plan, next);
    tree.nodes[index].yes = yes;
    tree.nodes[index].no = no;
  } else {
    tree.deviance += deviance_of(from.count);
    tree.cost += deviance_of(from.count) + tree.penalty;
  }
  return static_cast<int>(index);
}

/// Codes a feature may have: the blocks of two or three features must stay small.
std::size_t most_codes(int depth) { return depth == 3 ? 64 : 256; }

std::size_t leading_ranges(const table::CodedFeature& feature) {
  if (!feature.ordered) return 0;
  const auto other =
      std::ranges::find_if(feature.bins, [](const table::Bin& bin) { return bin.kind != table::Bin::Kind::range; });
  return static_cast<std::size_t>(other - feature.bins.begin());
}

}  // namespace

ErrorTree error_tree(const table::CodedTable& coded, std::span<const std::uint8_t> failed, const TreeOptions& options,
                     ThreadPool& pool) {
  ERRATA_CHECK(options.depth >= 1 && options.depth <= 3);
  ERRATA_CHECK(failed.size() == coded.rows && coded.rows <= std::numeric_limits<std::uint32_t>::max());
  ErrorTree tree;
  std::vector<Splitter> splitters;
  for (const auto& feature : coded.features) {
    if (feature.source == table::FeatureSource::label || feature.source == table::FeatureSource::prediction) continue;
    if (feature.bins.size() > most_codes(options.depth)) {
      tree.left_out.push_back(feature.name);
    } else if (feature.bins.size() > 1) {
      splitters.push_back({.feature = &feature, .first_item = 0, .ranges = leading_ranges(feature)});
    }
  }
  const TreeSearch search(splitters, failed, options);
  const Plan plan = search.best_plan(options.depth, pool);
  tree.depth = options.depth;
  tree.penalty = search.penalty();
  std::size_t next = 0;
  add_subtree(tree, splitters, plan, next);
  tree.root_deviance = stats::binomial_cost(tree.nodes[0].failures, tree.nodes[0].n);
  return tree;
}

}  // namespace errata::slice
