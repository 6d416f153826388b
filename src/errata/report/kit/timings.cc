#include "errata/report/kit/timings.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "errata/report/kit/json_values.h"
#include "errata/report/kit/numbers.h"

namespace errata::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kMebi = 1024.0 * 1024.0;

StageTime sum_of(std::span<const StageTime> stages) {
  StageTime sum{.name = "together"};
  for (const StageTime& stage : stages) {
    sum.wall_s += stage.wall_s;
    sum.cpu_s += stage.cpu_s;
  }
  return sum;
}

std::string line(const StageTime& stage) {
  return fmt::format("{:<56}{:>11.3f} s{:>9.3f} s\n", plain_text(stage.name, 55), stage.wall_s, stage.cpu_s);
}

}  // namespace

std::string timings_text(std::span<const StageTime> stages, std::size_t peak_bytes) {
  std::string text = fmt::format("{:<56}{:>13}{:>11}\n", "Stage", "wall", "CPU");
  for (const StageTime& stage : stages) text += line(stage);
  text += line(sum_of(stages));
  text += fmt::format("Peak memory: {:.0f} MiB", static_cast<double>(peak_bytes) / kMebi);
  return text;
}

std::string timings_json(std::span<const StageTime> stages, std::size_t peak_bytes) {
  Json list = Json::array();
  for (const StageTime& stage : stages) {
    list.push_back({{"name", stage.name}, {"wall_s", stage.wall_s}, {"cpu_s", stage.cpu_s}});
  }
  const StageTime sum = sum_of(stages);
  return json_text({{"schema", "errata.timings"},
                    {"schema_version", 1},
                    {"stages", std::move(list)},
                    {"wall_s", sum.wall_s},
                    {"cpu_s", sum.cpu_s},
                    {"peak_bytes", peak_bytes}});
}

}  // namespace errata::report
