#include "errata/slice/error_tree.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "errata/base/rng.h"
#include "errata/stats/binomial_cost.h"

namespace errata::slice {
namespace {

using table::Bin;
using table::Code;
using table::CodedFeature;
using table::CodedTable;

/// Codes as ranges (code − 1, code] of an ordered feature; `missing` gives the last code to missing values.
CodedFeature ordered(std::string name, std::vector<Code> codes, std::size_t bins, bool missing = false) {
  CodedFeature feature{.name = std::move(name), .ordered = true, .codes = codes};
  for (std::size_t code = 0; code < bins; ++code) {
    Bin bin;
    bin.above = code == 0 ? bin.above : static_cast<double>(code) - 1;
    bin.up_to = static_cast<double>(code);
    if (missing && code + 1 == bins) bin = {.kind = Bin::Kind::missing};
    feature.bins.push_back(bin);
  }
  return feature;
}
CodedFeature categories(std::string name, std::vector<Code> codes, std::size_t bins) {
  CodedFeature feature{.name = std::move(name), .codes = codes};
  for (std::size_t code = 0; code < bins; ++code) {
    Bin bin{.kind = Bin::Kind::category};
    bin.category = std::to_string(code);
    feature.bins.push_back(bin);
  }
  return feature;
}

struct TreeTable {
  CodedTable table;
  std::vector<std::uint8_t> failed;
};
TreeTable tree_table(std::vector<CodedFeature> features, std::vector<std::uint8_t> failed) {
  return {.table = {.rows = failed.size(), .features = std::move(features)}, .failed = std::move(failed)};
}

/// 1 … 4 features of 1 … 5 codes, some ordered, some with a missing bin, at random.
TreeTable random_log(std::uint64_t seed, std::size_t rows) {
  Rng rng(seed);
  TreeTable log{.table = {.rows = rows}};
  const std::size_t features = 1 + rng.below(4);
  for (std::size_t f = 0; f < features; ++f) {
    const std::size_t bins = 1 + rng.below(5);
    std::vector<Code> codes(rows);
    for (Code& code : codes) code = static_cast<Code>(rng.below(bins));
    const auto name = "f" + std::to_string(f);
    log.table.features.push_back(rng.bernoulli(0.5) ? categories(name, codes, bins)
                                                    : ordered(name, codes, bins, bins > 1 && rng.bernoulli(0.5)));
  }
  for (std::size_t row = 0; row < rows; ++row) {
    log.failed.push_back(rng.bernoulli(log.table.features[0].codes[row] % 2 == 0 ? 0.2 : 0.6));
  }
  return log;
}

using RowList = std::vector<std::size_t>;

double deviance(const TreeTable& log, const RowList& rows) {
  std::uint64_t failures = 0;
  for (const std::size_t row : rows) failures += log.failed[row];
  return stats::binomial_cost(failures, rows.size());
}

bool holds(const table::Predicate& predicate, const CodedFeature& feature, Code code) {
  const Bin& bin = feature.bins[code];
  switch (predicate.kind) {
    case table::Predicate::Kind::range: return bin.kind == Bin::Kind::range && bin.up_to <= predicate.up_to;
    case table::Predicate::Kind::equals: return bin.category == predicate.value;
    case table::Predicate::Kind::missing: return bin.kind == Bin::Kind::missing;
    case table::Predicate::Kind::any_of: break;
  }
  return false;
}

std::pair<RowList, RowList> divide(const TreeTable& log, const RowList& rows, const table::Predicate& predicate) {
  const auto feature = std::ranges::find(log.table.features, predicate.feature, &CodedFeature::name);
  std::pair<RowList, RowList> sides;
  for (const std::size_t row : rows) {
    (holds(predicate, *feature, feature->codes[row]) ? sides.first : sides.second).push_back(row);
  }
  return sides;
}

/// The least cost over every tree, by trying every split of every set of rows.
double least_cost(const TreeTable& log, const RowList& rows, int depth, double penalty, std::size_t min_leaf) {
  double least = deviance(log, rows) + penalty;
  if (depth == 0) return least;
  for (const auto& feature : log.table.features) {
    for (std::size_t code = 0; code < feature.bins.size(); ++code) {
      const bool range = feature.ordered && feature.bins[code].kind == Bin::Kind::range;
      const auto last = static_cast<Code>(code);
      const auto [yes, no] = divide(log, rows, table::predicate_of(feature, range ? Code{0} : last, last));
      if (yes.size() < min_leaf || no.size() < min_leaf) continue;
      least = std::min(least, least_cost(log, yes, depth - 1, penalty, min_leaf) +
                                  least_cost(log, no, depth - 1, penalty, min_leaf));
    }
  }
  return least;
}

/// Follows the tree's predicates over the rows and checks every count; returns the subtree's cost.
double follow(const TreeTable& log, const ErrorTree& tree, int index, const RowList& rows, int depth_left) {
  const TreeNode& node = tree.nodes.at(static_cast<std::size_t>(index));
  EXPECT_EQ(node.n, rows.size());
  EXPECT_EQ(node.failures, static_cast<std::uint64_t>(
                               std::ranges::count_if(rows, [&](std::size_t row) { return log.failed[row] == 1; })));
  EXPECT_GE(depth_left, 0);
  EXPECT_EQ(node.split.has_value(), node.yes >= 0);
  if (!node.split) return deviance(log, rows) + tree.penalty;
  const auto [yes, no] = divide(log, rows, *node.split);
  return follow(log, tree, node.yes, yes, depth_left - 1) + follow(log, tree, node.no, no, depth_left - 1);
}

RowList every_row(const TreeTable& log) {
  RowList rows(log.failed.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  return rows;
}

ErrorTree grow(const TreeTable& log, const TreeOptions& options, std::size_t threads = 1) {
  ThreadPool pool(threads);
  return error_tree(log.table, log.failed, options, pool);
}

TEST(ErrorTree, NothingToSplitIsOneLeaf) {
  const auto tree = grow(tree_table({}, {1, 0, 0, 0}), {});
  ASSERT_EQ(tree.nodes.size(), 1u);
  EXPECT_EQ(tree.nodes[0].rate, 0.25);
  EXPECT_EQ(tree.nodes[0].yes, -1);
  EXPECT_FALSE(tree.nodes[0].split);
  EXPECT_DOUBLE_EQ(tree.penalty, 3 * std::log(4));
  EXPECT_DOUBLE_EQ(tree.cost, stats::binomial_cost(1, 4) + tree.penalty);
  const auto empty = grow({}, {});
  EXPECT_EQ(empty.nodes.size(), 1u);
  EXPECT_EQ(empty.nodes[0].n, 0u);
}

TEST(ErrorTree, FindsTheSplitByHand) {
  const auto log = tree_table({ordered("age", {0, 0, 1, 1, 2, 2, 3, 3}, 4)}, {0, 0, 0, 0, 1, 1, 1, 1});
  const auto tree = grow(log, {.penalty = 1});
  ASSERT_EQ(tree.nodes.size(), 3u);
  EXPECT_EQ(tree.nodes[0].split->feature, "age");
  EXPECT_EQ(tree.nodes[0].split->kind, table::Predicate::Kind::range);
  EXPECT_EQ(tree.nodes[0].split->up_to, 1);
  EXPECT_EQ(tree.nodes[0].yes, 1);
  EXPECT_EQ(tree.nodes[0].no, 2);
  EXPECT_EQ(tree.nodes[1].rate, 0);
  EXPECT_EQ(tree.nodes[2].rate, 1);
  EXPECT_EQ(tree.cost, 2);
  EXPECT_EQ(tree.deviance, 0);
  EXPECT_NEAR(tree.root_deviance, 16 * std::log(2), 1e-12);
}

/// Failure where exactly one of two features is set, and a third that alone says a little: greedy takes the third.
TreeTable exclusive_or_with_bait() {
  Rng rng(2);
  std::vector<Code> a, b, bait;
  std::vector<std::uint8_t> failed;
  for (int row = 0; row < 4000; ++row) {
    a.push_back(static_cast<Code>(row % 2));
    b.push_back(static_cast<Code>(row / 2 % 2));
    failed.push_back(a.back() != b.back());
    bait.push_back(rng.bernoulli(0.6) ? failed.back() : 1 - failed.back());
  }
  return tree_table({categories("bait", bait, 2), categories("a", a, 2), categories("b", b, 2)}, failed);
}

TEST(ErrorTree, SeesWhatAGreedyTreeMisses) {
  const auto log = exclusive_or_with_bait();
  EXPECT_EQ(grow(log, {.depth = 1}).nodes.at(0).split->feature, "bait");
  const auto tree = grow(log, {.depth = 2});
  EXPECT_EQ(tree.nodes.size(), 7u);
  EXPECT_EQ(tree.nodes[0].split->feature, "a");
  EXPECT_EQ(tree.deviance, 0);
}

TEST(ErrorTree, MissingCanBeSplitOff) {
  const auto log =
      tree_table({ordered("age", {0, 1, 2, 3, 3, 3, 3, 0, 1, 2}, 4, true)}, {0, 0, 0, 1, 1, 1, 1, 0, 0, 0});
  const auto tree = grow(log, {.penalty = 0.5});
  ASSERT_EQ(tree.nodes.size(), 3u);
  EXPECT_EQ(tree.nodes[0].split->kind, table::Predicate::Kind::missing);
  EXPECT_EQ(tree.nodes[1].failures, 4u);
}

TEST(ErrorTree, LabelAndPredictionAreNotConditions) {
  auto label = categories("y", {0, 0, 1, 1}, 2), prediction = categories("p", {0, 0, 1, 1}, 2);
  label.source = table::FeatureSource::label;
  prediction.source = table::FeatureSource::prediction;
  EXPECT_EQ(grow(tree_table({label, prediction}, {0, 0, 1, 1}), {.penalty = 0}).nodes.size(), 1u);
}

TEST(ErrorTree, TiesGoToTheFirstFeatureAndCode) {
  const std::vector<Code> codes{0, 1, 0, 1};
  const auto log = tree_table({categories("a", codes, 2), categories("b", codes, 2)}, {0, 1, 0, 1});
  for (const int depth : {1, 2, 3}) {
    const auto tree = grow(log, {.depth = depth, .penalty = 0.1});
    ASSERT_EQ(tree.nodes.size(), 3u);
    EXPECT_EQ(tree.nodes[0].split->feature, "a");
    EXPECT_EQ(tree.nodes[0].split->value, "0");
  }
}

TEST(ErrorTree, FeaturesOfTooManyCodesAreNamed) {
  std::vector<Code> codes(300);
  std::iota(codes.begin(), codes.end(), Code{0});
  const auto log = tree_table({categories("id", codes, 300)}, std::vector<std::uint8_t>(300, 1));
  EXPECT_EQ(grow(log, {}).left_out, std::vector<std::string>{"id"});
}

TEST(ErrorTree, ANullLogKeepsOneLeaf) {
  int splits = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng(seed);
    std::vector<CodedFeature> features;
    for (int f = 0; f < 8; ++f) {
      std::vector<Code> codes(3000);
      for (Code& code : codes) code = static_cast<Code>(rng.below(10));
      features.push_back(ordered("f" + std::to_string(f), codes, 10));
    }
    std::vector<std::uint8_t> failed(3000);
    for (auto& failure : failed) failure = rng.bernoulli(0.15);
    splits += grow(tree_table(features, failed), {}).nodes.size() > 1;
  }
  EXPECT_LE(splits, 1);
}

TEST(ErrorTree, SameOnAnyNumberOfThreads) {
  for (const int depth : {2, 3}) {
    const auto log = random_log(31, 2000);
    const auto one = grow(log, {.depth = depth, .penalty = 1}), four = grow(log, {.depth = depth, .penalty = 1}, 4);
    ASSERT_EQ(one.nodes.size(), four.nodes.size());
    EXPECT_EQ(one.cost, four.cost);
    for (std::size_t i = 0; i < one.nodes.size(); ++i) EXPECT_EQ(one.nodes[i].split, four.nodes[i].split);
  }
}

RC_GTEST_PROP(ErrorTree, NoTreeIsCheaper, ()) {
  const auto depth = *rc::gen::inRange(1, 4);
  const auto rows = *rc::gen::inRange<std::size_t>(1, 40);
  const auto min_leaf = *rc::gen::inRange<std::uint64_t>(1, 6);
  const double penalty = *rc::gen::element(0.0, 0.5, 2.0, 8.0);
  const auto log = random_log(*rc::gen::arbitrary<std::uint64_t>(), rows);
  const auto tree = grow(log, {.depth = depth, .min_leaf = min_leaf, .penalty = penalty});
  RC_ASSERT(std::abs(tree.cost - follow(log, tree, 0, every_row(log), depth)) < 1e-9);
  RC_ASSERT(std::abs(tree.cost - least_cost(log, every_row(log), depth, penalty, min_leaf)) < 1e-6);
  for (const auto& node : tree.nodes) RC_ASSERT(node.n >= min_leaf || tree.nodes.size() == 1u);
}

}  // namespace
}  // namespace errata::slice
