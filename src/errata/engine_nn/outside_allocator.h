#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "errata/base/cancellation.h"
#include "errata/base/error.h"
#include "errata/checklist/outsider.h"

namespace errata::engine_nn {

/// An allocator of the user's (docs/formats/allocator-protocol.md).
struct OutsideRequest {
  /// Words as base/command_words.h parts them; a single one that ends in .so (or .so.N) is a shared library.
  std::string command{};
  std::chrono::milliseconds timeout{30'000};  ///< > 0, for an answer, the first one with all that comes before it
  /// What loads libraries: a program that calls serve_allocator_library() when its arguments are kServesLibrary and the
  /// library's place.
  std::filesystem::path loader{};
};
inline constexpr const char* kServesLibrary = "serve-allocator-library";
inline constexpr const char* kChecksLibrary = "check-allocator-library";  ///< loads it, and no more

/// Starts an allocator and asks it. Pictures lie in a temporary folder while they are asked about, which goes with the
/// object. A program that breaks off is started again for the next question.
/// @param stop  ends a question; outlives the outsider
/// @return invalid_argument for a command that is no command, a program that cannot be started and a library that
///         cannot be loaded, each named; output error of the folder
[[nodiscard]] Result<checklist::Outsider> open_outsider(const OutsideRequest& request, const Cancellation* stop);

}  // namespace errata::engine_nn
