#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "errata/base/atomic_file.h"

namespace errata::cli {

/// Files that a verb will write. All are opened before the long work, so that a place that cannot be written is told
/// at once, and all appear together at its end or not at all.
class OutputFiles {
 public:
  /// @param inputs  logs as named by the user: no output may replace one of them
  explicit OutputFiles(std::span<const std::string> inputs) : inputs_(inputs.begin(), inputs.end()) {}

  /// Opens a place; nothing when it is empty or "-".
  [[nodiscard]] Result<void> open(const std::string& place);
  /// Fills a place that was opened; nothing for one that was not.
  [[nodiscard]] Result<void> write(const std::string& place, std::string_view content);
  /// Gives every file its name.
  [[nodiscard]] Result<void> commit();

 private:
  struct File {
    std::string place;
    AtomicFile file;
  };
  std::vector<std::string> inputs_;
  std::vector<File> files_;
};

/// What was written where, a line each behind an empty one; places that are empty or "-" are passed over.
/// @param places  a place and what it holds
[[nodiscard]] std::string places_text(std::initializer_list<std::pair<std::string_view, std::string_view>> places);

/// Can files be written into a folder, or the folder be made?
[[nodiscard]] Result<void> check_folder(const std::string& folder);

}  // namespace errata::cli
