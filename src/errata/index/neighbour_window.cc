// Every case asks how far it is from each of the last few thousand points, so this is the inner loop of the memory.
//
// Distances. Points lie in blocks of 64 slots, a block dimension by dimension: a query reads memory once, in order, and
// the 64 sums of a block stay in registers. Where the machine has AVX2 the same code runs eight floats at a time, else
// four. Each sum is taken in the order of the dimensions and no multiplication is fused with an addition (AVX2 alone
// has no such instruction), so both give the same bits.
//
// The nearest k. Slots are dealt to groups, slot i to group i mod g, and each group tells its least distance. At least
// k distances are no greater than the k-th least of those, so only what is within that bound is gathered: about 40 of
// 3,000 for k = 30 and g = 64, in two passes of vector instructions and without allocation. A distance and its slot
// are compared as one 64-bit number: the bits of floats >= 0 are ordered as the floats are, and ties go by slot. So few
// numbers are ranked by counting for each how many are less: no branch depends on them, and a branch that nobody can
// foresee costs as much as twenty comparisons.
#include "errata/index/neighbour_window.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <utility>

#include "errata/index/avx2.h"

namespace errata::index {
namespace {

constexpr std::size_t kBlock = 64;  ///< slots whose sums stay in registers together
constexpr std::size_t kLanes = 8;   ///< floats of one vector
constexpr std::size_t kMostGroups = 256;
constexpr std::size_t kGathered = 1024;  ///< candidates that are kept on the stack

using Lanes = float __attribute__((vector_size(kLanes * sizeof(float))));
using Flags = std::int32_t __attribute__((vector_size(kLanes * sizeof(float))));

/// `to` [blocks · kBlock], `values` [blocks, width, kBlock]
ERRATA_INLINE void sum_squares(const float* values, std::span<const float> query, std::size_t blocks, float* to) {
  constexpr std::size_t kVectors = kBlock / kLanes;
  for (std::size_t block = 0; block < blocks; ++block) {
    Lanes sums[kVectors] = {};
    for (const float q : query) {
#pragma GCC unroll 8  // else the sums go through memory
      for (std::size_t v = 0; v < kVectors; ++v) {
        Lanes at;
        std::memcpy(&at, values + v * kLanes, sizeof at);
        at -= q;
        sums[v] += at * at;
      }
      values += kBlock;
    }
    std::memcpy(to, sums, sizeof sums);
    to += kBlock;
  }
}
ERRATA_AVX2 void sum_squares_wide(const float* values, std::span<const float> query, std::size_t blocks, float* to) {
  sum_squares(values, query, blocks, to);
}
void sum_squares_any(const float* values, std::span<const float> query, std::size_t blocks, float* to) {
  sum_squares(values, query, blocks, to);
}

/// The least distance of each group. @param least  [groups], groups a multiple of kBlock and <= distances.size()
ERRATA_INLINE void group_minima(std::span<const float> distances, std::span<float> least) {
  std::ranges::copy(distances.first(least.size()), least.begin());
  std::size_t i = least.size();
  for (; i + least.size() <= distances.size(); i += least.size())
    for (std::size_t g = 0; g < least.size(); g += kLanes) {
      Lanes at, best;
      std::memcpy(&at, distances.data() + i + g, sizeof at);
      std::memcpy(&best, least.data() + g, sizeof best);
      best = at < best ? at : best;
      std::memcpy(least.data() + g, &best, sizeof best);
    }
  for (std::size_t g = 0; i < distances.size(); ++i, ++g) least[g] = std::min(least[g], distances[i]);
}
ERRATA_AVX2 void group_minima_wide(std::span<const float> distances, std::span<float> least) {
  group_minima(distances, least);
}
void group_minima_any(std::span<const float> distances, std::span<float> least) { group_minima(distances, least); }

std::uint64_t key_of(float distance, std::size_t slot) {
  return std::uint64_t{std::bit_cast<std::uint32_t>(distance)} << 32U | slot;
}

constexpr std::uint64_t kGreatestKey = ~std::uint64_t{0} >> 1U;

/// The keys of what is within a bound; the bound tightens to the k-th least whenever the room is full.
struct Gathered {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): keys are filled before they are read, zeros cost as much
  Gathered(std::size_t count, float within) : wanted(count), bound(within) {}
  std::size_t wanted;
  float bound;
  std::uint64_t below = ~std::uint64_t{0};  ///< greater keys are out
  std::size_t size = 0;
  std::array<std::uint64_t, kGathered> keys;

  void add(float distance, std::size_t slot) {
    const std::uint64_t key = key_of(distance, slot);
    if (key > below) return;
    if (size == kGathered) {
      const auto last = keys.begin() + static_cast<std::ptrdiff_t>(wanted - 1);
      std::ranges::nth_element(keys, last);
      below = *last;
      bound = std::bit_cast<float>(static_cast<std::uint32_t>(below >> 32U));
      size = wanted;
      if (key > below) return;
    }
    keys[size++] = key;
  }
};

using Halves = std::array<std::uint64_t, sizeof(Flags) / sizeof(std::uint64_t)>;  ///< two lanes each

ERRATA_INLINE Halves halves_of(const Flags& flags) {
  Halves halves;
  std::memcpy(halves.data(), &flags, sizeof flags);
  return halves;
}

/// Bit i is set when lane i is (all its bits are, or none).
ERRATA_INLINE std::uint32_t bits_of(const Halves& flags) {
  constexpr std::uint64_t kFirst = std::endian::native == std::endian::little ? 0x2'0000'0001U : 0x1'0000'0002U;
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < flags.size(); ++i) bits |= flags[i] & kFirst << 2 * i;
  return static_cast<std::uint32_t>(bits | bits >> 32U);
}

/// Adds the slots that a bit is set for. @param in  of `distances` from `first` on
ERRATA_INLINE void add_slots(std::span<const float> distances, std::size_t first, std::uint32_t in, Gathered& into) {
  for (; in != 0; in &= in - 1) {
    const std::size_t slot = first + static_cast<std::size_t>(std::countr_zero(in));
    into.add(distances[slot], slot);
  }
}

void gather_any(std::span<const float> distances, Gathered& into) {
  std::size_t i = 0;
  for (; i + 2 * kLanes <= distances.size(); i += 2 * kLanes) {
    Lanes a, b;
    std::memcpy(&a, distances.data() + i, sizeof a);
    std::memcpy(&b, distances.data() + i + kLanes, sizeof b);
    const Flags in_a = a <= into.bound, in_b = b <= into.bound;
    const Halves any = halves_of(in_a | in_b);
    if ((any[0] | any[1] | any[2] | any[3]) == 0) continue;
    add_slots(distances, i, bits_of(halves_of(in_a)) | bits_of(halves_of(in_b)) << kLanes, into);
  }
  for (; i < distances.size(); ++i)
    if (distances[i] <= into.bound) into.add(distances[i], i);
}

#if defined(__x86_64__) && defined(__GNUC__)
/// The same with the instruction that gathers the signs of a vector: otherwise flags go through memory.
ERRATA_AVX2 void gather_wide(std::span<const float> distances, Gathered& into) {
  std::size_t i = 0;
  for (; i + 2 * kLanes <= distances.size(); i += 2 * kLanes) {
    Lanes a, b;
    std::memcpy(&a, distances.data() + i, sizeof a);
    std::memcpy(&b, distances.data() + i + kLanes, sizeof b);
    const Flags in_a = a <= into.bound, in_b = b <= into.bound;
    std::memcpy(&a, &in_a, sizeof a);
    std::memcpy(&b, &in_b, sizeof b);
    const auto in = static_cast<std::uint32_t>(__builtin_ia32_movmskps256(a) | __builtin_ia32_movmskps256(b) << kLanes);
    if (in != 0) add_slots(distances, i, in, into);
  }
  for (; i < distances.size(); ++i)
    if (distances[i] <= into.bound) into.add(distances[i], i);
}
#else
void gather_wide(std::span<const float> distances, Gathered& into) { gather_any(distances, into); }
#endif

/// The `rank`-th least value, counted from 1. @param values  [a multiple of kLanes]
ERRATA_INLINE float least_of_rank(std::span<const float> values, std::size_t rank) {
  Lanes found = Lanes{} + std::numeric_limits<float>::infinity();
  for (std::size_t i = 0; i < values.size(); i += kLanes) {
    Lanes at;
    std::memcpy(&at, values.data() + i, sizeof at);
    Flags less_or_equal{};
    for (const float value : values) less_or_equal -= value <= at;  // true is −1
    const Lanes may = less_or_equal >= static_cast<std::int32_t>(rank) ? at : found;
    found = may < found ? may : found;
  }
  float least = found[0];
  for (std::size_t lane = 1; lane < kLanes; ++lane) least = std::min(least, found[lane]);
  return least;
}
ERRATA_AVX2 float least_of_rank_wide(std::span<const float> values, std::size_t rank) {
  return least_of_rank(values, rank);
}
float least_of_rank_any(std::span<const float> values, std::size_t rank) { return least_of_rank(values, rank); }

constexpr std::size_t kFewKeys = 128;  ///< that are sorted by counting
using Keys = std::int64_t __attribute__((vector_size(4 * sizeof(std::int64_t))));

/// Slots of the `found` least keys in their order. @param keys  [kFewKeys] different, the rest up to whole vectors
/// greater
ERRATA_INLINE void write_few(const std::uint64_t* keys, std::size_t size, std::size_t found, std::uint32_t* slots) {
  for (std::size_t i = 0; i < size; ++i) {
    const auto key = static_cast<std::int64_t>(keys[i]);  // the sign bit of a distance is 0
    Keys less{};
    for (std::size_t j = 0; j < size; j += 4) {
      Keys at;
      std::memcpy(&at, keys + j, sizeof at);
      less -= at < key;
    }
    const auto rank = static_cast<std::size_t>(less[0] + less[1] + less[2] + less[3]);
    if (rank < found) slots[rank] = static_cast<std::uint32_t>(keys[i]);
  }
}
ERRATA_AVX2 void write_few_wide(const std::uint64_t* keys, std::size_t size, std::size_t found, std::uint32_t* slots) {
  write_few(keys, size, found, slots);
}
void write_few_any(const std::uint64_t* keys, std::size_t size, std::size_t found, std::uint32_t* slots) {
  write_few(keys, size, found, slots);
}

std::size_t write_slots(std::span<std::uint64_t> keys, std::size_t found, std::span<std::uint32_t> slots) {
  ERRATA_CHECK(keys.size() >= found);
  if (found == 0) return 0;
  if (keys.size() <= kFewKeys) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): filled before it is read
    std::array<std::uint64_t, kFewKeys> few;
    std::ranges::copy(keys, few.begin());
    std::fill_n(few.begin() + static_cast<std::ptrdiff_t>(keys.size()), (kFewKeys - keys.size()) % 4, kGreatestKey);
    (has_avx2() ? write_few_wide : write_few_any)(few.data(), keys.size(), found, slots.data());
    return found;
  }
  std::ranges::nth_element(keys, keys.begin() + static_cast<std::ptrdiff_t>(found - 1));
  std::ranges::sort(keys.first(found));
  for (std::size_t i = 0; i < found; ++i) slots[i] = static_cast<std::uint32_t>(keys[i]);
  return found;
}

}  // namespace

NeighbourWindow::NeighbourWindow(std::size_t width, std::size_t capacity)
    : width_(width), capacity_(capacity), values_((capacity + kBlock - 1) / kBlock * kBlock * width) {
  ERRATA_CHECK(width >= 1 && capacity >= 1);
}

std::size_t NeighbourWindow::push(std::span<const float> point) {
  ERRATA_CHECK(point.size() == width_);
  const std::size_t slot = next_;
  float* at = values_.data() + slot / kBlock * kBlock * width_ + slot % kBlock;
  for (std::size_t d = 0; d < width_; ++d) at[d * kBlock] = point[d];
  next_ = next_ + 1 == capacity_ ? 0 : next_ + 1;
  size_ = std::min(size_ + 1, capacity_);
  return slot;
}

void NeighbourWindow::squared_distances(std::span<const float> query, std::span<float> distances) const {
  ERRATA_CHECK(query.size() == width_ && distances.size() == size_);
  const auto sum = has_avx2() ? sum_squares_wide : sum_squares_any;
  const std::size_t whole = size_ / kBlock;
  sum(values_.data(), query, whole, distances.data());
  if (const std::size_t rest = size_ % kBlock; rest > 0) {
    std::array<float, kBlock> last;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled before it is read
    sum(values_.data() + whole * kBlock * width_, query, 1, last.data());
    std::copy_n(last.begin(), rest, distances.begin() + static_cast<std::ptrdiff_t>(whole * kBlock));
  }
}

std::size_t nearest_slots(std::span<const float> distances, std::size_t count, std::span<std::uint32_t> slots) {
  const std::size_t found = std::min(count, distances.size());
  ERRATA_CHECK(slots.size() >= found);
  const std::size_t groups = std::max(kBlock, std::bit_ceil(2 * found));
  if (found == 0 || groups > kMostGroups || distances.size() < 2 * groups) {
    std::vector<std::uint64_t> keys(distances.size());
    for (std::size_t slot = 0; slot < keys.size(); ++slot) keys[slot] = key_of(distances[slot], slot);
    return write_slots(keys, found, slots);
  }
  std::array<float, kMostGroups> room;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled before it is read
  const std::span<float> least = std::span(room).first(groups);
  (has_avx2() ? group_minima_wide : group_minima_any)(distances, least);
  Gathered gathered(found, (has_avx2() ? least_of_rank_wide : least_of_rank_any)(least, found));
  (has_avx2() ? gather_wide : gather_any)(distances, gathered);
  return write_slots(std::span(gathered.keys).first(gathered.size), found, slots);
}

void NeighbourWindow::save(ByteWriter& out) const {
  out.write<std::uint64_t>(width_);
  out.write<std::uint64_t>(capacity_);
  out.write<std::uint64_t>(size_);
  out.write<std::uint64_t>(next_);
  out.write(values_);
}

Result<NeighbourWindow> NeighbourWindow::load(ByteReader& in) {
  const auto width = static_cast<std::size_t>(in.read<std::uint64_t>());
  const auto capacity = static_cast<std::size_t>(in.read<std::uint64_t>());
  const auto size = static_cast<std::size_t>(in.read<std::uint64_t>());
  const auto next = static_cast<std::size_t>(in.read<std::uint64_t>());
  std::vector<float> values;
  in.read_into(values);
  if (in.truncated()) return data_error("the window of neighbours ends too early");
  const bool fits = width >= 1 && capacity >= 1 && capacity <= values.size() && values.size() % width == 0 &&
                    values.size() / width == (capacity + kBlock - 1) / kBlock * kBlock && size <= capacity &&
                    next < capacity && (size == capacity || next == size);
  if (!fits) return data_error("the window of neighbours does not fit its own sizes");
  NeighbourWindow window(width, capacity);
  window.size_ = size;
  window.next_ = next;
  window.values_ = std::move(values);
  return window;
}

}  // namespace errata::index
