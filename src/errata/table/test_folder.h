#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace errata::table {

/// A folder of a test's own, gone when the test ends.
class TestFolder {
 public:
  TestFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "errata_table_XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  [[nodiscard]] std::string path(std::string_view name) const { return (path_ / name).string(); }
  /// Writes a file and gives its path.
  [[nodiscard]] std::string file(std::string_view name, std::string_view content) const {
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name);
  }
  [[nodiscard]] std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path_), {}));
  }

 private:
  std::filesystem::path path_;
};

/// A file of the real data, or an empty path when it is not there.
inline std::string real_data(std::string_view name) {
  const char* root = std::getenv("ERRATA_DATA");
  const std::filesystem::path folder = root != nullptr ? root : ERRATA_SOURCE_DIR "/../shared/data";
  const std::filesystem::path file = folder / name;
  return std::filesystem::exists(file) ? file.string() : "";
}

}  // namespace errata::table
