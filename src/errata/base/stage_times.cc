#include "errata/base/stage_times.h"

#include <sys/resource.h>

#include <algorithm>

namespace errata {
namespace {

rusage usage_of_this_process() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage;
}

double cpu_seconds() {
  const rusage usage = usage_of_this_process();
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

StageTimes::StageTimes(std::string_view first)
    : name_(first), wall_(std::chrono::steady_clock::now()), cpu_s_(cpu_seconds()) {}

Progress StageTimes::listen(const Progress& progress) {
  return {[this, progress](std::string_view stage, double share) {
            if (stage != name_) begin(stage);
            progress.tell(stage, share);
          },
          progress.cancellation()};
}

void StageTimes::end() { begin({}); }

void StageTimes::begin(std::string_view name) {
  const auto wall = std::chrono::steady_clock::now();
  const double cpu_s = cpu_seconds();
  if (!name_.empty()) {
    auto stage = std::ranges::find(stages_, name_, &StageTime::name);
    if (stage == stages_.end()) stage = stages_.insert(stage, {.name = name_});
    stage->wall_s += std::chrono::duration<double>(wall - wall_).count();
    stage->cpu_s += cpu_s - cpu_s_;
  }
  name_ = name;
  wall_ = wall;
  cpu_s_ = cpu_s;
}

std::size_t peak_memory() { return static_cast<std::size_t>(usage_of_this_process().ru_maxrss) * 1024; }

}  // namespace errata
