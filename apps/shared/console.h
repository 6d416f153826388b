#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/base/stage_times.h"
#include "errata/base/thread_pool.h"

namespace errata::cli {

enum class ColourWhen { automatic, always, never };

/// A text that quotes others (names in a log, paths): what would steer a terminal becomes visible, line by line.
[[nodiscard]] std::string visible_text(std::string_view text);

/// Standard output and standard error as this process finds them.
class Console {
 public:
  /// @param stop  what ends the work of this process early; outlives the console
  Console(bool no_colour_asked, const Cancellation& stop);

  /// Colour on standard output?
  [[nodiscard]] bool colour(ColourWhen when) const;
  /// Writes a result to standard output. A reader that went away is no error; a full disk is.
  [[nodiscard]] Result<void> print(std::string_view text);
  /// Writes words to standard output; control characters of what they quote become visible signs.
  [[nodiscard]] Result<void> print_words(std::string_view text) { return print(visible_text(text)); }
  /// Writes a remark to standard error; control characters of what it quotes become visible signs.
  void remark(std::string_view text);
  /// Tells of work that takes longer than half a second, on a terminal only and unless `quiet`; hears of Ctrl-C always.
  [[nodiscard]] Progress progress(bool quiet);
  /// From now on every progress that is asked for notes what its stages cost.
  StageTimes& time_stages() { return times_.emplace(); }
  [[nodiscard]] const Cancellation& stop() const { return stop_; }
  /// Workers that hear of Ctrl-C.
  [[nodiscard]] ThreadPool pool(std::size_t threads) const { return ThreadPool(threads, &stop_); }
  /// Removes the line of progress.
  void end_progress();

 private:
  [[nodiscard]] Progress shown_progress(bool quiet);
  void show(std::string_view stage, double share);

  const Cancellation& stop_;
  bool no_colour_;
  bool out_is_terminal_;
  bool err_is_terminal_;
  bool progress_shown_ = false;
  std::optional<StageTimes> times_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace errata::cli
