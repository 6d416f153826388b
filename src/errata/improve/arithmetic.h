#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "errata/base/error.h"
#include "errata/improve/task.h"

namespace errata::improve {

/// How numbers are asked for and answered.
enum class Writing : std::uint8_t {
  reversed,  ///< "348+57=" and "504": every digit follows from what stands before it
  forwards,  ///< "What is 348 + 57?" and "405", or a reply whose last number that is: for models that read language
};
[[nodiscard]] std::string_view name_of(Writing writing);

/// Whole numbers added, subtracted, multiplied, and in chains of two steps: "348+57=", "12-905=", "47*8=",
/// "348-57+9=". The number of digits of each operand is drawn first, so that short and long ones are equally frequent,
/// then the number. Answers are written from the last digit to the first, the sign behind them ("398-" for −893), or
/// as people do (Writing). A product has at most as many digits as the longest operand (of one
/// digit: two); what a chain computes first is a whole number ≥ 0 that is no longer than an operand.
///
/// Features: digits_a, digits_b and, where there are chains, digits_c ("0" for others); carries (of a difference:
/// borrows, the larger less the smaller; of a product: columns that carry; of a chain: of both steps); negative. A
/// variant has the same skill and digits, a chain's also the same signs.
///
/// Identities: a sum is checked by its operands the other way round, a difference by adding; a difference is made from
/// a sum; a chain is two steps, and a product with a number of one digit is repeated addition, where the skills of the
/// steps are among those of the task.
class Arithmetic : public Task {
 public:
  /// @param digits  of the longest operand, from 1 to 6
  /// @param skills  different ones of add, sub, mul, chain, at least one
  [[nodiscard]] static Result<void> check_options(std::size_t digits, const std::vector<std::string>& skills);
  explicit Arithmetic(std::size_t digits = 3, std::vector<std::string> skills = {"add", "sub"},
                      Writing writing = Writing::reversed);

  [[nodiscard]] std::string_view name() const override { return "arithmetic"; }
  [[nodiscard]] std::string_view note() const override;
  [[nodiscard]] std::string_view alphabet() const override { return alphabet_; }
  [[nodiscard]] std::span<const std::string> skills() const override { return skills_; }
  [[nodiscard]] Question generate(std::size_t skill, Rng& rng) const override;
  [[nodiscard]] std::string reference(const Question& question) const override;
  [[nodiscard]] bool verify(const Question& question, std::string_view answer) const override;
  [[nodiscard]] Question variant(const Question& question, Rng& rng) const override;
  [[nodiscard]] std::vector<Feature> features(const Question& question) const override;
  [[nodiscard]] std::size_t longest_prompt() const override;
  [[nodiscard]] std::string meaning(std::string_view answer) const override;
  [[nodiscard]] std::optional<Check> check(const Question& question, std::string_view answer) const override;
  [[nodiscard]] std::optional<Question> inverse(const Question& like, Rng& rng) const override;
  [[nodiscard]] std::optional<Lesson> inverted(const Question& like, const Question& asked,
                                               std::string_view answer) const override;
  [[nodiscard]] std::size_t steps(const Question& question) const override;
  [[nodiscard]] std::optional<Question> step(const Question& question,
                                             std::span<const std::string> answers) const override;

 private:
  [[nodiscard]] std::size_t usual_longest_answer() const override;
  [[nodiscard]] bool has(std::string_view skill) const;
  /// A question of a skill of the task, by its name.
  [[nodiscard]] Question asked(std::string_view skill, std::int64_t a, std::int64_t b) const;
  [[nodiscard]] bool is_operand(std::int64_t value) const;

  std::size_t digits_;
  std::vector<std::string> skills_;
  Writing writing_;
  std::string alphabet_;
};

}  // namespace errata::improve
