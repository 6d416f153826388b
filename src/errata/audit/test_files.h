#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace errata::audit {

/// A folder of a test's own, gone when the test ends.
class TestFiles {
 public:
  TestFiles() {
    std::string pattern = (std::filesystem::temp_directory_path() / "errata_audit_XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  TestFiles(const TestFiles&) = delete;
  TestFiles& operator=(const TestFiles&) = delete;
  ~TestFiles() { std::filesystem::remove_all(path_); }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  /// Writes a file, with the folders above it, and gives its path.
  [[nodiscard]] std::filesystem::path file(std::string_view name, std::string_view content) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << content;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

/// A folder of the real data, or an empty path when it is not there.
inline std::filesystem::path real_data_folder(std::string_view name) {
  const char* root = std::getenv("ERRATA_DATA");
  const std::filesystem::path folder = root != nullptr ? root : ERRATA_SOURCE_DIR "/../shared/data";
  return std::filesystem::exists(folder / name) ? folder : "";
}

}  // namespace errata::audit
