#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <variant>
#include <vector>

#include "errata/table/packed_integers.h"

namespace errata::table {

/// Numbers of which there are few different ones: which of them each is.
struct Levels {
  PackedIntegers<std::uint32_t> level{};  ///< [rows] index into values
  std::vector<double> values{};           ///< ascending, −0 and 0 by their first rows; NaN last. Some may have no row.

  [[nodiscard]] std::size_t size() const { return level.size(); }
  [[nodiscard]] double operator[](std::size_t row) const { return values[level[row]]; }
};

/// The numbers of a column, held in as few bytes as give every one back exactly: as levels where at most 65,536 differ
/// (1 or 2 bytes a number), else as floats where each is one (4), else as doubles. What is written into them by hand is
/// held as doubles; NumbersReader makes the narrow ones.
///     const Numbers x{1, 2.5};
///     double sum = 0;
///     for (const double one : x) sum += one;  // whatever they are held as
class Numbers {
 public:
  using value_type = double;
  using iterator = IndexIterator<Numbers>;
  using const_iterator = iterator;

  Numbers() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): a list of numbers is one
  Numbers(std::initializer_list<double> values) : held_(std::vector<double>(values)) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  Numbers(std::vector<double> values) : held_(std::move(values)) {}
  explicit Numbers(std::vector<float> values) : held_(std::move(values)) {}
  explicit Numbers(Levels levels) : held_(std::move(levels)) {}

  /// Calls use(std::vector<double>, std::vector<float> or Levels): what a hot loop takes instead of operator[].
  template <typename Use>
  decltype(auto) visit(const Use& use) const {
    if (const auto* doubles = std::get_if<0>(&held_)) return use(*doubles);
    if (const auto* floats = std::get_if<1>(&held_)) return use(*floats);
    return use(*std::get_if<2>(&held_));
  }

  [[nodiscard]] std::size_t size() const {
    return visit([](const auto& held) { return held.size(); });
  }
  [[nodiscard]] bool empty() const { return size() == 0; }
  [[nodiscard]] double operator[](std::size_t row) const {
    if (const auto* doubles = std::get_if<0>(&held_)) return (*doubles)[row];
    if (const auto* floats = std::get_if<1>(&held_)) return double{(*floats)[row]};
    return (*std::get_if<2>(&held_))[row];
  }
  [[nodiscard]] double front() const { return (*this)[0]; }
  [[nodiscard]] double back() const { return (*this)[size() - 1]; }
  [[nodiscard]] iterator begin() const { return {*this, 0}; }
  [[nodiscard]] iterator end() const { return {*this, static_cast<std::ptrdiff_t>(size())}; }
  [[nodiscard]] std::vector<double> to_vector() const;

  /// The levels, where they are held so.
  [[nodiscard]] const Levels* levels() const { return std::get_if<Levels>(&held_); }
  void push_back(double value) { doubles().push_back(value); }
  void set(std::size_t row, double value) { doubles()[row] = value; }
  void reserve(std::size_t rows) { doubles().reserve(rows); }
  /// Divides every number by one above 0.
  void divide_by(double divisor);
  /// Keeps the numbers whose flag is not 0. @param kept  [size]
  void filter(std::span<const std::uint8_t> kept);
  void clear() { held_ = std::vector<double>(); }

  /// Equal numbers in equal rows, whatever they are held as; NaN differs from itself.
  friend bool operator==(const Numbers& a, const Numbers& b);

 private:
  std::vector<double>& doubles();
  std::variant<std::vector<double>, std::vector<float>, Levels> held_;
};

/// Rows of each level, of those where counts(row).
template <typename Counts>
[[nodiscard]] std::vector<std::uint64_t> count_levels(const Levels& levels, const Counts& counts) {
  std::vector<std::uint64_t> rows(levels.values.size());
  levels.level.visit([&](const auto& level) {
    for (std::size_t row = 0; row < level.size(); ++row) rows[level[row]] += std::uint64_t{counts(row)};
  });
  return rows;
}

/// Takes numbers as they come, and holds them as narrow as they were so far.
///     NumbersReader reader;
///     reader.add(std::vector{1.0, 2.5});
///     const Numbers numbers = reader.finish();
class NumbersReader {
 public:
  NumbersReader();
  void reserve(std::size_t rows);  ///< how many are expected
  void add(std::span<const double> values);
  /// All that were added. Leaves the reader empty.
  [[nodiscard]] Numbers finish();

 private:
  static constexpr std::size_t kMostLevels = 65'536;
  [[nodiscard]] std::uint32_t level_of(std::uint64_t bits);
  void give_up_levels();
  [[nodiscard]] std::size_t add_levels(std::span<const double> values);
  void add_plain(std::span<const double> values);
  void grow();

  std::vector<std::uint32_t> slots_;  // open addressing, a power of two, at most half full: 1 + level
  unsigned shift_ = 0;
  bool is_levels_ = true;
  Levels levels_;  // in the order of their first rows
  bool is_floats_ = false;
  std::vector<float> floats_;
  std::vector<double> doubles_;
  std::size_t expected_ = 0;
};

}  // namespace errata::table
