#pragma once

#include "errata/base/cancellation.h"

namespace errata::cli {

/// Makes SIGINT (Ctrl-C), SIGTERM and SIGHUP ask this process to stop, so that it ends with status 130 and leaves
/// nothing half-written. A second signal, or work that has not ended a second after the first, ends it at once:
/// unfinished files are removed all the same. A signal that was ignored from the start (nohup) stays ignored.
/// @return what they request; lives as long as the process
[[nodiscard]] const Cancellation& stopped_by_signals();

}  // namespace errata::cli
