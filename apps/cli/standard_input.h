#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "errata/base/error.h"

namespace errata::cli {

/// A log that another program writes to this one. Logs are read more than once, so what comes is kept in a temporary
/// file, which goes with the object.
///     StandardInput input;  ERRATA_TRY(input.take_place_of_dash(paths));
class StandardInput {
 public:
  static constexpr std::size_t kMost = std::size_t{1} << 30;  ///< bytes: a larger log belongs in a file

  StandardInput() = default;
  StandardInput(const StandardInput&) = delete;
  StandardInput& operator=(const StandardInput&) = delete;
  ~StandardInput();

  /// Where a path is "-", reads standard input to its end and puts the file's path there: lines of JSON when the first
  /// character is {, else delimited text. Nothing without a "-".
  /// @return data error when nothing comes or more than kMost; invalid_argument for a second "-"; output error when the
  /// file cannot be written
  [[nodiscard]] Result<void> take_place_of_dash(std::vector<std::string>& paths);

 private:
  std::filesystem::path folder_;
};

}  // namespace errata::cli
