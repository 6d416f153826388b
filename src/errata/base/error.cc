#include "errata/base/error.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace errata {

int exit_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument: return 2;
    case ErrorCode::data:
    case ErrorCode::output: return 3;
    case ErrorCode::cancelled: return 130;
  }
  ERRATA_CHECK(false);
  return 3;
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

namespace detail {
void check_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "errata: internal error: %s does not hold (%s:%d). Please report this.\n", expression, file,
               line);
  std::abort();
}
}  // namespace detail

}  // namespace errata
