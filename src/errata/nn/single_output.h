#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace errata::nn {

// Models of two classes often give one number a case: the logit of the second class, or its probability.

enum class SingleOutput : std::uint8_t {
  none,         ///< there are more numbers a case
  logit,        ///< σ(x) is the probability of the second class
  probability,  ///< of the second class
};

/// Which of both the numbers of some cases are: probabilities where all lie in [0, 1]. Never none.
[[nodiscard]] SingleOutput kind_of_single(std::span<const float> numbers);

/// Two numbers a case, in the order of the classes: 0 and x of a logit, whose softmax is σ(x); 1 − p and p of a
/// probability.
/// @param numbers  [n]  @return [n, 2]
[[nodiscard]] std::vector<float> two_of_single(std::span<const float> numbers, SingleOutput kind);

/// "one probability a case: taken as that of cat, and 1 minus it for dog"; nothing for none.
[[nodiscard]] std::string words_of_single(SingleOutput kind, std::string_view first_class,
                                          std::string_view second_class);

}  // namespace errata::nn
