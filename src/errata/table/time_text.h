#pragma once

#include <string>

namespace errata::table {

/// A time in the parts that SQL and Python write.
struct TimeText {
  std::string date;   ///< "2026-03-02"
  std::string clock;  ///< "14:00:00", with a fraction "14:00:00.500000"
  bool is_midnight = false;
};
/// @param micros  since 1970 UTC
[[nodiscard]] TimeText time_text(double micros);

/// Is it the last microsecond of a second, as where periods end? What is after 23:59:59.999999 is then told as what is
/// at midnight or later: the same whole microseconds.
[[nodiscard]] bool ends_a_second(double micros);

}  // namespace errata::table
