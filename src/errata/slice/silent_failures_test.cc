#include "errata/slice/silent_failures.h"

#include <gtest/gtest.h>

#include <cmath>

#include "errata/base/rng.h"

namespace errata::slice {
namespace {

using table::Code;

/// Failures drawn from what is expected of each case, between 2% and 40%, six features of ten codes.
struct SilentLog {
  explicit SilentLog(std::size_t rows, std::uint64_t seed = 1) : rng(seed) {
    table.rows = rows;
    for (int f = 0; f < 6; ++f) {
      table::CodedFeature feature{
          .name = "f" + std::to_string(f), .ordered = true, .bins = std::vector<table::Bin>(10)};
      for (std::size_t row = 0; row < rows; ++row) feature.codes.push_back(static_cast<Code>(rng.below(10)));
      table.features.push_back(std::move(feature));
    }
    for (std::size_t row = 0; row < rows; ++row) {
      // The model is right about feature 0: it knows that high codes are hard.
      expected.push_back(0.02 + 0.04 * table.features[0].codes[row] + 0.02 * rng.uniform());
      failed.push_back(rng.bernoulli(expected.back()));
      if (row % 2 == 1) held_out.push_back(static_cast<std::uint32_t>(row));
    }
  }
  std::vector<TestedSlice> find(std::size_t threads = 2) const {
    ThreadPool pool(threads);
    return find_silent_failures({.table = table, .failed = failed}, expected, held_out, {}, pool);
  }
  Rng rng;
  table::CodedTable table;
  std::vector<double> expected;
  std::vector<std::uint8_t> failed;
  std::vector<std::uint32_t> held_out;
};

TEST(SilentFailures, NamesWhereItFailsMoreThanBelievedAndNotWhereItIsHard) {
  SilentLog log(20'000);
  const std::vector<CodedPredicate> planted{{.feature = 0, .first = 0, .last = 2},
                                            {.feature = 3, .first = 4, .last = 7}};
  const auto inside = slice_members(log.table, planted);
  for (std::size_t row = 0; row < log.table.rows; ++row) {
    if (inside[row] != 0) log.failed[row] = log.rng.bernoulli(3 * log.expected[row]);
  }
  const auto found = log.find();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].where, planted);
  EXPECT_TRUE(found[0].is_confirmed);
  EXPECT_EQ(found[0].whole.n, found[0].searched.n + found[0].confirmed.n);
  EXPECT_LT(found[0].log_p_adjusted, std::log(1e-6));
  EXPECT_EQ(log.find(1)[0].log_p, found[0].log_p);
}

TEST(SilentFailures, HoldsItsLevelWhereTheModelKnows) {
  int named = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) named += SilentLog(3'000, seed).find().empty() ? 0 : 1;
  EXPECT_LE(named, 8);
}

TEST(SilentFailures, WhatOnePartAloneShowsIsNotNamed) {
  SilentLog log(20'000);
  const auto inside = slice_members(log.table, std::vector<CodedPredicate>{{.feature = 2, .first = 3, .last = 5}});
  for (std::size_t row = 0; row < log.table.rows; row += 2) {  // even rows are searched, odd ones held out
    if (inside[row] != 0) log.failed[row] = log.rng.bernoulli(2 * log.expected[row]);
  }
  EXPECT_TRUE(log.find().empty());
}

TEST(SilentFailures, NeedsBothParts) {
  SilentLog log(100);
  log.held_out.clear();
  EXPECT_TRUE(log.find().empty());
  for (std::uint32_t row = 0; row < 100; ++row) log.held_out.push_back(row);
  EXPECT_TRUE(log.find().empty());
}

}  // namespace
}  // namespace errata::slice
