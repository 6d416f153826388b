#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "errata/base/error.h"
#include "errata/base/progress.h"

namespace errata::cli {

enum class ColourWhen { automatic, always, never };

/// Standard output and standard error as this process finds them.
class Console {
 public:
  explicit Console(bool no_colour_asked);

  /// Colour on standard output?
  [[nodiscard]] bool colour(ColourWhen when) const;
  /// Writes a result to standard output. A reader that went away is no error; a full disk is.
  [[nodiscard]] Result<void> print(std::string_view text);
  /// Writes a remark to standard error.
  void remark(std::string_view text);
  /// Tells of work that takes longer than half a second, on a terminal only; a silent one when `quiet`.
  [[nodiscard]] Progress progress(bool quiet);
  /// Removes the line of progress.
  void end_progress();

 private:
  void show(std::string_view stage, double share);

  bool no_colour_;
  bool out_is_terminal_;
  bool err_is_terminal_;
  bool progress_shown_ = false;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace errata::cli
