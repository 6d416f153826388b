#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <memory>

#include "errata/base/cancellation.h"

namespace errata {

/// A fixed set of worker threads for data-parallel loops.
///     ThreadPool pool(2);
///     pool.parallel_for(blocks, [&](std::size_t block, std::size_t worker) { ... });
/// Tasks are handed out in order but run in any order: for the same result on any number of threads, write to the
/// place of the task (or add integers per worker) and combine in task order afterwards.
/// Threads: any number of callers may use a pool at once, from any thread, also from inside a task; their loops share
/// the workers evenly.
class ThreadPool {
 public:
  /// @param threads       workers that run tasks, the calling thread included; 0 means one a core; at most kMost
  /// @param cancellation  ends loops early when it is requested; outlives the pool
  explicit ThreadPool(std::size_t threads = 0, const Cancellation* cancellation = nullptr);
  static constexpr std::size_t kMost = 1024;

  /// The same threads for another call, which stops when `cancellation` is requested.
  [[nodiscard]] ThreadPool stopped_by(const Cancellation* cancellation) const;

  /// Workers of one loop, the calling thread among them.
  [[nodiscard]] std::size_t size() const;

  /// Calls body(task, worker) for task = 0 … tasks-1, worker in [0, size()), no two at once with the same worker, and
  /// returns when all have ended. What a body throws is thrown here, after the bodies that run have ended; the other
  /// tasks are then left out.
  /// @throws Cancelled when the pool's cancellation is requested; checked before each task
  void parallel_for(std::size_t tasks, const std::function<void(std::size_t task, std::size_t worker)>& body) const;

  /// Runs each of a few different pieces of work, at once where there are threads for them.
  /// As in pool.run_together({[&] { mean = mean_of(x); }, [&] { median = median_of(x); }}).
  /// @throws as parallel_for
  void run_together(std::initializer_list<std::function<void()>> work) const;

  /// For long work between loops: throws Cancelled when the pool's cancellation is requested.
  void check() const { throw_if_requested(cancellation_); }
  [[nodiscard]] const Cancellation* cancellation() const { return cancellation_; }

 private:
  class Threads;
  std::shared_ptr<Threads> threads_;
  const Cancellation* cancellation_;
};

}  // namespace errata
