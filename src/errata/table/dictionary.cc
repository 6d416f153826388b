#include "errata/table/dictionary.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

namespace errata::table {

namespace {
constexpr std::size_t kFirstSlots = 64;
}

Dictionary::Dictionary() : slots_(kFirstSlots) {}

std::int32_t Dictionary::code(std::string_view text) {
  const std::size_t full_hash = std::hash<std::string_view>{}(text);
  const auto hash = static_cast<std::uint32_t>(full_hash >> 32U);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    Slot& slot = slots_[at];
    if (slot.code < 0) {
      slot = {.hash = hash, .code = static_cast<std::int32_t>(texts_.size())};
      texts_.emplace_back(text);
      const std::int32_t fresh = slot.code;
      if (2 * texts_.size() > slots_.size()) grow();
      return fresh;
    }
    if (slot.hash == hash && texts_[static_cast<std::size_t>(slot.code)] == text) return slot.code;
  }
}

void Dictionary::grow() {
  std::vector<Slot> old(4 * slots_.size());
  old.swap(slots_);
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.code < 0) continue;
    std::size_t at = slot.hash & mask;
    while (slots_[at].code >= 0) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

/// The strings in bytewise order. @param rank  set to where each one went
std::vector<std::string> Dictionary::take_sorted(std::vector<std::int32_t>& rank) {
  std::vector<std::size_t> order(texts_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) -> const std::string& { return texts_[i]; });
  rank.resize(texts_.size());
  std::vector<std::string> sorted;
  sorted.reserve(texts_.size());
  for (const std::size_t i : order) {
    rank[i] = static_cast<std::int32_t>(sorted.size());
    sorted.push_back(std::move(texts_[i]));
  }
  *this = Dictionary();
  return sorted;
}

std::vector<std::string> Dictionary::sort(PackedIntegers<std::int32_t, -1>& codes) {
  std::vector<std::int32_t> rank;
  std::vector<std::string> sorted = take_sorted(rank);
  if (!std::ranges::is_sorted(rank))
    codes.transform([&](std::int32_t code) { return code < 0 ? code : rank[static_cast<std::size_t>(code)]; });
  return sorted;
}

std::vector<std::string> Dictionary::sort(std::vector<std::int32_t>& codes) {
  std::vector<std::int32_t> rank;
  std::vector<std::string> sorted = take_sorted(rank);
  for (std::int32_t& code : codes)
    if (code >= 0) code = rank[static_cast<std::size_t>(code)];
  return sorted;
}

}  // namespace errata::table
