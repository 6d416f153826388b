#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/checklist/allocators.h"
#include "errata/checklist/outsider.h"

// The lines that Errata and an allocator of the user's exchange (docs/formats/allocator-protocol.md).
namespace errata::engine_nn {

/// What is asked of an allocator: a line of JSON.
struct AllocatorQuestion {
  std::uint64_t id = 0;
  std::string image;  ///< place of a PNG file
  std::string query;
  std::size_t width = 0, height = 0, patch = 0, rows = 0, columns = 0;
  std::size_t max_positions = 0, max_tokens = 0;
  std::optional<checklist::Frame> frame{};
  std::vector<std::uint32_t> examined{};
};
/// @param image  place of the task's picture
[[nodiscard]] AllocatorQuestion question_of(const checklist::Task& task, std::uint64_t id, std::string image);
/// Without the end of the line. Keys in a fixed order.
[[nodiscard]] std::string line_of(const AllocatorQuestion& question);
/// The question of a line, for whoever answers in C++. @return data error saying what is wrong
[[nodiscard]] Result<AllocatorQuestion> parse_question(std::string_view line);

/// The allocation of a line that answers a question about a task, or what is wrong with it. Whatever the line holds.
[[nodiscard]] checklist::Answer parse_answer(std::string_view line, std::uint64_t id, const checklist::Task& task);

/// A line that answers. @param budgets  [positions]
[[nodiscard]] std::string answer_line(std::uint64_t id, const std::vector<std::uint32_t>& positions,
                                      const std::vector<std::uint64_t>& budgets);
/// A line that says why there is no answer.
[[nodiscard]] std::string refusal_line(std::uint64_t id, std::string_view why);

}  // namespace errata::engine_nn
