#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/progress.h"

namespace errata {

/// What one stage of the work of this process cost.
struct StageTime {
  std::string name;
  double wall_s = 0;  ///< seconds that passed
  double cpu_s = 0;   ///< seconds of all threads of this process together, those in the kernel included
};

/// Listens to progress and notes what each stage costs, from the first word about it to the first about the next.
///     StageTimes times;
///     const Progress progress = times.listen({});
///     tell(progress, "reading");  // and read
///     tell(progress, "searching");  // and search
///     times.end();
///     const double seconds = times.stages()[1].wall_s;  // of reading
class StageTimes {
 public:
  /// @param first  the name of what goes on before the first stage is told of
  explicit StageTimes(std::string_view first = "starting");

  /// A progress that notes stages and hands everything on. Refers to this object.
  [[nodiscard]] Progress listen(const Progress& progress);
  /// Ends the stage that goes on.
  void end();
  /// In order; the same name told again later goes on with its first entry.
  [[nodiscard]] const std::vector<StageTime>& stages() const { return stages_; }

 private:
  void begin(std::string_view name);

  std::vector<StageTime> stages_;
  std::string name_;
  std::chrono::steady_clock::time_point wall_;
  double cpu_s_;
};

/// The largest memory that this process has held so far, in bytes.
[[nodiscard]] std::size_t peak_memory();

}  // namespace errata
