#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace errata::tokenizer {

/// Two tokens that become one.
struct PairMerge {
  std::int32_t left = 0, right = 0, product = 0;
  friend bool operator==(const PairMerge&, const PairMerge&) = default;
};

/// Merges of byte-pair encoding by their ranks, in one table without pointers.
class MergeTable {
 public:
  /// Makes room, so that add() does not move what is there.
  void reserve(std::size_t merges);
  /// Its rank is the number of those before it. @return false, and nothing added, when its pair is there
  bool add(const PairMerge& merge);
  [[nodiscard]] std::size_t size() const { return size_; }

  /// Of all pairs of neighbours the one of least rank, of several the first, is merged until there is none.
  /// @param symbols  tokens >= 0; what is left of them afterwards
  /// Cost: O(symbols · merges done) up to 48 symbols, O(symbols · log symbols) above
  void merge(std::vector<std::int32_t>& symbols) const;

 private:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  struct Slot {
    std::int32_t left = -1, right = 0;
    std::uint32_t rank = kNone;
    std::int32_t product = 0;
  };
  [[nodiscard]] std::size_t place_of(std::int32_t left, std::int32_t right) const;
  [[nodiscard]] const Slot& find(std::int32_t left, std::int32_t right) const { return slots_[place_of(left, right)]; }
  void merge_few(std::vector<std::int32_t>& symbols) const;
  void merge_many(std::vector<std::int32_t>& symbols) const;

  std::vector<Slot> slots_ = std::vector<Slot>(16);  ///< a power of two, at most half full
  std::size_t size_ = 0;
};

}  // namespace errata::tokenizer
