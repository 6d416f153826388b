#include "errata/slice/candidates.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "errata/base/rng.h"

namespace errata::slice {
namespace {

using table::Bin;

/// Two texts of eight categories, some frequent, some rare, and an ordered feature of 60 bins.
class TextLog {
 public:
  explicit TextLog(std::uint64_t seed) : rng_(seed) {
    table_.rows = 5'000;
    add(8, Bin::Kind::category);
    add(8, Bin::Kind::category);
    add(60, Bin::Kind::range);
    for (std::size_t row = 0; row < table_.rows; ++row) failed_.push_back(rng_.bernoulli(.2) ? 1 : 0);
    rows_.resize(table_.rows);
    std::iota(rows_.begin(), rows_.end(), 0U);
  }
  void fail(const std::vector<CodedPredicate>& where, double rate) {
    const auto inside = slice_members(table_, where);
    for (std::size_t row = 0; row < table_.rows; ++row)
      if (inside[row] != 0) failed_[row] = rng_.bernoulli(rate) ? 1 : 0;
  }
  [[nodiscard]] std::vector<std::vector<CodedPredicate>> raised() const {
    ThreadPool pool(2);
    std::vector<std::vector<CodedPredicate>> found;
    for (Candidate& one : find_candidates({.table = table_, .failed = failed_}, rows_, {}, {}, pool))
      if (one.raised) found.push_back(std::move(one.where));
    return found;
  }

 private:
  void add(std::size_t bins, Bin::Kind kind) {
    table::CodedFeature feature{.name = "f" + std::to_string(table_.features.size()),
                                .ordered = kind == Bin::Kind::range,
                                .bins = std::vector<Bin>(bins, {.kind = kind})};
    for (std::size_t row = 0; row < table_.rows; ++row) {
      const double u = kind == Bin::Kind::range ? rng_.uniform() : rng_.uniform() * rng_.uniform();
      feature.codes.push_back(static_cast<table::Code>(u * static_cast<double>(bins)));
    }
    table_.features.push_back(std::move(feature));
  }

  Rng rng_;
  table::CodedTable table_;
  std::vector<std::uint8_t> failed_;
  std::vector<std::uint32_t> rows_;
};

TEST(Candidates, PutPiecesOfOneSliceTogether) {
  // By chance some categories of a slice fail more than the others, and are then found first and alone.
  const std::vector<CodedPredicate> plant{{.feature = 0, .first = 2, .last = 2, .also = {3, 5}},
                                          {.feature = 1, .first = 1, .last = 1, .also = {4, 6}}};
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    TextLog log(seed);
    log.fail({{.feature = 0, .first = 2, .last = 2, .also = {}}, plant[1]}, .84);
    log.fail({{.feature = 0, .first = 3, .last = 3, .also = {5}}, plant[1]}, .76);
    const auto found = log.raised();
    ASSERT_FALSE(found.empty()) << "seed " << seed;
    EXPECT_EQ(found[0], plant) << "seed " << seed;
  }
}

TEST(Candidates, HoldThePartOfASliceThatFailsYetMore) {
  // Among all slices of three predicates the part would be no more than chance finds; within the slice it is.
  const CodedPredicate a{.feature = 0, .first = 0, .last = 0}, b{.feature = 1, .first = 0, .last = 0};
  int parts = 0, by_chance = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto parts_of = [&](const TextLog& log) {
      return std::ranges::count_if(log.raised(), [](const auto& where) { return where.size() == 3; });
    };
    TextLog log(seed);
    log.fail({a, b}, .6);
    by_chance += parts_of(log) > 0 ? 1 : 0;
    log.fail({a, b, {.feature = 2, .first = 0, .last = 19}}, .82);
    parts += parts_of(log) > 0 ? 1 : 0;
  }
  EXPECT_GE(parts, 17);
  EXPECT_LE(by_chance, 2);
}

TEST(Candidates, OfUnlikeRatesStayApart) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    TextLog log(seed);
    log.fail({{.feature = 2, .first = 10, .last = 15}}, .9);
    log.fail({{.feature = 2, .first = 16, .last = 25}}, .5);
    const auto found = log.raised();
    ASSERT_EQ(found.size(), 2) << "seed " << seed;
    EXPECT_EQ(found[0], (std::vector<CodedPredicate>{{.feature = 2, .first = 10, .last = 15}})) << "seed " << seed;
  }
}

}  // namespace
}  // namespace errata::slice
