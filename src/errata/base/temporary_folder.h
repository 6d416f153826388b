#pragma once

#include <string_view>

#include "errata/base/atomic_file.h"

namespace errata {

/// Makes a folder for temporary files (TMPDIR), which is removed with the object if it is empty by then.
/// @param purpose  a part of its name: errata-<purpose>-XXXXXX
/// @return output error naming what cannot be made
[[nodiscard]] Result<UnfinishedFile> make_temporary_folder(std::string_view purpose);

}  // namespace errata
