#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <queue>
#include <vector>

namespace errata::slice {

inline constexpr std::uint32_t kNoPredicate = std::numeric_limits<std::uint32_t>::max();

/// A conjunction of predicates of the search, by their ascending numbers, with what is known of it.
struct Conjunction {
  std::array<std::uint32_t, 3> predicates{kNoPredicate, kNoPredicate, kNoPredicate};
  std::uint64_t loss = 0;  ///< in units of the search's fixed point; failures under 0/1 loss
  std::uint64_t n = 0;
  double score = 0;
  [[nodiscard]] std::size_t size() const {
    return predicates[1] == kNoPredicate ? 1 : predicates[2] == kNoPredicate ? 2 : 3;
  }
};

/// The documented total order: higher score, fewer predicates, larger n, smaller predicate numbers.
[[nodiscard]] bool ranks_before(const Conjunction& a, const Conjunction& b);

/// The k best candidates seen so far and all that tie with the k-th.
class TopSlices {
 public:
  /// @param floor  the score that counts as "nothing found yet"
  TopSlices(std::size_t k, double floor) : k_(k), floor_(floor) {}
  void add(const Conjunction& candidate);
  /// What a slice must reach to matter: the k-th best score, or the floor while fewer than k have been found.
  [[nodiscard]] double threshold() const { return best_.size() < k_ ? floor_ : best_.top(); }
  /// Is a candidate whose score is at most `bound` worth counting? Leaves room for rounding in the bound.
  [[nodiscard]] bool may_matter(double bound) const;
  /// Best first.
  [[nodiscard]] std::vector<Conjunction> take();

 private:
  void drop_beaten();
  std::size_t k_;
  double floor_;
  std::priority_queue<double, std::vector<double>, std::greater<>> best_;
  std::vector<Conjunction> kept_;
};

}  // namespace errata::slice
