#pragma once

#include <cstdint>
#include <filesystem>

#include "errata/base/error.h"

namespace errata::readers {

/// Files of the models that come with Errata (docs/decisions/0016-real-readers.md).
enum class ModelFile : std::uint8_t { text_detector, text_reader, text_reader_characters, face_detector };

/// Looks in share/errata/models beside the program's folder, then in it: an installed program has the first, a program
/// in a build folder either.
/// @return the file, or unavailable naming it and the command that brings it
[[nodiscard]] Result<std::filesystem::path> find_model(ModelFile model);

/// Likewise from a program that stands in `folder`.
[[nodiscard]] Result<std::filesystem::path> find_model(ModelFile model, const std::filesystem::path& folder);

}  // namespace errata::readers
