#pragma once

#include <deque>
#include <span>
#include <type_traits>
#include <vector>

#include "errata/table/numbers.h"

namespace errata::table {

/// Numbers as doubles that lie side by side, for what needs spans of them: those that are held so where they are,
/// others as copies that live as long as this.
class Unpacked {
 public:
  Unpacked() = default;
  Unpacked(const Unpacked&) = delete;
  Unpacked& operator=(const Unpacked&) = delete;
  Unpacked(Unpacked&&) noexcept = default;  // what was given stays where it is
  Unpacked& operator=(Unpacked&&) noexcept = default;
  ~Unpacked() = default;

  [[nodiscard]] std::span<const double> of(const Numbers& numbers) {
    return numbers.visit([&](const auto& held) -> std::span<const double> {
      if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::vector<double>>) {
        return held;
      } else {
        return copies_.emplace_back(numbers.to_vector());
      }
    });
  }

 private:
  std::deque<std::vector<double>> copies_;
};

}  // namespace errata::table
