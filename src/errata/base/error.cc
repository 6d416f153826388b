#include "errata/base/error.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace errata {

const ErrorKind& kind_of(ErrorCode code) {
  const ErrorKind& kind = kErrorKinds[static_cast<std::size_t>(code)];
  ERRATA_CHECK(kind.code == code);
  return kind;
}

std::unexpected<Error> invalid_argument(std::string message) {
  return std::unexpected(Error{.code = ErrorCode::invalid_argument, .message = std::move(message)});
}
std::unexpected<Error> data_error(std::string message) {
  return std::unexpected(Error{.code = ErrorCode::data, .message = std::move(message)});
}
std::unexpected<Error> output_error(std::string message) {
  return std::unexpected(Error{.code = ErrorCode::output, .message = std::move(message)});
}
std::unexpected<Error> not_found(std::string message) {
  return std::unexpected(Error{.code = ErrorCode::not_found, .message = std::move(message)});
}
std::unexpected<Error> conflict(std::string message) {
  return std::unexpected(Error{.code = ErrorCode::conflict, .message = std::move(message)});
}
std::unexpected<Error> unavailable(std::string message) {
  return std::unexpected(Error{.code = ErrorCode::unavailable, .message = std::move(message)});
}

namespace detail {
void check_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "errata: internal error: %s does not hold (%s:%d). Please report this.\n", expression, file,
               line);
  std::abort();
}
}  // namespace detail

}  // namespace errata
