#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace errata::e2e {

/// Exit statuses of a wrong command, of data that cannot be used and of output that cannot be written.
inline constexpr int kUsage = 2, kData = 3, kOutput = 3;

/// What a run of the binary said.
struct Outcome {
  int status = -1;  ///< exit status; 128 + signal when it was killed
  std::string out, err;
};

/// A folder of its own that a test works in; it disappears with the object.
class Workplace {
 public:
  Workplace();
  ~Workplace();
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;

  /// Runs `errata` with arguments in this folder; standard output goes to a file there unless `out` names another.
  [[nodiscard]] Outcome run(const std::vector<std::string>& arguments, const std::string& out = "") const;
  /// Runs a shell line in this folder; $ERRATA is the binary.
  [[nodiscard]] Outcome shell(const std::string& line) const;
  void write(const std::string& name, const std::string& content) const;
  [[nodiscard]] std::string read(const std::string& name) const;
  [[nodiscard]] std::string path(const std::string& name) const;
  /// Names of everything in this folder, sorted.
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  std::filesystem::path folder_;
  std::filesystem::path said_;  ///< where output is caught, outside the folder
};

/// Columns of a terminal that the widest line of a text takes.
[[nodiscard]] std::size_t longest_line(const std::string& text);

/// A file of the shared data, or nothing when the data is not there.
[[nodiscard]] std::optional<std::string> shared_data(const std::string& name);

}  // namespace errata::e2e

/// Skips the test without the file, saying which.
#define ERRATA_NEEDS_DATA(variable, name)                                                           \
  const auto variable##_found = ::errata::e2e::shared_data(name);                                   \
  if (!variable##_found) GTEST_SKIP() << "needs " << (name) << " in the shared data (ERRATA_DATA)"; \
  const std::string& variable = *variable##_found
