#pragma once

#include <array>
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
  not_found,         ///< what an id, name or path speaks of is not there
  conflict,          ///< it contradicts what is there: an id that was used, an outcome that is known
  unavailable,       ///< what is needed does not answer or is not installed; the same call may do later
  cancelled,         ///< the caller asked to stop
};

struct Error {
  ErrorCode code;
  std::string message;
};

template <typename T>
using Result = std::expected<T, Error>;

/// What an error is called at each border of Errata.
struct ErrorKind {
  ErrorCode code;
  std::string_view name;              ///< "invalid_argument"
  int exit_status;                    ///< of the programs
  int http_status;                    ///< of a server's answer
  int c_status;                       ///< ERRATA_… in errata.h
  std::string_view python_exception;  ///< built-in class
};

/// The one table.
inline constexpr std::array kErrorKinds{
    ErrorKind{ErrorCode::invalid_argument, "invalid_argument", 2, 400, 1, "ValueError"},
    ErrorKind{ErrorCode::data, "data", 3, 422, 2, "ValueError"},
    ErrorKind{ErrorCode::output, "output", 3, 500, 3, "OSError"},
    ErrorKind{ErrorCode::not_found, "not_found", 3, 404, 5, "LookupError"},
    ErrorKind{ErrorCode::conflict, "conflict", 3, 409, 6, "RuntimeError"},
    ErrorKind{ErrorCode::unavailable, "unavailable", 3, 503, 7, "RuntimeError"},
    ErrorKind{ErrorCode::cancelled, "cancelled", 130, 499, 8, "KeyboardInterrupt"},
};
[[nodiscard]] const ErrorKind& kind_of(ErrorCode code);

/// std::unexpected with a message; the arguments follow fmt's format syntax at the call (`fmt::format(...)`).
[[nodiscard]] std::unexpected<Error> invalid_argument(std::string message);
[[nodiscard]] std::unexpected<Error> data_error(std::string message);
[[nodiscard]] std::unexpected<Error> output_error(std::string message);
[[nodiscard]] std::unexpected<Error> not_found(std::string message);
[[nodiscard]] std::unexpected<Error> conflict(std::string message);
[[nodiscard]] std::unexpected<Error> unavailable(std::string message);

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
