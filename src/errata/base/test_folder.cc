#include "errata/base/test_folder.h"

#include <cstdlib>
#include <fstream>
#include <system_error>

namespace errata {

namespace fs = std::filesystem;

TestFolder::TestFolder() {
  std::string pattern = (fs::temp_directory_path() / "errata_test_XXXXXX").string();
  path_ = ::mkdtemp(pattern.data());
}

TestFolder::~TestFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string TestFolder::file(std::string_view name, std::string_view content) const {
  fs::create_directories((path_ / name).parent_path());
  std::ofstream(path_ / name, std::ios::binary) << content;
  return path(name);
}

std::size_t TestFolder::entries() const {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(path_), fs::directory_iterator()));
}

fs::path real_data_folder(std::string_view name) {
  const char* root = std::getenv("ERRATA_DATA");
  const fs::path folder = root != nullptr && *root != '\0' ? fs::path(root) : source_folder() / "../shared/data";
  return fs::exists(folder / name) ? folder : "";
}

std::string real_data(std::string_view name) {
  const fs::path folder = real_data_folder(name);
  return folder.empty() ? "" : fs::absolute(folder / name).lexically_normal().string();
}

}  // namespace errata
