#include "errata/slice/fold.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "errata/slice/bitset.h"
#include "errata/stats/hypergeometric.h"
#include "errata/stats/tests.h"

namespace errata::slice {
namespace {

using Bits = std::vector<std::uint64_t>;

constexpr double kLogLevel = -4.605170185988091;  // log 0.01

std::uint64_t size_of_both(const Bits& a, const Bits& b) {
  return bitset_kernels().count_and(a.data(), b.data(), a.size());
}

class Folding {
 public:
  Folding(const SearchInput& held_out, double near_equal) : held_out_(held_out), near_equal_(near_equal) {
    failed_ = bits_of([&](std::uint32_t row) { return held_out.failed[row] != 0; });
    outside_ = bits_of([](std::uint32_t) { return true; });
  }

  void place(TestedSlice slice) {
    const auto members = slice_members(held_out_.table, slice.where);
    Bits cases = bits_of([&](std::uint32_t row) { return members[row] != 0; });
    std::size_t nearest = 0;
    double similarity = 0;
    for (std::size_t i = 0; i < hotspots_.size(); ++i) {
      const double jaccard = similarity_of(cases, cases_[i]);
      if (jaccard > similarity) std::tie(nearest, similarity) = std::pair(i, jaccard);
    }
    const bool near_equal = similarity >= near_equal_;
    if (similarity == 0 || (!near_equal && says_more(cases))) {
      for (std::size_t word = 0; word < cases.size(); ++word) outside_[word] &= ~cases[word];
      cases_.push_back(std::move(cases));
      hotspots_.push_back({.slice = std::move(slice)});
      return;
    }
    const bool inside = size_of_both(cases, cases_[nearest]) == size_of_both(cases, cases);
    const FoldReason reason = near_equal ? FoldReason::near_equal : inside ? FoldReason::child : FoldReason::explained;
    hotspots_[nearest].folded.push_back({.slice = std::move(slice), .reason = reason, .jaccard = similarity});
  }

  std::vector<Hotspot> take() { return std::move(hotspots_); }

 private:
  template <typename Holds>
  Bits bits_of(const Holds& holds) const {
    Bits bits(words_for(held_out_.rows.size()));
    for (std::size_t i = 0; i < held_out_.rows.size(); ++i) {
      bits[i / 64] |= std::uint64_t{holds(held_out_.rows[i])} << (i % 64);
    }
    return bits;
  }

  static double similarity_of(const Bits& a, const Bits& b) {
    const auto both = static_cast<double>(size_of_both(a, b));
    return both / (static_cast<double>(size_of_both(a, a) + size_of_both(b, b)) - both);
  }

  /// Do these cases fail more than the others of the ground they stand on?
  [[nodiscard]] bool raised_within(const Bits& cases, const Bits& ground) const {
    Bits both(cases.size());
    bitset_kernels().intersect(cases.data(), ground.data(), cases.size(), both.data());
    return stats::hypergeometric_log_upper_tail({.population = size_of_both(ground, ground),
                                                 .marked = size_of_both(ground, failed_),
                                                 .drawn = size_of_both(both, both)},
                                                size_of_both(both, failed_)) <= kLogLevel;
  }

  /// The cases of one hotspot that are in no other, so that what another one explains is not counted here again.
  [[nodiscard]] Bits only_in(std::size_t hotspot) const {
    Bits only = cases_[hotspot];
    for (std::size_t other = 0; other < cases_.size(); ++other) {
      if (other == hotspot) continue;
      for (std::size_t word = 0; word < only.size(); ++word) only[word] &= ~cases_[other][word];
    }
    return only;
  }

  [[nodiscard]] bool says_more(const Bits& cases) const {
    if (raised_within(cases, outside_)) return true;
    for (std::size_t hotspot = 0; hotspot < cases_.size(); ++hotspot) {
      if (raised_within(cases, only_in(hotspot))) return true;
    }
    return false;
  }

  const SearchInput& held_out_;
  double near_equal_;
  Bits failed_, outside_;    // of the held-out rows; outside: in no hotspot so far
  std::vector<Bits> cases_;  // of each hotspot
  std::vector<Hotspot> hotspots_;
};

}  // namespace

std::vector<Hotspot> fold_redundant(const SearchInput& held_out, std::vector<TestedSlice> slices, double near_equal) {
  const Slice whole = measure_slice(held_out, {});
  const auto explains = [&](const TestedSlice& slice) {
    const Slice& counts = slice.confirmed;
    return stats::binomial_deviance(counts.failures, counts.n, whole.failures - counts.failures, whole.n - counts.n);
  };
  std::ranges::stable_sort(slices, [&](const TestedSlice& a, const TestedSlice& b) {
    const double of_a = explains(a), of_b = explains(b);
    return of_a != of_b ? of_a > of_b : a.where.size() < b.where.size();
  });
  Folding folding(held_out, near_equal);
  for (TestedSlice& slice : slices) folding.place(std::move(slice));
  return folding.take();
}

}  // namespace errata::slice
