#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace errata {

/// A fixed set of worker threads for data-parallel loops.
///     ThreadPool pool(2);
///     pool.parallel_for(blocks, [&](std::size_t block, std::size_t worker) { ... });
/// Tasks are handed out in order but run in any order: for the same result on any number of threads, write to the
/// place of the task (or add integers per worker) and combine in task order afterwards.
class ThreadPool {
 public:
  /// @param threads  workers that run tasks, the calling thread included; 0 means one a core
  explicit ThreadPool(std::size_t threads = 0);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  [[nodiscard]] std::size_t size() const { return workers_.size() + 1; }

  /// Calls body(task, worker) for task = 0 … tasks-1, worker in [0, size()), and returns when all have ended.
  /// The body must not throw and must not call parallel_for on the same pool.
  void parallel_for(std::size_t tasks, const std::function<void(std::size_t task, std::size_t worker)>& body);

 private:
  void serve(std::size_t worker);
  void run_tasks(std::size_t worker, std::unique_lock<std::mutex>& lock);

  std::mutex mutex_;
  std::condition_variable work_ready_;
  std::condition_variable work_done_;
  const std::function<void(std::size_t, std::size_t)>* body_ = nullptr;
  std::size_t tasks_ = 0;
  std::size_t next_task_ = 0;
  std::size_t running_ = 0;
  bool stopping_ = false;
  std::vector<std::jthread> workers_;
};

}  // namespace errata
