#include "outside_flags.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>

#include "errata/engine_nn/allocator_library.h"

namespace errata::cli {

void add_outside(CLI::App& app, OutsideFlags& flags) {
  constexpr const char* kGroup = "An allocator of your own";
  app.add_option("--allocator", flags.request.command,
                 "judged in place of Errata's: a program that answers lines of JSON, or a shared library (.so)")
      ->type_name("COMMAND")
      ->group(kGroup);
  app.add_option("--allocator-timeout", flags.timeout_seconds, "for an answer; the first one includes what it loads")
      ->type_name("SECONDS")
      ->capture_default_str()
      ->group(kGroup);
}

Result<engine_nn::OutsideRequest> outside_of(const OutsideFlags& flags) {
  constexpr double kMost = 24 * 60 * 60, kLeast = .001;
  if (!(flags.timeout_seconds >= kLeast && flags.timeout_seconds <= kMost))
    return invalid_argument(
        fmt::format("--allocator-timeout {:g} is not in [{:g}, {:g}]", flags.timeout_seconds, kLeast, kMost));
  engine_nn::OutsideRequest request = flags.request;
  request.timeout = std::chrono::round<std::chrono::milliseconds>(std::chrono::duration<double>(flags.timeout_seconds));
  std::error_code ignored;
  request.loader = std::filesystem::read_symlink("/proc/self/exe", ignored);
  return request;
}

bool is_library_server(const std::vector<std::string>& arguments) {
  return arguments.size() == 2 &&
         (arguments[0] == engine_nn::kServesLibrary || arguments[0] == engine_nn::kChecksLibrary);
}

int serve_library(const std::vector<std::string>& arguments) {
  // What the library prints goes to standard error: standard output is for answers alone.
  std::FILE* answers = ::fdopen(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3), "w");
  if (answers == nullptr || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) return kind_of(ErrorCode::output).exit_status;
  const auto served = arguments[0] == engine_nn::kChecksLibrary
                          ? engine_nn::check_allocator_library(arguments[1])
                          : engine_nn::serve_allocator_library(arguments[1], stdin, answers);
  if (served) return 0;
  fmt::print(stderr, "{}\n", served.error().message);
  return kind_of(served.error().code).exit_status;
}

}  // namespace errata::cli
