#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <span>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace errata::table {

/// Walks what has operator[] and gives values, not references.
template <typename Held>
class IndexIterator {
 public:
  using value_type = typename Held::value_type;
  using reference = value_type;
  using difference_type = std::ptrdiff_t;
  using pointer = void;
  using iterator_category = std::random_access_iterator_tag;
  using iterator_concept = std::random_access_iterator_tag;

  IndexIterator() = default;
  IndexIterator(const Held& held, std::ptrdiff_t at) : held_(&held), at_(at) {}
  value_type operator*() const { return (*held_)[static_cast<std::size_t>(at_)]; }
  value_type operator[](std::ptrdiff_t by) const { return *(*this + by); }
  IndexIterator& operator+=(std::ptrdiff_t by) {
    at_ += by;
    return *this;
  }
  IndexIterator& operator-=(std::ptrdiff_t by) { return *this += -by; }
  IndexIterator& operator++() { return *this += 1; }
  IndexIterator& operator--() { return *this += -1; }
  IndexIterator operator++(int) { return std::exchange(*this, *this + 1); }
  IndexIterator operator--(int) { return std::exchange(*this, *this - 1); }
  friend IndexIterator operator+(IndexIterator a, std::ptrdiff_t by) { return a += by; }
  friend IndexIterator operator+(std::ptrdiff_t by, IndexIterator a) { return a += by; }
  friend IndexIterator operator-(IndexIterator a, std::ptrdiff_t by) { return a -= by; }
  friend std::ptrdiff_t operator-(IndexIterator a, IndexIterator b) { return a.at_ - b.at_; }
  friend bool operator==(IndexIterator a, IndexIterator b) { return a.at_ == b.at_; }
  friend auto operator<=>(IndexIterator a, IndexIterator b) { return a.at_ <=> b.at_; }

 private:
  const Held* held_ = nullptr;
  std::ptrdiff_t at_ = 0;
};

/// Integers from `Least` on, held in as few bytes each as the largest of them needs: 1, 2 or 4. Becomes wider by
/// itself.
template <typename Value, Value Least = 0>
class PackedIntegers {
 public:
  using value_type = Value;
  using iterator = IndexIterator<PackedIntegers>;
  using const_iterator = iterator;

  /// The values where they lie: what a hot loop takes instead of operator[] of the whole.
  template <typename Stored>
  class View {
   public:
    explicit View(std::span<const Stored> stored) : stored_(stored) {}
    [[nodiscard]] std::size_t size() const { return stored_.size(); }
    [[nodiscard]] Value operator[](std::size_t i) const { return static_cast<Value>(std::int64_t{stored_[i]} + Least); }
    /// Value − Least, as it is held.
    [[nodiscard]] std::span<const Stored> stored() const { return stored_; }

   private:
    std::span<const Stored> stored_;
  };

  PackedIntegers() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): a list of integers is one of packed integers
  PackedIntegers(std::initializer_list<Value> values) { append(std::span(values.begin(), values.size())); }
  // NOLINTNEXTLINE(google-explicit-constructor)
  PackedIntegers(const std::vector<Value>& values) { append(values); }

  /// `rows` of them, made by value(row). @param values  all are less than so much above `Least`
  template <typename Make>
  static PackedIntegers made_of(std::size_t rows, std::size_t values, const Make& value) {
    PackedIntegers made;
    made.widen_for(static_cast<std::uint32_t>(values == 0 ? 0 : values - 1));
    std::visit(
        [&](auto& stored) {
          stored.resize(rows);
          for (std::size_t row = 0; row < rows; ++row) put(stored[row], offset_of(value(row)));
        },
        made.held_);
    return made;
  }

  [[nodiscard]] std::size_t size() const {
    return std::visit([](const auto& stored) { return stored.size(); }, held_);
  }
  [[nodiscard]] bool empty() const { return size() == 0; }
  [[nodiscard]] Value operator[](std::size_t i) const {
    if (const auto* bytes = std::get_if<0>(&held_)) return value_of((*bytes)[i]);
    if (const auto* pairs = std::get_if<1>(&held_)) return value_of((*pairs)[i]);
    return value_of((*std::get_if<2>(&held_))[i]);
  }
  [[nodiscard]] Value front() const { return (*this)[0]; }
  [[nodiscard]] Value back() const { return (*this)[size() - 1]; }
  [[nodiscard]] iterator begin() const { return {*this, 0}; }
  [[nodiscard]] iterator end() const { return {*this, static_cast<std::ptrdiff_t>(size())}; }
  [[nodiscard]] std::vector<Value> to_vector() const { return {begin(), end()}; }
  /// Calls use(View) and gives what it returns.
  template <typename Use>
  decltype(auto) visit(const Use& use) const {
    if (const auto* bytes = std::get_if<0>(&held_)) return use(View(std::span(*bytes)));
    if (const auto* pairs = std::get_if<1>(&held_)) return use(View(std::span(*pairs)));
    return use(View(std::span(*std::get_if<2>(&held_))));
  }

  void reserve(std::size_t rows) {
    reserved_ = rows;
    std::visit([&](auto& stored) { stored.reserve(rows); }, held_);
  }
  void append(std::span<const Value> values) {
    std::uint32_t largest = 0;
    for (const Value value : values) largest = std::max(largest, offset_of(value));
    widen_for(largest);
    std::visit(
        [&](auto& stored) {
          const std::size_t first = stored.size();
          stored.resize(first + values.size());
          for (std::size_t i = 0; i < values.size(); ++i) put(stored[first + i], offset_of(values[i]));
        },
        held_);
  }
  void push_back(Value value) {
    const std::uint32_t offset = offset_of(value);
    widen_for(offset);
    std::visit([&](auto& stored) { put(stored.emplace_back(), offset); }, held_);
  }
  void set(std::size_t i, Value value) {
    const std::uint32_t offset = offset_of(value);
    widen_for(offset);
    std::visit([&](auto& stored) { put(stored[i], offset); }, held_);
  }
  /// Replaces every value by map(value).
  template <typename Map>
  void transform(const Map& map) {
    std::size_t done = 0;
    std::visit(
        [&](auto& stored) {
          constexpr auto kMost =
              std::numeric_limits<typename std::remove_reference_t<decltype(stored)>::value_type>::max();
          for (; done < stored.size(); ++done) {
            const std::uint32_t offset = offset_of(map(value_of(stored[done])));
            if (offset > kMost) return;
            put(stored[done], offset);
          }
        },
        held_);
    for (; done < size(); ++done) set(done, map((*this)[done]));  // the rest is wider
  }
  /// Keeps the values whose flag is not 0. @param kept  [size]
  void filter(std::span<const std::uint8_t> kept) {
    std::visit(
        [&](auto& stored) {
          std::size_t next = 0;
          for (std::size_t i = 0; i < stored.size(); ++i)
            if (kept[i] != 0) stored[next++] = stored[i];
          stored.resize(next);
        },
        held_);
  }
  /// @param value  of the new ones, where there are more now
  void resize(std::size_t rows, Value value = Least) {
    const std::uint32_t offset = offset_of(value);
    widen_for(offset);
    std::visit(
        [&](auto& stored) {
          typename std::remove_reference_t<decltype(stored)>::value_type fill{};
          put(fill, offset);
          stored.resize(rows, fill);
        },
        held_);
  }
  void shrink_to_fit() {
    std::visit([](auto& stored) { stored.shrink_to_fit(); }, held_);
  }
  void clear() { *this = PackedIntegers(); }

  bool operator==(const PackedIntegers& other) const {
    if (size() != other.size()) return false;
    for (std::size_t i = 0; i < size(); ++i)
      if ((*this)[i] != other[i]) return false;
    return true;
  }

 private:
  template <typename Stored>
  static Value value_of(Stored stored) {
    return static_cast<Value>(std::int64_t{stored} + Least);
  }
  static std::uint32_t offset_of(Value value) { return static_cast<std::uint32_t>(std::int64_t{value} - Least); }
  template <typename Stored>
  static void put(Stored& place, std::uint32_t offset) {
    place = static_cast<Stored>(offset);
  }

  void widen_for(std::uint32_t offset) {
    if (held_.index() == 0 && offset > std::numeric_limits<std::uint8_t>::max()) widen<std::uint16_t>();
    if (held_.index() == 1 && offset > std::numeric_limits<std::uint16_t>::max()) widen<std::uint32_t>();
  }
  template <typename Wider>
  void widen() {
    std::vector<Wider> wider;
    std::visit(
        [&](const auto& stored) {
          wider.reserve(std::max(reserved_, stored.size()));
          for (const auto one : stored) wider.push_back(static_cast<Wider>(one));
        },
        held_);
    held_ = std::move(wider);
  }

  std::variant<std::vector<std::uint8_t>, std::vector<std::uint16_t>, std::vector<std::uint32_t>> held_;
  std::size_t reserved_ = 0;
};

}  // namespace errata::table
