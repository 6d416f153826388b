#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "errata/base/error.h"
#include "errata/improve/task.h"

namespace errata::improve {

/// Sums and differences of whole numbers: "348+57=", "12-905=". The number of digits of each operand is drawn first, so
/// that short and long ones are equally frequent, then the number. Answers are written from the last digit to the
/// first, the sign behind them ("398-" for −893): so every digit follows from what stands before it. Features:
/// digits_a, digits_b, carries (of a difference: borrows, the larger less the smaller), negative. A variant has the
/// same skill and digits.
class Arithmetic : public Task {
 public:
  /// @param digits  of the longest operand, from 1 to 6
  [[nodiscard]] static Result<void> check(std::size_t digits);
  explicit Arithmetic(std::size_t digits = 3);

  [[nodiscard]] std::string_view name() const override { return "arithmetic"; }
  [[nodiscard]] std::string_view alphabet() const override { return "0123456789+-="; }
  [[nodiscard]] std::span<const std::string> skills() const override { return skills_; }
  [[nodiscard]] Question generate(std::size_t skill, Rng& rng) const override;
  [[nodiscard]] std::string reference(const Question& question) const override;
  [[nodiscard]] bool verify(const Question& question, std::string_view answer) const override;
  [[nodiscard]] Question variant(const Question& question, Rng& rng) const override;
  [[nodiscard]] std::vector<Feature> features(const Question& question) const override;

 private:
  std::size_t digits_;
  std::vector<std::string> skills_{"add", "sub"};
};

}  // namespace errata::improve
