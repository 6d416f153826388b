#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"

namespace errata::report {

/// Runs a program found on the PATH, without a shell: writes `input` to its standard input and gives back what it
/// wrote to standard output.
/// @param arguments  the program's name first
/// @return output error when it cannot be started, or when it fails, with what it wrote to standard error
[[nodiscard]] Result<std::string> run_program(const std::vector<std::string>& arguments, std::string_view input);

}  // namespace errata::report
