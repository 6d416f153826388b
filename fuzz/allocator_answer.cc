// The answers of an allocator from outside (docs/formats/allocator-protocol.md): the first four bytes are the question:
// height and width of the picture, less one, the total, and its number. An answer that is taken keeps all limits, and
// reads again the same where it is written by Errata; what is wrong with another is told in UTF-8.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/utf8.h"
#include "errata/engine_nn/allocator_protocol.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace errata;
  constexpr std::size_t kQuestion = 4, kTokensAStep = 200;
  if (size < kQuestion) return 0;
  const image::Picture picture{
      .height = data[0] + std::size_t{1}, .width = data[1] + std::size_t{1}, .channels = 3, .bytes = {}};
  const checklist::Task task{.picture = &picture, .query = {}, .total = (data[2] + 1) * kTokensAStep};
  const std::uint64_t id = data[3];
  const std::string_view line(reinterpret_cast<const char*>(data) + kQuestion, size - kQuestion);
  const checklist::Answer answer = engine_nn::parse_answer(line, id, task);
  if (!answer) {
    ERRATA_CHECK(with_broken_bytes_shown(answer.error().message) == answer.error().message);
    return 0;
  }
  ERRATA_CHECK(answer->positions.size() == answer->budgets.size() && answer->positions.size() <= checklist::kPositions);
  ERRATA_CHECK(answer->tokens() <= task.total);
  std::vector<std::uint32_t> sorted = answer->positions;
  std::ranges::sort(sorted);
  ERRATA_CHECK(std::ranges::adjacent_find(sorted) == sorted.end());
  ERRATA_CHECK(sorted.empty() || sorted.back() < answer->grid.count());
  ERRATA_CHECK(std::ranges::all_of(answer->budgets, [](std::size_t tokens) { return tokens >= 1; }));
  const std::vector<std::uint64_t> budgets(answer->budgets.begin(), answer->budgets.end());
  const auto again = engine_nn::parse_answer(engine_nn::answer_line(id, answer->positions, budgets), id, task);
  ERRATA_CHECK(again && again->positions == answer->positions && again->budgets == answer->budgets);
  return 0;
}
