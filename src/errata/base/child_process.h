#pragma once

#include <chrono>
#include <cstddef>
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

}  // namespace errata
