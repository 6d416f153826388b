#pragma once

#include <cstdio>
#include <string>

#include "errata/base/error.h"

namespace errata::engine_nn {

/// Can a shared library be loaded, and does it have errata_allocate (errata_allocator.h)? Its own code runs.
/// @return data error with the loader's words
[[nodiscard]] Result<void> check_allocator_library(const std::string& place);

/// Answers questions (docs/formats/allocator-protocol.md) by a library until there are no more.
/// @param questions, answers  a line each; nothing else may write to `answers`
/// @return data error of the library, or of a line that is no question
[[nodiscard]] Result<void> serve_allocator_library(const std::string& place, std::FILE* questions, std::FILE* answers);

}  // namespace errata::engine_nn
