#include "console.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "errata/report/kit/numbers.h"
#include "errata/report/kit/terminal_text.h"

namespace errata::cli {
namespace {

using namespace std::chrono_literals;
constexpr auto kQuietTime = 500ms;
constexpr auto kBetween = 100ms;

/// Every line on as many as a terminal needs.
std::string wrapped(std::string_view text) {
  report::TerminalText out({});
  while (true) {
    const std::size_t end = text.find('\n');
    out.paragraph(text.substr(0, end));
    if (end == std::string_view::npos) return out.take();
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::string visible_text(std::string_view text) {
  std::string visible;
  while (true) {
    const std::size_t end = text.find('\n');
    visible += report::plain_text(text.substr(0, end), std::string_view::npos);
    if (end == std::string_view::npos) return visible;
    visible += '\n';
    text.remove_prefix(end + 1);
  }
}

Console::Console(bool no_colour_asked, const Cancellation& stop)
    : stop_(stop),
      no_colour_(no_colour_asked),
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
  const std::string visible = visible_text(text);
  fmt::print(stderr, "{}", err_is_terminal_ ? wrapped(visible) : visible + "\n");
}

Progress Console::progress(bool quiet) {
  return times_ ? times_->listen(shown_progress(quiet)) : shown_progress(quiet);
}

Progress Console::shown_progress(bool quiet) {
  if (quiet || !err_is_terminal_) return Progress(&stop_);
  return {[this](std::string_view stage, double share) { show(stage, share); }, &stop_};
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
