#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/cancellation.h"
#include "errata/base/error.h"

namespace errata {

struct ChildOptions {
  std::chrono::milliseconds timeout{0};             ///< > 0: it is killed after so long; 0: it may take any time
  std::size_t most_output = std::size_t{1} << 30U;  ///< bytes of standard output; beyond that it is killed
  std::size_t most_errors = std::size_t{1} << 16U;  ///< bytes of standard error that are kept; the rest is dropped
  const Cancellation* cancellation = nullptr;       ///< kills it, and unwinds with Cancelled
};

/// Runs a program found on the PATH, without a shell: writes `input` to its standard input and gives back what it
/// wrote to standard output. It and what it started are one process group, which is killed as a whole.
/// @param arguments  the program's name first
/// @return unavailable error when it cannot be started or takes too long; output error when it fails, with what it
///         wrote to standard error, or writes too much
/// Threads: safe to call from several at once.
[[nodiscard]] Result<std::string> run_program(const std::vector<std::string>& arguments, std::string_view input,
                                              const ChildOptions& options = {});

struct LineOptions {
  std::chrono::milliseconds timeout{30'000};      ///< > 0, for a line to come back
  std::size_t most_line = std::size_t{1} << 20U;  ///< bytes of a line; a longer one is no line
  const Cancellation* cancellation = nullptr;     ///< unwinds with Cancelled
};

/// Why no line came back.
enum class NoLine : std::uint8_t {
  late,     ///< not within the time
  ended,    ///< the program ended
  endless,  ///< longer than LineOptions::most_line
};

/// A program that is asked a line and answers a line, as often as wanted; found on the PATH, without a shell. It and
/// what it started are one process group, which is killed with this object and where no line comes back. What it
/// writes to standard error is read away, and the end of it kept.
///     ERRATA_ASSIGN(auto program, LineProgram::start({"cat"}));
///     program.ask("one", {}).value();   // "one"
class LineProgram {
 public:
  /// @param arguments  the program's name first
  /// @return unavailable error when it cannot be started
  [[nodiscard]] static Result<LineProgram> start(const std::vector<std::string>& arguments);
  LineProgram(LineProgram&& other) noexcept;
  LineProgram& operator=(LineProgram&& other) noexcept;
  ~LineProgram();

  struct Silence {
    NoLine why{};
    std::string message;  ///< "ended with status 1: " and the last line of its standard error
  };
  /// Writes a line and waits for the next one. After a silence the program is gone; start another one.
  /// @param line  without its end
  /// @return the line without its end; one that was written before it was asked for comes first
  [[nodiscard]] std::expected<std::string, Silence> ask(std::string_view line, const LineOptions& options);
  /// Has it ended by itself? ask() then tells how.
  [[nodiscard]] bool has_ended();

 private:
  struct State;
  explicit LineProgram(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace errata
