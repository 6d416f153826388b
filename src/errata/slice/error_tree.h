#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

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
/// found exactly over every binary split "code = c" (categories) and "code <= c" (ordered), not greedily.
struct ErrorTree {
  std::vector<TreeNode> nodes;
  double cost = 0;  ///< deviance + penalty · leaves
  double deviance = 0;
  double root_deviance = 0;
  double penalty = 0;
  int depth = 0;
};

struct TreeOptions {
  int depth = 2;               ///< 1 … 3
  std::uint64_t min_leaf = 1;  ///< rows
};

/// Cost: depth 2 needs counts of all pairs of codes, O(rows · features²) additions.
[[nodiscard]] ErrorTree error_tree(const table::CodedTable& coded, std::span<const std::uint8_t> failed,
                                   const TreeOptions& options);

}  // namespace errata::slice
