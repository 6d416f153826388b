#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "errata/language/model.h"

namespace errata::language {

/// The content of config.json of a model, and what it says. Both layouts of transformers are read: rope_theta and
/// rope_scaling (up to 4), rope_parameters (5).
/// @return data error naming `place` and the field: another family, what is not computed here (YaRN, sliding windows,
///     another activation, quantised weights), sizes that check() refuses
[[nodiscard]] std::string config_content(const ModelConfig& config);
[[nodiscard]] Result<ModelConfig> parse_config(std::string_view content, std::string_view place);

/// eos_token_id of generation_config.json, a number or a list; empty where it has none.
[[nodiscard]] Result<std::vector<std::int32_t>> parse_ends(std::string_view content, std::string_view place);

}  // namespace errata::language
