#include "console.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace errata::cli {
namespace {

using namespace std::chrono_literals;
constexpr auto kQuietTime = 500ms;
constexpr auto kBetween = 100ms;

}  // namespace

Console::Console(bool no_colour_asked)
    : no_colour_(no_colour_asked),
      out_is_terminal_(::isatty(STDOUT_FILENO)),
      err_is_terminal_(::isatty(STDERR_FILENO)) {}

bool Console::colour(ColourWhen when) const {
  if (when == ColourWhen::automatic) return out_is_terminal_ && !no_colour_;
  return when == ColourWhen::always;
}

Result<void> Console::print(std::string_view text) {
  end_progress();
  const bool whole = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (whole || errno == EPIPE) return {};
  return output_error(fmt::format("standard output cannot be written: {}", std::strerror(errno)));
}

void Console::remark(std::string_view text) {
  end_progress();
  fmt::print(stderr, "{}\n", text);
}

Progress Console::progress(bool quiet) {
  if (quiet || !err_is_terminal_) return {};
  return [this](std::string_view stage, double share) { show(stage, share); };
}

void Console::show(std::string_view stage, double share) {
  const auto now = std::chrono::steady_clock::now();
  if (now - begin_ < kQuietTime || now - last_ < kBetween) return;
  last_ = now;
  progress_shown_ = true;
  if (share >= 0)
    fmt::print(stderr, "\r\033[K{} {:.0f}%", stage, 100 * share);
  else
    fmt::print(stderr, "\r\033[K{} …", stage);
  std::fflush(stderr);
}

void Console::end_progress() {
  if (progress_shown_) fmt::print(stderr, "\r\033[K");
  progress_shown_ = false;
}

}  // namespace errata::cli
