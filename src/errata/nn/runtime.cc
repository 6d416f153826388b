#include "errata/nn/runtime.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <fmt/format.h>
#include <torch/version.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <thread>

#include "errata/base/thread_pool.h"
#include "errata/nn/shards.h"

namespace errata::nn {
namespace {

std::size_t cores() { return std::max(1U, std::thread::hardware_concurrency()); }

/// The module's threads. Made when first needed, anew when their number changes.
struct Threads {
  std::mutex lock;
  std::optional<ThreadPool> pool;
  std::size_t wanted = 0;  ///< 0: one a core
  [[nodiscard]] std::size_t count() const { return wanted == 0 ? cores() : wanted; }
};

Threads& the_threads() {
  static Threads threads;
  return threads;
}

/// Those threads, which live on for who has them when their number changes.
ThreadPool pool_of_threads() {
  auto& own = the_threads();
  const std::scoped_lock lock(own.lock);
  if (!own.pool) own.pool.emplace(own.count());
  return *own.pool;
}

/// libtorch and its linear-algebra library keep a number of threads for every thread that calls them.
void set_operation_threads(std::size_t wanted) {
  thread_local std::size_t now = 0;
  if (now == wanted) return;
  at::set_num_threads(static_cast<int>(wanted));
  now = wanted;
}

/// OpenBLAS knows processors by their numbers, and takes those that came after it for ones of 2004 (Prescott), two to
/// three times slower: then it is told what this one can do. Before main(), since nothing may be computing meanwhile.
bool wake_linear_algebra() {
#ifdef __x86_64__
  using CoreName = char*();
  using Choose = void();
  auto* const core = reinterpret_cast<CoreName*>(::dlsym(RTLD_DEFAULT, "gotoblas_corename"));
  auto* const forget = reinterpret_cast<Choose*>(::dlsym(RTLD_DEFAULT, "gotoblas_dynamic_quit"));
  auto* const choose = reinterpret_cast<Choose*>(::dlsym(RTLD_DEFAULT, "gotoblas_dynamic_init"));
  constexpr const char* kWish = "OPENBLAS_CORETYPE";
  if (core == nullptr || forget == nullptr || choose == nullptr || std::getenv(kWish) != nullptr) return false;
  if (std::string_view(core()) != "Prescott" || !__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
    return false;
  const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                    __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                    __builtin_cpu_supports("avx512cd");
  ::setenv(kWish, wide ? "SkylakeX" : "Haswell", 0);
  forget();
  choose();
  ::unsetenv(kWish);
  return true;
#else
  return false;
#endif
}

[[maybe_unused]] const bool kWoken = wake_linear_algebra();

/// "OpenBLAS 0.3.21" when that is the library behind the matrix products, or what libtorch was built with.
std::string linear_algebra() {
  using Config = char*();
  if (auto* const config = reinterpret_cast<Config*>(::dlsym(RTLD_DEFAULT, "openblas_get_config"))) {
    const std::string words = config();  // "OpenBLAS 0.3.21 NO_LAPACKE … Zen MAX_THREADS=64"
    return words.substr(0, words.find(' ', words.find(' ') + 1));
  }
  return at::hasMKL() ? "MKL" : "another BLAS than OpenBLAS";
}

}  // namespace

Result<Device> parse_device(std::string_view text) {
  if (text == "cpu") return Device{};
  Device device{.kind = Device::Kind::cuda};
  if (text != "cuda") {
    const auto number = text.starts_with("cuda:") ? text.substr(5) : std::string_view();
    const auto* const end = number.data() + number.size();
    const auto read = std::from_chars(number.data(), end, device.index);
    if (number.empty() || read.ec != std::errc() || read.ptr != end || device.index < 0)
      return invalid_argument(fmt::format("device '{}' is not one of cpu, cuda, cuda:N", text));
  }
  if (!at::hasCUDA())
    return invalid_argument(fmt::format(
        "device {}: no GPU can be used here (this build's libtorch is for the CPU, or the machine has no GPU)", text));
  if (device.index >= static_cast<int>(at::getNumGPUs()))
    return invalid_argument(fmt::format("device {}: this machine has {} GPUs", text, at::getNumGPUs()));
  return device;
}

void set_threads(std::size_t wanted) {
  auto& own = the_threads();
  const std::scoped_lock lock(own.lock);
  if (own.wanted == wanted) return;
  own.wanted = wanted;
  own.pool.reset();
}

std::size_t threads() {
  auto& own = the_threads();
  const std::scoped_lock lock(own.lock);
  return own.count();
}

void for_each_shard(std::size_t tasks, const std::function<void(std::size_t)>& body, const Cancellation* cancellation) {
  if (tasks > 1 && threads() > 1) {
    pool_of_threads().stopped_by(cancellation).parallel_for(tasks, [&](std::size_t task, std::size_t) {
      set_operation_threads(1);
      body(task);
    });
    return;
  }
  set_operation_threads(1);
  for (std::size_t task = 0; task < tasks; ++task) {
    throw_if_requested(cancellation);
    body(task);
  }
}

void use_all_threads() { set_operation_threads(threads()); }

std::string describe_runtime(Device device) {
  if (device.kind == Device::Kind::cuda) return fmt::format("libtorch {} on cuda:{}", TORCH_VERSION, device.index);
  return fmt::format("libtorch {}, {}, {} threads on the CPU", TORCH_VERSION, linear_algebra(), threads());
}

}  // namespace errata::nn
