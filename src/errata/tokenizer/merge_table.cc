#include "errata/tokenizer/merge_table.h"

#include <algorithm>
#include <array>
#include <bit>
#include <queue>

namespace errata::tokenizer {
namespace {

constexpr std::size_t kFew = 48;  // symbols whose pairs are looked through faster than sorted

/// A symbol of a long word and its living neighbours.
struct Linked {
  std::int32_t token = 0;  ///< < 0: merged into the one before it
  std::size_t before = 0, after = 0;
};

/// A pair that can be merged, as it was when it was found.
struct Candidate {
  std::uint32_t rank = 0;
  std::size_t at = 0;  ///< of its left symbol
  std::int32_t left = 0, right = 0, product = 0;
  bool operator<(const Candidate& other) const { return rank != other.rank ? rank > other.rank : at > other.at; }
};

}  // namespace

std::size_t MergeTable::place_of(std::int32_t left, std::int32_t right) const {
  constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15;
  const std::uint64_t key =
      (static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32U) | static_cast<std::uint32_t>(right);
  const std::uint64_t mixed = (key ^ (key >> 29U)) * kOdd;
  std::size_t place = mixed >> static_cast<unsigned>(64 - std::countr_zero(slots_.size()));
  while (slots_[place].left >= 0 && (slots_[place].left != left || slots_[place].right != right))
    place = (place + 1) & (slots_.size() - 1);
  return place;
}

void MergeTable::reserve(std::size_t merges) {
  const std::size_t wanted = std::bit_ceil(std::max<std::size_t>(2 * merges, 16));
  if (wanted <= slots_.size()) return;
  std::vector<Slot> before(wanted);
  before.swap(slots_);
  for (const Slot& slot : before)
    if (slot.left >= 0) slots_[place_of(slot.left, slot.right)] = slot;
}

bool MergeTable::add(const PairMerge& merge) {
  reserve(size_ + 1);
  Slot& slot = slots_[place_of(merge.left, merge.right)];
  if (slot.left >= 0) return false;
  slot = {
      .left = merge.left, .right = merge.right, .rank = static_cast<std::uint32_t>(size_++), .product = merge.product};
  return true;
}

void MergeTable::merge(std::vector<std::int32_t>& symbols) const {
  if (symbols.size() <= kFew)
    merge_few(symbols);
  else
    merge_many(symbols);
}

void MergeTable::merge_few(std::vector<std::int32_t>& symbols) const {
  std::array<std::uint32_t, kFew> ranks{};  // of symbol i with the next
  std::array<std::int32_t, kFew> products{};
  std::size_t size = symbols.size();
  const auto look = [&](std::size_t i) {
    const Slot& slot = find(symbols[i], symbols[i + 1]);
    ranks[i] = slot.rank;
    products[i] = slot.product;
  };
  for (std::size_t i = 0; i + 1 < size; ++i) look(i);
  while (size > 1) {
    std::size_t best = 0;
    for (std::size_t i = 1; i + 1 < size; ++i)
      if (ranks[i] < ranks[best]) best = i;
    if (ranks[best] == kNone) break;
    symbols[best] = products[best];
    for (std::size_t i = best + 1; i + 1 < size; ++i) {
      symbols[i] = symbols[i + 1];
      ranks[i] = ranks[i + 1];
      products[i] = products[i + 1];
    }
    --size;
    if (best > 0) look(best - 1);
    if (best + 1 < size) look(best);
  }
  symbols.resize(size);
}

void MergeTable::merge_many(std::vector<std::int32_t>& symbols) const {
  const std::size_t end = symbols.size();
  std::vector<Linked> chain(end);
  for (std::size_t i = 0; i < end; ++i) chain[i] = {.token = symbols[i], .before = i - 1, .after = i + 1};
  std::priority_queue<Candidate> candidates;
  const auto look = [&](std::size_t at) {
    const std::size_t after = chain[at].after;
    if (after >= end) return;
    const Slot& slot = find(chain[at].token, chain[after].token);
    if (slot.rank != kNone)
      candidates.push({.rank = slot.rank, .at = at, .left = slot.left, .right = slot.right, .product = slot.product});
  };
  for (std::size_t i = 0; i < end; ++i) look(i);
  while (!candidates.empty()) {
    const Candidate best = candidates.top();
    candidates.pop();
    Linked& left = chain[best.at];
    if (left.token != best.left || left.after >= end || chain[left.after].token != best.right) continue;
    left.token = best.product;
    chain[left.after].token = -1;
    left.after = chain[left.after].after;
    if (left.after < end) chain[left.after].before = best.at;
    look(best.at);
    if (best.at > 0) look(left.before);
  }
  std::size_t kept = 0;
  for (const Linked& one : chain)
    if (one.token >= 0) symbols[kept++] = one.token;
  symbols.resize(kept);
}

}  // namespace errata::tokenizer
