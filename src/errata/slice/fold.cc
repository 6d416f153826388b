#include "errata/slice/fold.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "errata/slice/residual_search.h"
#include "errata/stats/hypergeometric.h"
#include "errata/stats/mantel_haenszel.h"

namespace errata::slice {
namespace {

using HeldOutRows = std::vector<std::uint32_t>;  // positions among the held-out rows, ascending

struct Counts {
  std::uint64_t n = 0, failures = 0;
};

struct Beyond {
  double gain = 0;   // of what it fails more than expected, 0 where it does not
  double log_p = 0;  // that it does by chance
};

class Folding {
 public:
  Folding(const SearchInput& held_out, std::vector<TestedSlice> slices, double near_equal)
      : held_out_(held_out), slices_(std::move(slices)), near_equal_(near_equal), stratum_(held_out.rows.size(), 0) {
    for (const TestedSlice& slice : slices_) members_.push_back(members_of(slice));
    left_.resize(slices_.size());
    for (std::size_t i = 0; i < left_.size(); ++i) left_[i] = i;
  }

  std::vector<Hotspot> run() {
    count_strata();
    while (!left_.empty()) {
      std::size_t best = 0;
      Beyond most = beyond(members_[left_[0]]);
      for (std::size_t i = 1; i < left_.size(); ++i) {
        const Beyond here = beyond(members_[left_[i]]);
        const bool shorter = slices_[left_[i]].where.size() < slices_[left_[best]].where.size();
        if (here.gain > most.gain || (here.gain == most.gain && shorter)) std::tie(best, most) = std::pair(i, here);
      }
      const std::size_t slice = left_[best];
      left_.erase(left_.begin() + static_cast<std::ptrdiff_t>(best));
      list(slice, most);
    }
    return std::move(hotspots_);
  }

 private:
  [[nodiscard]] HeldOutRows members_of(const TestedSlice& slice) const {
    return positions_in(slice_rows(held_out_.table, slice.where), held_out_.rows);
  }

  [[nodiscard]] bool failed(std::uint32_t i) const { return held_out_.failed[held_out_.rows[i]] != 0; }

  void count_strata() {
    strata_.assign(1 + (stratum_.empty() ? 0 : *std::ranges::max_element(stratum_)), {});
    for (std::uint32_t i = 0; i < stratum_.size(); ++i) {
      ++strata_[stratum_[i]].n;
      strata_[stratum_[i]].failures += std::uint64_t{failed(i)};
    }
  }

  /// How much more these cases fail than the others that are in the same hotspots.
  [[nodiscard]] Beyond beyond(const HeldOutRows& members) const {
    std::vector<Counts> inside(strata_.size());
    std::uint64_t observed = 0;
    for (const std::uint32_t i : members) {
      ++inside[stratum_[i]].n;
      observed += std::uint64_t{failed(i)};
    }
    std::vector<stats::Hypergeometric> tables;
    for (std::size_t s = 0; s < strata_.size(); ++s) {
      if (inside[s].n == 0) continue;
      tables.push_back({.population = strata_[s].n, .marked = strata_[s].failures, .drawn = inside[s].n});
    }
    const stats::StratifiedTest test = stats::stratified_test(tables, observed);
    const auto n = static_cast<double>(members.size());
    const Residual sum{.n = n,
                       .observed = static_cast<double>(observed),
                       .expected = test.expected,
                       .variance = test.expected * (1 - test.expected / n)};
    return {.gain = sum.raised() ? sum.gain() : 0, .log_p = test.log_p};
  }

  [[nodiscard]] static double jaccard(const HeldOutRows& a, const HeldOutRows& b) {
    HeldOutRows both;
    std::ranges::set_intersection(a, b, std::back_inserter(both));
    const std::size_t either = a.size() + b.size() - both.size();
    return either == 0 ? 0 : static_cast<double>(both.size()) / static_cast<double>(either);
  }

  [[nodiscard]] Counts counts(const HeldOutRows& members) const {
    Counts counts{.n = members.size()};
    for (const std::uint32_t i : members) counts.failures += std::uint64_t{failed(i)};
    return counts;
  }

  /// Inside the outer cases, and failing no more than the rest of them?
  [[nodiscard]] bool is_mere_child(const HeldOutRows& inner, const HeldOutRows& outer) const {
    if (!std::ranges::includes(outer, inner)) return false;
    const Counts all = counts(outer), some = counts(inner);
    return stats::hypergeometric_log_upper_tail({.population = all.n, .marked = all.failures, .drawn = some.n},
                                                some.failures) > kLogBeyond;
  }

  void list(std::size_t slice, const Beyond& beyond) {
    std::size_t nearest = 0;
    double similarity = 0;
    for (std::size_t i = 0; i < hotspots_.size(); ++i) {
      const double here = jaccard(members_[slice], members_[placed_[i]]);
      if (here > similarity) std::tie(nearest, similarity) = std::pair(i, here);
    }
    const bool near_equal = similarity >= near_equal_;
    if (similarity == 0 || (!near_equal && beyond.log_p <= kLogBeyond)) {
      add(slice);
      return;
    }
    const FoldReason reason = near_equal                                                   ? FoldReason::near_equal
                              : is_mere_child(members_[slice], members_[placed_[nearest]]) ? FoldReason::child
                                                                                           : FoldReason::explained;
    hotspots_[nearest].folded.push_back({.slice = std::move(slices_[slice]), .reason = reason, .jaccard = similarity});
  }

  void add(std::size_t slice) {
    std::map<std::uint32_t, std::uint32_t> inside;  // the part of each stratum that lies in the new hotspot
    for (const std::uint32_t i : members_[slice]) {
      const auto next = static_cast<std::uint32_t>(strata_.size() + inside.size());
      stratum_[i] = inside.try_emplace(stratum_[i], next).first->second;
    }
    count_strata();
    placed_.push_back(slice);
    hotspots_.push_back({.slice = std::move(slices_[slice])});
  }

  const SearchInput& held_out_;
  std::vector<TestedSlice> slices_;
  double near_equal_;
  std::vector<HeldOutRows> members_;    // of each slice
  std::vector<std::size_t> left_;       // slices that are not listed yet
  std::vector<std::uint32_t> stratum_;  // of each held-out row: the combination of hotspots it is in
  std::vector<Counts> strata_;
  std::vector<std::size_t> placed_;  // the slice of each hotspot
  std::vector<Hotspot> hotspots_;
};

}  // namespace

std::vector<Hotspot> fold_redundant(const SearchInput& held_out, std::vector<TestedSlice> slices, double near_equal) {
  return Folding(held_out, std::move(slices), near_equal).run();
}

}  // namespace errata::slice
