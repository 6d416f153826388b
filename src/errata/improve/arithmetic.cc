#include "errata/improve/arithmetic.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <utility>

#include "errata/improve/task_match.h"

namespace errata::improve {
namespace {

constexpr std::size_t kMostDigits = 6;
constexpr std::array<std::string_view, 4> kArithmeticSkills{"add", "sub", "mul", "chain"};
constexpr std::int64_t kMostAdditions = 9;  ///< the factor of a product that is made of sums
constexpr std::string_view kWhatIs = "What is ";
constexpr std::size_t kSentence = 48;  ///< room for a model that says more than the number

/// Numbers with a sign between each two, computed from the left.
struct Expression {
  std::vector<std::int64_t> numbers;
  std::string signs;
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

std::string prompt_of(const Expression& of, Writing writing) {
  const bool forwards = writing == Writing::forwards;
  std::string text = fmt::format("{}{}", forwards ? kWhatIs : "", of.numbers[0]);
  for (std::size_t i = 0; i < of.signs.size(); ++i)
    text += forwards ? fmt::format(" {} {}", of.signs[i], of.numbers[i + 1])
                     : fmt::format("{}{}", of.signs[i], of.numbers[i + 1]);
  return text + (forwards ? '?' : '=');
}

/// What a prompt that prompt_of() wrote says.
Expression parsed(const Question& question) {
  std::string text = question.prompt;
  if (text.starts_with(kWhatIs)) text.erase(0, kWhatIs.size());
  std::erase(text, ' ');
  Expression of;
  const char* at = text.data();
  const char* const end = at + text.size();
  for (;;) {
    const auto read = std::from_chars(at, end, of.numbers.emplace_back());
    ERRATA_CHECK(read.ec == std::errc() && read.ptr != end);
    if (*read.ptr == '=' || *read.ptr == '?') return of;
    of.signs += *read.ptr;
    at = read.ptr + 1;
  }
}

std::int64_t computed(std::int64_t a, char sign, std::int64_t b) {
  if (sign == '+') return a + b;
  return sign == '-' ? a - b : a * b;
}

std::int64_t value_of(const Expression& of) {
  std::int64_t value = of.numbers[0];
  for (std::size_t i = 0; i < of.signs.size(); ++i) value = computed(value, of.signs[i], of.numbers[i + 1]);
  return value;
}

/// Reversed, 893 is "398" and −893 is "398-".
std::string answer_of(std::int64_t value, Writing writing) {
  std::string text = fmt::format("{}", value);
  if (writing == Writing::reversed) std::ranges::reverse(text);
  return text;
}

/// The number that an answer says: reversed, nothing for what answer_of() never writes; forwards, the last one.
std::optional<std::int64_t> number_in(std::string_view answer, Writing writing) {
  const bool reversed = writing == Writing::reversed;
  std::string text = reversed ? std::string(answer) : last_number(answer).value_or("");
  if (reversed) std::ranges::reverse(text);
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (read.ec != std::errc() || read.ptr != end || (reversed && answer_of(value, writing) != answer))
    return std::nullopt;
  return value;
}

/// Columns that carry in a sum, that borrow in the difference of the larger and the smaller, or that carry in a
/// product.
std::size_t carries_of(std::int64_t a, char sign, std::int64_t b) {
  if (sign == '-' && a < b) std::swap(a, b);
  std::size_t count = 0;
  std::int64_t carry = 0;
  if (sign == '*') {
    const std::int64_t by = std::min(a, b);  // column by column of the longer number
    for (std::int64_t rest = std::max(a, b); rest > 0; rest /= 10) {
      carry = (rest % 10 * by + carry) / 10;
      count += carry > 0 ? 1 : 0;
    }
    return count;
  }
  for (; a > 0 || b > 0; a /= 10, b /= 10) {
    const std::int64_t x = a % 10, y = b % 10;
    carry = sign == '-' ? (x - y - carry < 0 ? 1 : 0) : (x + y + carry > 9 ? 1 : 0);
    count += static_cast<std::size_t>(carry);
  }
  return count;
}

}  // namespace

std::string_view name_of(Writing writing) { return writing == Writing::reversed ? "reversed" : "forwards"; }

Result<void> Arithmetic::check_options(std::size_t digits, const std::vector<std::string>& skills) {
  if (digits < 1 || digits > kMostDigits)
    return invalid_argument(fmt::format("digits {} are not from 1 to {}", digits, kMostDigits));
  for (const std::string& skill : skills)
    if (std::ranges::find(kArithmeticSkills, skill) == kArithmeticSkills.end())
      return invalid_argument(fmt::format("skill '{}' is none of {}", skill, fmt::join(kArithmeticSkills, ", ")));
  if (skills.empty() || std::set(skills.begin(), skills.end()).size() != skills.size())
    return invalid_argument(fmt::format("skills '{}': different ones of {} are needed, at least one",
                                        fmt::join(skills, ","), fmt::join(kArithmeticSkills, ", ")));
  return {};
}

Arithmetic::Arithmetic(std::size_t digits, std::vector<std::string> skills, Writing writing)
    : digits_(digits), skills_(std::move(skills)), writing_(writing), alphabet_("0123456789+-=") {
  ERRATA_CHECK(check_options(digits_, skills_));
  if (has("mul")) alphabet_ += '*';
  if (writing_ == Writing::forwards) alphabet_ += "? Whatis";
}

bool Arithmetic::has(std::string_view skill) const { return std::ranges::find(skills_, skill) != skills_.end(); }

Question Arithmetic::asked(std::string_view skill, std::int64_t a, std::int64_t b) const {
  const char sign = skill == "add" ? '+' : skill == "sub" ? '-' : '*';
  return {.skill = skill_of(*this, skill), .prompt = prompt_of({.numbers = {a, b}, .signs = {sign}}, writing_)};
}

bool Arithmetic::is_operand(std::int64_t value) const { return value >= 0 && value < power_of_ten(digits_); }

Question Arithmetic::generate(std::size_t skill, Rng& rng) const {
  const auto draw = [&] { return number_of(1 + rng.below(digits_), rng); };
  const auto sign = [&] { return rng.bernoulli(0.5) ? '+' : '-'; };
  const std::string& name = skills_[skill];
  if (name == "chain") {
    for (;;) {
      const Expression of{.numbers = {draw(), draw(), draw()}, .signs = {sign(), sign()}};
      if (is_operand(computed(of.numbers[0], of.signs[0], of.numbers[1])))
        return {.skill = skill, .prompt = prompt_of(of, writing_)};
    }
  }
  if (name == "mul") {
    const std::size_t first = 1 + rng.below(std::max<std::size_t>(1, digits_ - 1));
    const std::size_t second = 1 + rng.below(std::max<std::size_t>(1, digits_ - std::min(digits_, first)));
    const std::int64_t a = number_of(first, rng), b = number_of(second, rng);
    return asked(name, a, b);
  }
  const std::int64_t a = draw(), b = draw();
  return asked(name, a, b);
}

std::string Arithmetic::reference(const Question& question) const {
  return answer_of(value_of(parsed(question)), writing_);
}

bool Arithmetic::verify(const Question& question, std::string_view answer) const {
  return meaning(answer) == reference(question);
}

std::string_view Arithmetic::note() const {
  return writing_ == Writing::forwards
             ? ""
             : "Answers are written from the last digit to the first, the sign behind: 504 is four hundred and five.";
}

std::string Arithmetic::meaning(std::string_view answer) const {
  if (writing_ == Writing::reversed) return std::string(answer);
  return last_number(answer).value_or(std::string(answer));
}

Question Arithmetic::variant(const Question& question, Rng& rng) const {
  const Expression of = parsed(question);
  for (;;) {
    Expression other = of;
    for (std::int64_t& number : other.numbers) number = number_of(digits_of(number), rng);
    if (of.signs.size() == 1 || is_operand(computed(other.numbers[0], other.signs[0], other.numbers[1])))
      return {.skill = question.skill, .prompt = prompt_of(other, writing_)};
  }
}

std::vector<Feature> Arithmetic::features(const Question& question) const {
  const Expression of = parsed(question);
  std::size_t carries = 0;
  std::int64_t value = of.numbers[0];
  for (std::size_t i = 0; i < of.signs.size(); ++i) {
    carries += carries_of(value, of.signs[i], of.numbers[i + 1]);
    value = computed(value, of.signs[i], of.numbers[i + 1]);
  }
  const auto digits = [&](std::size_t i) { return fmt::format("{}", digits_of(of.numbers[i])); };
  std::vector<Feature> features{{.name = "digits_a", .value = digits(0)}, {.name = "digits_b", .value = digits(1)}};
  if (has("chain")) features.push_back({.name = "digits_c", .value = of.numbers.size() > 2 ? digits(2) : "0"});
  features.push_back({.name = "carries", .value = fmt::format("{}", carries)});
  features.push_back({.name = "negative", .value = value < 0 ? "yes" : "no"});
  return features;
}

std::size_t Arithmetic::longest_prompt() const {
  const std::size_t operands = has("chain") ? 3 : 2;
  if (writing_ == Writing::forwards) return kWhatIs.size() + operands * (digits_ + 3);
  return operands * (digits_ + 1);  // a sign or "=" behind each
}

std::size_t Arithmetic::usual_longest_answer() const {
  return writing_ == Writing::forwards ? kSentence : digits_ + 1;  // a carry, or a sign
}

std::optional<Check> Arithmetic::check(const Question& question, std::string_view answer) const {
  const Expression of = parsed(question);
  const std::int64_t a = of.numbers[0], b = of.numbers[1];
  const std::string& skill = skills_[question.skill];
  const auto value = number_in(answer, writing_);
  if (skill == "add" || skill == "mul")
    return Check{.ask = value ? std::optional(asked(skill, b, a)) : std::nullopt, .expected = std::string(answer)};
  if (skill != "sub" || !has("add")) return std::nullopt;
  // a − b = c where c + b = a; of a negative c where a + |c| = b.
  if (!value || !is_operand(std::abs(*value))) return Check{.ask = std::nullopt, .expected = {}};
  if (*value >= 0) return Check{.ask = asked("add", *value, b), .expected = answer_of(a, writing_)};
  return Check{.ask = asked("add", a, -*value), .expected = answer_of(b, writing_)};
}

std::optional<Question> Arithmetic::inverse(const Question& like, Rng& rng) const {
  if (skills_[like.skill] != "sub" || !has("add")) return std::nullopt;
  const Expression of = parsed(like);
  // Of a − b = c the smaller number and the difference are drawn.
  const auto [low, high] = std::ranges::minmax(of.numbers);
  const std::int64_t least = of.numbers[0] < of.numbers[1] ? 1 : 0;  // what is negative is not 0
  const auto range = static_cast<std::uint64_t>(power_of_ten(digits_of(high)) - least);
  const std::int64_t smaller = number_of(digits_of(low), rng);
  return asked("add", smaller, least + static_cast<std::int64_t>(rng.below(range)));
}

std::optional<Lesson> Arithmetic::inverted(const Question& like, const Question& asked_question,
                                           std::string_view answer) const {
  const Expression of = parsed(like), sum = parsed(asked_question);
  const auto larger = number_in(answer, writing_);
  if (!larger || *larger < 0 || digits_of(*larger) != digits_of(std::ranges::max(of.numbers))) return std::nullopt;
  const std::int64_t smaller = sum.numbers[0], difference = sum.numbers[1];
  if (of.numbers[0] < of.numbers[1])
    return Lesson{.question = asked("sub", smaller, *larger), .answer = answer_of(-difference, writing_)};
  return Lesson{.question = asked("sub", *larger, smaller), .answer = answer_of(difference, writing_)};
}

std::size_t Arithmetic::steps(const Question& question) const {
  const std::string& skill = skills_[question.skill];
  const Expression of = parsed(question);
  if (skill == "chain") {
    const auto known = [&](char sign) { return has(sign == '+' ? "add" : "sub"); };
    return std::ranges::all_of(of.signs, known) ? 2 : 0;
  }
  const std::int64_t times = std::ranges::min(of.numbers);
  if (skill != "mul" || !has("add") || times > kMostAdditions) return 0;
  return static_cast<std::size_t>(std::max<std::int64_t>(1, times - 1));
}

std::optional<Question> Arithmetic::step(const Question& question, std::span<const std::string> answers) const {
  const Expression of = parsed(question);
  const auto before = answers.empty() ? std::optional<std::int64_t>() : number_in(answers.back(), writing_);
  if (!answers.empty() && !(before && is_operand(*before))) return std::nullopt;
  if (skills_[question.skill] == "chain") {
    const std::size_t at = answers.size();
    return asked(of.signs[at] == '+' ? "add" : "sub", before.value_or(of.numbers[0]), of.numbers[at + 1]);
  }
  // a · 0 = 0 + 0, a · 1 = a + 0, a · 2 = a + a, and then a more each time.
  const auto [times, number] = std::ranges::minmax(of.numbers);
  if (before) return asked("add", *before, number);
  return asked("add", times > 0 ? number : 0, times > 1 ? number : 0);
}

}  // namespace errata::improve
