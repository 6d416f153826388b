#pragma once

#include <atomic>

#include "errata/base/error.h"

namespace errata {

/// A request to stop: made once by any thread or by a signal handler, noticed by the loops of the work that it is
/// given to. It travels with the arguments that long work has anyway, Progress and ThreadPool.
///     Cancellation stop;                              // somewhere else: stop.request()
///     ThreadPool pool(0, &stop);
///     const auto found = engine::analyze(request, pool, Progress(&stop));   // an error of code `cancelled`, at once
class Cancellation {
 public:
  void request() noexcept { requested_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool requested() const noexcept { return requested_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> requested_{false};
};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may request");

/// What unwinds work that was cancelled. It is thrown by Progress and ThreadPool alone and ends in the use case
/// (`until_cancelled`): nothing between them needs a branch for it (docs/decisions/0008-cancellation.md).
struct Cancelled {};

inline void throw_if_requested(const Cancellation* cancellation) {
  if (cancellation != nullptr && cancellation->requested()) throw Cancelled();
}

/// work(), which gives a Result, or an error of code `cancelled` when it was stopped.
template <typename Work>
auto until_cancelled(Work work) -> decltype(work()) {
  try {
    return work();
  } catch (const Cancelled&) {
    return std::unexpected(Error{.code = ErrorCode::cancelled, .message = "stopped before it was done"});
  }
}

}  // namespace errata
