#include "errata/base/temporary_folder.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace errata {

Result<UnfinishedFile> make_temporary_folder(std::string_view purpose) {
  std::error_code error;
  const auto temporary = std::filesystem::temp_directory_path(error);
  if (error) return output_error(fmt::format("there is no folder for temporary files (TMPDIR): {}", error.message()));
  std::string name = (temporary / fmt::format("errata-{}-XXXXXX", purpose)).string();
  if (::mkdtemp(name.data()) == nullptr) return output_error(fmt::format("{}: no folder can be made there", name));
  return UnfinishedFile(name);
}

}  // namespace errata
