#include "errata/table/time_text.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>

namespace errata::table {

TimeText time_text(double micros) {
  using std::chrono::microseconds;
  const std::chrono::sys_time<microseconds> time{microseconds{std::llround(micros)}};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  TimeText text{.date = fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day())),
                .clock = fmt::format("{:02}:{:02}:{:02}", clock.hours().count(), clock.minutes().count(),
                                     clock.seconds().count()),
                .is_midnight = time == day};
  if (clock.subseconds().count() != 0) text.clock += fmt::format(".{:06}", clock.subseconds().count());
  return text;
}

bool ends_a_second(double micros) {
  constexpr double kExact = 0x1p53;
  return std::abs(micros) < kExact && std::fmod(micros + 1, 1e6) == 0;
}

}  // namespace errata::table
