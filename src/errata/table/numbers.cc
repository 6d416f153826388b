#include "errata/table/numbers.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

namespace errata::table {
namespace {

constexpr std::uint64_t kNaNBits = std::bit_cast<std::uint64_t>(std::numeric_limits<double>::quiet_NaN());
constexpr std::uint64_t kSign = std::uint64_t{1} << 63U;

bool is_float(double value) { return std::isnan(value) || static_cast<double>(static_cast<float>(value)) == value; }

std::uint64_t bits_of(double value) { return std::isnan(value) ? kNaNBits : std::bit_cast<std::uint64_t>(value); }

/// Orders like the numbers do, −0 like 0 and NaN last.
std::uint64_t key_of(double value) {
  const std::uint64_t bits = bits_of(value + 0.0);
  return (bits & kSign) != 0 ? ~bits : bits | kSign;
}

/// Puts the values into ascending order, and tells each row so.
void sort_levels(Levels& levels) {
  std::vector<std::uint32_t> order(levels.values.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(order, {}, [&](std::uint32_t i) { return key_of(levels.values[i]); });
  if (std::ranges::is_sorted(order)) return;
  std::vector<std::uint32_t> rank(order.size());
  std::vector<double> sorted(order.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) {
    rank[order[i]] = i;
    sorted[i] = levels.values[order[i]];
  }
  levels.values = std::move(sorted);
  levels.level.transform([&](std::uint32_t level) { return rank[level]; });
}

}  // namespace

std::vector<double> Numbers::to_vector() const {
  return visit([](const auto& held) {
    std::vector<double> values(held.size());
    for (std::size_t row = 0; row < values.size(); ++row) values[row] = held[row];
    return values;
  });
}

std::vector<double>& Numbers::doubles() {
  if (held_.index() != 0) held_ = to_vector();
  return std::get<0>(held_);
}

void Numbers::divide_by(double divisor) {
  if (auto* levels = std::get_if<Levels>(&held_)) {
    for (double& x : levels->values) x /= divisor;
    return;
  }
  for (double& x : doubles()) x /= divisor;
}

void Numbers::filter(std::span<const std::uint8_t> kept) {
  const auto drop = [&](auto& values) {
    std::size_t next = 0;
    for (std::size_t row = 0; row < values.size(); ++row)
      if (kept[row] != 0) values[next++] = values[row];
    values.resize(next);
  };
  if (auto* levels = std::get_if<Levels>(&held_)) {
    levels->level.filter(kept);
  } else if (auto* floats = std::get_if<1>(&held_)) {
    drop(*floats);
  } else {
    drop(doubles());
  }
}

bool operator==(const Numbers& a, const Numbers& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t row = 0; row < a.size(); ++row)
    if (a[row] != b[row]) return false;
  return true;
}

NumbersReader::NumbersReader() : slots_(std::size_t{1} << 8U), shift_(64 - 8) {}

void NumbersReader::reserve(std::size_t rows) {
  expected_ = rows;
  levels_.level.reserve(rows);
}

void NumbersReader::add(std::span<const double> values) {
  if (is_levels_) values = values.subspan(add_levels(values));
  if (!values.empty()) add_plain(values);
}

/// @return how many were added: all, or those before the one with which levels were given up
std::size_t NumbersReader::add_levels(std::span<const double> values) {
  std::array<std::uint32_t, 2048> block{};
  for (std::size_t begin = 0; begin < values.size(); begin += block.size()) {
    const std::size_t rows = std::min(block.size(), values.size() - begin);
    std::size_t known = 0;
    for (; known < rows; ++known) {
      block[known] = level_of(bits_of(values[begin + known]));
      if (block[known] == kMostLevels) break;
    }
    levels_.level.append(std::span(block).first(known));
    if (known == rows) continue;
    give_up_levels();
    return begin + known;
  }
  return values.size();
}

/// @return kMostLevels for one too many
std::uint32_t NumbersReader::level_of(std::uint64_t bits) {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = (bits * 0x9E37'79B9'7F4A'7C15ULL) >> shift_;; at = (at + 1) & mask) {
    std::uint32_t& slot = slots_[at];
    if (slot != 0 && std::bit_cast<std::uint64_t>(levels_.values[slot - 1]) == bits) return slot - 1;
    if (slot != 0) continue;
    if (levels_.values.size() == kMostLevels) return kMostLevels;
    levels_.values.push_back(std::bit_cast<double>(bits));
    slot = static_cast<std::uint32_t>(levels_.values.size());
    if (2 * levels_.values.size() > slots_.size()) grow();
    return static_cast<std::uint32_t>(levels_.values.size() - 1);
  }
}

void NumbersReader::grow() {
  shift_ -= 2;
  slots_.assign(4 * slots_.size(), 0);
  const std::size_t mask = slots_.size() - 1;
  for (std::uint32_t level = 0; level < levels_.values.size(); ++level) {
    std::size_t at = (std::bit_cast<std::uint64_t>(levels_.values[level]) * 0x9E37'79B9'7F4A'7C15ULL) >> shift_;
    while (slots_[at] != 0) at = (at + 1) & mask;
    slots_[at] = level + 1;
  }
}

void NumbersReader::give_up_levels() {
  is_levels_ = false;
  is_floats_ = std::ranges::all_of(levels_.values, is_float);
  const Levels levels = std::exchange(levels_, {});
  std::vector<std::uint32_t>().swap(slots_);
  const auto write = [&](auto& values) {
    values.reserve(std::max(expected_, levels.size()));
    for (const std::uint32_t level : levels.level)
      values.push_back(
          static_cast<typename std::remove_reference_t<decltype(values)>::value_type>(levels.values[level]));
  };
  is_floats_ ? write(floats_) : write(doubles_);
}

void NumbersReader::add_plain(std::span<const double> values) {
  if (is_floats_ && std::ranges::all_of(values, is_float)) {
    for (const double value : values) floats_.push_back(static_cast<float>(value));
    return;
  }
  if (is_floats_) {
    is_floats_ = false;
    doubles_.reserve(std::max(expected_, floats_.size() + values.size()));
    doubles_.assign(floats_.begin(), floats_.end());
    std::vector<float>().swap(floats_);
  }
  doubles_.insert(doubles_.end(), values.begin(), values.end());
}

Numbers NumbersReader::finish() {
  // Levels of nearly every row would be no narrower.
  if (is_levels_ && levels_.values.size() > levels_.size() / 2) give_up_levels();
  Numbers numbers;
  if (is_levels_) {
    sort_levels(levels_);
    levels_.level.shrink_to_fit();
    numbers = Numbers(std::move(levels_));
  } else if (is_floats_) {
    floats_.shrink_to_fit();
    numbers = Numbers(std::move(floats_));
  } else {
    doubles_.shrink_to_fit();
    numbers = Numbers(std::move(doubles_));
  }
  *this = NumbersReader();
  return numbers;
}

}  // namespace errata::table
