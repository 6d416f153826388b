#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "errata/base/thread_pool.h"
#include "errata/stats/rate.h"
#include "errata/table/coding.h"
#include "errata/table/predicate.h"

namespace errata::slice {

/// A node of the error map; children index into ErrorTree::nodes, 0 is the root, and -1 means a leaf.
struct TreeNode {
  int yes = -1, no = -1;
  std::optional<table::Predicate> split;  ///< cases for which it holds go to `yes`
  std::uint64_t n = 0, failures = 0;
  double rate = 0;
  stats::RateInterval interval;
};

/// The decision tree of at most `depth` splits a path with the least total cost
///     binomial deviance + penalty · leaves,
/// found exactly over every binary split "code = c" (categories) and "code <= c" (ordered), not greedily. Missing
/// values of an ordered feature stand on the no side of "code <= c" and can be split off by "code = missing".
struct ErrorTree {
  std::vector<TreeNode> nodes;  ///< parents before children, the yes subtree before the no subtree
  double cost = 0;              ///< deviance + penalty · leaves
  double deviance = 0;          ///< sum over leaves of −2 log likelihood at the leaf's own rate
  double root_deviance = 0;
  double penalty = 0;
  int depth = 0;                      ///< allowed, not reached
  std::vector<std::string> left_out;  ///< features it does not split on: over 256 codes (64 at depth 3)
};

struct TreeOptions {
  int depth = 2;                  ///< 1 … 3
  std::uint64_t min_leaf = 1;     ///< rows
  std::optional<double> penalty;  ///< per leaf, >= 0; 3 log(rows) when not given
};

/// The error map over every coded feature but label and prediction. Trees whose costs differ by less than 1e-9 of the
/// root's deviance are ties: fewer leaves win, then the earlier feature, then the smaller code, root first.
/// The result is the same for any number of threads.
/// @param failed  [rows] 0/1; rows < 2^32; an empty table gives one leaf without cases
/// @param options  depth and min_leaf in range, else the program stops
/// Cost: depth 1 and 2: O(rows · features²) additions; depth 3: O(rows · features³). With C codes a feature at most
/// and S in all, a thread holds 8·C·S bytes at depth 2 and 8·C²·S at depth 3, and all together 8·S² bytes at depth 2
/// where that is at most 16 MiB.
/// Reference: E. Demirović et al., MurTree, JMLR 23 (2022), 26 (depth-2 subtrees from counts of pairs).
[[nodiscard]] ErrorTree error_tree(const table::CodedTable& coded, std::span<const std::uint8_t> failed,
                                   const TreeOptions& options, ThreadPool& pool);

}  // namespace errata::slice
