#include "errata/improve/arithmetic.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace errata::improve {
namespace {

constexpr std::size_t kMostDigits = 6;

struct Operands {
  std::int64_t a = 0, b = 0;
};

std::int64_t power_of_ten(std::size_t digits) {
  std::int64_t power = 1;
  for (std::size_t i = 0; i < digits; ++i) power *= 10;
  return power;
}

/// A number of so many digits, without leading zeros; of one digit also 0.
std::int64_t number_of(std::size_t digits, Rng& rng) {
  const std::int64_t least = digits == 1 ? 0 : power_of_ten(digits - 1);
  return least + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(power_of_ten(digits) - least)));
}

std::size_t digits_of(std::int64_t value) { return fmt::formatted_size("{}", value); }

char sign_of(std::size_t skill) { return skill == 0 ? '+' : '-'; }

Question written(std::size_t skill, Operands of) {
  return {.skill = skill, .prompt = fmt::format("{}{}{}=", of.a, sign_of(skill), of.b)};
}

/// The operands of a prompt that generate() wrote.
Operands parsed(const Question& question) {
  Operands of;
  const char* const end = question.prompt.data() + question.prompt.size();
  const auto first = std::from_chars(question.prompt.data(), end, of.a);
  ERRATA_CHECK(first.ec == std::errc() && first.ptr != end && *first.ptr == sign_of(question.skill));
  const auto second = std::from_chars(first.ptr + 1, end, of.b);
  ERRATA_CHECK(second.ec == std::errc());
  return of;
}

/// Places at which a sum carries, or the difference of the larger and the smaller borrows.
std::size_t carries_of(Operands of, bool borrows) {
  if (borrows && of.a < of.b) std::swap(of.a, of.b);
  std::size_t count = 0;
  std::int64_t carry = 0;
  for (; of.a > 0 || of.b > 0; of.a /= 10, of.b /= 10) {
    const std::int64_t x = of.a % 10, y = of.b % 10;
    carry = borrows ? (x - y - carry < 0 ? 1 : 0) : (x + y + carry > 9 ? 1 : 0);
    count += static_cast<std::size_t>(carry);
  }
  return count;
}

}  // namespace

Result<void> Arithmetic::check(std::size_t digits) {
  if (digits < 1 || digits > kMostDigits)
    return invalid_argument(fmt::format("digits {} are not from 1 to {}", digits, kMostDigits));
  return {};
}

Arithmetic::Arithmetic(std::size_t digits) : digits_(digits) { ERRATA_CHECK(check(digits)); }

Question Arithmetic::generate(std::size_t skill, Rng& rng) const {
  Operands of;
  of.a = number_of(1 + rng.below(digits_), rng);
  of.b = number_of(1 + rng.below(digits_), rng);
  return written(skill, of);
}

std::string Arithmetic::reference(const Question& question) const {
  const Operands of = parsed(question);
  std::string text = fmt::format("{}", question.skill == 0 ? of.a + of.b : of.a - of.b);
  std::ranges::reverse(text);
  return text;
}

bool Arithmetic::verify(const Question& question, std::string_view answer) const {
  return answer == reference(question);
}

Question Arithmetic::variant(const Question& question, Rng& rng) const {
  Operands of = parsed(question);
  of.a = number_of(digits_of(of.a), rng);
  of.b = number_of(digits_of(of.b), rng);
  return written(question.skill, of);
}

std::vector<Feature> Arithmetic::features(const Question& question) const {
  const Operands of = parsed(question);
  const bool sum = question.skill == 0;
  return {{.name = "digits_a", .value = fmt::format("{}", digits_of(of.a))},
          {.name = "digits_b", .value = fmt::format("{}", digits_of(of.b))},
          {.name = "carries", .value = fmt::format("{}", carries_of(of, !sum))},
          {.name = "negative", .value = !sum && of.a < of.b ? "yes" : "no"}};
}

}  // namespace errata::improve
