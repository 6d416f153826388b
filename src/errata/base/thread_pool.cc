// Several callers share one set of threads. Each loop is a job on its caller's stack, in a list; a free worker takes
// the next task of the job that has the fewest workers, so that a long loop does not starve a short one. A caller works
// on its own job only, and so always comes to its end, even when every worker is busy elsewhere or is itself a caller.
#include "errata/base/thread_pool.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "errata/base/error.h"

namespace errata {
namespace {

struct Job {
  const std::function<void(std::size_t, std::size_t)>& body;
  const Cancellation* cancellation;
  std::size_t tasks;
  std::size_t next_task = 0;
  std::size_t running = 0;
  std::exception_ptr failure{};
  std::condition_variable done{};

  [[nodiscard]] bool has_tasks() const { return next_task < tasks; }
};

}  // namespace

class ThreadPool::Threads {
 public:
  explicit Threads(std::size_t threads) {
    jobs_.reserve(16);  // so that the first loops take no memory
    try {
      for (std::size_t worker = 1; worker < threads; ++worker) workers_.emplace_back([this, worker] { serve(worker); });
    } catch (...) {
      stop();  // the threads that were started would wait, and their joining with them
      throw;
    }
  }
  ~Threads() { stop(); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

  [[nodiscard]] std::size_t size() const { return workers_.size() + 1; }

  void run(Job& job) {
    std::unique_lock lock(mutex_);
    jobs_.push_back(&job);
    if (job.tasks > 1) work_ready_.notify_all();
    while (job.has_tasks()) run_task(job, 0, lock);
    job.done.wait(lock, [&] { return job.running == 0; });
    std::erase(jobs_, &job);
  }

 private:
  void stop() {
    {
      const std::scoped_lock lock(mutex_);
      stopping_ = true;
    }
    work_ready_.notify_all();
  }

  void serve(std::size_t worker) {
    std::unique_lock lock(mutex_);
    while (true) {
      work_ready_.wait(lock, [this] { return stopping_ || neediest() != nullptr; });
      if (stopping_) return;
      run_task(*neediest(), worker, lock);
    }
  }

  Job* neediest() {
    Job* found = nullptr;
    for (Job* job : jobs_)
      if (job->has_tasks() && (found == nullptr || job->running < found->running)) found = job;
    return found;
  }

  static void run_task(Job& job, std::size_t worker, std::unique_lock<std::mutex>& lock) {
    const std::size_t task = job.next_task++;
    ++job.running;
    lock.unlock();
    std::exception_ptr failure;
    try {
      throw_if_requested(job.cancellation);
      job.body(task, worker);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    --job.running;
    if (failure) {
      if (!job.failure) job.failure = failure;
      job.next_task = job.tasks;
    }
    if (job.running == 0 && !job.has_tasks()) job.done.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable work_ready_;
  std::vector<Job*> jobs_;
  bool stopping_ = false;
  std::vector<std::jthread> workers_;
};

ThreadPool::ThreadPool(std::size_t threads, const Cancellation* cancellation) : cancellation_(cancellation) {
  ERRATA_CHECK(threads <= kMost);
  if (threads == 0) threads = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kMost);
  threads_ = std::make_shared<Threads>(threads);
}

ThreadPool ThreadPool::stopped_by(const Cancellation* cancellation) const {
  ThreadPool same = *this;
  same.cancellation_ = cancellation;
  return same;
}

std::size_t ThreadPool::size() const { return threads_->size(); }

void ThreadPool::parallel_for(std::size_t tasks, const std::function<void(std::size_t, std::size_t)>& body) const {
  check();
  if (tasks == 0) return;
  Job job{.body = body, .cancellation = cancellation_, .tasks = tasks};
  threads_->run(job);
  if (job.failure) std::rethrow_exception(job.failure);
}

void ThreadPool::run_together(std::initializer_list<std::function<void()>> work) const {
  parallel_for(work.size(), [&](std::size_t i, std::size_t) { work.begin()[i](); });
}

}  // namespace errata
