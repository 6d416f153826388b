#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace errata {

/// What went wrong, for programs. The message is for people: it names the file, row, column, value and limit.
enum class ErrorCode : std::uint8_t {
  invalid_argument,  ///< a flag, option or argument is outside its range
  data,              ///< a file or its content cannot be used
  output,            ///< a result could not be written
  cancelled,         ///< the caller asked to stop
};

struct Error {
  ErrorCode code;
  std::string message;
};

template <typename T>
using Result = std::expected<T, Error>;

/// The one table from error code to the exit status of `errata`: invalid_argument 2, data 3, output 3, cancelled 130.
[[nodiscard]] int exit_status(ErrorCode code);

/// std::unexpected with a message; the arguments follow fmt's format syntax at the call (`fmt::format(...)`).
[[nodiscard]] std::unexpected<Error> invalid_argument(std::string message);
[[nodiscard]] std::unexpected<Error> data_error(std::string message);
[[nodiscard]] std::unexpected<Error> output_error(std::string message);

namespace detail {
[[noreturn]] void check_failed(const char* expression, const char* file, int line);
}

/// Stops the program when a condition that only a bug can break does not hold. Never for bad input.
#define ERRATA_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::errata::detail::check_failed(#condition, __FILE__, __LINE__))

/// Returns the error of a Result from the enclosing function, or goes on.
#define ERRATA_TRY(statement)                                                                                       \
  do {                                                                                                              \
    if (auto errata_result = (statement); !errata_result) return std::unexpected(std::move(errata_result).error()); \
  } while (false)

/// Declares `variable` with the value of a Result, or returns its error: ERRATA_ASSIGN(auto log, read_log(...));
#define ERRATA_ASSIGN(variable, expression) ERRATA_ASSIGN_AT_(variable, expression, __LINE__)
#define ERRATA_ASSIGN_AT_(variable, expression, line) ERRATA_ASSIGN_TO_(variable, expression, line)
#define ERRATA_ASSIGN_TO_(variable, expression, line)                                         \
  auto errata_result_##line = (expression);                                                   \
  if (!errata_result_##line) return std::unexpected(std::move(errata_result_##line).error()); \
  variable = std::move(errata_result_##line).value()  // NOLINT(bugprone-macro-parentheses): a declaration

}  // namespace errata
