#pragma once

#include <algorithm>
#include <cstddef>

#include "errata/base/thread_pool.h"

namespace errata::audit {

/// Calls body(begin, end) for chunks of consecutive rows on the threads of a pool; the chunks do not depend on how many
/// threads there are.
template <typename Body>
void for_row_chunks(ThreadPool& pool, std::size_t rows, std::size_t chunk, Body body) {
  pool.parallel_for((rows + chunk - 1) / chunk,
                    [&](std::size_t task, std::size_t) { body(task * chunk, std::min(rows, (task + 1) * chunk)); });
}

}  // namespace errata::audit
