#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace errata {

/// A folder of a test's own, gone when the test ends.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::string path(std::string_view name) const { return (path_ / name).string(); }
  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  /// Writes a file, in folders that are made, and gives its path.
  [[nodiscard]] std::string file(std::string_view name, std::string_view content) const;
  /// How many files and folders stand in it.
  [[nodiscard]] std::size_t entries() const;

 private:
  std::filesystem::path path_;
};

/// The root of the checkout.
[[nodiscard]] std::filesystem::path source_folder();
/// Where `errata` and `errata-nn` of this build stand.
[[nodiscard]] std::filesystem::path program_folder();

/// The folder of real data, or an empty path when it does not hold `name`: ERRATA_DATA, else ../shared/data beside the
/// checkout.
[[nodiscard]] std::filesystem::path real_data_folder(std::string_view name);
/// A file of the real data, or an empty text when it is not there.
[[nodiscard]] std::string real_data(std::string_view name);

}  // namespace errata
