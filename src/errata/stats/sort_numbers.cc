// The tests and areas of a large log sort every numeric column once or twice, and comparison sorts of random numbers
// are bound by mispredicted branches. The bits of a double, with the sign bit flipped for numbers >= 0 and every bit
// flipped for the others, compare as unsigned integers like the numbers do; those are sorted by counting, 11 bits at a
// time from the least significant, each pass stable. A digit in which all values agree is skipped, which leaves two or
// three passes for whole numbers; of fractions only the three most significant digits are sorted so, and the few that
// agree in all of them by comparison.
//
// Rows of which few values differ, as a rounded score's or a time's in days, are told apart by a small table and placed
// by counting: one pass to look up, one to place. The first value too many ends the attempt, mostly after a few
// thousand rows.
#include "errata/stats/sort_numbers.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <numeric>
#include <ranges>
#include <utility>

#include "errata/base/error.h"

namespace errata::stats {
namespace {

constexpr unsigned kDigitBits = 11;
constexpr std::size_t kDigits = 6;   // 6 · 11 >= 64
constexpr std::size_t kCounted = 3;  // the most significant digits: few keys agree in 33 bits
constexpr std::size_t kBuckets = std::size_t{1} << kDigitBits;
constexpr std::uint64_t kSign = std::uint64_t{1} << 63;

std::uint64_t key_of(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  return bits & kSign ? ~bits : bits | kSign;
}

/// A key and where it comes from, in 12 bytes: the passes are bound by the memory that they move.
struct RowKey {
  std::uint32_t low, high, row;
};
std::uint64_t key_of(const RowKey& item) { return std::uint64_t{item.high} << 32U | item.low; }

struct Key {
  std::uint64_t key;
};
std::uint64_t key_of(Key item) { return item.key; }

double value_of(std::uint64_t key) { return std::bit_cast<double>(key & kSign ? key & ~kSign : ~key); }

std::size_t digit_of(std::uint64_t key, std::size_t digit) { return (key >> (kDigitBits * digit)) & (kBuckets - 1); }

/// Sorts items whose keys agree in all bits from `shift` on next to each other, by whole key.
template <typename Item>
void sort_within_runs(std::vector<Item>& items, unsigned shift) {
  constexpr std::ptrdiff_t kFew = 32;
  for (auto begin = items.begin(); begin != items.end();) {
    auto end = begin + 1;
    while (end != items.end() && key_of(*end) >> shift == key_of(*begin) >> shift) ++end;
    const auto before = [](const Item& a, const Item& b) { return key_of(a) < key_of(b); };
    if (end - begin > kFew) {
      if (!std::is_sorted(begin, end, before)) std::stable_sort(begin, end, before);  // mostly one key many times
    } else {
      for (auto item = begin + 1; item < end; ++item) {
        const Item moved = *item;
        auto hole = item;
        for (; hole != begin && key_of(moved) < key_of(*(hole - 1)); --hole) *hole = *(hole - 1);
        *hole = moved;
      }
    }
    begin = end;
  }
}

/// Sorts by key_of(item), stably.
template <typename Item>
void radix_sort(std::vector<Item>& items) {
  std::vector<std::array<std::size_t, kBuckets>> counts(kDigits);
  for (const Item& item : items) {
    for (std::size_t d = 0; d < kDigits; ++d) ++counts[d][digit_of(key_of(item), d)];
  }
  std::vector<std::size_t> digits;  // that differ, the most significant first
  for (std::size_t d = kDigits; d-- > 0;) {
    if (!items.empty() && counts[d][digit_of(key_of(items.front()), d)] != items.size()) digits.push_back(d);
  }
  const bool all = digits.size() <= kCounted;
  if (!all) digits.resize(kCounted);
  std::vector<Item> sorted(items.size());
  for (const std::size_t d : digits | std::views::reverse) {
    auto& start = counts[d];
    std::size_t next = 0;
    for (std::size_t& bucket : start) next += std::exchange(bucket, next);
    for (const Item& item : items) sorted[start[digit_of(key_of(item), d)]++] = item;
    items.swap(sorted);
  }
  if (!all) sort_within_runs(items, kDigitBits * static_cast<unsigned>(digits.back()));
}

/// Numbers different keys in the order they come, up to `most` of them.
class FewKeys {
 public:
  explicit FewKeys(std::size_t most) : most_(most), slots_(kSlots) {}

  /// @return `most` for one too many
  std::size_t number_of(std::uint64_t key) {
    for (std::size_t at = (key * 0x9E37'79B9'7F4A'7C15ULL) >> kShift;; at = (at + 1) % kSlots) {
      Slot& slot = slots_[at];
      if (slot.number == kFree) {
        if (keys_.size() == most_) return most_;
        slot = {.key = key, .number = static_cast<std::uint32_t>(keys_.size())};
        keys_.push_back(key);
      }
      if (slot.key == key) return slot.number;
    }
  }
  [[nodiscard]] const std::vector<std::uint64_t>& keys() const { return keys_; }

 private:
  static constexpr unsigned kSlotBits = kDigitBits + 1;
  static constexpr std::size_t kSlots = std::size_t{1} << kSlotBits;  // half of them stay free
  static constexpr unsigned kShift = 64 - kSlotBits;
  static constexpr std::uint32_t kFree = ~std::uint32_t{0};
  struct Slot {
    std::uint64_t key = 0;
    std::uint32_t number = kFree;
  };
  std::size_t most_;
  std::vector<Slot> slots_;
  std::vector<std::uint64_t> keys_;
};

/// rows_by_value() of few values.
std::vector<std::uint32_t> rows_of(const FewValues& few) {
  std::vector<std::uint32_t> start(few.values.size());
  for (const std::uint16_t number : few.number) ++start[number];
  std::uint32_t next = 0;
  for (std::uint32_t& count : start) next += std::exchange(count, next);
  std::vector<std::uint32_t> rows(few.number.size());
  for (std::uint32_t row = 0; row < rows.size(); ++row) rows[start[few.number[row]]++] = row;
  return rows;
}

}  // namespace

void sort_numbers(std::vector<double>& values) {
  if (values.size() < kBuckets) {
    std::ranges::sort(values, {}, [](double value) { return key_of(value); });
    return;
  }
  std::vector<Key> items(values.size());
  std::ranges::transform(values, items.begin(), [](double value) { return Key{key_of(value)}; });
  radix_sort(items);
  std::ranges::transform(items, values.begin(), [](Key item) { return value_of(item.key); });
}

std::vector<std::uint32_t> rows_by_value(std::span<const double> values) {
  if (values.size() >= kBuckets)
    if (const auto few = few_values(values, kBuckets)) return rows_of(*few);
  std::vector<RowKey> items(values.size());
  for (std::size_t row = 0; row < values.size(); ++row) {
    const std::uint64_t key = key_of(values[row]);
    items[row] = {.low = static_cast<std::uint32_t>(key),
                  .high = static_cast<std::uint32_t>(key >> 32U),
                  .row = static_cast<std::uint32_t>(row)};
  }
  if (items.size() < kBuckets) {
    std::ranges::stable_sort(items, {}, [](const RowKey& item) { return key_of(item); });
  } else {
    radix_sort(items);
  }
  std::vector<std::uint32_t> rows(items.size());
  std::ranges::transform(items, rows.begin(), &RowKey::row);
  return rows;
}

std::optional<FewValues> few_values(std::span<const double> values, std::size_t most) {
  ERRATA_CHECK(most >= 1 && most <= kBuckets);
  FewKeys keys(most);
  FewValues few;
  few.number.reserve(values.size());
  for (const double value : values) {
    const std::size_t number = keys.number_of(key_of(value));
    if (number == most) return std::nullopt;
    few.number.push_back(static_cast<std::uint16_t>(number));
  }
  std::vector<std::uint16_t> order(keys.keys().size()), rank(order.size());
  std::iota(order.begin(), order.end(), std::uint16_t{0});
  std::ranges::sort(order, {}, [&](std::uint16_t number) { return keys.keys()[number]; });
  for (const std::uint16_t number : order) {
    rank[number] = static_cast<std::uint16_t>(few.values.size());
    few.values.push_back(value_of(keys.keys()[number]));
  }
  for (std::uint16_t& number : few.number) number = rank[number];
  return few;
}

}  // namespace errata::stats
