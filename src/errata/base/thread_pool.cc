#include "errata/base/thread_pool.h"

#include <algorithm>

namespace errata {

ThreadPool::ThreadPool(std::size_t threads) {
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  for (std::size_t worker = 1; worker < threads; ++worker) workers_.emplace_back([this, worker] { serve(worker); });
}

ThreadPool::~ThreadPool() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  work_ready_.notify_all();
}

void ThreadPool::parallel_for(std::size_t tasks, const std::function<void(std::size_t, std::size_t)>& body) {
  std::unique_lock lock(mutex_);
  body_ = &body;
  tasks_ = tasks;
  next_task_ = 0;
  if (tasks > 1) work_ready_.notify_all();
  run_tasks(0, lock);
  work_done_.wait(lock, [this] { return running_ == 0; });
  body_ = nullptr;
  tasks_ = 0;
}

void ThreadPool::serve(std::size_t worker) {
  std::unique_lock lock(mutex_);
  while (true) {
    work_ready_.wait(lock, [this] { return stopping_ || next_task_ < tasks_; });
    if (stopping_) return;
    run_tasks(worker, lock);
  }
}

void ThreadPool::run_tasks(std::size_t worker, std::unique_lock<std::mutex>& lock) {
  while (next_task_ < tasks_) {
    const std::size_t task = next_task_++;
    ++running_;
    lock.unlock();
    (*body_)(task, worker);
    lock.lock();
    --running_;
  }
  if (running_ == 0) work_done_.notify_all();
}

}  // namespace errata
