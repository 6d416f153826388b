#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/language/training.h"

namespace errata::language {

/// A training as rank 0 tells the others of it: all but the numbers of model and adapter.
struct RanksWork {
  Model model;                     ///< of the right length, all 0
  std::optional<Adapter> adapter;  ///< what learns, where it is not the model
  TrainingOptions options;
};
[[nodiscard]] std::string work_content(const Model& model, const Adapter* adapter, const TrainingOptions& options);
/// @return data error for what is none
[[nodiscard]] Result<RanksWork> parse_work(std::string_view content);

/// A batch as whole numbers: of each example its length, where its answer begins, whether it is as the
/// model has it, and its tokens.
[[nodiscard]] std::vector<std::int32_t> batch_numbers(std::span<const Example> batch);
/// @return data error for numbers that are none
[[nodiscard]] Result<std::vector<Example>> parse_batch(std::span<const std::int32_t> numbers);

}  // namespace errata::language
