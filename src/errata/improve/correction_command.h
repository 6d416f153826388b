#pragma once

#include <memory>
#include <string>

#include "errata/base/cancellation.h"
#include "errata/base/error.h"
#include "errata/improve/correction.h"

namespace errata::improve {

/// A program as the teacher: a line of JSON a question, a line of JSON an answer (docs/formats/teacher-protocol.md).
/// @param command  as base/command_words.h parts it
/// @return invalid_argument for what is no command, or cannot be started; later a data or unavailable error naming the
///     command and the question: it ended, was late, or its answer is none
[[nodiscard]] Result<std::unique_ptr<Corrector>> make_command_corrector(const std::string& command,
                                                                        const Cancellation* cancellation);

}  // namespace errata::improve
