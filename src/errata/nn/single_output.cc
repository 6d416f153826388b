#include "errata/nn/single_output.h"

#include <fmt/format.h>

#include <algorithm>

namespace errata::nn {

SingleOutput kind_of_single(std::span<const float> numbers) {
  const bool shares = std::ranges::all_of(numbers, [](float x) { return x >= 0 && x <= 1; });
  return shares ? SingleOutput::probability : SingleOutput::logit;
}

std::vector<float> two_of_single(std::span<const float> numbers, SingleOutput kind) {
  std::vector<float> both;
  both.reserve(2 * numbers.size());
  for (const float x : numbers) both.insert(both.end(), {kind == SingleOutput::probability ? 1 - x : 0, x});
  return both;
}

std::string words_of_single(SingleOutput kind, std::string_view first_class, std::string_view second_class) {
  if (kind == SingleOutput::none) return {};
  const bool share = kind == SingleOutput::probability;
  return fmt::format("one {} a case: taken as that of {}, {} for {}", share ? "probability" : "logit", second_class,
                     share ? "and 1 minus it" : "with 0", first_class);
}

}  // namespace errata::nn
