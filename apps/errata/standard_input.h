#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "errata/base/atomic_file.h"
#include "errata/base/cancellation.h"
#include "errata/base/error.h"

namespace errata::cli {

/// A log that another program writes to this one. Logs are read more than once, so what comes is kept in a temporary
/// file, which goes with the object.
///     StandardInput input;  ERRATA_TRY(input.take_place_of_dash(paths, console.stop()));
class StandardInput {
 public:
  static constexpr std::size_t kMost = std::size_t{1} << 30;  ///< bytes: a larger log belongs in a file

  /// Where a path is "-", reads standard input to its end and puts the file's path there: lines of JSON when the first
  /// character is {, else delimited text. Nothing without a "-".
  /// @return data error when nothing comes or more than kMost; invalid_argument for a second "-"; output error when the
  /// file cannot be written
  /// @throws Cancelled when `stop` is requested while it reads
  [[nodiscard]] Result<void> take_place_of_dash(std::vector<std::string>& paths, const Cancellation& stop);
  /// Text in which the temporary file is called "standard input", as the user knows it.
  [[nodiscard]] std::string in_words(std::string text) const;

 private:
  UnfinishedFile folder_, copy_;  ///< the copy is removed first
};

}  // namespace errata::cli
