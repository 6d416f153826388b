#pragma once

#include <cstddef>
#include <functional>

#include "errata/base/cancellation.h"

namespace errata::nn {

/// Threads that set_threads() asked for; one a core when it did not.
[[nodiscard]] std::size_t threads();

/// Calls body(0) … body(tasks − 1) on the module's threads and returns when all have ended. Tensor operations inside
/// run on one thread each: two halves of a batch on two threads wait for each other once, the threads of every single
/// operation wait for each other in a spinning loop, which a busy machine punishes.
/// Write to the place of the task, as with ThreadPool: then the result does not depend on the number of threads.
/// @param body  must not throw; may call for_each_shard, whose tasks are then those of threads that are idle as well
/// @throws Cancelled when `cancellation` is requested; checked before each task
/// Safe to call from several threads, which share those of the module.
void for_each_shard(std::size_t tasks, const std::function<void(std::size_t task)>& body,
                    const Cancellation* cancellation = nullptr);

/// Lets the tensor operations that the calling thread starts use all threads, until its next for_each_shard: for models
/// of other people, which cannot be split.
void use_all_threads();

}  // namespace errata::nn
